// SPDX-License-Identifier: MIT OR Apache-2.0

//! Problems in a spec, and places of values in its file.

use super::{Source, is_hidden};
use serde::{Deserialize, Deserializer};
use serde_saphyr::{Location, Spanned};
use std::fmt;
use std::ops::Deref;

/// A place in a file, counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Line.
    pub line: u64,
    /// Column, in characters.
    pub column: u64,
}

impl Place {
    /// The first character of a file.
    pub const START: Self = Self { line: 1, column: 1 };
}

impl From<Location> for Place {
    fn from(location: Location) -> Self {
        Self {
            line: location.line(),
            column: location.column(),
        }
    }
}

/// A value with its place. The place of an alias is where the alias is.
#[derive(Clone, Debug)]
pub struct At<T> {
    /// Value.
    pub value: T,
    /// Place.
    pub place: Place,
}

/// Ignores the places.
impl<T: PartialEq> PartialEq for At<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> Deref for At<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::deserialize(deserializer)?;
        Ok(Self {
            value: spanned.value,
            place: spanned.referenced.into(),
        })
    }
}

/// An invalid or unsupported part of a spec.
#[derive(Debug)]
pub struct Problem {
    place: Option<Place>,
    message: String,
    expected: Option<String>,
}

impl Problem {
    /// Creates a problem with the value at `place`. `message` is a sentence without its full stop.
    pub fn at(place: Place, message: impl Into<String>) -> Self {
        Self {
            place: Some(place),
            message: message.into(),
            expected: None,
        }
    }

    /// Returns the place, if it is known.
    pub(super) fn place(&self) -> Option<Place> {
        self.place
    }

    /// Adds a description of the expected input.
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<serde_saphyr::Error> for Problem {
    fn from(error: serde_saphyr::Error) -> Self {
        let (message, expected) = explain(&error);
        Self {
            place: error.location().map(Place::from),
            message,
            expected,
        }
    }
}

/// Translates an error of the YAML library to the terms of specs: keys instead of fields.
fn explain(error: &serde_saphyr::Error) -> (String, Option<String>) {
    use serde_saphyr::Error;

    match error {
        Error::SerdeUnknownField {
            field, expected, ..
        } => (
            format!("unknown key `{field}`"),
            Some(list(expected.iter().copied())),
        ),
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => (
            format!("unknown value `{variant}`"),
            Some(list(expected.iter().copied())),
        ),
        Error::SerdeMissingField { field, .. } => (
            format!("the map that ends here lacks the key `{field}`"),
            None,
        ),
        Error::InvalidScalar { ty, .. } if ty.starts_with(['i', 'u']) => {
            ("not a number".to_owned(), Some("a whole number".to_owned()))
        }
        Error::InvalidScalar {
            ty: "bool" | "boolean",
            ..
        }
        | Error::InvalidBooleanStrict { .. } => {
            ("not a boolean".to_owned(), Some(list(["true", "false"])))
        }
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            (format!("duplicate key `{key}`"), None)
        }
        Error::Unexpected { expected, .. } => (
            "unexpected value".to_owned(),
            Some(in_words(expected).to_owned()),
        ),
        Error::SerdeInvalidType {
            unexpected,
            expected,
            ..
        } => (format!("unexpected {unexpected}"), Some(expected.clone())),
        _ => (plain_message(error), None),
    }
}

/// Translates the expectation of the YAML parser.
fn in_words(expected: &str) -> &str {
    match expected {
        "sequence start" => "a list",
        "mapping start" => "a map of keys and values",
        "string scalar" | "scalar" => "a single value",
        other => other,
    }
}

/// Returns the message of the library without the place at its end.
fn plain_message(error: &serde_saphyr::Error) -> String {
    let message = error.render_with_options(serde_saphyr::render_options! {
        formatter: &serde_saphyr::UserMessageFormatter,
        snippets: serde_saphyr::SnippetMode::Off,
    });
    match message.rsplit_once(" at line ") {
        Some((message, _)) => message.to_owned(),
        None => message,
    }
}

/// A problem with its file, formatted for people.
#[derive(Debug)]
pub struct Report<'a> {
    source: &'a Source,
    problem: Problem,
}

impl<'a> Report<'a> {
    pub(super) fn new(source: &'a Source, problem: Problem) -> Self {
        Self { source, problem }
    }

    /// Writes the line, with a mark below the place.
    fn show_line(&self, f: &mut fmt::Formatter<'_>, place: Place) -> fmt::Result {
        let index = usize::try_from(place.line).unwrap_or(usize::MAX);
        let Some(line) = self.source.text.lines().nth(index.saturating_sub(1)) else {
            return Ok(());
        };
        let number = place.line.to_string();
        let margin = " ".repeat(number.len());
        let column = usize::try_from(place.column).unwrap_or(usize::MAX);
        // Tabs are kept in the line of the mark. Characters that would be invisible are replaced.
        let before = line.chars().take(column.saturating_sub(1));
        let before: String = before.map(|c| if c == '\t' { c } else { ' ' }).collect();
        let line = shown(line);
        writeln!(f, " {margin} |")?;
        writeln!(f, " {number} | {line}")?;
        match column <= MAX_SHOWN {
            true => writeln!(f, " {margin} | {before}^"),
            false => Ok(()),
        }
    }
}

/// Maximum number of characters of a line in an error.
const MAX_SHOWN: usize = 200;

/// Returns the start of a line, without characters that control a terminal.
fn shown(line: &str) -> String {
    let mut chars = line.chars();
    let start = chars.by_ref().take(MAX_SHOWN);
    let mut text: String = start
        .map(|c| match c != '\t' && (is_hidden(c) || c.is_control()) {
            true => '\u{fffd}',
            false => c,
        })
        .collect();
    if chars.next().is_some() {
        text.push('…');
    }
    text
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem {
            place,
            message,
            expected,
        } = &self.problem;
        write!(f, "{}", self.source.name)?;
        if let Some(Place { line, column }) = place {
            write!(f, ":{line}:{column}")?;
        }
        writeln!(f, ": {message}")?;
        if let Some(place) = *place {
            self.show_line(f, place)?;
        }
        match expected {
            Some(expected) => writeln!(f, "expected: {expected}"),
            None => Ok(()),
        }
    }
}

/// Formats names as a list: `a`, `b` or `c`.
pub fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        None => "nothing; none is defined".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, first)) => format!("{} or {last}", first.join(", ")),
    }
}
