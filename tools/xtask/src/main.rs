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
use std::process::ExitCode;
use std::time::Duration;

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
    match command {
        Command::Demo => demo::run(&paths),
        Command::Test => test::run(&paths),
        Command::Check => check::run(&paths),
        Command::TestStock => stock::run(&paths),
        Command::TestDifferential => differential::run(&paths),
        Command::TestDebug => test::run_debug(&paths),
        Command::Guest {
            command,
            deadline,
            families_in_c,
            place,
        } => {
            let deadline = Duration::from_secs(deadline);
            match families_in_c {
                true => guest::command_in_c(&paths, &command, deadline),
                false => guest::command(&paths, &command, &place, deadline),
            }
        }
        Command::Shell { place } => guest::shell(&paths, &place),
        Command::Docs => docs::run(&paths),
        Command::Screenshot => demo::screenshot(&paths),
        Command::Deb => deb::run(&paths),
        Command::Matrix { cases } => matrix::run(&paths, &cases),
        Command::FuzzSpecs { seconds, seed } => test::random_specs::fuzz(&paths, seconds, seed),
        Command::Distclean => cache::remove(&paths),
        Command::Init { .. } => unreachable!("handled above"),
    }
}
