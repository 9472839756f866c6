// SPDX-License-Identifier: MIT OR Apache-2.0

//! Unloads and reloads the module, idle and in use.

mod clients;

use crate::raw::{Client, ExtAckError, Greeted, Request};
use crate::support::listener::{Listener, TokioStream};
use crate::support::module::{IN_USE, Unloaded, with_modprobe};
use crate::support::scale::{scaled, slowness};
use crate::support::tool::{greetctl, run, text_in};
use crate::support::{ensure_freed, peer_names, unreclaimable, unreclaimable_once_below};
use anyhow::{Context, Result, bail, ensure};
use clients::Job;
use genl::Notice;
use greet::GreetRequest;
use greet::protocol::PEER_GET;
use nix::errno::Errno;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

crate::tests![
    a_reload_changes_the_family_id_and_resets_the_ids,
    reload_while_two_clients_greet,
    reload_while_eight_clients_use_all_operations_leaks_no_memory,
    unload_during_greetings_sends_an_event_for_each,
    an_open_dump_blocks_unloading,
    closing_a_socket_with_an_open_dump_allows_unloading,
    listeners_receive_gone_and_back,
    listeners_that_lost_events_receive_gone_and_back,
    the_typed_client_resolves_the_family_again,
    greetctl_suggests_modprobe,
    resolving_the_family_loads_the_module,
];

fn a_reload_changes_the_family_id_and_resets_the_ids() -> Result<()> {
    let mut client = Client::open()?;
    for _ in 0..scaled(60) {
        client.greet("World")?;
        let old_id = client.family_id();
        Unloaded::unload()?.reload()?;

        let error = client
            .greet("World")
            .expect_err("expected another family id");
        assert_eq!(
            ExtAckError::errno_of(&error),
            Some(Errno::ENOENT),
            "{error:#}"
        );
        assert_ne!(client.resolve()?, old_id);
        assert_eq!(client.greet("World")?.id, 1);
    }
    Ok(())
}

fn reload_while_two_clients_greet() -> Result<()> {
    reload_while_used_by(10, clients::greeting_clients(2)?).map(drop)
}

/// Reloads the module 200 times while eight clients use all operations.
fn reload_while_eight_clients_use_all_operations_leaks_no_memory() -> Result<()> {
    // The memory of a hundred peers, leaked in every tenth reload.
    const TOLERANCE: u64 = 1 << 20;
    const LONGEST: Duration = Duration::from_secs(5);

    let times: u32 = scaled(200);
    // The first reloads fill caches.
    reload_while_used_by((times / 10).max(1), clients::all()?)?;
    let before = unreclaimable()?;
    let done = reload_while_used_by(times, clients::all()?)?;
    let after = unreclaimable_once_below(before + TOLERANCE)?;
    println!(
        "{times} reloads in {:.1} s, {} requests and events of 8 clients; {} tries to unload during a \
         dump; unreclaimable KiB before {}, after {}",
        done.took.as_secs_f64(),
        done.steps,
        done.in_use,
        before >> 10,
        after >> 10
    );
    ensure_freed(before, after, TOLERANCE)?;
    ensure!(
        done.took < LONGEST * times * slowness(),
        "expected less than {LONGEST:?} per reload, took {:?}",
        done.took
    );
    assert_eq!(Client::open()?.greet("World")?.id, 1);
    Ok(())
}

/// Greets until the family is unregistered. Each greeting up to the last sends its event.
fn unload_during_greetings_sends_an_event_for_each() -> Result<()> {
    let times: u32 = scaled(30);
    let mut greeted = 0;
    for _ in 0..times {
        greeted += greet_until_unloaded()?;
    }
    println!("{greeted} greetings while the module was unloaded {times} times");
    ensure!(
        greeted >= times,
        "expected a greeting or more in each round, got {greeted}"
    );
    Ok(())
}

fn greet_until_unloaded() -> Result<u32> {
    // The client sends its first greetings in this time.
    const HEAD_START: Duration = Duration::from_millis(20);

    let mut client = Client::open()?;
    let mut listener = Client::open()?;
    listener.join("greetings")?;
    let mut greeted = 0;
    thread::scope(|scope| {
        let unloading = scope.spawn(|| {
            thread::sleep(HEAD_START);
            Unloaded::unload()
        });
        let ext_ack = loop {
            // Read before the greeting: a greeting after the unload must fail.
            let is_unloaded = unloading.is_finished();
            match client.greet("World") {
                Ok(greeting) => assert_eq!(ids(&listener.greeted_events()?), [greeting.id]),
                Err(ext_ack) => break Some(ext_ack),
            }
            greeted += 1;
            if is_unloaded {
                break None;
            }
        };
        let unloaded = unloading
            .join()
            .unwrap_or_else(|_| bail!("the unloading thread panicked"))?;
        unloaded.reload()?;
        let ext_ack = ext_ack.context("expected an error after the module was unloaded")?;
        assert_eq!(
            ExtAckError::errno_of(&ext_ack),
            Some(Errno::ENOENT),
            "{ext_ack:#}"
        );
        Ok(greeted)
    })
}

fn ids(events: &[Greeted]) -> Vec<u64> {
    events.iter().map(|event| event.id).collect()
}

/// Result of repeated reloads.
struct Reloads {
    took: Duration,
    /// Number of requests and events of the clients.
    steps: u64,
    /// Number of tries to unload that failed because the module was in use.
    in_use: u32,
}

/// Reloads the module `times` times while clients run their jobs. Each job must succeed between two
/// reloads. A last reload follows.
fn reload_while_used_by(times: u32, jobs: Vec<Job>) -> Result<Reloads> {
    let (round, steps) = (AtomicU32::new(1), AtomicU64::new(0));
    let clients: Vec<_> = jobs.iter().map(|_| AtomicU32::new(0)).collect();
    let start = Instant::now();
    let in_use = thread::scope(|scope| {
        let threads: Vec<_> = clients
            .iter()
            .zip(jobs)
            .map(|(done, job)| scope.spawn(|| run_in_each_round(job, &round, done, &steps)))
            .collect();
        let result = (0..times).try_fold(0, |in_use, _| {
            wait_for_all(&clients, round.load(Relaxed))?;
            let (unloaded, tries) = Unloaded::unload_counting_retries()?;
            thread::sleep(Duration::from_millis(20));
            unloaded.reload()?;
            round.fetch_add(1, Relaxed);
            anyhow::Ok(in_use + tries)
        });
        let result = result.and_then(|in_use| {
            wait_for_all(&clients, times + 1)?;
            Ok(in_use)
        });
        round.store(STOP, Relaxed);
        for thread in threads {
            thread
                .join()
                .unwrap_or_else(|_| bail!("a client panicked"))?;
        }
        result
    })?;
    let took = start.elapsed();
    // Frees the state that the clients left.
    Unloaded::unload()?.reload()?;
    Ok(Reloads {
        took,
        steps: steps.into_inner(),
        in_use,
    })
}

/// Value of the round at which clients stop.
const STOP: u32 = u32::MAX;

/// Repeats the job and stores the round in which it last succeeded.
fn run_in_each_round(
    mut job: Job,
    round: &AtomicU32,
    done: &AtomicU32,
    steps: &AtomicU64,
) -> Result<()> {
    loop {
        let now = round.load(Relaxed);
        if now == STOP {
            return Ok(());
        }
        let count = job()?;
        steps.fetch_add(count, Relaxed);
        if count > 0 {
            done.store(now, Relaxed);
        }
    }
}

/// Waits until all clients have succeeded in this round.
fn wait_for_all(clients: &[AtomicU32], round: u32) -> Result<()> {
    const TIMEOUT: Duration = Duration::from_secs(10);

    let start = Instant::now();
    while clients.iter().any(|done| done.load(Relaxed) != round) {
        ensure!(
            start.elapsed() < TIMEOUT * slowness(),
            "expected each client to succeed after load {round}"
        );
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn an_open_dump_blocks_unloading() -> Result<()> {
    let mut client = Client::open()?;
    let sent = start_dump(&mut client)?;
    for _ in 0..3 {
        assert_eq!(Unloaded::try_unload().err(), Some(IN_USE));
    }
    // The dump continues undisturbed.
    let dump = client.finish_dump(&sent)?;
    assert_eq!((dump.peers.len(), dump.interrupted), (PEERS, false));
    Unloaded::try_unload()?.reload()
}

fn closing_a_socket_with_an_open_dump_allows_unloading() -> Result<()> {
    let mut client = Client::open()?;
    start_dump(&mut client)?;
    assert_eq!(Unloaded::try_unload().err(), Some(IN_USE));
    drop(client);
    Unloaded::unload()?.reload()
}

const PEERS: usize = 1_000;

/// Requests a dump of more than one part and receives none of it.
fn start_dump(client: &mut Client) -> Result<Vec<u8>> {
    client.greet_unacknowledged(peer_names(0..PEERS))?;
    client.send(&Request::dump(&PEER_GET))
}

fn listeners_receive_gone_and_back() -> Result<()> {
    let mut subscription = greet::Client::subscribe()?;
    let mut next = || {
        let notice = subscription.next_within(Duration::from_secs(5))?;
        notice.context("expected a notice")
    };
    for _ in 0..3 {
        Client::open()?.greet("World")?;
        assert!(matches!(next()?, Notice::Event(_)));
        let unloaded = Unloaded::unload()?;
        assert_eq!(next()?, Notice::Gone);
        unloaded.reload()?;
        assert_eq!(next()?, Notice::Back);
    }
    assert_eq!(subscription.try_next()?, None);
    Ok(())
}

/// Notifications about the family can be lost like any event.
fn listeners_that_lost_events_receive_gone_and_back() -> Result<()> {
    assert_reload_is_noticed_after_a_loss(&mut greet::Client::subscribe()?)?;
    assert_reload_is_noticed_after_a_loss(&mut TokioStream::subscribe()?)
}

fn assert_reload_is_noticed_after_a_loss(listener: &mut impl Listener) -> Result<()> {
    const FLOOD: usize = 5_000;

    Client::open()?.greet_unacknowledged(["World"; FLOOD])?;
    listener.next_id()?;
    Unloaded::unload()?.reload()?;
    let kept = listener.ids_before_loss()?;
    ensure!(
        kept.len() < FLOOD - 1,
        "expected a loss, got {} events",
        kept.len()
    );
    assert_eq!(listener.next()?, Notice::Gone);
    assert_eq!(listener.next()?, Notice::Back);
    assert_eq!(Client::open()?.greet("World")?.id, 1);
    assert_eq!(listener.next_id()?, 1);
    Ok(())
}

fn the_typed_client_resolves_the_family_again() -> Result<()> {
    let mut client = greet::Client::open()?;
    let request = GreetRequest::new().name("World");
    assert_eq!(client.greet(&request)?.id, 1);

    let unloaded = Unloaded::unload()?;
    match client.greet(&request) {
        Err(greet::Error::NoFamily(name)) => assert_eq!(name, "greet"),
        other => bail!("expected NoFamily without the module, got {other:?}"),
    }
    unloaded.reload()?;
    assert_eq!(client.greet(&request)?.id, 1);

    // The id changes before the client notices that the family was unregistered.
    Unloaded::unload()?.reload()?;
    assert_eq!(client.greet(&request)?.id, 1);
    Ok(())
}

fn greetctl_suggests_modprobe() -> Result<()> {
    const NO_FAMILY: i32 = 3;

    let unloaded = Unloaded::unload()?;
    let without = greetctl(&["greet", "World"])?;
    unloaded.reload()?;
    assert_eq!((without.code, without.stdout.as_str()), (NO_FAMILY, ""));
    assert!(without.stderr.contains("modprobe greet"), "{without:?}");
    assert_eq!(without.stderr.lines().count(), 1, "{without:?}");
    greetctl(&["greet", "World"])?.output()?;
    Ok(())
}

/// The core runs modprobe with the module's alias when it resolves an unknown family. Here,
/// modprobe is a script, because the guest has no directory of installed modules.
fn resolving_the_family_loads_the_module() -> Result<()> {
    let module = text_in("GREET_MODULE")?;
    let alias = run("modinfo", &["-F", "alias", &module])?.output()?;
    let script = format!(
        "for last; do :; done\n[ \"$last\" = \"{}\" ] && exec insmod '{module}'",
        alias.trim_end()
    );
    let unloaded = Unloaded::unload()?;
    let greeting = with_modprobe(&script, || greetctl(&["greet", "World"]))??.output()?;
    // The script has loaded the module.
    std::mem::forget(unloaded);
    assert!(greeting.starts_with("Hello, World!"), "{greeting}");
    Ok(())
}
