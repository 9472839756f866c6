// SPDX-License-Identifier: MIT OR Apache-2.0

//! Kernel memory is freed after each operation.

use crate::raw::{Client, Request};
use crate::support::scale::scaled;
use crate::support::{
    ensure_freed, namespace, peer_names, unreclaimable, unreclaimable_once_below,
};
use anyhow::Result;
use greet::protocol::{PEER_GET, groups};

crate::tests![
    greetings_are_freed,
    errors_are_freed,
    evicted_peers_are_freed,
    deleted_peers_are_freed,
    events_are_freed,
    dumps_are_freed,
];

fn greetings_are_freed() -> Result<()> {
    let mut client = Client::open()?;
    assert_frees(|| client.greet("World").map(drop))
}

fn errors_are_freed() -> Result<()> {
    let mut client = Client::open()?;
    assert_frees(|| client.request(&Request::greet().name("")).map(drop))
}

fn evicted_peers_are_freed() -> Result<()> {
    let mut client = Client::open()?;
    client.set_peer_limit(1)?;
    let mut number = 0;
    assert_frees(|| {
        number += 1;
        client.greet(&format!("peer {number}")).map(drop)
    })
}

fn deleted_peers_are_freed() -> Result<()> {
    let mut client = Client::open()?;
    assert_frees(|| {
        client.greet_unacknowledged(["World"])?;
        client.forget("World")
    })
}

/// One listener reads its events; another one has a full buffer.
fn events_are_freed() -> Result<()> {
    let (mut client, mut listener, full) = (Client::open()?, Client::open()?, Client::open()?);
    listener.join(groups::GREETINGS)?;
    full.join(groups::GREETINGS)?;
    assert_frees(|| {
        client.greet_unacknowledged(["World"])?;
        listener.event_messages().map(drop)
    })
}

/// Some dumps are read, and others are left open.
fn dumps_are_freed() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_unacknowledged(peer_names(0..1_000))?;
    let mut few = namespace::in_new(Client::open)?;
    few.greet("World")?;
    assert_frees(|| {
        few.peers()?;
        Client::open()?.send(&Request::dump(&PEER_GET)).map(drop)
    })
}

/// Asserts that a run of `job` leaves less than a fifth of the memory of a reply in the kernel.
fn assert_frees(mut job: impl FnMut() -> Result<()>) -> Result<()> {
    const TOLERANCE: u64 = 1 << 20;

    let times: u64 = scaled(5_000);
    // The first runs fill caches.
    (0..times / 10).try_for_each(|_| job())?;
    let before = unreclaimable()?;
    (0..times).try_for_each(|_| job())?;
    let after = unreclaimable_once_below(before + TOLERANCE)?;
    println!(
        "unreclaimable KiB before {times} runs {}, after {}",
        before >> 10,
        after >> 10
    );
    ensure_freed(before, after, TOLERANCE)
}
