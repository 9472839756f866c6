// SPDX-License-Identifier: MIT OR Apache-2.0

//! This project's library with batches of 32 requests.

use anyhow::{Result, bail};
use clients::BenchClient;
use clients::with_ours::{self, check_family, check_greeting};
use genl::Connection;
use genl::nlctrl::GetfamilyRequest;
use greet::Client;

enum Ours {
    Nlctrl(Connection),
    Greet(Client),
}

impl BenchClient for Ours {
    const BATCH: u64 = 32;

    type Listener = ();

    fn open(to_greet: bool) -> Result<Self> {
        Ok(match to_greet {
            false => Self::Nlctrl(Connection::open()?),
            true => Self::Greet(Client::open()?),
        })
    }

    fn getfamily(&mut self, count: u64) -> Result<()> {
        let Self::Nlctrl(connection) = self else {
            bail!("the connection is to the other family")
        };
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
        let Self::Greet(client) = self else {
            bail!("the connection is to the other family")
        };
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
    clients::run::<Ours>()
}
