// SPDX-License-Identifier: MIT OR Apache-2.0

//! Clients that use the family while its module is reloaded. Each client lists the errors that it
//! may see; any other error fails the test.

use crate::raw::{Client, ExtAckError, Request, Settings};
use crate::support::{namespace, peer_names};
use anyhow::{Result, bail, ensure};
use genl::Notice;
use greet::GreetRequest;
use greet::protocol::{Event, PEER_GET, groups, peer};
use nix::errno::Errno;
use std::thread;
use std::time::Duration;

/// Pause between two dumps of a client, so that the module can be unloaded.
const PAUSE: Duration = Duration::from_millis(40);

/// The repeated job of a client. Returns the number of requests or events, 0 if the family was
/// missing.
pub(super) type Job = Box<dyn FnMut() -> Result<u64> + Send>;

/// Returns eight clients, which use all operations.
pub(super) fn all() -> Result<Vec<Job>> {
    let mut jobs = greeting_clients(1)?;
    jobs.extend([
        batch_client()?,
        dump_client()?,
        aborted_dump_client(),
        event_client()?,
        settings_client()?,
        peer_del_client()?,
        namespace_client(),
    ]);
    Ok(jobs)
}

/// Returns raw clients that greet and resolve a stale id again.
pub(super) fn greeting_clients(count: usize) -> Result<Vec<Job>> {
    (0..count).map(|_| greeting_client()).collect()
}

fn greeting_client() -> Result<Job> {
    let mut number = 0;
    with_client(move |client| {
        number += 1;
        client.greet(&format!("peer {number}"))?;
        Ok(1)
    })
}

/// Returns a client that greets in batches with the library, which resolves the family again by
/// itself.
fn batch_client() -> Result<Job> {
    const BATCH: usize = 20;

    let mut client = greet::Client::open()?;
    Ok(Box::new(move || {
        let requests = [(); BATCH].map(|()| GreetRequest::new().name("World"));
        let Some(greetings) = none_if_missing_typed(client.greet_all(&requests))? else {
            return Ok(0);
        };
        let mut answered = 0;
        for greeting in greetings {
            answered += u64::from(none_if_missing_typed(greeting)?.is_some());
        }
        Ok(answered)
    }))
}

/// Returns a client that dumps peers with the library, which fails after too many interrupted
/// dumps.
fn dump_client() -> Result<Job> {
    const MAX_PEERS: usize = 1024;

    let mut client = greet::Client::open()?;
    Ok(Box::new(move || {
        thread::sleep(PAUSE / 4);
        let peers = match client.peers() {
            Err(greet::Error::Interrupted { .. }) => return Ok(1),
            peers => none_if_missing_typed(peers)?,
        };
        let Some(peers) = peers else {
            return Ok(0);
        };
        ensure!(
            peers.len() <= MAX_PEERS,
            "expected at most {MAX_PEERS} peers, got {}",
            peers.len()
        );
        for peer in peers.iter() {
            ensure!(
                peer?.greetings > 0,
                "expected a greeting or more of each peer"
            );
        }
        Ok(1)
    }))
}

/// Returns a client that starts a dump and closes its socket. An open dump keeps the module, and so
/// does the dump of a closed socket for a while.
fn aborted_dump_client() -> Job {
    Box::new(|| {
        thread::sleep(PAUSE);
        let Some(mut client) = none_if_missing(Client::open())? else {
            return Ok(0);
        };
        client.send(&Request::dump(&PEER_GET))?;
        Ok(1)
    })
}

/// Returns a client that listens with the library. It must receive `Gone` and `Back` in turn, and
/// no event between them.
fn event_client() -> Result<Job> {
    const TIMEOUT: Duration = Duration::from_millis(50);

    let mut subscription = greet::Client::subscribe()?;
    let mut is_registered = true;
    Ok(Box::new(move || {
        match subscription.next_within(TIMEOUT)? {
            Some(Notice::Event(event)) => {
                ensure!(
                    is_registered,
                    "received an event while the family was unregistered"
                );
                ensure!(event.decode::<Event<'_>>()?.is_some(), "{event:?}");
                return Ok(1);
            }
            Some(Notice::Gone) if is_registered => is_registered = false,
            Some(Notice::Back) if !is_registered => is_registered = true,
            Some(Notice::Lagged) | None => {}
            Some(other) => bail!("unexpected {other:?} with is_registered {is_registered}"),
        }
        Ok(0)
    }))
}

/// Returns a client that changes settings and reads either these or the defaults after a reload.
fn settings_client() -> Result<Job> {
    const DEFAULTS: Settings = Settings {
        default_style: 0,
        peer_limit: 1024,
    };

    let mut number = 0;
    with_client(move |client| {
        number += 1;
        let mine = Settings {
            default_style: 1 + number % 2,
            peer_limit: 100 + number % 100,
        };
        client.set_default_style(mine.default_style)?;
        client.set_peer_limit(mine.peer_limit)?;
        let found = client.settings()?;
        let one_of = |found, first, mine| found == first || found == mine;
        ensure!(
            one_of(
                found.default_style,
                DEFAULTS.default_style,
                mine.default_style
            ) && one_of(found.peer_limit, DEFAULTS.peer_limit, mine.peer_limit),
            "expected {mine:?} or defaults, got {found:?}"
        );
        Ok(3)
    })
}

/// Returns a client that adds a peer and deletes it, unless a reload already has.
fn peer_del_client() -> Result<Job> {
    with_client(|client| {
        client.greet("Moon")?;
        match client.forget("Moon") {
            Err(error) if is_unknown_peer(&error) => {}
            result => result?,
        }
        client.stats()?;
        Ok(3)
    })
}

/// Returns a client that creates a namespace, uses it, and leaves it with a listener and an open
/// dump.
fn namespace_client() -> Job {
    Box::new(|| {
        thread::sleep(PAUSE);
        let used = namespace::in_new(|| {
            let (mut client, event_client) = (Client::open()?, Client::open()?);
            event_client.join(groups::GREETINGS)?;
            client.greet_unacknowledged(peer_names(0..50))?;
            client.send(&Request::dump(&PEER_GET))?;
            Ok(50)
        });
        Ok(none_if_missing(used)?.unwrap_or(0))
    })
}

/// Returns a job with a raw client, which resolves the family again after it was missing.
fn with_client(mut job: impl FnMut(&mut Client) -> Result<u64> + Send + 'static) -> Result<Job> {
    let mut client = Client::open()?;
    Ok(Box::new(move || {
        if let Some(answered) = none_if_missing(job(&mut client))? {
            return Ok(answered);
        }
        none_if_missing(client.resolve())?;
        Ok(0)
    }))
}

/// Converts an error about a missing family to `None`. A family that is being unregistered starts
/// no dump (`EPROTONOSUPPORT`).
fn none_if_missing<T>(result: Result<T>) -> Result<Option<T>> {
    let is_missing = |error: &anyhow::Error| {
        error.downcast_ref::<ExtAckError>().is_some_and(|ext_ack| {
            matches!(ext_ack.errno, Errno::ENOENT | Errno::EPROTONOSUPPORT)
                && ext_ack.text.is_none()
                && ext_ack.bad.is_none()
        })
    };
    match result {
        Err(error) if is_missing(&error) => Ok(None),
        result => result.map(Some),
    }
}

/// Converts an error of the library like [`none_if_missing`].
fn none_if_missing_typed<T>(result: greet::Result<T>) -> Result<Option<T>> {
    let is_missing = |error: &greet::Error| match error {
        greet::Error::NoFamily(name) => name == "greet",
        greet::Error::Kernel(ext_ack) => {
            [libc::ENOENT, libc::EPROTONOSUPPORT].contains(&ext_ack.errno.raw())
                && ext_ack.message.is_none()
                && ext_ack.attribute.is_none()
        }
        _ => false,
    };
    match result {
        Err(error) if is_missing(&error) => Ok(None),
        result => Ok(Some(result?)),
    }
}

/// Returns whether the family reported an unknown name.
fn is_unknown_peer(error: &anyhow::Error) -> bool {
    error.downcast_ref::<ExtAckError>().is_some_and(|ext_ack| {
        ext_ack.errno == Errno::ENOENT && ext_ack.text.is_some() && ext_ack.bad == Some(peer::NAME)
    })
}
