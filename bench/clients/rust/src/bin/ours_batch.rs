// SPDX-License-Identifier: MIT OR Apache-2.0

//! This project's library with batches of 32 requests.

use anyhow::Result;
use clients::BenchClient;
use clients::with_ours::{self, Ours, check_family, check_greeting};
use genl::nlctrl::GetfamilyRequest;

struct Batch(Ours);

impl BenchClient for Batch {
    const BATCH: u64 = 32;

    type Listener = ();

    fn open(to_greet: bool) -> Result<Self> {
        Ours::open(to_greet).map(Self)
    }

    fn getfamily(&mut self, count: u64) -> Result<()> {
        let connection = self.0.nlctrl()?;
        for _ in 0..count / Self::BATCH {
            let mut batch = connection.batch();
            for _ in 0..Self::BATCH {
                batch.add(&with_ours::getfamily())?;
            }
            for reply in batch.send().of::<GetfamilyRequest<'_>>() {
                check_family(&reply?)?;
            }
        }
        Ok(())
    }

    fn greet(&mut self, count: u64) -> Result<()> {
        let client = self.0.greet()?;
        for _ in 0..count / Self::BATCH {
            let requests: [_; Self::BATCH as usize] = std::array::from_fn(|_| with_ours::greet());
            for greeting in client.greet_all(&requests)? {
                check_greeting(&greeting?)?;
            }
        }
        Ok(())
    }
}

fn main() -> Result<()> {
    clients::run::<Batch>()
}
