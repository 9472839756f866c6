// SPDX-License-Identifier: MIT OR Apache-2.0

//! What each contender in Rust does, and what it is measured by: `CONTENDER OPERATION COUNT [NUMBER]`.
//!
//! Prints one line of JSON: how many requests, items or events there were, and what they took. The
//! twins of this file are `../c/contract.h` and `../python/contract.py`.

pub mod with_neli;
pub mod with_ours;

use anyhow::{Context, Result, bail, ensure};
use nix::time::{ClockId, clock_gettime};
use std::fs;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// How many greetings are announced before their events are received.
const BURST: u64 = 32;

/// Whom each greeting greets that is measured.
pub const WHOM: &str = "World";

/// A client. What it cannot do fails.
pub trait Contender: Sized {
    /// How many requests go into one send.
    const BATCH: u64 = 1;

    /// A socket that hears greetings.
    type Listener;

    /// Opens a connection to the family that is greeted, or to nlctrl.
    fn open(to_greet: bool) -> Result<Self>;

    /// Asks nlctrl for itself so many times, and has each reply checked.
    fn getfamily(&mut self, count: u64) -> Result<()>;

    /// Greets so many times, and has each reply checked.
    fn greet(&mut self, count: u64) -> Result<()>;

    /// Greets so many times without an ACK, and so without a reply.
    fn announce(&mut self, _count: u64) -> Result<()> {
        bail!("no greetings without an ACK")
    }

    /// Lists all peers, and has each checked; returns how many they are.
    fn dump(&mut self) -> Result<u64> {
        bail!("no dumps")
    }

    /// Opens a socket in the group of greetings.
    fn listen() -> Result<Self::Listener> {
        bail!("no events")
    }

    /// Receives so many events, and has each checked.
    fn hear(_listener: &mut Self::Listener, _count: u64) -> Result<()> {
        bail!("no events")
    }
}

/// What is decoded of the reply to GETFAMILY.
#[derive(Debug)]
pub struct Family<'a> {
    pub id: u16,
    pub version: u32,
    pub name: &'a [u8],
    pub operations: usize,
    /// Of the first multicast group.
    pub group: u32,
}

impl Family<'_> {
    /// Whether it is nlctrl.
    pub fn check(&self) -> Result<()> {
        let is_right = self.id == 16
            && self.version == 2
            && self.name == b"nlctrl"
            && self.operations >= 2
            && self.group == 16;
        ensure!(is_right, "this is not nlctrl: {self:?}");
        Ok(())
    }
}

/// What is decoded of the reply to GREET.
#[derive(Debug)]
pub struct Greeting<'a> {
    pub id: u64,
    pub message: &'a [u8],
    pub portid: u32,
    pub style: u32,
}

impl Greeting<'_> {
    /// Whether it is what the kernel says.
    pub fn check(&self) -> Result<()> {
        let is_right = self.id != 0
            && self.message.starts_with(b"Hello, ")
            && self
                .message
                .ends_with(b" has been processed by the kernel.")
            && self.portid != 0
            && self.style == 0;
        ensure!(is_right, "this is no greeting: {self:?}");
        Ok(())
    }
}

/// What is decoded of each item of a dump of peers.
#[derive(Debug)]
pub struct Peer<'a> {
    pub name: &'a [u8],
    pub greetings: u64,
    pub last_portid: u32,
    pub last_style: u32,
    pub last_seen: u64,
}

impl Peer<'_> {
    /// Whether it is one that was greeted.
    pub fn check(&self) -> Result<()> {
        let is_right = self.name.starts_with(b"peer-")
            && self.greetings != 0
            && self.last_portid != 0
            && self.last_style == 0
            && self.last_seen != 0;
        ensure!(is_right, "this is no peer: {self:?}");
        Ok(())
    }
}

/// What was measured.
#[derive(Debug, Default)]
struct Measured {
    count: u64,
    /// From before the socket is opened to the first reply.
    first: Duration,
    wall: Duration,
    cpu: Duration,
}

impl Measured {
    /// Measures `work`, which returns how much there was of what is counted.
    fn of(first: Duration, work: impl FnOnce() -> Result<u64>) -> Result<Self> {
        let cpu = cpu_time()?;
        let start = Instant::now();
        let count = work()?;
        let wall = start.elapsed();
        Ok(Self {
            count,
            first,
            wall,
            cpu: cpu_time()? - cpu,
        })
    }

    fn print(&self) -> Result<()> {
        println!(
            r#"{{"count":{},"ns":{},"cpu_ns":{},"first_ns":{},"peak_kib":{}}}"#,
            self.count,
            self.wall.as_nanos(),
            self.cpu.as_nanos(),
            self.first.as_nanos(),
            peak_memory()?
        );
        Ok(())
    }
}

/// The program around a contender.
pub fn run<C: Contender>() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let operation = args.next().context("no operation")?;
    let count = number(args.next()).context("no count")?;
    let more = number(args.next()).unwrap_or(1);
    match operation.as_str() {
        "getfamily" => requests::<C>(false, C::getfamily, count),
        "greet" => requests::<C>(true, C::greet, count),
        "dump" => dumps::<C>(count),
        "events" => events::<C>(more, count),
        "threads" => threads::<C>(more, count),
        _ => bail!("cannot do {operation}"),
    }?
    .print()
}

fn number(text: Option<String>) -> Option<u64> {
    text?.parse().ok()
}

fn cpu_time() -> Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)?.into())
}

/// The most memory that was resident, in KiB.
fn peak_memory() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    peak.context("no VmHWM")
}

/// Rounds up to whole batches, since less than one cannot be sent.
fn whole<C: Contender>(count: u64) -> u64 {
    count.next_multiple_of(C::BATCH)
}

fn requests<C: Contender>(
    to_greet: bool,
    call: fn(&mut C, u64) -> Result<()>,
    count: u64,
) -> Result<Measured> {
    let opened = Instant::now();
    let mut contender = C::open(to_greet)?;
    call(&mut contender, whole::<C>(1))?;
    let first = opened.elapsed();
    let count = whole::<C>(count);
    Measured::of(first, || call(&mut contender, count).map(|()| count))
}

fn dumps<C: Contender>(times: u64) -> Result<Measured> {
    let mut contender = C::open(true)?;
    contender.dump()?;
    Measured::of(Duration::ZERO, || {
        (0..times).map(|_| contender.dump()).sum()
    })
}

fn events<C: Contender>(listeners: u64, count: u64) -> Result<Measured> {
    let mut contender = C::open(true)?;
    let mut ears = (0..listeners)
        .map(|_| C::listen())
        .collect::<Result<Vec<_>>>()?;
    let bursts = count.div_ceil(BURST);
    Measured::of(Duration::ZERO, || {
        for _ in 0..bursts {
            contender.announce(BURST)?;
            for ear in &mut ears {
                C::hear(ear, BURST)?;
            }
        }
        Ok(bursts * BURST * listeners)
    })
}

/// Several threads, each with a connection of its own.
fn threads<C: Contender>(number: u64, count: u64) -> Result<Measured> {
    let ready = Barrier::new(number as usize + 1);
    let count = whole::<C>(count);
    let work = || -> Result<()> {
        let mut contender = C::open(true)?;
        contender.greet(whole::<C>(1))?;
        ready.wait();
        contender.greet(count)
    };
    thread::scope(|scope| {
        let all: Vec<_> = (0..number).map(|_| scope.spawn(work)).collect();
        ready.wait();
        Measured::of(Duration::ZERO, || {
            for one in all {
                one.join().expect("no panic")?;
            }
            Ok(count * number)
        })
    })
}
