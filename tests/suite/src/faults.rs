// SPDX-License-Identifier: MIT OR Apache-2.0

//! Every allocation of every operation fails once, in turn. Only for a kernel that can let it.
//!
//! Whoever asks is told, and nothing has happened; or the operation is carried out all the same.

use crate::raw::{Client, Content, ExtAckError, Request, Settings, Stats};
use crate::support::fault::Faults;
use crate::support::module::Unloaded;
use crate::support::namespace;
use crate::support::tool::path_in;
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
    of_a_greeting_of_somebody_new,
    of_a_greeting_of_somebody_known,
    of_a_greeting_that_nobody_waits_for,
    of_a_greeting_that_evicts,
    of_a_refusal,
    of_a_lookup,
    of_a_list,
    of_the_next_part_of_a_list,
    of_forgetting,
    of_counting,
    of_looking_at_settings,
    of_changing_settings,
    of_making_a_namespace,
    of_loading_the_module,
];

/// More than any operation makes.
const MOST: u32 = 10_000;

/// Somebody who is known before.
const KNOWN: &str = "known";

fn of_a_greeting_of_somebody_new() -> Result<()> {
    let cookie = Request::greet()
        .name("new")
        .attr(greeting::COOKIE, b"cookie");
    all_in_turn(&cookie)
}

fn of_a_greeting_of_somebody_known() -> Result<()> {
    all_in_turn(&Request::greet().name(KNOWN))
}

fn of_a_greeting_that_nobody_waits_for() -> Result<()> {
    all_in_turn(&Request::greet().flags(libc::NLM_F_REQUEST).name("new"))
}

fn of_a_greeting_that_evicts() -> Result<()> {
    all_in_turn_after(&Request::greet().name("new"), |client| {
        client.set_peer_limit(1)
    })
}

fn of_a_refusal() -> Result<()> {
    all_in_turn(&Request::greet().name(""))
}

fn of_a_lookup() -> Result<()> {
    all_in_turn(&Request::of(&PEER_GET).text(peer::NAME, KNOWN))
}

fn of_a_list() -> Result<()> {
    all_in_turn(&Request::dump(&PEER_GET))
}

fn of_forgetting() -> Result<()> {
    all_in_turn(&Request::of(&PEER_DEL).text(peer::NAME, KNOWN))
}

fn of_counting() -> Result<()> {
    all_in_turn(&Request::of(&STATS_GET))
}

fn of_looking_at_settings() -> Result<()> {
    all_in_turn(&Request::of(&SETTINGS_GET))
}

fn of_changing_settings() -> Result<()> {
    let both = Request::of(&SETTINGS_SET)
        .u32(settings::DEFAULT_STYLE, 2)
        .u32(settings::PEER_LIMIT, 7);
    all_in_turn(&both)
}

fn all_in_turn(request: &Request) -> Result<()> {
    all_in_turn_after(request, |_| Ok(()))
}

/// Sends a request again and again, each time in a namespace that was prepared in the same way, until
/// each allocation that the kernel makes for it has failed.
fn all_in_turn_after(
    request: &Request,
    prepare: impl Fn(&mut Client) -> Result<()> + Sync,
) -> Result<()> {
    let round = |number| namespace::in_new(|| round(number, request, &prepare));
    let whole = round(0)?;
    for number in 1..MOST {
        let this = round(number)?;
        if !this.failed {
            ensure!(number > 1, "there was no allocation");
            println!("{} allocations", number - 1);
            return this.is_like(&whole);
        }
        this.is_sound(&whole)
            .with_context(|| format!("allocation {number} failed: {this:?}"))?;
    }
    bail!("there is no end of allocations")
}

/// What became of a request.
#[derive(Debug)]
struct Round {
    /// Whether an allocation failed.
    failed: bool,
    before: State,
    after: State,
    /// Why it could not be sent.
    unsent: Option<Errno>,
    answers: Vec<Content>,
    /// Whether the kernel says that answers were lost.
    lost: bool,
    /// How many events a listener got, and whether it lost some.
    heard: (usize, bool),
}

/// What requests can see and change.
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

    /// The same, whether events reached anybody or not.
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
    let faults = Faults::of_this_thread()?;
    let bytes = client.encode(request);
    let before = State::of_this_namespace()?;

    let (sent, failed) = faults.during(number, || client.send_bytes(&bytes))?;

    let unsent = sent.err().map(|error| error_number(&error)).transpose()?;
    let (answers, lost) = client.drain(&bytes)?;
    let (events, deaf) = listener.drain(&[])?;
    Ok(Round {
        failed,
        before,
        after: State::of_this_namespace()?,
        unsent,
        answers: answers.into_iter().map(|message| message.content).collect(),
        lost,
        heard: (events.len(), deaf),
    })
}

impl Round {
    /// Nothing has happened and the client knows; or all has happened, and who was to be told knows
    /// it or knows that something was lost.
    fn is_sound(&self, whole: &Self) -> Result<()> {
        match self.refused() {
            Some(errno) => {
                ensure!(
                    [Errno::ENOMEM, Errno::ENOBUFS].contains(&errno),
                    "the errno is {errno}"
                );
                ensure!(self.after == self.before, "it is refused, and yet done");
                ensure!(self.heard == (0, false), "an event of what was not done");
                Ok(())
            }
            None => self.is_like(whole),
        }
    }

    /// The errno for want of memory.
    fn refused(&self) -> Option<Errno> {
        match self.answers.as_slice() {
            [] => self.unsent,
            [Content::Error(ext_ack)] if ext_ack.errno != Errno::EINVAL => Some(ext_ack.errno),
            _ => None,
        }
    }

    /// All has happened that happens if nothing fails.
    fn is_like(&self, whole: &Self) -> Result<()> {
        ensure!(
            self.after.without_events() == whole.after.without_events(),
            "it is not done"
        );
        ensure!(
            self.lost || kinds(&self.answers) == kinds(&whole.answers),
            "the answers are others, and nothing was lost"
        );
        ensure!(
            self.heard.1 || self.heard == whole.heard,
            "the events are others, and nothing was lost"
        );
        Ok(())
    }
}

/// What answers are, without what differs from one time to the next.
fn kinds(answers: &[Content]) -> Vec<String> {
    let kind = |content: &Content| match content {
        Content::Reply { command, .. } => format!("reply {command}"),
        other => format!("{other:?}"),
    };
    answers.iter().map(kind).collect()
}

/// A dump goes on when its reader takes a part of it.
fn of_the_next_part_of_a_list() -> Result<()> {
    const PEERS: usize = 2_000;

    let mut client = Client::open()?;
    client.set_peer_limit(u32::try_from(PEERS)?)?;
    client.greet_quietly((0..PEERS).map(|number| format!("peer {number}")))?;
    let faults = Faults::of_this_thread()?;
    for number in 1..MOST {
        // One that was broken off is not gone on with.
        let mut client = Client::open()?;
        let sent = client.send(&Request::dump(&PEER_GET))?;
        let (received, failed) = faults.during(number, || client.receive_datagram())?;
        if let Err(error) = received {
            ensure!(is_want_of_memory(error.raw_os_error()), "{error}");
            continue;
        }
        match client.rest_of_dump(&sent) {
            Ok(dump) => ensure!(dump.peers.len() < PEERS, "the part that was taken is there"),
            Err(error) if failed => {
                let errno = error_number(&error)?;
                ensure!(is_want_of_memory(Some(errno as i32)), "{error}");
            }
            Err(error) => return Err(error),
        }
        if !failed {
            ensure!(number > 1, "there was no allocation");
            println!("{} allocations", number - 1);
            assert_eq!(client.peers()?.len(), PEERS);
            return Ok(());
        }
    }
    bail!("there is no end of allocations")
}

/// Also what others keep in a namespace; so much of it fails in others' code.
fn of_making_a_namespace() -> Result<()> {
    for number in 1..MOST {
        let failed = namespace::in_new(|| {
            let faults = Faults::of_this_thread()?;
            let (made, failed) = faults.during(number, || unshare(CloneFlags::CLONE_NEWNET))?;
            match made {
                Ok(()) => assert_eq!(Client::open()?.greet("World")?.id, 1),
                // Others give what errno they like.
                Err(errno) => ensure!(failed, "{errno}, though there was memory"),
            }
            Ok(failed)
        })?;
        if !failed {
            println!("{} allocations", number - 1);
            return Ok(());
        }
    }
    bail!("there is no end of allocations")
}

fn of_loading_the_module() -> Result<()> {
    let path = path_in("GREET_MODULE")?;
    let faults = Faults::of_this_thread()?;
    let mut unloaded = Unloaded::begin()?;
    for number in 1..MOST {
        let module = File::open(&path)?;
        let load = || finit_module(&module, c"", ModuleInitFlags::empty());
        let (loaded, failed) = faults.during(number, load)?;
        let is_there = fs::exists("/sys/module/greet")?;
        match loaded {
            Ok(()) => {
                std::mem::forget(unloaded);
                assert_eq!(Client::open()?.greet("World")?.id, 1);
            }
            Err(errno) => {
                ensure!(!is_there, "not loaded ({errno}), and yet there");
                ensure!(is_want_of_memory(Some(errno as i32)), "{errno}");
                continue;
            }
        }
        if !failed {
            println!("{} allocations", number - 1);
            return Ok(());
        }
        unloaded = Unloaded::begin()?;
    }
    bail!("there is no end of allocations")
}

fn error_number(error: &anyhow::Error) -> Result<Errno> {
    if let Some(ext_ack) = error.downcast_ref::<ExtAckError>() {
        return Ok(ext_ack.errno);
    }
    let errno = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<io::Error>()?.raw_os_error());
    errno
        .map(Errno::from_raw)
        .with_context(|| format!("no errno in {error:#}"))
}

fn is_want_of_memory(errno: Option<i32>) -> bool {
    matches!(errno, Some(libc::ENOMEM | libc::ENOBUFS))
}
