// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compilers accept, without a warning, what is written for each spec that `ynl-gen-rust` accepts.
//!
//! The specs come from fixed seeds. `make fuzz-specs` takes others, and xtask compiles the kernel
//! side.

use random_specs::{Compiler, For, Header, User, coverage, explain, run};
use std::path::Path;
use std::time::Duration;

#[test]
fn rust_for_programs_compiles() {
    let user = User::new().expect("the libraries are built");
    compile(&user, "user", 80);
}

#[test]
fn the_header_for_c_compiles() {
    compile(&Header, "header", 300);
}

fn compile(compiler: &dyn Compiler, name: &str, count: u64) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("it can be made");
    let report = run(compiler, For::User, 1..1 + count, &folder).expect("compilers run");
    println!(
        "{} of {} specs are accepted",
        report.accepted, report.generated
    );
    let limit = Duration::from_secs(120);
    let failures = explain(compiler, &report, &folder, limit).expect("compilers run");
    assert!(failures.is_empty(), "{failures}");
    assert!(
        report.accepted * 2 > report.generated,
        "{:?}",
        report.refused
    );
    let missing = coverage::missing(&report.covered, For::User);
    assert!(missing.is_empty(), "no spec has {missing:?}");
}
