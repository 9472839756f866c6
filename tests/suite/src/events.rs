// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the listeners of the groups `greetings` and `config` are told.

use crate::child::{Task, at_once};
use crate::raw::{Client, Content, Greeted, Request, Settings};
use crate::support::listening::{Listener, OnTokio, id_in};
use crate::support::namespace;
use crate::support::scale::{leeway, scaled};
use anyhow::{Result, bail, ensure};
use genl::{Notice, Subscription};
use greet::protocol::greeting::{COOKIE, STYLE};
use greet::protocol::settings::{DEFAULT_STYLE, PEER_LIMIT};
use greet::protocol::{SETTINGS_SET, groups};
use std::time::{Duration, Instant};

crate::tests![
    a_greeting_is_announced_as_it_was,
    a_cookie_is_never_announced,
    a_greeting_without_an_ack_is_announced,
    what_is_refused_is_not_announced,
    greetings_come_in_their_order,
    each_listener_is_told,
    each_group_has_its_own_events,
    who_left_is_told_no_more,
    a_listener_elsewhere_is_told_nothing,
    changed_settings_are_announced_whole,
    unchanged_settings_are_not_announced,
    a_deaf_listener_costs_the_greeters_nothing,
    a_loss_is_told_behind_what_was_kept,
    a_receive_buffer_holds_what_it_is_made_for,
    a_stream_tells_the_same,
];

fn a_greeting_is_announced_as_it_was() -> Result<()> {
    let (mut client, mut listener) = listened_to(groups::GREETINGS)?;
    let name = "n".repeat(64);
    client.ask(&Request::greet().name(&name).u32(STYLE, 2))?;
    let expected = Greeted {
        id: 1,
        message: format!(
            "Hooray, {name}!!! Your message from port {} has been processed by the kernel.",
            client.port()
        ),
        name,
        style: 2,
        portid: client.port(),
    };
    // Port and sequence number, which must be 0, are looked at as the event is read.
    assert_eq!(listener.events()?, [expected]);
    Ok(())
}

fn a_cookie_is_never_announced() -> Result<()> {
    const SECRET: [u8; 8] = *b"\xc0\xffeecafe";

    let (mut client, mut listener) = listened_to(groups::GREETINGS)?;
    client.ask(&Request::greet().name("World").attr(COOKIE, &SECRET))?;
    let heard = listener.heard()?;
    let Some(Content::Reply { attrs, .. }) = heard.first().map(|event| &event.content) else {
        bail!("nothing was announced: {heard:?}");
    };
    for (number, payload) in attrs {
        assert_ne!(*number, COOKIE);
        assert!(!payload.windows(4).any(|part| part == &SECRET[..4]));
    }
    Ok(())
}

fn a_greeting_without_an_ack_is_announced() -> Result<()> {
    let (mut client, mut listener) = listened_to(groups::GREETINGS)?;
    client.greet_quietly(["World", "Moon"])?;
    assert_eq!(heard_names(&mut listener)?, ["World", "Moon"]);
    Ok(())
}

fn what_is_refused_is_not_announced() -> Result<()> {
    let (mut client, mut listener) = listened_to(groups::GREETINGS)?;
    for name in ["", "a\u{7}b", &"n".repeat(65)] {
        client.greet(name).expect_err("a bad name");
    }
    assert_eq!(listener.heard()?, []);
    Ok(())
}

fn greetings_come_in_their_order() -> Result<()> {
    const GREETINGS: u64 = 200;

    let (mut client, mut listener) = listened_to(groups::GREETINGS)?;
    let mut ids = Vec::new();
    for _ in 0..GREETINGS {
        client.greet("World")?;
        ids.extend(listener.events()?.iter().map(|event| event.id));
    }
    assert!(ids.into_iter().eq(1..=GREETINGS));
    Ok(())
}

fn each_listener_is_told() -> Result<()> {
    let (mut client, one) = listened_to(groups::GREETINGS)?;
    let two = Client::open()?;
    two.join(groups::GREETINGS)?;
    client.join(groups::GREETINGS)?;
    // The greeter hears of itself, too.
    client.greet_quietly(["World"])?;
    for mut listener in [one, two, client] {
        assert_eq!(heard_names(&mut listener)?, ["World"]);
    }
    Ok(())
}

fn each_group_has_its_own_events() -> Result<()> {
    let (mut client, mut of_greetings) = listened_to(groups::GREETINGS)?;
    let mut of_settings = Client::open()?;
    of_settings.join(groups::CONFIG)?;
    client.greet("World")?;
    client.set_default_style(1)?;
    assert_eq!(heard_names(&mut of_greetings)?, ["World"]);
    assert_eq!(heard_settings(&mut of_settings)?.len(), 1);
    Ok(())
}

fn who_left_is_told_no_more() -> Result<()> {
    let (mut client, mut listener) = listened_to(groups::GREETINGS)?;
    client.greet("World")?;
    listener.leave(groups::GREETINGS)?;
    client.greet("Moon")?;
    assert_eq!(heard_names(&mut listener)?, ["World"]);
    Ok(())
}

fn a_listener_elsewhere_is_told_nothing() -> Result<()> {
    let mut client = Client::open()?;
    let (mut there, mut listener) = namespace::in_new(|| {
        let (client, listener) = listened_to(groups::GREETINGS)?;
        listener.join(groups::CONFIG)?;
        Ok((client, listener))
    })?;
    client.greet("World")?;
    client.greet_quietly(["World"])?;
    client.set_default_style(1)?;
    client.set_peer_limit(7)?;
    assert_eq!(listener.heard()?, []);
    // Nor is anything said here of it.
    assert_eq!(client.stats()?.events, 0);

    there.greet("Moon")?;
    assert_eq!(heard_names(&mut listener)?, ["Moon"]);
    Ok(())
}

fn changed_settings_are_announced_whole() -> Result<()> {
    let (mut client, mut listener) = listened_to(groups::CONFIG)?;
    client.set_default_style(2)?;
    client.set_peer_limit(7)?;
    let both = Request::of(&SETTINGS_SET)
        .u32(DEFAULT_STYLE, 1)
        .u32(PEER_LIMIT, 8);
    client.ask(&both)?;
    client.ask(&both.flags(libc::NLM_F_REQUEST).u32(PEER_LIMIT, 9))?;
    let expected =
        [(2, 1024), (2, 7), (1, 8), (1, 9)].map(|(default_style, peer_limit)| Settings {
            default_style,
            peer_limit,
        });
    assert_eq!(heard_settings(&mut listener)?, expected);
    Ok(())
}

fn unchanged_settings_are_not_announced() -> Result<()> {
    let (mut client, mut listener) = listened_to(groups::CONFIG)?;
    client.set_default_style(0)?;
    client.set_peer_limit(1024)?;
    for request in [
        Request::of(&SETTINGS_SET),
        Request::of(&SETTINGS_SET)
            .u32(DEFAULT_STYLE, 0)
            .u32(PEER_LIMIT, 1024),
        Request::of(&SETTINGS_SET).u32(PEER_LIMIT, 0),
        Request::of(&SETTINGS_SET)
            .u32(PEER_LIMIT, 7)
            .u32(DEFAULT_STYLE, 3),
    ] {
        client.ask(&request)?;
    }
    assert_eq!(listener.heard()?, []);
    // Also when one of two stays as it is.
    client.ask(
        &Request::of(&SETTINGS_SET)
            .u32(DEFAULT_STYLE, 0)
            .u32(PEER_LIMIT, 7),
    )?;
    assert_eq!(heard_settings(&mut listener)?.len(), 1);
    Ok(())
}

/// 100,000 greetings while a listener does not read.
fn a_deaf_listener_costs_the_greeters_nothing() -> Result<()> {
    const EACH: usize = 2 * ROUNDS;

    let (quiet_ones, acknowledged_ones): (usize, usize) = (scaled(8_000), scaled(1_000));
    let all = (EACH * (quiet_ones + acknowledged_ones)) as u64;

    let mut subscription = greet::Client::subscribe()?;
    let quiet = slowdown([Task::Send(quiet_ones); 2], 0)?;
    let acknowledged = slowdown([Task::Greet(acknowledged_ones); 2], acknowledged_ones)?;

    let mut client = Client::open()?;
    let stats = client.stats()?;
    assert_eq!(stats.greetings, all);
    assert_eq!(stats.unacked, (EACH * quiet_ones) as u64);
    assert_eq!(stats.replies, (EACH * acknowledged_ones) as u64);

    let (mut ids, lagged) = read_all(&mut subscription)?;
    assert_eq!(
        stats.events,
        ids.len() as u64,
        "those that there was room for"
    );
    assert_eq!(lagged, 1, "{} events were kept", ids.len());
    ensure!(ids.len() < all as usize);
    // Two greet at once, and a number is not taken and announced in one step; so only that none is
    // told twice can be relied on.
    let told = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), told);
    // It goes on.
    client.greet("World")?;
    assert_eq!(read_all(&mut subscription)?, (vec![all + 1], 0));
    println!(
        "with a deaf listener, greetings take {acknowledged:.2} times as long, those without an ACK \
         {quiet:.2} times; it was told of {told} of {all}"
    );
    ensure!(
        acknowledged < 2.0 * f64::from(leeway()),
        "the greeters had to wait"
    );
    // Several of these are one system call, and do not even make a reply: that there is an event to
    // make is as much again.
    ensure!(
        quiet < 4.0 * f64::from(leeway()),
        "the greeters had to wait"
    );
    Ok(())
}

/// How often a time is taken.
const ROUNDS: usize = 5;

/// How many times as long two children take here as where nobody listens, by the medians of rounds
/// here and there in turn. Each of them prints so many numbers.
fn slowdown(tasks: [Task; 2], numbers: usize) -> Result<f64> {
    let greet = || {
        let start = Instant::now();
        let ids = at_once(tasks)?;
        assert_eq!(ids.map(|ids| ids.len()), [numbers; 2]);
        anyhow::Ok(start.elapsed())
    };
    let (mut here, mut there) = ([Duration::ZERO; ROUNDS], [Duration::ZERO; ROUNDS]);
    for round in 0..ROUNDS {
        here[round] = greet()?;
        there[round] = namespace::in_new(greet)?;
    }
    Ok(median(here).as_secs_f64() / median(there).as_secs_f64())
}

fn median(mut times: [Duration; ROUNDS]) -> Duration {
    times.sort_unstable();
    times[ROUNDS / 2]
}

fn a_receive_buffer_holds_what_it_is_made_for() -> Result<()> {
    const FLOOD: usize = 1_000;
    // More than the kernel lets anybody have.
    const LARGEST: usize = 1 << 30;

    let (usual, lagged) = kept(None, FLOOD)?;
    ensure!(lagged == 1 && usual < FLOOD, "{usual} events, all of them");
    let (fewer, lagged) = kept(Some(1), FLOOD)?;
    ensure!(
        lagged == 1 && fewer < usual / 2,
        "{fewer} of {usual} events"
    );
    // For a size that is set, the kernel takes double.
    let more = usual * 3 / 2;
    assert_eq!(kept(Some(LARGEST), more)?, (more, 0));
    Ok(())
}

/// How many of so many events are kept in a receive buffer of this size, and how often it is told
/// that some were not.
fn kept(buffer: Option<usize>, events: usize) -> Result<(usize, u32)> {
    namespace::in_new(|| {
        let mut subscription = greet::Client::subscribe()?;
        if let Some(bytes) = buffer {
            subscription.set_receive_buffer(bytes)?;
        }
        Client::open()?.greet_quietly((0..events).map(|_| "World"))?;
        let (ids, lagged) = read_all(&mut subscription)?;
        Ok((ids.len(), lagged))
    })
}

/// All that a subscription has to tell now: ids of greetings, and how often it lagged.
fn read_all(subscription: &mut Subscription) -> Result<(Vec<u64>, u32)> {
    let (mut ids, mut lagged) = (Vec::new(), 0);
    while let Some(notice) = subscription.try_next()? {
        match notice {
            Notice::Event(event) => ids.push(id_in(&event)?),
            Notice::Lagged => lagged += 1,
            other => bail!("{other:?}"),
        }
    }
    Ok((ids, lagged))
}

/// A socket that had no room for an event takes no other until it is empty, so only from then on can
/// be asked for what was lost.
fn a_loss_is_told_behind_what_was_kept() -> Result<()> {
    tells_the_loss_last(&mut greet::Client::subscribe()?)?;
    namespace::in_new(|| tells_the_loss_last(&mut OnTokio::subscribe()?))
}

fn tells_the_loss_last(listener: &mut impl Listener) -> Result<()> {
    // Several times as many as there is room for.
    const FLOOD: u64 = 1_000;

    let mut client = Client::open()?;
    client.greet_quietly((0..FLOOD).map(|_| "World"))?;
    assert_eq!(listener.next_id()?, 1);
    // There is room for it now, and it is dropped all the same.
    client.greet_quietly(["Moon"])?;
    let kept = listener.ids_before_loss()?;
    assert!(kept.iter().copied().eq(2..2 + kept.len() as u64));
    ensure!(kept.len() < FLOOD as usize - 1, "nothing was lost");
    client.greet("Sun")?;
    assert_eq!(listener.next_id()?, FLOOD + 2);
    Ok(())
}

fn a_stream_tells_the_same() -> Result<()> {
    let mut client = Client::open()?;
    let mut stream = OnTokio::subscribe()?;
    for id in 1..=3 {
        client.greet("World")?;
        assert_eq!(stream.next_id()?, id);
    }
    Ok(())
}

/// A client, and one that listens to a group.
fn listened_to(group: &str) -> Result<(Client, Client)> {
    let listener = Client::open()?;
    listener.join(group)?;
    Ok((Client::open()?, listener))
}

fn heard_names(listener: &mut Client) -> Result<Vec<String>> {
    let events = listener.events()?.into_iter();
    Ok(events.map(|event| event.name).collect())
}

fn heard_settings(listener: &mut Client) -> Result<Vec<Settings>> {
    listener.heard()?.iter().map(Settings::read_event).collect()
}
