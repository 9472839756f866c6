// SPDX-License-Identifier: MIT OR Apache-2.0

//! Validates the specs with the kernel's schema.

use crate::support::tool::{Run, kernel_file, project_file, pyynl, text_in};
use anyhow::Result;
use std::fs;

crate::tests![
    greet_and_shelf_match_the_schema,
    a_spec_with_an_invalid_key_is_rejected
];

fn greet_and_shelf_match_the_schema() -> Result<()> {
    let shelf = project_file("tests/families/shelf/shelf.yaml")?;
    for spec in [&text_in("GREET_SPEC")?, &shelf] {
        assert_eq!(validate(spec)?.output()?, "", "{spec}");
    }
    Ok(())
}

fn a_spec_with_an_invalid_key_is_rejected() -> Result<()> {
    const FAULTY: &str = "/tmp/faulty.yaml";

    let spec = fs::read_to_string(text_in("GREET_SPEC")?)?;
    fs::write(FAULTY, spec.replace("max-len:", "longest:"))?;
    let run = validate(FAULTY)?;
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("longest"), "{run:?}");
    Ok(())
}

fn validate(spec: &str) -> Result<Run> {
    let schema = kernel_file("Documentation/netlink/genetlink.yaml")?;
    pyynl(&["--spec", spec, "--schema", &schema, "--validate"])
}
