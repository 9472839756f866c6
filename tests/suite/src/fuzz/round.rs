// SPDX-License-Identifier: MIT OR Apache-2.0

//! A round: sends a few hundred datagrams in a new namespace and compares each answer and, at
//! intervals, the whole state with the model.

use super::answer::{Message, hexdump};
use super::core::Kernel;
use super::endpoint::{Endpoint, Listener};
use super::generator::Generator;
use super::tally::Tally;
use super::wire::{HEADERS, MESSAGE_HEADER, NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST, put_attr};
use crate::raw::Client;
use crate::support::boot_time;
use anyhow::{Context, Result, ensure};
use greet::protocol::{GREET, PEER_GET, SETTINGS_GET, STATS_GET, greeting, groups, peer};
use std::collections::{HashMap, VecDeque};

/// Datagrams in a round.
const DATAGRAMS: u32 = 300;

/// Datagrams between two comparisons of the state.
const BETWEEN_CHECKS: u32 = 25;

/// Datagrams to print on a difference: the answer may belong to an earlier one.
const SHOWN: usize = 3;

struct Round {
    generator: Generator,
    kernel: Kernel,
    senders: [Endpoint; 2],
    listener: Listener,
    /// Ids of the groups `greetings` and `config`.
    groups: [u32; 2],
    sent: VecDeque<Vec<u8>>,
}

/// Runs a round in the caller's namespace, which must be new.
pub(super) fn run(seed: u64) -> Result<Tally> {
    let mut round = Round::start(seed)?;
    for number in 0..DATAGRAMS {
        round.step(number).with_context(|| {
            let sent: Vec<String> = round.sent.iter().map(|sent| hexdump(sent)).collect();
            let sent = sent.join("\n\n");
            format!(
                "seed {seed}, datagram {number} (repeat with: make fuzz SECONDS=1 SEED={seed});\nlast datagrams:\n{sent}\n"
            )
        })?;
    }
    Ok(round.kernel.tally)
}

impl Round {
    fn start(seed: u64) -> Result<Self> {
        let client = Client::open()?;
        let id = client.family_id();
        let mut generator = Generator::new(seed, id);
        let random = generator.random();
        let mut endpoint = || Endpoint::open(random.u32(1..), random.usize(4_096..16_384));
        let mut senders = [endpoint()?, endpoint()?];
        let listener = Listener::open(random.u32(1..))?;
        senders[1].model.is_admin = random.bool();
        let mut round = Self {
            kernel: Kernel::new(id),
            groups: [
                client.group(groups::GREETINGS)?,
                client.group(groups::CONFIG)?,
            ],
            generator,
            senders,
            listener,
            sent: VecDeque::new(),
        };
        // The kernel sizes a sender's dump buffer at its first receive.
        for sender in 0..round.senders.len() {
            round.exchange(sender, &request(id, STATS_GET.command, NLM_F_ACK))?;
        }
        Ok(round)
    }

    /// Sends a datagram and compares the answers. Some answers stay unread while others are sent.
    fn step(&mut self, number: u32) -> Result<()> {
        if number % BETWEEN_CHECKS == 0 {
            self.check()?;
            self.change_sockets()?;
        }
        let datagram = self.generator.datagram();
        let sender = self.generator.random().usize(..self.senders.len());
        self.send(sender, &datagram)?;
        self.listener.drain(&mut self.kernel)?;
        if self.generator.random().u32(0..4) != 0 || number + 1 == DATAGRAMS {
            self.drain()?;
        }
        match number + 1 {
            DATAGRAMS => self.check(),
            _ => Ok(()),
        }
    }

    fn send(&mut self, sender: usize, datagram: &[u8]) -> Result<()> {
        if self.sent.len() == SHOWN {
            self.sent.pop_front();
        }
        self.sent.push_back(datagram.to_vec());
        let before = now()?;
        self.senders[sender].send(datagram)?;
        let when = before..=now()?;
        let model = &mut self.senders[sender].model;
        self.kernel.deliver(model, datagram, &when)
    }

    fn drain(&mut self) -> Result<()> {
        for sender in &mut self.senders {
            sender.drain(&mut self.kernel)?;
        }
        Ok(())
    }

    fn exchange(&mut self, sender: usize, datagram: &[u8]) -> Result<Vec<Message>> {
        self.send(sender, datagram)?;
        self.senders[sender].drain(&mut self.kernel)
    }

    /// Compares the state of the family.
    fn check(&mut self) -> Result<()> {
        self.drain()?;
        let id = self.kernel.id;
        for command in [STATS_GET.command, SETTINGS_GET.command] {
            self.exchange(0, &request(id, command, NLM_F_ACK))?;
        }
        let mut listed = self.exchange(0, &request(id, PEER_GET.command, NLM_F_DUMP))?;
        listed.pop().context("expected the end of a dump")?;
        let peers = listed.len();
        let limit = self.kernel.family.limit as usize;
        ensure!(peers <= limit, "{peers} peers, but the limit is {limit}");
        self.check_times(listed)?;
        self.check_greeting()?;
        self.kernel.tally.checks += 1;
        Ok(())
    }

    /// Checks that later greetings have later times, and copies the times into the model.
    fn check_times(&mut self, listed: Vec<Message>) -> Result<()> {
        let mut times = HashMap::new();
        for mut item in listed {
            let seen = item
                .take_last_seen()
                .context("expected last-seen in a peer")?;
            let name = item.attr(peer::NAME).context("expected a name in a peer")?;
            times.insert(name.strip_suffix(b"\0").unwrap_or(name).to_vec(), seen);
        }
        let mut last = 0;
        let mut peers: Vec<_> = self.kernel.family.peers.iter_mut().collect();
        peers.sort_by_key(|peer| peer.turn);
        for peer in peers {
            let seen = *times
                .get(&peer.name)
                .context("expected each peer in the dump")?;
            ensure!(
                last <= seen,
                "expected ascending times, got {seen} after {last}"
            );
            last = seen;
            peer.seen = seen..=seen;
        }
        Ok(())
    }

    /// Checks that the family still answers.
    fn check_greeting(&mut self) -> Result<()> {
        let mut greeting = request(self.kernel.id, GREET.command, NLM_F_ACK);
        put_attr(&mut greeting, greeting::NAME, b"World\0");
        let len = greeting.len() as u32;
        greeting[..4].copy_from_slice(&len.to_ne_bytes());
        let count = self.exchange(0, &greeting)?.len();
        ensure!(
            count == 2,
            "expected a reply and an ACK, got {count} messages"
        );
        self.listener.drain(&mut self.kernel)
    }

    /// Changes socket options and group memberships at random.
    fn change_sockets(&mut self) -> Result<()> {
        let random = self.generator.random();
        for sender in &mut self.senders {
            sender.set_options(random.u32(0..8) != 0, random.u32(0..4) == 0)?;
        }
        let family = &mut self.kernel.family;
        let memberships = [&mut family.joined_greetings, &mut family.joined_config];
        for (group, is_member) in self.groups.into_iter().zip(memberships) {
            *is_member = random.bool();
            self.listener.set_membership(group, *is_member)?;
        }
        Ok(())
    }
}

/// Encodes a request without attributes.
fn request(id: u16, command: u8, flags: u16) -> Vec<u8> {
    const VERSION: u8 = 1;
    const SEQ: u32 = 0x5e9;

    let mut request = (HEADERS as u32).to_ne_bytes().to_vec();
    request.extend_from_slice(&id.to_ne_bytes());
    request.extend_from_slice(&(NLM_F_REQUEST | flags).to_ne_bytes());
    request.extend_from_slice(&SEQ.to_ne_bytes());
    request.resize(MESSAGE_HEADER, 0);
    request.extend_from_slice(&[command, VERSION, 0, 0]);
    request
}

/// Returns the nanoseconds since boot.
fn now() -> Result<u64> {
    Ok(u64::try_from(boot_time()?.as_nanos())?)
}
