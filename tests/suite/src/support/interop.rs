// SPDX-License-Identifier: MIT OR Apache-2.0

//! Netlink clients without code of this project.

use super::tool::{project_file, pyynl, run, text_in};
use anyhow::{Context, Result};
use serde_json::Value;

/// Runs pyynl with a spec and returns its output as JSON.
pub(crate) fn pyynl_json(spec: &str, args: &[&str]) -> Result<Value> {
    let output = pyynl_text(spec, args)?;
    serde_json::from_str(&output).with_context(|| output)
}

/// Runs pyynl with a spec and returns its output, which may have several values.
pub(crate) fn pyynl_text(spec: &str, args: &[&str]) -> Result<String> {
    // The topic `spec` validates the specs.
    let common = ["--spec", spec, "--no-schema", "--output-json"];
    pyynl(&[&common, args].concat())?.output()
}

/// Runs pyynl with the spec of `greet` and returns its output as JSON.
pub(crate) fn pyynl_greet(args: &[&str]) -> Result<Value> {
    pyynl_json(&text_in("GREET_SPEC")?, args)
}

/// Returns the path of the client that uses pyroute2.
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
