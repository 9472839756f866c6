// SPDX-License-Identifier: MIT OR Apache-2.0

//! The pages that explain the family show its files as they are.

use std::fs;
use std::path::{Path, PathBuf};

const PAGES: [&str; 2] = [
    "docs/tutorials/first-client.md",
    "docs/how-to/extend-a-family.md",
];

/// The files that the pages show, by the word after the fence of a block.
const SHOWN: [(&str, &[&str]); 2] = [
    ("yaml", &["shelf.yaml"]),
    (
        "rust",
        &[
            "kmodule/shelf_main.rs",
            "kmodule/shelf.rs",
            "client/src/main.rs",
            "../../kernel-protocols/tests/programs.rs",
        ],
    ),
];

/// The starts of blocks that `tools/ynl-gen-rust/tests/build_script.rs` compiles.
const COMPILED: [&str; 2] = ["// build.rs\n", "// src/main.rs\n"];

/// The other blocks: commands, and their output, which `make docs` runs and compares.
const OTHERS: [&str; 2] = ["sh", "text"];

#[test]
fn shown_code_is_in_the_files() {
    let family = checkout().join("tests/families/shelf");
    let mut found = 0;
    for (language, text) in all_blocks() {
        let Some((_, files)) = SHOWN.iter().find(|(shown, _)| *shown == language) else {
            continue;
        };
        if COMPILED.iter().any(|start| text.starts_with(start)) {
            continue;
        }
        let mut files = files.iter().map(|file| read(&family.join(file)));
        assert!(
            files.any(|file| file.contains(&text)),
            "in none of the files:\n{text}"
        );
        found += 1;
    }
    assert!(found > 10, "only {found} blocks");
}

#[test]
fn the_page_about_ports_shows_the_family_fou() {
    let page = read(&checkout().join("docs/how-to/port-a-c-family.md"));
    let family = checkout().join("tests/families/fou");
    let code = read(&family.join("kmodule/fou.rs"));
    let supplement = read(&family.join("fou.supplement.yaml"));
    let blocks = blocks(&page);
    assert_eq!(blocks.len(), 3);
    for (language, text) in blocks {
        // A block in a list is indented.
        let indent = text.len() - text.trim_start_matches(' ').len();
        let lines = text.lines().map(|line| match language.as_str() {
            "yaml" => line.get(indent..).unwrap_or_default(),
            _ => line,
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        let file = if language == "yaml" {
            &supplement
        } else {
            &code
        };
        assert!(file.contains(text.trim_end()), "{text}");
    }
}

#[test]
fn each_block_is_of_a_tested_kind() {
    for (language, text) in all_blocks() {
        let shown = SHOWN.iter().any(|(shown, _)| *shown == language);
        assert!(
            shown || OTHERS.contains(&language.as_str()),
            "{language}:\n{text}"
        );
    }
}

#[test]
fn commands_name_existing_files() {
    let mut found = 0;
    for (_, text) in all_blocks().filter(|(language, _)| language == "sh") {
        for path in text.split("\"$GREET/").skip(1) {
            let path = path.split('"').next().unwrap_or_default();
            assert!(checkout().join(path).exists(), "{path} does not exist");
            found += 1;
        }
    }
    assert!(found > 5, "only {found} paths");
}

/// The word after the fence of each block, and the block.
fn all_blocks() -> impl Iterator<Item = (String, String)> {
    PAGES
        .iter()
        .flat_map(|page| blocks(&read(&checkout().join(page))))
}

fn blocks(page: &str) -> Vec<(String, String)> {
    let parts = page.split("```").skip(1).step_by(2);
    let split = |part: &str| {
        let (language, text) = part.split_once('\n')?;
        Some((language.to_owned(), text.to_owned()))
    };
    parts.filter_map(split).collect()
}

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
