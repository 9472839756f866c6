// SPDX-License-Identifier: MIT OR Apache-2.0

//! Who was greeted: `peer-get` and `peer-del`.

use crate::raw::{Client, ExtAckError, Peer, Request};
use crate::support::boot_time;
use anyhow::{Context, Result};
use greet::protocol::greeting::STYLE;
use nix::errno::Errno;
use std::time::Duration;

crate::tests![
    at_first_there_are_none,
    each_attribute_is_that_of_the_greetings,
    the_last_greeting_counts,
    greetings_without_an_ack_are_remembered,
    what_is_refused_is_not_remembered,
    names_are_told_apart_byte_for_byte,
    the_list_is_in_the_order_of_the_first_greetings,
    a_dump_says_the_same_as_a_single_reply,
    the_forgotten_are_gone,
    the_forgotten_begin_anew,
];

fn at_first_there_are_none() -> Result<()> {
    assert_eq!(Client::open()?.peers()?, []);
    Ok(())
}

fn each_attribute_is_that_of_the_greetings() -> Result<()> {
    let mut client = Client::open()?;
    client.greet("World")?;
    client.ask(&Request::greet().name("World").u32(STYLE, 1))?;
    let before = boot_time()?;
    client.ask(&Request::greet().name("World").u32(STYLE, 2))?;
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
        "seen {seen:?} after boot, greeted from {before:?} to {after:?}"
    );
    Ok(())
}

fn the_last_greeting_counts() -> Result<()> {
    let (mut one, mut two) = (Client::open()?, Client::open()?);
    one.ask(&Request::greet().name("World").u32(STYLE, 1))?;
    let first = one.peer("World")?;
    two.greet("World")?;
    let second = one.peer("World")?;

    assert_eq!((first.last_portid, first.last_style), (one.port(), 1));
    assert_eq!((second.last_portid, second.last_style), (two.port(), 0));
    assert!(first.last_seen < second.last_seen);
    Ok(())
}

fn greetings_without_an_ack_are_remembered() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_quietly(["World", "World", "Moon"])?;
    assert_eq!(
        counts(&mut client)?,
        [("World".into(), 2), ("Moon".into(), 1)]
    );
    Ok(())
}

fn what_is_refused_is_not_remembered() -> Result<()> {
    let mut client = Client::open()?;
    client.greet("World")?;
    for name in ["", "a\u{7}b", &"n".repeat(65)] {
        client.greet(name).expect_err("a bad name");
    }
    client.ask(&Request::greet().name("World").u32(STYLE, 3))?;
    assert_eq!(counts(&mut client)?, [("World".into(), 1)]);
    Ok(())
}

fn names_are_told_apart_byte_for_byte() -> Result<()> {
    let names = [
        "World".to_owned(),
        "world".to_owned(),
        "World ".to_owned(),
        "Worl".to_owned(),
        // The same to the eye, in one character and in two.
        "\u{dc}ni".to_owned(),
        "U\u{308}ni".to_owned(),
        "n".repeat(63),
        "n".repeat(64),
        "n".repeat(63) + "m",
    ];
    let mut client = Client::open()?;
    client.greet_quietly(&names)?;
    for name in &names {
        assert_eq!(&client.peer(name)?.name, name);
    }
    let expected = names.map(|name| (name, 1));
    assert_eq!(counts(&mut client)?, expected);
    Ok(())
}

fn the_list_is_in_the_order_of_the_first_greetings() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_quietly(["b", "c", "a", "b", "b", "c"])?;
    let expected = [("b".into(), 3), ("c".into(), 2), ("a".into(), 1)];
    assert_eq!(counts(&mut client)?, expected);
    Ok(())
}

fn a_dump_says_the_same_as_a_single_reply() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_quietly((0..100).map(|number| format!("peer {number}")))?;
    for peer in client.peers()? {
        assert_eq!(client.peer(&peer.name)?, peer);
    }
    Ok(())
}

fn the_forgotten_are_gone() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_quietly(["a", "b", "c"])?;
    client.forget("b")?;
    for again in [client.forget("b").err(), client.peer("b").err()] {
        let error = again.context("nobody of that name is left")?;
        let errno = error
            .downcast_ref::<ExtAckError>()
            .map(|ext_ack| ext_ack.errno);
        assert_eq!(errno, Some(Errno::ENOENT), "{error:#}");
    }
    assert_eq!(counts(&mut client)?, [("a".into(), 1), ("c".into(), 1)]);
    // Greetings are counted apart from peers, and to be forgotten is not to be evicted.
    let stats = client.stats()?;
    assert_eq!((stats.greetings, stats.peers, stats.evicted), (3, 2, 0));
    Ok(())
}

fn the_forgotten_begin_anew() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_quietly(["a", "a", "b"])?;
    client.forget("a")?;
    client.greet("a")?;
    assert_eq!(counts(&mut client)?, [("b".into(), 1), ("a".into(), 1)]);
    Ok(())
}

/// The name and number of greetings of each peer.
fn counts(client: &mut Client) -> Result<Vec<(String, u64)>> {
    let peers = client.peers()?.into_iter();
    Ok(peers.map(|peer| (peer.name, peer.greetings)).collect())
}
