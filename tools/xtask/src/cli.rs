// SPDX-License-Identifier: MIT OR Apache-2.0

//! The command line.

use crate::machine::Machine;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Builds a kernel, boots it, runs greet in it and judges the run.
#[derive(Debug, Parser)]
#[command(name = "xtask")]
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
    /// Run the tests of the booted kernel in one that looks for faults in itself.
    TestDebug,
    /// Format, lints, documentation, invariants.
    Check,
    /// Run a command in a booted guest with the module loaded.
    Guest {
        /// For `sh -c`.
        #[arg(env = "GREET_CMD")]
        command: String,
        #[command(flatten)]
        place: Place,
    },
    /// A prompt in a booted guest with the module loaded.
    Shell {
        #[command(flatten)]
        place: Place,
    },
    /// Build the guide, follow its links, and try what it shows.
    Docs,
    /// Draw a session, for the README.
    Screenshot,
    /// Build the module for a prepared kernel tree.
    Modules {
        /// A kernel's build folder, such as /lib/modules/VERSION/build.
        #[arg(env = "KDIR")]
        kdir: PathBuf,
    },
    /// Build the Debian packages, and try them in a Debian of their own.
    Deb,
    /// Build and try the module with other kernels and compilers.
    Matrix {
        /// Names of some cases, such as `uml pc arm64`; all if there is none.
        #[arg(env = "CASES", value_delimiter = ' ')]
        cases: Vec<String>,
    },
    /// Compile what is written for the kernel from random specs.
    FuzzSpecs {
        /// How long.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// The seed of the first spec.
        #[arg(long)]
        seed: Option<u64>,
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

/// What is booted for a user.
#[derive(Args, Debug)]
pub(crate) struct Place {
    /// The folder of a family whose module is loaded too.
    #[arg(long)]
    pub(crate) family: Option<PathBuf>,
    /// The kind of machine.
    #[arg(env = "GREET_MACHINE", long, value_enum, default_value_t = Machine::Uml)]
    pub(crate) machine: Machine,
}
