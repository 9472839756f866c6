// SPDX-License-Identifier: MIT OR Apache-2.0

//! Specs as they are written: YAML, with the place of each value.

mod document;
mod place;
mod problem;

pub use document::*;
pub use place::{At, Place};
pub use problem::{Problem, Report, list};

use std::path::Path;

/// How a spec's first line begins.
const LICENCE_PREFIX: &str = "# SPDX-License-Identifier: ";

/// A spec's text, and the name under which errors mention it.
#[derive(Debug)]
pub struct Source {
    /// The file's name, for people.
    pub name: String,
    /// What is in it.
    pub text: String,
}

impl Source {
    /// Reads a file.
    pub fn read(path: &Path) -> std::io::Result<Self> {
        Ok(Self {
            name: path.display().to_string(),
            text: std::fs::read_to_string(path)?,
        })
    }

    /// Reads the YAML.
    pub fn parse(&self) -> Result<Document, Problem> {
        self.check_protocol()?;
        self.read_as().map_err(Problem::from)
    }

    /// Refuses a protocol that is not supported by its name, rather than by its keys.
    fn check_protocol(&self) -> Result<(), Problem> {
        /// What a spec of any protocol has.
        #[derive(serde::Deserialize)]
        struct Any {
            protocol: Option<At<Protocol>>,
        }
        match self.read_as::<Any>() {
            Ok(Any {
                protocol: Some(protocol),
            }) if protocol.value == Protocol::NetlinkRaw => {
                let problem = "`protocol: netlink-raw` is not supported";
                Err(Problem::at(protocol.place, problem).expected(list([
                    "genetlink",
                    "genetlink-c",
                    "genetlink-legacy",
                ])))
            }
            // Other mistakes are found with more of the spec in sight.
            _ => Ok(()),
        }
    }

    fn read_as<T: serde::de::DeserializeOwned>(&self) -> Result<T, serde_saphyr::Error> {
        let options = serde_saphyr::options! { with_snippet: false };
        serde_saphyr::from_str_with_options(&self.text, options)
    }

    /// The licence that the first line states. Generated files are under the same.
    pub fn licence(&self) -> Result<&str, Problem> {
        let first = self.text.lines().next().unwrap_or_default();
        first.strip_prefix(LICENCE_PREFIX).ok_or_else(|| {
            Problem::at(Place::START, "the spec does not state its licence")
                .expected(format!("a first line `{LICENCE_PREFIX}…`"))
        })
    }

    /// Shows a problem with the line that it is about.
    pub fn report(&self, problem: Problem) -> Report<'_> {
        Report::new(self, problem)
    }
}
