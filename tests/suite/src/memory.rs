// SPDX-License-Identifier: MIT OR Apache-2.0

//! What was done leaves nothing behind in the kernel's memory.

use crate::raw::{Client, Request};
use crate::support::scale::scaled;
use crate::support::{namespace, unreclaimable, unreclaimable_once_below};
use anyhow::Result;
use greet::protocol::{PEER_GET, groups};

crate::tests![
    greetings_are_freed,
    refusals_are_freed,
    the_evicted_are_freed,
    the_forgotten_are_freed,
    events_are_freed,
    dumps_are_freed,
];

fn greetings_are_freed() -> Result<()> {
    let mut client = Client::open()?;
    assert_frees(|| client.greet("World").map(drop))
}

fn refusals_are_freed() -> Result<()> {
    let mut client = Client::open()?;
    assert_frees(|| client.ask(&Request::greet().name("")).map(drop))
}

fn the_evicted_are_freed() -> Result<()> {
    let mut client = Client::open()?;
    client.set_peer_limit(1)?;
    let mut number = 0;
    assert_frees(|| {
        number += 1;
        client.greet(&format!("peer {number}")).map(drop)
    })
}

fn the_forgotten_are_freed() -> Result<()> {
    let mut client = Client::open()?;
    assert_frees(|| {
        client.greet_quietly(["World"])?;
        client.forget("World")
    })
}

/// Those that a listener takes, and those that it has no room for.
fn events_are_freed() -> Result<()> {
    let (mut client, mut listener, deaf) = (Client::open()?, Client::open()?, Client::open()?);
    listener.join(groups::GREETINGS)?;
    deaf.join(groups::GREETINGS)?;
    assert_frees(|| {
        client.greet_quietly(["World"])?;
        listener.heard().map(drop)
    })
}

/// Those that are read, and those that are left open.
fn dumps_are_freed() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_quietly((0..1_000).map(|number| format!("peer {number}")))?;
    let mut few = namespace::in_new(Client::open)?;
    few.greet("World")?;
    assert_frees(|| {
        few.peers()?;
        Client::open()?.send(&Request::dump(&PEER_GET)).map(drop)
    })
}

/// Asserts that the kernel's own memory grows by less than a fifth of a reply each time that `job` is
/// done.
fn assert_frees(mut job: impl FnMut() -> Result<()>) -> Result<()> {
    const ROOM: u64 = 1 << 20;

    let times: u64 = scaled(5_000);
    // The first times fill caches.
    (0..times / 10).try_for_each(|_| job())?;
    let before = unreclaimable()?;
    (0..times).try_for_each(|_| job())?;
    let after = unreclaimable_once_below(before + ROOM)?;
    println!(
        "unreclaimable KiB before {times} times {}, after {}",
        before >> 10,
        after >> 10
    );
    let grown = after.saturating_sub(before);
    assert!(grown < ROOM, "{times} times left {grown} bytes");
    Ok(())
}
