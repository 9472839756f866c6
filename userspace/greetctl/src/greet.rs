// SPDX-License-Identifier: MIT OR Apache-2.0

//! `greetctl greet`.

use crate::cli::GreetArgs;
use crate::error::Error;
use crate::output::StyleName;
use crate::session::Session;
use genl::Text;
use greet::{GreetRequest, Greeting};
use serde::Serialize;
use std::fmt;

pub(crate) fn run(args: &GreetArgs, session: &Session) -> Result<(), Error> {
    let request = GreetRequest {
        name: Some(Text::from(&args.name)),
        style: args.style,
        cookie: args.cookie.as_ref().map(|cookie| cookie.0.as_slice()),
    };
    let mut client = session.client()?;
    if args.no_ack {
        client.greet_unacknowledged(&request)?;
        session.output.print(&Sent {
            acknowledged: false,
        })?;
    } else {
        let greeting = client.greet(&request)?;
        session.output.print(&Shown::from(greeting))?;
    }
    Ok(())
}

/// A greeting without `NLM_F_ACK`, to which the kernel does not reply.
#[derive(Serialize)]
struct Sent {
    acknowledged: bool,
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sent; no reply requested")
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
        self.text.escaped().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use greet::Style;

    #[test]
    fn a_greeting_prints_as_message_or_json() {
        let greeting = |cookie| {
            Shown::from(Greeting {
                id: 3,
                message: Text::from("Hello\u{1b}"),
                portid: 77,
                style: Style::Formal,
                cookie,
            })
        };
        assert_eq!(greeting(None).to_string(), "Hello\\u{1b}");
        let json = |cookie| serde_json::to_string(&greeting(cookie)).unwrap();
        let start = r#"{"id":3,"message":"Hello\u001b","portid":77,"style":"formal""#;
        assert_eq!(json(None), format!("{start}}}"));
        assert_eq!(
            json(Some(b"\x00\xff")),
            format!(r#"{start},"cookie":"00ff"}}"#)
        );
    }

    #[test]
    fn no_ack_prints_that_no_reply_was_requested() {
        let sent = Sent {
            acknowledged: false,
        };
        assert_eq!(sent.to_string(), "sent; no reply requested");
        let json = serde_json::to_string(&sent).unwrap();
        assert_eq!(json, r#"{"acknowledged":false}"#);
    }
}
