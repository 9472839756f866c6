// SPDX-License-Identifier: MIT OR Apache-2.0

//! Results of a run, stored in a file so that they can be reported again, and their statistics.

use crate::counts::Counts;
use crate::families::Costs;
use crate::machine::Machine;
use crate::paths::Paths;
use crate::plan::{Sample, Series};
use crate::twin::{Module, Operation};
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
    pub(crate) operations: Vec<Operation>,
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

/// The spread of results.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// Computes the spread, or returns `None` without values.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let median = match values.len() % 2 {
            0 => (values.get(middle.checked_sub(1)?)? + values.get(middle)?) / 2.0,
            _ => *values.get(middle)?,
        };
        Some(Self {
            min: *values.first()?,
            median,
            max: *values.last()?,
        })
    }

    /// Computes the spread of a value of each sample.
    pub(crate) fn of_series(series: &Series, value: impl Fn(&Sample) -> f64) -> Option<Self> {
        Self::of(series.samples.iter().map(value))
    }
}

/// Returns the median ratio of the times of two series in the same rounds.
pub(crate) fn ratio(of: &Series, to: &Series) -> Option<f64> {
    ratios(of, to).map(|spread| spread.median)
}

/// Returns the spread of the ratios of the times of two series.
pub(crate) fn ratios(of: &Series, to: &Series) -> Option<Spread> {
    let rounds = of.samples.iter().zip(&to.samples);
    Spread::of(rounds.map(|(of, to)| of.micros() / to.micros()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_has_min_median_and_max() {
        let spread = Spread::of([3.0, 1.0, 2.0]).expect("values");
        assert_eq!((spread.min, spread.median, spread.max), (1.0, 2.0, 3.0));
        let spread = Spread::of([4.0, 1.0, 2.0, 3.0]).expect("values");
        assert_eq!(spread.median, 2.5);
        assert_eq!(Spread::of([]), None);
    }
}
