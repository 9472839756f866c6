// SPDX-License-Identifier: MIT OR Apache-2.0

//! The family's replies with all attributes that the kernel side sends.
//!
//! A reply of the protocol may lack any attribute, as in a future version. A view has them all, and
//! cannot be created if one is missing.

use crate::protocol::{
    GREET, GreetReply, PEER_GET, PeerGetReply, SETTINGS_GET, STATS_GET, SettingsGetReply,
    StatsGetReply, Style, greeting, peer, settings, stats,
};
use genl::{DecodeError, Error, OperationInfo, Result, Text};
use std::time::Duration;

/// A view of a reply.
pub(crate) trait View<Reply>: Sized {
    /// The operation, for errors.
    const OPERATION: &'static OperationInfo;

    /// Creates the view. Fails with the number of a missing attribute.
    fn take(reply: Reply) -> Result<Self, u16>;

    /// Creates the view. Fails with [`Error::Decode`] if an attribute is missing.
    fn view(reply: Reply) -> Result<Self> {
        Self::take(reply).map_err(|attribute| Error::Decode {
            operation: Self::OPERATION.name.into(),
            source: DecodeError::Missing { attribute },
        })
    }
}

/// A greeting from the kernel, from [`Client::greet`](crate::Client::greet).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Greeting<'a> {
    /// Its number in the network namespace, counted from 1 and unique.
    pub id: u64,
    /// The text.
    pub message: Text<'a>,
    /// The port of the client.
    pub portid: u32,
    /// The style.
    pub style: Style,
    /// The request's cookie.
    pub cookie: Option<&'a [u8]>,
}

impl<'a> View<GreetReply<'a>> for Greeting<'a> {
    const OPERATION: &'static OperationInfo = &GREET;

    fn take(reply: GreetReply<'a>) -> Result<Self, u16> {
        Ok(Self {
            id: reply.id.ok_or(greeting::ID)?,
            message: reply.message.ok_or(greeting::MESSAGE)?,
            portid: reply.portid.ok_or(greeting::PORTID)?,
            style: reply.style.ok_or(greeting::STYLE)?,
            cookie: reply.cookie,
        })
    }
}

/// The counters of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer<'a> {
    /// The name.
    pub name: Text<'a>,
    /// The number of greetings.
    pub greetings: u64,
    /// The port of the last greeting.
    pub last_portid: u32,
    /// The style of the last greeting.
    pub last_style: Style,
    /// The time of the last greeting, since boot (`CLOCK_BOOTTIME`).
    pub last_seen: Duration,
}

impl<'a> View<PeerGetReply<'a>> for Peer<'a> {
    const OPERATION: &'static OperationInfo = &PEER_GET;

    fn take(reply: PeerGetReply<'a>) -> Result<Self, u16> {
        Ok(Self {
            name: reply.name.ok_or(peer::NAME)?,
            greetings: reply.greetings.ok_or(peer::GREETINGS)?,
            last_portid: reply.last_portid.ok_or(peer::LAST_PORTID)?,
            last_style: reply.last_style.ok_or(peer::LAST_STYLE)?,
            last_seen: reply
                .last_seen
                .map(Duration::from_nanos)
                .ok_or(peer::LAST_SEEN)?,
        })
    }
}

/// Counters of a network namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Greetings processed.
    pub greetings: u64,
    /// Replies queued to the socket of the sender.
    pub replies: u64,
    /// Greetings without `NLM_F_ACK`, which get no reply.
    pub unacked: u64,
    /// Greetings announced to at least one listener.
    pub events: u64,
    /// Requests that passed the policy and were rejected by the module.
    pub refused: u64,
    /// Current number of peers.
    pub peers: u64,
    /// Peers evicted because the limit was reached.
    pub evicted: u64,
}

impl View<StatsGetReply<'_>> for Stats {
    const OPERATION: &'static OperationInfo = &STATS_GET;

    fn take(reply: StatsGetReply<'_>) -> Result<Self, u16> {
        Ok(Self {
            greetings: reply.greetings.ok_or(stats::GREETINGS)?,
            replies: reply.replies.ok_or(stats::REPLIES)?,
            unacked: reply.unacked.ok_or(stats::UNACKED)?,
            events: reply.events.ok_or(stats::EVENTS)?,
            refused: reply.refused.ok_or(stats::REFUSED)?,
            peers: reply.peers.ok_or(stats::PEERS)?,
            evicted: reply.evicted.ok_or(stats::EVICTED)?,
        })
    }
}

/// Settings of a network namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The style of a greeting whose request has none.
    pub default_style: Style,
    /// The maximum number of peers.
    pub peer_limit: u32,
}

impl View<SettingsGetReply<'_>> for Settings {
    const OPERATION: &'static OperationInfo = &SETTINGS_GET;

    fn take(reply: SettingsGetReply<'_>) -> Result<Self, u16> {
        Ok(Self {
            default_style: reply.default_style.ok_or(settings::DEFAULT_STYLE)?,
            peer_limit: reply.peer_limit.ok_or(settings::PEER_LIMIT)?,
        })
    }
}

macro_rules! try_from {
    ($($reply:ty => $view:ty,)*) => {$(
        impl<'a> TryFrom<$reply> for $view {
            type Error = Error;

            /// Converts a decoded reply, item or event.
            ///
            /// # Errors
            ///
            /// Fails if an attribute is missing.
            fn try_from(reply: $reply) -> Result<Self> {
                Self::view(reply)
            }
        }
    )*};
}

try_from! {
    GreetReply<'a> => Greeting<'a>,
    PeerGetReply<'a> => Peer<'a>,
    StatsGetReply<'a> => Stats,
    SettingsGetReply<'a> => Settings,
}
