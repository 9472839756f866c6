// SPDX-License-Identifier: MIT OR Apache-2.0

//! This project's library on a single-threaded tokio runtime.

use anyhow::{Result, ensure};
use clients::with_ours::{self, check_family};
use clients::{BenchClient, Greeting, concurrently};
use genl::AsyncConnection;
use tokio::runtime::Runtime;

struct Async {
    runtime: Runtime,
    connection: AsyncConnection,
}

impl BenchClient for Async {
    type Listener = ();

    fn open(_to_greet: bool) -> Result<Self> {
        let runtime = clients::runtime()?;
        Ok(Self {
            runtime,
            connection: AsyncConnection::open()?,
        })
    }

    fn getfamily(&mut self, count: u64) -> Result<()> {
        self.runtime.block_on(getfamily(&self.connection, count))
    }

    fn greet(&mut self, count: u64) -> Result<()> {
        self.runtime.block_on(greet(&self.connection, count))
    }

    fn concurrently(&mut self, to_greet: bool, tasks: u64, count: u64) -> Result<()> {
        concurrently(&self.runtime, tasks, || {
            let connection = self.connection.clone();
            async move {
                match to_greet {
                    false => getfamily(&connection, count).await,
                    true => greet(&connection, count).await,
                }
            }
        })
    }
}

async fn getfamily(connection: &AsyncConnection, count: u64) -> Result<()> {
    for _ in 0..count {
        let reply = connection.request(&with_ours::getfamily()).await?;
        check_family(&reply.get()?)?;
    }
    Ok(())
}

async fn greet(connection: &AsyncConnection, count: u64) -> Result<()> {
    for _ in 0..count {
        let reply = connection.request(&with_ours::greet()).await?;
        let greeting = reply.get()?;
        ensure!(greeting.style.is_some(), "expected a style");
        Greeting {
            id: greeting.id.unwrap_or_default(),
            message: greeting.message.unwrap_or_default().as_bytes(),
            portid: greeting.portid.unwrap_or_default(),
            style: greeting.style.map_or(u32::MAX, u32::from),
        }
        .check()?;
    }
    Ok(())
}

fn main() -> Result<()> {
    clients::run::<Async>()
}
