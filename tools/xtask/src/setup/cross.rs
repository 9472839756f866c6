// SPDX-License-Identifier: MIT OR Apache-2.0

//! Programs for another architecture. A rustup toolchain brings the standard library for its own
//! only, so cargo builds it from the sources that the kernel's build uses, too.

use crate::paths::Paths;
use crate::progress::Progress;
use crate::setup::Kernel;
use crate::tool;
use anyhow::Result;
use std::path::PathBuf;

const TARGET: &str = "aarch64-unknown-linux-gnu";

/// Its name in cargo's variables.
const VARIABLES: &str = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU";

const LINKER: &str = "aarch64-linux-gnu-gcc";

/// The folder of greetctl and xtask for arm64, which need no libraries.
pub(crate) fn programs(paths: &Paths, progress: &Progress, kernel: &Kernel) -> Result<PathBuf> {
    let log = paths.log("programs-arm64");
    tool::fresh_log(&log)?;
    let mut cargo = tool::cargo();
    cargo
        .args([
            "build",
            "--profile",
            "xtask",
            "-p",
            "greetctl",
            "-p",
            "xtask",
        ])
        .args(["--target", TARGET, "-Zbuild-std=std,panic_unwind"])
        // `-Z` is for nightly compilers, and for those who ask the compiler that they have.
        .env("RUSTC_BOOTSTRAP", "1")
        // Where cargo looks for the library instead of among the toolchain's components.
        .env("__CARGO_TESTS_ONLY_SRC_ROOT", &kernel.toolchain.library)
        .env(format!("{VARIABLES}_LINKER"), LINKER)
        .env(
            format!("{VARIABLES}_RUSTFLAGS"),
            "-Ctarget-feature=+crt-static",
        )
        .current_dir(&paths.checkout);
    progress.step("Building greetctl and xtask for arm64", "3 min", || {
        tool::logged(&mut cargo, &log)
    })?;
    Ok(paths.checkout.join("target").join(TARGET).join("xtask"))
}
