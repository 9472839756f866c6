// SPDX-License-Identifier: MIT OR Apache-2.0

//! Network namespaces: the family exists in each of them, with its own state.

use crate::raw::{Client, Request, Stats};
use crate::support::background::Load;
use crate::support::client::runtime;
use crate::support::scale::scaled;
use crate::support::tool::run;
use crate::support::{
    ensure_freed, join, namespace, peer_names, unreclaimable, unreclaimable_once_below,
};
use anyhow::{Context as _, Result, bail};
use genl::{AsyncConnection, Connection, Notice, Subscription};
use greet::GreetRequest;
use greet::protocol::{FAMILY, PEER_GET, PeerGetDumpRequest, groups};
use std::fs::File;
use std::thread;
use std::time::{Duration, Instant};

crate::tests![
    a_client_in_another_namespace_leaves_the_thread_in_its_own,
    events_of_all_namespaces_have_their_ids,
    the_family_id_is_the_same_in_each_namespace,
    each_namespace_counts_its_own_ids,
    a_socket_stays_in_the_namespace_that_opened_it,
    a_new_namespace_counts_from_1_and_the_initial_one_continues,
    a_hundred_new_namespaces_count_from_1,
    each_namespace_has_its_own_peers_counters_and_settings,
    a_namespace_with_an_open_dump_and_a_listener_is_destroyed,
    a_thousand_namespaces_created_under_load_leak_no_memory,
];

fn the_family_id_is_the_same_in_each_namespace() -> Result<()> {
    let here = Client::open()?.family_id();
    let there = namespace::in_new(|| Ok(Client::open()?.family_id()))?;
    assert_eq!(here, there);
    Ok(())
}

fn each_namespace_counts_its_own_ids() -> Result<()> {
    let mut here = Client::open()?;
    let mut there = namespace::in_new(Client::open)?;

    let ids = [
        here.greet("World")?.id,
        here.greet("World")?.id,
        there.greet("World")?.id,
        here.greet("World")?.id,
        there.greet("World")?.id,
    ];
    assert_eq!(ids, [1, 2, 1, 3, 2]);
    Ok(())
}

/// A greeting is counted in the namespace of its socket, regardless of the namespace of the thread.
fn a_socket_stays_in_the_namespace_that_opened_it() -> Result<()> {
    let mut client = Client::open()?;
    client.greet("World")?;
    let id = namespace::in_new(|| Ok(client.greet("World")?.id))?;
    assert_eq!(id, 2);
    Ok(())
}

fn a_new_namespace_counts_from_1_and_the_initial_one_continues() -> Result<()> {
    let greet = || Ok(Client::open()?.greet("World")?.id);

    let before = namespace::in_initial(greet)?;
    assert_eq!(namespace::in_new(greet)?, 1);
    assert_eq!(namespace::in_initial(greet)?, before + 1);
    Ok(())
}

fn a_hundred_new_namespaces_count_from_1() -> Result<()> {
    for _ in 0..scaled(100u32) {
        assert_eq!(
            namespace::in_new(|| Ok(Client::open()?.greet("World")?.id))?,
            1
        );
    }
    Ok(())
}

fn each_namespace_has_its_own_peers_counters_and_settings() -> Result<()> {
    let mut here = Client::open()?;
    let mut there = namespace::in_new(Client::open)?;
    let settings = there.settings()?;
    here.greet_unacknowledged(["a", "b", "c"])?;
    here.greet("").expect_err("an empty name");
    here.set_default_style(1)?;
    here.set_peer_limit(1)?;

    assert_eq!(there.stats()?, Stats::default());
    assert_eq!(there.peers()?, []);
    assert_eq!(there.settings()?, settings);
    there.forget("c").expect_err("a peer of another namespace");
    assert_eq!(here.peers()?.len(), 1);
    Ok(())
}

/// Leaves namespaces with an open dump and a listener.
fn a_namespace_with_an_open_dump_and_a_listener_is_destroyed() -> Result<()> {
    (0..scaled(100u32)).try_for_each(|_| namespace::in_new(|| use_and_leave(1_000)))
}

/// Uses two namespaces at a time while another thread greets and dumps.
fn a_thousand_namespaces_created_under_load_leak_no_memory() -> Result<()> {
    // A hundredth of the memory of all their peers.
    const TOLERANCE: u64 = 2 << 20;
    const PEERS: u32 = 100;
    // The load must leave time for the creation of namespaces.
    const PAUSE: Duration = Duration::from_millis(5);

    let each: usize = scaled(500);
    let use_new = |times| (0..times).try_for_each(|_| namespace::in_new(|| use_and_leave(PEERS)));
    // The first runs fill caches.
    use_new(each / 10)?;
    let before = unreclaimable()?;
    let load = |client: &mut Client, round| {
        thread::sleep(PAUSE);
        client.greet(&format!("peer {}", round % 100))?;
        client.dump_peers().map(drop)
    };
    let start = Instant::now();
    let ((), rounds) = Load::new(&[&load]).during(|| {
        thread::scope(|scope| {
            let other = scope.spawn(|| use_new(each));
            use_new(each)?;
            join(other)
        })
    })?;
    let took = start.elapsed();
    let (at_end, after) = (
        unreclaimable()?,
        unreclaimable_once_below(before + TOLERANCE)?,
    );
    println!(
        "{} namespaces in {took:?}, {rounds} rounds of load; unreclaimable KiB before {}, \
         at the end {}, later {}",
        2 * each,
        before >> 10,
        at_end >> 10,
        after >> 10
    );
    ensure_freed(before, after, TOLERANCE)?;
    Ok(())
}

/// Fills a namespace with peers, and leaves it with a listener and an open dump.
fn use_and_leave(peers: u32) -> Result<()> {
    let (mut client, listener) = (Client::open()?, Client::open()?);
    client.set_peer_limit(peers)?;
    listener.join(groups::GREETINGS)?;
    client.greet_unacknowledged(peer_names(0..peers))?;
    client.send(&Request::dump(&PEER_GET))?;
    Ok(())
}

/// Runs `job` with a network namespace that has an id in the caller's.
fn with_named_namespace(id: &str, job: impl FnOnce(&File) -> Result<()>) -> Result<()> {
    const NAME: &str = "blue";

    run("ip", &["netns", "add", NAME])?.output()?;
    run("ip", &["netns", "set", NAME, id])?.output()?;
    let result = File::open(format!("/run/netns/{NAME}"))
        .map_err(Into::into)
        .and_then(|netns| job(&netns));
    run("ip", &["netns", "del", NAME])?.output()?;
    result
}

fn a_client_in_another_namespace_leaves_the_thread_in_its_own() -> Result<()> {
    with_named_namespace("7", |netns| {
        let request = GreetRequest::new().name("World");
        let mut blue = Connection::open_in(netns)?;
        assert_eq!(blue.request(&request)?.id, Some(1));
        assert_eq!(Connection::open()?.request(&request)?.id, Some(1));
        assert_eq!(blue.request(&request)?.id, Some(2));

        let connection = AsyncConnection::open_in(netns)?;
        runtime()?.block_on(async {
            assert_eq!(connection.request(&request).await?.get()?.id, Some(3));
            // Dumps and batches have their own sockets, which are in the same namespace.
            let peers = connection.dump(&PeerGetDumpRequest).await?;
            let greetings = peers.iter().next().context("expected a peer")??.greetings;
            assert_eq!(greetings, Some(3));
            anyhow::Ok(())
        })
    })
}

fn events_of_all_namespaces_have_their_ids() -> Result<()> {
    with_named_namespace("7", |netns| {
        let mut events = Subscription::open_in_all_namespaces(&FAMILY, &[groups::GREETINGS])?;
        let mut only_blue = Subscription::open_in(netns, &FAMILY, &[groups::GREETINGS])?;
        let request = GreetRequest::new().name("World");
        Connection::open_in(netns)?.request(&request)?;
        Connection::open()?.request(&request)?;
        let mut namespaces = Vec::new();
        for _ in 0..2 {
            match events.next_within(Duration::from_secs(5))? {
                Some(Notice::Event(event)) => namespaces.push(event.namespace()),
                other => bail!("expected an event, got {other:?}"),
            }
        }
        assert_eq!(namespaces, [Some(7), None]);
        let notice = only_blue.next_within(Duration::from_secs(5))?;
        assert!(matches!(notice, Some(Notice::Event(event)) if event.namespace().is_none()));
        assert_eq!(only_blue.next_within(Duration::ZERO)?, None);
        Ok(())
    })
}
