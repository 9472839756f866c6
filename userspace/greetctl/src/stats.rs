// SPDX-License-Identifier: MIT OR Apache-2.0

//! `greetctl stats`.

use crate::cli::{StatsArgs, StatsFormat};
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::output::Output;
use greet::{Client, Stats};
use serde::Serialize;
use std::fmt::{self, Write};
use std::time::Duration;

const WATCH_INTERVAL: Duration = Duration::from_secs(1);

pub(crate) fn run(args: &StatsArgs, output: &Output) -> Result<(), Error> {
    let mut client = Client::open()?;
    if args.watch {
        return watch(&mut client, output);
    }
    let stats = StatsView::from(client.stats()?);
    match args.format {
        StatsFormat::Text => output.print(&stats)?,
        StatsFormat::Prometheus => output.print_text(&prometheus(&stats))?,
    }
    Ok(())
}

/// Shows the counters until the user ends it.
fn watch(client: &mut Client, output: &Output) -> Result<(), Error> {
    let interrupt = Interrupt::listen().map_err(Error::Wait)?;
    let mut stats = StatsView::from(client.stats()?);
    loop {
        output.print(&stats)?;
        if interrupt.within(WATCH_INTERVAL).map_err(Error::Wait)? {
            return Ok(());
        }
        let before = stats;
        stats = StatsView::from(client.stats()?);
        stats.added = before.added_until(&stats);
    }
}

/// One counter: its name, what it counts, and whether it can only grow.
struct Counter {
    name: &'static str,
    help: &'static str,
    grows: bool,
    value: fn(&StatsView) -> u64,
}

const COUNTERS: [Counter; 7] = [
    Counter {
        name: "greetings",
        help: "Greetings carried out.",
        grows: true,
        value: |stats| stats.greetings,
    },
    Counter {
        name: "replies",
        help: "Replies that their receiver had room for.",
        grows: true,
        value: |stats| stats.replies,
    },
    Counter {
        name: "unacked",
        help: "Greetings that asked for no acknowledgement.",
        grows: true,
        value: |stats| stats.unacked,
    },
    Counter {
        name: "events",
        help: "Greetings that were announced to listeners.",
        grows: true,
        value: |stats| stats.events,
    },
    Counter {
        name: "refused",
        help: "Requests that the family refused.",
        grows: true,
        value: |stats| stats.refused,
    },
    Counter {
        name: "peers",
        help: "Peers remembered now.",
        grows: false,
        value: |stats| stats.peers,
    },
    Counter {
        name: "evicted",
        help: "Peers forgotten to make room for others.",
        grows: true,
        value: |stats| stats.evicted,
    },
];

#[derive(Clone, Copy, Serialize)]
struct StatsView {
    greetings: u64,
    replies: u64,
    unacked: u64,
    events: u64,
    refused: u64,
    peers: u64,
    evicted: u64,
    /// By how much each counter has grown, when watching.
    #[serde(skip)]
    added: Option<[i128; COUNTERS.len()]>,
}

impl StatsView {
    fn added_until(&self, later: &Self) -> Option<[i128; COUNTERS.len()]> {
        Some(
            COUNTERS.each_ref().map(|counter| {
                i128::from((counter.value)(later)) - i128::from((counter.value)(self))
            }),
        )
    }
}

impl From<Stats> for StatsView {
    fn from(stats: Stats) -> Self {
        Self {
            greetings: stats.greetings,
            replies: stats.replies,
            unacked: stats.unacked,
            events: stats.events,
            refused: stats.refused,
            peers: stats.peers,
            evicted: stats.evicted,
            added: None,
        }
    }
}

impl fmt::Display for StatsView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, counter) in COUNTERS.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            write!(f, "{:9}  {:>12}", counter.name, (counter.value)(self))?;
            if let Some(added) = self.added {
                write!(f, "  {:+}", added[at])?;
            }
        }
        if self.added.is_some() {
            writeln!(f)?;
        }
        Ok(())
    }
}

/// The counters in the text format that a textfile collector reads.
fn prometheus(stats: &StatsView) -> String {
    let mut text = String::new();
    for counter in &COUNTERS {
        let (suffix, kind) = match counter.grows {
            true => ("_total", "counter"),
            false => ("", "gauge"),
        };
        let name = format!("greet_{}{suffix}", counter.name);
        // Writing to a string does not fail.
        let _ = writeln!(text, "# HELP {name} {}", counter.help);
        let _ = writeln!(text, "# TYPE {name} {kind}");
        let _ = writeln!(text, "{name} {}", (counter.value)(stats));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prometheus_reads_it() {
        let stats = StatsView {
            greetings: 3,
            replies: 2,
            unacked: 1,
            events: 0,
            refused: 0,
            peers: 2,
            evicted: 0,
            added: None,
        };
        let text = prometheus(&stats);
        assert!(text.starts_with(
            "# HELP greet_greetings_total Greetings carried out.\n\
             # TYPE greet_greetings_total counter\n\
             greet_greetings_total 3\n"
        ));
        assert!(text.contains("# TYPE greet_peers gauge\ngreet_peers 2\n"));
    }
}
