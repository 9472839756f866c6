// SPDX-License-Identifier: GPL-2.0

//! Counters per CPU.

use kernel::{
    cpu::{
        nr_cpu_ids,
        CpuId, //
    },
    prelude::*,
    sync::atomic::{
        ordering,
        Atomic, //
    },
};

/// Names of the counters.
#[derive(Clone, Copy)]
pub(super) enum Count {
    Replies,
    Unacked,
    Events,
    Refused,
}

const COUNTS: usize = Count::Refused as usize + 1;

/// The counters of one CPU, in their own cache line.
#[repr(align(64))]
struct OfCpu([Atomic<u64>; COUNTS]);

/// The counters of a network namespace, one set for each CPU.
pub(super) struct Counters {
    of_cpus: KVVec<OfCpu>,
}

impl Counters {
    /// Creates counters that are 0. May sleep.
    #[inline]
    pub(super) fn new() -> Result<Self> {
        let cpus = nr_cpu_ids() as usize;
        let mut of_cpus = KVVec::with_capacity(cpus, GFP_KERNEL_ACCOUNT)?;
        for _ in 0..cpus {
            let zeros = OfCpu([const { Atomic::new(0) }; COUNTS]);
            of_cpus.push_within_capacity(zeros)?;
        }
        Ok(Self { of_cpus })
    }

    /// Increments a counter.
    #[inline]
    pub(super) fn add(&self, count: Count) {
        // A task that migrates after this line increments the counter of the previous CPU, which is
        // slower but correct.
        let cpu = CpuId::current().as_u32() as usize;
        if let Some(OfCpu(counters)) = self.of_cpus.get(cpu) {
            counters[count as usize].fetch_add(1, ordering::Release);
        }
    }

    /// Returns the counters in the order of [`Count`], added up over all CPUs. Synchronizes with
    /// [`Self::add`] (acquire).
    #[inline]
    pub(super) fn sums(&self) -> [u64; COUNTS] {
        let mut sums = [0; COUNTS];
        for OfCpu(counters) in &self.of_cpus {
            for (sum, counter) in sums.iter_mut().zip(counters) {
                *sum += counter.load(ordering::Acquire);
            }
        }
        sums
    }
}
