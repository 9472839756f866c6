// SPDX-License-Identifier: MIT OR Apache-2.0

//! Prints greetings, until two seconds pass without one.

use greet::Client;
use greet::genl::Notice;
use greet::protocol::Event;
use std::time::Duration;

fn main() -> greet::Result<()> {
    let mut subscription = Client::subscribe()?;
    subscription.set_timeout(Some(Duration::from_secs(2)));
    for notice in subscription {
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
