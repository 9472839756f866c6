// SPDX-License-Identifier: MIT OR Apache-2.0

//! Names in Rust that stand beside each other.

pub(super) use crate::naming::*;

use super::EmitError;
use std::collections::HashMap;

/// The names at the top of a file, each of which may be there once.
#[derive(Debug, Default)]
pub(super) struct Top(HashMap<String, String>);

impl Top {
    /// Takes a name for something; an error if something else has it.
    pub(super) fn take(&mut self, name: &str, what: String) -> Result<(), EmitError> {
        match self.0.insert(name.to_owned(), what.clone()) {
            None => Ok(()),
            Some(other) => {
                let same = format!("the same name in Rust, `{name}`, as {other}");
                Err(EmitError::Unsupported(what, same))
            }
        }
    }
}
