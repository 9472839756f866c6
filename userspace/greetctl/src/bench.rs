// SPDX-License-Identifier: MIT OR Apache-2.0

//! `greetctl bench`.

use crate::cli::BenchArgs;
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::session::Session;
use console::Term;
use greet::{Client, GreetRequest};
use hdrhistogram::Histogram;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};
use std::{io, panic};

/// The name of the peer.
const NAME: &str = "bench";

/// Significant digits of a latency.
const DIGITS: u8 = 3;

/// The interval at which the end of the run is checked.
const TICK: Duration = Duration::from_millis(50);

/// Redraws of the bar per second.
const REDRAWS: u8 = 4;

pub(crate) fn run(args: &BenchArgs, session: &Session) -> Result<(), Error> {
    let interrupt = Interrupt::listen().map_err(Error::Wait)?;
    let clients = (0..args.threads).map(|_| ready_client(session));
    let clients: Vec<Client> = clients.collect::<Result<_, _>>()?;
    let bench = Bench::new(args);
    let bar = bench.progress_bar();
    let measured = thread::scope(|scope| {
        let threads: Vec<_> = clients
            .into_iter()
            .map(|client| scope.spawn(|| bench.greet(client)))
            .collect();
        let waited = bench.wait(&threads, &interrupt, &bar);
        bench.is_over.store(true, Relaxed);
        bar.finish_and_clear();
        let measured = join(threads)?;
        waited.map_err(Error::Wait).map(|()| measured)
    })?;
    session.output.print(&Report::new(args, &measured))?;
    Ok(())
}

/// Opens a client and resolves the family, which is not measured.
fn ready_client(session: &Session) -> Result<Client, Error> {
    let mut client = session.client()?;
    client.stats()?;
    Ok(client)
}

/// The measurements of a thread, or of all.
struct Measured {
    elapsed: Duration,
    /// Nanoseconds of each send with its answers.
    latency: Histogram<u64>,
    greetings: u64,
}

impl Measured {
    fn new() -> Result<Self, Error> {
        Ok(Self {
            elapsed: Duration::ZERO,
            latency: Histogram::new(DIGITS).map_err(unmeasured)?,
            greetings: 0,
        })
    }

    /// Records a send of this many greetings.
    fn record(&mut self, greetings: usize, time: Duration) -> Result<(), Error> {
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.greetings += greetings as u64;
        self.latency.record(nanoseconds).map_err(unmeasured)
    }
}

/// The state that the threads share.
struct Bench {
    start: Instant,
    batch: u16,
    /// The duration, unless the number of greetings is given.
    time: Duration,
    count: Option<u64>,
    /// The number of started greetings.
    begun: AtomicU64,
    is_over: AtomicBool,
}

impl Bench {
    fn new(args: &BenchArgs) -> Self {
        Self {
            start: Instant::now(),
            batch: args.batch,
            time: args.duration,
            count: args.count,
            begun: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
        }
    }

    /// Returns the number of greetings to send next; 0 if the run is over.
    fn next(&self) -> usize {
        if self.is_over.load(Relaxed) {
            return 0;
        }
        let batch = usize::from(self.batch);
        let begun = self.begun.fetch_add(self.batch.into(), Relaxed);
        match self.count {
            Some(count) => {
                usize::try_from(count.saturating_sub(begun)).map_or(batch, |left| left.min(batch))
            }
            None => batch,
        }
    }

    /// Greets until the run is over. A failure ends the run of all threads.
    fn greet(&self, mut client: Client) -> Result<Measured, Error> {
        let result = self.greet_with(&mut client);
        if result.is_err() {
            self.is_over.store(true, Relaxed);
        }
        result
    }

    fn greet_with(&self, client: &mut Client) -> Result<Measured, Error> {
        let request = GreetRequest::new().name(NAME);
        let requests = vec![request; self.batch.into()];
        let mut measured = Measured::new()?;
        let mut before = Instant::now();
        loop {
            let count = self.next();
            match count {
                0 => break,
                1 => drop(client.greet(&request)?),
                _ => {
                    for greeting in client.greet_all(&requests[..count])? {
                        greeting?;
                    }
                }
            }
            let now = Instant::now();
            measured.record(count, now - before)?;
            before = now;
        }
        measured.elapsed = self.start.elapsed();
        Ok(measured)
    }

    /// Waits until the run is over, or the user ends it.
    fn wait<T>(
        &self,
        threads: &[ScopedJoinHandle<'_, T>],
        interrupt: &Interrupt,
        bar: &ProgressBar,
    ) -> io::Result<()> {
        while !threads.iter().all(ScopedJoinHandle::is_finished) {
            let left = match self.count {
                Some(_) => TICK,
                None => self.time.saturating_sub(self.start.elapsed()).min(TICK),
            };
            if left.is_zero() || interrupt.within(left)? {
                return Ok(());
            }
            self.show(bar);
        }
        Ok(())
    }
}

impl Bench {
    /// Creates a progress bar on standard error, if it is a terminal that can redraw a line.
    fn progress_bar(&self) -> ProgressBar {
        let (len, template) = match self.count {
            Some(count) => (count, "{wide_bar} {pos} of {len}"),
            None => (milliseconds(self.time), "{wide_bar} {elapsed}  {msg}"),
        };
        let bar = ProgressBar::with_draw_target(Some(len), draw_target());
        match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }
    }

    fn show(&self, bar: &ProgressBar) {
        let begun = self.begun.load(Relaxed);
        match self.count {
            Some(count) => bar.set_position(begun.min(count)),
            None => {
                bar.set_position(milliseconds(self.start.elapsed()));
                bar.set_message(format!("{begun} greetings"));
            }
        }
    }
}

fn draw_target() -> ProgressDrawTarget {
    let terminal = Term::stderr();
    let term = std::env::var("TERM").unwrap_or_default();
    match can_redraw(terminal.is_term(), terminal.size_checked(), &term) {
        true => ProgressDrawTarget::stderr_with_hz(REDRAWS),
        false => ProgressDrawTarget::hidden(),
    }
}

/// Returns whether a bar can be drawn: a serial console has no size and shows each redraw as a
/// line.
fn can_redraw(is_terminal: bool, size: Option<(u16, u16)>, term: &str) -> bool {
    is_terminal && size.is_some() && !matches!(term, "" | "dumb")
}

/// Waits for the threads and merges their measurements.
fn join(threads: Vec<ScopedJoinHandle<'_, Result<Measured, Error>>>) -> Result<Measured, Error> {
    let mut all = Measured::new()?;
    for thread in threads {
        let one = thread
            .join()
            .unwrap_or_else(|panic| panic::resume_unwind(panic))?;
        all.elapsed = all.elapsed.max(one.elapsed);
        all.greetings += one.greetings;
        all.latency.add(one.latency).map_err(unmeasured)?;
    }
    Ok(all)
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Wraps an error of a histogram, for `map_err`.
fn unmeasured(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Measure(Box::new(error))
}

/// The result, as text or JSON.
#[derive(Serialize)]
struct Report {
    greetings: u64,
    seconds: f64,
    per_second: f64,
    batch: u16,
    threads: u16,
    latency_ns: Latency,
}

/// Latency of a send with its answers, in nanoseconds.
#[derive(Serialize)]
struct Latency {
    min: u64,
    mean: f64,
    p50: u64,
    p90: u64,
    p99: u64,
    p99_9: u64,
    max: u64,
}

impl Report {
    fn new(args: &BenchArgs, measured: &Measured) -> Self {
        let seconds = measured.elapsed.as_secs_f64();
        let latency = &measured.latency;
        Self {
            greetings: measured.greetings,
            seconds,
            per_second: match seconds > 0.0 {
                true => measured.greetings as f64 / seconds,
                false => 0.0,
            },
            batch: args.batch,
            threads: args.threads,
            latency_ns: Latency {
                min: latency.min(),
                mean: latency.mean(),
                p50: latency.value_at_quantile(0.5),
                p90: latency.value_at_quantile(0.9),
                p99: latency.value_at_quantile(0.99),
                p99_9: latency.value_at_quantile(0.999),
                max: latency.max(),
            },
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let threads = match self.threads {
            1 => "one thread".to_owned(),
            threads => format!("{threads} threads"),
        };
        writeln!(
            f,
            "{} greetings in {:.2} s by {threads}: {:.0} a second",
            self.greetings, self.seconds, self.per_second
        )?;
        match self.batch {
            1 => write!(f, "\nlatency of a greeting")?,
            batch => write!(f, "\nlatency of {batch} greetings in one batch")?,
        }
        let Latency {
            min,
            mean,
            p50,
            p90,
            p99,
            p99_9,
            max,
        } = self.latency_ns;
        for (name, nanoseconds) in [
            ("min", min as f64),
            ("mean", mean),
            ("p50", p50 as f64),
            ("p90", p90 as f64),
            ("p99", p99 as f64),
            ("p99.9", p99_9 as f64),
            ("max", max as f64),
        ] {
            write!(f, "\n  {name:5}  {:>10.1} µs", nanoseconds / 1000.0)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_bar_needs_a_terminal_with_a_size() {
        assert!(can_redraw(true, Some((24, 80)), "xterm"));
        for (is_terminal, size, term) in [
            (false, Some((24, 80)), "xterm"),
            (true, None, "vt220"),
            (true, Some((24, 80)), "dumb"),
            (true, Some((24, 80)), ""),
        ] {
            assert!(!can_redraw(is_terminal, size, term), "{term}");
        }
    }

    #[test]
    fn json_fields_are_identifiers() {
        let report = Report {
            greetings: 1,
            seconds: 1.0,
            per_second: 1.0,
            batch: 1,
            threads: 1,
            latency_ns: Latency {
                min: 1,
                mean: 1.0,
                p50: 1,
                p90: 1,
                p99: 1,
                p99_9: 1,
                max: 1,
            },
        };
        let json = serde_json::to_value(&report).unwrap();
        let latency = json["latency_ns"].as_object().unwrap();
        for key in json.as_object().unwrap().keys().chain(latency.keys()) {
            let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(key.chars().all(is_plain), "{key}");
        }
        assert!(latency.contains_key("p99_9"));
    }

    fn bench(batch: u16, count: Option<u64>) -> Bench {
        Bench {
            start: Instant::now(),
            batch,
            time: Duration::from_secs(60),
            count,
            begun: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
        }
    }

    #[test]
    fn count_limits_the_greetings() {
        let counted = bench(32, Some(70));
        let sent: Vec<_> = (0..5).map(|_| counted.next()).collect();
        assert_eq!(sent, [32, 32, 6, 0, 0]);
        let endless = bench(32, None);
        assert_eq!((endless.next(), endless.next()), (32, 32));
        assert_eq!(endless.begun.load(Relaxed), 64);
        endless.is_over.store(true, Relaxed);
        assert_eq!(endless.next(), 0);
    }

    #[test]
    fn measurements_of_threads_are_merged() {
        let measured = |greetings, seconds| {
            let mut one = Measured::new().unwrap();
            one.record(greetings, Duration::from_micros(100)).unwrap();
            one.record(greetings, Duration::from_micros(300)).unwrap();
            one.elapsed = Duration::from_secs(seconds);
            Ok::<_, Error>(one)
        };
        let all = thread::scope(|scope| {
            join(vec![
                scope.spawn(|| measured(2, 4)),
                scope.spawn(|| measured(3, 2)),
            ])
        })
        .unwrap();
        // The longest thread counts.
        assert_eq!((all.greetings, all.elapsed), (10, Duration::from_secs(4)));
        assert_eq!(all.latency.len(), 4);
        assert!((99_900..=100_100).contains(&all.latency.min()));
        assert!((299_700..=300_300).contains(&all.latency.max()));
    }
}
