// SPDX-License-Identifier: MIT OR Apache-2.0

//! Requests a greeting from the kernel.

use greet::{Client, GreetRequest, Style};

fn main() -> greet::Result<()> {
    let mut client = Client::open()?;
    let request = GreetRequest::new().name("World").style(Style::Formal);
    let greeting = client.greet(&request)?;
    println!("{} (greeting {})", greeting.message, greeting.id);
    Ok(())
}
