// SPDX-License-Identifier: MIT OR Apache-2.0

//! The limit of peers, and who has to go.

use crate::raw::{Client, Peer};
use crate::support::load::Load;
use crate::support::scale::{leeway, scaled};
use crate::support::{fastest_of, namespace, unreclaimable, unreclaimable_once_below};
use anyhow::{Result, ensure};
use std::time::Instant;

crate::tests![
    is_1024_at_first,
    the_one_seen_longest_ago_goes,
    a_model_evicts_the_same,
    one_peer_is_room_for_the_last,
    raising_it_evicts_nobody,
    lowering_it_evicts_those_seen_longest_ago,
    from_65536_to_1_while_others_greet,
    a_greeting_does_not_wait_for_many_peers,
    is_never_exceeded,
];

/// The highest limit.
const MOST: u32 = 65_536;

fn is_1024_at_first() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_quietly(numbered(0..1024))?;
    assert_eq!(counts(&mut client)?, (1024, 0));
    client.greet("one more")?;
    assert_eq!(counts(&mut client)?, (1024, 1));
    let expected = numbered(1..1024).chain(["one more".to_owned()]);
    assert!(names(&client.peers()?).eq(expected));
    Ok(())
}

fn the_one_seen_longest_ago_goes() -> Result<()> {
    let mut client = with_limit(3)?;
    client.greet_quietly(["a", "b", "c", "a", "d"])?;
    assert!(names(&client.peers()?).eq(["a", "c", "d"]));
    client.greet_quietly(["e"])?;
    assert!(names(&client.peers()?).eq(["a", "d", "e"]));
    // Greetings go on with what they know of those who stayed.
    assert_eq!(client.peer("a")?.greetings, 2);
    Ok(())
}

/// Greets and forgets at random, and compares with what a list would do.
fn a_model_evicts_the_same() -> Result<()> {
    const STEPS: u64 = 3_000;
    const LIMITS: [usize; 3] = [8, 13, 5];
    const NAMES: u64 = 20;

    let mut client = Client::open()?;
    let mut model = Model::default();
    let mut random = 1u64;
    for step in 0..STEPS {
        if step % (STEPS / 3) == 0 {
            model.limit = LIMITS[usize::try_from(step / (STEPS / 3))?];
            client.set_peer_limit(u32::try_from(model.limit)?)?;
            model.trim();
        }
        // The generator of Knuth's MMIX; its high bits are good.
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let name = (random >> 33) % NAMES;
        if (random >> 60) == 0 && model.forget(name) {
            client.forget(&name.to_string())?;
        } else {
            client.greet_quietly([name.to_string()])?;
            model.greet(name);
        }
        if step % 10 == 0 {
            let expected = model.listed.iter().map(u64::to_string);
            assert!(names(&client.peers()?).eq(expected), "step {step}");
            assert_eq!(client.stats()?.evicted, model.evicted, "step {step}");
        }
    }
    Ok(())
}

/// Peers as two lists.
#[derive(Default)]
struct Model {
    limit: usize,
    /// In the order of their first greetings.
    listed: Vec<u64>,
    /// In the order of their last greetings.
    seen: Vec<u64>,
    evicted: u64,
}

impl Model {
    fn greet(&mut self, name: u64) {
        self.seen.retain(|seen| *seen != name);
        self.seen.push(name);
        if !self.listed.contains(&name) {
            self.listed.push(name);
        }
        self.trim();
    }

    /// Whether it was there.
    fn forget(&mut self, name: u64) -> bool {
        let before = self.listed.len();
        self.seen.retain(|seen| *seen != name);
        self.listed.retain(|listed| *listed != name);
        self.listed.len() != before
    }

    fn trim(&mut self) {
        while self.seen.len() > self.limit {
            self.forget(self.seen[0]);
            self.evicted += 1;
        }
    }
}

fn one_peer_is_room_for_the_last() -> Result<()> {
    let mut client = with_limit(1)?;
    for name in ["a", "b", "b", "c"] {
        client.greet(name)?;
        assert!(names(&client.peers()?).eq([name]));
    }
    assert_eq!(counts(&mut client)?, (1, 2));
    Ok(())
}

fn raising_it_evicts_nobody() -> Result<()> {
    let mut client = with_limit(2)?;
    client.greet_quietly(["a", "b"])?;
    client.set_peer_limit(3)?;
    client.greet_quietly(["c"])?;
    assert!(names(&client.peers()?).eq(["a", "b", "c"]));
    assert_eq!(counts(&mut client)?, (3, 0));
    Ok(())
}

fn lowering_it_evicts_those_seen_longest_ago() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_quietly(numbered(0..100))?;
    client.greet_quietly(numbered(0..10))?;
    client.set_peer_limit(20)?;
    assert!(names(&client.peers()?).eq(numbered((0..10).chain(90..100))));
    assert_eq!(counts(&mut client)?, (20, 80));
    Ok(())
}

fn from_65536_to_1_while_others_greet() -> Result<()> {
    // A twentieth of what they take.
    const ROOM: u64 = 1 << 20;

    let most = scaled(MOST);
    let mut client = with_limit(most)?;
    let before = unreclaimable()?;
    client.greet_quietly(numbered(0..most))?;
    assert_eq!(counts(&mut client)?, (most.into(), 0));
    let full = unreclaimable()?;
    let greet = |client: &mut Client, round| client.greet(&format!("while {round}")).map(drop);
    let (took, greeted) = Load::of(&[&greet, &greet]).during(|| {
        let start = Instant::now();
        client.set_peer_limit(1)?;
        Ok(start.elapsed())
    })?;
    let after = unreclaimable_once_below(before + ROOM)?;
    println!(
        "from {most} peers to 1 in {took:?}, {greeted} greetings meanwhile; unreclaimable KiB before \
         {}, when full {}, after {}",
        before >> 10,
        full >> 10,
        after >> 10
    );
    ensure!(after < before + ROOM, "memory is lost");
    let stats = client.stats()?;
    assert_eq!(stats.peers, 1);
    assert_eq!(stats.evicted, u64::from(most) + greeted - 1);
    assert_eq!(client.peers()?.len(), 1);
    Ok(())
}

/// Neither the greeting of a peer that is known, nor that of one for which another has to go.
fn a_greeting_does_not_wait_for_many_peers() -> Result<()> {
    const FEW: u32 = 64;

    let (most, greetings): (u32, u32) = (scaled(MOST), scaled(5_000));
    let time_at = |peers: u32| -> Result<_> {
        let mut client = with_limit(peers)?;
        client.greet_quietly(numbered(0..peers))?;
        // A step that is prime to the number of peers meets all of them, in another order.
        let known: Vec<_> = numbered((0..greetings).map(|i| i * 7919 % peers)).collect();
        let by_known = fastest_of(5, || client.greet_quietly(&known))?;
        ensure!(counts(&mut client)? == (peers.into(), 0));
        let mut next = peers;
        let by_new = fastest_of(5, || {
            next += greetings;
            client.greet_quietly(numbered(next - greetings..next))
        })?;
        Ok((by_known / greetings, by_new / greetings))
    };
    let (few, many) = (time_at(FEW)?, namespace::in_new(|| time_at(most))?);
    println!(
        "a greeting of a known peer and of a new one: {few:?} with {FEW} peers, {many:?} with {most}"
    );
    let most_times = 3 * leeway();
    ensure!(
        many.0 < few.0 * most_times && many.1 < few.1 * most_times,
        "it takes longer"
    );
    Ok(())
}

fn is_never_exceeded() -> Result<()> {
    const ROUNDS: u32 = 200;

    let mut client = with_limit(10)?;
    let greet = |client: &mut Client, round| {
        let first = u32::try_from(round * 10)?;
        client.greet_quietly(numbered(first..first + 10))
    };
    Load::of(&[&greet, &greet]).during(|| {
        for round in 0..ROUNDS {
            let limit = 5 + round % 10;
            client.set_peer_limit(limit)?;
            let peers = client.dump_peers()?.peers.len();
            ensure!(peers <= limit as usize, "{peers} peers, limit {limit}");
        }
        Ok(())
    })?;
    Ok(())
}

fn with_limit(limit: u32) -> Result<Client> {
    let mut client = Client::open()?;
    client.set_peer_limit(limit)?;
    Ok(client)
}

/// How many peers there are, and how many were evicted.
fn counts(client: &mut Client) -> Result<(u64, u64)> {
    let stats = client.stats()?;
    Ok((stats.peers, stats.evicted))
}

fn names(peers: &[Peer]) -> impl Iterator<Item = &str> {
    peers.iter().map(|peer| peer.name.as_str())
}

fn numbered(numbers: impl IntoIterator<Item = u32>) -> impl Iterator<Item = String> {
    numbers.into_iter().map(|number| format!("peer {number}"))
}
