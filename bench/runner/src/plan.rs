// SPDX-License-Identifier: MIT OR Apache-2.0

//! Plans: groups of tasks that run in turn, in several rounds.
//!
//! A plan runs on the host, or is written to a file and runs in the guest.

use serde::{Deserialize, Serialize};

/// Tasks whose results are compared with each other.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Group {
    /// Number of runs of each task.
    pub(crate) rounds: usize,
    /// Command lines that run once before the tasks.
    pub(crate) before: Vec<String>,
    pub(crate) tasks: Vec<Task>,
}

/// One operation of one client.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Task {
    /// Name of the benchmark.
    pub(crate) benchmark: String,
    pub(crate) client: String,
    /// The program and its arguments, of which `COUNT` is replaced by a number.
    pub(crate) command: Vec<String>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) kind: Kind,
    /// Approximate time of one run.
    pub(crate) millis: u64,
}

/// The method of measurement.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) enum Kind {
    /// The program measures itself and prints a [`Sample`] as JSON.
    SelfMeasured,
    /// Complete runs of the program are measured.
    Process,
}

/// Placeholder of the count in a command.
pub(crate) const COUNT: &str = "COUNT";

/// The result of one run.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Sample {
    /// Number of requests, items, events or processes.
    pub(crate) count: u64,
    pub(crate) ns: u64,
    /// CPU time of all threads.
    pub(crate) cpu_ns: u64,
    /// Time from before opening the socket to the first reply.
    pub(crate) first_ns: u64,
    /// Peak resident memory.
    pub(crate) peak_kib: u64,
}

impl Sample {
    /// Returns the microseconds per item.
    pub(crate) fn micros(&self) -> f64 {
        self.ns as f64 / 1000.0 / self.count.max(1) as f64
    }

    /// Returns the items per second.
    pub(crate) fn rate(&self) -> f64 {
        1e6 / self.micros()
    }
}

/// Results of all runs of a task, or the reason of a failure.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Series {
    pub(crate) benchmark: String,
    pub(crate) client: String,
    pub(crate) samples: Vec<Sample>,
    pub(crate) failure: Option<String>,
}
