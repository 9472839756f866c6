// SPDX-License-Identifier: MIT OR Apache-2.0

//! What tests of several topics need.

pub(crate) mod background;
pub(crate) mod interop;
pub(crate) mod load;
pub(crate) mod module;
pub(crate) mod namespace;
pub(crate) mod tool;

use anyhow::{Context, Result};
use nix::time::{ClockId, clock_gettime};
use std::fs;
use std::time::Duration;

/// The time since boot, as `CLOCK_BOOTTIME` has it.
pub(crate) fn boot_time() -> Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_BOOTTIME)?.into())
}

/// Bytes of kernel memory that are in use and that no cache can give back.
pub(crate) fn unreclaimable() -> Result<u64> {
    let meminfo = fs::read_to_string("/proc/meminfo")?;
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("SUnreclaim:"))
        .context("no SUnreclaim in /proc/meminfo")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}
