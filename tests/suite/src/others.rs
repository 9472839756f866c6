// SPDX-License-Identifier: MIT OR Apache-2.0

//! Programs that know nothing of this project's code can use the family.

use crate::raw::Client;
use crate::support::tool::{PYTHON, kernel_file, project_file, pyynl, run, text_in};
use anyhow::{Context, Result};
use serde_json::{Value, json};

crate::tests![
    libnl_lists_the_family,
    iproute2_shows_the_family,
    iproute2_shows_the_policy,
    pyynl_is_greeted,
    pyynl_shows_the_policy,
    pyynl_is_told_what_is_wrong,
    pyroute2_is_greeted,
    pyroute2_is_told_what_is_wrong,
    libmnl_is_greeted,
    libmnl_is_told_what_is_wrong,
];

fn libnl_lists_the_family() -> Result<()> {
    let list = run("genl-ctrl-list", &["-d"])?.output()?;
    let id = Client::open()?.family_id();
    let expected = format!(
        "{id:#06x} greet version 1\n    hdrsize 0 maxattr 0\n      op unknown (0x01) <has_doit,has_policy>\n"
    );
    assert!(list.contains(&expected), "{list}");
    Ok(())
}

fn iproute2_shows_the_family() -> Result<()> {
    let shown = run("genl", &["ctrl", "get", "name", "greet"])?.output()?;
    let id = Client::open()?.family_id();
    let expected = format!("ID: {id:#x}  Version: 0x1  header size: 0  max attribs: 0");
    for part in ["Name: greet", &expected, "#1:  ID-0x1"] {
        assert!(shown.contains(part), "no \"{part}\" in {shown}");
    }
    assert!(!shown.contains("#2:"), "more than one operation: {shown}");
    Ok(())
}

fn iproute2_shows_the_policy() -> Result<()> {
    let shown = run("genl", &["ctrl", "policy", "name", "greet"])?.output()?;
    let id = Client::open()?.family_id();
    let lines: Vec<&str> = shown
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let expected = [
        "op 1 policies: do=0",
        "policy[0]:attr[1]: type=NUL_STRING max len:64",
        "policy[0]:attr[2]: type=U32 range:[0,2]",
        "policy[0]:attr[3]: type=BINARY",
    ];
    assert_eq!(lines, expected.map(|line| format!("ID: {id:#x}  {line}")));
    Ok(())
}

fn pyynl_is_greeted() -> Result<()> {
    let request = r#"{"name": "World", "style": "formal", "cookie": "cafe"}"#;
    let reply = pyynl_greet(&["--do", "greet", "--json", request])?;
    let portid = reply["portid"].as_u64().context("portid")?;
    let expected = json!({
        "id": 1,
        "message": greeting(portid).replace("Hello, World!", "Good day, World."),
        "portid": portid,
        "style": "formal",
        "cookie": "cafe",
    });
    assert_eq!(reply, expected);
    Ok(())
}

fn pyynl_shows_the_policy() -> Result<()> {
    let policy = pyynl_greet(&["--do", "greet", "--policy"])?;
    let expected = json!({
        "name": {"type": "nul-string", "max-length": 64},
        "style": {"type": "u32", "min-value": 0, "max-value": 2},
        "cookie": {"type": "binary"},
    });
    assert_eq!(policy, expected);
    Ok(())
}

fn pyynl_is_told_what_is_wrong() -> Result<()> {
    let spec = text_in("GREET_SPEC")?;
    let schema = kernel_file("Documentation/netlink/genetlink.yaml")?;
    let request = ["--do", "greet", "--json", r#"{"style": "formal"}"#];
    let refused = pyynl(&[&["--spec", &spec, "--schema", &schema], &request[..]].concat())?;
    assert_eq!(refused.code, 1, "{refused:?}");
    for part in ["name is required", "'miss-type': 'name'"] {
        let told = refused.stdout.contains(part) || refused.stderr.contains(part);
        assert!(told, "no \"{part}\" in {refused:?}");
    }
    Ok(())
}

fn pyroute2_is_greeted() -> Result<()> {
    let output = run(PYTHON, &[&pyroute2_client()?, "Ünï 世界", "c0ffee"])?.output()?;
    let portid = output
        .lines()
        .find_map(|line| line.strip_prefix("portid "))
        .context("portid")?
        .parse()?;
    let message = greeting(portid).replace("World", "Ünï 世界");
    let expected = format!("{message}\nid 1\nportid {portid}\nstyle 0\ncookie c0ffee\n");
    assert_eq!(output, expected);
    Ok(())
}

fn pyroute2_is_told_what_is_wrong() -> Result<()> {
    let refused = run(PYTHON, &[&pyroute2_client()?, ""])?;
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""));
    for part in ["error 22", "name is empty"] {
        assert!(
            refused.stderr.contains(part),
            "no \"{part}\" in {refused:?}"
        );
    }
    Ok(())
}

fn libmnl_is_greeted() -> Result<()> {
    let output = run(&libmnl_client()?, &["World"])?.output()?;
    let portid = digits(&output)?;
    assert_eq!(output, greeting(portid) + "\n");
    Ok(())
}

fn libmnl_is_told_what_is_wrong() -> Result<()> {
    let refused = run(&libmnl_client()?, &[""])?;
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""));
    assert_eq!(refused.stderr, "greet: Invalid argument\n");
    Ok(())
}

/// Runs pyynl with the family's spec and returns what it prints.
fn pyynl_greet(args: &[&str]) -> Result<Value> {
    let spec = text_in("GREET_SPEC")?;
    let schema = kernel_file("Documentation/netlink/genetlink.yaml")?;
    let common = ["--spec", &spec, "--schema", &schema, "--output-json"];
    let output = pyynl(&[&common, args].concat())?.output()?;
    Ok(serde_json::from_str(&output)?)
}

fn pyroute2_client() -> Result<String> {
    project_file("tests/interop/greet_pyroute2.py")
}

/// Compiles the client in C, as its user would: against the family's uapi header.
fn libmnl_client() -> Result<String> {
    const PROGRAM: &str = "/tmp/greet_mnl";

    let source = project_file("tests/interop/greet_mnl.c")?;
    let include = format!("-I{}", project_file("policy")?);
    let strict = ["-Wall", "-Wextra", "-Werror"];
    let rest = [&include, &source, "-lmnl", "-o", PROGRAM];
    run("cc", &[&strict, &rest[..]].concat())?.output()?;
    Ok(PROGRAM.to_owned())
}

/// The greeting of World in the style casual.
fn greeting(portid: u64) -> String {
    format!("Hello, World! Your message from port {portid} has been processed by the kernel.")
}

/// The one number in a text.
fn digits(text: &str) -> Result<u64> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    Ok(digits.parse()?)
}
