// SPDX-License-Identifier: MIT OR Apache-2.0

//! The module is unloaded and loaded again, also while clients use it.

mod clients;

use crate::raw::{Client, ExtAckError, Greeted, Request};
use crate::support::listening::{Listener, OnTokio};
use crate::support::module::{IN_USE, Unloaded};
use crate::support::scale::{scaled, slowness};
use crate::support::tool::{greetctl, run, text_in};
use crate::support::{unreclaimable, unreclaimable_once_below};
use anyhow::{Context, Result, bail, ensure};
use clients::Work;
use genl::Notice;
use greet::GreetRequest;
use greet::protocol::PEER_GET;
use nix::errno::Errno;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use std::{fs, thread};

crate::tests![
    many_times,
    while_two_clients_greet,
    while_eight_clients_do_all_there_is,
    while_somebody_greets_to_the_last,
    not_while_a_dump_is_open,
    not_while_a_dump_is_left_open,
    listeners_are_told,
    listeners_that_lost_events_are_told,
    a_typed_client_finds_the_family_again,
    greetctl_says_how_to_load_the_module,
    the_kernel_loads_the_module_that_is_asked_for,
];

fn many_times() -> Result<()> {
    let mut client = Client::open()?;
    for _ in 0..scaled(60) {
        client.greet("World")?;
        let old_id = client.family_id();
        Unloaded::begin()?.end()?;

        let error = client
            .greet("World")
            .expect_err("the family has another id");
        assert_eq!(error_number(&error), Some(Errno::ENOENT), "{error:#}");
        assert_ne!(client.resolve()?, old_id);
        assert_eq!(client.greet("World")?.id, 1);
    }
    Ok(())
}

fn while_two_clients_greet() -> Result<()> {
    while_used_by(10, clients::greeters(2)?).map(drop)
}

/// Unloads and loads the module 200 times while eight clients do all there is to do.
fn while_eight_clients_do_all_there_is() -> Result<()> {
    // What a hundred peers take, lost by every tenth reload.
    const ROOM: u64 = 1 << 20;
    const LONGEST: Duration = Duration::from_secs(5);

    let times: u32 = scaled(200);
    // The first ones fill caches.
    while_used_by((times / 10).max(1), clients::all()?)?;
    let before = unreclaimable()?;
    let done = while_used_by(times, clients::all()?)?;
    let after = unreclaimable_once_below(before + ROOM)?;
    println!(
        "{times} reloads in {:.1} s, {} requests and events of 8 clients meanwhile; not unloaded at once \
         for a dump was open: {} times; unreclaimable KiB before {}, after {}",
        done.took.as_secs_f64(),
        done.steps,
        done.in_use,
        before >> 10,
        after >> 10
    );
    ensure!(after < before + ROOM, "memory is lost");
    ensure!(done.took < LONGEST * times * slowness(), "it takes long");
    assert_eq!(Client::open()?.greet("World")?.id, 1);
    Ok(())
}

/// Greets until the family is gone: what is greeted last is announced like all before it.
fn while_somebody_greets_to_the_last() -> Result<()> {
    let times: u32 = scaled(30);
    let mut greeted = 0;
    for _ in 0..times {
        greeted += greet_to_the_last()?;
    }
    println!("{greeted} greetings while the module was unloaded {times} times");
    ensure!(greeted >= times, "nobody greeted meanwhile");
    Ok(())
}

fn greet_to_the_last() -> Result<u32> {
    // The greeter has begun by then.
    const HEAD_START: Duration = Duration::from_millis(20);

    let mut client = Client::open()?;
    let mut listener = Client::open()?;
    listener.join("greetings")?;
    let mut greeted = 0;
    thread::scope(|scope| {
        let unloading = scope.spawn(|| {
            thread::sleep(HEAD_START);
            Unloaded::begin()
        });
        let ext_ack = loop {
            // Looked at before, so that a greeting behind it must fail.
            let is_over = unloading.is_finished();
            match client.greet("World") {
                Ok(greeting) => assert_eq!(ids(&listener.events()?), [greeting.id]),
                Err(ext_ack) => break Some(ext_ack),
            }
            greeted += 1;
            if is_over {
                break None;
            }
        };
        let unloaded = unloading.join().unwrap_or_else(|_| bail!("it panicked"))?;
        unloaded.end()?;
        let ext_ack = ext_ack.context("greeted after the module was unloaded")?;
        assert_eq!(error_number(&ext_ack), Some(Errno::ENOENT), "{ext_ack:#}");
        Ok(greeted)
    })
}

fn ids(events: &[Greeted]) -> Vec<u64> {
    events.iter().map(|event| event.id).collect()
}

/// What there was of reloading.
struct Reloads {
    took: Duration,
    /// How much the clients did.
    steps: u64,
    /// How often the module could not be unloaded at once.
    in_use: u32,
}

/// Unloads and loads the module so often while clients do their work, each of which must succeed
/// between two unloadings. In the end it is loaded anew.
fn while_used_by(times: u32, works: Vec<Work>) -> Result<Reloads> {
    let (round, steps) = (AtomicU32::new(1), AtomicU64::new(0));
    let clients: Vec<_> = works.iter().map(|_| AtomicU32::new(0)).collect();
    let start = Instant::now();
    let in_use = thread::scope(|scope| {
        let threads: Vec<_> = clients
            .iter()
            .zip(works)
            .map(|(done, work)| scope.spawn(|| work_in_each_round(work, &round, done, &steps)))
            .collect();
        let result = (0..times).try_fold(0, |in_use, _| {
            await_all(&clients, round.load(Relaxed))?;
            let (unloaded, tries) = Unloaded::begin_counting()?;
            thread::sleep(Duration::from_millis(20));
            unloaded.end()?;
            round.fetch_add(1, Relaxed);
            anyhow::Ok(in_use + tries)
        });
        let result = result.and_then(|in_use| {
            await_all(&clients, times + 1)?;
            Ok(in_use)
        });
        round.store(NO_MORE, Relaxed);
        for thread in threads {
            thread
                .join()
                .unwrap_or_else(|_| bail!("a client panicked"))?;
        }
        result
    })?;
    let took = start.elapsed();
    // What the clients have left behind goes with it.
    Unloaded::begin()?.end()?;
    Ok(Reloads {
        took,
        steps: steps.into_inner(),
        in_use,
    })
}

/// The round in which clients stop.
const NO_MORE: u32 = u32::MAX;

/// Works all the time, and says in which round that last succeeded.
fn work_in_each_round(
    mut work: Work,
    round: &AtomicU32,
    done: &AtomicU32,
    steps: &AtomicU64,
) -> Result<()> {
    loop {
        let now = round.load(Relaxed);
        if now == NO_MORE {
            return Ok(());
        }
        let count = work()?;
        steps.fetch_add(count, Relaxed);
        if count > 0 {
            done.store(now, Relaxed);
        }
    }
}

/// Waits until all clients have succeeded in this round.
fn await_all(clients: &[AtomicU32], round: u32) -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(10);

    let start = Instant::now();
    while clients.iter().any(|done| done.load(Relaxed) != round) {
        ensure!(
            start.elapsed() < PATIENCE * slowness(),
            "a client did nothing after loading number {round}"
        );
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn error_number(error: &anyhow::Error) -> Option<Errno> {
    Some(error.downcast_ref::<ExtAckError>()?.errno)
}

fn not_while_a_dump_is_open() -> Result<()> {
    let mut client = Client::open()?;
    let sent = begin_dump(&mut client)?;
    for _ in 0..3 {
        assert_eq!(Unloaded::try_begin().err(), Some(IN_USE));
    }
    // It goes on as if nothing had been tried.
    let dump = client.rest_of_dump(&sent)?;
    assert_eq!((dump.peers.len(), dump.interrupted), (PEERS, false));
    Unloaded::try_begin()?.end()
}

fn not_while_a_dump_is_left_open() -> Result<()> {
    let mut client = Client::open()?;
    begin_dump(&mut client)?;
    assert_eq!(Unloaded::try_begin().err(), Some(IN_USE));
    drop(client);
    Unloaded::begin()?.end()
}

const PEERS: usize = 1_000;

/// Asks for a dump of more than fits in one part, and takes none of it.
fn begin_dump(client: &mut Client) -> Result<Vec<u8>> {
    client.greet_quietly((0..PEERS).map(|number| format!("peer {number}")))?;
    client.send(&Request::dump(&PEER_GET))
}

fn listeners_are_told() -> Result<()> {
    let mut subscription = greet::Client::subscribe()?;
    let mut next = || {
        let notice = subscription.next_within(Duration::from_secs(5))?;
        notice.context("no notice")
    };
    for _ in 0..3 {
        Client::open()?.greet("World")?;
        assert!(matches!(next()?, Notice::Event(_)));
        let unloaded = Unloaded::begin()?;
        assert_eq!(next()?, Notice::Gone);
        unloaded.end()?;
        assert_eq!(next()?, Notice::Back);
    }
    assert_eq!(subscription.try_next()?, None);
    Ok(())
}

/// What the kernel announces of the family is lost like any event.
fn listeners_that_lost_events_are_told() -> Result<()> {
    hears_of_a_reload_that_was_lost(&mut greet::Client::subscribe()?)?;
    hears_of_a_reload_that_was_lost(&mut OnTokio::subscribe()?)
}

fn hears_of_a_reload_that_was_lost(listener: &mut impl Listener) -> Result<()> {
    const FLOOD: usize = 5_000;

    Client::open()?.greet_quietly(["World"; FLOOD])?;
    listener.next_id()?;
    Unloaded::begin()?.end()?;
    let kept = listener.ids_before_loss()?;
    ensure!(kept.len() < FLOOD - 1, "nothing was lost");
    assert_eq!(listener.next()?, Notice::Gone);
    assert_eq!(listener.next()?, Notice::Back);
    assert_eq!(Client::open()?.greet("World")?.id, 1);
    assert_eq!(listener.next_id()?, 1);
    Ok(())
}

fn a_typed_client_finds_the_family_again() -> Result<()> {
    let mut client = greet::Client::open()?;
    let request = GreetRequest::new().name("World");
    assert_eq!(client.greet(&request)?.id, 1);

    let unloaded = Unloaded::begin()?;
    match client.greet(&request) {
        Err(greet::Error::NoFamily(name)) => assert_eq!(name, "greet"),
        other => bail!("without the module: {other:?}"),
    }
    unloaded.end()?;
    assert_eq!(client.greet(&request)?.id, 1);

    // Its id changes without the client having seen that it was gone.
    Unloaded::begin()?.end()?;
    assert_eq!(client.greet(&request)?.id, 1);
    Ok(())
}

fn greetctl_says_how_to_load_the_module() -> Result<()> {
    const ABSENT: i32 = 3;

    let unloaded = Unloaded::begin()?;
    let without = greetctl(&["greet", "World"])?;
    unloaded.end()?;
    assert_eq!((without.code, without.stdout.as_str()), (ABSENT, ""));
    assert!(without.stderr.contains("modprobe greet"), "{without:?}");
    assert_eq!(without.stderr.lines().count(), 1, "{without:?}");
    greetctl(&["greet", "World"])?.output()?;
    Ok(())
}

/// The module's alias is what the core asks modprobe for when an unknown family is resolved. A script
/// plays modprobe, for the guest has no folder of installed modules.
fn the_kernel_loads_the_module_that_is_asked_for() -> Result<()> {
    const MODPROBE: &str = "/proc/sys/kernel/modprobe";
    const SCRIPT: &str = "/tmp/modprobe";

    let module = text_in("GREET_MODULE")?;
    let alias = run("modinfo", &["-F", "alias", &module])?.output()?;
    let script = format!(
        "#!/bin/sh\nfor last; do :; done\n[ \"$last\" = \"{}\" ] && exec insmod '{module}'\n",
        alias.trim_end()
    );
    fs::write(SCRIPT, script)?;
    run("chmod", &["+x", SCRIPT])?.output()?;

    let modprobe = fs::read_to_string(MODPROBE).context(MODPROBE)?;
    let unloaded = Unloaded::begin()?;
    fs::write(MODPROBE, SCRIPT)?;
    let greeting = greetctl(&["greet", "World"]);
    fs::write(MODPROBE, modprobe)?;
    let greeting = greeting?.output()?;
    // It is loaded already.
    std::mem::forget(unloaded);
    assert!(greeting.starts_with("Hello, World!"), "{greeting}");
    Ok(())
}
