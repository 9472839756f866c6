// SPDX-License-Identifier: MIT OR Apache-2.0

//! The command `ynl-gen-rust`.

use clap::Parser;
use std::process::ExitCode;
use ynl_gen_rust::cli::Cli;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprint!("{error}");
            error.code()
        }
    }
}
