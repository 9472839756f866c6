// SPDX-License-Identifier: MIT OR Apache-2.0

//! Checks that names in Rust are unique.

pub(super) use crate::naming::*;

use super::EmitError;
use crate::model::{Attribute, Place};
use crate::spec::Problem;
use std::collections::HashMap;

/// Returns an error: two things have the same name.
pub(super) fn same_name(name: &str, what: &str, other: &str, place: Place) -> EmitError {
    let problem = format!("{what} has the same name in Rust, `{name}`, as {other}");
    EmitError::Unsupported(Problem::at(place, problem).expected("another name"))
}

/// Rejects attributes whose methods have the same name. `name` returns the name of a method.
pub(super) fn check_methods<'a>(
    attributes: impl Iterator<Item = &'a Attribute>,
    name: impl Fn(&Attribute) -> String,
) -> Result<(), EmitError> {
    let mut top = Top::default();
    for attribute in attributes {
        let what = format!("the attribute `{}`", attribute.name);
        top.take(&name(attribute), what, attribute.place)?;
    }
    Ok(())
}

/// Names at the top level of a file.
#[derive(Debug, Default)]
pub(super) struct Top(HashMap<String, String>);

impl Top {
    /// Adds a name, or returns an error if it is already used.
    pub(super) fn take(&mut self, name: &str, what: String, place: Place) -> Result<(), EmitError> {
        match self.0.insert(name.to_owned(), what.clone()) {
            None => Ok(()),
            Some(other) => Err(same_name(name, &what, &other, place)),
        }
    }
}
