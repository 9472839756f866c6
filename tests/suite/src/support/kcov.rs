// SPDX-License-Identifier: MIT OR Apache-2.0

//! Which places of the kernel a thread comes by, as the kernel notes them (`CONFIG_KCOV`).
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

/// How many places the kernel has room to note, each time that a thread comes by.
const ROOM: usize = 1 << 20;

/// Whether the kernel can note them.
pub(crate) fn is_there() -> bool {
    Path::new(FILE).exists()
}

/// Does `job`, and returns the places that the kernel came by for this thread meanwhile.
pub(crate) fn during<T>(job: impl FnOnce() -> Result<T>) -> Result<(T, BTreeSet<u64>)> {
    let file = File::options().read(true).write(true).open(FILE);
    let file = file.context(FILE)?;
    let notes = Notes::of(&file)?;
    control(&file, KCOV_ENABLE, KCOV_TRACE_PC).context("KCOV_ENABLE")?;
    let result = job();
    control(&file, KCOV_DISABLE, 0).context("KCOV_DISABLE")?;
    Ok((result?, notes.places()?))
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

/// What the kernel and this program share: how many places there are, and the places.
struct Notes {
    words: NonNull<AtomicU64>,
}

impl Notes {
    #[expect(unsafe_code, reason = "no crate shares memory with the kernel safely")]
    fn of(file: &File) -> Result<Self> {
        control(file, KCOV_INIT_TRACE, ROOM as libc::c_ulong).context("KCOV_INIT_TRACE")?;
        // SAFETY: A new mapping, where the kernel likes.
        let address = unsafe {
            libc::mmap(
                ptr::null_mut(),
                ROOM * size_of::<AtomicU64>(),
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

    #[expect(unsafe_code, reason = "what is shared is reached by a pointer")]
    fn places(&self) -> Result<BTreeSet<u64>> {
        // SAFETY: The mapping has so many words, and is there for as long as `self`.
        let words = unsafe { std::slice::from_raw_parts(self.words.as_ptr(), ROOM) };
        let (count, places) = words.split_first().context("no words")?;
        let count = usize::try_from(count.load(Ordering::Acquire))?;
        ensure!(count < places.len(), "there are more places than room");
        let places = places.iter().take(count);
        Ok(places.map(|place| place.load(Ordering::Relaxed)).collect())
    }
}

impl Drop for Notes {
    #[expect(unsafe_code, reason = "the counterpart of mapping")]
    fn drop(&mut self) {
        // SAFETY: It was mapped with this length, and nobody uses it any more.
        unsafe { libc::munmap(self.words.as_ptr().cast(), ROOM * size_of::<AtomicU64>()) };
    }
}
