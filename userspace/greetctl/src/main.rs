// SPDX-License-Identifier: MIT OR Apache-2.0

//! `greetctl`: talk to the generic netlink family `greet`.

mod cli;
mod error;
mod family;
mod greet;
mod logging;
mod output;

use clap::Parser;
use cli::{Cli, Command};
use error::Error;
use output::Output;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    logging::start(cli.verbose);
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error.report(),
    }
}

fn run(cli: &Cli) -> Result<(), Error> {
    let output = Output::new(cli.json);
    match &cli.command {
        Command::Greet(args) => greet::run(args, &output),
        Command::Family => family::run(&output),
    }
}
