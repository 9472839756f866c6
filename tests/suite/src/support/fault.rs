// SPDX-License-Identifier: MIT OR Apache-2.0

//! Allocations of the kernel's that fail when they are told to.

use anyhow::{Context, Result};
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// What the kernel is told for all threads.
const SETTINGS: &str = "/sys/kernel/debug/failslab";

/// Whether the kernel can let allocations fail.
pub(crate) fn can_be_made() -> bool {
    Path::new(SETTINGS).exists()
}

/// Lets allocations that the kernel makes for this thread fail.
pub(crate) struct Faults {
    /// The number of the allocation that is to fail, counted from now; 0 for none.
    next: File,
}

impl Faults {
    pub(crate) fn of_this_thread() -> Result<Self> {
        const NEXT: &str = "/proc/thread-self/fail-nth";

        // Also those that may wait for memory, as most do; and without a line in the log for each.
        for (name, value) in [("ignore-gfp-wait", "N"), ("verbose", "0")] {
            fs::write(Path::new(SETTINGS).join(name), value).context(name)?;
        }
        let next = File::options().read(true).write(true).open(NEXT);
        Ok(Self {
            next: next.context(NEXT)?,
        })
    }

    /// Does `job`, during which the allocation with this number fails, counted from 1. Returns what
    /// the job returns, and whether there was such an allocation.
    ///
    /// The job should be a single system call, since there are allocations in others as well.
    pub(crate) fn during<T>(&self, number: u32, job: impl FnOnce() -> T) -> Result<(T, bool)> {
        let text = number.to_string();
        self.next.write_all_at(text.as_bytes(), 0)?;
        let result = job();
        // Reading needs no allocation.
        let mut left = [0; 16];
        let len = self.next.read_at(&mut left, 0);
        self.next.write_all_at(b"0", 0)?;
        let left = std::str::from_utf8(&left[..len?])?
            .trim_end()
            .parse::<u32>()?;
        Ok((result, left == 0))
    }
}
