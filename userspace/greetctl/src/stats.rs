// SPDX-License-Identifier: MIT OR Apache-2.0

//! `greetctl stats`.

use crate::cli::{StatsArgs, StatsFormat};
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::session::Session;
use crate::time::Timestamp;
use console::Term;
use greet::Stats;
use serde::Serialize;
use std::fmt::{self, Write};
use std::time::Duration;

pub(crate) fn run(args: &StatsArgs, session: &Session) -> Result<(), Error> {
    if let Some(interval) = args.watch {
        return watch(interval, session);
    }
    let stats = StatsView::from(session.client()?.stats()?);
    match args.format {
        StatsFormat::Text => session.output.print(&stats)?,
        StatsFormat::Prometheus => session.output.print_text(&prometheus(&stats))?,
    }
    Ok(())
}

/// Prints the counters until the user requests the end: on a terminal in one place, elsewhere one
/// after another.
fn watch(interval: Duration, session: &Session) -> Result<(), Error> {
    let interrupt = Interrupt::listen().map_err(Error::Wait)?;
    let terminal = Term::stdout();
    let redraws = !session.output.is_json() && terminal.size_checked().is_some();
    let mut client = session.client()?;
    let mut watched = Watched::new(client.stats()?.into(), None);
    loop {
        session.output.print(&watched)?;
        if interrupt.within(interval).map_err(Error::Wait)? {
            return Ok(());
        }
        watched = Watched::new(client.stats()?.into(), Some(watched.stats));
        if redraws {
            terminal.clear_last_lines(Watched::LINES)?;
        }
    }
}

/// One counter: its name, its description, and whether it can only grow.
struct Counter {
    name: &'static str,
    help: &'static str,
    grows: bool,
    value: fn(&StatsView) -> u64,
}

const COUNTERS: [Counter; 7] = [
    Counter {
        name: "greetings",
        help: "Greetings processed.",
        grows: true,
        value: |stats| stats.greetings,
    },
    Counter {
        name: "replies",
        help: "Replies queued to the socket of the sender.",
        grows: true,
        value: |stats| stats.replies,
    },
    Counter {
        name: "unacked",
        help: "Greetings without NLM_F_ACK, which get no reply.",
        grows: true,
        value: |stats| stats.unacked,
    },
    Counter {
        name: "events",
        help: "Greetings announced to at least one listener.",
        grows: true,
        value: |stats| stats.events,
    },
    Counter {
        name: "refused",
        help: "Requests that passed the policy and were rejected by the module.",
        grows: true,
        value: |stats| stats.refused,
    },
    Counter {
        name: "peers",
        help: "Current number of peers.",
        grows: false,
        value: |stats| stats.peers,
    },
    Counter {
        name: "evicted",
        help: "Peers evicted because the limit was reached.",
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
        }
    }
}

impl fmt::Display for StatsView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, counter) in COUNTERS.iter().enumerate() {
            let separator = if at == 0 { "" } else { "\n" };
            write!(
                f,
                "{separator}{:9}  {:>12}",
                counter.name,
                (counter.value)(self)
            )?;
        }
        Ok(())
    }
}

/// The counters at one time.
#[derive(Serialize)]
struct Watched {
    timestamp: Timestamp,
    #[serde(flatten)]
    stats: StatsView,
    /// The previously printed counters.
    #[serde(skip)]
    before: Option<StatsView>,
}

impl Watched {
    /// Number of lines on a terminal: the time, the counters and an empty line.
    const LINES: usize = COUNTERS.len() + 2;

    fn new(stats: StatsView, before: Option<StatsView>) -> Self {
        Self {
            timestamp: Timestamp::now(),
            stats,
            before,
        }
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.timestamp)?;
        for counter in &COUNTERS {
            let value = (counter.value)(&self.stats);
            write!(f, "{:9}  {value:>12}", counter.name)?;
            if let Some(before) = &self.before {
                let growth = i128::from(value) - i128::from((counter.value)(before));
                write!(f, "  {growth:+}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// Formats the counters in the text format of Prometheus.
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
    fn watched_counters_have_a_timestamp_and_their_growth() {
        let before = StatsView {
            greetings: 1,
            peers: 3,
            ..STATS
        };
        let watched = Watched::new(STATS, Some(before));
        let shown = watched.to_string();
        let lines: Vec<&str> = shown.lines().collect();
        // Printing adds another line break.
        assert_eq!(lines.len() + 1, Watched::LINES);
        assert_eq!(lines[0], watched.timestamp.to_string());
        assert_eq!(lines[1], "greetings             3  +2");
        assert_eq!(lines[6], "peers                 2  -1");
        let json = serde_json::to_value(&watched).unwrap();
        assert!(json["timestamp"].as_str().unwrap().ends_with('Z'), "{json}");
        assert_eq!(json["greetings"], 3);
    }

    const STATS: StatsView = StatsView {
        greetings: 3,
        replies: 2,
        unacked: 1,
        events: 0,
        refused: 0,
        peers: 2,
        evicted: 0,
    };

    #[test]
    fn prometheus_output_has_help_type_and_value() {
        let text = prometheus(&STATS);
        assert!(text.starts_with(
            "# HELP greet_greetings_total Greetings processed.\n\
             # TYPE greet_greetings_total counter\n\
             greet_greetings_total 3\n"
        ));
        assert!(text.contains("# TYPE greet_peers gauge\ngreet_peers 2\n"));
    }
}
