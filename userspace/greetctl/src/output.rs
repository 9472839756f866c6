// SPDX-License-Identifier: MIT OR Apache-2.0

//! Standard output, for people or for programs.

use anstyle::{AnsiColor, Style as Look};
use comfy_table::{ContentArrangement, Table, presets};
use genl::Escaped;
use greet::Style;
use nix::time::{ClockId, clock_gettime};
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use std::fmt::{self, Display};
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

/// The width for which lists are made.
const WIDTH: u16 = 80;

/// How results are printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

/// An element of a list.
pub(crate) trait Row {
    /// The names of the columns.
    const HEADER: &'static [&'static str];

    /// What stands in them, safe for a terminal.
    fn cells(&self) -> Vec<String>;
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints a result: its `Display` for people, its fields as JSON for programs.
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

    /// Prints a list: a table for people, a line of JSON an element for programs.
    pub(crate) fn print_list<R>(&self, rows: &[R], none: &str) -> io::Result<()>
    where
        R: Row + Serialize,
    {
        let mut stdout = io::BufWriter::new(io::stdout().lock());
        if self.json {
            for row in rows {
                json_line(&mut stdout, row)?;
            }
        } else if rows.is_empty() {
            writeln!(stdout, "{none}")?;
        } else {
            write_table(&mut stdout, rows)?;
        }
        stdout.flush()
    }
}

fn json_line(to: &mut impl Write, result: &impl Serialize) -> io::Result<()> {
    result.serialize(&mut Serializer::with_formatter(&mut *to, SafeJson))?;
    writeln!(to)
}

/// JSON that can be shown on a terminal: what could steer one is escaped.
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

fn write_table<R: Row>(to: &mut impl Write, rows: &[R]) -> io::Result<()> {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header(R::HEADER.to_vec());
    for row in rows {
        table.add_row(row.cells());
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let look = header_look();
    for (at, line) in table.lines().enumerate() {
        match at {
            0 => writeln!(to, "{look}{}{look:#}", line.trim_end())?,
            _ => writeln!(to, "{}", line.trim_end())?,
        }
    }
    Ok(())
}

/// How a header looks: bold on a terminal, unless the user wants no colour.
fn header_look() -> Look {
    let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    match wanted && io::stdout().is_terminal() {
        true => Look::new().bold().fg_color(Some(AnsiColor::Cyan.into())),
        false => Look::new(),
    }
}

/// The time since boot, of the clock that the kernel dates greetings by.
pub(crate) fn since_boot() -> Duration {
    clock_gettime(ClockId::CLOCK_BOOTTIME)
        .map(Duration::from)
        .unwrap_or_default()
}

/// A span of time for people: its largest unit and the one below.
pub(crate) fn age(span: Duration) -> String {
    let seconds = span.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) if seconds < 10 => format!("{:.1} s", span.as_secs_f64()),
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, ..) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

/// A style by its name, or its number if it has none.
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
    fn json_cannot_steer_a_terminal() {
        let mut line = Vec::new();
        let text = "a\u{202e}b\u{9b}c\u{1b}\"\n世";
        json_line(&mut line, &text).unwrap();
        let line = String::from_utf8(line).unwrap();
        assert_eq!(line, "\"a\\u202eb\\u009bc\\u001b\\\"\\n世\"\n");
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }

    #[test]
    fn spans_are_short() {
        for (seconds, text) in [
            (0.25, "0.2 s"),
            (59.0, "59 s"),
            (61.0, "1 min 1 s"),
            (7_260.0, "2 h 1 min"),
            (90_000.0, "1 d 1 h"),
        ] {
            assert_eq!(age(Duration::from_secs_f64(seconds)), text);
        }
    }
}
