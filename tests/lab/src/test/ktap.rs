// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the kernel says of its own tests, in KTAP.

use anyhow::{Result, anyhow};

/// The tests of all suites on a console: their names, and how they ended.
pub(crate) fn results(console: &str) -> Vec<(String, Result<()>)> {
    let mut suite = "";
    let mut results = Vec::new();
    for line in console.lines().map(without_time) {
        // Those of a suite stand further in than the suites.
        let Some(line) = line.strip_prefix("    ") else {
            continue;
        };
        if let Some(name) = line.strip_prefix("# Subtest: ") {
            suite = name.trim_end();
        } else if let Some((is_ok, name)) = result(line) {
            let result = match is_ok {
                true => Ok(()),
                false => Err(anyhow!("the console tells why")),
            };
            results.push((format!("{suite}::{name}"), result));
        }
    }
    results
}

/// Reads `ok NUMBER NAME` and `not ok NUMBER NAME`, with a directive behind them or not.
fn result(line: &str) -> Option<(bool, &str)> {
    let (is_ok, rest) = match line.strip_prefix("not ok ") {
        Some(rest) => (false, rest),
        None => (true, line.strip_prefix("ok ")?),
    };
    Some((is_ok, rest.split_whitespace().nth(1)?))
}

/// A line of the kernel's without the time at which it was logged.
fn without_time(line: &str) -> &str {
    let end = line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] "));
    end.map_or(line, |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_have_the_names_of_their_suites() {
        let console = "[    1.0] KTAP version 1\n[    1.0] 1..2\n\
                       [    1.0]     KTAP version 1\n[    1.0]     # Subtest: first\n\
                       [    1.0]     ok 1 one\n[    1.0]     not ok 2 two\n[    1.0] not ok 1 first\n\
                       \x20   # Subtest: second\n    ok 1 one # SKIP\nok 2 second\n";
        let results = results(console);
        let names: Vec<_> = results
            .iter()
            .map(|(name, result)| (name.as_str(), result.is_ok()))
            .collect();
        let expected = [
            ("first::one", true),
            ("first::two", false),
            ("second::one", true),
        ];
        assert_eq!(names, expected);
    }
}
