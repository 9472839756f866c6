// SPDX-License-Identifier: MIT OR Apache-2.0

//! The setting `peer-limit` and the eviction of peers.

use crate::raw::{Client, Peer};
use crate::support::background::Load;
use crate::support::scale::{leeway, scaled};
use crate::support::{
    ensure_freed, fastest_of, namespace, peer_names, unreclaimable, unreclaimable_once_below,
};
use anyhow::{Result, ensure};
use std::time::Instant;

crate::tests![
    default_limit_is_1024,
    the_peer_seen_longest_ago_is_evicted,
    random_greetings_evict_as_in_the_model,
    limit_1_keeps_the_last_peer,
    a_higher_limit_evicts_no_peer,
    a_lower_limit_evicts_the_peers_seen_longest_ago,
    lowering_from_65536_to_1_during_greetings_frees_memory,
    greeting_time_is_independent_of_the_number_of_peers,
    the_limit_is_never_exceeded,
];

/// The highest limit.
const MAX_LIMIT: u32 = 65_536;

fn default_limit_is_1024() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_unacknowledged(peer_names(0..1024))?;
    assert_eq!(counts(&mut client)?, (1024, 0));
    client.greet("one more")?;
    assert_eq!(counts(&mut client)?, (1024, 1));
    let expected = peer_names(1..1024).chain(["one more".to_owned()]);
    assert!(names(&client.peers()?).eq(expected));
    Ok(())
}

fn the_peer_seen_longest_ago_is_evicted() -> Result<()> {
    let mut client = with_limit(3)?;
    client.greet_unacknowledged(["a", "b", "c", "a", "d"])?;
    assert!(names(&client.peers()?).eq(["a", "c", "d"]));
    client.greet_unacknowledged(["e"])?;
    assert!(names(&client.peers()?).eq(["a", "d", "e"]));
    // The remaining peers keep their counters.
    assert_eq!(client.peer("a")?.greetings, 2);
    Ok(())
}

/// Greets and deletes peers at random and compares them with a simple model.
fn random_greetings_evict_as_in_the_model() -> Result<()> {
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
        // Knuth's MMIX generator, of which the high bits are used.
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let name = (random >> 33) % NAMES;
        if (random >> 60) == 0 && model.forget(name) {
            client.forget(&name.to_string())?;
        } else {
            client.greet_unacknowledged([name.to_string()])?;
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

/// A model of the table as two lists.
#[derive(Default)]
struct Model {
    limit: usize,
    /// Peers in the order of their first greetings.
    listed: Vec<u64>,
    /// Peers in the order of their last greetings.
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

    /// Removes a peer and returns whether it existed.
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

fn limit_1_keeps_the_last_peer() -> Result<()> {
    let mut client = with_limit(1)?;
    for name in ["a", "b", "b", "c"] {
        client.greet(name)?;
        assert!(names(&client.peers()?).eq([name]));
    }
    assert_eq!(counts(&mut client)?, (1, 2));
    Ok(())
}

fn a_higher_limit_evicts_no_peer() -> Result<()> {
    let mut client = with_limit(2)?;
    client.greet_unacknowledged(["a", "b"])?;
    client.set_peer_limit(3)?;
    client.greet_unacknowledged(["c"])?;
    assert!(names(&client.peers()?).eq(["a", "b", "c"]));
    assert_eq!(counts(&mut client)?, (3, 0));
    Ok(())
}

fn a_lower_limit_evicts_the_peers_seen_longest_ago() -> Result<()> {
    let mut client = Client::open()?;
    client.greet_unacknowledged(peer_names(0..100))?;
    client.greet_unacknowledged(peer_names(0..10))?;
    client.set_peer_limit(20)?;
    assert!(names(&client.peers()?).eq(peer_names((0..10).chain(90..100))));
    assert_eq!(counts(&mut client)?, (20, 80));
    Ok(())
}

fn lowering_from_65536_to_1_during_greetings_frees_memory() -> Result<()> {
    // A twentieth of the memory of all peers.
    const TOLERANCE: u64 = 1 << 20;

    let limit = scaled(MAX_LIMIT);
    let mut client = with_limit(limit)?;
    let before = unreclaimable()?;
    client.greet_unacknowledged(peer_names(0..limit))?;
    assert_eq!(counts(&mut client)?, (limit.into(), 0));
    let full = unreclaimable()?;
    let greet = |client: &mut Client, round| client.greet(&format!("while {round}")).map(drop);
    let (took, greeted) = Load::new(&[&greet, &greet]).during(|| {
        let start = Instant::now();
        client.set_peer_limit(1)?;
        Ok(start.elapsed())
    })?;
    let after = unreclaimable_once_below(before + TOLERANCE)?;
    println!(
        "from {limit} peers to 1 in {took:?}, {greeted} greetings in parallel; unreclaimable KiB before \
         {}, when full {}, after {}",
        before >> 10,
        full >> 10,
        after >> 10
    );
    ensure_freed(before, after, TOLERANCE)?;
    let stats = client.stats()?;
    assert_eq!(stats.peers, 1);
    assert_eq!(stats.evicted, u64::from(limit) + greeted - 1);
    assert_eq!(client.peers()?.len(), 1);
    Ok(())
}

/// Compares the times of greetings of known peers, and of new ones that evict another, with few and
/// many peers.
fn greeting_time_is_independent_of_the_number_of_peers() -> Result<()> {
    const FEW: u32 = 64;

    let (limit, greetings): (u32, u32) = (scaled(MAX_LIMIT), scaled(5_000));
    let time_at = |peers: u32| -> Result<_> {
        let mut client = with_limit(peers)?;
        client.greet_unacknowledged(peer_names(0..peers))?;
        // A step coprime to the number of peers visits all of them in another order.
        let known: Vec<_> = peer_names((0..greetings).map(|i| i * 7919 % peers)).collect();
        let by_known = fastest_of(5, || client.greet_unacknowledged(&known))?;
        ensure!(counts(&mut client)? == (peers.into(), 0));
        let mut next = peers;
        let by_new = fastest_of(5, || {
            next += greetings;
            client.greet_unacknowledged(peer_names(next - greetings..next))
        })?;
        Ok((by_known / greetings, by_new / greetings))
    };
    let (few, many) = (time_at(FEW)?, namespace::in_new(|| time_at(limit))?);
    println!(
        "a greeting of a known peer and of a new one: {few:?} with {FEW} peers, {many:?} with {limit}"
    );
    let factor = 3 * leeway();
    ensure!(
        many.0 < few.0 * factor && many.1 < few.1 * factor,
        "expected less than {factor} times {few:?}, took {many:?}"
    );
    Ok(())
}

fn the_limit_is_never_exceeded() -> Result<()> {
    const ROUNDS: u32 = 200;

    let mut client = with_limit(10)?;
    let greet = |client: &mut Client, round| {
        let first = u32::try_from(round * 10)?;
        client.greet_unacknowledged(peer_names(first..first + 10))
    };
    Load::new(&[&greet, &greet]).during(|| {
        for round in 0..ROUNDS {
            let limit = 5 + round % 10;
            client.set_peer_limit(limit)?;
            let peers = client.dump_peers()?.peers.len();
            ensure!(
                peers <= limit as usize,
                "expected at most {limit} peers, got {peers}"
            );
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

/// Returns the numbers of peers and of evicted peers.
fn counts(client: &mut Client) -> Result<(u64, u64)> {
    let stats = client.stats()?;
    Ok((stats.peers, stats.evicted))
}

fn names(peers: &[Peer]) -> impl Iterator<Item = &str> {
    peers.iter().map(|peer| peer.name.as_str())
}
