// SPDX-License-Identifier: MIT OR Apache-2.0

//! Validates the spec with the kernel's schema.

use crate::support::tool::{Run, kernel_file, pyynl, text_in};
use anyhow::Result;
use std::fs;

crate::tests![greet_yaml_is_valid, a_spec_with_an_invalid_key_is_rejected];

fn greet_yaml_is_valid() -> Result<()> {
    let run = validate(&text_in("GREET_SPEC")?)?;
    assert_eq!((run.output()?.as_str()), "");
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
