// SPDX-License-Identifier: MIT OR Apache-2.0

//! Memory of the kernel's to which nothing points any more.

use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::time::Duration;
use std::{fs, thread};

const FILE: &str = "/sys/kernel/debug/kmemleak";

/// Whether the kernel can tell.
pub(crate) fn is_there() -> bool {
    Path::new(FILE).exists()
}

/// Asserts that nothing is lost now.
pub(crate) fn finds_nothing() -> Result<()> {
    // Younger memory is not reported, since its pointer may be on its way.
    const AGE: Duration = Duration::from_secs(6);

    thread::sleep(AGE);
    // What the first scan suspects, the second acquits if its pointer had only been moved.
    for _ in 0..2 {
        fs::write(FILE, "scan").context(FILE)?;
    }
    let report = fs::read_to_string(FILE).context(FILE)?;
    ensure!(report.is_empty(), "memory is lost:\n{report}");
    Ok(())
}
