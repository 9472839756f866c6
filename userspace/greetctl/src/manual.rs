// SPDX-License-Identifier: MIT OR Apache-2.0

//! `greetctl completions` and `greetctl man`: made from the definition of the command line.

use crate::cli::Cli;
use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Prints a script for a shell.
pub(crate) fn completions(shell: Shell) -> io::Result<()> {
    let mut script = Vec::new();
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    clap_complete::generate(shell, &mut command, name, &mut script);
    io::stdout().write_all(&script)
}

/// Prints the page of the whole command.
pub(crate) fn page() -> io::Result<()> {
    let mut page = Vec::new();
    Man::new(Cli::command()).render(&mut page)?;
    io::stdout().write_all(&page)
}

/// Writes the pages of the command and of each subcommand into a folder.
pub(crate) fn pages(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Cli::command(), folder)
}
