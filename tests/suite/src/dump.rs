// SPDX-License-Identifier: MIT OR Apache-2.0

//! The list of peers while they come and go.

use crate::raw::{Client, Content, Dump, Message, Request};
use crate::support::load::Load;
use crate::support::scale::{leeway, scaled};
use crate::support::{fastest_of, namespace};
use anyhow::{Result, bail, ensure};
use greet::protocol::PEER_GET;
use nix::errno::Errno;
use std::collections::HashSet;
use std::time::Instant;

crate::tests![
    of_more_than_fits_in_a_part_is_whole,
    is_interrupted_by_a_new_peer,
    is_interrupted_by_one_that_is_forgotten,
    is_interrupted_by_one_that_is_evicted,
    is_interrupted_by_a_lower_limit,
    is_not_interrupted_by_a_greeting_of_a_known_peer,
    is_not_interrupted_by_what_changes_no_peer,
    is_interrupted_once_not_for_ever,
    several_at_once_do_not_disturb_each_other,
    a_second_on_one_socket_has_to_wait,
    a_client_that_goes_away_leaves_nothing,
    outlives_everything_else_in_its_namespace,
    of_65536_peers_that_come_and_go,
    takes_as_long_as_it_is,
];

/// More than fit in one part.
const MANY: u32 = 1_000;

fn of_more_than_fits_in_a_part_is_whole() -> Result<()> {
    let mut client = with_many()?;
    let dump = Staged::begin(&mut client)?.end()?;
    assert!(!dump.interrupted);
    assert!(names(&dump).eq(numbered(0..MANY)));
    Ok(())
}

fn is_interrupted_by_a_new_peer() -> Result<()> {
    let dump = interrupted_by(|client| client.greet("new").map(drop))?;
    // It is not listed, for those who greet could keep a dump going for ever.
    assert!(names(&dump).eq(numbered(0..MANY)));
    Ok(())
}

fn is_interrupted_by_one_that_is_forgotten() -> Result<()> {
    // One that was listed, and one that would have been.
    let dump = interrupted_by(|client| client.forget("peer 0"))?;
    assert!(names(&dump).eq(numbered(0..MANY)));
    let dump = interrupted_by(|client| client.forget(&format!("peer {}", MANY - 1)))?;
    assert!(names(&dump).eq(numbered(0..MANY - 1)));
    Ok(())
}

fn is_interrupted_by_one_that_is_evicted() -> Result<()> {
    let dump = interrupted_by(|client| {
        client.set_peer_limit(MANY)?;
        client.greet("new").map(drop)
    })?;
    // It was listed already.
    assert!(names(&dump).eq(numbered(0..MANY)));
    Ok(())
}

fn is_interrupted_by_a_lower_limit() -> Result<()> {
    let dump = interrupted_by(|client| client.set_peer_limit(1))?;
    let last = numbered(MANY - 1..MANY).last();
    assert_eq!(dump.peers.last().map(|peer| peer.name.clone()), last);
    Ok(())
}

fn is_not_interrupted_by_a_greeting_of_a_known_peer() -> Result<()> {
    let dump = dump_around(|client| client.greet_quietly(numbered(0..MANY)))?;
    assert!(!dump.interrupted);
    // The order is still that of the first greetings, and the last of them were greeted twice.
    assert!(names(&dump).eq(numbered(0..MANY)));
    assert_eq!(dump.peers.last().map(|peer| peer.greetings), Some(2));
    Ok(())
}

fn is_not_interrupted_by_what_changes_no_peer() -> Result<()> {
    let dump = dump_around(|client| {
        client.set_peer_limit(MANY)?;
        client.set_default_style(1)?;
        client.forget("nobody").expect_err("nobody of that name");
        client.greet("").expect_err("no name");
        client.peer("peer 1")?;
        client.stats().map(drop)
    })?;
    assert!(!dump.interrupted);
    Ok(())
}

fn is_interrupted_once_not_for_ever() -> Result<()> {
    let mut client = with_many()?;
    let staged = Staged::begin(&mut client)?;
    Client::open()?.greet("new")?;
    assert!(staged.end()?.interrupted);
    assert!(!client.dump_peers()?.interrupted);
    Ok(())
}

fn several_at_once_do_not_disturb_each_other() -> Result<()> {
    let mut one = with_many()?;
    let (mut two, mut three) = (Client::open()?, Client::open()?);
    let dumps = [
        Staged::begin(&mut one)?,
        Staged::begin(&mut two)?,
        Staged::begin(&mut three)?,
    ];
    for dump in dumps {
        let dump = dump.end()?;
        assert!(!dump.interrupted && names(&dump).eq(numbered(0..MANY)));
    }
    Ok(())
}

fn a_second_on_one_socket_has_to_wait() -> Result<()> {
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
    // The first goes on, and ends.
    assert_eq!(messages.len(), MANY as usize + 2);
    assert_eq!(client.peers()?.len(), MANY as usize);
    Ok(())
}

fn a_client_that_goes_away_leaves_nothing() -> Result<()> {
    let mut client = with_many()?;
    for _ in 0..100 {
        Staged::begin(&mut Client::open()?)?;
    }
    // What was left open would hold the module, which later tests unload.
    assert_eq!(client.peers()?.len(), MANY as usize);
    Ok(())
}

/// A socket keeps its namespace, and the peers in it, until it is closed.
fn outlives_everything_else_in_its_namespace() -> Result<()> {
    let mut client = namespace::in_new(with_many)?;
    let staged = Staged::begin(&mut client)?;
    assert!(names(&staged.end()?).eq(numbered(0..MANY)));
    Ok(())
}

fn of_65536_peers_that_come_and_go() -> Result<()> {
    const DUMPS: usize = 8;

    let most: u32 = scaled(65_536);
    let (goers, comers): (u32, u32) = (scaled(4_000), scaled(1_000));
    let stayers = most - goers - comers;
    let mut client = Client::open()?;
    client.set_peer_limit(most)?;
    client.greet_quietly(numbered(0..stayers))?;
    client.greet_quietly((0..goers).map(|number| format!("goes {number}")))?;
    client.greet_quietly((0..comers).map(|number| format!("comes {number}")))?;
    let stats = client.stats()?;
    assert_eq!((stats.peers, stats.evicted), (most.into(), 0));

    // No more than there is room for, so that none that stays is evicted.
    let come = |client: &mut Client, round| {
        client.greet_quietly([format!("comes {}", round % u64::from(comers))])?;
        client.greet_quietly([format!("peer {}", round % u64::from(stayers))])
    };
    let go = |client: &mut Client, round| {
        // Some of them were not there, or are no more.
        let _ = client.forget(&format!("comes {}", round % u64::from(comers)));
        let _ = client.forget(&format!("goes {}", round % u64::from(goers)));
        Ok(())
    };
    let start = Instant::now();
    let ((dumps, typed), rounds) = Load::of(&[&come, &go]).during(|| {
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
        check(dump, stayers)?;
    }
    let interrupted = dumps.iter().filter(|dump| dump.interrupted).count();
    ensure!(interrupted > 0, "no dump says that peers came and went");
    match &typed {
        Ok(len) => ensure!(*len >= stayers as usize, "{len} peers"),
        Err(greet::Error::Interrupted { tries, .. }) => ensure!(*tries > 1, "not tried again"),
        Err(error) => bail!("the typed client says: {error}"),
    }
    println!(
        "{DUMPS} dumps of {most} peers at first, {stayers} of which stay, {interrupted} interrupted, \
         {rounds} rounds of greetings and deletions in {took:?}; typed client: {typed:?}"
    );

    // In peace, the typed client gets what there is.
    let peers = client.peers()?.len();
    assert_eq!(greet::Client::open()?.peers()?.len(), peers);
    assert_eq!(client.stats()?.evicted, 0);
    Ok(())
}

/// The time for a list grows with its length, and not with its square.
fn takes_as_long_as_it_is() -> Result<()> {
    const TIMES: u32 = 10;

    let few: u32 = scaled(6_553);
    let mut client = Client::open()?;
    client.set_peer_limit(few * TIMES)?;
    let mut time_for = |peers| -> Result<_> {
        client.greet_quietly(numbered(0..peers))?;
        fastest_of(5, || {
            ensure!(client.count_peers()? == peers as usize);
            Ok(())
        })
    };
    let (by_few, by_many) = (time_for(few)?, time_for(few * TIMES)?);
    println!(
        "{few} peers are listed in {by_few:?}, {} in {by_many:?}",
        few * TIMES
    );
    ensure!(
        by_many < by_few * 2 * TIMES * leeway(),
        "it takes longer and longer"
    );
    Ok(())
}

/// Each that stays is listed once, in order, and nobody twice.
fn check(dump: &Dump, stay: u32) -> Result<()> {
    let mut seen = HashSet::new();
    for name in names(dump) {
        ensure!(seen.insert(name), "{name} is listed twice");
    }
    let stayed = names(dump).filter(|name| name.starts_with("peer "));
    ensure!(
        stayed.eq(numbered(0..stay)),
        "some that stay are not listed"
    );
    Ok(())
}

/// A dump that has begun, and of which the kernel has made the first part.
struct Staged<'a> {
    client: &'a mut Client,
    sent: Vec<u8>,
}

impl<'a> Staged<'a> {
    fn begin(client: &'a mut Client) -> Result<Self> {
        let sent = client.send(&Request::dump(&PEER_GET))?;
        Ok(Self { client, sent })
    }

    /// Takes what was made, and has the rest made.
    fn end(self) -> Result<Dump> {
        self.client.rest_of_dump(&self.sent)
    }
}

/// Lists many peers, and has `meanwhile` done after the first part.
fn dump_around(meanwhile: impl FnOnce(&mut Client) -> Result<()> + Send) -> Result<Dump> {
    namespace::in_new(|| {
        let mut client = with_many()?;
        let staged = Staged::begin(&mut client)?;
        meanwhile(&mut Client::open()?)?;
        staged.end()
    })
}

/// The same, of which the dump has to tell.
fn interrupted_by(meanwhile: impl FnOnce(&mut Client) -> Result<()> + Send) -> Result<Dump> {
    let dump = dump_around(meanwhile)?;
    ensure!(
        dump.interrupted,
        "the dump does not say that it was interrupted"
    );
    Ok(dump)
}

fn with_many() -> Result<Client> {
    let mut client = Client::open()?;
    client.set_peer_limit(2 * MANY)?;
    client.greet_quietly(numbered(0..MANY))?;
    Ok(client)
}

fn names(dump: &Dump) -> impl Iterator<Item = &str> {
    dump.peers.iter().map(|peer| peer.name.as_str())
}

fn numbered(numbers: impl IntoIterator<Item = u32>) -> impl Iterator<Item = String> {
    numbers.into_iter().map(|number| format!("peer {number}"))
}
