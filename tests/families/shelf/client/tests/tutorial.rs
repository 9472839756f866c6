// SPDX-License-Identifier: MIT OR Apache-2.0

//! The tutorial shows the family as it is.

use std::fs;
use std::path::{Path, PathBuf};

/// The files that it shows, by the word behind the fence of a block.
const SHOWN: [(&str, &[&str]); 3] = [
    ("yaml", &["shelf.yaml"]),
    (
        "rust",
        &[
            "kmodule/shelf_main.rs",
            "kmodule/shelf.rs",
            "client/src/main.rs",
        ],
    ),
    ("make", &["kmodule/Kbuild"]),
];

#[test]
fn shows_what_is_in_the_files() {
    let checkout = checkout();
    let family = checkout.join("tests/families/shelf");
    let tutorial = read(&checkout.join("docs/tutorial.md"));
    let mut found = 0;
    for (language, text) in blocks(&tutorial) {
        let Some((_, files)) = SHOWN.iter().find(|(shown, _)| *shown == language) else {
            continue;
        };
        let mut files = files.iter().map(|file| read(&family.join(file)));
        assert!(
            files.any(|file| file.contains(&text)),
            "is in no file:\n{text}"
        );
        found += 1;
    }
    assert!(found > 10, "only {found} blocks");
}

/// The other blocks: commands, and what the program prints, which the suite compares.
const OTHERS: [&str; 2] = ["sh", "text"];

#[test]
fn each_block_is_of_a_kind_that_is_tested() {
    let tutorial = read(&checkout().join("docs/tutorial.md"));
    for (language, text) in blocks(&tutorial) {
        let shown = SHOWN.iter().any(|(shown, _)| *shown == language);
        assert!(shown || OTHERS.contains(&language), "{language}:\n{text}");
    }
}

#[test]
fn commands_name_what_is_there() {
    let checkout = checkout();
    let tutorial = read(&checkout.join("docs/tutorial.md"));
    let commands = blocks(&tutorial).filter(|(language, _)| *language == "sh");
    let mut found = 0;
    for (_, text) in commands {
        for path in text.split("\"$GREET/").skip(1) {
            let path = path.split('"').next().unwrap_or_default();
            assert!(checkout.join(path).exists(), "there is no {path}");
            found += 1;
        }
    }
    assert!(found > 5, "only {found} paths");
}

/// The blocks between fences, behind the word of each.
fn blocks(page: &str) -> impl Iterator<Item = (&str, String)> {
    let parts = page.split("```").skip(1).step_by(2);
    parts.filter_map(|part| {
        let (language, text) = part.split_once('\n')?;
        Some((language, text.to_owned()))
    })
}

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
