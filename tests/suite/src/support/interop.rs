// SPDX-License-Identifier: MIT OR Apache-2.0

//! Netlink clients without code of this project.

use super::tool::{project_file, pyynl, run, text_in};
use anyhow::Result;
use serde_json::Value;

/// Runs pyynl with the family's spec and returns its output as JSON.
pub(crate) fn pyynl_greet(args: &[&str]) -> Result<Value> {
    Ok(serde_json::from_str(&pyynl_greet_text(args)?)?)
}

/// Runs pyynl with the family's spec and returns its output, which may have several values.
pub(crate) fn pyynl_greet_text(args: &[&str]) -> Result<String> {
    let spec = text_in("GREET_SPEC")?;
    // The topic `spec` validates the schema.
    let common = ["--spec", &spec, "--no-schema", "--output-json"];
    pyynl(&[&common, args].concat())?.output()
}

pub(crate) fn pyroute2_client() -> Result<String> {
    project_file("tests/interop/greet_pyroute2.py")
}

/// Compiles the client in C against the family's uapi header and returns its path.
pub(crate) fn libmnl_client() -> Result<String> {
    const PROGRAM: &str = "/tmp/greet_mnl";

    let source = project_file("tests/interop/greet_mnl.c")?;
    let include = format!("-I{}", project_file("policy")?);
    let strict = ["-Wall", "-Wextra", "-Werror"];
    let rest = [&include, &source, "-lmnl", "-o", PROGRAM];
    run("cc", &[&strict, &rest[..]].concat())?.output()?;
    Ok(PROGRAM.to_owned())
}
