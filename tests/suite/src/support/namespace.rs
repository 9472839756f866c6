// SPDX-License-Identifier: MIT OR Apache-2.0

//! Network namespaces.

use anyhow::{Context, Result};
use nix::sched::{CloneFlags, setns, unshare};
use std::fs::File;
use std::{panic, thread};

/// Does `job` in a network namespace of its own. Sockets that it opens, and programs that it starts,
/// belong to that namespace.
pub(crate) fn in_new<T: Send>(job: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    in_thread(|| {
        unshare(CloneFlags::CLONE_NEWNET).context("cannot make a network namespace")?;
        job()
    })
}

/// Does `job` in the network namespace that the guest booted with.
pub(crate) fn in_first<T: Send>(job: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    in_thread(|| {
        let namespace = File::open("/proc/1/ns/net")?;
        setns(namespace, CloneFlags::CLONE_NEWNET).context("cannot enter the first namespace")?;
        job()
    })
}

/// A namespace belongs to a thread, so each job has one. Its panics become the caller's.
fn in_thread<T: Send>(job: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    thread::scope(|scope| {
        let job = scope.spawn(job);
        job.join()
            .unwrap_or_else(|panic| panic::resume_unwind(panic))
    })
}
