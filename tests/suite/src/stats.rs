// SPDX-License-Identifier: MIT OR Apache-2.0

//! What is counted, and what is not.

use crate::raw::{Client, Content, Request, Stats};
use crate::support::load::Load;
use crate::support::scale::scaled;
use anyhow::{Result, bail, ensure};
use greet::protocol::{
    PEER_DEL, PEER_GET, SETTINGS_SET, STATS_GET, greeting, groups, peer, settings,
};

crate::tests![
    are_all_0_at_first,
    count_a_greeting_with_its_reply,
    count_a_greeting_without_an_ack,
    count_only_replies_that_there_was_room_for,
    count_a_greeting_that_somebody_listens_to,
    count_what_the_family_refuses,
    do_not_count_what_the_core_refuses,
    do_not_count_other_operations,
    hold_together_while_all_goes_on,
];

fn are_all_0_at_first() -> Result<()> {
    assert_eq!(Client::open()?.stats()?, Stats::default());
    Ok(())
}

fn count_a_greeting_with_its_reply() -> Result<()> {
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

fn count_a_greeting_without_an_ack() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_quietly(["World", "Moon"])?;
    let expected = Stats {
        greetings: 2,
        unacked: 2,
        peers: 2,
        ..Stats::default()
    };
    assert_eq!(client.stats()?, expected);
    Ok(())
}

fn count_only_replies_that_there_was_room_for() -> Result<()> {
    const GREETINGS: u64 = 100;

    let mut deaf = Client::open()?;
    deaf.shrink_receive_buffer()?;
    let mut sent = Vec::new();
    for _ in 0..GREETINGS {
        sent.extend(deaf.send(&Request::greet().name("World"))?);
    }
    let (messages, lost) = deaf.drain(&sent)?;
    assert!(lost, "all replies came");
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

fn count_a_greeting_that_somebody_listens_to() -> Result<()> {
    let mut client = Client::open()?;
    client.greet("before")?;
    let (one, two) = (Client::open()?, Client::open()?);
    one.join(groups::GREETINGS)?;
    two.join(groups::CONFIG)?;
    client.greet("while one listens")?;
    two.join(groups::GREETINGS)?;
    client.greet_quietly(["while two do"])?;
    one.leave(groups::GREETINGS)?;
    drop(two);
    client.greet("after")?;
    // However many listen.
    assert_eq!(client.stats()?.events, 2);
    Ok(())
}

fn count_what_the_family_refuses() -> Result<()> {
    let mut client = Client::open()?;
    let refused = [
        Request::greet(),
        Request::greet().name(""),
        Request::greet().name("a\u{7}b"),
        Request::greet().attr(greeting::NAME, b"W\xf6rld\0"),
        Request::of(&PEER_GET),
        Request::of(&PEER_GET).text(peer::NAME, "nobody"),
        Request::of(&PEER_DEL),
        Request::of(&PEER_DEL).text(peer::NAME, "nobody"),
    ];
    for (count, request) in (1..).zip(refused) {
        expect_refusal(&mut client, &request)?;
        let expected = Stats {
            refused: count,
            ..Stats::default()
        };
        assert_eq!(client.stats()?, expected, "after {request:?}");
    }
    Ok(())
}

fn do_not_count_what_the_core_refuses() -> Result<()> {
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
        expect_refusal(&mut client, &request)?;
    }
    assert_eq!(client.stats()?, Stats::default());
    Ok(())
}

fn do_not_count_other_operations() -> Result<()> {
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

fn hold_together_while_all_goes_on() -> Result<()> {
    let looks: u32 = scaled(3_000);
    let mut listener = Client::open()?;
    listener.join(groups::GREETINGS)?;
    let greet = |client: &mut Client, round| {
        client.greet(&format!("peer {}", round % 2_000))?;
        client.greet_quietly(["World"])?;
        client.greet("").err();
        Ok(())
    };
    let mut client = Client::open()?;
    let ((), rounds) = Load::of(&[&greet, &greet]).during(|| {
        let mut last = Stats::default();
        for _ in 0..looks {
            let stats = client.stats()?;
            ensure!(
                stats.replies + stats.unacked <= stats.greetings,
                "more answers than greetings: {stats:?}"
            );
            ensure!(stats.peers <= 1024, "too many peers: {stats:?}");
            ensure!(has_grown(&last, &stats), "{last:?} became {stats:?}");
            last = stats;
        }
        Ok(())
    })?;
    let stats = client.stats()?;
    assert_eq!(stats.greetings, 2 * rounds);
    assert_eq!((stats.replies, stats.unacked), (rounds, rounds));
    assert_eq!(stats.refused, rounds);
    // As many as there was room for.
    assert_eq!(stats.events, listener.drain(&[])?.0.len() as u64);
    Ok(())
}

/// Whether no counter went back.
fn has_grown(before: &Stats, after: &Stats) -> bool {
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

fn expect_refusal(client: &mut Client, request: &Request) -> Result<()> {
    let messages = client.ask(request)?;
    match messages.first().map(|message| &message.content) {
        Some(Content::Error(_)) => Ok(()),
        _ => bail!("{request:?} was not refused: {messages:?}"),
    }
}
