// SPDX-License-Identifier: MIT OR Apache-2.0

//! What tests of several topics need.

pub(crate) mod background;
pub(crate) mod fault;
pub(crate) mod interop;
pub(crate) mod kcov;
pub(crate) mod kmemleak;
pub(crate) mod listening;
pub(crate) mod load;
pub(crate) mod module;
pub(crate) mod namespace;
pub(crate) mod nobody;
pub(crate) mod scale;
pub(crate) mod tool;

use anyhow::{Context, Result};
use nix::time::{ClockId, clock_gettime};
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// The time since boot, as `CLOCK_BOOTTIME` has it.
pub(crate) fn boot_time() -> Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_BOOTTIME)?.into())
}

/// Bytes of kernel memory that are in use and that no cache can give back.
pub(crate) fn unreclaimable() -> Result<u64> {
    empty_quarantine()?;
    let meminfo = fs::read_to_string("/proc/meminfo")?;
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("SUnreclaim:"))
        .context("no SUnreclaim in /proc/meminfo")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

/// Lets a kernel that keeps freed memory for a while, to see whether it is used still, give it back.
fn empty_quarantine() -> Result<()> {
    const CACHES: &str = "/sys/kernel/slab";

    if kmemleak::is_there() {
        for cache in fs::read_dir(CACHES)? {
            fs::write(cache?.path().join("shrink"), "1")?;
        }
    }
    Ok(())
}

/// The same once it is below a limit, or after a time in which it should be: sockets and namespaces
/// are freed in the background.
pub(crate) fn unreclaimable_once_below(limit: u64) -> Result<u64> {
    const PATIENCE: Duration = Duration::from_secs(20);

    let start = Instant::now();
    loop {
        let now = unreclaimable()?;
        if now < limit || start.elapsed() > PATIENCE {
            return Ok(now);
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// The shortest time that `job` took in so many runs: that which others disturbed least.
pub(crate) fn fastest_of(runs: u32, mut job: impl FnMut() -> Result<()>) -> Result<Duration> {
    let mut fastest = Duration::MAX;
    for _ in 0..runs {
        let start = Instant::now();
        job()?;
        fastest = fastest.min(start.elapsed());
    }
    Ok(fastest)
}
