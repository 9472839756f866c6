// SPDX-License-Identifier: MIT OR Apache-2.0

//! What this program does as a child of a test.

use crate::raw::Client;
use anyhow::{Context, Result};
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
}

impl Task {
    const GREET: &'static str = "child-greets-";
    const SEND: &'static str = "child-sends-";

    /// The task with the name that [`Self::start`] gives to a child.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let (task, count): (fn(usize) -> Self, _) = match name.strip_prefix(Self::GREET) {
            Some(count) => (Self::Greet, count),
            None => (Self::Send, name.strip_prefix(Self::SEND)?),
        };
        count.parse().ok().map(task)
    }

    /// Starts a child, which waits until its standard input is closed.
    pub(crate) fn start(self) -> Result<Child> {
        let name = match self {
            Self::Greet(count) => format!("{}{count}", Self::GREET),
            Self::Send(count) => format!("{}{count}", Self::SEND),
        };
        Command::new(env::current_exe()?)
            .arg(name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start a child")
    }

    /// Carries it out.
    pub(crate) fn run(self) -> ExitCode {
        match self.carry_out() {
            Ok(ids) => {
                println!("{}", ids.join("\n"));
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
            Self::Greet(count) => (0..count)
                .map(|_| Ok(client.greet("World")?.id.to_string()))
                .collect(),
            Self::Send(count) => client
                .greet_quietly(iter::repeat_n("World", count))
                .map(|()| Vec::new()),
        }
    }
}
