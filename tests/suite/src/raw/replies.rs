// SPDX-License-Identifier: MIT OR Apache-2.0

//! Decodes the messages of `greet`. Each attribute must occur once, and no others.

use super::{Content, Message, u32_at, uint};
use anyhow::{Context, Result, bail, ensure};
use greet::protocol::{greeting, peer, settings, stats};

/// The attributes of a reply of `greet`.
#[derive(Debug, PartialEq)]
pub(crate) struct Greeting {
    pub(crate) id: u64,
    pub(crate) message: String,
    pub(crate) portid: u32,
    pub(crate) style: u32,
    pub(crate) cookie: Option<Vec<u8>>,
}

impl Greeting {
    pub(crate) fn read(attrs: &[(u16, Vec<u8>)]) -> Result<Self> {
        let mut fields = Fields::of(attrs);
        let greeting = Self {
            id: fields.uint(greeting::ID)?,
            message: fields.text(greeting::MESSAGE)?,
            portid: fields.u32(greeting::PORTID)?,
            style: fields.u32(greeting::STYLE)?,
            cookie: fields.bytes(greeting::COOKIE).ok().map(<[u8]>::to_vec),
        };
        fields.none_left().map(|()| greeting)
    }
}

/// The attributes of an event `greeted`.
#[derive(Debug, PartialEq)]
pub(crate) struct Greeted {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) style: u32,
    pub(crate) message: String,
    pub(crate) portid: u32,
}

impl Greeted {
    /// Command number of the event.
    const COMMAND: u8 = 7;

    pub(crate) fn read(message: &Message) -> Result<Self> {
        let mut fields = Fields::of(event(message, Self::COMMAND)?);
        let greeted = Self {
            id: fields.uint(greeting::ID)?,
            name: fields.text(greeting::NAME)?,
            style: fields.u32(greeting::STYLE)?,
            message: fields.text(greeting::MESSAGE)?,
            portid: fields.u32(greeting::PORTID)?,
        };
        fields.none_left().map(|()| greeted)
    }
}

/// The attributes of a reply or an item of `peer-get`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) greetings: u64,
    pub(crate) last_portid: u32,
    pub(crate) last_style: u32,
    pub(crate) last_seen: u64,
}

impl Peer {
    pub(crate) fn read(attrs: &[(u16, Vec<u8>)]) -> Result<Self> {
        let mut fields = Fields::of(attrs);
        let peer = Self {
            name: fields.text(peer::NAME)?,
            greetings: fields.uint(peer::GREETINGS)?,
            last_portid: fields.u32(peer::LAST_PORTID)?,
            last_style: fields.u32(peer::LAST_STYLE)?,
            last_seen: fields.uint(peer::LAST_SEEN)?,
        };
        fields.none_left().map(|()| peer)
    }
}

/// The attributes of a reply of `stats-get`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Stats {
    pub(crate) greetings: u64,
    pub(crate) replies: u64,
    pub(crate) unacked: u64,
    pub(crate) events: u64,
    pub(crate) refused: u64,
    pub(crate) peers: u64,
    pub(crate) evicted: u64,
}

impl Stats {
    pub(crate) fn read(attrs: &[(u16, Vec<u8>)]) -> Result<Self> {
        let mut fields = Fields::of(attrs);
        let stats = Self {
            greetings: fields.uint(stats::GREETINGS)?,
            replies: fields.uint(stats::REPLIES)?,
            unacked: fields.uint(stats::UNACKED)?,
            events: fields.uint(stats::EVENTS)?,
            refused: fields.uint(stats::REFUSED)?,
            peers: fields.uint(stats::PEERS)?,
            evicted: fields.uint(stats::EVICTED)?,
        };
        fields.none_left().map(|()| stats)
    }
}

/// The attributes of a `settings-get` reply and of its notification.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) default_style: u32,
    pub(crate) peer_limit: u32,
}

impl Settings {
    /// Command number of the event.
    const COMMAND: u8 = 8;

    pub(crate) fn read(attrs: &[(u16, Vec<u8>)]) -> Result<Self> {
        let mut fields = Fields::of(attrs);
        let settings = Self {
            default_style: fields.u32(settings::DEFAULT_STYLE)?,
            peer_limit: fields.u32(settings::PEER_LIMIT)?,
        };
        fields.none_left().map(|()| settings)
    }

    pub(crate) fn read_event(message: &Message) -> Result<Self> {
        Self::read(event(message, Self::COMMAND)?)
    }
}

/// Returns the attributes of an event with this command number. Events have port and sequence
/// number 0.
fn event(message: &Message, number: u8) -> Result<&[(u16, Vec<u8>)]> {
    match &message.content {
        Content::Reply { command, attrs, .. } if *command == number => {
            ensure!(
                (message.port, message.seq, message.flags) == (0, 0, 0),
                "expected port, sequence number and flags 0 in {message:?}"
            );
            Ok(attrs)
        }
        _ => bail!("expected event {number}, got {message:?}"),
    }
}

/// Attributes from which a decoder takes one after another.
pub(super) struct Fields<'a> {
    left: Vec<(u16, &'a [u8])>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(attrs: &'a [(u16, Vec<u8>)]) -> Self {
        let left = attrs
            .iter()
            .map(|(number, payload)| (*number, payload.as_slice()));
        Self {
            left: left.collect(),
        }
    }

    pub(super) fn bytes(&mut self, wanted: u16) -> Result<&'a [u8]> {
        let place = self.left.iter().position(|(number, _)| *number == wanted);
        let place =
            place.with_context(|| format!("expected attribute {wanted} in {:?}", self.left))?;
        Ok(self.left.remove(place).1)
    }

    pub(super) fn text(&mut self, wanted: u16) -> Result<String> {
        let text = self.bytes(wanted)?.strip_suffix(b"\0");
        Ok(String::from_utf8(
            text.context("expected a NUL after the text")?.to_vec(),
        )?)
    }

    pub(super) fn u32(&mut self, wanted: u16) -> Result<u32> {
        u32_at(self.bytes(wanted)?, 0)
    }

    fn uint(&mut self, wanted: u16) -> Result<u64> {
        uint(self.bytes(wanted)?)
    }

    fn none_left(&self) -> Result<()> {
        ensure!(
            self.left.is_empty(),
            "unexpected attributes: {:?}",
            self.left
        );
        Ok(())
    }
}

/// The result of a dump of peers.
pub(crate) struct Dump {
    pub(crate) peers: Vec<Peer>,
    /// Whether a message was marked as interrupted.
    pub(crate) interrupted: bool,
}

impl Dump {
    /// Parses all messages of a dump, the last of which must be its end.
    pub(super) fn read(messages: &[Message]) -> Result<Self> {
        let has = |message: &Message, flag| i32::from(message.flags) & flag != 0;
        let Some((end, items)) = messages.split_last() else {
            bail!("expected the end of a dump, got nothing");
        };
        match &end.content {
            Content::Done => {}
            Content::Error(ext_ack) => return Err(ext_ack.clone().into()),
            _ => bail!("expected the end of a dump, got {end:?}"),
        }
        let peers = items.iter().map(|item| match &item.content {
            Content::Reply { attrs, .. } if has(item, libc::NLM_F_MULTI) => Peer::read(attrs),
            _ => bail!("expected a part of a dump, got {item:?}"),
        });
        Ok(Self {
            peers: peers.collect::<Result<_>>()?,
            interrupted: messages
                .iter()
                .any(|message| has(message, libc::NLM_F_DUMP_INTR)),
        })
    }
}
