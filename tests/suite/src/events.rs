// SPDX-License-Identifier: MIT OR Apache-2.0

//! Events and notifications of the groups `greetings` and `config`.

use crate::child::{Task, run_in_parallel};
use crate::raw::{Client, Content, Greeted, Request, Settings};
use crate::support::listener::{Listener, TokioStream, id_in};
use crate::support::namespace;
use crate::support::scale::{leeway, scaled};
use anyhow::{Result, bail, ensure};
use genl::{Notice, Subscription};
use greet::protocol::greeting::{COOKIE, STYLE};
use greet::protocol::settings::{DEFAULT_STYLE, PEER_LIMIT};
use greet::protocol::{SETTINGS_SET, groups};
use std::time::{Duration, Instant};

crate::tests![
    a_greeted_event_has_all_attributes,
    a_greeted_event_has_no_cookie,
    a_greeting_without_an_ack_sends_an_event,
    a_rejected_greeting_sends_no_event,
    events_arrive_in_greeting_order,
    each_listener_receives_the_event,
    a_listener_receives_only_its_group,
    a_listener_that_left_receives_no_event,
    a_listener_in_another_namespace_receives_no_event,
    a_settings_notification_has_all_settings,
    unchanged_settings_send_no_notification,
    a_listener_that_does_not_read_does_not_slow_senders,
    lagged_follows_the_queued_events,
    receive_buffer_size_limits_queued_events,
    a_tokio_stream_receives_events,
];

fn a_greeted_event_has_all_attributes() -> Result<()> {
    let (mut client, mut listener) = client_and_listener(groups::GREETINGS)?;
    let name = "n".repeat(64);
    client.request(&Request::greet().name(&name).u32(STYLE, 2))?;
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
    // `Greeted::read` checks that port and sequence number are 0.
    assert_eq!(listener.greeted_events()?, [expected]);
    Ok(())
}

fn a_greeted_event_has_no_cookie() -> Result<()> {
    const SECRET: [u8; 8] = *b"\xc0\xffeecafe";

    let (mut client, mut listener) = client_and_listener(groups::GREETINGS)?;
    client.request(&Request::greet().name("World").attr(COOKIE, &SECRET))?;
    let events = listener.event_messages()?;
    let Some(Content::Reply { attrs, .. }) = events.first().map(|event| &event.content) else {
        bail!("expected an event, got {events:?}");
    };
    for (number, payload) in attrs {
        assert_ne!(*number, COOKIE);
        assert!(!payload.windows(4).any(|part| part == &SECRET[..4]));
    }
    Ok(())
}

fn a_greeting_without_an_ack_sends_an_event() -> Result<()> {
    let (mut client, mut listener) = client_and_listener(groups::GREETINGS)?;
    client.greet_unacknowledged(["World", "Moon"])?;
    assert_eq!(received_names(&mut listener)?, ["World", "Moon"]);
    Ok(())
}

fn a_rejected_greeting_sends_no_event() -> Result<()> {
    let (mut client, mut listener) = client_and_listener(groups::GREETINGS)?;
    for name in ["", "a\u{7}b", &"n".repeat(65)] {
        client.greet(name).expect_err("a bad name");
    }
    assert_eq!(listener.event_messages()?, []);
    Ok(())
}

fn events_arrive_in_greeting_order() -> Result<()> {
    const GREETINGS: u64 = 200;

    let (mut client, mut listener) = client_and_listener(groups::GREETINGS)?;
    let mut ids = Vec::new();
    for _ in 0..GREETINGS {
        client.greet("World")?;
        ids.extend(listener.greeted_events()?.iter().map(|event| event.id));
    }
    assert!(ids.into_iter().eq(1..=GREETINGS));
    Ok(())
}

fn each_listener_receives_the_event() -> Result<()> {
    let (mut client, one) = client_and_listener(groups::GREETINGS)?;
    let two = Client::open()?;
    two.join(groups::GREETINGS)?;
    client.join(groups::GREETINGS)?;
    // The sender receives its own event.
    client.greet_unacknowledged(["World"])?;
    for mut listener in [one, two, client] {
        assert_eq!(received_names(&mut listener)?, ["World"]);
    }
    Ok(())
}

fn a_listener_receives_only_its_group() -> Result<()> {
    let (mut client, mut of_greetings) = client_and_listener(groups::GREETINGS)?;
    let mut of_settings = Client::open()?;
    of_settings.join(groups::CONFIG)?;
    client.greet("World")?;
    client.set_default_style(1)?;
    assert_eq!(received_names(&mut of_greetings)?, ["World"]);
    assert_eq!(received_settings(&mut of_settings)?.len(), 1);
    Ok(())
}

fn a_listener_that_left_receives_no_event() -> Result<()> {
    let (mut client, mut listener) = client_and_listener(groups::GREETINGS)?;
    client.greet("World")?;
    listener.leave(groups::GREETINGS)?;
    client.greet("Moon")?;
    assert_eq!(received_names(&mut listener)?, ["World"]);
    Ok(())
}

fn a_listener_in_another_namespace_receives_no_event() -> Result<()> {
    let mut client = Client::open()?;
    let (mut there, mut listener) = namespace::in_new(|| {
        let (client, listener) = client_and_listener(groups::GREETINGS)?;
        listener.join(groups::CONFIG)?;
        Ok((client, listener))
    })?;
    client.greet("World")?;
    client.greet_unacknowledged(["World"])?;
    client.set_default_style(1)?;
    client.set_peer_limit(7)?;
    assert_eq!(listener.event_messages()?, []);
    // Nor does this namespace count an event.
    assert_eq!(client.stats()?.events, 0);

    there.greet("Moon")?;
    assert_eq!(received_names(&mut listener)?, ["Moon"]);
    Ok(())
}

fn a_settings_notification_has_all_settings() -> Result<()> {
    let (mut client, mut listener) = client_and_listener(groups::CONFIG)?;
    client.set_default_style(2)?;
    client.set_peer_limit(7)?;
    let both = Request::of(&SETTINGS_SET)
        .u32(DEFAULT_STYLE, 1)
        .u32(PEER_LIMIT, 8);
    client.request(&both)?;
    client.request(&both.flags(libc::NLM_F_REQUEST).u32(PEER_LIMIT, 9))?;
    let expected =
        [(2, 1024), (2, 7), (1, 8), (1, 9)].map(|(default_style, peer_limit)| Settings {
            default_style,
            peer_limit,
        });
    assert_eq!(received_settings(&mut listener)?, expected);
    Ok(())
}

fn unchanged_settings_send_no_notification() -> Result<()> {
    let (mut client, mut listener) = client_and_listener(groups::CONFIG)?;
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
        client.request(&request)?;
    }
    assert_eq!(listener.event_messages()?, []);
    // One changed setting is enough.
    client.request(
        &Request::of(&SETTINGS_SET)
            .u32(DEFAULT_STYLE, 0)
            .u32(PEER_LIMIT, 7),
    )?;
    assert_eq!(received_settings(&mut listener)?.len(), 1);
    Ok(())
}

/// Sends 100,000 greetings while a listener does not read.
fn a_listener_that_does_not_read_does_not_slow_senders() -> Result<()> {
    const EACH: usize = 2 * ROUNDS;

    let (unacked_count, acked_count): (usize, usize) = (scaled(8_000), scaled(1_000));
    let all = (EACH * (unacked_count + acked_count)) as u64;

    let mut subscription = greet::Client::subscribe()?;
    let unacked = slowdown([Task::Send(unacked_count); 2], 0)?;
    let acked = slowdown([Task::Greet(acked_count); 2], acked_count)?;

    let mut client = Client::open()?;
    let stats = client.stats()?;
    assert_eq!(stats.greetings, all);
    assert_eq!(stats.unacked, (EACH * unacked_count) as u64);
    assert_eq!(stats.replies, (EACH * acked_count) as u64);

    let (mut ids, lagged) = read_all(&mut subscription)?;
    assert_eq!(
        stats.events,
        ids.len() as u64,
        "expected as many events as were queued"
    );
    assert_eq!(lagged, 1, "expected one Lagged after {} events", ids.len());
    ensure!(ids.len() < all as usize, "no event was lost");
    // Two processes greet in parallel, and counting a greeting and sending its event are separate
    // steps. So only uniqueness is certain, not the order.
    let received = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), received, "expected unique ids");
    // The next event arrives.
    client.greet("World")?;
    assert_eq!(read_all(&mut subscription)?, (vec![all + 1], 0));
    println!(
        "with a listener that does not read, greetings take {acked:.2} times as long, without an ACK \
         {unacked:.2} times; it received {received} of {all} events"
    );
    ensure!(
        acked < 2.0 * f64::from(leeway()),
        "expected less than twice the time with ACKs, took {acked:.2} times as long"
    );
    // One system call sends several of these, and the kernel builds no reply, so the event costs a
    // larger part of the time.
    ensure!(
        unacked < 4.0 * f64::from(leeway()),
        "expected less than 4 times the time without ACKs, took {unacked:.2} times as long"
    );
    Ok(())
}

/// Number of measurements.
const ROUNDS: usize = 5;

/// Returns the ratio of the times that two children take here and where no socket listens: the
/// medians of alternating rounds. Each child prints `numbers` numbers.
fn slowdown(tasks: [Task; 2], numbers: usize) -> Result<f64> {
    let greet = || {
        let start = Instant::now();
        let ids = run_in_parallel(tasks)?;
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

fn receive_buffer_size_limits_queued_events() -> Result<()> {
    const FLOOD: usize = 1_000;
    // More than the kernel's limit.
    const LARGEST: usize = 1 << 30;

    let (default, lagged) = queued_events(None, FLOOD)?;
    ensure!(
        lagged == 1 && default < FLOOD,
        "expected a loss, got {default} events and {lagged} Lagged"
    );
    let (fewer, lagged) = queued_events(Some(1), FLOOD)?;
    ensure!(
        lagged == 1 && fewer < default / 2,
        "expected fewer than half of {default} events, got {fewer}"
    );
    // The kernel doubles a size that is set.
    let more = default * 3 / 2;
    assert_eq!(queued_events(Some(LARGEST), more)?, (more, 0));
    Ok(())
}

/// Returns how many of `events` events a receive buffer of this size keeps, and the number of
/// `Lagged` notices.
fn queued_events(buffer: Option<usize>, events: usize) -> Result<(usize, u32)> {
    namespace::in_new(|| {
        let mut subscription = greet::Client::subscribe()?;
        if let Some(bytes) = buffer {
            subscription.set_receive_buffer(bytes)?;
        }
        Client::open()?.greet_unacknowledged((0..events).map(|_| "World"))?;
        let (ids, lagged) = read_all(&mut subscription)?;
        Ok((ids.len(), lagged))
    })
}

/// Reads all pending notices: ids of greetings, and the number of `Lagged`.
fn read_all(subscription: &mut Subscription) -> Result<(Vec<u64>, u32)> {
    let (mut ids, mut lagged) = (Vec::new(), 0);
    while let Some(notice) = subscription.try_next()? {
        match notice {
            Notice::Event(event) => ids.push(id_in(&event)?),
            Notice::Lagged => lagged += 1,
            other => bail!("unexpected {other:?}"),
        }
    }
    Ok((ids, lagged))
}

/// Once a socket has dropped an event, it queues no others until it is empty. So `Lagged` follows the
/// queued events.
fn lagged_follows_the_queued_events() -> Result<()> {
    assert_lagged_follows_queued_events(&mut greet::Client::subscribe()?)?;
    namespace::in_new(|| assert_lagged_follows_queued_events(&mut TokioStream::subscribe()?))
}

fn assert_lagged_follows_queued_events(listener: &mut impl Listener) -> Result<()> {
    // Several times as many as the receive buffer holds.
    const FLOOD: u64 = 1_000;

    let mut client = Client::open()?;
    client.greet_unacknowledged((0..FLOOD).map(|_| "World"))?;
    assert_eq!(listener.next_id()?, 1);
    // The buffer has space for this event now, but the kernel drops it.
    client.greet_unacknowledged(["Moon"])?;
    let kept = listener.ids_before_loss()?;
    assert!(kept.iter().copied().eq(2..2 + kept.len() as u64));
    ensure!(
        kept.len() < FLOOD as usize - 1,
        "expected a loss, got {} events",
        kept.len()
    );
    client.greet("Sun")?;
    assert_eq!(listener.next_id()?, FLOOD + 2);
    Ok(())
}

fn a_tokio_stream_receives_events() -> Result<()> {
    let mut client = Client::open()?;
    let mut stream = TokioStream::subscribe()?;
    for id in 1..=3 {
        client.greet("World")?;
        assert_eq!(stream.next_id()?, id);
    }
    Ok(())
}

/// Returns a client, and another one that listens to a group.
fn client_and_listener(group: &str) -> Result<(Client, Client)> {
    let listener = Client::open()?;
    listener.join(group)?;
    Ok((Client::open()?, listener))
}

fn received_names(listener: &mut Client) -> Result<Vec<String>> {
    let events = listener.greeted_events()?.into_iter();
    Ok(events.map(|event| event.name).collect())
}

fn received_settings(listener: &mut Client) -> Result<Vec<Settings>> {
    listener
        .event_messages()?
        .iter()
        .map(Settings::read_event)
        .collect()
}
