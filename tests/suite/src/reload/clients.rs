// SPDX-License-Identifier: MIT OR Apache-2.0

//! Clients that use the family while its module goes and comes. What each of them may see meanwhile
//! is said here; whatever else it sees fails the test.

use crate::raw::{Client, ExtAckError, Request, Settings};
use crate::support::namespace;
use anyhow::{Result, bail, ensure};
use genl::Notice;
use greet::GreetRequest;
use greet::protocol::{Event, PEER_GET, groups, peer};
use nix::errno::Errno;
use std::thread;
use std::time::Duration;

/// How long those who list have no list open, so that the module can be unloaded at some time.
const OTHERS_TURN: Duration = Duration::from_millis(40);

/// What a client does again and again. It tells how much was done, requests or events: nothing if the
/// family was away.
pub(super) type Work = Box<dyn FnMut() -> Result<u64> + Send>;

/// Eight clients, which do all there is to do.
pub(super) fn all() -> Result<Vec<Work>> {
    let mut works = greeters(1)?;
    works.extend([
        batcher()?,
        lister()?,
        quitter(),
        listener()?,
        setter()?,
        forgetter()?,
        wanderer(),
    ]);
    Ok(works)
}

/// Clients of the tests' own that greet. An id that is no more is resolved anew.
pub(super) fn greeters(count: usize) -> Result<Vec<Work>> {
    (0..count).map(|_| greeter()).collect()
}

fn greeter() -> Result<Work> {
    let mut number = 0;
    with_client(move |client| {
        number += 1;
        client.greet(&format!("peer {number}"))?;
        Ok(1)
    })
}

/// Greets many at once with the library, which resolves the family anew by itself.
fn batcher() -> Result<Work> {
    const TOGETHER: usize = 20;

    let mut client = greet::Client::open()?;
    Ok(Box::new(move || {
        let requests = [(); TOGETHER].map(|()| GreetRequest::new().name("World"));
        let Some(greetings) = unless_away(client.greet_all(&requests))? else {
            return Ok(0);
        };
        let mut answered = 0;
        for greeting in greetings {
            answered += u64::from(unless_away(greeting)?.is_some());
        }
        Ok(answered)
    }))
}

/// Lists with the library, which gives up when a list has changed too often.
fn lister() -> Result<Work> {
    const MOST: usize = 1024;

    let mut client = greet::Client::open()?;
    Ok(Box::new(move || {
        thread::sleep(OTHERS_TURN / 4);
        let peers = match client.peers() {
            Err(greet::Error::Interrupted { .. }) => return Ok(1),
            peers => unless_away(peers)?,
        };
        let Some(peers) = peers else {
            return Ok(0);
        };
        ensure!(peers.len() <= MOST, "{} peers", peers.len());
        for peer in peers.iter() {
            ensure!(peer?.greetings > 0, "a peer that was never greeted");
        }
        Ok(1)
    }))
}

/// Asks for a list and goes away. While the list is open the module stays, and that of a socket that
/// was closed is for some time.
fn quitter() -> Work {
    Box::new(|| {
        thread::sleep(OTHERS_TURN);
        let Some(mut client) = unless_absent(Client::open())? else {
            return Ok(0);
        };
        client.send(&Request::dump(&PEER_GET))?;
        Ok(1)
    })
}

/// Listens with the library all the time, and is told when the family goes and comes: in turn, and
/// of no greeting while it is away.
fn listener() -> Result<Work> {
    const PATIENCE: Duration = Duration::from_millis(50);

    let mut subscription = greet::Client::subscribe()?;
    let mut is_there = true;
    Ok(Box::new(move || {
        match subscription.next_within(PATIENCE)? {
            Some(Notice::Event(event)) => {
                ensure!(is_there, "an event while the family is away");
                ensure!(event.decode::<Event<'_>>()?.is_some(), "{event:?}");
                return Ok(1);
            }
            Some(Notice::Gone) if is_there => is_there = false,
            Some(Notice::Back) if !is_there => is_there = true,
            Some(Notice::Lagged) | None => {}
            Some(other) => bail!("{other:?}, and before that it was there: {is_there}"),
        }
        Ok(0)
    }))
}

/// Changes settings, and finds them as it has left them, or as the module begins.
fn setter() -> Result<Work> {
    const AT_FIRST: Settings = Settings {
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
                AT_FIRST.default_style,
                mine.default_style
            ) && one_of(found.peer_limit, AT_FIRST.peer_limit, mine.peer_limit),
            "{found:?} instead of {mine:?}"
        );
        Ok(3)
    })
}

/// Greets somebody whom it then forgets, unless that has happened already.
fn forgetter() -> Result<Work> {
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

/// Makes a namespace, uses it, and leaves it with a listener and an open list.
fn wanderer() -> Work {
    Box::new(|| {
        thread::sleep(OTHERS_TURN);
        let used = namespace::in_new(|| {
            let (mut client, listener) = (Client::open()?, Client::open()?);
            listener.join(groups::GREETINGS)?;
            client.greet_quietly((0..50).map(|number| format!("peer {number}")))?;
            client.send(&Request::dump(&PEER_GET))?;
            Ok(50)
        });
        Ok(unless_absent(used)?.unwrap_or(0))
    })
}

/// Work with a client of the tests' own, which resolves the family anew when it was away.
fn with_client(mut work: impl FnMut(&mut Client) -> Result<u64> + Send + 'static) -> Result<Work> {
    let mut client = Client::open()?;
    Ok(Box::new(move || {
        if let Some(answered) = unless_absent(work(&mut client))? {
            return Ok(answered);
        }
        unless_absent(client.resolve())?;
        Ok(0)
    }))
}

/// Makes `None` of what the core says of a family that is away. One that is about to go begins no
/// list (`EPROTONOSUPPORT`).
fn unless_absent<T>(result: Result<T>) -> Result<Option<T>> {
    let is_absence = |error: &anyhow::Error| {
        error.downcast_ref::<ExtAckError>().is_some_and(|ext_ack| {
            matches!(ext_ack.errno, Errno::ENOENT | Errno::EPROTONOSUPPORT)
                && ext_ack.text.is_none()
                && ext_ack.bad.is_none()
        })
    };
    match result {
        Err(error) if is_absence(&error) => Ok(None),
        result => result.map(Some),
    }
}

/// The same of what the library says.
fn unless_away<T>(result: greet::Result<T>) -> Result<Option<T>> {
    let is_absence = |error: &greet::Error| match error {
        greet::Error::NoFamily(name) => name == "greet",
        greet::Error::Kernel(ext_ack) => {
            [libc::ENOENT, libc::EPROTONOSUPPORT].contains(&ext_ack.errno.raw())
                && ext_ack.message.is_none()
                && ext_ack.attribute.is_none()
        }
        _ => false,
    };
    match result {
        Err(error) if is_absence(&error) => Ok(None),
        result => Ok(Some(result?)),
    }
}

/// Whether the family says that it knows nobody of this name.
fn is_unknown_peer(error: &anyhow::Error) -> bool {
    error.downcast_ref::<ExtAckError>().is_some_and(|ext_ack| {
        ext_ack.errno == Errno::ENOENT && ext_ack.text.is_some() && ext_ack.bad == Some(peer::NAME)
    })
}
