// SPDX-License-Identifier: MIT OR Apache-2.0

//! Prints greetings on tokio, until two seconds pass without one.

use greet::genl::{EventStream, Notice};
use greet::protocol::Event;
use greet::{Client, Error};
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(2);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(listen())?)
}

async fn listen() -> Result<(), Error> {
    let mut stream = EventStream::new(Client::subscribe()?)?;
    while let Ok(notice) = timeout(PATIENCE, stream.next_notice()).await {
        match notice? {
            Notice::Event(event) => {
                if let Some(Event::Greeted(greeted)) = event.decode()? {
                    println!("{} was greeted", greeted.name.unwrap_or_default().escaped());
                }
            }
            Notice::Lagged => println!("some greetings were lost"),
            Notice::Gone | Notice::Back => println!("the module was reloaded"),
        }
    }
    Ok(())
}
