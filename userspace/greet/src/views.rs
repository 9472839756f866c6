// SPDX-License-Identifier: MIT OR Apache-2.0

//! The family's replies with what each of them always has.
//!
//! A reply of the protocol may lack any attribute, as one of a future version might. These lack none
//! that this version's kernel side sends, and say so if one does.

use crate::protocol::{
    GREET, GreetReply, PEER_GET, PeerGetReply, SETTINGS_GET, STATS_GET, SettingsGetReply,
    StatsGetReply, Style, greeting, peer, settings, stats,
};
use genl::{DecodeError, Error, OperationInfo, Result, Text};
use std::time::Duration;

/// Makes a view of a reply.
pub(crate) trait View<Reply>: Sized {
    /// The operation, for errors.
    const OPERATION: &'static OperationInfo;

    /// Takes the reply apart; fails with the number of an attribute that is missing.
    fn take(reply: Reply) -> Result<Self, u16>;

    /// Takes the reply apart.
    fn view(reply: Reply) -> Result<Self> {
        Self::take(reply).map_err(|attribute| Error::Decode {
            operation: Self::OPERATION.name,
            source: DecodeError::Missing { attribute },
        })
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

/// Somebody who was greeted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer<'a> {
    /// The name.
    pub name: Text<'a>,
    /// How often.
    pub greetings: u64,
    /// The port of the last greeting.
    pub last_portid: u32,
    /// The style of the last greeting.
    pub last_style: Style,
    /// When the last greeting was, since boot (`CLOCK_BOOTTIME`).
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
    /// Greetings carried out.
    pub greetings: u64,
    /// Replies that their receiver had room for.
    pub replies: u64,
    /// Greetings that asked for no acknowledgement, and so for no reply.
    pub unacked: u64,
    /// Greetings that were announced to listeners.
    pub events: u64,
    /// Requests that followed the policy and were refused all the same.
    pub refused: u64,
    /// Peers remembered now.
    pub peers: u64,
    /// Peers forgotten to make room for others.
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
    /// Style of a greeting whose request names none.
    pub default_style: Style,
    /// Most peers that are remembered.
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

impl TryFrom<SettingsGetReply<'_>> for Settings {
    type Error = Error;

    /// Reads what a notification of changed settings carries.
    fn try_from(reply: SettingsGetReply<'_>) -> Result<Self> {
        Self::view(reply)
    }
}
