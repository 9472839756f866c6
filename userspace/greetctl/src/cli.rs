// SPDX-License-Identifier: MIT OR Apache-2.0

//! The command line.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, value_parser};
use clap_complete::Shell;
use genl::Escaped;
use greet::Style;
use greet::protocol::groups;
use std::path::PathBuf;
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  greetctl greet World                    be greeted by the kernel
  greetctl greet World --style formal     more politely
  greetctl greet World --json             for programs
  greetctl peers                          who was greeted
  greetctl monitor --count 3              the next three events
  greetctl settings set --peer-limit 64   remember fewer peers
  greetctl bench --batch 32               how many greetings in a second
  greetctl -v greet World                 see the messages

Exit status:
  0  done
  1  refused or failed
  2  wrong usage
  3  the kernel has no family \"greet\"";

const BENCH_EXAMPLES: &str = "\
Examples:
  greetctl bench                           for two seconds, one at a time
  greetctl bench --batch 32                32 in one send
  greetctl bench --threads 2 --seconds 10  two at once, for longer
  greetctl bench --count 100000 --json     so many, for programs";

const FIELDS: &str = "\
Fields with --json, in which a style is its name, or its number if it has none:
  greet           id, message, portid, style; cookie (hexadecimal), if one was sent
  greet --no-ack  acknowledged
  peers           name, greetings, last_portid, last_style,
                  last_seen (nanoseconds of CLOCK_BOOTTIME)
  stats           greetings, replies, unacked, events, refused, peers, evicted
  settings        default_style, peer_limit
  monitor         event: greeted (and id, name, style, message, portid),
                  settings (and default_style, peer_limit), lagged, gone, back
  family          name, id, version, operations, groups
\"forget\" and \"settings set\" print nothing when they succeed.";

/// Talk to the generic netlink family greet.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES, max_term_width = 80)]
#[command(after_long_help = format!("{EXAMPLES}\n\n{FIELDS}"))]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Print JSON: one object, or one a line for lists and events
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Log each message; twice, its bytes too
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Greet somebody, and print the kernel's reply
    Greet(GreetArgs),
    /// List who was greeted, or tell about one
    Peers {
        /// Whom to tell about; everybody if not given
        name: Option<String>,
    },
    /// Forget somebody who was greeted
    ///
    /// Needs CAP_NET_ADMIN over the network namespace.
    Forget {
        /// Whom
        name: String,
    },
    /// Show the counters of this network namespace
    Stats(StatsArgs),
    /// Show or change the settings of this network namespace
    Settings {
        #[command(subcommand)]
        action: Option<SettingsAction>,
    },
    /// Show events as they come: greetings and changed settings
    Monitor(MonitorArgs),
    /// Measure greetings: how many in a second, and how long each takes
    ///
    /// Somebody named "bench" is greeted again and again, for two seconds unless
    /// told otherwise. Each greeting counts in the statistics, and is announced
    /// to who listens. Ctrl-C ends it early and shows what was measured.
    #[command(after_help = BENCH_EXAMPLES)]
    Bench(BenchArgs),
    /// Show what the kernel knows of the family: id, operations, policies, groups
    Family,
    /// Print a script that completes this command in a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the manual page, or write all pages into a folder
    Man {
        /// Where the pages of all subcommands go
        #[arg(long, value_name = "FOLDER")]
        folder: Option<PathBuf>,
    },
}

#[derive(Args, Debug)]
pub(crate) struct GreetArgs {
    /// Who is greeted: up to 64 bytes of UTF-8 without control characters
    pub(crate) name: String,

    /// How the greeting opens; the default style if not given
    #[arg(long, value_parser = style_parser())]
    pub(crate) style: Option<Style>,

    /// Up to 32 bytes, as hexadecimal digits, that the kernel returns
    #[arg(long, value_name = "HEX", value_parser = parse_hex)]
    pub(crate) cookie: Option<Cookie>,

    /// Do not ask for an acknowledgement: the greeting is counted, and no reply comes back
    #[arg(long)]
    pub(crate) no_ack: bool,
}

#[derive(Args, Debug)]
pub(crate) struct StatsArgs {
    /// Show them again each second, with what was added
    #[arg(long, conflicts_with = "format")]
    pub(crate) watch: bool,

    /// For whom
    #[arg(long, value_enum, default_value_t, conflicts_with = "json")]
    pub(crate) format: StatsFormat,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum StatsFormat {
    /// For people
    #[default]
    Text,
    /// For a textfile collector of Prometheus
    Prometheus,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SettingsAction {
    /// Show the settings
    Get,
    /// Change settings
    ///
    /// Needs CAP_NET_ADMIN over the network namespace.
    Set(SetArgs),
}

#[derive(Args, Debug)]
#[group(required = true, multiple = true)]
pub(crate) struct SetArgs {
    /// Style of a greeting that names none
    #[arg(long, value_parser = style_parser())]
    pub(crate) default_style: Option<Style>,

    /// Most peers that are remembered, from 1 to 65536
    #[arg(long, value_name = "N")]
    pub(crate) peer_limit: Option<u32>,
}

#[derive(Args, Debug)]
pub(crate) struct MonitorArgs {
    /// End after so many events
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u64>,

    /// End when no event came for so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub(crate) timeout: Option<Duration>,

    /// Only the events of this group
    #[arg(long, value_parser = PossibleValuesParser::new([groups::GREETINGS, groups::CONFIG]))]
    pub(crate) group: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct BenchArgs {
    /// How many greetings are sent at once
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u16).range(1..=4096))]
    pub(crate) batch: u16,

    /// How many threads greet, each with a socket of its own
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u16).range(1..=256))]
    pub(crate) threads: u16,

    /// For how long
    #[arg(long, default_value = "2", value_parser = parse_seconds)]
    pub(crate) seconds: Duration,

    /// How many greetings, however long they take
    #[arg(long, value_name = "N", conflicts_with = "seconds", value_parser = value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
}

/// Bytes of a cookie. A type of its own, since clap takes a `Vec` for an argument with many values.
#[derive(Clone, Debug)]
pub(crate) struct Cookie(pub(crate) Vec<u8>);

/// Reads the command line, or says what is wrong with it and exits.
pub(crate) fn parse() -> Cli {
    Cli::try_parse().unwrap_or_else(|error| {
        // clap shows an argument as it is, and it may be another's text. What cannot steer a terminal
        // is just as wrong.
        let args = std::env::args_os().map(|arg| Escaped::new(&arg.to_string_lossy()).to_string());
        Cli::try_parse_from(args).err().unwrap_or(error).exit()
    })
}

fn parse_hex(digits: &str) -> Result<Cookie, hex::FromHexError> {
    hex::decode(digits).map(Cookie)
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    /// A year, which is for ever, and fits what waits take.
    const MAX: f64 = 365.0 * 86_400.0;

    match text.parse() {
        Ok(seconds) if (0.0..=MAX).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("not a number of seconds, up to a year".to_owned()),
    }
}

/// Takes the names that the spec has for styles.
fn style_parser() -> impl TypedValueParser<Value = Style> {
    let names = Style::ALL.into_iter().filter_map(Style::name);
    PossibleValuesParser::new(names).map(|name| {
        Style::ALL
            .into_iter()
            .find(|style| style.name() == Some(&name))
            .unwrap_or(Style::Casual) // which cannot be, for the parser takes only these names
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn takes_every_style() {
        for style in Style::ALL {
            let name = style.name().unwrap();
            let cli = Cli::parse_from(["greetctl", "greet", "x", "--style", name]);
            let Command::Greet(args) = cli.command else {
                panic!("another command");
            };
            assert_eq!(args.style, Some(style));
        }
    }

    #[test]
    fn a_change_of_settings_must_change_something() {
        assert!(Cli::try_parse_from(["greetctl", "settings", "set"]).is_err());
    }
}
