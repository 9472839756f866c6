// SPDX-License-Identifier: MIT OR Apache-2.0

//! Builds and boots kernels, and tests `greet` in them.
//!
//! Most targets of the Makefile run xtask; `docs/explanation/testing.md` describes it.

mod cache;
mod check;
mod cli;
mod deb;
mod demo;
mod differential;
mod docs;
mod guest;
mod machine;
mod matrix;
mod module;
mod paths;
mod progress;
mod setup;
mod stock;
mod test;
mod tool;

use anyhow::Result;
use clap::Parser;
use cli::{Cli, Command};
use paths::Paths;
use progress::Progress;
use std::process::ExitCode;

fn main() -> ExitCode {
    run(Cli::parse().command).unwrap_or_else(|error| {
        eprintln!("xtask: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(command: Command) -> Result<ExitCode> {
    if let Command::Init { dir } = command {
        return guest::init::run(&dir);
    }
    let paths = Paths::find()?;
    let progress = Progress::new();
    match command {
        Command::Demo => demo::run(&paths, &progress),
        Command::Test => test::run(&paths, &progress),
        Command::Check => check::run(&paths, &progress),
        Command::TestStock => stock::run(&paths, &progress),
        Command::TestDifferential => differential::run(&paths, &progress),
        Command::TestDebug => test::run_debug(&paths, &progress),
        Command::Guest { command, place } => guest::command(&paths, &progress, &command, &place),
        Command::Shell { place } => guest::shell(&paths, &progress, &place),
        Command::Docs => docs::run(&paths, &progress),
        Command::Screenshot => demo::screenshot(&paths, &progress),
        Command::Deb => deb::run(&paths, &progress),
        Command::Matrix { cases } => matrix::run(&paths, &progress, &cases),
        Command::FuzzSpecs { seconds, seed } => {
            test::random_specs::fuzz(&paths, &progress, seconds, seed)
        }
        Command::Distclean => cache::remove(&paths),
        Command::Init { .. } => unreachable!("handled above"),
    }
}
