// SPDX-License-Identifier: MIT OR Apache-2.0

//! What was done leaves nothing behind in the kernel's memory.

use crate::raw::{Client, Request};
use crate::support::unreclaimable;
use anyhow::Result;

crate::tests![greetings_are_freed, refusals_are_freed,];

fn greetings_are_freed() -> Result<()> {
    let mut client = Client::open()?;
    assert_frees(|| client.greet("World").map(drop))
}

fn refusals_are_freed() -> Result<()> {
    let mut client = Client::open()?;
    assert_frees(|| client.ask(&Request::greet().name("")).map(drop))
}

/// Asserts that the kernel's own memory grows by less than a fifth of a reply each time that `job` is
/// done.
fn assert_frees(mut job: impl FnMut() -> Result<()>) -> Result<()> {
    const TIMES: u64 = 5_000;
    const ROOM: u64 = 1 << 20;

    // The first times fill caches.
    (0..TIMES / 10).try_for_each(|_| job())?;
    let before = unreclaimable()?;
    (0..TIMES).try_for_each(|_| job())?;
    let grown = unreclaimable()?.saturating_sub(before);
    assert!(grown < ROOM, "{TIMES} times left {grown} bytes");
    Ok(())
}
