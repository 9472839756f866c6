// SPDX-License-Identifier: MIT OR Apache-2.0

//! Requests of two processes in parallel.

use crate::child::{Task, run_in_parallel};
use crate::raw::Client;
use crate::support::scale::scaled;
use anyhow::Result;

crate::tests![
    two_processes_get_unique_ids,
    two_processes_without_acks_are_all_counted,
];

fn two_processes_get_unique_ids() -> Result<()> {
    // Enough greetings that the second process starts before the first is done.
    let each = scaled(10_000).max(1_000);

    let [one, two] = run_in_parallel([Task::Greet(each); 2])?;

    assert!(
        one.is_sorted() && two.is_sorted(),
        "expected the ids of each process to ascend"
    );
    assert!(overlap(&one, &two), "the processes did not run in parallel");
    let mut all = [one, two].concat();
    all.sort_unstable();
    let expected = (1..).take(2 * each);
    assert!(
        all.into_iter().eq(expected),
        "expected each id exactly once"
    );
    Ok(())
}

fn two_processes_without_acks_are_all_counted() -> Result<()> {
    let each: usize = scaled(200_000);

    run_in_parallel([Task::Send(each); 2])?;
    let mut client = Client::open()?;
    let all = 2 * each as u64;
    assert_eq!(client.peer("World")?.greetings, all);
    assert_eq!(client.stats()?.unacked, all);
    assert_eq!(client.greet("World")?.id, all + 1);
    Ok(())
}

/// Returns whether two sorted lists overlap.
fn overlap(one: &[u64], two: &[u64]) -> bool {
    one.first() < two.last() && two.first() < one.last()
}
