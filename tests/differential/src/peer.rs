// SPDX-License-Identifier: MIT OR Apache-2.0

//! The connection to the family.

use crate::answer::Answers;
use crate::stream::Request;
use anyhow::{Context, Result};
use genl::{Connection, Socket, Transport};

/// Bytes of a receive buffer. The kernel fills parts of a dump up to this size.
const BUFFER: usize = 32 * 1024;

/// A socket for requests, and one for the events that they cause.
pub(crate) struct Peer {
    requests: Socket,
    events: Socket,
    family: u16,
    seq: u32,
}

impl Peer {
    pub(crate) fn open(name: &str) -> Result<Self> {
        let mut connection = Connection::open()?;
        let family = connection.family(name).context("the family is missing")?;
        let events = Socket::open()?;
        for group in &family.groups {
            events.join(group.id)?;
        }
        Ok(Self {
            requests: Socket::open()?,
            events,
            family: family.id,
            seq: 0,
        })
    }

    /// Sends a request, and returns all that it causes.
    pub(crate) fn ask(&mut self, request: &Request) -> Result<Answers> {
        self.seq += 1;
        let sent = self.encode(request);
        self.requests.send(&sent)?;
        let mut answers = Answers::new(self.family, self.requests.port(), self.seq, sent);
        let mut buffer = vec![0; BUFFER];
        while let Some(received) = self.requests.receive(&mut buffer)? {
            answers.read(&buffer[..received.len])?;
        }
        while let Some(received) = self.events.receive(&mut buffer)? {
            answers.read_event(&buffer[..received.len])?;
        }
        Ok(answers)
    }

    fn encode(&self, request: &Request) -> Vec<u8> {
        let len = u32::try_from(20 + request.attrs.len()).unwrap_or(u32::MAX);
        let mut bytes = Vec::new();
        bytes.extend(len.to_ne_bytes());
        bytes.extend(self.family.to_ne_bytes());
        bytes.extend(request.flags.to_ne_bytes());
        bytes.extend(self.seq.to_ne_bytes());
        bytes.extend(0u32.to_ne_bytes());
        bytes.extend([request.command, request.version]);
        bytes.extend(request.reserved.to_ne_bytes());
        bytes.extend(&request.attrs);
        bytes
    }
}
