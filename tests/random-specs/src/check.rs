// SPDX-License-Identifier: MIT OR Apache-2.0

//! Checks many specs at once.

use crate::compilers::Compiler;
use crate::coverage;
use crate::generate::{For, generate};
use crate::shrink::shrink;
use crate::spec::{Made, Spec};
use anyhow::{Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// A spec that our compiler accepts, and the error of the compiler of its output.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Spec.
    pub spec: Spec,
    /// Output of the other compiler.
    pub log: String,
}

impl Failure {
    /// Returns the sort of failure, without names from the spec.
    pub fn kind(&self) -> String {
        let is_told = |line: &&str| line.contains("error") || line.contains("warning");
        let line = self.log.lines().find(is_told).unwrap_or_default();
        // Without the place before it.
        let line = line.split_once("error").map_or(line, |(_, line)| line);
        let parts = line.split(['`', '\'', '‘', '’']).step_by(2);
        parts.collect::<Vec<_>>().join("_")
    }
}

/// The results of some specs.
#[derive(Debug, Default)]
pub struct Report {
    /// Number of specs.
    pub generated: usize,
    /// Number of accepted specs.
    pub accepted: usize,
    /// Reasons for rejections, with their counts.
    pub rejected: BTreeMap<String, usize>,
    /// Features of the accepted specs.
    pub covered: BTreeSet<&'static str>,
    /// Specs that do not compile.
    pub failures: Vec<Failure>,
}

impl Report {
    /// Adds another report.
    pub fn add(&mut self, other: Self) {
        self.generated += other.generated;
        self.accepted += other.accepted;
        for (reason, count) in other.rejected {
            *self.rejected.entry(reason).or_default() += count;
        }
        self.covered.extend(other.covered);
        self.failures.extend(other.failures);
    }
}

/// Generates specs from consecutive seeds, and compiles their outputs together.
pub fn run(
    compiler: &dyn Compiler,
    side: For,
    seeds: std::ops::Range<u64>,
    directory: &Path,
) -> Result<Report> {
    let mut report = Report::default();
    let mut accepted = Vec::new();
    for seed in seeds {
        report.generated += 1;
        let value = generate(seed, side);
        let spec = Spec { value };
        match spec.make(compiler) {
            Made::Files(files) => {
                report.accepted += 1;
                if let Ok(family) = spec.family() {
                    report.covered.extend(coverage::of(&family));
                }
                accepted.push((spec, files));
            }
            Made::Rejected(reason) => {
                let line = reason.lines().next().unwrap_or_default();
                let line = line.rsplit(": ").next().unwrap_or_default();
                let parts = line.split('`').step_by(2);
                let reason = parts.collect::<Vec<_>>().join("_");
                *report.rejected.entry(reason).or_default() += 1;
            }
            Made::Broken(log) => report.failures.push(Failure { spec, log }),
        }
    }
    report
        .failures
        .extend(compile(compiler, accepted, directory, true)?);
    Ok(report)
}

/// Describes the specs that do not compile: for each sort of failure, the count, one spec that is
/// shrunk within `limit`, and its log. Returns an empty text if all compile.
pub fn explain(
    compiler: &dyn Compiler,
    report: &Report,
    directory: &Path,
    limit: Duration,
) -> Result<String> {
    let mut kinds = BTreeMap::<String, (usize, &Failure)>::new();
    for failure in &report.failures {
        kinds.entry(failure.kind()).or_insert((0, failure)).0 += 1;
    }
    let mut text = String::new();
    for (count, failure) in kinds.into_values() {
        let until = Instant::now() + limit;
        let least = shrink(compiler, failure.clone(), directory, until)?;
        let (spec, log) = (least.spec.text(), least.log);
        text += &format!("\n{count} of {} specs:\n{spec}\n{log}\n", report.accepted);
    }
    Ok(text)
}

/// Compiles the outputs of specs together, and returns those that fail. Rejected specs are skipped.
pub fn check(
    compiler: &dyn Compiler,
    specs: impl IntoIterator<Item = Spec>,
    directory: &Path,
) -> Result<Vec<Failure>> {
    let mut accepted = Vec::new();
    let mut failures = Vec::new();
    for spec in specs {
        match spec.make(compiler) {
            Made::Files(files) => accepted.push((spec, files)),
            Made::Broken(log) => failures.push(Failure { spec, log }),
            Made::Rejected(_) => {}
        }
    }
    failures.extend(compile(compiler, accepted, directory, false)?);
    Ok(failures)
}

/// Compiles files, and again without the failing ones, because a compiler may stop at the first
/// error. `all` repeats this until the rest compiles.
fn compile(
    compiler: &dyn Compiler,
    specs: Vec<(Spec, Vec<(String, String)>)>,
    directory: &Path,
    all: bool,
) -> Result<Vec<Failure>> {
    let mut left: BTreeMap<String, Spec> = BTreeMap::new();
    for (index, (spec, files)) in specs.into_iter().enumerate() {
        let name = format!("s{index}");
        fs::create_dir_all(directory.join(&name))?;
        for (file, text) in files {
            fs::write(directory.join(&name).join(file), text)?;
        }
        left.insert(name, spec);
    }
    let mut failures = Vec::new();
    while !left.is_empty() {
        let names: Vec<_> = left.keys().cloned().collect();
        let log = compiler.compile(directory, &names)?;
        if log.is_empty() {
            break;
        }
        let mut found = BTreeMap::<_, String>::new();
        for part in parts(&log) {
            if let Some(name) = names.iter().find(|name| is_about(part, name)) {
                found.entry(name).or_default().push_str(part);
            }
        }
        match (found.is_empty(), names.as_slice()) {
            (true, [only]) => {
                found.insert(only, log.clone());
            }
            (true, _) => bail!("none of the specs, but all together fail\n{log}"),
            _ => {}
        }
        for (name, log) in found {
            if let Some(spec) = left.remove(name) {
                failures.push(Failure { spec, log });
            }
        }
        if !all {
            break;
        }
    }
    Ok(failures)
}

/// Splits the log of a compiler into messages with their notes.
fn parts(log: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = Vec::new();
    let mut offset = 0;
    for line in log.split_inclusive('\n') {
        let is_rust = line.starts_with("error") || line.starts_with("warning");
        let is_c = line.contains(": error: ") || line.contains(": warning: ");
        if is_rust || is_c {
            starts.push(offset);
        }
        offset += line.len();
    }
    let ends = starts.iter().copied().skip(1).chain([log.len()]);
    starts
        .iter()
        .copied()
        .zip(ends)
        .map(|(start, end)| &log[start..end])
        .collect()
}

/// Returns whether a message is about a file of this spec.
fn is_about(part: &str, name: &str) -> bool {
    let file = format!("{name}/");
    part.match_indices(&file).any(|(start, _)| {
        let before = part[..start].chars().next_back();
        before.is_none_or(|c| matches!(c, '/' | ' ' | '\n'))
    })
}
