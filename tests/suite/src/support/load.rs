// SPDX-License-Identifier: MIT OR Apache-2.0

//! Background load during a test.

use super::join;
use crate::raw::Client;
use anyhow::Result;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;

/// A job to repeat, with the number of the round, which is unique among all threads.
pub(crate) type Job<'a> = &'a (dyn Fn(&mut Client, u64) -> Result<()> + Sync);

/// Threads in the namespace of the test, each of which repeats a job with its own client.
pub(crate) struct Load<'a> {
    jobs: &'a [Job<'a>],
}

impl<'a> Load<'a> {
    pub(crate) fn new(jobs: &'a [Job<'a>]) -> Self {
        Self { jobs }
    }

    /// Runs `test` under load, once each thread has completed a round. Returns the result of the
    /// test and the number of rounds.
    pub(crate) fn during<T>(&self, test: impl FnOnce() -> Result<T>) -> Result<(T, u64)> {
        let (rounds, begun, done) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
        let repeat_until_done = |job: Job<'_>| {
            let mut client = Client::open()?;
            job(&mut client, rounds.fetch_add(1, Relaxed))?;
            begun.fetch_add(1, Relaxed);
            while !done.load(Relaxed) {
                job(&mut client, rounds.fetch_add(1, Relaxed))?;
            }
            anyhow::Ok(())
        };
        let result = thread::scope(|scope| {
            let threads: Vec<_> = self
                .jobs
                .iter()
                .map(|job| scope.spawn(|| repeat_until_done(*job)))
                .collect();
            while begun.load(Relaxed) < threads.len() as u64
                && !threads.iter().any(|thread| thread.is_finished())
            {
                thread::yield_now();
            }
            let result = test();
            done.store(true, Relaxed);
            for thread in threads {
                join(thread)?;
            }
            result
        })?;
        Ok((result, rounds.into_inner()))
    }
}
