// SPDX-License-Identifier: MIT OR Apache-2.0

//! Specs that the compiler must reject, and its message for each of them.
//!
//! A case is an edit of the valid spec `rejected/base.yaml`: its name after `#`, hunks of a diff
//! without line numbers, separated by `@@`, and the message. The old lines of a hunk occur once in
//! the spec. To add a case, write its name and hunks, and run the test with `BLESS=1`: it writes
//! the messages into the table.

use similar::TextDiff;
use std::fs;
use std::path::{Path, PathBuf};
use ynl_gen_rust::emit::{self, EmitError, UserOptions};
use ynl_gen_rust::model::{self, Family};
use ynl_gen_rust::spec::{Problem, Source};

const TABLES: [&str; 3] = ["spec.diff", "kernel.diff", "user.diff"];

const USER_OPTIONS: UserOptions<'_> = UserOptions {
    genl: "genl",
    serde: true,
};

#[test]
fn base_is_accepted() {
    let source = source(base());
    let family = family(&source).unwrap_or_else(|problem| panic!("{}", source.report(problem)));
    emit::kernel(&family, "a spec").expect("the kernel side supports it");
    emit::user(&family, "a spec", USER_OPTIONS).expect("the user side supports it");
}

#[test]
fn invalid_specs_are_rejected() {
    check_table("spec.diff", |source| family(source).err());
}

#[test]
fn specs_without_kernel_support_are_rejected() {
    check_table("kernel.diff", |source| {
        unsupported(source, |family| emit::kernel(family, "a spec"))
    });
}

#[test]
fn specs_without_user_support_are_rejected() {
    check_table("user.diff", |source| {
        unsupported(source, |family| emit::user(family, "a spec", USER_OPTIONS))
    });
}

/// The tables leave out the line of the spec that a message shows.
#[test]
fn message_shows_the_line() {
    let source = source(base().replace("type: u32", "type: u32\n        value: 0"));
    let problem = family(&source).expect_err("numbers begin at 1");
    insta::assert_snapshot!(source.report(problem).to_string(), @r"
    spec.yaml:19:16: invalid number 0 of `size`
        |
     19 |         value: 0
        |                ^
    expected: 1 to 16383
    ");
}

#[test]
fn page_counts_the_rejected_specs() {
    let count: usize = TABLES
        .map(|name| read(name).matches("\n\n# ").count())
        .iter()
        .sum();
    let page = "docs/explanation/testing.md";
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(page);
    let text = fs::read_to_string(path).expect("the page can be read");
    let claim = format!("{count} specs that the compiler must reject");
    assert!(text.contains(&claim), "{page} lacks \"{claim}\"");
}

/// Compares the messages in a table with the messages of the compiler.
fn check_table(name: &str, check: impl Fn(&Source) -> Option<Problem>) {
    let table = read(name);
    let (header, cases) = table.split_once("\n\n").expect("a header");
    let cases: Vec<_> = cases
        .split("\n\n")
        .map(|case| with_message(case, &check))
        .collect();
    let actual = format!("{header}\n\n{}\n", cases.join("\n\n"));
    if std::env::var_os("BLESS").is_some() {
        fs::write(path(name), actual).expect("the table can be written");
        return;
    }
    assert!(
        actual == table,
        "BLESS=1 writes these changes:\n{}",
        TextDiff::from_lines(&table, &actual).unified_diff()
    );
}

/// Returns a case with the current message of the compiler.
fn with_message(case: &str, check: impl Fn(&Source) -> Option<Problem>) -> String {
    let (name, rest) = case.split_once('\n').expect("a name and hunks");
    let hunks: Vec<_> = rest
        .lines()
        .take_while(|line| line.starts_with([' ', '+', '-', '@']))
        .collect();
    let source = source(edited(name, &hunks));
    let message = match check(&source) {
        Some(problem) => source.report(problem).to_string(),
        None => "no message".to_owned(),
    };
    let message = message.lines().filter(|line| !is_excerpt(line));
    let lines: Vec<_> = [name]
        .into_iter()
        .chain(hunks.iter().copied())
        .chain(message)
        .collect();
    lines.join("\n")
}

/// Returns whether a line of a message is an excerpt of the spec, such as `17 |   name: x`.
fn is_excerpt(line: &str) -> bool {
    line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit())
        .starts_with('|')
}

/// Applies hunks to the base.
fn edited(name: &str, hunks: &[&str]) -> String {
    let mut spec = base();
    for hunk in hunks.split(|&line| line == "@@") {
        let lines_with = |signs: [char; 2]| -> String {
            let lines = hunk.iter().filter(|line| line.starts_with(signs));
            lines.map(|line| format!("{}\n", &line[1..])).collect()
        };
        let old = lines_with([' ', '-']);
        assert_eq!(
            spec.matches(&old).count(),
            1,
            "{name}: occurrences of\n{old}"
        );
        spec = spec.replace(&old, &lines_with([' ', '+']));
    }
    spec
}

fn family(source: &Source) -> Result<Family, Problem> {
    let document = source.parse()?;
    model::build(&document, source.licence()?)
}

/// Returns the feature of a valid spec that an emitter does not support.
fn unsupported(
    source: &Source,
    emitter: impl Fn(&Family) -> Result<String, EmitError>,
) -> Option<Problem> {
    let family = family(source).unwrap_or_else(|problem| panic!("{}", source.report(problem)));
    match emitter(&family) {
        Ok(_) => None,
        Err(EmitError::Unsupported(problem)) => Some(problem),
        Err(error) => panic!("{error}"),
    }
}

fn source(text: String) -> Source {
    Source {
        name: "spec.yaml".to_owned(),
        text,
    }
}

fn base() -> String {
    read("base.yaml")
}

fn read(name: &str) -> String {
    let path = path(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn path(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rejected");
    directory.join(name)
}
