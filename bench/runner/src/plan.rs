// SPDX-License-Identifier: MIT OR Apache-2.0

//! What is to be measured, in parts: groups of tasks that are run in turn, in several rounds.
//!
//! A plan is run on the host, or written down and run in the guest.

use serde::{Deserialize, Serialize};

/// Tasks whose results are compared with each other.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Group {
    /// How often each task is run.
    pub(crate) rounds: usize,
    /// Command lines that come before, once.
    pub(crate) before: Vec<String>,
    pub(crate) tasks: Vec<Task>,
}

/// One thing that one contender does.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Task {
    /// What is measured.
    pub(crate) measure: String,
    pub(crate) contender: String,
    /// The program and its arguments; `COUNT` among them is replaced by how often.
    pub(crate) command: Vec<String>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) kind: Kind,
    /// About how long one run should take.
    pub(crate) millis: u64,
}

/// How a task is measured.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) enum Kind {
    /// The program measures itself, and prints what it found.
    Contract,
    /// The program is run to its end that often, and is measured as a whole.
    Process,
}

/// The place of the count in a command.
pub(crate) const COUNT: &str = "COUNT";

/// What one run found.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Sample {
    /// How many requests, items, events or processes there were.
    pub(crate) count: u64,
    pub(crate) ns: u64,
    /// Of all threads.
    pub(crate) cpu_ns: u64,
    /// From before the socket was opened to the first reply.
    pub(crate) first_ns: u64,
    /// The most memory that was resident.
    pub(crate) peak_kib: u64,
}

impl Sample {
    /// Microseconds for each.
    pub(crate) fn micros(&self) -> f64 {
        self.ns as f64 / 1000.0 / self.count.max(1) as f64
    }

    /// How many in a second.
    pub(crate) fn rate(&self) -> f64 {
        1e6 / self.micros()
    }
}

/// What all runs of a task found, or why there are none.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Series {
    pub(crate) measure: String,
    pub(crate) contender: String,
    pub(crate) samples: Vec<Sample>,
    pub(crate) failure: Option<String>,
}
