// SPDX-License-Identifier: MIT OR Apache-2.0

//! `greetctl`: use the generic netlink family `greet`.

mod bench;
mod cli;
mod error;
mod family;
mod greet;
mod interrupt;
mod logging;
mod manual;
mod monitor;
mod netns;
mod output;
mod parse;
mod peers;
mod session;
mod settings;
mod stats;
mod time;

use cli::{Cli, Command, SettingsAction};
use error::Error;
use session::Session;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::parse();
    logging::start(cli.verbose);
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error.report(cli.command.typed()),
    }
}

fn run(cli: &Cli) -> Result<(), Error> {
    if let Some(netns) = &cli.options.netns {
        netns::enter(netns)?;
    }
    let session = Session::new(&cli.options);
    match &cli.command {
        Command::Greet(args) => greet::run(args, &session),
        Command::Peers { name: None } => peers::list(&session),
        Command::Peers { name: Some(name) } => peers::show(name, &session),
        Command::Forget { name } => peers::forget(name, &session),
        Command::Stats(args) => stats::run(args, &session),
        Command::Settings { action } => match action {
            None | Some(SettingsAction::Get) => settings::get(&session),
            Some(SettingsAction::Set(args)) => settings::set(args, &session),
        },
        Command::Monitor(args) => monitor::run(args, &session),
        Command::Bench(args) => bench::run(args, &session),
        Command::Family { name } => family::run(name, &session),
        Command::Completions { shell } => Ok(manual::completions(*shell)?),
        Command::Man { dir: None } => manual::show(),
        Command::Man { dir: Some(dir) } => manual::pages(dir),
    }
}
