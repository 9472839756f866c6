// SPDX-License-Identifier: MIT OR Apache-2.0

//! A kernel whose answers are arbitrary.

use arbitrary::{Result, Unstructured};
use genl::testing::{FakeKernel, FakeRequest, Incoming};

/// The number of datagrams after which a client must have given up.
pub const MAX_RECEIVED: usize = 1_000_000;

/// The number of recent requests that answers refer to.
const RECENT: usize = 4;

/// Returns a fake kernel that derives its answers from `script`.
///
/// The answers resemble those that a client waits for: most have the right sequence number and the
/// right port, and some are malformed, truncated or repeated. A request at which the script has ended
/// gets no answer.
pub fn arbitrary_kernel(script: Vec<u8>) -> FakeKernel {
    let kernel = FakeKernel::new();
    let mut answers = Answers {
        script,
        used: 0,
        recent: Vec::new(),
    };
    kernel.on_request(move |request| Some(answers.to(request)));
    kernel
}

struct Answers {
    script: Vec<u8>,
    used: usize,
    /// The latest requests, the last of them last.
    recent: Vec<Header>,
}

/// The part of a request's header that an answer repeats.
#[derive(Clone, Copy)]
struct Header {
    kind: u16,
    seq: u32,
    port: u32,
}

impl Answers {
    fn to(&mut self, request: &FakeRequest<'_>) -> Vec<Incoming> {
        if self.recent.len() == RECENT {
            self.recent.remove(0);
        }
        self.recent.push(Header {
            kind: request.family_id(),
            seq: request.seq(),
            port: request.port(),
        });
        let mut script = Unstructured::new(&self.script[self.used..]);
        let mut incoming = Vec::new();
        // The answers before the end of the script are sent.
        let _ = answers(&mut script, &self.recent, &mut incoming);
        self.used = self.script.len() - script.len();
        incoming
    }
}

fn answers(
    script: &mut Unstructured<'_>,
    recent: &[Header],
    incoming: &mut Vec<Incoming>,
) -> Result<()> {
    for _ in 0..script.int_in_range(0..=4)? {
        if script.ratio(1u8, 64u8)? {
            incoming.push(Incoming::overrun());
        }
        incoming.push(datagram(script, recent)?);
    }
    if script.ratio(1u8, 16u8)? {
        incoming.push(datagram(script, recent)?.repeat(MAX_RECEIVED));
    }
    Ok(())
}

fn datagram(script: &mut Unstructured<'_>, recent: &[Header]) -> Result<Incoming> {
    let mut bytes = Vec::new();
    for _ in 0..script.int_in_range(0..=4)? {
        message(script, recent, &mut bytes)?;
    }
    if script.ratio(1u8, 8u8)? {
        let len = script.choose_index(bytes.len() + 1)?;
        bytes.truncate(len);
    }
    let mut datagram = Incoming::bytes(bytes);
    if script.ratio(1u8, 16u8)? {
        datagram = datagram.from_program();
    }
    if script.ratio(1u8, 16u8)? {
        datagram = datagram.cut(script.arbitrary::<u16>()?.into());
    }
    Ok(datagram)
}

/// Adds a `struct nlmsghdr` and its content.
fn message(script: &mut Unstructured<'_>, recent: &[Header], to: &mut Vec<u8>) -> Result<()> {
    const ERROR: u16 = 2;
    const DONE: u16 = 3;

    let start = to.len();
    let request = *script.choose(recent)?;
    let kind = match script.int_in_range(0..=7)? {
        0 | 1 => ERROR,
        2 => DONE,
        3 => script.arbitrary()?,
        _ => request.kind,
    };
    let seq = match script.ratio(1u8, 16u8)? {
        true => script.arbitrary()?,
        false => request.seq,
    };
    let port = match script.ratio(1u8, 16u8)? {
        true => script.arbitrary()?,
        false => request.port,
    };
    let flags: u16 = match script.int_in_range(0..=3)? {
        0 => script.arbitrary()?,
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
        let errno: i32 = match script.int_in_range(0..=3)? {
            0 => script.arbitrary()?,
            1 => -22,
            _ => 0,
        };
        to.extend_from_slice(&errno.to_ne_bytes());
    } else {
        to.extend_from_slice(&script.arbitrary::<[u8; 4]>()?);
    }
    for _ in 0..script.int_in_range(0..=6)? {
        attribute(script, to, 0)?;
    }
    let len = to.len() - start;
    let stated = match script.ratio(1u8, 16u8)? {
        true => script.arbitrary()?,
        false => u32::try_from(len).unwrap_or(u32::MAX),
    };
    to[start..start + 4].copy_from_slice(&stated.to_ne_bytes());
    Ok(())
}

/// Adds a `struct nlattr` and its content, which may be attributes.
fn attribute(script: &mut Unstructured<'_>, to: &mut Vec<u8>, depth: u32) -> Result<()> {
    const MAX_DEPTH: u32 = 40;

    let start = to.len();
    let number: u16 = match script.ratio(1u8, 8u8)? {
        true => script.arbitrary()?,
        false => script.int_in_range(0..=12)?,
    };
    to.extend_from_slice(&0u16.to_ne_bytes());
    to.extend_from_slice(&number.to_ne_bytes());
    match script.int_in_range(0..=4)? {
        0 => to.extend_from_slice(&script.arbitrary::<u32>()?.to_ne_bytes()),
        1 => {
            let len = script.int_in_range(0..=64)?;
            to.extend_from_slice(script.bytes(len)?);
        }
        2 => to.extend_from_slice(b"greet\0"),
        3 => to.extend_from_slice(&22u16.to_ne_bytes()),
        _ if depth < MAX_DEPTH => {
            for _ in 0..script.int_in_range(0..=3)? {
                attribute(script, to, depth + 1)?;
            }
        }
        _ => {}
    }
    let len = to.len() - start;
    let stated = match script.ratio(1u8, 16u8)? {
        true => script.arbitrary()?,
        false => u16::try_from(len).unwrap_or(u16::MAX),
    };
    to[start..start + 2].copy_from_slice(&stated.to_ne_bytes());
    to.resize(to.len().next_multiple_of(4), 0);
    Ok(())
}
