// SPDX-License-Identifier: MIT OR Apache-2.0

//! Sessions in a guest: blocks of the kind `console`. Those of one page are one session.

use super::page::{Block, Page};
use super::shown::compare;
use crate::guest::{self, Output};
use crate::paths::Paths;
use crate::setup::Ready;
use crate::test::Tally;
use anyhow::{Context, Result, ensure};
use std::time::Duration;

const KIND: &str = "console";
const DEADLINE: Duration = Duration::from_secs(120);

/// Ends what a command has printed.
const END: char = '\u{1e}';

/// A command, and what is shown of its output.
#[derive(Debug, PartialEq, Eq)]
struct Command {
    line: usize,
    text: String,
    shown: String,
}

pub(crate) fn run(paths: &Paths, ready: &Ready, pages: &[Page]) -> Result<Tally> {
    let mut tally = Tally::default();
    for page in pages {
        let commands: Vec<_> = page.blocks(&[KIND]).flat_map(commands).collect();
        if commands.is_empty() {
            continue;
        }
        let printed = session(paths, ready, &commands).with_context(|| page.path.clone())?;
        for (command, printed) in commands.iter().zip(printed) {
            let name = format!("{}:{}", page.path, command.line);
            tally.count(&name, compare(&command.shown, &printed));
        }
    }
    Ok(tally)
}

/// What stands behind a `$` is a command, with the lines behind a `>`; the rest is its output.
fn commands(block: &Block) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    for (number, line) in block.text.lines().enumerate() {
        let last = commands.last_mut();
        match (line.strip_prefix("$ "), line.strip_prefix("> "), last) {
            (Some(text), ..) => commands.push(Command {
                line: block.line + 1 + number,
                text: text.to_owned(),
                shown: String::new(),
            }),
            (_, Some(more), Some(last)) if last.shown.is_empty() => {
                last.text += "\n";
                last.text += more;
            }
            (_, _, Some(last)) => {
                last.shown += line;
                last.shown += "\n";
            }
            // What stands before the first command is nobody's output.
            (_, _, None) => {}
        }
    }
    commands
}

/// What each command prints, all in one shell of one guest.
fn session(paths: &Paths, ready: &Ready, commands: &[Command]) -> Result<Vec<String>> {
    let words = ["sh".to_owned(), "-c".to_owned(), script(commands)];
    let report = guest::run(paths, ready, "docs", &words, Output::Keep, DEADLINE)?;
    report.status()?;
    let printed: Vec<_> = report
        .output
        .split_terminator(END)
        .map(str::to_owned)
        .collect();
    ensure!(
        printed.len() == commands.len(),
        "the session ended after {} of {} commands:\n{}",
        printed.len(),
        commands.len(),
        report.output
    );
    Ok(printed)
}

fn script(commands: &[Command]) -> String {
    let mut script = String::new();
    for command in commands {
        script += &command.text;
        script += "\n";
        if command.text.ends_with('&') {
            script += LISTENING;
        }
        script += &format!("status=$?; printf '{END}'; (exit $status)\n");
    }
    // The status of the last command is no failure of the session.
    script + "exit 0\n"
}

/// Waits until what was started listens to a group of generic netlink.
const LISTENING: &str = "\
for _ in 1 2 3 4 5 6 7 8 9 10; do
    awk '$2 == 16 && $4 !~ /^0*$/ { found = 1 } END { exit !found }' /proc/net/netlink && break
    sleep 0.2
done
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_their_output_are_told_apart() {
        let block = Block {
            line: 10,
            kind: KIND.to_owned(),
            text: "$ one\n1\n\n2\n$ for x\n> do\n3\n".to_owned(),
        };
        let command = |line, text: &str, shown: &str| Command {
            line,
            text: text.to_owned(),
            shown: shown.to_owned(),
        };
        assert_eq!(
            commands(&block),
            [
                command(11, "one", "1\n\n2\n"),
                command(15, "for x\ndo", "3\n")
            ]
        );
    }
}
