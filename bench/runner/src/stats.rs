// SPDX-License-Identifier: MIT OR Apache-2.0

//! Medians and what lies around them.

use crate::plan::{Sample, Series};

/// What the rounds found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// `None` of nothing.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let median = match values.len() % 2 {
            0 => (values.get(middle.checked_sub(1)?)? + values.get(middle)?) / 2.0,
            _ => *values.get(middle)?,
        };
        Some(Self {
            least: *values.first()?,
            median,
            most: *values.last()?,
        })
    }

    /// Of one value of each sample.
    pub(crate) fn of_series(series: &Series, value: impl Fn(&Sample) -> f64) -> Option<Self> {
        Self::of(series.samples.iter().map(value))
    }
}

/// How the time of one compares with that of another in the same round, in the median.
pub(crate) fn ratio(of: &Series, to: &Series) -> Option<f64> {
    ratios(of, to).map(|spread| spread.median)
}

/// The same of all rounds.
pub(crate) fn ratios(of: &Series, to: &Series) -> Option<Spread> {
    let rounds = of.samples.iter().zip(&to.samples);
    Spread::of(rounds.map(|(of, to)| of.micros() / to.micros()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_in_the_middle() {
        let spread = Spread::of([3.0, 1.0, 2.0]).expect("values");
        assert_eq!((spread.least, spread.median, spread.most), (1.0, 2.0, 3.0));
        let spread = Spread::of([4.0, 1.0, 2.0, 3.0]).expect("values");
        assert_eq!(spread.median, 2.5);
        assert_eq!(Spread::of([]), None);
    }
}
