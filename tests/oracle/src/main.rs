// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compares the kernel side of our compiler with the kernel's own `ynl_gen_c.py`.
//!
//! Each spec becomes a kernel module with two versions of its family: in C by `ynl_gen_c.py`, and
//! in Rust by `ynl-gen-rust`. When it is loaded, the module compares both field by field, logs each
//! difference, and fails to load on an unexpected difference. See `module/compare.c`. This program
//! builds the modules; the suite loads them.
//!
//! For families that the kernel writes by hand, a second module has the tables of the C source.
//!
//! The specs are the `genetlink` specs of the kernel's sources, the specs of greet and `shelf`, and
//! test specs: the files in `specs/`, one with all checks of numbers, and one with intended
//! differences. The C code is generated for each kernel and is not a part of this project.

mod altered;
mod module;
mod numbers;
mod ours;
mod sources;
mod specs;
mod theirs;
mod workshop;

use anyhow::Result;
use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;
use workshop::Workshop;

/// Build kernel modules that compare our compiler's tables with the tables of the kernel's
/// generator.
///
/// The modules are DIR/result/NAME.ko. NAME.failed has the reason for a missing module.
/// NAME.expected lists the differences that the module must find.
#[derive(Debug, Parser)]
struct Cli {
    /// The kernel's sources
    #[arg(long, value_name = "DIR")]
    tree: PathBuf,
    /// Identifies the kernel
    #[arg(long, value_name = "TEXT")]
    identity: String,
    /// The project
    #[arg(long, value_name = "DIR")]
    checkout: PathBuf,
    /// Directory for all files, which later runs reuse
    #[arg(long, value_name = "DIR")]
    directory: PathBuf,
    /// Also compare with the tables that the kernel's C files have
    #[arg(long)]
    with_sources: bool,
    /// The kernel's `make`, to which `M=` and targets are added
    #[arg(last = true, required = true)]
    make: Vec<String>,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("oracle: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    let workshop = Workshop {
        tree: cli.tree,
        identity: cli.identity,
        make: cli.make,
        checkout: cli.checkout,
        directory: cli.directory,
        with_sources: cli.with_sources,
    };
    for built in workshop.build_all()? {
        match built.result {
            Ok(_) => println!("{}: built", built.name),
            Err(reason) => println!("{}: FAILED\n{reason}", built.name),
        }
    }
    Ok(ExitCode::SUCCESS)
}
