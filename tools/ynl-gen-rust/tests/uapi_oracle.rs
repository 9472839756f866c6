// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compares names and values in our headers with the output of the kernel's own generator.
//!
//! `GREET_KERNEL_SRC` is a kernel tree. Without it, the test is skipped.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use ynl_gen_rust::emit;
use ynl_gen_rust::model::{self, Family, Protocol};
use ynl_gen_rust::spec::Source;

/// Specs for which the kernel's generator fails.
const NO_ORACLE: [&str; 2] = ["ovs_datapath", "ovs_flow"];

/// Families with separate numbers for each direction, which the kernel's generator ignores, and the
/// prefix of the names for which it therefore returns wrong values.
const NUMBERED_APART: [(&str, &str); 3] = [
    ("devlink", "DEVLINK_CMD_"),
    ("nl80211", "NL80211_CMD_"),
    ("nlctrl", "CTRL_CMD_"),
];

#[test]
fn headers_match_the_kernels_generator() {
    let Some(tree) = std::env::var_os("GREET_KERNEL_SRC") else {
        println!("GREET_KERNEL_SRC is not set");
        return;
    };
    let tree = Path::new(&tree);
    let specs = tree.join("Documentation/netlink/specs");
    let mut compared = 0;
    for entry in std::fs::read_dir(specs).expect("a directory of specs") {
        let path = entry.expect("a readable file").path();
        let name = path.file_stem().expect("a file").to_string_lossy();
        let Some(family) = family(&path) else {
            continue;
        };
        if NO_ORACLE.contains(&name.as_ref()) {
            continue;
        }
        let mut ours = values(&emit::uapi(&family, &name).expect("a header"));
        let mut theirs = values(&oracle(tree, &path));
        for (_, prefix) in NUMBERED_APART.iter().filter(|(other, _)| *other == name) {
            ours.retain(|name, _| !name.trim_start_matches('_').starts_with(prefix));
            theirs.retain(|name, _| !name.trim_start_matches('_').starts_with(prefix));
        }
        println!("{name:20} {:4} names and values", ours.len());
        assert!(ours.len() > 4, "{name}");
        assert_eq!(ours, theirs, "{name}");
        compared += 1;
    }
    assert!(compared >= 20);
}

/// Returns the family of a spec, if it is a generic netlink family.
fn family(path: &Path) -> Option<Family> {
    if path.extension()? != "yaml" {
        return None;
    }
    let source = Source::read(path).expect("a readable file");
    let document = source.parse().ok()?;
    let family = model::build(&document, "any").ok()?;
    (family.protocol != Protocol::NetlinkRaw).then_some(family)
}

/// Returns the header of the kernel's generator.
fn oracle(tree: &Path, spec: &Path) -> String {
    let output = Command::new("python3")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(tree.join("tools/net/ynl/pyynl/ynl_gen_c.py"))
        .args(["--mode", "uapi", "--header", "--spec"])
        .arg(spec)
        .output()
        .expect("Python runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {error}", spec.display());
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The defines and the members of enums in a header, with their values.
fn values(header: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let mut next: i128 = 0;
    for line in without_comments(header).lines() {
        let line = line.trim().trim_end_matches(',');
        if let Some(define) = line.strip_prefix("#define ") {
            let (name, value) = define.split_once(['\t', ' ']).unwrap_or((define, ""));
            let value = value.trim().to_owned();
            values.insert(name.to_owned(), value);
        } else if line.starts_with("enum") {
            next = 0;
            values.insert(line.to_owned(), String::new());
        } else if is_member(line) {
            let (name, value) = line.split_once(" = ").unwrap_or((line, ""));
            let number = match value.strip_prefix('(') {
                None if value.is_empty() => next,
                None => value.parse().expect("a number"),
                // Only `(COUNT - 1)` occurs, after COUNT.
                Some(_) => next - 2,
            };
            values.insert(name.to_owned(), number.to_string());
            next = number + 1;
        }
    }
    values
}

fn is_member(line: &str) -> bool {
    line.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
}

fn without_comments(text: &str) -> String {
    let mut parts = text.split("/*");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once("*/").map_or("", |(_, code)| code)
    })
}
