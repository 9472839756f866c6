// SPDX-License-Identifier: MIT OR Apache-2.0

//! From the model to text, one module an output.

mod c;
mod doc;
mod kernel;
mod messages;
mod naming;
mod prose;
mod rust;
mod uapi;
mod user;
mod wireshark;
mod writer;

pub use doc::doc;
pub use kernel::{kernel, skeleton};
pub use uapi::uapi;
pub use user::{UserOptions, user};
pub use wireshark::wireshark;

use crate::model::{AttributeSet, Family};
use std::fmt;

/// Why an output cannot be made of a family.
#[derive(Debug)]
pub enum EmitError {
    /// The output cannot express something; where it is, and what.
    Unsupported(String, String),
    /// The tool that lays out Rust failed.
    Rustfmt(String),
}

impl fmt::Display for EmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported(place, what) => write!(f, "{place}: {what} is not supported"),
            Self::Rustfmt(message) => write!(f, "rustfmt: {message}"),
        }
    }
}

impl std::error::Error for EmitError {}

/// The second line of every output: what it was made from, and by which command.
fn made_from(origin: &str, option: &str) -> String {
    format!("Made from {origin} by `ynl-gen-rust {option}`. Do not edit.")
}

/// The name of the kernel's module for what an author writes; that of the output of `--kernel` is the
/// same with `_nl` behind it.
pub fn module_name(family: &Family) -> String {
    naming::snake_words(&family.name)
}

/// The sets that have numbers of their own.
fn whole_sets(family: &Family) -> impl Iterator<Item = &AttributeSet> {
    family.sets.iter().filter(|set| set.subset_of.is_none())
}
