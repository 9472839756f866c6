// SPDX-License-Identifier: MIT OR Apache-2.0

//! Harness of the clients in Rust: `CLIENT OPERATION COUNT [NUMBER]`.
//!
//! Prints one line of JSON: the number of requests, items or events, and their cost. The harnesses
//! in C and Python are `../c/harness.h` and `../python/harness.py`.

pub mod with_neli;
pub mod with_ours;

use anyhow::{Context, Result, bail, ensure};
use nix::time::{ClockId, clock_gettime};
use std::fs;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Number of greetings that are sent before their events are received.
const BURST: u64 = 32;

/// The name in each measured greeting.
pub const WORLD: &str = "World";

/// A client. Operations that it does not support return an error.
pub trait BenchClient: Sized {
    /// Number of requests in one send.
    const BATCH: u64 = 1;

    /// A socket that receives greetings.
    type Listener;

    /// Opens a connection to the family `greet`, or to nlctrl.
    fn open(to_greet: bool) -> Result<Self>;

    /// Requests nlctrl's own description `count` times and checks each reply.
    fn getfamily(&mut self, count: u64) -> Result<()>;

    /// Greets `count` times and checks each reply.
    fn greet(&mut self, count: u64) -> Result<()>;

    /// Greets `count` times without an ACK and a reply.
    fn greet_unacknowledged(&mut self, _count: u64) -> Result<()> {
        bail!("greetings without an ACK are not supported")
    }

    /// Sends `count` requests in each of several tasks that share the connection.
    fn concurrently(&mut self, _to_greet: bool, _tasks: u64, _count: u64) -> Result<()> {
        bail!("concurrent requests are not supported")
    }

    /// Dumps all peers, checks each and returns their number.
    fn dump(&mut self) -> Result<u64> {
        bail!("dumps are not supported")
    }

    /// Opens a socket in the group of greetings.
    fn listen() -> Result<Self::Listener> {
        bail!("events are not supported")
    }

    /// Receives `count` events and checks each.
    fn receive_events(_listener: &mut Self::Listener, _count: u64) -> Result<()> {
        bail!("events are not supported")
    }
}

/// The decoded attributes of a reply to GETFAMILY.
#[derive(Debug, Default)]
pub struct Family<'a> {
    pub id: u16,
    pub version: u32,
    pub name: &'a [u8],
    pub operations: usize,
    /// Id of the first multicast group.
    pub group: u32,
}

impl Family<'_> {
    /// Checks that this is the description of nlctrl.
    pub fn check(&self) -> Result<()> {
        let is_right = self.id == 16
            && self.version == 2
            && self.name == b"nlctrl"
            && self.operations >= 2
            && self.group == 16;
        ensure!(is_right, "expected nlctrl, got {self:?}");
        Ok(())
    }
}

/// The decoded attributes of a reply to GREET.
#[derive(Debug)]
pub struct Greeting<'a> {
    pub id: u64,
    pub message: &'a [u8],
    pub portid: u32,
    pub style: u32,
}

impl Default for Greeting<'_> {
    /// A greeting without attributes, which [`check`](Self::check) rejects.
    fn default() -> Self {
        Self {
            id: 0,
            message: b"",
            portid: 0,
            style: u32::MAX,
        }
    }
}

impl Greeting<'_> {
    /// Checks that this is a greeting of the kernel.
    pub fn check(&self) -> Result<()> {
        let is_right = self.id != 0
            && self.message.starts_with(b"Hello, ")
            && self
                .message
                .ends_with(b" has been processed by the kernel.")
            && self.portid != 0
            && self.style == 0;
        ensure!(is_right, "expected a greeting, got {self:?}");
        Ok(())
    }
}

/// The decoded attributes of a peer in a dump.
#[derive(Debug)]
pub struct Peer<'a> {
    pub name: &'a [u8],
    pub greetings: u64,
    pub last_portid: u32,
    pub last_style: u32,
    pub last_seen: u64,
}

impl Peer<'_> {
    /// Checks that this is a greeted peer.
    pub fn check(&self) -> Result<()> {
        let is_right = self.name.starts_with(b"peer-")
            && self.greetings != 0
            && self.last_portid != 0
            && self.last_style == 0
            && self.last_seen != 0;
        ensure!(is_right, "expected a peer, got {self:?}");
        Ok(())
    }
}

/// Decodes a uint, which has 4 or 8 bytes.
pub fn uint(payload: &[u8]) -> Result<u64> {
    match payload.try_into() {
        Ok(value) => Ok(u32::from_ne_bytes(value).into()),
        Err(_) => Ok(u64::from_ne_bytes(payload.try_into()?)),
    }
}

/// The result of a measurement.
#[derive(Debug, Default)]
struct Measured {
    count: u64,
    /// Time from before opening the socket to the first reply.
    first: Duration,
    wall: Duration,
    cpu: Duration,
}

impl Measured {
    /// Measures `work`, which returns the number of counted items.
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

/// Creates the runtime of an async client, which uses one thread.
pub fn runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?)
}

/// Runs the program of a client.
pub fn run<C: BenchClient>() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let operation = args.next().context("expected an operation")?;
    let count = number(args.next()).context("expected a count")?;
    let more = number(args.next()).unwrap_or(1);
    match operation.as_str() {
        "getfamily" => requests::<C>(false, C::getfamily, count),
        "greet" => requests::<C>(true, C::greet, count),
        "dump" => dumps::<C>(count),
        "events" => events::<C>(more, count),
        "threads" => threads::<C>(more, count),
        "getfamily-concurrently" => concurrent_requests::<C>(false, more, count),
        "greet-concurrently" => concurrent_requests::<C>(true, more, count),
        _ => bail!("unknown operation {operation}"),
    }?
    .print()
}

fn number(text: Option<String>) -> Option<u64> {
    text?.parse().ok()
}

fn cpu_time() -> Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)?.into())
}

/// Returns the peak resident memory in KiB.
fn peak_memory() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    peak.context("expected VmHWM in /proc/self/status")
}

/// Rounds up to a number of complete batches.
fn round_up<C: BenchClient>(count: u64) -> u64 {
    count.next_multiple_of(C::BATCH)
}

fn requests<C: BenchClient>(
    to_greet: bool,
    call: fn(&mut C, u64) -> Result<()>,
    count: u64,
) -> Result<Measured> {
    let opened = Instant::now();
    let mut client = C::open(to_greet)?;
    call(&mut client, round_up::<C>(1))?;
    let first = opened.elapsed();
    let count = round_up::<C>(count);
    Measured::of(first, || call(&mut client, count).map(|()| count))
}

fn concurrent_requests<C: BenchClient>(to_greet: bool, tasks: u64, count: u64) -> Result<Measured> {
    let mut client = C::open(to_greet)?;
    client.concurrently(to_greet, tasks, 1)?;
    let each = count.div_ceil(tasks);
    Measured::of(Duration::ZERO, || {
        client.concurrently(to_greet, tasks, each)?;
        Ok(each * tasks)
    })
}

/// Runs tasks on a runtime until all have ended.
pub fn concurrently<F>(runtime: &Runtime, tasks: u64, task: impl Fn() -> F) -> Result<()>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let tasks: Vec<_> = (0..tasks).map(|_| runtime.spawn(task())).collect();
    runtime.block_on(async {
        for task in tasks {
            task.await??;
        }
        Ok(())
    })
}

fn dumps<C: BenchClient>(times: u64) -> Result<Measured> {
    let mut client = C::open(true)?;
    client.dump()?;
    Measured::of(Duration::ZERO, || (0..times).map(|_| client.dump()).sum())
}

fn events<C: BenchClient>(listeners: u64, count: u64) -> Result<Measured> {
    let mut client = C::open(true)?;
    let mut sockets = (0..listeners)
        .map(|_| C::listen())
        .collect::<Result<Vec<_>>>()?;
    let bursts = count.div_ceil(BURST);
    Measured::of(Duration::ZERO, || {
        for _ in 0..bursts {
            client.greet_unacknowledged(BURST)?;
            for socket in &mut sockets {
                C::receive_events(socket, BURST)?;
            }
        }
        Ok(bursts * BURST * listeners)
    })
}

/// Greets from several threads, each with its own connection.
fn threads<C: BenchClient>(number: u64, count: u64) -> Result<Measured> {
    let ready = Barrier::new(number as usize + 1);
    let count = round_up::<C>(count);
    let work = || -> Result<()> {
        let mut client = C::open(true)?;
        client.greet(round_up::<C>(1))?;
        ready.wait();
        client.greet(count)
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
