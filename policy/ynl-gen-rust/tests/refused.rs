// SPDX-License-Identifier: MIT OR Apache-2.0

//! Specs that one side cannot have: those in `tests/refused`, and what is said about each.

use std::path::Path;
use ynl_gen_rust::emit::{self, EmitError, UserOptions};
use ynl_gen_rust::model::{self, Family};
use ynl_gen_rust::spec::Source;

#[test]
fn what_the_kernel_cannot_have_is_refused_by_name() {
    explain_all("kernel", |family| emit::kernel(family, "a spec"));
}

#[test]
fn what_programs_cannot_have_is_refused_by_name() {
    let options = UserOptions {
        genl: "genl",
        serde: true,
    };
    explain_all("user", |family| emit::user(family, "a spec", options));
}

fn explain_all(side: &str, emitter: impl Fn(&Family) -> Result<String, EmitError>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/refused");
    let mut paths: Vec<_> = std::fs::read_dir(folder.join(side))
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    paths.sort();
    assert!(paths.len() >= 8);
    for path in paths {
        let name = path.file_stem().expect("a file").to_string_lossy();
        insta::assert_snapshot!(format!("{side}_{name}"), explained(&path, &emitter));
    }
}

/// What is said about a spec that is right by itself.
fn explained(path: &Path, emitter: impl Fn(&Family) -> Result<String, EmitError>) -> String {
    let mut source = Source::read(path).expect("it can be read");
    source.name = path
        .file_name()
        .expect("a file")
        .to_string_lossy()
        .into_owned();
    let built = source
        .parse()
        .and_then(|document| model::build(&document, source.licence()?));
    let family = match built {
        Ok(family) => family,
        Err(problem) => panic!("{}", source.report(problem)),
    };
    match emitter(&family) {
        Ok(_) => "nothing".to_owned(),
        Err(EmitError::Unsupported(problem)) => source.report(problem).to_string(),
        Err(error) => panic!("{error}"),
    }
}
