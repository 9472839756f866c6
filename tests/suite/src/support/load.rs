// SPDX-License-Identifier: MIT OR Apache-2.0

//! What goes on while something is tested.

use crate::raw::Client;
use anyhow::Result;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::{panic, thread};

/// Something to do again and again, with a number that no other round has.
pub(crate) type Work<'a> = &'a (dyn Fn(&mut Client, u64) -> Result<()> + Sync);

/// Threads in the namespace of the test, each of which does its work with a client of its own.
pub(crate) struct Load<'a> {
    works: &'a [Work<'a>],
}

impl<'a> Load<'a> {
    pub(crate) fn of(works: &'a [Work<'a>]) -> Self {
        Self { works }
    }

    /// Does `job` while the load goes on, which it has begun to. Returns what the job returns, and
    /// the number of rounds.
    pub(crate) fn during<T>(&self, job: impl FnOnce() -> Result<T>) -> Result<(T, u64)> {
        let (rounds, begun, done) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
        let work_until_done = |work: Work<'_>| {
            let mut client = Client::open()?;
            work(&mut client, rounds.fetch_add(1, Relaxed))?;
            begun.fetch_add(1, Relaxed);
            while !done.load(Relaxed) {
                work(&mut client, rounds.fetch_add(1, Relaxed))?;
            }
            anyhow::Ok(())
        };
        let result = thread::scope(|scope| {
            let threads: Vec<_> = self
                .works
                .iter()
                .map(|work| scope.spawn(|| work_until_done(*work)))
                .collect();
            while begun.load(Relaxed) < threads.len() as u64
                && !threads.iter().any(|thread| thread.is_finished())
            {
                thread::yield_now();
            }
            let result = job();
            done.store(true, Relaxed);
            for thread in threads {
                thread
                    .join()
                    .unwrap_or_else(|panic| panic::resume_unwind(panic))?;
            }
            result
        })?;
        Ok((result, rounds.into_inner()))
    }
}
