// SPDX-License-Identifier: GPL-2.0

//! What the family does.

use crate::{
    genl::{
        Net,
        PerNet,
        Refusal, //
    },
    greet_nl::{
        GreetReply,
        GreetRequest,
        GreetingAttr,
        Operations,
        Style,
        MESSAGE_MAX, //
    },
};
use kernel::{
    fmt::Write,
    prelude::*,
    str::NullTerminatedFormatter,
    sync::atomic::{
        ordering,
        Atomic, //
    },
};

/// The greetings of one network namespace.
#[pin_data]
pub struct Greet {
    /// Number of the last greeting; 0 before the first.
    last_id: Atomic<u64>,
}

impl PerNet for Greet {
    fn new(_net: &Net) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            last_id: Atomic::new(0),
        })
    }
}

impl Operations for Greet {
    fn greet<'a>(
        self: Pin<&Self>,
        request: &GreetRequest<'a>,
    ) -> Result<Option<GreetReply<'a>>, Refusal<'a>> {
        let name = checked_name(request)?;
        let style = request.style()?.unwrap_or(Style::Casual);

        if !request.info().wants_ack() {
            self.next_id();
            return Ok(None);
        }
        // Before the greeting is counted, so that nothing has happened if there is no memory.
        let mut reply = GreetReply::new(request.info())?;
        let id = self.next_id();
        fill(&mut reply, request, id, name, style)?;
        // The greeting has been carried out. That its sender has no room for the reply does not undo
        // it, and the acknowledgement says so.
        let _ = reply.send();
        Ok(None)
    }
}

impl Greet {
    /// The number of a new greeting.
    fn next_id(&self) -> u64 {
        self.last_id.fetch_add(1, ordering::Relaxed) + 1
    }
}

/// The name to greet: the request's, if it is fit to be shown to people.
fn checked_name<'a>(request: &GreetRequest<'a>) -> Result<&'a str, Refusal<'a>> {
    let bad = |message| request.bad(GreetingAttr::Name, EINVAL, message);

    let Some(name) = request.name() else {
        return Err(request.missing(GreetingAttr::Name, c"name is required"));
    };
    if name.is_empty() {
        return Err(bad(c"name is empty"));
    }
    let name = core::str::from_utf8(name).map_err(|_| bad(c"name is not valid UTF-8"))?;
    if name.contains(char::is_control) {
        return Err(bad(c"name has a control character"));
    }
    Ok(name)
}

/// Writes a greeting into its reply.
fn fill(
    reply: &mut GreetReply<'_>,
    request: &GreetRequest<'_>,
    id: u64,
    name: &str,
    style: Style,
) -> Result {
    let portid = request.info().portid();
    let mut buffer = [0; MESSAGE_MAX + 1];

    reply.id(id)?;
    reply.message(message(&mut buffer, name, style, portid)?.to_bytes())?;
    reply.portid(portid)?;
    reply.style(style)?;
    match request.cookie() {
        Some(cookie) => reply.cookie(cookie),
        None => Ok(()),
    }
}

/// The greeting in words.
fn message<'b>(buffer: &'b mut [u8], name: &str, style: Style, portid: u32) -> Result<&'b CStr> {
    let (before, after) = match style {
        Style::Casual => ("Hello, ", "!"),
        Style::Formal => ("Good day, ", "."),
        Style::Enthusiastic => ("Hooray, ", "!!!"),
    };
    let mut text = NullTerminatedFormatter::new(buffer).ok_or(EINVAL)?;
    write!(
        text,
        "{before}{name}{after} Your message from port {portid} has been processed by the kernel."
    )?;
    CStr::from_bytes_until_nul(buffer).map_err(|_| EINVAL)
}
