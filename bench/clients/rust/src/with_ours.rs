// SPDX-License-Identifier: MIT OR Apache-2.0

//! Messages of this project's library, for two clients.

use crate::{Family, Greeting, WORLD};
use anyhow::{Result, bail};
use genl::Connection;
use genl::nlctrl::{GetfamilyReply, GetfamilyRequest};
use greet::{Client, GreetRequest};

/// A connection to one of the families.
pub enum Ours {
    Nlctrl(Connection),
    Greet(Client),
}

impl Ours {
    /// Opens a connection to the family `greet`, or to nlctrl.
    pub fn open(to_greet: bool) -> Result<Self> {
        Ok(match to_greet {
            false => Self::Nlctrl(Connection::open()?),
            true => Self::Greet(Client::open()?),
        })
    }

    /// Returns the connection to nlctrl.
    pub fn nlctrl(&mut self) -> Result<&mut Connection> {
        match self {
            Self::Nlctrl(connection) => Ok(connection),
            Self::Greet(_) => bail!("the connection is to greet"),
        }
    }

    /// Returns the client of `greet`.
    pub fn greet(&mut self) -> Result<&mut Client> {
        match self {
            Self::Greet(client) => Ok(client),
            Self::Nlctrl(_) => bail!("the connection is to nlctrl"),
        }
    }
}

/// Creates a request for nlctrl.
pub fn getfamily() -> GetfamilyRequest<'static> {
    GetfamilyRequest::new().family_name("nlctrl")
}

/// Creates a greeting.
pub fn greet() -> GreetRequest<'static> {
    GreetRequest::new().name(WORLD)
}

/// Checks the reply to GETFAMILY.
pub fn check_family(reply: &GetfamilyReply<'_>) -> Result<()> {
    let group = reply.mcast_groups.and_then(|groups| groups.iter().next());
    Family {
        id: reply.family_id.unwrap_or_default(),
        version: reply.version.unwrap_or_default(),
        name: reply.family_name.unwrap_or_default().as_bytes(),
        operations: reply.ops.map_or(0, |operations| operations.len()),
        group: group.and_then(|group| group.id).unwrap_or_default(),
    }
    .check()
}

/// Checks the reply to GREET.
pub fn check_greeting(greeting: &greet::Greeting<'_>) -> Result<()> {
    Greeting {
        id: greeting.id,
        message: greeting.message.as_bytes(),
        portid: greeting.portid,
        style: u32::from(greeting.style),
    }
    .check()
}
