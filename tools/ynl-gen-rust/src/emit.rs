// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writes the outputs, one module for each.

mod c;
mod doc;
mod kernel;
mod messages;
mod naming;
mod prose;
mod rust;
mod rustfmt;
mod syzkaller;
mod types;
mod uapi;
mod user;
mod wireshark;
mod writer;

pub use doc::doc;
pub use kernel::{kernel, skeleton};
pub(crate) use rustfmt::rustfmt;
pub use syzkaller::syzkaller;
pub use uapi::uapi;
pub use user::{UserOptions, user, user_unformatted};
pub use wireshark::wireshark;

use crate::model::{
    Attribute, AttributeSet, Carriers, Enum, Family, Gap, Group, Member, Operation, Place, Usage,
};
use crate::spec::Problem;
use std::fmt;

/// An error while an output is written.
#[derive(Debug)]
pub enum EmitError {
    /// The output does not support a feature of the spec.
    Unsupported(Problem),
    /// rustfmt failed.
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

/// A part of a spec with a name and a place.
trait Named {
    fn name(&self) -> &str;
    fn place(&self) -> Place;

    /// Returns an error: `side` does not support this.
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

/// Returns the second line of all outputs: the spec and the option of the command.
fn generated_from(origin: &str, option: &str) -> String {
    format!("Generated from {origin} by `ynl-gen-rust {option}`. Do not edit.")
}

/// Returns the name of the kernel module that the author writes. Unlike other names, a keyword is
/// not escaped.
pub fn module_name(family: &Family) -> String {
    let name = naming::snake(&family.name);
    match name.strip_prefix("r#") {
        Some(keyword) => keyword.to_owned(),
        None => name,
    }
}

/// Returns the name of the kernel module with the output of `--kernel`.
pub fn tables_module_name(family: &Family) -> String {
    naming::snake(&format!("{}-nl", family.name))
}

/// Rejects attributes that are not supported in a use.
fn check_support<'a>(
    carriers: &Carriers<'_>,
    attributes: impl IntoIterator<Item = &'a Attribute>,
    used: Usage,
) -> Result<(), EmitError> {
    let used_attributes = attributes.into_iter().filter(|one| one.carries());
    for attribute in used_attributes {
        if let Some(gap) = Gap::find(carriers, attribute, used) {
            return Err(attribute.unsupported(used.side(), gap.feature, gap.expected));
        }
    }
    Ok(())
}

/// Returns an error: the description of a type lacks something, and so does the capability table.
fn unsupported_type(attribute: &Attribute, used: Usage) -> EmitError {
    let what = format!("the type `{}`", attribute.kind.name());
    attribute.unsupported(used.side(), &what, "another type")
}

/// Returns the sets that are not subsets.
fn whole_sets(family: &Family) -> impl Iterator<Item = &AttributeSet> {
    family.sets.iter().filter(|set| set.subset_of.is_none())
}
