// SPDX-License-Identifier: MIT OR Apache-2.0

//! The command line.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, Parser, Subcommand};
use greet::Style;

const EXAMPLES: &str = "\
Examples:
  greetctl greet World                    be greeted by the kernel
  greetctl greet World --style formal     more politely
  greetctl greet World --json             for programs
  greetctl greet World --cookie c0ffee    get bytes of your own back
  greetctl -v greet World                 see the messages
  greetctl family                         what the kernel knows of the family

Exit status:
  0  done
  1  refused or failed
  2  wrong usage
  3  the kernel has no family \"greet\"";

/// Talk to the generic netlink family greet.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES, max_term_width = 80)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Print JSON
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
    /// Show what the kernel knows of the family: id, operations, policies, groups
    Family,
}

#[derive(Args, Debug)]
pub(crate) struct GreetArgs {
    /// Who is greeted: up to 64 bytes of UTF-8 without control characters
    pub(crate) name: String,

    /// How the greeting opens; casual if not given
    #[arg(long, value_parser = style_parser())]
    pub(crate) style: Option<Style>,

    /// Up to 32 bytes, as hexadecimal digits, that the kernel returns
    #[arg(long, value_name = "HEX", value_parser = parse_hex)]
    pub(crate) cookie: Option<Cookie>,

    /// Do not ask for an acknowledgement: the greeting is counted, and no reply comes back
    #[arg(long)]
    pub(crate) no_ack: bool,
}

/// Bytes of a cookie. A type of its own, since clap takes a `Vec` for an argument with many values.
#[derive(Clone, Debug)]
pub(crate) struct Cookie(pub(crate) Vec<u8>);

fn parse_hex(digits: &str) -> Result<Cookie, hex::FromHexError> {
    hex::decode(digits).map(Cookie)
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
}
