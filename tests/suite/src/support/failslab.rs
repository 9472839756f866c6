// SPDX-License-Identifier: MIT OR Apache-2.0

//! Fault injection for slab allocations of the kernel (`CONFIG_FAILSLAB`).

use anyhow::{Context, Result};
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Settings for all threads.
const SETTINGS: &str = "/sys/kernel/debug/failslab";

/// Returns whether the kernel supports fault injection.
pub(crate) fn is_available() -> bool {
    Path::new(SETTINGS).exists()
}

/// Makes an allocation of this thread in the kernel fail.
pub(crate) struct FailSlab {
    /// Number of the allocation that fails, counted from now; 0 for none.
    next: File,
}

impl FailSlab {
    pub(crate) fn for_this_thread() -> Result<Self> {
        const NEXT: &str = "/proc/thread-self/fail-nth";

        // Includes allocations that may sleep, which most are, and logs none of the failures.
        for (name, value) in [("ignore-gfp-wait", "N"), ("verbose", "0")] {
            fs::write(Path::new(SETTINGS).join(name), value).context(name)?;
        }
        let next = File::options().read(true).write(true).open(NEXT);
        Ok(Self {
            next: next.context(NEXT)?,
        })
    }

    /// Runs `job`, during which the allocation with this number fails, counted from 1. Returns the
    /// result of the job, and whether it had so many allocations.
    ///
    /// The job should be a single system call, because others allocate as well.
    pub(crate) fn during<T>(&self, number: u32, job: impl FnOnce() -> T) -> Result<(T, bool)> {
        let text = number.to_string();
        self.next.write_all_at(text.as_bytes(), 0)?;
        let result = job();
        // This read does not allocate.
        let mut left = [0; 16];
        let len = self.next.read_at(&mut left, 0);
        self.next.write_all_at(b"0", 0)?;
        let left = std::str::from_utf8(&left[..len?])?
            .trim_end()
            .parse::<u32>()?;
        Ok((result, left == 0))
    }
}
