// SPDX-License-Identifier: MIT OR Apache-2.0

//! `greetctl`: use the generic netlink family `greet`.

mod bench;
mod cli;
mod error;
mod family;
mod greet;
mod interrupt;
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
use genl::Escaped;
use log::LevelFilter;
use session::Session;
use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::parse();
    start_log(cli.verbose);
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

/// Starts the log on standard error: `-v` shows messages decoded, `-vv` their bytes too.
fn start_log(verbose: u8) {
    let level = match verbose {
        0 => LevelFilter::Warn,
        1 => LevelFilter::Debug,
        _ => LevelFilter::Trace,
    };
    env_logger::Builder::new()
        .filter_level(level)
        .format(|out, record| write_record(out, &record.args().to_string()))
        .init();
}

/// Writes a record; a long message has several lines, which cannot control the terminal.
fn write_record(out: &mut impl Write, record: &str) -> io::Result<()> {
    for line in record.lines() {
        writeln!(out, "greetctl: {}", Escaped::new(line))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_a_record_starts_with_the_program_name() {
        let mut out = Vec::new();
        write_record(&mut out, "-> a {\n  b\u{1b}[2J\n}").unwrap();
        let expected = "greetctl: -> a {\ngreetctl:   b\\u{1b}[2J\ngreetctl: }\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
