// SPDX-License-Identifier: MIT OR Apache-2.0

//! From the model to text, one module an output.

mod c;
mod doc;
mod kernel;
mod messages;
mod naming;
mod prose;
mod rust;
mod rustfmt;
mod syzkaller;
mod uapi;
mod user;
mod wireshark;
mod writer;

pub use doc::doc;
pub use kernel::{kernel, skeleton};
pub(crate) use rustfmt::rustfmt;
pub use syzkaller::syzkaller;
pub use uapi::uapi;
pub use user::{UserOptions, user};
pub use wireshark::wireshark;

use crate::model::{Attribute, AttributeSet, Enum, Family, Group, Member, Operation, Place};
use crate::spec::Problem;
use std::fmt;

/// Why an output cannot be made of a family.
#[derive(Debug)]
pub enum EmitError {
    /// The output cannot express something.
    Unsupported(Problem),
    /// The tool that lays out Rust failed.
    Rustfmt(String),
}

impl fmt::Display for EmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported(problem) => write!(f, "{problem}"),
            Self::Rustfmt(message) => write!(f, "rustfmt: {message}"),
        }
    }
}

impl std::error::Error for EmitError {}

/// What has a name and a place in the spec.
trait Named {
    fn name(&self) -> &str;
    fn place(&self) -> Place;

    /// Says that `side` cannot have something of it.
    fn unsupported(&self, side: &str, what: &str, expected: &str) -> EmitError {
        let problem = format!(
            "`{}`: {what} is not supported on the {side} side",
            self.name()
        );
        EmitError::Unsupported(Problem::at(self.place(), problem).expected(expected))
    }
}

macro_rules! named {
    ($($kind:ty),*) => {
        $(impl Named for $kind {
            fn name(&self) -> &str {
                &self.name
            }

            fn place(&self) -> Place {
                self.place
            }
        })*
    };
}

named!(Attribute, Enum, Family, Group, Member, Operation);

/// The second line of every output: what it was made from, and by which command.
fn made_from(origin: &str, option: &str) -> String {
    format!("Made from {origin} by `ynl-gen-rust {option}`. Do not edit.")
}

/// The name of the kernel's module for what an author writes. A keyword is `r#…` where it stands alone.
pub fn module_name(family: &Family) -> String {
    let name = naming::snake(&family.name);
    match name.strip_prefix("r#") {
        Some(keyword) => keyword.to_owned(),
        None => name,
    }
}

/// The name of the kernel's module for the output of `--kernel`.
pub fn tables_module_name(family: &Family) -> String {
    naming::snake(&format!("{}-nl", family.name))
}

/// The sets that have numbers of their own.
fn whole_sets(family: &Family) -> impl Iterator<Item = &AttributeSet> {
    family.sets.iter().filter(|set| set.subset_of.is_none())
}
