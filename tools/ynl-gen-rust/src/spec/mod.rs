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
        let text = std::fs::read_to_string(path)?;
        Ok(Self {
            name: path.display().to_string(),
            // Some editors begin a file with a byte order mark.
            text: text.trim_start_matches('\u{feff}').to_owned(),
        })
    }

    /// Reads the YAML. A protocol that is not supported is refused by its name, rather than by its keys.
    pub fn parse(&self) -> Result<Document, Problem> {
        let error = match self.read_as::<Document>() {
            Ok(document) => {
                check_protocol(document.protocol.as_ref())?;
                return Ok(document);
            }
            Err(error) => error,
        };
        if let Ok(any) = self.read_as::<AnyProtocol>() {
            check_protocol(any.protocol.as_ref())?;
        }
        let problem = Problem::from(error);
        Err(self.indented_by_tab(&problem).unwrap_or(problem))
    }

    /// The problem that a line is indented by a tab, if that is what another says. The YAML library may
    /// point at the line before.
    fn indented_by_tab(&self, problem: &Problem) -> Option<Problem> {
        let first = usize::try_from(problem.place()?.line).ok()?;
        if !problem.to_string().contains("tab") {
            return None;
        }
        let mut lines = self.text.lines().enumerate().skip(first.saturating_sub(1));
        let (index, line) = lines.find(|(_, line)| indent(line).contains('\t'))?;
        let place = Place {
            line: u64::try_from(index).ok()? + 1,
            column: u64::try_from(indent(line).find('\t')?).ok()? + 1,
        };
        Some(Problem::at(place, "this line is indented by a tab").expected("spaces"))
    }

    fn read_as<T: serde::de::DeserializeOwned>(&self) -> Result<T, serde_saphyr::Error> {
        let options = serde_saphyr::options! { with_snippet: false };
        serde_saphyr::from_str_with_options(&self.text, options)
    }

    /// The licence that the first line states. Generated files are under the same.
    pub fn licence(&self) -> Result<&str, Problem> {
        let first = self.text.lines().next().unwrap_or_default();
        // Of an expression of licences, which ends no comment.
        let allowed = |c: char| c.is_ascii_alphanumeric() || " .+-:()".contains(c);
        let licence = first.strip_prefix(LICENCE_PREFIX);
        licence
            .filter(|text| text.chars().all(allowed))
            .ok_or_else(|| {
                Problem::at(Place::START, "the spec does not state its licence")
                    .expected(format!("a first line `{LICENCE_PREFIX}…`"))
            })
    }

    /// Shows a problem with the line that it is about.
    pub fn report(&self, problem: Problem) -> Report<'_> {
        Report::new(self, problem)
    }
}

/// What a spec of any protocol has.
#[derive(serde::Deserialize)]
struct AnyProtocol {
    protocol: Option<At<Protocol>>,
}

fn check_protocol(protocol: Option<&At<Protocol>>) -> Result<(), Problem> {
    match protocol.filter(|protocol| protocol.value == Protocol::NetlinkRaw) {
        None => Ok(()),
        Some(raw) => {
            let problem = "`protocol: netlink-raw` is not supported";
            Err(Problem::at(raw.place, problem).expected(list([
                "genetlink",
                "genetlink-c",
                "genetlink-legacy",
            ])))
        }
    }
}

/// The white space that a line begins with.
fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// Whether a character is not shown itself, but changes how others are: it turns the direction of
/// text, which compilers of Rust and C refuse, or controls a terminal.
pub(crate) fn is_hidden(c: char) -> bool {
    let turns = matches!(
        c,
        '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    );
    turns || (c.is_control() && !c.is_whitespace())
}
