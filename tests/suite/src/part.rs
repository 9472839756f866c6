// SPDX-License-Identifier: MIT OR Apache-2.0

//! A part of the suite, for where several guests share it.

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use std::env;

/// Names the part, such as `1/2`.
const VARIABLE: &str = "GREET_SUITE_PART";

pub(crate) struct Part {
    index: usize,
    parts: usize,
}

/// The part that is asked for; if none is, the whole.
pub(crate) fn wanted() -> Result<Part> {
    let text = env::var(VARIABLE).unwrap_or_else(|_| "1/1".to_owned());
    parse(&text).with_context(|| format!("{VARIABLE} is {text:?}, not such as 1/2"))
}

fn parse(text: &str) -> Result<Part> {
    let (part, parts) = text.split_once('/').context("no /")?;
    let (part, parts): (usize, usize) = (part.parse()?, parts.parse()?);
    ensure!((1..=parts).contains(&part), "no such part");
    Ok(Part {
        index: part - 1,
        parts,
    })
}

impl Part {
    /// Those topics that are in this part, which are as many in each.
    pub(crate) fn of<const N: usize>(&self, topics: [Vec<Trial>; N]) -> Vec<Vec<Trial>> {
        topics
            .into_iter()
            .skip(self.index)
            .step_by(self.parts)
            .collect()
    }
}
