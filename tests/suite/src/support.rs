// SPDX-License-Identifier: MIT OR Apache-2.0

//! Helpers for several topics.

pub(crate) mod background;
pub(crate) mod client;
pub(crate) mod failslab;
pub(crate) mod kcov;
pub(crate) mod listener;
pub(crate) mod module;
pub(crate) mod namespace;
pub(crate) mod scale;
pub(crate) mod tool;

use crate::kmemleak;
use anyhow::{Context, Result, ensure};
use nix::time::{ClockId, clock_gettime};
use std::fmt::Display;
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};
use std::{fs, panic};

/// Returns the time of `CLOCK_BOOTTIME`.
pub(crate) fn boot_time() -> Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_BOOTTIME)?.into())
}

/// Returns the bytes of unreclaimable kernel memory (`SUnreclaim`).
pub(crate) fn unreclaimable() -> Result<u64> {
    empty_quarantine()?;
    let meminfo = fs::read_to_string("/proc/meminfo")?;
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("SUnreclaim:"))
        .context("expected SUnreclaim in /proc/meminfo")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

/// Empties KASAN's quarantine of freed memory on a debug kernel.
fn empty_quarantine() -> Result<()> {
    const CACHES: &str = "/sys/kernel/slab";

    if kmemleak::is_available() {
        for cache in fs::read_dir(CACHES)? {
            fs::write(cache?.path().join("shrink"), "1")?;
        }
    }
    Ok(())
}

/// Waits until unreclaimable memory is below a limit, at most some seconds, and returns it. The
/// kernel frees sockets and namespaces in the background.
pub(crate) fn unreclaimable_once_below(limit: u64) -> Result<u64> {
    const TIMEOUT: Duration = Duration::from_secs(20);

    let start = Instant::now();
    loop {
        let now = unreclaimable()?;
        if now < limit || start.elapsed() > TIMEOUT {
            return Ok(now);
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// Checks that memory has not grown by `tolerance` bytes or more.
pub(crate) fn ensure_freed(before: u64, after: u64, tolerance: u64) -> Result<()> {
    ensure!(
        after < before + tolerance,
        "expected less than {} KiB more unreclaimable memory than before, got {} KiB more",
        tolerance >> 10,
        after.saturating_sub(before) >> 10
    );
    Ok(())
}

/// Returns the names `peer N`.
pub(crate) fn peer_names<N: Display>(
    numbers: impl IntoIterator<Item = N>,
) -> impl Iterator<Item = String> {
    numbers.into_iter().map(|number| format!("peer {number}"))
}

/// Waits for a thread and propagates its panic.
pub(crate) fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| panic::resume_unwind(panic))
}

/// Returns the shortest time of several runs of `job`, which is disturbed least.
pub(crate) fn fastest_of(runs: u32, mut job: impl FnMut() -> Result<()>) -> Result<Duration> {
    let mut fastest = Duration::MAX;
    for _ in 0..runs {
        let start = Instant::now();
        job()?;
        fastest = fastest.min(start.elapsed());
    }
    Ok(fastest)
}
