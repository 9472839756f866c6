// SPDX-License-Identifier: MIT OR Apache-2.0

//! A kernel that lies.

use arbitrary::{Result, Unstructured};
use genl::{Received, Transport};
use std::collections::VecDeque;
use std::io;
use std::time::Duration;

/// The port of the client.
const PORT: u32 = 4242;

/// The most datagrams that a client may take before it gives up.
const MOST_RECEIVED: u32 = 1_000_000;

/// The kernel's part of a conversation, made up from arbitrary bytes.
///
/// What it sends is more or less what a client waits for: answers with the right sequence number and
/// the right port, and others; whole messages, and such as end too early or never.
#[derive(Debug)]
pub struct Liar<'a> {
    script: Unstructured<'a>,
    /// Type and sequence number of the last requests.
    asked: Vec<(u16, u32)>,
    queue: VecDeque<Datagram>,
    /// What comes when the queue is empty, for ever.
    endless: Option<Datagram>,
    received: u32,
}

#[derive(Clone, Debug)]
struct Datagram {
    bytes: Vec<u8>,
    from_kernel: bool,
    /// How many bytes it is said to have beyond those.
    cut_off: usize,
}

impl<'a> Liar<'a> {
    /// One that says what `script` makes it say.
    pub fn new(script: Unstructured<'a>) -> Self {
        Self {
            script,
            asked: Vec::new(),
            queue: VecDeque::new(),
            endless: None,
            received: 0,
        }
    }

    /// Whether something comes about that does so once in so many times. Not when all has been said.
    fn chance(&mut self, times: u8) -> bool {
        !self.script.is_empty() && self.script.ratio(1, times).unwrap_or(false)
    }

    fn answer(&mut self) -> Result<()> {
        for _ in 0..self.script.int_in_range(0..=4)? {
            let datagram = self.datagram()?;
            self.queue.push_back(datagram);
        }
        if self.script.ratio(1u8, 16u8)? {
            self.endless = Some(self.datagram()?);
        }
        Ok(())
    }

    fn datagram(&mut self) -> Result<Datagram> {
        let mut bytes = Vec::new();
        for _ in 0..self.script.int_in_range(0..=4)? {
            self.message(&mut bytes)?;
        }
        if self.script.ratio(1u8, 8u8)? {
            let len = self.script.choose_index(bytes.len() + 1)?;
            bytes.truncate(len);
        }
        Ok(Datagram {
            bytes,
            from_kernel: !self.script.ratio(1u8, 16u8)?,
            cut_off: match self.script.ratio(1u8, 16u8)? {
                true => self.script.arbitrary::<u16>()?.into(),
                false => 0,
            },
        })
    }

    /// One `struct nlmsghdr`, and what it is the header of.
    fn message(&mut self, to: &mut Vec<u8>) -> Result<()> {
        const ERROR: u16 = 2;
        const DONE: u16 = 3;

        let start = to.len();
        let (asked_type, asked_seq) = match self.asked.as_slice() {
            [] => (16, 0),
            asked => *self.script.choose(asked)?,
        };
        let kind = match self.script.int_in_range(0..=7)? {
            0 | 1 => ERROR,
            2 => DONE,
            3 => self.script.arbitrary()?,
            _ => asked_type,
        };
        let seq = match self.script.ratio(1u8, 16u8)? {
            true => self.script.arbitrary()?,
            false => asked_seq,
        };
        let port = match self.script.ratio(1u8, 16u8)? {
            true => self.script.arbitrary()?,
            false => PORT,
        };
        let flags: u16 = match self.script.int_in_range(0..=3)? {
            0 => self.script.arbitrary()?,
            1 => 0x200 | 2,
            2 => 0x100,
            _ => 2,
        };
        to.extend_from_slice(&0u32.to_ne_bytes());
        to.extend_from_slice(&kind.to_ne_bytes());
        to.extend_from_slice(&flags.to_ne_bytes());
        to.extend_from_slice(&seq.to_ne_bytes());
        to.extend_from_slice(&port.to_ne_bytes());
        if kind == ERROR || kind == DONE {
            let errno: i32 = match self.script.int_in_range(0..=3)? {
                0 => self.script.arbitrary()?,
                1 => -22,
                _ => 0,
            };
            to.extend_from_slice(&errno.to_ne_bytes());
        } else {
            to.extend_from_slice(&self.script.arbitrary::<[u8; 4]>()?);
        }
        for _ in 0..self.script.int_in_range(0..=6)? {
            self.attribute(to, 0)?;
        }
        let len = to.len() - start;
        let stated = match self.script.ratio(1u8, 16u8)? {
            true => self.script.arbitrary()?,
            false => u32::try_from(len).unwrap_or(u32::MAX),
        };
        to[start..start + 4].copy_from_slice(&stated.to_ne_bytes());
        Ok(())
    }

    fn attribute(&mut self, to: &mut Vec<u8>, depth: u32) -> Result<()> {
        const DEEPEST: u32 = 40;

        let start = to.len();
        let number: u16 = match self.script.ratio(1u8, 8u8)? {
            true => self.script.arbitrary()?,
            false => self.script.int_in_range(0..=12)?,
        };
        to.extend_from_slice(&0u16.to_ne_bytes());
        to.extend_from_slice(&number.to_ne_bytes());
        match self.script.int_in_range(0..=4)? {
            0 => to.extend_from_slice(&self.script.arbitrary::<u32>()?.to_ne_bytes()),
            1 => {
                let len = self.script.int_in_range(0..=64)?;
                to.extend_from_slice(self.script.bytes(len)?);
            }
            2 => to.extend_from_slice(b"greet\0"),
            3 => to.extend_from_slice(&22u16.to_ne_bytes()),
            _ if depth < DEEPEST => {
                for _ in 0..self.script.int_in_range(0..=3)? {
                    self.attribute(to, depth + 1)?;
                }
            }
            _ => {}
        }
        let len = to.len() - start;
        let stated = match self.script.ratio(1u8, 16u8)? {
            true => self.script.arbitrary()?,
            false => u16::try_from(len).unwrap_or(u16::MAX),
        };
        to[start..start + 2].copy_from_slice(&stated.to_ne_bytes());
        to.resize(to.len().next_multiple_of(4), 0);
        Ok(())
    }
}

impl Transport for Liar<'_> {
    fn port(&self) -> u32 {
        PORT
    }

    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        self.asked = requests(datagram);
        self.endless = None;
        if self.chance(32) {
            return Err(io::Error::from(io::ErrorKind::ConnectionRefused));
        }
        // A script that ends has nothing to say.
        let _ = self.answer();
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<Received>> {
        const ENOBUFS: i32 = 105;

        self.received += 1;
        assert!(self.received < MOST_RECEIVED, "the client never has enough");
        if self.chance(64) {
            return Err(io::Error::from_raw_os_error(ENOBUFS));
        }
        let Some(datagram) = self.queue.pop_front().or_else(|| self.endless.clone()) else {
            return Ok(None);
        };
        let fits = datagram.bytes.len().min(buffer.len());
        buffer[..fits].copy_from_slice(&datagram.bytes[..fits]);
        Ok(Some(Received {
            len: datagram.bytes.len() + datagram.cut_off,
            from_kernel: datagram.from_kernel,
        }))
    }

    fn wait(&mut self, _timeout: Duration) -> io::Result<()> {
        Ok(())
    }
}

/// Type and sequence number of each request in a datagram, which the client has made well.
fn requests(datagram: &[u8]) -> Vec<(u16, u32)> {
    let mut requests = Vec::new();
    let mut rest = datagram;
    while let Some(header) = rest.first_chunk::<16>() {
        let [l0, l1, l2, l3, t0, t1, _, _, s0, s1, s2, s3, ..] = *header;
        requests.push((
            u16::from_ne_bytes([t0, t1]),
            u32::from_ne_bytes([s0, s1, s2, s3]),
        ));
        let len = u32::from_ne_bytes([l0, l1, l2, l3]) as usize;
        rest = rest.get(len.next_multiple_of(4)..).unwrap_or_default();
    }
    requests
}
