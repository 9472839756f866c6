// SPDX-License-Identifier: MIT OR Apache-2.0

//! The tutorial shows the family as it is.

use std::fs;
use std::path::Path;

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
    let family = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let tutorial = read(&family.join("../../../docs/tutorial.md"));
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

/// The blocks between fences, behind the word of each.
fn blocks(page: &str) -> impl Iterator<Item = (&str, String)> {
    let parts = page.split("```").skip(1).step_by(2);
    parts.filter_map(|part| {
        let (language, text) = part.split_once('\n')?;
        Some((language, text.to_owned()))
    })
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
