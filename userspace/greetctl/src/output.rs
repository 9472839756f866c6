// SPDX-License-Identifier: MIT OR Apache-2.0

//! Standard output as text or JSON.

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style as Look};
use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use console::Term;
use genl::Escaped;
use greet::Style;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use std::fmt::{self, Display};
use std::io::{self, IsTerminal, Write};

/// The width of a terminal that does not report one.
const WIDTH: usize = 80;

/// The minimum width of the first column. On a narrower terminal, lists are not wrapped.
const MIN_WRAPPED: usize = 10;

/// How results are printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

/// An element of a list.
pub(crate) trait Row {
    /// The names of the columns.
    const HEADER: &'static [&'static str];

    /// The cells, which cannot control a terminal.
    fn cells(&self) -> Vec<String>;
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints a result as text with `Display`, or as JSON.
    pub(crate) fn print(&self, result: &(impl Display + Serialize)) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        if self.json {
            json_line(&mut stdout, result)?;
        } else {
            writeln!(stdout, "{result}")?;
        }
        stdout.flush()
    }

    /// Prints text as it is.
    pub(crate) fn print_text(&self, text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }

    /// Prints a list as a table, or as JSON with one line for each element.
    pub(crate) fn print_list<R>(&self, rows: &[R]) -> io::Result<()>
    where
        R: Row + Serialize,
    {
        let mut stdout = io::BufWriter::new(io::stdout().lock());
        if self.json {
            for row in rows {
                json_line(&mut stdout, row)?;
            }
        } else if !rows.is_empty() {
            write_table(&mut stdout, rows, width(), header_style())?;
        }
        stdout.flush()
    }

    /// Returns whether the output is JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }
}

/// Returns the width that lists must fit, if they are printed on a terminal.
fn width() -> Option<usize> {
    let is_terminal = io::stdout().is_terminal();
    is_terminal.then(|| {
        Term::stdout()
            .size_checked()
            .map_or(WIDTH, |(_, columns)| columns.into())
    })
}

fn json_line(to: &mut impl Write, result: &impl Serialize) -> io::Result<()> {
    result.serialize(&mut Serializer::with_formatter(&mut *to, SafeJson))?;
    writeln!(to)
}

/// Formats JSON that is safe on a terminal: characters that could control it are escaped.
struct SafeJson;

impl Formatter for SafeJson {
    fn write_string_fragment<W>(&mut self, to: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        for character in fragment.chars() {
            if Escaped::leaves(character) {
                write!(to, "{character}")?;
                continue;
            }
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(to, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }
}

/// Writes a table. In a pipe (no `width`) a row is a line. On a terminal that is too narrow, the
/// first column wraps.
fn write_table<R: Row>(
    to: &mut impl Write,
    rows: &[R],
    width: Option<usize>,
    header: Look,
) -> io::Result<()> {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(R::HEADER.to_vec());
    for row in rows {
        table.add_row(row.cells());
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    if let Some(width) = width {
        wrap_first_column(&mut table, width);
    }
    for (at, line) in table.lines().enumerate() {
        match at {
            0 => writeln!(to, "{header}{}{header:#}", line.trim_end())?,
            _ => writeln!(to, "{}", line.trim_end())?,
        }
    }
    Ok(())
}

/// Wraps the first column so that the table fits a terminal, if the column stays wide enough.
fn wrap_first_column(table: &mut Table, width: usize) {
    let widths = table.column_max_content_widths();
    let others: usize = widths
        .iter()
        .skip(1)
        .map(|&width| usize::from(width) + 2)
        .sum();
    // The last column needs no separator after it.
    if width < MIN_WRAPPED + others {
        return;
    }
    table
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width + 2).unwrap_or(u16::MAX));
    for column in table.column_iter_mut().skip(1) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
}

/// Returns the style of the header of a list in color output.
fn header_style() -> Look {
    match AutoStream::choice(&io::stdout()) {
        ColorChoice::Never => Look::new(),
        _ => Look::new().bold().fg_color(Some(AnsiColor::Cyan.into())),
    }
}

/// The name of a style, or its number if it has no name.
#[derive(Clone, Copy, Serialize)]
#[serde(untagged)]
pub(crate) enum StyleName {
    Known(&'static str),
    Unknown(u32),
}

impl From<Style> for StyleName {
    fn from(style: Style) -> Self {
        match style.name() {
            Some(name) => StyleName::Known(name),
            None => StyleName::Unknown(style.into()),
        }
    }
}

impl Display for StyleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StyleName::Known(name) => f.write_str(name),
            StyleName::Unknown(number) => write!(f, "style {number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_escapes_terminal_control_characters() {
        let mut line = Vec::new();
        let text = "a\u{202e}b\u{9b}c\u{1b}\"\n世";
        json_line(&mut line, &text).unwrap();
        let line = String::from_utf8(line).unwrap();
        assert_eq!(line, "\"a\\u202eb\\u009bc\\u001b\\\"\\n世\"\n");
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }

    struct Name(&'static str);

    impl Row for Name {
        const HEADER: &'static [&'static str] = &["NAME", "STYLE", "PORT"];

        fn cells(&self) -> Vec<String> {
            [self.0, "enthusiastic", "4294967295"]
                .map(str::to_owned)
                .into()
        }
    }

    fn table(width: Option<usize>) -> Vec<String> {
        let long = "a-name-of-64-bytes".repeat(4);
        let rows = [Name("World"), Name(Box::leak(long[..64].into()))];
        let mut text = Vec::new();
        write_table(&mut text, &rows, width, Look::new()).unwrap();
        let text = String::from_utf8(text).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_table_in_a_pipe_has_one_line_per_row() {
        let lines = table(None);
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert_eq!(lines[2].len(), 64 + 2 + 12 + 2 + 10);
    }

    #[test]
    fn only_names_wrap_on_a_terminal() {
        let lines = table(Some(40));
        assert!(lines.iter().all(|line| line.len() <= 40), "{lines:#?}");
        assert_eq!(lines[0].split_whitespace().last(), Some("PORT"));
        assert_eq!(
            lines
                .iter()
                .filter(|line| line.contains("4294967295"))
                .count(),
            2
        );
        // One line for the first, five for the second.
        assert_eq!(lines.len(), 1 + 1 + 5, "{lines:#?}");
    }

    #[test]
    fn a_table_is_not_wrapped_on_a_very_narrow_terminal() {
        assert_eq!(table(Some(20)), table(None));
    }
}
