// SPDX-License-Identifier: MIT OR Apache-2.0

//! The command line.

use crate::machine::Machine;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Builds and boots kernels, and tests greet in them.
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
    /// Run the in-kernel tests in a debug kernel: KASAN, lockdep, kmemleak.
    TestDebug,
    /// Compare the families of tests/families with their counterparts in C.
    TestDifferential,
    /// Build and run the module with Debian's own kernels.
    TestStock,
    /// Check format, lints, documentation, invariants and dependencies.
    Check,
    /// Run a command in a booted guest with the module loaded.
    Guest {
        /// A command line for `sh -c`.
        #[arg(env = "GREET_CMD")]
        command: String,
        /// Seconds until the guest is killed.
        #[arg(env = "GREET_DEADLINE", long, default_value_t = 600)]
        deadline: u64,
        /// Boot the kernel with the families of tests/families in C, without our modules.
        #[arg(long, conflicts_with = "family")]
        families_in_c: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Start a shell in a booted guest with the module loaded.
    Shell {
        #[command(flatten)]
        place: Place,
    },
    /// Build the book, check its links and run its examples.
    Docs,
    /// Draw the session of the tutorial.
    Screenshot,
    /// Build the Debian packages and test them in a chroot.
    Deb,
    /// Build and test the module with other kernels and compilers.
    Matrix {
        /// Cases to run, such as `uml pc arm64`; all by default.
        #[arg(env = "CASES", value_delimiter = ' ')]
        cases: Vec<String>,
    },
    /// Compile the kernel code generated from random specs.
    FuzzSpecs {
        /// Seconds to run.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// The seed of the first spec.
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Remove the cache.
    Distclean,
    /// Runs as the first process of a guest.
    #[command(hide = true)]
    Init {
        /// The directory of the job and of its result.
        dir: PathBuf,
    },
}

/// The guest to boot.
#[derive(Args, Debug)]
pub(crate) struct Place {
    /// The directory of a family whose module is loaded as well.
    #[arg(long)]
    pub(crate) family: Option<PathBuf>,
    /// The kind of machine.
    #[arg(env = "GREET_MACHINE", long, value_enum, default_value_t = Machine::Uml)]
    pub(crate) machine: Machine,
}
