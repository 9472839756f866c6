// SPDX-License-Identifier: MIT OR Apache-2.0

//! Network namespaces.

use super::join;
use anyhow::{Context, Result};
use nix::sched::{CloneFlags, setns, unshare};
use std::fs::File;
use std::thread;

/// Runs `job` in a new network namespace, to which its sockets and child processes belong.
pub(crate) fn in_new<T: Send>(job: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    in_thread(|| {
        unshare(CloneFlags::CLONE_NEWNET).context("cannot create a network namespace")?;
        job()
    })
}

/// Runs `job` in the network namespace that the guest booted with.
pub(crate) fn in_initial<T: Send>(job: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    in_thread(|| {
        let namespace = File::open("/proc/1/ns/net")?;
        setns(namespace, CloneFlags::CLONE_NEWNET)
            .context("cannot enter the initial network namespace")?;
        job()
    })
}

/// Runs `job` in a new thread, because a thread has one namespace, and propagates its panics.
fn in_thread<T: Send>(job: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    thread::scope(|scope| join(scope.spawn(job)))
}
