// SPDX-License-Identifier: MIT OR Apache-2.0

//! Results of a run, stored in a file so that they can be reported again.

use crate::counts::Counts;
use crate::families::Costs;
use crate::machine::Machine;
use crate::paths::Paths;
use crate::plan::Series;
use crate::twin::Module;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::fs;

#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Results {
    pub(crate) machine: Machine,
    pub(crate) rounds: usize,
    pub(crate) series: Vec<Series>,
    pub(crate) counts: Vec<Counts>,
    pub(crate) modules: Vec<Module>,
    #[serde(default)]
    pub(crate) families: Vec<Costs>,
    /// Size of greetctl in bytes.
    pub(crate) greetctl: u64,
}

impl Results {
    pub(crate) fn read(paths: &Paths) -> Result<Self> {
        let path = paths.results();
        let text = fs::read(&path).with_context(|| path.display().to_string())?;
        Ok(serde_json::from_slice(&text)?)
    }

    pub(crate) fn write(&self, paths: &Paths) -> Result<()> {
        Ok(fs::write(
            paths.results(),
            serde_json::to_vec_pretty(self)?,
        )?)
    }

    /// Returns the results of a client in a benchmark, if there are any.
    pub(crate) fn series(&self, benchmark: &str, client: &str) -> Option<&Series> {
        self.of_benchmark(benchmark)
            .find(|series| series.client == client)
    }

    /// Returns all series of a benchmark with results.
    pub(crate) fn of_benchmark(&self, benchmark: &str) -> impl Iterator<Item = &Series> {
        self.series
            .iter()
            .filter(move |series| series.benchmark == benchmark && !series.samples.is_empty())
    }

    pub(crate) fn counts(&self, client: &str) -> Option<&Counts> {
        self.counts.iter().find(|counts| counts.client == client)
    }

    pub(crate) fn module(&self, name: &str) -> Option<&Module> {
        self.modules.iter().find(|module| module.name == name)
    }
}
