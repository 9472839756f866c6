// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compiles the outputs of `ynl-gen-rust` for random specs.

use anyhow::Result;
use clap::{Parser, Subcommand};
use random_specs::{Compiler, For, Header, Kernel, Report, User, coverage, explain, run};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Compile the outputs of ynl-gen-rust for random specs
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    output: Output,
    /// Seed of the first spec; the others have the seeds after it
    #[arg(long, global = true)]
    seed: Option<u64>,
    /// Start no batch after this many seconds
    #[arg(long, global = true, default_value_t = 60)]
    seconds: u64,
    /// Shrink failing specs and spend this many seconds on each
    #[arg(long, global = true, default_value_t = 60)]
    shrink: u64,
    /// Fail if a feature is in none of the specs
    #[arg(long, global = true)]
    all: bool,
    /// Print why specs are rejected
    #[arg(short, long, global = true)]
    verbose: bool,
    /// Number of specs to compile at once
    #[arg(long, global = true, default_value_t = 100)]
    batch: u64,
    /// Directory of the outputs
    #[arg(long, global = true, default_value = "target/random-specs")]
    directory: PathBuf,
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
        std::fs::create_dir_all(&self.directory)?;
        let directory = self.directory.canonicalize()?;
        let mut seed = self.seed.unwrap_or_else(|| fastrand::u64(..1 << 48));
        println!("the first seed is {seed}");
        let end = Instant::now() + Duration::from_secs(self.seconds);
        let mut all = Report::default();
        while all.generated == 0 || Instant::now() < end {
            all.add(run(
                compiler.as_ref(),
                side,
                seed..seed + self.batch,
                &directory,
            )?);
            seed += self.batch;
        }
        println!(
            "{} specs, of which {} are accepted",
            all.generated, all.accepted
        );
        if self.verbose {
            for (reason, count) in &all.rejected {
                println!("{count:6} {reason}");
            }
        }
        let limit = Duration::from_secs(self.shrink);
        let failures = explain(compiler.as_ref(), &all, &directory, limit)?;
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
