// SPDX-License-Identifier: MIT OR Apache-2.0

//! The command line.

use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Builds a kernel, boots it, runs greet in it and judges the run.
#[derive(Debug, Parser)]
#[command(name = "lab")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Boot a kernel, load the module and show a short session.
    Demo,
    /// Run all tests, on the host and in the booted kernel.
    Test,
    /// Format, lints, documentation, invariants.
    Check,
    /// Run a command in a booted guest with the module loaded.
    Guest {
        /// For `sh -c`.
        #[arg(env = "GREET_CMD")]
        command: String,
        /// The folder of a family whose module is loaded too.
        #[arg(long)]
        family: Option<PathBuf>,
    },
    /// A prompt in a booted guest with the module loaded.
    Shell {
        /// The folder of a family whose module is loaded too.
        #[arg(long)]
        family: Option<PathBuf>,
    },
    /// Build the module for a prepared kernel tree.
    Modules {
        /// A kernel's build folder, such as /lib/modules/VERSION/build.
        #[arg(env = "KDIR")]
        kdir: PathBuf,
    },
    /// Remove the cache.
    Distclean,
    /// What the guest's kernel runs as its first process.
    #[command(hide = true)]
    Init {
        /// Where the job is, and where its result goes.
        folder: PathBuf,
    },
}
