// SPDX-License-Identifier: MIT OR Apache-2.0

//! The outputs of `ynl-gen-rust` for random specs compile without a warning.
//!
//! The seeds are fixed. `make fuzz-specs` uses other seeds, and xtask compiles the kernel side.

use random_specs::{Compiler, For, Header, User, coverage, explain, run};
use std::path::Path;
use std::time::Duration;

#[test]
fn user_side_of_random_specs_compiles() {
    let user = User::new().expect("the libraries are built");
    compile(&user, "user", 80);
}

#[test]
fn c_header_of_random_specs_compiles() {
    compile(&Header, "header", 300);
}

fn compile(compiler: &dyn Compiler, name: &str, count: u64) {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&directory).expect("the output");
    let report = run(compiler, For::User, 1..1 + count, &directory).expect("compilers run");
    println!(
        "{} of {} specs are accepted",
        report.accepted, report.generated
    );
    let limit = Duration::from_secs(120);
    let failures = explain(compiler, &report, &directory, limit).expect("compilers run");
    assert!(failures.is_empty(), "{failures}");
    assert!(
        report.accepted * 2 > report.generated,
        "{:?}",
        report.rejected
    );
    let missing = coverage::missing(&report.covered, For::User);
    assert!(missing.is_empty(), "no spec has {missing:?}");
}
