// SPDX-License-Identifier: MIT OR Apache-2.0

//! The family's operations, as methods.

use crate::protocol::{FAMILY, GREET, GreetReply, GreetRequest, Style, greeting};
use genl::{Connection, DecodeError, Error, Family, Policies, Result, Text};
use std::time::Duration;

/// A client of the family.
///
/// The family is resolved with the first request, and anew when its module was loaded again.
#[derive(Debug)]
pub struct Client {
    connection: Connection,
}

impl Client {
    /// Opens a connection to the kernel. Does not need the family yet.
    pub fn open() -> Result<Self> {
        Ok(Self {
            connection: Connection::open()?,
        })
    }

    /// Sets how long the kernel's answer is waited for, [`genl::DEFAULT_TIMEOUT`] at first.
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.connection.set_timeout(timeout);
    }

    /// The netlink port of this client, which greetings name.
    pub fn port(&self) -> u32 {
        self.connection.port()
    }

    /// Greets somebody, and returns the kernel's greeting.
    ///
    /// The kernel refuses with `EINVAL` a name that is missing, empty, not UTF-8 or has a control
    /// character, with `ERANGE` one of more than 64 bytes, a cookie of more than 32, or a style that
    /// it does not know. [`Error::NoReply`] means that the greeting was counted but its reply lost.
    pub fn greet(&mut self, request: &GreetRequest<'_>) -> Result<Greeting<'_>> {
        let reply = self.connection.request(request)?;
        Greeting::from_reply(&reply).map_err(|source| Error::Decode {
            operation: GREET.name,
            source,
        })
    }

    /// Greets somebody without asking for an acknowledgement: the greeting is counted, and nothing
    /// comes back unless the kernel refuses it.
    pub fn greet_unacknowledged(&mut self, request: &GreetRequest<'_>) -> Result<()> {
        self.connection.request_unacknowledged(request)
    }

    /// What the kernel knows of the family: id, operations, multicast groups.
    pub fn family(&mut self) -> Result<Family> {
        self.connection.family(FAMILY.name)
    }

    /// What the kernel checks of each operation's attributes.
    pub fn policies(&mut self, family: &Family) -> Result<Policies> {
        self.connection.policies(family)
    }
}

/// A greeting from the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Greeting<'a> {
    /// Its number in the network namespace, counted from 1 and never used twice.
    pub id: u64,
    /// The greeting in words.
    pub message: Text<'a>,
    /// The port from which it was asked for.
    pub portid: u32,
    /// How it opens.
    pub style: Style,
    /// The request's cookie.
    pub cookie: Option<&'a [u8]>,
}

impl<'a> Greeting<'a> {
    fn from_reply(reply: &GreetReply<'a>) -> Result<Self, DecodeError> {
        let missing = |attribute| move || DecodeError::Missing { attribute };
        Ok(Self {
            id: reply.id.ok_or_else(missing(greeting::ID))?,
            message: reply.message.ok_or_else(missing(greeting::MESSAGE))?,
            portid: reply.portid.ok_or_else(missing(greeting::PORTID))?,
            style: reply.style.ok_or_else(missing(greeting::STYLE))?,
            cookie: reply.cookie,
        })
    }
}
