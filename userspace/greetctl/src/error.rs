// SPDX-License-Identifier: MIT OR Apache-2.0

//! What goes wrong, and the exit status that says so.

use std::io::{self, Write};
use std::process::ExitCode;

/// The status for what was refused or failed.
const FAILED: u8 = 1;
/// The status for a kernel without the family. 2 is clap's, for wrong usage.
const NO_FAMILY: u8 = 3;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Netlink(#[from] genl::Error),
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    #[error("cannot wait: {0}")]
    Wait(io::Error),
    #[error("cannot measure: {0}")]
    Measure(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Tells the user, and returns the exit status.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            // Who closed the pipe wants no more, and that is no failure.
            Error::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Error::Netlink(genl::Error::NoFamily(_)) => {
                tell(&format!("{self}; load its module with \"modprobe greet\""));
                ExitCode::from(NO_FAMILY)
            }
            _ => {
                tell(&self.to_string());
                ExitCode::from(FAILED)
            }
        }
    }
}

/// Says something on standard error, if anybody reads it.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "greetctl: {text}");
}
