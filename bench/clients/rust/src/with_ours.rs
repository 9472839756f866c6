// SPDX-License-Identifier: MIT OR Apache-2.0

//! Messages of this project's library, for two clients.

use crate::{Family, Greeting, WORLD};
use anyhow::Result;
use genl::nlctrl::{GetfamilyReply, GetfamilyRequest};
use greet::GreetRequest;

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
