// SPDX-License-Identifier: MIT OR Apache-2.0

//! Requests at once.

use crate::child::Task;
use anyhow::{Result, ensure};
use std::process::Child;

crate::tests![two_processes_get_each_number_once];

fn two_processes_get_each_number_once() -> Result<()> {
    const EACH: u64 = 10_000;

    let mut children = [Task::Greet(EACH).start()?, Task::Greet(EACH).start()?];
    for child in &mut children {
        drop(child.stdin.take());
    }
    let [one, two] = children.map(ids);
    let (one, two) = (one?, two?);

    assert!(
        one.is_sorted() && two.is_sorted(),
        "a client's ids must grow"
    );
    assert!(overlap(&one, &two), "the processes did not greet at once");
    let mut all = [one, two].concat();
    all.sort_unstable();
    assert!(
        all.into_iter().eq(1..=2 * EACH),
        "ids are missing or twice there"
    );
    Ok(())
}

/// The ids that a child prints.
fn ids(child: Child) -> Result<Vec<u64>> {
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "a child failed");
    String::from_utf8(output.stdout)?
        .lines()
        .map(|line| Ok(line.parse()?))
        .collect()
}

/// Whether each of two sorted lists begins before the other ends.
fn overlap(one: &[u64], two: &[u64]) -> bool {
    one.first() < two.last() && two.first() < one.last()
}
