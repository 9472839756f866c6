// SPDX-License-Identifier: MIT OR Apache-2.0

//! One round: a namespace in which a few hundred datagrams are sent, each answer compared with the
//! model's, and now and then all that the family keeps.

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

/// Datagrams between two times that all is compared.
const BETWEEN_CHECKS: u32 = 25;

/// Datagrams that are shown when something is wrong: the answer may have been to the one before.
const SHOWN: usize = 3;

struct Round {
    generator: Generator,
    kernel: Kernel,
    senders: [Endpoint; 2],
    listener: Listener,
    /// The ids of the groups of greetings and of settings.
    groups: [u32; 2],
    sent: VecDeque<Vec<u8>>,
}

/// A round in the caller's namespace, which has to be new.
pub(super) fn run(seed: u64) -> Result<Tally> {
    let mut round = Round::begin(seed)?;
    for number in 0..DATAGRAMS {
        round.step(number).with_context(|| {
            let sent: Vec<String> = round.sent.iter().map(|sent| hexdump(sent)).collect();
            let sent = sent.join("\n\n");
            format!(
                "seed {seed}, datagram {number} (again: make fuzz SECONDS=1 SEED={seed});\nthe last that were sent:\n{sent}\n"
            )
        })?;
    }
    Ok(round.kernel.tally)
}

impl Round {
    fn begin(seed: u64) -> Result<Self> {
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
        // From its first receipt on the kernel knows how large a sender's buffer is.
        for sender in 0..round.senders.len() {
            round.exchange(sender, &request(id, STATS_GET.command, NLM_F_ACK))?;
        }
        Ok(round)
    }

    /// Sends a datagram, and compares what comes of it. Some answers have to wait, so that others are
    /// sent meanwhile.
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

    /// Compares all that the family keeps.
    fn check(&mut self) -> Result<()> {
        self.drain()?;
        let id = self.kernel.id;
        for command in [STATS_GET.command, SETTINGS_GET.command] {
            self.exchange(0, &request(id, command, NLM_F_ACK))?;
        }
        let mut listed = self.exchange(0, &request(id, PEER_GET.command, NLM_F_DUMP))?;
        listed.pop().context("no end of a dump")?;
        let peers = listed.len();
        let limit = self.kernel.family.limit as usize;
        ensure!(peers <= limit, "{peers} peers, but the limit is {limit}");
        self.check_times(listed)?;
        self.check_greeting()?;
        self.kernel.tally.checks += 1;
        Ok(())
    }

    /// Those who were greeted later have later times; the model learns the times.
    fn check_times(&mut self, listed: Vec<Message>) -> Result<()> {
        let mut times = HashMap::new();
        for mut item in listed {
            let seen = item.take_last_seen().context("an item without a time")?;
            let name = item.attr(peer::NAME).context("an item without a name")?;
            times.insert(name.strip_suffix(b"\0").unwrap_or(name).to_vec(), seen);
        }
        let mut last = 0;
        let mut peers: Vec<_> = self.kernel.family.peers.iter_mut().collect();
        peers.sort_by_key(|peer| peer.turn);
        for peer in peers {
            let seen = *times.get(&peer.name).context("a peer is not listed")?;
            ensure!(last <= seen, "{last}, and {seen} of the one greeted then");
            last = seen;
            peer.seen = seen..=seen;
        }
        Ok(())
    }

    /// The family goes on.
    fn check_greeting(&mut self) -> Result<()> {
        let mut greeting = request(self.kernel.id, GREET.command, NLM_F_ACK);
        put_attr(&mut greeting, greeting::NAME, b"World\0");
        let len = greeting.len() as u32;
        greeting[..4].copy_from_slice(&len.to_ne_bytes());
        let came = self.exchange(0, &greeting)?.len();
        ensure!(came == 2, "{came} messages instead of a reply and an ACK");
        self.listener.drain(&mut self.kernel)
    }

    /// Changes what the sockets have asked for.
    fn change_sockets(&mut self) -> Result<()> {
        let random = self.generator.random();
        for sender in &mut self.senders {
            sender.set_options(random.u32(0..8) != 0, random.u32(0..4) == 0)?;
        }
        let family = &mut self.kernel.family;
        let hears = [&mut family.hears_greetings, &mut family.hears_config];
        for (group, hears) in self.groups.into_iter().zip(hears) {
            *hears = random.bool();
            self.listener.set_membership(group, *hears)?;
        }
        Ok(())
    }
}

/// A request without attributes.
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

/// Nanoseconds since boot.
fn now() -> Result<u64> {
    Ok(u64::try_from(boot_time()?.as_nanos())?)
}
