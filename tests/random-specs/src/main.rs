// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compiles what `ynl-gen-rust` writes for random specs.

use anyhow::Result;
use clap::{Parser, Subcommand};
use random_specs::{Compiler, For, Header, Kernel, Report, User, coverage, explain, run};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Compiles what ynl-gen-rust writes for random specs.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    output: Output,
    /// The seed of the first spec; the others have those after it
    #[arg(long, global = true)]
    seed: Option<u64>,
    /// Start no batch after so many seconds
    #[arg(long, global = true, default_value_t = 60)]
    seconds: u64,
    /// Make those that fail smaller, for so many seconds each
    #[arg(long, global = true, default_value_t = 60)]
    shrink: u64,
    /// Fail if a kind of thing that specs can have is in none
    #[arg(long, global = true)]
    all: bool,
    /// Tell why specs are refused
    #[arg(short, long, global = true)]
    verbose: bool,
    /// How many specs to compile at once
    #[arg(long, global = true, default_value_t = 100)]
    batch: u64,
    /// Where to write them
    #[arg(long, global = true, default_value = "target/random-specs")]
    folder: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Output {
    /// Rust for programs
    User,
    /// The header for C
    Header,
    /// Rust for the kernel
    Kernel {
        /// The kernel's `make`
        #[arg(last = true, required = true)]
        make: Vec<String>,
    },
}

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("random-specs: {error:#}");
            ExitCode::FAILURE
        }
    }
}

impl Cli {
    fn run(self) -> Result<bool> {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let (side, compiler): (_, Box<dyn Compiler>) = match self.output {
            Output::User => (For::User, Box::new(User::new()?)),
            Output::Header => (For::User, Box::new(Header)),
            Output::Kernel { make } => (For::Kernel, Box::new(Kernel::new(make, &checkout))),
        };
        std::fs::create_dir_all(&self.folder)?;
        let folder = self.folder.canonicalize()?;
        let mut seed = self.seed.unwrap_or_else(|| fastrand::u64(..1 << 48));
        println!("the first seed is {seed}");
        let end = Instant::now() + Duration::from_secs(self.seconds);
        let mut all = Report::default();
        while all.generated == 0 || Instant::now() < end {
            all.add(run(
                compiler.as_ref(),
                side,
                seed..seed + self.batch,
                &folder,
            )?);
            seed += self.batch;
        }
        println!(
            "{} specs, of which {} are accepted",
            all.generated, all.accepted
        );
        if self.verbose {
            for (reason, count) in &all.refused {
                println!("{count:6} {reason}");
            }
        }
        let limit = Duration::from_secs(self.shrink);
        let failures = explain(compiler.as_ref(), &all, &folder, limit)?;
        print!("{failures}");
        let missing = match self.all {
            true => coverage::missing(&all.covered, side),
            false => Vec::new(),
        };
        if !missing.is_empty() {
            println!("no spec has: {}", missing.join("; "));
        }
        Ok(failures.is_empty() && missing.is_empty())
    }
}
