// SPDX-License-Identifier: MIT OR Apache-2.0

//! What this program does as a child of a test.

use crate::raw::Client;
use anyhow::{Context, Result};
use std::env;
use std::io::{Read, stdin};
use std::process::{Child, Command, ExitCode, Stdio};

/// Something to do in a process of its own.
#[derive(Clone, Copy)]
pub(crate) enum Task {
    /// Greet this often once the standard input ends, and print the ids, one a line.
    Greet(u64),
}

impl Task {
    const GREET: &'static str = "child-greets-";

    /// The task with the name that [`Self::start`] gives to a child.
    pub(crate) fn named(name: &str) -> Option<Self> {
        name.strip_prefix(Self::GREET)?
            .parse()
            .ok()
            .map(Self::Greet)
    }

    /// Starts a child, which waits until its standard input is closed.
    pub(crate) fn start(self) -> Result<Child> {
        let Self::Greet(count) = self;
        Command::new(env::current_exe()?)
            .arg(format!("{}{count}", Self::GREET))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start a child")
    }

    /// Carries it out.
    pub(crate) fn run(self) -> ExitCode {
        let Self::Greet(count) = self;
        match greet(count) {
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
}

fn greet(count: u64) -> Result<Vec<String>> {
    let mut client = Client::open()?;
    stdin().read_to_end(&mut Vec::new())?;
    (0..count)
        .map(|_| Ok(client.greet("World")?.id.to_string()))
        .collect()
}
