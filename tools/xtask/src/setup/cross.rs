// SPDX-License-Identifier: MIT OR Apache-2.0

//! Builds programs for arm64. A rustup toolchain has the standard library for its own architecture
//! only, so cargo builds it from the sources that the kernel's build uses.

use super::Kernel;
use crate::paths::Paths;
use crate::progress;
use crate::tool::{self, Run};
use anyhow::Result;
use std::path::PathBuf;

const TARGET: &str = "aarch64-unknown-linux-gnu";

/// The prefix of cargo's variables for the target.
const VARIABLES: &str = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU";

const LINKER: &str = "aarch64-linux-gnu-gcc";

/// Builds greetctl and xtask, statically linked, and returns their directory.
pub(crate) fn programs(paths: &Paths, kernel: &Kernel) -> Result<PathBuf> {
    let log = paths.new_log("programs-arm64")?;
    progress::step("Building greetctl and xtask for arm64", "3 min", || {
        tool::cargo()
            .args(["build", "--profile", "xtask", "-p", "greetctl"])
            .args(["-p", "xtask", "--target", TARGET])
            .arg("-Zbuild-std=std,panic_unwind")
            // Allows `-Z` in a stable toolchain.
            .env("RUSTC_BOOTSTRAP", "1")
            // The directory in which cargo searches for the library.
            .env("__CARGO_TESTS_ONLY_SRC_ROOT", &kernel.toolchain.library)
            .env(format!("{VARIABLES}_LINKER"), LINKER)
            .env(
                format!("{VARIABLES}_RUSTFLAGS"),
                "-Ctarget-feature=+crt-static",
            )
            .current_dir(&paths.checkout)
            .log_to(&log)
    })?;
    Ok(paths.checkout.join("target").join(TARGET).join("xtask"))
}
