// SPDX-License-Identifier: MIT OR Apache-2.0

//! Dumps of peers, also while peers are added and removed.

use crate::raw::{Client, Content, Dump, Message, Request};
use crate::support::background::Load;
use crate::support::scale::{leeway, scaled};
use crate::support::{fastest_of, namespace, peer_names};
use anyhow::{Result, bail, ensure};
use greet::protocol::PEER_GET;
use nix::errno::Errno;
use std::collections::HashSet;
use std::time::Instant;

crate::tests![
    a_dump_of_several_parts_lists_all_peers,
    a_new_peer_interrupts_a_dump,
    a_deleted_peer_interrupts_a_dump,
    an_evicted_peer_interrupts_a_dump,
    a_lower_limit_interrupts_a_dump,
    a_greeting_of_a_known_peer_does_not_interrupt_a_dump,
    other_operations_do_not_interrupt_a_dump,
    a_repeated_dump_is_no_longer_interrupted,
    parallel_dumps_are_complete,
    a_second_dump_on_a_socket_returns_ebusy,
    sockets_closed_during_a_dump_release_it,
    a_dump_completes_after_its_namespace_is_left,
    dump_of_65536_changing_peers_lists_each_lasting_peer_once,
    dump_time_grows_linearly,
];

/// More peers than fit in one part of a dump.
const MANY: u32 = 1_000;

fn a_dump_of_several_parts_lists_all_peers() -> Result<()> {
    let mut client = with_many()?;
    let dump = PartialDump::start(&mut client)?.finish()?;
    assert!(!dump.interrupted);
    assert!(names(&dump).eq(peer_names(0..MANY)));
    Ok(())
}

fn a_new_peer_interrupts_a_dump() -> Result<()> {
    let dump = interrupted_dump(|client| client.greet("new").map(drop))?;
    // The dump ends at the last peer that existed when it started; otherwise senders could prolong
    // it forever.
    assert!(names(&dump).eq(peer_names(0..MANY)));
    Ok(())
}

fn a_deleted_peer_interrupts_a_dump() -> Result<()> {
    // A peer that was already listed, and one that was not.
    let dump = interrupted_dump(|client| client.forget("peer 0"))?;
    assert!(names(&dump).eq(peer_names(0..MANY)));
    let dump = interrupted_dump(|client| client.forget(&format!("peer {}", MANY - 1)))?;
    assert!(names(&dump).eq(peer_names(0..MANY - 1)));
    Ok(())
}

fn an_evicted_peer_interrupts_a_dump() -> Result<()> {
    let dump = interrupted_dump(|client| {
        client.set_peer_limit(MANY)?;
        client.greet("new").map(drop)
    })?;
    // The evicted peer was already listed.
    assert!(names(&dump).eq(peer_names(0..MANY)));
    Ok(())
}

fn a_lower_limit_interrupts_a_dump() -> Result<()> {
    let dump = interrupted_dump(|client| client.set_peer_limit(1))?;
    let last = peer_names(MANY - 1..MANY).last();
    assert_eq!(dump.peers.last().map(|peer| peer.name.clone()), last);
    Ok(())
}

fn a_greeting_of_a_known_peer_does_not_interrupt_a_dump() -> Result<()> {
    let dump = dump_with_change(|client| client.greet_unacknowledged(peer_names(0..MANY)))?;
    assert!(!dump.interrupted);
    // Peers stay in the order of their first greetings. The last of them were greeted twice.
    assert!(names(&dump).eq(peer_names(0..MANY)));
    assert_eq!(dump.peers.last().map(|peer| peer.greetings), Some(2));
    Ok(())
}

fn other_operations_do_not_interrupt_a_dump() -> Result<()> {
    let dump = dump_with_change(|client| {
        client.set_peer_limit(MANY)?;
        client.set_default_style(1)?;
        client.forget("unknown").expect_err("an unknown name");
        client.greet("").expect_err("an empty name");
        client.peer("peer 1")?;
        client.stats().map(drop)
    })?;
    assert!(!dump.interrupted);
    Ok(())
}

fn a_repeated_dump_is_no_longer_interrupted() -> Result<()> {
    let mut client = with_many()?;
    let dump = PartialDump::start(&mut client)?;
    Client::open()?.greet("new")?;
    assert!(dump.finish()?.interrupted);
    assert!(!client.dump_peers()?.interrupted);
    Ok(())
}

fn parallel_dumps_are_complete() -> Result<()> {
    let mut one = with_many()?;
    let (mut two, mut three) = (Client::open()?, Client::open()?);
    let dumps = [
        PartialDump::start(&mut one)?,
        PartialDump::start(&mut two)?,
        PartialDump::start(&mut three)?,
    ];
    for dump in dumps {
        let dump = dump.finish()?;
        assert!(!dump.interrupted && names(&dump).eq(peer_names(0..MANY)));
    }
    Ok(())
}

fn a_second_dump_on_a_socket_returns_ebusy() -> Result<()> {
    let mut client = with_many()?;
    let first = client.send(&Request::dump(&PEER_GET))?;
    let second = client.send(&Request::dump(&PEER_GET))?;
    let (messages, lost) = client.drain(&[first, second].concat())?;
    assert!(!lost);
    let is_busy = |message: &&Message| match &message.content {
        Content::Error(ext_ack) => ext_ack.errno == Errno::EBUSY && ext_ack.text.is_none(),
        _ => false,
    };
    assert_eq!(messages.iter().filter(is_busy).count(), 1);
    // The first dump is complete.
    assert_eq!(messages.len(), MANY as usize + 2);
    assert_eq!(client.peers()?.len(), MANY as usize);
    Ok(())
}

fn sockets_closed_during_a_dump_release_it() -> Result<()> {
    let mut client = with_many()?;
    for _ in 0..100 {
        PartialDump::start(&mut Client::open()?)?;
    }
    // An open dump would hold the module, which later tests unload.
    assert_eq!(client.peers()?.len(), MANY as usize);
    Ok(())
}

/// A socket keeps its namespace and the peers in it until it is closed.
fn a_dump_completes_after_its_namespace_is_left() -> Result<()> {
    let mut client = namespace::in_new(with_many)?;
    let dump = PartialDump::start(&mut client)?;
    assert!(names(&dump.finish()?).eq(peer_names(0..MANY)));
    Ok(())
}

fn dump_of_65536_changing_peers_lists_each_lasting_peer_once() -> Result<()> {
    const DUMPS: usize = 8;

    let limit: u32 = scaled(65_536);
    let (leaving, joining): (u32, u32) = (scaled(4_000), scaled(1_000));
    let lasting = limit - leaving - joining;
    let mut client = Client::open()?;
    client.set_peer_limit(limit)?;
    client.greet_unacknowledged(peer_names(0..lasting))?;
    client.greet_unacknowledged((0..leaving).map(|number| format!("leaving {number}")))?;
    client.greet_unacknowledged((0..joining).map(|number| format!("joining {number}")))?;
    let stats = client.stats()?;
    assert_eq!((stats.peers, stats.evicted), (limit.into(), 0));

    // The table stays within its limit, so no lasting peer is evicted.
    let add = |client: &mut Client, round| {
        client.greet_unacknowledged([format!("joining {}", round % u64::from(joining))])?;
        client.greet_unacknowledged([format!("peer {}", round % u64::from(lasting))])
    };
    let remove = |client: &mut Client, round| {
        // Some of them do not exist yet, or no longer.
        let _ = client.forget(&format!("joining {}", round % u64::from(joining)));
        let _ = client.forget(&format!("leaving {}", round % u64::from(leaving)));
        Ok(())
    };
    let start = Instant::now();
    let ((dumps, typed), rounds) = Load::new(&[&add, &remove]).during(|| {
        let dumps = (0..DUMPS)
            .map(|_| client.dump_peers())
            .collect::<Result<Vec<_>>>()?;
        Ok((
            dumps,
            greet::Client::open()?.peers().map(|peers| peers.len()),
        ))
    })?;
    let took = start.elapsed();
    for dump in &dumps {
        check_lasting_peers(dump, lasting)?;
    }
    let interrupted = dumps.iter().filter(|dump| dump.interrupted).count();
    ensure!(
        interrupted > 0,
        "expected an interrupted dump among {DUMPS}"
    );
    match &typed {
        Ok(len) => ensure!(*len >= lasting as usize, "{len} peers"),
        Err(greet::Error::Interrupted { attempts, .. }) => {
            ensure!(*attempts > 1, "expected a retry")
        }
        Err(error) => bail!("the typed client fails: {error}"),
    }
    println!(
        "{DUMPS} dumps of {limit} peers, {lasting} of them lasting; {interrupted} interrupted, \
         {rounds} rounds of greetings and deletions in {took:?}; typed client: {typed:?}"
    );

    // Without changes, the typed client lists all peers.
    let peers = client.peers()?.len();
    assert_eq!(greet::Client::open()?.peers()?.len(), peers);
    assert_eq!(client.stats()?.evicted, 0);
    Ok(())
}

/// The time for a dump grows with the number of peers, not with its square.
fn dump_time_grows_linearly() -> Result<()> {
    const TIMES: u32 = 10;

    let few: u32 = scaled(6_553);
    let mut client = Client::open()?;
    client.set_peer_limit(few * TIMES)?;
    let mut time_for = |peers| -> Result<_> {
        client.greet_unacknowledged(peer_names(0..peers))?;
        fastest_of(5, || {
            ensure!(client.count_peers()? == peers as usize);
            Ok(())
        })
    };
    let (by_few, by_many) = (time_for(few)?, time_for(few * TIMES)?);
    println!(
        "dump of {few} peers: {by_few:?}, of {}: {by_many:?}",
        few * TIMES
    );
    // A processor's caches hold few peers, but not many. Quadratic time would be TIMES² as long.
    ensure!(
        by_many < by_few * 4 * TIMES * leeway(),
        "expected a dump of {TIMES} times the peers to take about {TIMES} times as long"
    );
    Ok(())
}

/// Checks that each lasting peer is listed in order and no peer twice.
fn check_lasting_peers(dump: &Dump, count: u32) -> Result<()> {
    let mut seen = HashSet::new();
    for name in names(dump) {
        ensure!(seen.insert(name), "{name} is listed twice");
    }
    let lasting = names(dump).filter(|name| name.starts_with("peer "));
    ensure!(
        lasting.eq(peer_names(0..count)),
        "expected each lasting peer in order"
    );
    Ok(())
}

/// A started dump. The kernel has queued its first part.
struct PartialDump<'a> {
    client: &'a mut Client,
    sent: Vec<u8>,
}

impl<'a> PartialDump<'a> {
    fn start(client: &'a mut Client) -> Result<Self> {
        let sent = client.send(&Request::dump(&PEER_GET))?;
        Ok(Self { client, sent })
    }

    /// Receives the first part and the rest.
    fn finish(self) -> Result<Dump> {
        self.client.finish_dump(&self.sent)
    }
}

/// Dumps many peers and runs `change` after the first part.
fn dump_with_change(change: impl FnOnce(&mut Client) -> Result<()> + Send) -> Result<Dump> {
    namespace::in_new(|| {
        let mut client = with_many()?;
        let dump = PartialDump::start(&mut client)?;
        change(&mut Client::open()?)?;
        dump.finish()
    })
}

/// Dumps like [`dump_with_change`]; the dump must be marked as interrupted.
fn interrupted_dump(change: impl FnOnce(&mut Client) -> Result<()> + Send) -> Result<Dump> {
    let dump = dump_with_change(change)?;
    ensure!(dump.interrupted, "expected NLM_F_DUMP_INTR in the dump");
    Ok(dump)
}

fn with_many() -> Result<Client> {
    let mut client = Client::open()?;
    client.set_peer_limit(2 * MANY)?;
    client.greet_unacknowledged(peer_names(0..MANY))?;
    Ok(client)
}

fn names(dump: &Dump) -> impl Iterator<Item = &str> {
    dump.peers.iter().map(|peer| peer.name.as_str())
}
