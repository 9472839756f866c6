// SPDX-License-Identifier: MIT OR Apache-2.0

//! Counters of `stats-get`.

use crate::raw::{Client, Content, Request, Stats};
use crate::support::background::Load;
use crate::support::scale::scaled;
use anyhow::{Result, bail, ensure};
use greet::protocol::{
    PEER_DEL, PEER_GET, SETTINGS_SET, STATS_GET, greeting, groups, peer, settings,
};

crate::tests![
    all_counters_start_at_0,
    a_greeting_with_an_ack_counts_as_greeting_and_reply,
    a_greeting_without_an_ack_counts_as_unacked,
    dropped_replies_are_not_counted,
    events_count_once_for_any_number_of_listeners,
    errors_of_the_family_count_as_refused,
    errors_of_the_core_are_not_counted,
    other_operations_are_not_counted,
    counters_are_consistent_and_ascending_under_load,
];

fn all_counters_start_at_0() -> Result<()> {
    assert_eq!(Client::open()?.stats()?, Stats::default());
    Ok(())
}

fn a_greeting_with_an_ack_counts_as_greeting_and_reply() -> Result<()> {
    let mut client = Client::open()?;
    client.greet("World")?;
    client.greet("World")?;
    let expected = Stats {
        greetings: 2,
        replies: 2,
        peers: 1,
        ..Stats::default()
    };
    assert_eq!(client.stats()?, expected);
    Ok(())
}

fn a_greeting_without_an_ack_counts_as_unacked() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_unacknowledged(["World", "Moon"])?;
    let expected = Stats {
        greetings: 2,
        unacked: 2,
        peers: 2,
        ..Stats::default()
    };
    assert_eq!(client.stats()?, expected);
    Ok(())
}

fn dropped_replies_are_not_counted() -> Result<()> {
    const GREETINGS: u64 = 100;

    let mut client = Client::open()?;
    let messages = client.overflow_receive_buffer(GREETINGS)?;
    let replies = messages
        .iter()
        .filter(|message| matches!(message.content, Content::Reply { .. }));
    let expected = Stats {
        greetings: GREETINGS,
        replies: replies.count() as u64,
        peers: 1,
        ..Stats::default()
    };
    assert_eq!(Client::open()?.stats()?, expected);
    Ok(())
}

fn events_count_once_for_any_number_of_listeners() -> Result<()> {
    let mut client = Client::open()?;
    client.greet("before")?;
    let (one, two) = (Client::open()?, Client::open()?);
    one.join(groups::GREETINGS)?;
    two.join(groups::CONFIG)?;
    client.greet("while one listens")?;
    two.join(groups::GREETINGS)?;
    client.greet_unacknowledged(["while two do"])?;
    one.leave(groups::GREETINGS)?;
    drop(two);
    client.greet("after")?;
    // One event counts once, for any number of listeners.
    assert_eq!(client.stats()?.events, 2);
    Ok(())
}

fn errors_of_the_family_count_as_refused() -> Result<()> {
    let mut client = Client::open()?;
    let failing = [
        Request::greet(),
        Request::greet().name(""),
        Request::greet().name("a\u{7}b"),
        Request::greet().attr(greeting::NAME, b"W\xf6rld\0"),
        Request::of(&PEER_GET),
        Request::of(&PEER_GET).text(peer::NAME, "unknown"),
        Request::of(&PEER_DEL),
        Request::of(&PEER_DEL).text(peer::NAME, "unknown"),
    ];
    for (count, request) in (1..).zip(failing) {
        expect_error(&mut client, &request)?;
        let expected = Stats {
            refused: count,
            ..Stats::default()
        };
        assert_eq!(client.stats()?, expected, "after {request:?}");
    }
    Ok(())
}

fn errors_of_the_core_are_not_counted() -> Result<()> {
    let mut client = Client::open()?;
    for request in [
        Request::greet().name(&"n".repeat(65)),
        Request::greet().name("World").u32(greeting::STYLE, 3),
        Request::of(&PEER_GET).text(peer::NAME, &"n".repeat(65)),
        Request::of(&STATS_GET).u32(1, 1),
        Request::of(&SETTINGS_SET).u32(settings::PEER_LIMIT, 0),
        Request::dump(&STATS_GET),
        Request::greet().command(200),
    ] {
        expect_error(&mut client, &request)?;
    }
    assert_eq!(client.stats()?, Stats::default());
    Ok(())
}

fn other_operations_are_not_counted() -> Result<()> {
    let mut client = Client::open()?;
    client.greet("World")?;
    let before = client.stats()?;
    client.peer("World")?;
    client.peers()?;
    client.set_default_style(1)?;
    client.settings()?;
    assert_eq!(client.stats()?, before);
    client.forget("World")?;
    assert_eq!(client.stats()?, Stats { peers: 0, ..before });
    Ok(())
}

fn counters_are_consistent_and_ascending_under_load() -> Result<()> {
    let reads: u32 = scaled(3_000);
    let mut listener = Client::open()?;
    listener.join(groups::GREETINGS)?;
    let greet = |client: &mut Client, round| {
        client.greet(&format!("peer {}", round % 2_000))?;
        client.greet_unacknowledged(["World"])?;
        client.greet("").err();
        Ok(())
    };
    let mut client = Client::open()?;
    let ((), rounds) = Load::new(&[&greet, &greet]).during(|| {
        let mut last = Stats::default();
        for _ in 0..reads {
            let stats = client.stats()?;
            ensure!(
                stats.replies + stats.unacked <= stats.greetings,
                "expected replies + unacked <= greetings: {stats:?}"
            );
            ensure!(
                stats.peers <= 1024,
                "expected at most 1024 peers: {stats:?}"
            );
            ensure!(
                is_ascending(&last, &stats),
                "expected ascending counters, got {last:?}, then {stats:?}"
            );
            last = stats;
        }
        Ok(())
    })?;
    let stats = client.stats()?;
    assert_eq!(stats.greetings, 2 * rounds);
    assert_eq!((stats.replies, stats.unacked), (rounds, rounds));
    assert_eq!(stats.refused, rounds);
    // As many as the listener's buffer could hold.
    assert_eq!(stats.events, listener.drain(&[])?.0.len() as u64);
    Ok(())
}

/// Returns whether no counter decreased.
fn is_ascending(before: &Stats, after: &Stats) -> bool {
    let counters = |stats: &Stats| {
        [
            stats.greetings,
            stats.replies,
            stats.unacked,
            stats.events,
            stats.refused,
            stats.evicted,
        ]
    };
    let pairs = counters(before).into_iter().zip(counters(after));
    pairs.into_iter().all(|(before, after)| before <= after)
}

fn expect_error(client: &mut Client, request: &Request) -> Result<()> {
    let messages = client.request(request)?;
    match messages.first().map(|message| &message.content) {
        Some(Content::Error(_)) => Ok(()),
        _ => bail!("expected an error for {request:?}, got {messages:?}"),
    }
}
