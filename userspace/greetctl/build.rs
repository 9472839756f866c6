// SPDX-License-Identifier: MIT OR Apache-2.0

//! Links libgcc statically, so that the dynamic linker loads one library less at each start.
//!
//! The standard library requests the shared one in any case. With link-time optimisation the static
//! one comes first and has all needed symbols.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |variable, value| env::var(variable).is_ok_and(|found| found == value);
    if is("CARGO_CFG_TARGET_ENV", "gnu") && is("PROFILE", "release") {
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
}
