// SPDX-License-Identifier: MIT OR Apache-2.0

//! Requests at once.

use crate::child::{Task, at_once};
use crate::raw::Client;
use crate::support::scale::scaled;
use anyhow::Result;

crate::tests![
    two_processes_get_each_number_once,
    two_processes_without_acks_lose_no_greeting,
];

fn two_processes_get_each_number_once() -> Result<()> {
    // So many that the second begins before the first is done.
    let each = scaled(10_000).max(1_000);

    let [one, two] = at_once([Task::Greet(each); 2])?;

    assert!(
        one.is_sorted() && two.is_sorted(),
        "a client's ids must grow"
    );
    assert!(overlap(&one, &two), "the processes did not greet at once");
    let mut all = [one, two].concat();
    all.sort_unstable();
    let expected = (1..).take(2 * each);
    assert!(
        all.into_iter().eq(expected),
        "ids are missing or twice there"
    );
    Ok(())
}

fn two_processes_without_acks_lose_no_greeting() -> Result<()> {
    let each: usize = scaled(200_000);

    at_once([Task::Send(each); 2])?;
    let mut client = Client::open()?;
    let all = 2 * each as u64;
    assert_eq!(client.peer("World")?.greetings, all);
    assert_eq!(client.stats()?.unacked, all);
    assert_eq!(client.greet("World")?.id, all + 1);
    Ok(())
}

/// Whether each of two sorted lists begins before the other ends.
fn overlap(one: &[u64], two: &[u64]) -> bool {
    one.first() < two.last() && two.first() < one.last()
}
