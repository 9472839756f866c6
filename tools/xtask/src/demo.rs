// SPDX-License-Identifier: MIT OR Apache-2.0

//! A short session in a booted guest.

use crate::guest::{self, Output};
use crate::machine::Machine;
use crate::paths::Paths;
use crate::progress::Progress;
use crate::setup;
use anyhow::Result;
use std::process::ExitCode;
use std::time::Duration;

const SCRIPT: &str = "demo.sh";

pub(crate) fn run(paths: &Paths, progress: &Progress) -> Result<ExitCode> {
    let ready = setup::all(paths, progress, Machine::Uml)?;
    let script = paths.xtask(SCRIPT).display().to_string();
    let report = progress.step("Booting it, and a session in it", "2 s", || {
        guest::run(
            paths,
            &ready,
            "demo",
            &["sh".to_owned(), script],
            Output::Keep,
            Duration::from_secs(60),
        )
    })?;
    print!("\n{}\n", report.output);
    let status = report.status()?;
    println!("Times:\n{}", progress.summary());
    Ok(ExitCode::from(u8::try_from(status).unwrap_or(1)))
}
