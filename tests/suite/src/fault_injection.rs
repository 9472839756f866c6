// SPDX-License-Identifier: MIT OR Apache-2.0

//! Fault injection: every allocation of every operation fails once, in turn. Needs a kernel with
//! `CONFIG_FAILSLAB`.
//!
//! Each time, either the request returns an error and changes nothing, or it succeeds.

use crate::raw::{Client, Content, ExtAckError, Request, Settings, Stats};
use crate::support::failslab::FailSlab;
use crate::support::module::Unloaded;
use crate::support::tool::path_in;
use crate::support::{namespace, peer_names};
use anyhow::{Context, Result, bail, ensure};
use greet::protocol::{
    PEER_DEL, PEER_GET, SETTINGS_GET, SETTINGS_SET, STATS_GET, greeting, groups, peer, settings,
};
use nix::errno::Errno;
use nix::kmod::{ModuleInitFlags, finit_module};
use nix::sched::{CloneFlags, unshare};
use std::fs::{self, File};
use std::io;

crate::tests![
    greeting_of_a_new_peer,
    greeting_of_a_known_peer,
    greeting_without_an_ack,
    greeting_that_evicts_a_peer,
    greeting_with_an_empty_name,
    peer_get,
    peer_get_dump,
    next_part_of_a_dump,
    peer_del,
    stats_get,
    settings_get,
    settings_set,
    new_namespace,
    module_load,
];

/// More allocations than any operation makes.
pub(crate) const MAX_ALLOCATIONS: u32 = 10_000;

/// Name of a peer that exists before each request.
const KNOWN: &str = "known";

fn greeting_of_a_new_peer() -> Result<()> {
    let cookie = Request::greet()
        .name("new")
        .attr(greeting::COOKIE, b"cookie");
    fail_each_allocation(&cookie)
}

fn greeting_of_a_known_peer() -> Result<()> {
    fail_each_allocation(&Request::greet().name(KNOWN))
}

fn greeting_without_an_ack() -> Result<()> {
    fail_each_allocation(&Request::greet().flags(libc::NLM_F_REQUEST).name("new"))
}

fn greeting_that_evicts_a_peer() -> Result<()> {
    fail_each_allocation_after(&Request::greet().name("new"), |client| {
        client.set_peer_limit(1)
    })
}

fn greeting_with_an_empty_name() -> Result<()> {
    fail_each_allocation(&Request::greet().name(""))
}

fn peer_get() -> Result<()> {
    fail_each_allocation(&Request::of(&PEER_GET).text(peer::NAME, KNOWN))
}

fn peer_get_dump() -> Result<()> {
    fail_each_allocation(&Request::dump(&PEER_GET))
}

fn peer_del() -> Result<()> {
    fail_each_allocation(&Request::of(&PEER_DEL).text(peer::NAME, KNOWN))
}

fn stats_get() -> Result<()> {
    fail_each_allocation(&Request::of(&STATS_GET))
}

fn settings_get() -> Result<()> {
    fail_each_allocation(&Request::of(&SETTINGS_GET))
}

fn settings_set() -> Result<()> {
    let both = Request::of(&SETTINGS_SET)
        .u32(settings::DEFAULT_STYLE, 2)
        .u32(settings::PEER_LIMIT, 7);
    fail_each_allocation(&both)
}

fn fail_each_allocation(request: &Request) -> Result<()> {
    fail_each_allocation_after(request, |_| Ok(()))
}

/// Repeats a request, each time in a namespace prepared in the same way, until each allocation that
/// the kernel makes for it has failed once.
fn fail_each_allocation_after(
    request: &Request,
    prepare: impl Fn(&mut Client) -> Result<()> + Sync,
) -> Result<()> {
    let round = |number| namespace::in_new(|| round(number, request, &prepare));
    let undisturbed = round(0)?;
    for number in 1..MAX_ALLOCATIONS {
        let outcome = round(number)?;
        if !outcome.failed {
            ensure!(number > 1, "expected an allocation");
            println!("{} allocations", number - 1);
            return outcome.check_succeeded(&undisturbed);
        }
        outcome
            .check_consistent(&undisturbed)
            .with_context(|| format!("allocation {number} failed: {outcome:?}"))?;
    }
    bail!("more than {MAX_ALLOCATIONS} allocations")
}

/// The outcome of a request.
#[derive(Debug)]
struct Round {
    /// Whether an allocation failed.
    failed: bool,
    before: State,
    after: State,
    /// The errno of the send, if it failed.
    unsent: Option<Errno>,
    answers: Vec<Content>,
    /// Whether the kernel reported dropped answers (`ENOBUFS`).
    lost: bool,
    /// The number of events that a listener received, and whether it lost some.
    events: (usize, bool),
}

/// The state that requests read and change.
#[derive(Clone, Debug, PartialEq)]
struct State {
    stats: Stats,
    settings: Settings,
    peers: Vec<(String, u64)>,
}

impl State {
    fn of_this_namespace() -> Result<Self> {
        let mut client = Client::open()?;
        let peers = client.peers()?.into_iter();
        Ok(Self {
            peers: peers.map(|peer| (peer.name, peer.greetings)).collect(),
            settings: client.settings()?,
            stats: client.stats()?,
        })
    }

    /// Returns the state without the counter of events, which depends on their delivery.
    fn without_events(&self) -> Self {
        let mut state = self.clone();
        state.stats.events = 0;
        state
    }
}

fn round(
    number: u32,
    request: &Request,
    prepare: impl Fn(&mut Client) -> Result<()>,
) -> Result<Round> {
    let (mut client, mut listener) = (Client::open()?, Client::open()?);
    client.greet(KNOWN)?;
    prepare(&mut client)?;
    listener.join(groups::GREETINGS)?;
    listener.join(groups::CONFIG)?;
    let faults = FailSlab::for_this_thread()?;
    let bytes = client.encode(request);
    let before = State::of_this_namespace()?;

    let (sent, failed) = faults.during(number, || client.send_bytes(&bytes))?;

    let unsent = sent.err().map(|error| error_number(&error)).transpose()?;
    let (answers, lost) = client.drain(&bytes)?;
    let (events, events_lost) = listener.drain(&[])?;
    Ok(Round {
        failed,
        before,
        after: State::of_this_namespace()?,
        unsent,
        answers: answers.into_iter().map(|message| message.content).collect(),
        lost,
        events: (events.len(), events_lost),
    })
}

impl Round {
    /// Checks that the request failed, changed nothing and reported an error; or that it succeeded,
    /// and receivers know the result or that they lost a message.
    fn check_consistent(&self, undisturbed: &Self) -> Result<()> {
        match self.allocation_error() {
            Some(errno) => {
                ensure!(
                    [Errno::ENOMEM, Errno::ENOBUFS].contains(&errno),
                    "expected ENOMEM or ENOBUFS, got {errno}"
                );
                ensure!(
                    self.after == self.before,
                    "the request failed but changed the state"
                );
                ensure!(
                    self.events == (0, false),
                    "the request failed but sent an event"
                );
                Ok(())
            }
            None => self.check_succeeded(undisturbed),
        }
    }

    /// Returns the errno of a failed allocation.
    fn allocation_error(&self) -> Option<Errno> {
        match self.answers.as_slice() {
            [] => self.unsent,
            [Content::Error(ext_ack)] if ext_ack.errno != Errno::EINVAL => Some(ext_ack.errno),
            _ => None,
        }
    }

    /// Checks that the outcome is the same as without a failed allocation.
    fn check_succeeded(&self, undisturbed: &Self) -> Result<()> {
        ensure!(
            self.after.without_events() == undisturbed.after.without_events(),
            "expected the state {:?}",
            undisturbed.after
        );
        ensure!(
            self.lost || kinds(&self.answers) == kinds(&undisturbed.answers),
            "expected the answers {:?}, and no loss was reported",
            undisturbed.answers
        );
        ensure!(
            self.events.1 || self.events == undisturbed.events,
            "expected {} events, and no loss was reported",
            undisturbed.events.0
        );
        Ok(())
    }
}

/// Returns the kinds of answers, without the parts that differ from run to run.
pub(crate) fn kinds(answers: &[Content]) -> Vec<String> {
    let kind = |content: &Content| match content {
        Content::Reply { command, .. } => format!("reply {command}"),
        other => format!("{other:?}"),
    };
    answers.iter().map(kind).collect()
}

/// The kernel continues a dump when the reader receives a part.
fn next_part_of_a_dump() -> Result<()> {
    const PEERS: usize = 2_000;

    let mut client = Client::open()?;
    client.set_peer_limit(u32::try_from(PEERS)?)?;
    client.greet_unacknowledged(peer_names(0..PEERS))?;
    let faults = FailSlab::for_this_thread()?;
    for number in 1..MAX_ALLOCATIONS {
        // A dump that failed cannot be continued, so each round starts another.
        let mut client = Client::open()?;
        let sent = client.send(&Request::dump(&PEER_GET))?;
        let (received, failed) = faults.during(number, || client.receive_datagram())?;
        if let Err(error) = received {
            ensure!(is_allocation_error(error.raw_os_error()), "{error}");
            continue;
        }
        match client.finish_dump(&sent) {
            Ok(dump) => ensure!(
                dump.peers.len() < PEERS,
                "the dump contains the received part again"
            ),
            Err(error) if failed => {
                let errno = error_number(&error)?;
                ensure!(is_allocation_error(Some(errno as i32)), "{error}");
            }
            Err(error) => return Err(error),
        }
        if !failed {
            ensure!(number > 1, "expected an allocation");
            println!("{} allocations", number - 1);
            assert_eq!(client.peers()?.len(), PEERS);
            return Ok(());
        }
    }
    bail!("more than {MAX_ALLOCATIONS} allocations")
}

/// Many of these allocations belong to other subsystems, which also keep state in a namespace.
fn new_namespace() -> Result<()> {
    for number in 1..MAX_ALLOCATIONS {
        let failed = namespace::in_new(|| {
            let faults = FailSlab::for_this_thread()?;
            let (created, failed) = faults.during(number, || unshare(CloneFlags::CLONE_NEWNET))?;
            match created {
                Ok(()) => assert_eq!(Client::open()?.greet("World")?.id, 1),
                // Other subsystems return any errno.
                Err(errno) => ensure!(failed, "{errno} without a failed allocation"),
            }
            Ok(failed)
        })?;
        if !failed {
            println!("{} allocations", number - 1);
            return Ok(());
        }
    }
    bail!("more than {MAX_ALLOCATIONS} allocations")
}

fn module_load() -> Result<()> {
    let path = path_in("GREET_MODULE")?;
    let faults = FailSlab::for_this_thread()?;
    let mut unloaded = Unloaded::unload()?;
    for number in 1..MAX_ALLOCATIONS {
        let module = File::open(&path)?;
        let load = || finit_module(&module, c"", ModuleInitFlags::empty());
        let (loaded, failed) = faults.during(number, load)?;
        let is_loaded = fs::exists("/sys/module/greet")?;
        match loaded {
            Ok(()) => {
                std::mem::forget(unloaded);
                assert_eq!(Client::open()?.greet("World")?.id, 1);
            }
            Err(errno) => {
                ensure!(
                    !is_loaded,
                    "loading failed with {errno} but the module is loaded"
                );
                ensure!(is_allocation_error(Some(errno as i32)), "{errno}");
                continue;
            }
        }
        if !failed {
            println!("{} allocations", number - 1);
            return Ok(());
        }
        unloaded = Unloaded::unload()?;
    }
    bail!("more than {MAX_ALLOCATIONS} allocations")
}

pub(crate) fn error_number(error: &anyhow::Error) -> Result<Errno> {
    if let Some(errno) = ExtAckError::errno_of(error) {
        return Ok(errno);
    }
    let errno = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<io::Error>()?.raw_os_error());
    errno
        .map(Errno::from_raw)
        .with_context(|| format!("expected an errno in {error:#}"))
}

pub(crate) fn is_allocation_error(errno: Option<i32>) -> bool {
    matches!(errno, Some(libc::ENOMEM | libc::ENOBUFS))
}
