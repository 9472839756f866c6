// SPDX-License-Identifier: MIT OR Apache-2.0

//! The log, on standard error.

use genl::Escaped;
use log::LevelFilter;
use std::io::{self, Write};

/// Starts the log: `-v` shows messages decoded, `-vv` their bytes too.
pub(crate) fn start(verbose: u8) {
    let level = match verbose {
        0 => LevelFilter::Warn,
        1 => LevelFilter::Debug,
        _ => LevelFilter::Trace,
    };
    env_logger::Builder::new()
        .filter_level(level)
        .format(|out, record| write_record(out, &record.args().to_string()))
        .init();
}

/// Writes a record; a long message has several lines, which cannot control the terminal.
fn write_record(out: &mut impl Write, record: &str) -> io::Result<()> {
    for line in record.lines() {
        writeln!(out, "greetctl: {}", Escaped::new(line))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_a_record_starts_with_the_program_name() {
        let mut out = Vec::new();
        write_record(&mut out, "-> a {\n  b\u{1b}[2J\n}").unwrap();
        let expected = "greetctl: -> a {\ngreetctl:   b\\u{1b}[2J\ngreetctl: }\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
