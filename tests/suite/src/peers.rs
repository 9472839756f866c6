// SPDX-License-Identifier: MIT OR Apache-2.0

//! `peer-get` and `peer-del`.

use crate::raw::{Client, ExtAckError, Peer, Request};
use crate::support::{boot_time, peer_names};
use anyhow::{Context, Result};
use greet::protocol::greeting::STYLE;
use nix::errno::Errno;
use std::time::Duration;

crate::tests![
    a_new_namespace_has_no_peers,
    peer_get_returns_all_attributes,
    peer_get_returns_port_and_style_of_the_last_greeting,
    greetings_without_an_ack_add_peers,
    rejected_greetings_add_no_peers,
    names_are_compared_byte_by_byte,
    dumps_are_in_the_order_of_first_greetings,
    a_dump_and_a_single_reply_have_the_same_attributes,
    peer_del_removes_the_peer_and_keeps_other_counters,
    a_deleted_peer_starts_again_with_one_greeting,
];

fn a_new_namespace_has_no_peers() -> Result<()> {
    assert_eq!(Client::open()?.peers()?, []);
    Ok(())
}

fn peer_get_returns_all_attributes() -> Result<()> {
    let mut client = Client::open()?;
    client.greet("World")?;
    client.request(&Request::greet().name("World").u32(STYLE, 1))?;
    let before = boot_time()?;
    client.request(&Request::greet().name("World").u32(STYLE, 2))?;
    let after = boot_time()?;

    let peer = client.peer("World")?;
    let expected = Peer {
        name: "World".to_owned(),
        greetings: 3,
        last_portid: client.port(),
        last_style: 2,
        last_seen: peer.last_seen,
    };
    assert_eq!(peer, expected);
    let seen = Duration::from_nanos(peer.last_seen);
    assert!(
        (before..=after).contains(&seen),
        "expected last-seen from {before:?} to {after:?}, got {seen:?}"
    );
    Ok(())
}

fn peer_get_returns_port_and_style_of_the_last_greeting() -> Result<()> {
    let (mut one, mut two) = (Client::open()?, Client::open()?);
    one.request(&Request::greet().name("World").u32(STYLE, 1))?;
    let first = one.peer("World")?;
    two.greet("World")?;
    let second = one.peer("World")?;

    assert_eq!((first.last_portid, first.last_style), (one.port(), 1));
    assert_eq!((second.last_portid, second.last_style), (two.port(), 0));
    assert!(first.last_seen < second.last_seen);
    Ok(())
}

fn greetings_without_an_ack_add_peers() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_unacknowledged(["World", "World", "Moon"])?;
    assert_eq!(
        counts(&mut client)?,
        [("World".into(), 2), ("Moon".into(), 1)]
    );
    Ok(())
}

fn rejected_greetings_add_no_peers() -> Result<()> {
    let mut client = Client::open()?;
    client.greet("World")?;
    for name in ["", "a\u{7}b", &"n".repeat(65)] {
        client.greet(name).expect_err("a bad name");
    }
    client.request(&Request::greet().name("World").u32(STYLE, 3))?;
    assert_eq!(counts(&mut client)?, [("World".into(), 1)]);
    Ok(())
}

fn names_are_compared_byte_by_byte() -> Result<()> {
    let names = [
        "World".to_owned(),
        "world".to_owned(),
        "World ".to_owned(),
        "Worl".to_owned(),
        // These look the same: composed and decomposed characters.
        "\u{dc}ni".to_owned(),
        "U\u{308}ni".to_owned(),
        "n".repeat(63),
        "n".repeat(64),
        "n".repeat(63) + "m",
    ];
    let mut client = Client::open()?;
    client.greet_unacknowledged(&names)?;
    for name in &names {
        assert_eq!(&client.peer(name)?.name, name);
    }
    let expected = names.map(|name| (name, 1));
    assert_eq!(counts(&mut client)?, expected);
    Ok(())
}

fn dumps_are_in_the_order_of_first_greetings() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_unacknowledged(["b", "c", "a", "b", "b", "c"])?;
    let expected = [("b".into(), 3), ("c".into(), 2), ("a".into(), 1)];
    assert_eq!(counts(&mut client)?, expected);
    Ok(())
}

fn a_dump_and_a_single_reply_have_the_same_attributes() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_unacknowledged(peer_names(0..100))?;
    for peer in client.peers()? {
        assert_eq!(client.peer(&peer.name)?, peer);
    }
    Ok(())
}

fn peer_del_removes_the_peer_and_keeps_other_counters() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_unacknowledged(["a", "b", "c"])?;
    client.forget("b")?;
    for again in [client.forget("b").err(), client.peer("b").err()] {
        let error = again.context("expected an error for a deleted peer")?;
        assert_eq!(
            ExtAckError::errno_of(&error),
            Some(Errno::ENOENT),
            "{error:#}"
        );
    }
    assert_eq!(counts(&mut client)?, [("a".into(), 1), ("c".into(), 1)]);
    // Deleting a peer changes the counters of neither greetings nor evictions.
    let stats = client.stats()?;
    assert_eq!((stats.greetings, stats.peers, stats.evicted), (3, 2, 0));
    Ok(())
}

fn a_deleted_peer_starts_again_with_one_greeting() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_unacknowledged(["a", "a", "b"])?;
    client.forget("a")?;
    client.greet("a")?;
    assert_eq!(counts(&mut client)?, [("b".into(), 1), ("a".into(), 1)]);
    Ok(())
}

/// Returns name and number of greetings of each peer.
fn counts(client: &mut Client) -> Result<Vec<(String, u64)>> {
    let peers = client.peers()?.into_iter();
    Ok(peers.map(|peer| (peer.name, peer.greetings)).collect())
}
