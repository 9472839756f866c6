// SPDX-License-Identifier: MIT OR Apache-2.0

//! What is checked without running the family: format, lints, documentation, invariants.

mod dependencies;
mod files;
mod invariants;
mod kernel_side;
mod spec;
mod text;
mod user_side;

use crate::machine::Machine;
use crate::paths::Paths;
use crate::progress::Progress;
use crate::setup::{self, Kernel};
use crate::tool;
use anyhow::Result;
use files::Files;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What the checks work with.
struct Context<'a> {
    paths: &'a Paths,
    kernel: &'a Kernel,
    files: Files,
    cargo_deny: PathBuf,
}

type Check = fn(&Context<'_>) -> Result<()>;

const CHECKS: [(&str, Check); 18] = [
    ("format of the user side", user_side::format),
    ("lints of the user side", user_side::lints),
    ("documentation of the user side", user_side::documentation),
    ("format of the kernel side", kernel_side::format),
    ("the module builds without warnings", kernel_side::warnings),
    ("lints of the kernel side", kernel_side::lints),
    ("style of the kernel side's C", kernel_side::style),
    ("our specs follow the kernel's schema", spec::follow_schema),
    ("what is made from specs follows them", spec::outputs_follow),
    (
        "unsafe code is in genl alone",
        invariants::unsafe_is_in_genl,
    ),
    (
        "genl knows of no greetings",
        invariants::genl_knows_no_greetings,
    ),
    (
        "greet has no netlink mechanics",
        invariants::greet_has_no_mechanics,
    ),
    (
        "no request is logged in the kernel",
        invariants::nothing_is_logged,
    ),
    (
        "dependencies have allowed licences and sources",
        dependencies::are_allowed,
    ),
    ("each source names its licence", text::licences),
    (
        "the crates can be packaged",
        dependencies::crates_can_be_packaged,
    ),
    (
        "the packages have one version",
        dependencies::versions_agree,
    ),
    ("the checkout holds no objects", text::objects),
];

pub(crate) fn run(paths: &Paths, progress: &Progress) -> Result<ExitCode> {
    // First, for it may be built, which waits for who uses a kernel.
    let cargo_deny = setup::cargo_deny(paths, progress)?;
    let locked = setup::kernel(paths, progress, Machine::Uml)?;
    locked.release()?;
    let context = Context {
        paths,
        kernel: &locked.kernel,
        files: Files::of(&paths.checkout)?,
        cargo_deny,
    };
    let mut failed = 0;
    for (name, check) in CHECKS {
        match check(&context) {
            Ok(()) => println!("check {name} ... ok"),
            Err(error) => {
                failed += 1;
                println!("check {name} ... FAILED\n{error:#}");
            }
        }
    }
    println!("{} checks passed, {failed} failed", CHECKS.len() - failed);
    Ok(match failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

impl Context<'_> {
    /// A log of a check, empty.
    fn log(&self, name: &str) -> Result<PathBuf> {
        let log = self.paths.log(&format!("check-{name}"));
        tool::fresh_log(&log)?;
        Ok(log)
    }

    fn checkout(&self) -> &Path {
        &self.paths.checkout
    }
}
