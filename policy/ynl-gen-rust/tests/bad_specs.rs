// SPDX-License-Identifier: MIT OR Apache-2.0

//! Specs with one mistake each, in `tests/bad`, and what is said about it.

use std::path::Path;
use ynl_gen_rust::model;
use ynl_gen_rust::spec::Source;

#[test]
fn each_mistake_is_explained() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    paths.sort();
    assert!(paths.len() >= 30);
    for path in paths {
        let name = path.file_stem().expect("a file").to_string_lossy();
        insta::assert_snapshot!(name.as_ref(), explained(&path));
    }
}

#[test]
fn the_readme_says_how_many_are_refused() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["bad", "refused/kernel", "refused/user"];
    let counts = folders.map(|folder| {
        let entries = std::fs::read_dir(here.join("tests").join(folder));
        entries.expect("the folder is there").count()
    });
    let count: usize = counts.iter().sum();
    let readme = here.join("../../README.md");
    let readme = std::fs::read_to_string(readme).expect("it can be read");
    let said = format!("on {count} specs that it must refuse");
    assert!(readme.contains(&said), "it does not say \"{said}\"");
}

/// What is said about a spec.
fn explained(path: &Path) -> String {
    let mut source = Source::read(path).expect("it can be read");
    source.name = path
        .file_name()
        .expect("a file")
        .to_string_lossy()
        .into_owned();
    let built = source
        .parse()
        .and_then(|document| model::build(&document, source.licence()?));
    match built {
        Ok(_) => "nothing".to_owned(),
        Err(problem) => source.report(problem).to_string(),
    }
}
