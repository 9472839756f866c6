// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the kernel does with a datagram: a model of `netlink_rcv_skb()`, `netlink_ack()` and
//! `netlink_dump()` in `net/netlink/af_netlink.c`, and of `genl_rcv_msg()` in
//! `net/netlink/genetlink.c`.

use super::answer::{Body, Expected, Extack, Message};
use super::family::{Family, OPERATIONS, Operation, Reply, Request};
use super::policy::{self, ExtAckError};
use super::tally::Tally;
use super::wire::{
    HEADERS, Header, MESSAGE_HEADER, NLM_F_ACK, NLM_F_ACK_TLVS, NLM_F_CAPPED, NLM_F_DUMP,
    NLM_F_DUMP_INTR, NLM_F_ECHO, NLM_F_MULTI, NLM_F_REQUEST, NLMSG_MIN_TYPE, messages, u16_at,
};
use anyhow::Result;
use libc::{EBUSY, EINVAL, ENOENT, EOPNOTSUPP, EPERM};
use std::collections::VecDeque;
use std::ops::RangeInclusive;

/// A sender as the kernel sees it.
pub(super) struct Sender {
    pub(super) port: u32,
    /// `NETLINK_EXT_ACK`
    pub(super) ext_ack: bool,
    /// `NETLINK_CAP_ACK`
    pub(super) cap_ack: bool,
    pub(super) is_admin: bool,
    /// Bytes of a buffer for a dump: as many as the sender's own receive buffer.
    pub(super) room: usize,
    /// Datagrams that it has not yet received.
    pub(super) waiting: VecDeque<Vec<Expected>>,
    dump: Option<Dump>,
}

/// A dump that has not ended.
struct Dump {
    header: Header,
    /// The number of the last peer that was listed, and of the last one that is to be.
    last: u64,
    end: u64,
    /// How many changes there had been when the part before this one was made.
    changes: Option<u64>,
    is_complete: bool,
}

/// The kernel with one namespace.
pub(super) struct Kernel {
    /// The family's id.
    pub(super) id: u16,
    pub(super) family: Family,
    pub(super) tally: Tally,
}

impl Sender {
    pub(super) fn new(port: u32, room: usize) -> Self {
        Self {
            port,
            ext_ack: true,
            cap_ack: false,
            is_admin: true,
            room,
            waiting: VecDeque::new(),
            dump: None,
        }
    }
}

impl Kernel {
    pub(super) fn new(id: u16) -> Self {
        Self {
            id,
            family: Family::new(),
            tally: Tally::default(),
        }
    }

    /// A datagram comes from `sender`, within the time `when`.
    pub(super) fn deliver(
        &mut self,
        sender: &mut Sender,
        datagram: &[u8],
        when: &RangeInclusive<u64>,
    ) -> Result<()> {
        let found = messages(datagram);
        self.tally
            .datagram(datagram.len(), found.last().map_or(0, |last| last.end));
        for place in found {
            let message = &datagram[place];
            let header = Header::read(message)?;
            let mut kind = "without NLM_F_REQUEST";
            let result = match header {
                header if !header.has(NLM_F_REQUEST) => Ok(Outcome::Nothing),
                header if header.kind < NLMSG_MIN_TYPE => {
                    kind = "netlink's own";
                    Ok(Outcome::Nothing)
                }
                header if header.kind != self.id => {
                    kind = "for an unknown family";
                    Err(ExtAckError::bare(ENOENT))
                }
                _ => self.handle(sender, header, message, when, &mut kind),
            };
            self.tally.message(kind, outcome_in_words(header, &result));
            acknowledge(sender, header, message, result);
        }
        Ok(())
    }

    /// `genl_family_rcv_msg()`
    fn handle(
        &mut self,
        sender: &mut Sender,
        header: Header,
        message: &[u8],
        when: &RangeInclusive<u64>,
        kind: &mut &'static str,
    ) -> Result<Outcome, ExtAckError> {
        *kind = "without a second header";
        if message.len() < HEADERS {
            return Err(ExtAckError::bare(EINVAL));
        }
        let command = message[MESSAGE_HEADER];
        let is_dump = header.has(NLM_F_DUMP);
        let operation = OPERATIONS
            .iter()
            .find(|operation| (operation.command, operation.is_dump) == (command, is_dump));
        *kind = operation.map_or("for an unknown operation", |operation| operation.name);
        check_headers(header, message)?;
        let operation = operation.ok_or(ExtAckError::bare(EOPNOTSUPP))?;
        if operation.for_admins && !sender.is_admin {
            return Err(ExtAckError::bare(EPERM));
        }
        match is_dump {
            true => self.start_dump(sender, header, operation, message),
            false => self.carry_out(sender, header, operation, message, when),
        }
    }

    fn carry_out(
        &mut self,
        sender: &mut Sender,
        header: Header,
        operation: &Operation,
        message: &[u8],
        when: &RangeInclusive<u64>,
    ) -> Result<Outcome, ExtAckError> {
        let request = Request {
            attrs: policy::parse(message, HEADERS, operation.policies)?,
            port: sender.port,
            wants_ack: header.has(NLM_F_ACK),
            when: when.clone(),
        };
        if let Some(reply) = self.family.carry_out(operation, &request)? {
            let reply = self.reply(sender.port, header.seq, 0, operation.command, reply);
            sender.waiting.push_back(vec![reply]);
            return Ok(Outcome::Replied);
        }
        Ok(Outcome::Nothing)
    }

    /// `__netlink_dump_start()`
    fn start_dump(
        &mut self,
        sender: &mut Sender,
        header: Header,
        operation: &Operation,
        message: &[u8],
    ) -> Result<Outcome, ExtAckError> {
        if sender.dump.is_some() {
            return Err(ExtAckError::bare(EBUSY));
        }
        policy::parse(message, HEADERS, operation.policies)?;
        sender.dump = Some(Dump {
            header,
            last: 0,
            end: self.family.last_added(),
            changes: None,
            is_complete: false,
        });
        self.continue_dump(sender);
        Ok(Outcome::Dump)
    }

    /// `netlink_dump()`: called when a dump starts, and whenever its sender has received something.
    pub(super) fn continue_dump(&mut self, sender: &mut Sender) {
        let Some(mut dump) = sender.dump.take() else {
            return;
        };
        let mut left = sender.room;
        let mut part = Vec::new();
        let changes = self.family.changes;
        let mut flags = NLM_F_MULTI;
        if !dump.is_complete {
            if dump.changes.is_some_and(|before| before != changes) {
                flags |= NLM_F_DUMP_INTR;
                self.tally.interrupted += 1;
            }
            dump.is_complete = true;
            let ids = dump.last + 1..=dump.end;
            let peers = self.family.peers.iter();
            for peer in peers.filter(|peer| ids.contains(&peer.id)) {
                let Some(rest) = left.checked_sub(peer.item_size()) else {
                    dump.is_complete = false;
                    break;
                };
                left = rest;
                dump.last = peer.id;
                let seq = dump.header.seq;
                part.push(self.reply(sender.port, seq, flags, peer_get(), peer.describe()));
                // Only the first message after a change is marked.
                flags = NLM_F_MULTI;
            }
            dump.changes = Some(changes);
        }
        let done = dump.is_complete && left >= HEADERS;
        if done {
            part.push(done_message(sender.port, dump.header.seq, flags));
        } else {
            sender.dump = Some(dump);
        }
        self.tally.parts += 1;
        sender.waiting.push_back(part);
    }

    fn reply(&self, port: u32, seq: u32, flags: u16, command: u8, reply: Reply) -> Expected {
        let body = Body::Family {
            id: self.id,
            command,
            attrs: reply.attrs,
        };
        Expected {
            message: Message {
                flags,
                seq,
                port,
                body,
            },
            seen: reply.seen,
        }
    }

    /// What the listener is to receive, each event in a datagram of its own.
    pub(super) fn take_events(&mut self) -> Vec<Expected> {
        let events = std::mem::take(&mut self.family.told);
        let message = |event: super::family::Event| {
            let reply = Reply {
                attrs: event.attrs,
                seen: None,
            };
            self.reply(0, 0, 0, event.command, reply)
        };
        events.into_iter().map(message).collect()
    }
}

fn peer_get() -> u8 {
    greet::protocol::PEER_GET.command
}

/// What a request that is not refused leads to, beside its ACK.
#[derive(Debug)]
enum Outcome {
    Nothing,
    Replied,
    /// No ACK follows.
    Dump,
}

/// `genl_header_check()`
fn check_headers(header: Header, message: &[u8]) -> Result<(), ExtAckError> {
    const RESERVED: usize = MESSAGE_HEADER + 2;

    if u16_at(message, RESERVED).is_ok_and(|reserved| reserved != 0) {
        let text = "genlmsghdr.reserved field is not 0";
        return Err(ExtAckError::with_text(EINVAL, text));
    }
    let mut flags = header.flags;
    if header.has(NLM_F_DUMP) {
        flags &= !NLM_F_DUMP;
    }
    if flags & !(NLM_F_REQUEST | NLM_F_ACK | NLM_F_ECHO) != 0 {
        let text = "ambiguous or reserved bits set in nlmsg_flags";
        return Err(ExtAckError::with_text(EINVAL, text));
    }
    Ok(())
}

/// `netlink_ack()`, where it is called.
fn acknowledge(
    sender: &mut Sender,
    header: Header,
    message: &[u8],
    result: Result<Outcome, ExtAckError>,
) {
    let (errno, extack) = match result {
        Ok(Outcome::Dump) => return,
        Ok(_) if !header.has(NLM_F_ACK) => return,
        Ok(_) => (0, Extack::default()),
        Err(ext_ack) => (ext_ack.errno, ext_ack.extack),
    };
    let extack = match sender.ext_ack {
        true => extack,
        false => Extack::default(),
    };
    let mut flags = 0;
    let mut request = message;
    if errno == 0 || sender.cap_ack {
        flags |= NLM_F_CAPPED;
        request = &message[..MESSAGE_HEADER];
    }
    if !extack.is_empty() {
        flags |= NLM_F_ACK_TLVS;
    }
    let message = Message {
        flags,
        seq: header.seq,
        port: sender.port,
        body: Body::Error {
            errno: -errno,
            request: request.to_vec(),
            extack,
        },
    };
    sender.waiting.push_back(vec![message.into()]);
}

/// `netlink_dump_done()`
fn done_message(port: u32, seq: u32, flags: u16) -> Expected {
    let message = Message {
        flags,
        seq,
        port,
        body: Body::Done,
    };
    message.into()
}

fn outcome_in_words(header: Header, result: &Result<Outcome, ExtAckError>) -> String {
    match result {
        Err(ext_ack) => {
            let errno = nix::errno::Errno::from_raw(ext_ack.errno);
            match &ext_ack.extack.text {
                Some(text) => format!("{errno:?}: {text}"),
                None => format!("{errno:?}"),
            }
        }
        Ok(outcome) => {
            let ack = if header.has(NLM_F_ACK) {
                " and ACK"
            } else {
                ""
            };
            match outcome {
                Outcome::Dump => "list".to_owned(),
                Outcome::Replied => format!("reply{ack}"),
                Outcome::Nothing if header.has(NLM_F_ACK) => "ACK".to_owned(),
                Outcome::Nothing => "silence".to_owned(),
            }
        }
    }
}
