// SPDX-License-Identifier: MIT OR Apache-2.0

//! The log, on standard error.

use log::LevelFilter;
use std::io::Write;

/// Starts the log: `-v` shows messages decoded, `-vv` their bytes too.
pub(crate) fn start(verbose: u8) {
    let level = match verbose {
        0 => LevelFilter::Warn,
        1 => LevelFilter::Debug,
        _ => LevelFilter::Trace,
    };
    env_logger::Builder::new()
        .filter_level(level)
        .format(|out, record| writeln!(out, "greetctl: {}", record.args()))
        .init();
}
