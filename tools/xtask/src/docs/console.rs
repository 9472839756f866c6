// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs the blocks `console` of each page, as one session in a guest.

use super::page::{Block, Page};
use super::{END, compare};
use crate::guest::{self, Output};
use crate::paths::Paths;
use crate::setup::Ready;
use crate::test::Tally;
use anyhow::{Context, Result, ensure};
use std::time::Duration;

const KIND: &str = "console";
const DEADLINE: Duration = Duration::from_secs(120);

/// A command and its expected output.
#[derive(Debug, PartialEq, Eq)]
struct Command {
    line: usize,
    text: String,
    expected: String,
}

pub(crate) fn run(paths: &Paths, ready: &Ready, pages: &[Page]) -> Result<Tally> {
    let mut tally = Tally::default();
    for page in pages {
        let commands: Vec<_> = page.blocks(&[KIND]).flat_map(commands).collect();
        if commands.is_empty() {
            continue;
        }
        let outputs = session(paths, ready, &commands).with_context(|| page.path.clone())?;
        for (command, output) in commands.iter().zip(outputs) {
            let name = format!("{}:{}", page.path, command.line);
            tally.count(&name, compare(&command.expected, &output));
        }
    }
    Ok(tally)
}

/// Parses a block: a command after `$`, its further lines after `>`, then its output.
fn commands(block: &Block) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    for (number, line) in block.text.lines().enumerate() {
        let last = commands.last_mut();
        match (line.strip_prefix("$ "), line.strip_prefix("> "), last) {
            (Some(text), ..) => commands.push(Command {
                line: block.line + 1 + number,
                text: text.to_owned(),
                expected: String::new(),
            }),
            (_, Some(more), Some(last)) if last.expected.is_empty() => {
                last.text += "\n";
                last.text += more;
            }
            (_, _, Some(last)) => {
                last.expected += line;
                last.expected += "\n";
            }
            // Ignores lines before the first command.
            (_, _, None) => {}
        }
    }
    commands
}

/// Runs the commands in one shell, and returns the output of each.
fn session(paths: &Paths, ready: &Ready, commands: &[Command]) -> Result<Vec<String>> {
    let words = ["sh".to_owned(), "-c".to_owned(), script(commands)];
    let report = guest::run(paths, ready, "docs", &words, Output::Keep, DEADLINE)?;
    report.status()?;
    let outputs = report.output.split_terminator(END);
    let outputs: Vec<_> = outputs.map(str::to_owned).collect();
    ensure!(
        outputs.len() == commands.len(),
        "the session ended after {} of {} commands:\n{}",
        outputs.len(),
        commands.len(),
        report.output
    );
    Ok(outputs)
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
    // The last command may fail.
    script + "exit 0\n"
}

/// Waits until a background command has joined a multicast group of generic netlink.
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
    fn blocks_are_parsed() {
        let block = Block {
            line: 10,
            kind: KIND.to_owned(),
            text: "$ one\n1\n\n2\n$ for x\n> do\n3\n".to_owned(),
        };
        let command = |line, text: &str, expected: &str| Command {
            line,
            text: text.to_owned(),
            expected: expected.to_owned(),
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
