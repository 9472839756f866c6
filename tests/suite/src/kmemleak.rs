// SPDX-License-Identifier: MIT OR Apache-2.0

//! Kernel memory leaks, after all tests. Needs a kernel with `CONFIG_DEBUG_KMEMLEAK`.

use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::time::Duration;
use std::{fs, thread};

crate::tests![no_memory_is_leaked];

const FILE: &str = "/sys/kernel/debug/kmemleak";

/// Returns whether the kernel supports kmemleak.
pub(crate) fn is_available() -> bool {
    Path::new(FILE).exists()
}

/// Asserts that kmemleak reports nothing.
pub(crate) fn no_memory_is_leaked() -> Result<()> {
    // kmemleak does not report younger memory, whose pointer may be in a register.
    const AGE: Duration = Duration::from_secs(6);

    thread::sleep(AGE);
    // The second scan clears false positives of the first one, whose pointers had moved.
    for _ in 0..2 {
        fs::write(FILE, "scan").context(FILE)?;
    }
    let report = fs::read_to_string(FILE).context(FILE)?;
    ensure!(report.is_empty(), "kmemleak reports:\n{report}");
    Ok(())
}
