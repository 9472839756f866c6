// SPDX-License-Identifier: MIT OR Apache-2.0

//! The reference page and the README describe the whole command line.

use std::process::Command;

const README: &str = include_str!("../README.md");

/// The page with the options, which the README names.
const PAGE: &str = include_str!("../../../docs/reference/ynl.md");

#[test]
fn every_option_is_documented() {
    for words in [&["--help"][..], &["new", "--help"]] {
        let help = help(words);
        let words = help.split([' ', '\n', ',', '`']);
        for option in words.filter(|word| word.starts_with("--")) {
            let is_usual = ["--help", "--version"].contains(&option);
            let is_known = [PAGE, README].iter().any(|text| text.contains(option));
            assert!(is_usual || is_known, "{option}");
        }
    }
    assert!(README.contains("ynl-gen-rust new "));
}

fn help(words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ynl-gen-rust"));
    let output = command.args(words).output().expect("the command runs");
    String::from_utf8(output.stdout).expect("UTF-8")
}
