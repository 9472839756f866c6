// SPDX-License-Identifier: MIT OR Apache-2.0

//! Copyright notices of the crates that greetctl is built from. Their licences want them to go with
//! the program.

use crate::paths::Paths;
use crate::tool;
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// How names begin of files that hold them.
const BEGINNINGS: [&str; 6] = [
    "copying",
    "copyright",
    "licence",
    "license",
    "notice",
    "unlicense",
];

/// Those of the standard library, in the compiler's folder, if it is of Rust's own releases.
const OF_LIBRARY: &str = "share/doc/rust/COPYRIGHT-library.html";

/// Parts one text from the next.
pub(super) const RULE: &str =
    "------------------------------------------------------------------------\n";

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    /// None of what is ours.
    source: Option<String>,
    license: Option<String>,
    authors: Vec<String>,
    manifest_path: PathBuf,
}

/// A crate with its files, by their names.
struct Notices {
    name: String,
    licence: String,
    texts: Vec<(String, String)>,
}

/// Writes them all into a file.
pub(super) fn write(paths: &Paths, file: &Path) -> Result<()> {
    let linked = linked(paths)?;
    let packages = packages(paths)?.into_iter().filter(|package| {
        let id = format!("{} v{}", package.name, package.version);
        package.source.is_some() && linked.contains(&id)
    });
    let mut all = packages.map(Notices::of).collect::<Result<Vec<_>>>()?;
    ensure!(!all.is_empty(), "cargo names no crate of greetctl");
    all.push(Notices::of_library(paths)?);
    fs::write(file, text(&all)?).with_context(|| file.display().to_string())
}

/// Names and versions. Macros are among them, for what they write is in it.
fn linked(paths: &Paths) -> Result<BTreeSet<String>> {
    let mut cargo = tool::cargo();
    cargo
        .args(["tree", "--locked", "-p", "greetctl", "-e", "normal"])
        .args(["--prefix", "none"])
        .current_dir(&paths.checkout);
    Ok(parse_tree(&tool::output(&mut cargo)?))
}

/// Of `name vN.M.O` and perhaps remarks.
fn parse_tree(tree: &str) -> BTreeSet<String> {
    tree.lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some(format!("{} {}", words.next()?, words.next()?))
        })
        .collect()
}

fn packages(paths: &Paths) -> Result<Vec<Package>> {
    let mut cargo = tool::cargo();
    cargo
        .args(["metadata", "--locked", "--format-version", "1"])
        .current_dir(&paths.checkout);
    let metadata: Metadata =
        serde_json::from_str(&tool::output(&mut cargo)?).context("what cargo metadata prints")?;
    Ok(metadata.packages)
}

impl Notices {
    fn of(package: Package) -> Result<Self> {
        let folder = package.manifest_path.parent().context("a crate's folder")?;
        let mut texts = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_file() && holds_notices(&name) {
                let text = fs::read(&path).with_context(|| path.display().to_string())?;
                texts.push((name.into_owned(), plain(&String::from_utf8_lossy(&text))));
            }
        }
        texts.sort();
        let mut licence = package.license.unwrap_or_else(|| "see below".to_owned());
        if texts.is_empty() && !package.authors.is_empty() {
            licence = format!("{licence}, by {}", package.authors.join(", "));
        }
        Ok(Self {
            name: format!("{} {}", package.name, package.version),
            licence,
            texts,
        })
    }

    fn of_library(paths: &Paths) -> Result<Self> {
        let sysroot = tool::output(
            tool::command("rustc")
                .args(["--print", "sysroot"])
                .current_dir(&paths.checkout),
        )?;
        let page = fs::read_to_string(Path::new(sysroot.trim()).join(OF_LIBRARY));
        let texts = page.iter().map(|page| {
            let name = "COPYRIGHT-library.html, without its tags";
            (name.to_owned(), plain(&without_tags(page)))
        });
        Ok(Self {
            name: "Rust's standard library".to_owned(),
            licence: "MIT OR Apache-2.0".to_owned(),
            texts: texts.collect(),
        })
    }
}

/// What a page of HTML says.
fn without_tags(page: &str) -> String {
    let text: String = page
        .split('<')
        .map(|part| part.split_once('>').map_or(part, |(_, text)| text))
        .collect();
    [
        ("60", "<"),
        ("62", ">"),
        ("34", "\""),
        ("39", "'"),
        ("38", "&"),
    ]
    .iter()
    .fold(text, |text, (number, sign)| {
        text.replace(&format!("&#{number};"), sign)
    })
}

fn holds_notices(name: &str) -> bool {
    let name = name.to_lowercase();
    BEGINNINGS.iter().any(|begin| name.starts_with(begin))
}

/// A text without what its author's editor has added, so that the same texts are the same.
fn plain(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    format!("{}\n", lines.join("\n").trim_matches('\n'))
}

/// Each crate with its licence, then each text with the crates that have it.
fn text(all: &[Notices]) -> Result<String> {
    let mut out = String::from(
        "greetctl is built from these crates of others, each under its own licence.\n\n",
    );
    let mut texts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for notices in all {
        writeln!(out, "{}: {}", notices.name, notices.licence)?;
        for (file, text) in &notices.texts {
            let of = format!("{}, {file}\n", notices.name);
            texts.entry(text).or_default().push(of);
        }
    }
    for (text, of) in texts {
        write!(out, "\n{RULE}{}{RULE}\n{text}", of.concat())?;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notices(name: &str, text: &str) -> Notices {
        Notices {
            name: name.to_owned(),
            licence: "MIT".to_owned(),
            texts: vec![("LICENSE".to_owned(), plain(text))],
        }
    }

    #[test]
    fn a_tree_names_crates_once() {
        let tree = "greet v0.1.0 (folder)\nneli v0.7.5\nneli v0.7.5 (*)\nsyn v3.0.1 (proc-macro)\n";
        let crates = parse_tree(tree);
        assert!(
            crates
                .iter()
                .eq(["greet v0.1.0", "neli v0.7.5", "syn v3.0.1"])
        );
    }

    #[test]
    fn files_with_notices_are_known() {
        assert!(holds_notices("LICENSE-MIT") && holds_notices("Copying"));
        assert!(!holds_notices("README.md"));
    }

    #[test]
    fn a_page_is_read_without_its_tags() {
        let page = "<p class=\"x\">Copyright &#60;a@b&#62;</p>\n<b>&#38;#34;</b>";
        assert_eq!(without_tags(page), "Copyright <a@b>\n&#34;");
    }

    #[test]
    fn the_same_text_is_there_once() {
        let all = [notices("a 1", "May.\n"), notices("b 2", "\nMay. \r\n\r\n")];
        let text = text(&all).expect("a text");
        assert_eq!(text.matches("May.").count(), 1);
        assert!(text.contains("a 1: MIT\nb 2: MIT\n"));
        assert!(text.ends_with(&format!("{RULE}a 1, LICENSE\nb 2, LICENSE\n{RULE}\nMay.\n")));
    }
}
