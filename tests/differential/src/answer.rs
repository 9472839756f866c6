// SPDX-License-Identifier: MIT OR Apache-2.0

//! Prints messages. Values that depend on the run are replaced: the family's id, ports, sequence
//! numbers.

use crate::stream::{Hex, attributes};
use anyhow::{Context, Result, ensure};
use std::fmt;

const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const NLM_F_CAPPED: u16 = 0x100;

/// Bytes of a netlink header.
const HEADER: usize = 16;

/// All messages that a request caused.
pub(crate) struct Answers {
    family: u16,
    port: u32,
    seq: u32,
    sent: Vec<u8>,
    texts: Vec<String>,
}

impl Answers {
    pub(crate) fn new(family: u16, port: u32, seq: u32, sent: Vec<u8>) -> Self {
        Self {
            family,
            port,
            seq,
            sent,
            texts: Vec::new(),
        }
    }

    /// Reads a datagram with answers.
    ///
    /// Its end is printed as a bar if a dump goes on. Some families in C send the end of a dump in
    /// a separate datagram, which makes no difference to programs.
    pub(crate) fn read(&mut self, datagram: &[u8]) -> Result<()> {
        for (index, message) in messages(datagram)?.into_iter().enumerate() {
            if index == 0 && !self.texts.is_empty() && message.kind != NLMSG_DONE {
                self.texts.push("|".to_owned());
            }
            let text = self.answer(&message)?;
            self.texts.push(text);
        }
        Ok(())
    }

    /// Reads a datagram with events.
    pub(crate) fn read_event(&mut self, datagram: &[u8]) -> Result<()> {
        for message in messages(datagram)? {
            ensure!(message.kind == self.family, "an event of another family");
            let Message {
                flags,
                seq,
                port,
                payload,
                ..
            } = message;
            self.texts.push(format!(
                "event flags {flags:#x} seq {seq} port {port} {}",
                Hex(payload)
            ));
        }
        Ok(())
    }

    fn answer(&self, message: &Message<'_>) -> Result<String> {
        let Message {
            kind,
            flags,
            seq,
            port,
            payload,
        } = *message;
        ensure!(
            (seq, port) == (self.seq, self.port),
            "an answer to another request"
        );
        let text = match kind {
            NLMSG_ERROR => format!("error {}", self.error(flags, payload)?),
            NLMSG_DONE => format!("done {}", Tlvs::after_errno(payload)?),
            kind if kind == self.family => format!("reply {}", Hex(payload)),
            kind => format!("type {kind} {}", Hex(payload)),
        };
        Ok(format!("{text} flags {flags:#x}"))
    }

    /// Prints an error, which repeats the request or its header.
    fn error(&self, flags: u16, payload: &[u8]) -> Result<Tlvs> {
        let repeated = match flags & NLM_F_CAPPED {
            0 => self.sent.len().next_multiple_of(4),
            _ => HEADER,
        };
        let echo = payload.get(4..4 + repeated).context("a truncated error")?;
        ensure!(
            echo.starts_with(&self.sent[..HEADER]),
            "an error about another request"
        );
        Tlvs::new(payload, 4 + repeated)
    }
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.texts.join(" "))
    }
}

/// An errno and the attributes of an extended ack.
struct Tlvs {
    errno: i32,
    attrs: Vec<(u16, Vec<u8>)>,
}

impl Tlvs {
    fn after_errno(payload: &[u8]) -> Result<Self> {
        Self::new(payload, 4)
    }

    fn new(payload: &[u8], start: usize) -> Result<Self> {
        let errno = *payload.first_chunk().context("no errno")?;
        let attrs = attributes(payload.get(start..).unwrap_or_default());
        Ok(Self {
            errno: i32::from_ne_bytes(errno),
            attrs: attrs
                .into_iter()
                .map(|(number, payload)| (number, payload.to_vec()))
                .collect(),
        })
    }
}

impl fmt::Display for Tlvs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const TEXT: u16 = 1;
        const NUMBERS: [&str; 7] = [
            "?",
            "text",
            "offset",
            "cookie",
            "policy",
            "missing",
            "missing-in",
        ];

        write!(f, "{}", self.errno)?;
        for (number, payload) in &self.attrs {
            let name = NUMBERS.get(usize::from(*number)).unwrap_or(&"?");
            match *number {
                TEXT => write!(f, " {name} {:?}", String::from_utf8_lossy(payload))?,
                _ => write!(f, " {name} {}", Hex(payload))?,
            }
        }
        Ok(())
    }
}

struct Message<'a> {
    kind: u16,
    flags: u16,
    seq: u32,
    port: u32,
    payload: &'a [u8],
}

fn messages(mut datagram: &[u8]) -> Result<Vec<Message<'_>>> {
    let mut found = Vec::new();
    while let Some((header, _)) = datagram.split_first_chunk::<HEADER>() {
        let u16_at = |at: usize| u16::from_ne_bytes([header[at], header[at + 1]]);
        let u32_at = |at: usize| u32::from(u16_at(at)) | u32::from(u16_at(at + 2)) << 16;
        let len = u32_at(0) as usize;
        found.push(Message {
            kind: u16_at(4),
            flags: u16_at(6),
            seq: u32_at(8),
            port: u32_at(12),
            payload: datagram.get(HEADER..len).context("a truncated message")?,
        });
        datagram = datagram.get(len.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(found)
}
