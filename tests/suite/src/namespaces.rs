// SPDX-License-Identifier: MIT OR Apache-2.0

//! Network namespaces: the family is in each of them, and each counts for itself.

use crate::raw::{Client, Request, Stats};
use crate::support::load::Load;
use crate::support::scale::scaled;
use crate::support::{namespace, unreclaimable, unreclaimable_once_below};
use anyhow::{Result, ensure};
use greet::protocol::{PEER_GET, groups};
use std::thread;
use std::time::{Duration, Instant};

crate::tests![
    the_family_is_in_both_with_the_same_id,
    ids_count_separately,
    a_socket_stays_in_its_namespace,
    a_new_one_counts_from_1_while_the_first_goes_on,
    they_may_come_and_go,
    each_has_its_own_peers_counters_and_settings,
    one_may_go_while_it_is_used,
    a_thousand_come_and_go_under_load,
];

fn the_family_is_in_both_with_the_same_id() -> Result<()> {
    let here = Client::open()?.family_id();
    let there = namespace::in_new(|| Ok(Client::open()?.family_id()))?;
    assert_eq!(here, there);
    Ok(())
}

fn ids_count_separately() -> Result<()> {
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

/// The greeting counts where the socket was opened, not where its user is.
fn a_socket_stays_in_its_namespace() -> Result<()> {
    let mut client = Client::open()?;
    client.greet("World")?;
    let id = namespace::in_new(|| Ok(client.greet("World")?.id))?;
    assert_eq!(id, 2);
    Ok(())
}

fn a_new_one_counts_from_1_while_the_first_goes_on() -> Result<()> {
    let greet = || Ok(Client::open()?.greet("World")?.id);

    let before = namespace::in_first(greet)?;
    assert_eq!(namespace::in_new(greet)?, 1);
    assert_eq!(namespace::in_first(greet)?, before + 1);
    Ok(())
}

fn they_may_come_and_go() -> Result<()> {
    for _ in 0..scaled(100u32) {
        assert_eq!(
            namespace::in_new(|| Ok(Client::open()?.greet("World")?.id))?,
            1
        );
    }
    Ok(())
}

fn each_has_its_own_peers_counters_and_settings() -> Result<()> {
    let mut here = Client::open()?;
    let mut there = namespace::in_new(Client::open)?;
    let settings = there.settings()?;
    here.greet_quietly(["a", "b", "c"])?;
    here.greet("").expect_err("no name");
    here.set_default_style(1)?;
    here.set_peer_limit(1)?;

    assert_eq!(there.stats()?, Stats::default());
    assert_eq!(there.peers()?, []);
    assert_eq!(there.settings()?, settings);
    there.forget("c").expect_err("only known elsewhere");
    assert_eq!(here.peers()?.len(), 1);
    Ok(())
}

/// With a dump that is open, and a listener.
fn one_may_go_while_it_is_used() -> Result<()> {
    (0..scaled(100u32)).try_for_each(|_| namespace::in_new(|| use_all(1_000)))
}

/// Two at a time, while others greet and list.
fn a_thousand_come_and_go_under_load() -> Result<()> {
    // A hundredth of what all their peers take.
    const ROOM: u64 = 2 << 20;
    const PEERS: u32 = 100;
    // The load is not meant to keep namespaces from being made.
    const PAUSE: Duration = Duration::from_millis(5);

    let each: usize = scaled(500);
    let use_new = |times| (0..times).try_for_each(|_| namespace::in_new(|| use_all(PEERS)));
    // The first ones fill caches.
    use_new(each / 10)?;
    let before = unreclaimable()?;
    let load = |client: &mut Client, round| {
        thread::sleep(PAUSE);
        client.greet(&format!("peer {}", round % 100))?;
        client.dump_peers().map(drop)
    };
    let start = Instant::now();
    let ((), rounds) = Load::of(&[&load]).during(|| {
        thread::scope(|scope| {
            let other = scope.spawn(|| use_new(each));
            use_new(each)?;
            other
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    })?;
    let took = start.elapsed();
    let (at_end, after) = (unreclaimable()?, unreclaimable_once_below(before + ROOM)?);
    println!(
        "{} namespaces in {took:?}, {rounds} rounds of load; unreclaimable KiB before {}, \
         at the end {}, at last {}",
        2 * each,
        before >> 10,
        at_end >> 10,
        after >> 10
    );
    ensure!(after < before + ROOM, "memory is lost");
    Ok(())
}

/// Uses a namespace, and leaves it with much to clean up.
fn use_all(peers: u32) -> Result<()> {
    let (mut client, listener) = (Client::open()?, Client::open()?);
    client.set_peer_limit(peers)?;
    listener.join(groups::GREETINGS)?;
    client.greet_quietly((0..peers).map(|number| format!("peer {number}")))?;
    client.send(&Request::dump(&PEER_GET))?;
    Ok(())
}
