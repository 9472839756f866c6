// SPDX-License-Identifier: MIT OR Apache-2.0

//! Fuzzes the module with arbitrary datagrams and compares it with a model, which predicts the
//! reply, errno, text and attribute of every message, or that none arrives, and the state of the
//! family.

mod answer;
mod core;
mod endpoint;
mod family;
mod generator;
mod policy;
mod round;
mod tally;
mod wire;

use crate::support::{boot_time, kcov, namespace};
use anyhow::{Context, Result, ensure};
use generator::Generator;
use std::collections::BTreeSet;
use std::env;
use std::thread;
use std::time::{Duration, Instant, SystemTime};
use tally::Tally;

crate::tests![
    a_seed_generates_the_same_datagrams,
    answers_and_state_match_the_model
];

/// Number of messages in a default run.
const MESSAGES: u64 = 100_000;

fn a_seed_generates_the_same_datagrams() -> Result<()> {
    let datagrams = |seed| {
        let mut generator = Generator::new(seed, 20);
        let datagrams: Vec<_> = (0..100).map(|_| generator.datagram()).collect();
        datagrams
    };
    for seed in 0..20 {
        assert_eq!(datagrams(seed), datagrams(seed));
    }
    assert_ne!(datagrams(1), datagrams(2));
    Ok(())
}

fn answers_and_state_match_the_model() -> Result<()> {
    wait_for_eight_byte_times()?;
    let plan = Plan::from_environment()?;
    let start = Instant::now();
    let mut tally = Tally::default();
    let mut reported = start;
    for seed in plan.first_seed.. {
        if plan.is_done(&tally, start) {
            break;
        }
        tally += namespace::in_new(|| round::run(seed))?;
        if plan.seconds.is_some() && reported.elapsed() >= Duration::from_secs(10) {
            reported = Instant::now();
            println!(
                "{:5} s, {} messages",
                start.elapsed().as_secs(),
                tally.messages
            );
        }
    }
    let rate = tally.messages as f64 / start.elapsed().as_secs_f64();
    println!("from seed {}: {tally}", plan.first_seed);
    println!("{rate:.0} messages a second");
    Ok(())
}

/// Returns the kernel addresses that a round executes.
pub(crate) fn coverage_of_round(seed: u64) -> Result<BTreeSet<u64>> {
    let (_, addresses) = namespace::in_new(|| kcov::during(|| round::run(seed)))?;
    Ok(addresses)
}

/// The extent of a run.
struct Plan {
    first_seed: u64,
    messages: u64,
    /// A time limit instead of a number of messages.
    seconds: Option<Duration>,
}

impl Plan {
    /// Reads the environment. A default run always does the same; one with a time limit starts with
    /// a new seed, unless a seed is given.
    fn from_environment() -> Result<Self> {
        let seconds = number("GREET_SUITE_FUZZ_SECONDS")?.map(Duration::from_secs);
        let seed = number("GREET_SUITE_FUZZ_SEED")?;
        Ok(Self {
            first_seed: match (seed, seconds) {
                (Some(seed), _) => seed,
                (None, Some(_)) => SystemTime::UNIX_EPOCH.elapsed()?.as_secs(),
                (None, None) => 1,
            },
            messages: MESSAGES / number("GREET_SUITE_SCALE")?.unwrap_or(1),
            seconds,
        })
    }

    fn is_done(&self, tally: &Tally, start: Instant) -> bool {
        match self.seconds {
            Some(seconds) => tally.messages > 0 && start.elapsed() >= seconds,
            None => tally.messages >= self.messages,
        }
    }
}

fn number(variable: &str) -> Result<Option<u64>> {
    let text = env::var(variable).unwrap_or_default();
    if text.is_empty() {
        return Ok(None);
    }
    let number = text
        .parse()
        .with_context(|| format!("{variable}={text} is not a number"))?;
    ensure!(number > 0 || variable.ends_with("SEED"), "{variable} is 0");
    Ok(Some(number))
}

/// Waits until the time since boot takes eight bytes, so that all times do.
fn wait_for_eight_byte_times() -> Result<()> {
    let four_bytes = Duration::from_nanos(u32::MAX.into());
    thread::sleep(four_bytes.saturating_sub(boot_time()?) + Duration::from_millis(1));
    Ok(())
}
