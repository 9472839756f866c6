// SPDX-License-Identifier: MIT OR Apache-2.0

//! Parses specs: YAML with the place of each value.

mod document;
mod problem;
mod supplement;

pub use document::*;
pub use problem::{At, Place, Problem, Report, list};
pub use supplement::KernelOptions;

use std::path::Path;
use supplement::Supplement;

/// The start of the first line of a spec.
const LICENCE_PREFIX: &str = "# SPDX-License-Identifier: ";

/// The text of a spec, and its name in errors.
#[derive(Debug)]
pub struct Source {
    /// File name.
    pub name: String,
    /// Content.
    pub text: String,
}

impl Source {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn read(path: &Path) -> std::io::Result<Self> {
        let text = std::fs::read_to_string(path)?;
        Ok(Self {
            name: path.display().to_string(),
            // Some editors write a byte order mark.
            text: text.trim_start_matches('\u{feff}').to_owned(),
        })
    }

    /// Appends a supplement, a file with the operations, the attributes of messages and the groups that
    /// the family has in the kernel, but not in its spec.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn with_supplement(self, path: &Path) -> std::io::Result<Self> {
        let supplement = Self::read(path)?;
        Ok(Self {
            name: format!("{} with {}", self.name, supplement.name),
            text: supplement::append(&self.text, &supplement.text),
        })
    }

    /// Parses the YAML.
    ///
    /// # Errors
    ///
    /// The YAML or a key is not valid. The error for an unsupported protocol names the protocol,
    /// not its keys.
    pub fn parse(&self) -> Result<Document, Problem> {
        let (spec, supplement) = supplement::split(&self.text);
        let mut document: Document = match read_as(spec) {
            Ok(document) => document,
            Err(error) => {
                if let Ok(any) = read_as::<AnyProtocol>(spec) {
                    check_protocol(any.protocol.as_ref())?;
                }
                return Err(self.problem(error));
            }
        };
        check_protocol(document.protocol.as_ref())?;
        if let Some(text) = supplement {
            let supplement: Supplement = read_as(&text).map_err(|error| self.problem(error))?;
            supplement.add_to(&mut document)?;
        }
        Ok(document)
    }

    fn problem(&self, error: serde_saphyr::Error) -> Problem {
        let problem = Problem::from(error);
        self.indented_by_tab(&problem).unwrap_or(problem)
    }

    /// Returns the problem that a tab indents the line, if the YAML library reports another problem
    /// there. The library may report the line before.
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
        Some(Problem::at(place, "a tab indents this line").expected("spaces"))
    }

    /// Returns the licence in the first line, which also applies to generated files.
    ///
    /// # Errors
    ///
    /// The first line has no licence.
    pub fn licence(&self) -> Result<&str, Problem> {
        let first = self.text.lines().next().unwrap_or_default();
        // Characters of a licence expression, which cannot end a comment.
        let allowed = |c: char| c.is_ascii_alphanumeric() || " .+-:()".contains(c);
        let licence = first.strip_prefix(LICENCE_PREFIX);
        licence
            .filter(|text| text.chars().all(allowed))
            .ok_or_else(|| {
                Problem::at(Place::START, "the licence is missing")
                    .expected(format!("the first line `{LICENCE_PREFIX}…`"))
            })
    }

    /// Formats a problem with the line of the spec.
    pub fn report(&self, problem: Problem) -> Report<'_> {
        Report::new(self, problem)
    }
}

/// Returns the name of the spec in the outputs: its file name, so that the outputs do not depend on
/// the directory. Line breaks are replaced, because the name is in a comment.
pub fn origin(spec: &Path) -> String {
    spec.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .replace(|c: char| is_hidden(c) || c.is_control(), "\u{fffd}")
}

fn read_as<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, serde_saphyr::Error> {
    let options = serde_saphyr::options! { with_snippet: false };
    serde_saphyr::from_str_with_options(text, options)
}

/// The keys that all protocols have.
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

/// Returns the leading white space of a line.
fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// Returns whether a character is invisible but changes the display of other characters: it
/// reverses the direction of text, which compilers of Rust and C reject, or controls a terminal.
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
