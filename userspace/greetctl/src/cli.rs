// SPDX-License-Identifier: MIT OR Apache-2.0

//! The command line.

use crate::parse::{cookie, duration, peer_limit, whole};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{ArgAction, ArgMatches, Args, ColorChoice, FromArgMatches, Parser, Subcommand};
use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;
use genl::Escaped;
use greet::Style;
use greet::protocol::{FAMILY, groups};
use std::ffi::OsString;
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

/// The maximum width of lines in the help.
const MAX_WIDTH: usize = 80;

/// The heading of options that several subcommands have.
const COMMON: &str = "Common options";

/// The subcommands that do not talk to the kernel, and so have none of [`Options`].
const WITHOUT_KERNEL: [&str; 2] = ["completions", "man"];

/// A command line, and its purpose in a few words: both fit a terminal of 60 columns.
type Example = (&'static str, &'static str);

/// Examples of a subcommand, or of the whole program by its name.
pub(crate) fn examples(subcommand: &str) -> &'static [Example] {
    match subcommand {
        "greetctl" => &[
            ("greetctl greet World", "print a greeting"),
            ("greetctl greet World --style formal", "choose a style"),
            ("greetctl peers", "list peers"),
            ("greetctl monitor -t --count 3", "show three events"),
            ("greetctl settings set --peer-limit 64", "keep 64 peers"),
            ("greetctl bench --batch 32", "measure batches"),
            ("greetctl --netns blue stats", "ask another netns"),
            ("greetctl -v greet World", "log messages"),
        ],
        "greet" => &[
            ("greetctl greet World", "print a greeting"),
            ("greetctl greet World --cookie c0ffee", "send a cookie"),
            ("greetctl greet World --json | jq .id", "print its number"),
        ],
        "peers" => &[
            ("greetctl peers", "list all peers"),
            ("greetctl peers World", "show one peer"),
            ("greetctl peers --json | jq -r .name", "list the names"),
        ],
        "stats" => &[
            ("greetctl stats", "show the counters"),
            ("greetctl stats --watch 500ms", "twice a second"),
            ("greetctl stats --format prometheus", "for a collector"),
        ],
        "settings" => &[
            ("greetctl settings", "show the settings"),
            ("greetctl settings set --peer-limit 64", "keep 64 peers"),
        ],
        "monitor" => &[
            ("greetctl monitor -t", "with timestamps"),
            ("greetctl monitor --timeout 30s", "end when idle"),
            ("greetctl monitor --group greetings", "greetings only"),
        ],
        "bench" => &[
            ("greetctl bench", "one at a time"),
            ("greetctl bench --batch 32", "32 in a batch"),
            ("greetctl bench --threads 2", "two senders"),
            ("greetctl bench --count 100000 --json", "for programs"),
        ],
        "family" => &[
            ("greetctl family", "the family greet"),
            ("greetctl family nlctrl", "another family"),
        ],
        "completions" => &[("source <(greetctl completions bash)", "for this shell")],
        "man" => &[
            ("greetctl man", "read the page"),
            ("greetctl man --dir man1", "write all pages"),
        ],
        _ => &[],
    }
}

/// The exit statuses.
pub(crate) const EXIT_STATUS: [(&str, &str); 4] = [
    ("0", "success"),
    ("1", "rejected by the kernel, or failed"),
    ("2", "usage error"),
    ("3", "the kernel does not have the family"),
];

/// The fields of JSON by the command that prints them.
pub(crate) const FIELDS: [(&str, &str); 10] = [
    (
        "greet",
        "id, message, portid, style; cookie (hexadecimal) if the request has one",
    ),
    ("greet --no-ack", "acknowledged"),
    (
        "peers",
        "name, greetings, last_portid, last_style, last_seen (nanoseconds of CLOCK_BOOTTIME)",
    ),
    (
        "stats",
        "greetings, replies, unacked, events, refused, peers, evicted",
    ),
    ("stats --watch", "timestamp (RFC 3339), and those of stats"),
    ("settings", "default_style, peer_limit"),
    (
        "monitor",
        "event: greeted (and id, name, style, message, portid), settings (and default_style, \
         peer_limit), lagged, gone or back; with --timestamps also timestamp",
    ),
    ("family", "name, id, version, operations, groups"),
    (
        "bench",
        "greetings, seconds, per_second, batch, threads, latency_ns",
    ),
    ("forget, settings set", "print nothing"),
];

/// Use the generic netlink family greet
#[derive(Debug, Parser)]
#[command(name = "greetctl", version, max_term_width = MAX_WIDTH)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    #[command(flatten)]
    pub(crate) options: Options,

    /// Log each message; repeat to log its bytes too
    #[arg(short, long, global = true, help_heading = COMMON, action = ArgAction::Count)]
    pub(crate) verbose: u8,

    /// When to print in color
    #[arg(long, global = true, help_heading = COMMON, value_name = "WHEN", default_value_t)]
    pub(crate) color: ColorChoice,
}

/// The options of each subcommand that talks to the kernel, before or after its name.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = COMMON)]
pub(crate) struct Options {
    /// Print JSON: one object, or one per line for lists and events
    #[arg(long)]
    pub(crate) json: bool,

    /// How long to wait for an answer, such as 500ms [default: 5s]
    ///
    /// It bounds the wait for the kernel's answer, not the time that the kernel takes to execute
    /// the request.
    #[arg(
        long,
        value_name = "DURATION",
        allow_negative_numbers = true,
        value_parser = duration
    )]
    pub(crate) timeout: Option<Duration>,

    /// Run in this network namespace: a name of ip-netns(8), or a path
    ///
    /// Needs CAP_SYS_ADMIN. Only this process enters the namespace.
    #[arg(long, value_name = "NAME|PATH")]
    pub(crate) netns: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Send a greeting and print the kernel's reply
    Greet(GreetArgs),
    /// List the peers, or show one
    Peers {
        /// The peer to show [default: all]
        name: Option<String>,
    },
    /// Forget a peer
    ///
    /// Needs CAP_NET_ADMIN over the network namespace.
    Forget {
        /// The peer to forget
        name: String,
    },
    /// Show the counters of the network namespace
    Stats(StatsArgs),
    /// Show or change the settings of the network namespace
    Settings {
        #[command(subcommand)]
        action: Option<SettingsAction>,
    },
    /// Print events as they arrive: greetings and changed settings
    Monitor(MonitorArgs),
    /// Measure the rate and the latency of greetings
    ///
    /// Greets the peer "bench" until the time is over. Each greeting is counted and announced to
    /// listeners. Ctrl-C ends the run early and prints the result so far.
    Bench(BenchArgs),
    /// Show the id, operations, policies and groups of a family
    Family {
        /// The family; any that the kernel has
        #[arg(default_value = FAMILY.name)]
        name: String,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Show the manual page, or write all pages into a directory
    ///
    /// On a terminal man(1) shows the page; elsewhere its source is printed.
    Man {
        /// Write the pages of all subcommands into this directory
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

impl Command {
    /// Returns the command as typed, for messages.
    pub(crate) fn typed(&self) -> &'static str {
        match self {
            Command::Greet(_) => "greet",
            Command::Peers { .. } => "peers",
            Command::Forget { .. } => "forget",
            Command::Stats(_) => "stats",
            Command::Settings {
                action: Some(SettingsAction::Set(_)),
            } => "settings set",
            Command::Settings { .. } => "settings",
            Command::Monitor(_) => "monitor",
            Command::Bench(_) => "bench",
            Command::Family { .. } => "family",
            Command::Completions { .. } => "completions",
            Command::Man { .. } => "man",
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct GreetArgs {
    /// The name: up to 64 bytes of UTF-8 without control characters
    pub(crate) name: String,

    /// The greeting's style [default: see settings]
    #[arg(long, value_parser = style_parser())]
    pub(crate) style: Option<Style>,

    /// Up to 32 bytes, in hexadecimal, that the kernel returns
    #[arg(long, value_name = "HEX", value_parser = cookie)]
    pub(crate) cookie: Option<Cookie>,

    /// Request no acknowledgement: the greeting counts, but no reply is sent
    #[arg(long)]
    pub(crate) no_ack: bool,
}

#[derive(Args, Debug)]
pub(crate) struct StatsArgs {
    /// Show the counters at this interval, and how much each grew [default: 1s]
    #[arg(
        long,
        value_name = "INTERVAL",
        num_args = 0..=1,
        default_missing_value = "1s",
        allow_negative_numbers = true,
        value_parser = duration,
        conflicts_with = "format"
    )]
    pub(crate) watch: Option<Duration>,

    /// The format
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: StatsFormat,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
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
    /// Change one or more settings
    ///
    /// Needs CAP_NET_ADMIN over the network namespace.
    #[command(override_usage = "greetctl settings set [OPTIONS]")]
    Set(SetArgs),
}

#[derive(Args, Debug)]
#[group(required = true, multiple = true)]
pub(crate) struct SetArgs {
    /// The style of greetings whose request names none
    #[arg(long, value_name = "STYLE", value_parser = style_parser())]
    pub(crate) default_style: Option<Style>,

    /// The maximum number of peers
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = peer_limit
    )]
    pub(crate) peer_limit: Option<u32>,
}

#[derive(Args, Debug)]
pub(crate) struct MonitorArgs {
    /// End after this many events
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole(0..=u64::MAX))]
    pub(crate) count: Option<u64>,

    /// Print only events of this group; may be repeated
    #[arg(long, value_parser = PossibleValuesParser::new([groups::GREETINGS, groups::CONFIG]))]
    pub(crate) group: Vec<String>,

    /// Print the time of each event, as ip -ts monitor does
    #[arg(short, long)]
    pub(crate) timestamps: bool,
}

#[derive(Args, Debug)]
pub(crate) struct BenchArgs {
    /// Number of greetings in a batch
    #[arg(
        long,
        value_name = "N",
        default_value = "1",
        allow_negative_numbers = true,
        value_parser = whole(1..=4096).map(|batch| batch as u16)
    )]
    pub(crate) batch: u16,

    /// Number of threads, each with its own socket
    #[arg(
        long,
        value_name = "N",
        default_value = "1",
        allow_negative_numbers = true,
        value_parser = whole(1..=256).map(|threads| threads as u16)
    )]
    pub(crate) threads: u16,

    /// How long to run
    #[arg(
        long,
        default_value = "2s",
        allow_negative_numbers = true,
        value_parser = duration
    )]
    pub(crate) duration: Duration,

    /// Number of greetings, instead of a duration
    #[arg(
        long,
        value_name = "N",
        conflicts_with = "duration",
        allow_negative_numbers = true,
        value_parser = whole(1..=u64::MAX)
    )]
    pub(crate) count: Option<u64>,
}

/// The bytes of a cookie. A separate type, since clap reads a `Vec` as an argument with many values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cookie(pub(crate) Vec<u8>);

/// Returns the definition of the command line.
pub(crate) fn command() -> clap::Command {
    let mut command = with_options(Cli::command());
    let long = format!("{}\n\n{}", after_help("greetctl"), json_fields());
    command = command
        .after_help(after_help("greetctl"))
        .after_long_help(long);
    // A monitor waits for events, so the option bounds that wait.
    command.mut_subcommand("monitor", |monitor| {
        monitor.mut_arg("timeout", |timeout| {
            timeout
                .help("End after this long without an event, such as 30s")
                .long_help(None)
        })
    })
}

/// Adds [`Options`] and examples to each subcommand that has them.
fn with_options(command: clap::Command) -> clap::Command {
    command.mut_subcommands(|subcommand| {
        let name = subcommand.get_name().to_owned();
        let mut subcommand = with_options(subcommand);
        if !WITHOUT_KERNEL.contains(&name.as_str()) {
            let options = Options::augment_args(clap::Command::new("options"));
            subcommand = subcommand.args(options.get_arguments().cloned());
        }
        match examples(&name) {
            [] => subcommand,
            _ => subcommand.after_help(after_help(&name)),
        }
    })
}

/// Returns the part of the help after the options.
fn after_help(subcommand: &str) -> String {
    let examples = examples(subcommand);
    let width = examples.iter().map(|(line, _)| line.len()).max();
    let mut text = "Examples:".to_owned();
    for (line, purpose) in examples {
        // Writing to a string does not fail.
        let _ = write!(text, "\n  {line:0$}  {purpose}", width.unwrap_or(0));
    }
    if subcommand == "greetctl" {
        text += "\n\nExit status:";
        for (status, meaning) in EXIT_STATUS {
            let _ = write!(text, "\n  {status}  {meaning}");
        }
    }
    text
}

/// Returns the fields of JSON, with each command on its own line, because clap does not indent
/// lines that it wraps below the first.
fn json_fields() -> String {
    let mut text =
        "Fields of --json, in which a style is its name, or its number if it has none:".to_owned();
    for (command, fields) in FIELDS {
        let _ = write!(text, "\n  {command}\n    {fields}");
    }
    text
}

/// Parses the command line, or prints the error and exits.
pub(crate) fn parse() -> Cli {
    let args: Vec<OsString> = std::env::args_os().collect();
    // Set first, because clap colors its errors.
    set_color(color_of(&args));
    let cli = parse_from(&args).unwrap_or_else(|error| {
        // clap prints arguments unchanged, and an argument may be another user's text. An invalid
        // argument is still invalid when it is escaped.
        let escaped = args
            .iter()
            .map(|arg| Escaped::new(arg.to_string_lossy()).to_string().into());
        let escaped: Vec<OsString> = escaped.collect();
        parse_from(&escaped).err().unwrap_or(error).exit()
    });
    set_color(cli.color);
    cli
}

/// Parses a command line.
fn parse_from(args: &[OsString]) -> Result<Cli, clap::Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(args)?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    cli.options = Options::of(&matches)?;
    match cli.command {
        Command::Completions { .. } | Command::Man { .. } => {
            if let Some(option) = cli.options.first() {
                let text = format!("{option} cannot be used with {}", cli.command.typed());
                return Err(command.error(ErrorKind::ArgumentConflict, text));
            }
        }
        Command::Stats(ref args) if cli.options.json && args.format != StatsFormat::Text => {
            let text = "--json cannot be used with --format prometheus";
            return Err(command.error(ErrorKind::ArgumentConflict, text));
        }
        _ => {}
    }
    Ok(cli)
}

impl Options {
    /// Returns the options of a command and its subcommands; the last of several wins.
    fn of(matches: &ArgMatches) -> Result<Self, clap::Error> {
        // Commands such as `man` do not have the options.
        let mut options = match matches.ids().any(|id| id == "json") {
            true => Self::from_arg_matches(matches)?,
            false => Self::default(),
        };
        if let Some((_, matches)) = matches.subcommand() {
            let inner = Self::of(matches)?;
            options.json |= inner.json;
            options.timeout = inner.timeout.or(options.timeout);
            options.netns = inner.netns.or(options.netns);
        }
        Ok(options)
    }

    /// Returns the first option that is set.
    fn first(&self) -> Option<&'static str> {
        [
            ("--json", self.json),
            ("--timeout", self.timeout.is_some()),
            ("--netns", self.netns.is_some()),
        ]
        .into_iter()
        .find_map(|(name, is_set)| is_set.then_some(name))
    }
}

/// Returns the value of `--color` in a command line that may have errors.
fn color_of(args: &[OsString]) -> ColorChoice {
    let args = args.iter().filter_map(|arg| arg.to_str());
    let mut args = args.take_while(|&arg| arg != "--");
    let mut choice = ColorChoice::Auto;
    while let Some(arg) = args.next() {
        let value = match arg.strip_prefix("--color") {
            Some("") => args.next(),
            Some(value) => value.strip_prefix('='),
            None => None,
        };
        if let Some(value) = value {
            choice = value.parse().unwrap_or(choice);
        }
    }
    choice
}

/// Sets when this program, clap and the log print in color.
fn set_color(choice: ColorChoice) {
    match choice {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// Creates a parser of the style names in the spec.
fn style_parser() -> impl TypedValueParser<Value = Style> {
    let names = Style::ALL.into_iter().filter_map(Style::name);
    PossibleValuesParser::new(names).map(|name| {
        Style::ALL
            .into_iter()
            .find(|style| style.name() == Some(&name))
            .unwrap_or(Style::Casual) // unreachable: the parser takes only these names
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> Result<Cli, clap::Error> {
        let args = ["greetctl"].iter().chain(args).map(OsString::from);
        parse_from(&args.collect::<Vec<_>>())
    }

    /// Returns the first line of a usage error.
    fn error(args: &[&str]) -> String {
        let error = parsed(args).expect_err("a usage error");
        assert_eq!(error.exit_code(), 2, "{args:?}");
        let text = error.to_string();
        text.lines().next().unwrap().to_owned()
    }

    fn help(args: &[&str], width: usize) -> String {
        let args = ["greetctl"].iter().chain(args);
        let error = command().term_width(width).try_get_matches_from(args);
        error.expect_err("help").to_string()
    }

    #[test]
    fn command_definition_is_valid() {
        command().debug_assert();
    }

    #[test]
    fn style_option_accepts_every_style() {
        for style in Style::ALL {
            let name = style.name().unwrap();
            let Command::Greet(args) = parsed(&["greet", "x", "--style", name]).unwrap().command
            else {
                panic!("another command");
            };
            assert_eq!(args.style, Some(style));
        }
    }

    #[test]
    fn settings_set_without_an_option_is_a_usage_error() {
        assert!(parsed(&["settings", "set"]).is_err());
    }

    #[test]
    fn options_are_accepted_before_and_after_the_command() {
        for args in [
            &["--json", "--netns", "a", "settings", "get"][..],
            &["settings", "--json", "get", "--netns", "a"],
            &["settings", "get", "--json", "--netns=a"],
        ] {
            let options = parsed(args).unwrap().options;
            assert!(options.json, "{args:?}");
            assert_eq!(options.netns, Some("a".into()), "{args:?}");
        }
        let options = parsed(&["--timeout", "1s", "stats", "--timeout", "2s"]);
        let timeout = options.unwrap().options.timeout;
        assert_eq!(timeout, Some(Duration::from_secs(2)));
    }

    #[test]
    fn man_and_completions_need_no_kernel_options() {
        for args in [&["man"][..], &["completions", "bash"]] {
            assert_eq!(parsed(args).unwrap().options.first(), None);
        }
    }

    #[test]
    fn man_and_completions_reject_kernel_options() {
        for (name, args) in [
            ("man", &["man"][..]),
            ("completions", &["completions", "bash"]),
        ] {
            let help = help(&[name, "--help"], 80);
            for option in ["--json", "--timeout", "--netns"] {
                assert!(!help.contains(option), "{help}");
                let value = ["--json", "--timeout=1s", "--netns=a"]
                    .into_iter()
                    .find(|value| value.starts_with(option));
                let args = [&[value.unwrap()], args].concat();
                let expected = format!("error: {option} cannot be used with {name}");
                assert_eq!(error(&args), expected);
            }
        }
    }

    #[test]
    fn prometheus_format_conflicts_with_json() {
        for args in [
            ["--json", "stats", "--format=prometheus"],
            ["stats", "--json", "--format=prometheus"],
        ] {
            let expected = "error: --json cannot be used with --format prometheus";
            assert_eq!(error(&args), expected);
        }
    }

    #[test]
    fn usage_errors_name_the_range() {
        for (args, option, reason) in [
            (
                &["settings", "set", "--peer-limit", "-1"][..],
                "--peer-limit <N>",
                "1 to 65536",
            ),
            (
                &["settings", "set", "--peer-limit", "many"],
                "--peer-limit <N>",
                "1 to 65536",
            ),
            (&["bench", "--batch", "-1"], "--batch <N>", "1 to 4096"),
            (&["bench", "--threads", "0"], "--threads <N>", "1 to 256"),
        ] {
            let value = args[args.len() - 1];
            let expected = format!(
                "error: invalid value '{value}' for '{option}': not a whole number from {reason}"
            );
            assert_eq!(error(args), expected);
        }
        assert_eq!(
            error(&["monitor", "--count", "-1"]),
            "error: invalid value '-1' for '--count <N>': not a whole number of at least 0"
        );
        for (args, option) in [
            (["stats", "--timeout", "-1"], "--timeout <DURATION>"),
            (["stats", "--watch", "-1"], "--watch [<INTERVAL>]"),
            (["bench", "--duration", "-1"], "--duration <DURATION>"),
        ] {
            let expected = format!(
                "error: invalid value '-1' for '{option}': not a duration such as 500ms, 2s or \
                 1m30s, up to a year"
            );
            assert_eq!(error(&args), expected);
        }
        assert_eq!(
            error(&["greet", "a", "--cookie", "xy"]),
            "error: invalid value 'xy' for '--cookie <HEX>': not hexadecimal: use digits 0 to 9 \
             and a to f"
        );
    }

    #[test]
    fn watch_accepts_an_interval() {
        for (args, expected) in [
            (&["stats"][..], None),
            (&["stats", "--watch"], Some(1000)),
            (&["stats", "--watch", "250ms"], Some(250)),
            (&["stats", "--watch", "--json"], Some(1000)),
        ] {
            let Command::Stats(stats) = parsed(args).unwrap().command else {
                panic!("another command");
            };
            assert_eq!(stats.watch, expected.map(Duration::from_millis), "{args:?}");
        }
    }

    #[test]
    fn color_is_parsed_before_other_arguments() {
        for (args, expected) in [
            (
                &["--color", "never", "--frobnicate"][..],
                ColorChoice::Never,
            ),
            (&["--frobnicate", "--color=always"], ColorChoice::Always),
            (&["--color", "sometimes"], ColorChoice::Auto),
            (&["--colors=never"], ColorChoice::Auto),
            (&["--", "--color=never"], ColorChoice::Auto),
            (&["--color"], ColorChoice::Auto),
        ] {
            let args: Vec<_> = args.iter().map(OsString::from).collect();
            assert_eq!(color_of(&args), expected, "{args:?}");
        }
    }

    #[test]
    fn help_fits_60_columns() {
        let command = command();
        let names = command.get_subcommands().map(clap::Command::get_name);
        let mut all = vec![
            vec!["-h"],
            vec!["--help"],
            vec!["settings", "set", "--help"],
        ];
        all.extend(names.map(|name| vec![name, "--help"]));
        for args in all {
            let help = help(&args, 60);
            assert!(!help.contains("talks to the kernel"), "{help}");
            for line in help.lines() {
                assert!(line.chars().count() <= 60, "{args:?}: {line}");
            }
            let name = if args.len() == 1 { "greetctl" } else { args[0] };
            for (line, purpose) in examples(if args.len() == 3 { "set" } else { name }) {
                let whole = |text: &str| text.contains(line) && text.ends_with(purpose);
                assert!(help.lines().any(whole), "{line} in {help}");
            }
        }
    }

    #[test]
    fn a_repeated_option_is_accepted() {
        let options = parsed(&["--json", "stats", "--json"]).unwrap().options;
        assert!(options.json);
    }

    #[test]
    fn exit_statuses_and_json_fields_are_only_in_the_program_help() {
        let whole = help(&["--help"], 80);
        for text in [
            "\nExit status:\n  0  success\n",
            "\n  bench\n    greetings, seconds,",
        ] {
            assert!(whole.contains(text), "{text} in {whole}");
        }
        let stats = help(&["stats", "--help"], 80);
        assert!(!stats.contains("Exit status"), "{stats}");
    }

    #[test]
    fn each_common_command_has_examples_in_its_help() {
        for name in [
            "greet", "peers", "stats", "settings", "monitor", "bench", "family", "man",
        ] {
            let shown = help(&[name, "--help"], 80);
            assert!(shown.contains("Examples:\n  greetctl "), "{shown}");
        }
        // No heading without examples.
        let shown = help(&["forget", "--help"], 80);
        assert!(!shown.contains("Examples"), "{shown}");
    }
}
