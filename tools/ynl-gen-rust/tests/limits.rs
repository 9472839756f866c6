// SPDX-License-Identifier: MIT OR Apache-2.0

//! Time and memory that the compiler needs for large specs.
//!
//! This file has a single test, because the kernel counts the children of the whole process: their
//! processor time, which hardly depends on the load of the machine, and the maximum memory of any
//! child.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Slowdown of the compiler without optimization. `rustfmt` is always optimized.
const SLOWER: i64 = if cfg!(debug_assertions) { 4 } else { 1 };

/// Maximum memory in KiB.
const MEMORY: i64 = 300 << 10;

#[test]
fn large_specs_compile_within_time_and_memory_limits() {
    let directory = tempfile::tempdir().expect("a directory");
    let many = many_attributes(10_000);
    let few = many_attributes(2_000);
    let deep = deep_nests(64);
    for (spec, text, option, milliseconds) in [
        ("few", &few, "--kernel", 1_000),
        ("deep", &deep, "--kernel", 1_000),
        ("deep", &deep, "--user", 1_000),
        ("deep", &deep, "--syzkaller", 1_000),
        ("many", &many, "--uapi", 3_000),
        ("many", &many, "--doc", 3_000),
        ("many", &many, "--wireshark", 3_000),
        ("many", &many, "--syzkaller", 3_000),
        ("many", &many, "--user", 3_000),
        ("many", &many, "--kernel", 3_000),
    ] {
        let taken = compile(directory.path(), text, option);
        println!(
            "{spec} {option}: {} ms, at most {} KiB so far",
            taken.0, taken.1
        );
        assert!(
            taken.0 <= SLOWER * milliseconds,
            "{spec} {option}: {} ms",
            taken.0
        );
        assert!(taken.1 <= MEMORY, "{spec} {option}: {} KiB", taken.1);
    }
}

/// Returns the processor time for a spec in milliseconds, and the maximum memory of all specs so
/// far in KiB.
fn compile(directory: &Path, text: &str, option: &str) -> (i64, i64) {
    let usage = || getrusage(UsageWho::RUSAGE_CHILDREN).expect("resource usage");
    let spec = directory.join("big.yaml");
    fs::write(&spec, text).expect("the file is written");
    let before = usage();
    let output = Command::new(env!("CARGO_BIN_EXE_ynl-gen-rust"))
        .arg("--spec")
        .arg(spec)
        .arg(option)
        .arg(directory.join("out"))
        .output()
        .expect("the command runs");
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{option}: {message}");
    let after = usage();
    let user = after.user_time() - before.user_time();
    let system = after.system_time() - before.system_time();
    ((user + system).num_milliseconds(), after.max_rss())
}

const HEAD: &str = "\
# SPDX-License-Identifier: MIT OR Apache-2.0
name: big
doc: Big.
attribute-sets:
";

/// Returns a spec with this many attributes of all types in one set, in a request and in its reply.
fn many_attributes(count: usize) -> String {
    const TYPES: [&str; 6] = ["u32", "string", "binary", "u64", "flag", "u8"];

    let mut spec = HEAD.to_owned() + "  - name: big\n    attributes:\n";
    let mut names = String::new();
    for (number, kind) in TYPES.iter().cycle().take(count).enumerate() {
        let name = format!("attr-{number}");
        let _ = write!(
            spec,
            "      - {{name: {name}, type: {kind}, doc: Number {number}"
        );
        let _ = match *kind {
            "string" | "binary" => writeln!(spec, ", checks: {{max-len: {}}}}}", number + 1),
            _ => writeln!(spec, "}}"),
        };
        let _ = write!(names, "{name}, ");
    }
    spec + &operation("big", &names)
}

/// Returns a spec with nests in nests, two of each level in the level above.
fn deep_nests(levels: usize) -> String {
    let mut spec = HEAD.to_owned();
    for level in 0..levels {
        let _ = write!(spec, "  - name: level-{level}\n    attributes:\n");
        for side in ["left", "right"] {
            let _ = match level + 1 == levels {
                true => writeln!(spec, "      - {{name: {side}, type: u32}}"),
                false => writeln!(
                    spec,
                    "      - {{name: {side}, type: nest, nested-attributes: level-{}}}",
                    level + 1
                ),
            };
        }
    }
    spec + &operation("level-0", "left, right")
}

fn operation(set: &str, attributes: &str) -> String {
    format!(
        "operations:
  list:
    - name: get
      doc: Gets.
      attribute-set: {set}
      do:
        request:
          attributes: [{attributes}]
        reply:
          attributes: [{attributes}]
"
    )
}
