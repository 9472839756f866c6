// SPDX-License-Identifier: MIT OR Apache-2.0

//! All that a run found; kept as a file, so that it can be told again.

use crate::counts::Counts;
use crate::machine::Machine;
use crate::places::Places;
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
    /// Bytes of the tool.
    pub(crate) greetctl: u64,
}

impl Results {
    pub(crate) fn read(places: &Places) -> Result<Self> {
        let path = places.results();
        let text = fs::read(&path).with_context(|| path.display().to_string())?;
        Ok(serde_json::from_slice(&text)?)
    }

    pub(crate) fn write(&self, places: &Places) -> Result<()> {
        Ok(fs::write(
            places.results(),
            serde_json::to_vec_pretty(self)?,
        )?)
    }

    /// What a contender did of a measure, if it did it.
    pub(crate) fn series(&self, measure: &str, contender: &str) -> Option<&Series> {
        self.of_measure(measure)
            .find(|series| series.contender == contender)
    }

    /// All of a measure that have results.
    pub(crate) fn of_measure(&self, measure: &str) -> impl Iterator<Item = &Series> {
        self.series
            .iter()
            .filter(move |series| series.measure == measure && !series.samples.is_empty())
    }

    pub(crate) fn counts(&self, contender: &str) -> Option<&Counts> {
        self.counts
            .iter()
            .find(|counts| counts.contender == contender)
    }

    pub(crate) fn module(&self, name: &str) -> Option<&Module> {
        self.modules.iter().find(|module| module.name == name)
    }
}
