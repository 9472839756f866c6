// SPDX-License-Identifier: MIT OR Apache-2.0

//! Standard output, for people or for programs.

use serde::Serialize;
use std::fmt::Display;
use std::io::{self, Write};

/// How results are printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints a result: its `Display` for people, its fields as JSON for programs.
    pub(crate) fn print(&self, result: &(impl Display + Serialize)) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        if self.json {
            serde_json::to_writer(&mut stdout, result)?;
            writeln!(stdout)?;
        } else {
            writeln!(stdout, "{result}")?;
        }
        stdout.flush()
    }
}
