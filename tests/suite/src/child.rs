// SPDX-License-Identifier: MIT OR Apache-2.0

//! What this program does as a child of a test.

use crate::permissions;
use crate::raw::Client;
use anyhow::{Context, Result, ensure};
use nix::sched::{CloneFlags, unshare};
use std::env;
use std::io::{Read, stdin};
use std::iter;
use std::process::{Child, Command, ExitCode, Stdio};

/// Something to do in a process of its own.
#[derive(Clone, Copy)]
pub(crate) enum Task {
    /// Greet this often, and print the ids, one a line.
    Greet(usize),
    /// Greet this often without asking for an ACK, as fast as can be.
    Send(usize),
    /// Try each operation, and print what comes of it.
    Try,
    /// The same with a socket of the namespaces that this process then leaves.
    TryFromOutside,
}

impl Task {
    const GREET: &'static str = "child-greets-";
    const SEND: &'static str = "child-sends-";
    const TRY: &'static str = "child-tries";
    const TRY_FROM_OUTSIDE: &'static str = "child-tries-from-outside";

    /// The argument by which a child knows its task.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Greet(count) => format!("{}{count}", Self::GREET),
            Self::Send(count) => format!("{}{count}", Self::SEND),
            Self::Try => Self::TRY.to_owned(),
            Self::TryFromOutside => Self::TRY_FROM_OUTSIDE.to_owned(),
        }
    }

    /// The task with this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let (task, count): (fn(usize) -> Self, _) = match name {
            Self::TRY => return Some(Self::Try),
            Self::TRY_FROM_OUTSIDE => return Some(Self::TryFromOutside),
            _ => match name.strip_prefix(Self::GREET) {
                Some(count) => (Self::Greet, count),
                None => (Self::Send, name.strip_prefix(Self::SEND)?),
            },
        };
        count.parse().ok().map(task)
    }

    /// Starts a child, which waits until its standard input is closed.
    fn start(self) -> Result<Child> {
        Command::new(env::current_exe()?)
            .arg(self.name())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start a child")
    }

    /// Carries it out.
    pub(crate) fn run(self) -> ExitCode {
        match self.carry_out() {
            Ok(lines) => {
                println!("{}", lines.join("\n"));
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("{error:#}");
                ExitCode::FAILURE
            }
        }
    }

    fn carry_out(self) -> Result<Vec<String>> {
        let mut client = Client::open()?;
        stdin().read_to_end(&mut Vec::new())?;
        match self {
            Self::Try => Ok(permissions::try_all(&mut client)),
            Self::TryFromOutside => {
                unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)?;
                Ok(permissions::try_all(&mut client))
            }
            Self::Greet(count) => (0..count)
                .map(|_| Ok(client.greet("World")?.id.to_string()))
                .collect(),
            Self::Send(count) => client
                .greet_quietly(iter::repeat_n("World", count))
                .map(|()| Vec::new()),
        }
    }
}

/// Two children carry out their tasks at the same time; the numbers that they print.
pub(crate) fn at_once(tasks: [Task; 2]) -> Result<[Vec<u64>; 2]> {
    let mut children = [tasks[0].start()?, tasks[1].start()?];
    for child in &mut children {
        drop(child.stdin.take());
    }
    let mut ids = [Vec::new(), Vec::new()];
    for (child, ids) in children.into_iter().zip(&mut ids) {
        let output = child.wait_with_output()?;
        ensure!(output.status.success(), "a child failed");
        for id in String::from_utf8(output.stdout)?.split_whitespace() {
            ids.push(id.parse()?);
        }
    }
    Ok(ids)
}
