// SPDX-License-Identifier: MIT OR Apache-2.0

//! The project's files, and searching in them.

use crate::tool;
use anyhow::{Result, bail};
use std::fs;
use std::path::Path;

/// A file of text.
#[derive(Debug)]
pub(crate) struct File {
    /// From the top of the checkout.
    pub(crate) path: String,
    pub(crate) text: String,
}

#[derive(Debug)]
pub(crate) struct Files(Vec<File>);

impl Files {
    /// All that git does not ignore; links and what is no text are left out.
    pub(crate) fn of(checkout: &Path) -> Result<Self> {
        let list = tool::output(
            tool::command("git")
                // The checkout may belong to another user, as in a container.
                .args(["-c", "safe.directory=*", "ls-files", "-z"])
                .args(["--cached", "--others", "--exclude-standard"])
                .current_dir(checkout),
        )?;
        let files = list
            .split_terminator('\0')
            .map(|path| (path, checkout.join(path)))
            .filter(|(_, full)| !full.is_symlink())
            .filter_map(|(path, full)| {
                Some(File {
                    path: path.to_owned(),
                    text: fs::read_to_string(full).ok()?,
                })
            })
            .collect();
        Ok(Self(files))
    }

    /// Those whose path is one of these or in one of these folders (with a `/` at their end).
    pub(crate) fn under<'a>(&'a self, places: &'a [&str]) -> impl Iterator<Item = &'a File> {
        self.0.iter().filter(move |file| {
            places.iter().any(|place| {
                file.path == *place || (is_folder(place) && file.path.starts_with(place))
            })
        })
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &File> {
        self.0.iter()
    }
}

impl File {
    pub(crate) fn ends_with(&self, ends: &[&str]) -> bool {
        ends.iter().any(|end| self.path.ends_with(end))
    }

    /// The places of lines, as compilers give them.
    pub(crate) fn find(&self, is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
        self.text
            .lines()
            .enumerate()
            .filter(|(_, line)| is_wrong(line))
            .map(|(number, line)| format!("{}:{}: {}", self.path, number + 1, line.trim()))
            .collect()
    }
}

/// An error that names the places, if there are any.
pub(crate) fn none(places: Vec<String>) -> Result<()> {
    if places.is_empty() {
        return Ok(());
    }
    bail!("{}", places.join("\n"))
}

/// A line of Rust or C without its comment. A `//` in a string hides the rest of its line.
pub(crate) fn code(line: &str) -> &str {
    let line = line.split("//").next().unwrap_or_default();
    let is_comment = ["/*", "* ", "*/"]
        .iter()
        .any(|start| line.trim_start().starts_with(start));
    if is_comment { "" } else { line }
}

/// Whether a word stands in a text, not as a part of another.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

fn is_folder(place: &str) -> bool {
    place.ends_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_no_code() {
        assert_eq!(code("let x; // unsafe"), "let x; ");
        assert_eq!(code("    /* unsafe */"), "");
        assert_eq!(code(" * unsafe"), "");
        assert_eq!(code("*x = 1;"), "*x = 1;");
    }

    #[test]
    fn words_are_whole() {
        assert!(has_word("an unsafe block", "unsafe"));
        assert!(!has_word("allow(unsafe_code)", "unsafe"));
    }
}
