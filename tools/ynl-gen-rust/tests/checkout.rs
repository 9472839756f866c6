// SPDX-License-Identifier: MIT OR Apache-2.0

//! The generated files in the checkout.

use std::path::Path;
use std::process::Command;

#[test]
fn generated_files_match_their_specs() {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new("make")
        .args(["--silent", "codegen", "CHECK=--check"])
        .arg(concat!("YNL_GEN_RUST=", env!("CARGO_BIN_EXE_ynl-gen-rust")))
        .current_dir(checkout)
        .output()
        .expect("make runs");
    assert!(
        output.status.success(),
        "run `make codegen`, or undo what was changed by hand:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}
