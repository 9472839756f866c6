// SPDX-License-Identifier: MIT OR Apache-2.0

//! Model of the family in one network namespace, after docs/reference/protocol.md and
//! docs/reference/errors.md.
//!
//! Simple rather than fast: peers are a list, searched from its start.

use super::answer::{Attrs, uint};
use super::policy::{Attr, ExtAckError, Policies, Policy};
use super::wire::{HEADERS, attr_size};
use anyhow::Result;
use greet::protocol::{
    COOKIE_MAX, GREET, NAME_MAX, PEER_DEL, PEER_GET, PEER_LIMIT_MAX, SETTINGS_GET, SETTINGS_SET,
    STATS_GET, greeting, peer, settings, stats,
};
use libc::{EINVAL, ENOENT};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Command numbers of the events.
pub(super) const GREETED: u8 = 7;
pub(super) const SETTINGS_NTF: u8 = 8;

const CASUAL: u32 = 0;
const FORMAL: u32 = 1;
const ENTHUSIASTIC: u32 = 2;
const LAST_STYLE: u32 = ENTHUSIASTIC;

const NAME: Policy = Policy::NulString(NAME_MAX as u16);
const STYLE: Policy = Policy::U32 {
    min: CASUAL,
    max: LAST_STYLE,
};
const LIMIT: Policy = Policy::U32 {
    min: 1,
    max: PEER_LIMIT_MAX as u32,
};

/// An operation in the core's tables.
pub(super) struct Operation {
    pub(super) name: &'static str,
    pub(super) command: u8,
    pub(super) is_dump: bool,
    pub(super) for_admins: bool,
    pub(super) policies: Policies,
}

pub(super) static OPERATIONS: [Operation; 7] = [
    Operation {
        name: "greet",
        command: GREET.command,
        is_dump: false,
        for_admins: false,
        policies: &[
            (greeting::NAME, NAME),
            (greeting::STYLE, STYLE),
            (greeting::COOKIE, Policy::Binary(COOKIE_MAX)),
        ],
    },
    Operation {
        name: "peer-get",
        command: PEER_GET.command,
        is_dump: false,
        for_admins: false,
        policies: &[(peer::NAME, NAME)],
    },
    Operation {
        name: "peer-get dump",
        command: PEER_GET.command,
        is_dump: true,
        for_admins: false,
        policies: &[],
    },
    Operation {
        name: "peer-del",
        command: PEER_DEL.command,
        is_dump: false,
        for_admins: true,
        policies: &[(peer::NAME, NAME)],
    },
    Operation {
        name: "stats-get",
        command: STATS_GET.command,
        is_dump: false,
        for_admins: false,
        policies: &[],
    },
    Operation {
        name: "settings-get",
        command: SETTINGS_GET.command,
        is_dump: false,
        for_admins: false,
        policies: &[],
    },
    Operation {
        name: "settings-set",
        command: SETTINGS_SET.command,
        is_dump: false,
        for_admins: true,
        policies: &[
            (settings::DEFAULT_STYLE, STYLE),
            (settings::PEER_LIMIT, LIMIT),
        ],
    },
];

/// A request that the core has validated.
pub(super) struct Request<'a> {
    pub(super) attrs: BTreeMap<u16, Attr<'a>>,
    pub(super) port: u32,
    pub(super) wants_ack: bool,
    /// The time at which the kernel handles it.
    pub(super) when: RangeInclusive<u64>,
}

impl<'a> Request<'a> {
    fn bytes(&self, number: u16) -> Option<&'a [u8]> {
        self.attrs.get(&number).map(|attr| attr.payload)
    }

    fn u32(&self, number: u16) -> Option<u32> {
        let payload = self.bytes(number)?.try_into().ok()?;
        Some(u32::from_ne_bytes(payload))
    }

    /// Returns the name in the request and its offset.
    fn name(&self, number: u16) -> Result<(&'a [u8], usize), ExtAckError> {
        let Some(attr) = self.attrs.get(&number) else {
            return Err(ExtAckError::missing("name is required", number));
        };
        let name = attr.payload.strip_suffix(b"\0").unwrap_or(attr.payload);
        Ok((name, attr.offset))
    }
}

/// A reply: its sorted attributes and, for a peer, when it was last greeted.
#[derive(Debug, Default)]
pub(super) struct Reply {
    pub(super) attrs: Attrs,
    pub(super) seen: Option<RangeInclusive<u64>>,
}

/// An event or a notification.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) command: u8,
    pub(super) attrs: Attrs,
}

/// A peer in the table.
pub(super) struct Peer {
    /// Its number among all peers ever added.
    pub(super) id: u64,
    pub(super) name: Vec<u8>,
    greetings: u64,
    portid: u32,
    style: u32,
    pub(super) seen: RangeInclusive<u64>,
    /// The number of its last greeting.
    pub(super) turn: u64,
}

/// The state of the family in one namespace.
pub(super) struct Family {
    greetings: u64,
    replies: u64,
    unacked: u64,
    events: u64,
    refused: u64,
    evicted: u64,
    default_style: u32,
    pub(super) limit: u32,
    /// Peers in the order in which they were added.
    pub(super) peers: Vec<Peer>,
    added: u64,
    /// The number of times that a peer was added or removed.
    pub(super) changes: u64,
    pub(super) joined_greetings: bool,
    pub(super) joined_config: bool,
    /// Events that the listener has not received yet.
    pub(super) pending_events: Vec<Event>,
}

impl Family {
    pub(super) fn new() -> Self {
        Self {
            greetings: 0,
            replies: 0,
            unacked: 0,
            events: 0,
            refused: 0,
            evicted: 0,
            default_style: CASUAL,
            limit: 1024,
            peers: Vec::new(),
            added: 0,
            changes: 0,
            joined_greetings: false,
            joined_config: false,
            pending_events: Vec::new(),
        }
    }

    /// Executes an operation other than a dump.
    pub(super) fn execute(
        &mut self,
        operation: &Operation,
        request: &Request<'_>,
    ) -> Result<Option<Reply>, ExtAckError> {
        let result = match operation.name {
            "greet" => self.greet(request),
            "peer-get" => self.peer_get(request).map(Some),
            "peer-del" => self.peer_del(request).map(|()| None),
            "stats-get" => Ok(Some(self.stats())),
            "settings-get" => Ok(Some(self.settings())),
            _ => {
                self.settings_set(request);
                Ok(None)
            }
        };
        if result.is_err() {
            self.refused += 1;
        }
        result
    }

    fn greet(&mut self, request: &Request<'_>) -> Result<Option<Reply>, ExtAckError> {
        let name = valid_name(request)?;
        let style = request.u32(greeting::STYLE).unwrap_or(self.default_style);
        self.record_peer(name.as_bytes(), style, request);
        self.greetings += 1;

        let message = text(&message(name, style, request.port));
        let id = uint(self.greetings);
        let (style, portid) = (u32_bytes(style), u32_bytes(request.port));
        if self.joined_greetings {
            self.events += 1;
            self.pending_events.push(Event {
                command: GREETED,
                attrs: vec![
                    (greeting::NAME, text(name)),
                    (greeting::STYLE, style.clone()),
                    (greeting::MESSAGE, message.clone()),
                    (greeting::ID, id.clone()),
                    (greeting::PORTID, portid.clone()),
                ],
            });
        }
        if !request.wants_ack {
            self.unacked += 1;
            return Ok(None);
        }
        self.replies += 1;
        let mut attrs = vec![(greeting::STYLE, style)];
        if let Some(cookie) = request.bytes(greeting::COOKIE) {
            attrs.push((greeting::COOKIE, cookie.to_vec()));
        }
        attrs.extend([
            (greeting::MESSAGE, message),
            (greeting::ID, id),
            (greeting::PORTID, portid),
        ]);
        Ok(Some(Reply { attrs, seen: None }))
    }

    /// Adds or updates the greeted peer and evicts the one seen longest ago if there are too many.
    fn record_peer(&mut self, name: &[u8], style: u32, request: &Request<'_>) {
        let known = self.peers.iter_mut().find(|peer| peer.name == name);
        let turn = self.greetings + 1;
        if let Some(peer) = known {
            peer.greetings += 1;
            peer.portid = request.port;
            peer.style = style;
            peer.seen = request.when.clone();
            peer.turn = turn;
            return;
        }
        self.evict_to(self.limit as usize - 1);
        self.added += 1;
        self.changes += 1;
        self.peers.push(Peer {
            id: self.added,
            name: name.to_vec(),
            greetings: 1,
            portid: request.port,
            style,
            seen: request.when.clone(),
            turn,
        });
    }

    fn evict_to(&mut self, most: usize) {
        while self.peers.len() > most {
            let peers = self.peers.iter().enumerate();
            let oldest = peers.min_by_key(|(_, peer)| peer.turn);
            let index = oldest.map_or(0, |(index, _)| index);
            self.forget(index);
            self.evicted += 1;
        }
    }

    fn forget(&mut self, index: usize) {
        self.peers.remove(index);
        self.changes += 1;
    }

    /// Returns the index of the peer that the request names.
    fn index(&self, request: &Request<'_>) -> Result<usize, ExtAckError> {
        let (name, offset) = request.name(peer::NAME)?;
        let index = self.peers.iter().position(|peer| peer.name == name);
        index.ok_or_else(|| ExtAckError::bad(ENOENT, "no peer has this name", offset))
    }

    fn peer_get(&self, request: &Request<'_>) -> Result<Reply, ExtAckError> {
        Ok(self.peers[self.index(request)?].describe())
    }

    fn peer_del(&mut self, request: &Request<'_>) -> Result<(), ExtAckError> {
        let index = self.index(request)?;
        self.forget(index);
        Ok(())
    }

    pub(super) fn stats(&self) -> Reply {
        let attrs = vec![
            (stats::GREETINGS, uint(self.greetings)),
            (stats::REPLIES, uint(self.replies)),
            (stats::UNACKED, uint(self.unacked)),
            (stats::EVENTS, uint(self.events)),
            (stats::REFUSED, uint(self.refused)),
            (stats::PEERS, uint(self.peers.len() as u64)),
            (stats::EVICTED, uint(self.evicted)),
        ];
        Reply { attrs, seen: None }
    }

    pub(super) fn settings(&self) -> Reply {
        let attrs = vec![
            (settings::DEFAULT_STYLE, u32_bytes(self.default_style)),
            (settings::PEER_LIMIT, u32_bytes(self.limit)),
        ];
        Reply { attrs, seen: None }
    }

    fn settings_set(&mut self, request: &Request<'_>) {
        let before = (self.default_style, self.limit);
        self.default_style = request
            .u32(settings::DEFAULT_STYLE)
            .unwrap_or(self.default_style);
        self.limit = request.u32(settings::PEER_LIMIT).unwrap_or(self.limit);
        self.evict_to(self.limit as usize);
        if self.joined_config && before != (self.default_style, self.limit) {
            self.pending_events.push(Event {
                command: SETTINGS_NTF,
                attrs: self.settings().attrs,
            });
        }
    }

    /// Returns the number of the last added peer.
    pub(super) fn last_added(&self) -> u64 {
        self.added
    }
}

impl Peer {
    pub(super) fn describe(&self) -> Reply {
        Reply {
            attrs: vec![
                (peer::NAME, text_bytes(&self.name)),
                (peer::GREETINGS, uint(self.greetings)),
                (peer::LAST_PORTID, u32_bytes(self.portid)),
                (peer::LAST_STYLE, u32_bytes(self.style)),
            ],
            seen: Some(self.seen.clone()),
        }
    }

    /// Returns the size of its message in a dump.
    pub(super) fn message_size(&self) -> usize {
        let reply = self.describe();
        let attrs: usize = reply
            .attrs
            .iter()
            .map(|(_, value)| attr_size(value.len()))
            .sum();
        HEADERS + attrs + attr_size(uint(*self.seen.end()).len())
    }
}

fn valid_name<'a>(request: &Request<'a>) -> Result<&'a str, ExtAckError> {
    let (name, offset) = request.name(greeting::NAME)?;
    let bad = |text| Err(ExtAckError::bad(EINVAL, text, offset));
    match std::str::from_utf8(name) {
        Err(_) => bad("name is not valid UTF-8"),
        Ok("") => bad("name is empty"),
        Ok(name) if name.chars().any(char::is_control) => bad("name has a control character"),
        Ok(name) => Ok(name),
    }
}

fn message(name: &str, style: u32, port: u32) -> String {
    let greeting = match style {
        CASUAL => format!("Hello, {name}!"),
        FORMAL => format!("Good day, {name}."),
        _ => format!("Hooray, {name}!!!"),
    };
    format!("{greeting} Your message from port {port} has been processed by the kernel.")
}

fn text(text: &str) -> Vec<u8> {
    text_bytes(text.as_bytes())
}

/// Appends the NUL.
fn text_bytes(text: &[u8]) -> Vec<u8> {
    [text, b"\0"].concat()
}

fn u32_bytes(value: u32) -> Vec<u8> {
    value.to_ne_bytes().to_vec()
}
