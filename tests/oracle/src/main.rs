// SPDX-License-Identifier: MIT OR Apache-2.0

//! An oracle for our compiler's kernel side: the kernel's own `ynl_gen_c.py`.
//!
//! Each spec becomes a kernel module that holds its family twice, in C as `ynl_gen_c.py` writes it
//! and in Rust as `ynl-gen-rust` does. When it is loaded, the module compares both field by field,
//! logs each difference, and refuses to load if there is one that is not meant. See
//! `module/compare.c`. This program builds the modules; the suite loads them.
//!
//! The specs are those of the kernel's sources with `protocol: genetlink`, those of greet and of the
//! family `shelf`, and some that exist for this alone: those in `specs/`, one with all checks of
//! numbers, and one of which either side sees another text, so that differences must be found. What
//! the kernel's generator writes is made anew for each kernel and is no part of this project.

mod altered;
mod module;
mod numbers;
mod ours;
mod specs;
mod theirs;
mod workshop;

use anyhow::Result;
use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;
use workshop::Workshop;

/// Builds kernel modules that compare our compiler's tables with those of the kernel's generator.
///
/// The modules are DIR/result/NAME.ko; NAME.failed tells why there is none. If there is
/// NAME.expected, its lines are the differences that the module must find.
#[derive(Debug, Parser)]
struct Cli {
    /// The kernel's sources
    #[arg(long, value_name = "DIR")]
    tree: PathBuf,
    /// What tells this kernel from another
    #[arg(long, value_name = "TEXT")]
    identity: String,
    /// The project
    #[arg(long, value_name = "DIR")]
    checkout: PathBuf,
    /// Where all is made, and kept for the next time
    #[arg(long, value_name = "DIR")]
    folder: PathBuf,
    /// The kernel's `make`, to which `M=` and the targets are added
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
        folder: cli.folder,
    };
    for built in workshop.build_all()? {
        match built.result {
            Ok(_) => println!("{}: built", built.name),
            Err(reason) => println!("{}: FAILED\n{reason}", built.name),
        }
    }
    Ok(ExitCode::SUCCESS)
}
