// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compares the families of `tests/families` with their counterparts in C: a program sends the same
//! requests to both kernels, and their answers must be the same.

use crate::guest::{self, Output};
use crate::machine::Machine;
use crate::module;
use crate::paths::Paths;
use crate::setup::{self, LockedKernel, Ready, Variant};
use crate::test::{self, Tally};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::process::ExitCode;
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(300);

/// The number of differences to print.
const SHOWN: usize = 10;

pub(crate) fn run(paths: &Paths) -> Result<ExitCode> {
    // Before the other kernel: a build waits for runs that use one.
    kernel_in_c(paths)?;
    let ready = setup::all(paths, Machine::Uml)?;
    let all = compare(paths, &ready)?;
    Ok(all.finish(""))
}

/// Sets up a kernel with the families in C.
pub(crate) fn kernel_in_c(paths: &Paths) -> Result<LockedKernel> {
    let variant = Variant {
        name: "plain-families-c".to_owned(),
        sources: None,
        compilers: None,
        fragments: &["families-c.config"],
        args: &[],
    };
    setup::variant(paths, Machine::Plain, variant)
}

/// Compares all families.
pub(crate) fn compare(paths: &Paths, ready: &Ready) -> Result<Tally> {
    let in_c = kernel_in_c(paths)?;
    in_c.share_cache()?;
    Ok(test::group("Families in Rust and in C", || {
        let mut tally = Tally::default();
        for family in module::IN_TREE {
            let result = compare_one(paths, ready, &in_c, family);
            tally.count(&format!("differential::{family}"), result);
        }
        Ok(tally)
    }))
}

fn compare_one(paths: &Paths, ready: &Ready, in_c: &LockedKernel, family: &str) -> Result<()> {
    let command = ["differential", family].map(str::to_owned);
    let rust = guest::run(
        paths,
        ready,
        "differential",
        &command,
        Output::Keep,
        DEADLINE,
    )?;
    let c = guest::run_without_modules(
        paths,
        &in_c.kernel,
        &ready.programs,
        "differential-c",
        &command,
        (Output::Keep, DEADLINE),
    )?;
    for (report, language) in [(&rust, "rust"), (&c, "c")] {
        let status = report.status()?;
        ensure!(status == 0, "in {language}: {}", report.output);
        let log = paths.log(&format!("differential-{family}-{language}"));
        fs::write(&log, &report.output).with_context(|| log.display().to_string())?;
    }
    let count = equal(&rust.output, &c.output)?;
    println!("{family}: {count} requests, no difference");
    Ok(())
}

/// Compares the outputs line by line, and returns the number of requests.
fn equal(rust: &str, c: &str) -> Result<usize> {
    let count = |output: &str| output.lines().count();
    ensure!(
        count(rust) == count(c),
        "{} answers from Rust, and {} from C",
        count(rust),
        count(c)
    );
    let pairs = rust.lines().zip(c.lines());
    let different: Vec<_> = pairs.filter(|(rust, c)| rust != c).collect();
    for (rust, c) in different.iter().take(SHOWN) {
        println!("  rust: {rust}\n  c:    {c}");
    }
    ensure!(
        different.is_empty(),
        "{} of {} differ",
        different.len(),
        count(c)
    );
    Ok(count(c))
}
