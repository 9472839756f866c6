// SPDX-License-Identifier: MIT OR Apache-2.0

//! Model of the netlink core: of `netlink_rcv_skb()`, `netlink_ack()` and `netlink_dump()` in
//! `net/netlink/af_netlink.c`, and of `genl_rcv_msg()` in `net/netlink/genetlink.c`.

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

/// A sending socket in the model.
pub(super) struct Sender {
    pub(super) port: u32,
    /// `NETLINK_EXT_ACK`
    pub(super) ext_ack: bool,
    /// `NETLINK_CAP_ACK`
    pub(super) cap_ack: bool,
    pub(super) is_admin: bool,
    /// Size of a dump's buffer: the size of the sender's receive buffer.
    pub(super) dump_buffer_size: usize,
    /// Datagrams that the sender has not received yet.
    pub(super) waiting: VecDeque<Vec<Expected>>,
    dump: Option<Dump>,
}

/// An unfinished dump.
struct Dump {
    header: Header,
    /// Id of the last listed peer, and of the last peer to list.
    last: u64,
    end: u64,
    /// The number of changes when the previous part was built.
    changes: Option<u64>,
    is_complete: bool,
}

/// The kernel with one network namespace.
pub(super) struct Kernel {
    /// The family's id.
    pub(super) id: u16,
    pub(super) family: Family,
    pub(super) tally: Tally,
}

impl Sender {
    pub(super) fn new(port: u32, dump_buffer_size: usize) -> Self {
        Self {
            port,
            ext_ack: true,
            cap_ack: false,
            is_admin: true,
            dump_buffer_size,
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

    /// Handles a datagram from `sender` at a time within `when`.
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
                    kind = "control message";
                    Ok(Outcome::Nothing)
                }
                header if header.kind != self.id => {
                    kind = "for an unknown family";
                    Err(ExtAckError::bare(ENOENT))
                }
                _ => self.handle(sender, header, message, when, &mut kind),
            };
            self.tally.message(kind, describe(header, &result));
            acknowledge(sender, header, message, result);
        }
        Ok(())
    }

    /// Models `genl_family_rcv_msg()`.
    fn handle(
        &mut self,
        sender: &mut Sender,
        header: Header,
        message: &[u8],
        when: &RangeInclusive<u64>,
        kind: &mut &'static str,
    ) -> Result<Outcome, ExtAckError> {
        *kind = "without genlmsghdr";
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
            false => self.execute(sender, header, operation, message, when),
        }
    }

    fn execute(
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
        if let Some(reply) = self.family.execute(operation, &request)? {
            let reply = self.reply(sender.port, header.seq, 0, operation.command, reply);
            sender.waiting.push_back(vec![reply]);
            return Ok(Outcome::Replied);
        }
        Ok(Outcome::Nothing)
    }

    /// Models `__netlink_dump_start()`.
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

    /// Models `netlink_dump()`, which runs when a dump starts and each time its sender has received
    /// a message.
    pub(super) fn continue_dump(&mut self, sender: &mut Sender) {
        let Some(mut dump) = sender.dump.take() else {
            return;
        };
        let mut left = sender.dump_buffer_size;
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
                let Some(rest) = left.checked_sub(peer.message_size()) else {
                    dump.is_complete = false;
                    break;
                };
                left = rest;
                dump.last = peer.id;
                let seq = dump.header.seq;
                part.push(self.reply(sender.port, seq, flags, peer_get(), peer.describe()));
                // The kernel marks only the first message after a change.
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

    /// Takes the events that the listener must receive, each in its own datagram.
    pub(super) fn take_events(&mut self) -> Vec<Expected> {
        let events = std::mem::take(&mut self.family.pending_events);
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

/// The answer to a successful request. An ACK may follow.
#[derive(Debug)]
enum Outcome {
    Nothing,
    Replied,
    /// A dump, which no ACK follows.
    Dump,
}

/// Models `genl_header_check()`.
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

/// Models the calls of `netlink_ack()`.
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

/// Models `netlink_dump_done()`.
fn done_message(port: u32, seq: u32, flags: u16) -> Expected {
    let message = Message {
        flags,
        seq,
        port,
        body: Body::Done,
    };
    message.into()
}

fn describe(header: Header, result: &Result<Outcome, ExtAckError>) -> String {
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
                Outcome::Dump => "dump".to_owned(),
                Outcome::Replied => format!("reply{ack}"),
                Outcome::Nothing if header.has(NLM_F_ACK) => "ACK".to_owned(),
                Outcome::Nothing => "no answer".to_owned(),
            }
        }
    }
}
