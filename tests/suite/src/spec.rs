// SPDX-License-Identifier: MIT OR Apache-2.0

//! The spec follows the kernel's schema for specs.

use crate::support::tool::{Run, kernel_file, pyynl, text_in};
use anyhow::Result;
use std::fs;

crate::tests![greet_yaml_is_valid, the_check_sees_a_fault];

fn greet_yaml_is_valid() -> Result<()> {
    let run = validate(&text_in("GREET_SPEC")?)?;
    assert_eq!((run.output()?.as_str()), "");
    Ok(())
}

fn the_check_sees_a_fault() -> Result<()> {
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
