// SPDX-License-Identifier: MIT OR Apache-2.0

//! Code coverage of a thread in the kernel (`CONFIG_KCOV`).
//!
//! Kernel source: `kernel/kcov.c`, `include/uapi/linux/kcov.h`

use anyhow::{Context, Result, ensure};
use nix::libc;
use std::collections::BTreeSet;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU64, Ordering};

const FILE: &str = "/sys/kernel/debug/kcov";

/// Number of words in the buffer of executed addresses.
const CAPACITY: usize = 1 << 20;

/// Returns whether the kernel supports kcov.
pub(crate) fn is_available() -> bool {
    Path::new(FILE).exists()
}

/// Runs `job` and returns the kernel addresses that it executed.
pub(crate) fn during<T>(job: impl FnOnce() -> Result<T>) -> Result<(T, BTreeSet<u64>)> {
    let file = File::options().read(true).write(true).open(FILE);
    let file = file.context(FILE)?;
    let trace = Trace::of(&file)?;
    control(&file, KCOV_ENABLE, KCOV_TRACE_PC).context("KCOV_ENABLE")?;
    let result = job();
    control(&file, KCOV_DISABLE, 0).context("KCOV_DISABLE")?;
    Ok((result?, trace.addresses()?))
}

const KCOV_INIT_TRACE: libc::c_ulong = 0x8008_6301;
const KCOV_ENABLE: libc::c_ulong = 0x6364;
const KCOV_DISABLE: libc::c_ulong = 0x6365;
const KCOV_TRACE_PC: libc::c_ulong = 0;

#[expect(unsafe_code, reason = "no crate has these calls")]
fn control(file: &File, request: libc::c_ulong, argument: libc::c_ulong) -> nix::Result<()> {
    // SAFETY: None of kcov's requests takes a pointer.
    let result = unsafe { libc::ioctl(file.as_raw_fd(), request, argument) };
    nix::errno::Errno::result(result).map(drop)
}

/// The buffer shared with the kernel: the number of addresses, and the addresses.
struct Trace {
    words: NonNull<AtomicU64>,
}

impl Trace {
    #[expect(unsafe_code, reason = "no crate shares memory with the kernel safely")]
    fn of(file: &File) -> Result<Self> {
        control(file, KCOV_INIT_TRACE, CAPACITY as libc::c_ulong).context("KCOV_INIT_TRACE")?;
        // SAFETY: Creates a new mapping at an address chosen by the kernel.
        let address = unsafe {
            libc::mmap(
                ptr::null_mut(),
                CAPACITY * size_of::<AtomicU64>(),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                file.as_raw_fd(),
                0,
            )
        };
        ensure!(address != libc::MAP_FAILED, "cannot map {FILE}");
        let words = NonNull::new(address.cast()).context("mapped to 0")?;
        Ok(Self { words })
    }

    #[expect(unsafe_code, reason = "the shared memory is reached by a pointer")]
    fn addresses(&self) -> Result<BTreeSet<u64>> {
        // SAFETY: The mapping has this many words and lives as long as `self`.
        let words = unsafe { std::slice::from_raw_parts(self.words.as_ptr(), CAPACITY) };
        let (count, addresses) = words.split_first().context("expected a word")?;
        let count = usize::try_from(count.load(Ordering::Acquire))?;
        ensure!(count < addresses.len(), "more than {CAPACITY} addresses");
        let addresses = addresses.iter().take(count);
        Ok(addresses
            .map(|place| place.load(Ordering::Relaxed))
            .collect())
    }
}

impl Drop for Trace {
    #[expect(unsafe_code, reason = "unmaps the shared memory")]
    fn drop(&mut self) {
        // SAFETY: It was mapped with this length, and no reference to it is left.
        unsafe {
            libc::munmap(
                self.words.as_ptr().cast(),
                CAPACITY * size_of::<AtomicU64>(),
            )
        };
    }
}
