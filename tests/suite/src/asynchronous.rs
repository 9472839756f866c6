// SPDX-License-Identifier: MIT OR Apache-2.0

//! Many async requests on one connection.
//!
//! The topics of both clients run with an async connection, too: `suite async::`.

use crate::support::client::runtime;
use crate::support::listener::id_in;
use crate::support::module::{Unloaded, with_modprobe};
use crate::support::peer_names;
use anyhow::{Context as _, Result, bail, ensure};
use futures_core::Stream;
use genl::nlctrl::GetfamilyRequest;
use genl::{AsyncConnection, EventStream, Notice, Sending};
use greet::protocol::{PeerGetDumpRequest, PeerGetRequest};
use greet::{GreetRequest, Greeting};
use std::collections::BTreeSet;
use std::fs;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

crate::tests![
    a_thousand_concurrent_requests_get_their_own_replies,
    a_thousand_requests_cancelled_at_random_leave_nothing_behind,
    a_listener_and_requests_share_a_runtime,
    a_slow_request_does_not_stall_the_executor,
    a_timeout_limits_the_time_in_the_kernel,
    dropped_dump_streams_release_the_module,
];

const COUNT: u32 = 1_000;

/// Returns a runtime with one thread and one with several.
fn runtimes() -> Result<[Runtime; 2]> {
    let several = Builder::new_multi_thread()
        .worker_threads(3)
        .enable_all()
        .build()?;
    Ok([runtime()?, several])
}

/// Greets this name, checks that the greeting is for it, and returns its number.
async fn greet(connection: &AsyncConnection, name: &str) -> Result<u64> {
    let request = GreetRequest::new().name(name).cookie(name.as_bytes());
    let reply = connection.request(&request).await?;
    let greeting = Greeting::try_from(reply.get()?)?;
    let opening = format!("Hello, {name}!");
    ensure!(
        greeting.cookie == Some(name.as_bytes())
            && greeting.message.as_bytes().starts_with(opening.as_bytes()),
        "{name} got {greeting:?}"
    );
    Ok(greeting.id)
}

fn a_thousand_concurrent_requests_get_their_own_replies() -> Result<()> {
    let connection = AsyncConnection::open()?;
    let mut ids = BTreeSet::new();
    for runtime in runtimes()? {
        let tasks: Vec<_> = peer_names(0..COUNT)
            .map(|name| {
                let connection = connection.clone();
                runtime.spawn(async move { greet(&connection, &name).await })
            })
            .collect();
        for task in tasks {
            ids.insert(runtime.block_on(task)??);
        }
        assert_eq!(connection.in_flight(), 0);
    }
    assert!(ids.into_iter().eq(1..=2 * u64::from(COUNT)));
    Ok(())
}

fn open_files() -> Result<usize> {
    Ok(fs::read_dir("/proc/self/fd")?.count())
}

/// Cancels requests that are queued, that wait for the blocking pool, and that the kernel executes.
fn a_thousand_requests_cancelled_at_random_leave_nothing_behind() -> Result<()> {
    const SEED: u64 = 21;

    let mut random = fastrand::Rng::with_seed(SEED);
    for runtime in runtimes()? {
        for sending in [Sending::Adaptive, Sending::Pool] {
            let mut connection = AsyncConnection::open()?;
            connection.set_sending(sending);
            runtime.block_on(greet(&connection, "first"))?;
            let before = open_files()?;
            let tasks: Vec<_> = peer_names(0..COUNT)
                .map(|name| {
                    let connection = connection.clone();
                    let polls = random.u32(0..6);
                    runtime.spawn(
                        async move { cancelled_after(polls, greet(&connection, &name)).await },
                    )
                })
                .collect();
            let mut completed = 0;
            for task in tasks {
                completed += u32::from(runtime.block_on(task)?.transpose()?.is_some());
            }
            assert!(completed < COUNT, "{sending:?}: no request was cancelled");
            println!("{sending:?}: {completed} of {COUNT} requests completed");
            assert_eq!(connection.in_flight(), 0);
            // Answers to cancelled requests may still arrive.
            for name in peer_names(0..100) {
                runtime.block_on(greet(&connection, &name))?;
            }
            assert_eq!(open_files()?, before);
        }
    }
    Ok(())
}

/// Drops a future if it has not ended after this many polls.
async fn cancelled_after<O>(polls: u32, future: impl Future<Output = O>) -> Option<O> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|cx| match (future.as_mut().poll(cx), left.checked_sub(1)) {
        (Poll::Ready(output), _) => Poll::Ready(Some(output)),
        (Poll::Pending, None) => Poll::Ready(None),
        (Poll::Pending, Some(fewer)) => {
            left = fewer;
            Poll::Pending
        }
    })
    .await
}

fn a_listener_and_requests_share_a_runtime() -> Result<()> {
    const TIMEOUT: Duration = Duration::from_secs(60);

    for runtime in runtimes()? {
        let ids = runtime.block_on(async {
            let connection = AsyncConnection::open()?;
            let mut events = EventStream::new(greet::Client::subscribe()?)?;
            let tasks: Vec<_> = peer_names(0..200)
                .map(|name| {
                    let connection = connection.clone();
                    tokio::spawn(async move { greet(&connection, &name).await })
                })
                .collect();
            let mut heard = BTreeSet::new();
            while heard.len() < tasks.len() {
                match tokio::time::timeout(TIMEOUT, events.next_notice()).await?? {
                    Notice::Event(event) => heard.insert(id_in(&event)?),
                    other => bail!("expected an event, got {other:?}"),
                };
            }
            let mut greeted = BTreeSet::new();
            for task in tasks {
                greeted.insert(task.await??);
            }
            anyhow::Ok((heard, greeted))
        })?;
        assert_eq!(ids.0, ids.1);
    }
    Ok(())
}

/// Time that a script takes in the place of modprobe, which the kernel runs for an unknown family.
const SLEEP: Duration = Duration::from_millis(500);

/// Runs `job` while a request for an unknown family takes [`SLEEP`] in the kernel.
fn with_slow_requests<T>(job: impl FnOnce() -> Result<T>) -> Result<T> {
    with_modprobe(&format!("exec sleep {}", SLEEP.as_secs_f32()), job)?
}

fn a_slow_request_does_not_stall_the_executor() -> Result<()> {
    let runtime = runtime()?;
    let connection = AsyncConnection::open()?;
    let longest_turn = with_slow_requests(|| {
        runtime.block_on(async {
            let slow = {
                let connection = connection.clone();
                tokio::spawn(async move {
                    let absent = GetfamilyRequest::new().family_name("absent");
                    connection.request(&absent).await
                })
            };
            let mut longest = Duration::ZERO;
            while !slow.is_finished() {
                let start = Instant::now();
                tokio::time::sleep(Duration::from_millis(1)).await;
                longest = longest.max(start.elapsed());
                // Other requests are not delayed either.
                greet(&connection, "World").await?;
            }
            let error = slow.await?.err().context("expected an error")?;
            ensure!(error.ext_ack().is_some(), "{error}");
            anyhow::Ok(longest)
        })
    })?;
    println!("longest turn of the executor: {longest_turn:?}");
    assert!(longest_turn < SLEEP / 2, "{longest_turn:?}");
    Ok(())
}

fn a_timeout_limits_the_time_in_the_kernel() -> Result<()> {
    let runtime = runtime()?;
    let mut connection = AsyncConnection::open()?;
    connection.set_timeout(Duration::from_millis(20));
    let absent = GetfamilyRequest::new().family_name("absent");
    let (error, waited) = with_slow_requests(|| {
        let start = Instant::now();
        let error = runtime.block_on(connection.request(&absent)).err();
        Ok((error.context("expected an error")?, start.elapsed()))
    })?;
    ensure!(matches!(error, genl::Error::Timeout { .. }), "{error}");
    assert!(waited < SLEEP, "{waited:?}");
    assert_eq!(connection.in_flight(), 0);
    connection.set_timeout(Duration::from_secs(60));
    runtime.block_on(greet(&connection, "World")).map(drop)
}

fn dropped_dump_streams_release_the_module() -> Result<()> {
    const PEERS: u32 = 1_000;

    let runtime = runtime()?;
    let connection = AsyncConnection::open()?;
    runtime.block_on(async {
        for name in peer_names(0..PEERS) {
            greet(&connection, &name).await?;
        }
        let before = open_files()?;
        for _ in 0..20 {
            let mut streams = Vec::new();
            for _ in 0..5 {
                let mut stream = connection.dump_stream(&PeerGetDumpRequest)?;
                let first = poll_fn(|cx| Pin::new(&mut stream).poll_next(cx)).await;
                first.context("expected a peer")??;
                streams.push(stream);
            }
        }
        assert!(open_files()? <= before + 1);
        // Requests go on during dumps.
        let _stream = connection.dump_stream(&PeerGetDumpRequest)?;
        let request = PeerGetRequest::new().name("peer 1");
        let reply = connection.request(&request);
        assert_eq!(reply.await?.get()?.greetings, Some(1));
        anyhow::Ok(())
    })?;
    drop(runtime);
    Unloaded::unload()?.reload()
}
