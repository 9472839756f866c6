// SPDX-License-Identifier: MIT OR Apache-2.0

//! `greetctl`: talk to the generic netlink family `greet`.

mod bench;
mod cli;
mod error;
mod family;
mod greet;
mod interrupt;
mod logging;
mod manual;
mod monitor;
mod output;
mod peers;
mod settings;
mod stats;

use cli::{Cli, Command, SettingsAction};
use error::Error;
use output::Output;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::parse();
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
        Command::Peers { name: None } => peers::list(&output),
        Command::Peers { name: Some(name) } => peers::show(name, &output),
        Command::Forget { name } => peers::forget(name),
        Command::Stats(args) => stats::run(args, &output),
        Command::Settings { action } => match action {
            None | Some(SettingsAction::Get) => settings::get(&output),
            Some(SettingsAction::Set(args)) => settings::set(args),
        },
        Command::Monitor(args) => monitor::run(args, &output),
        Command::Bench(args) => bench::run(args, &output),
        Command::Family => family::run(&output),
        Command::Completions { shell } => Ok(manual::completions(*shell)?),
        Command::Man { folder: None } => Ok(manual::page()?),
        Command::Man {
            folder: Some(folder),
        } => Ok(manual::pages(folder)?),
    }
}
