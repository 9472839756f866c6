// SPDX-License-Identifier: MIT OR Apache-2.0

//! `greetctl greet`.

use crate::cli::GreetArgs;
use crate::error::Error;
use crate::output::{Output, StyleName};
use genl::Text;
use greet::{Client, GreetRequest, Greeting};
use serde::Serialize;
use std::fmt;

pub(crate) fn run(args: &GreetArgs, output: &Output) -> Result<(), Error> {
    let request = GreetRequest {
        name: Some(Text::from(&args.name)),
        style: args.style,
        cookie: args.cookie.as_ref().map(|cookie| cookie.0.as_slice()),
    };
    let mut client = Client::open()?;
    if args.no_ack {
        client.greet_unacknowledged(&request)?;
        output.print(&Sent {
            acknowledged: false,
        })?;
    } else {
        let greeting = client.greet(&request)?;
        output.print(&Shown::from(greeting))?;
    }
    Ok(())
}

/// A greeting that no reply was asked for.
#[derive(Serialize)]
struct Sent {
    acknowledged: bool,
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sent; no reply was asked for")
    }
}

/// A greeting from the kernel.
#[derive(Serialize)]
struct Shown<'a> {
    id: u64,
    message: String,
    portid: u32,
    style: StyleName,
    #[serde(skip_serializing_if = "Option::is_none")]
    cookie: Option<String>,
    #[serde(skip)]
    text: Text<'a>,
}

impl<'a> From<Greeting<'a>> for Shown<'a> {
    fn from(greeting: Greeting<'a>) -> Self {
        Self {
            id: greeting.id,
            message: greeting.message.to_string_lossy().into(),
            portid: greeting.portid,
            style: StyleName::from(greeting.style),
            cookie: greeting.cookie.map(hex::encode),
            text: greeting.message,
        }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}
