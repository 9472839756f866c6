// SPDX-License-Identifier: MIT OR Apache-2.0

//! Looks at each byte of a datagram from the kernel.

use crate::raw::{ATTR_HEADER_LEN, GENL_HEADER_LEN, MESSAGE_HEADER_LEN, TYPE_MASK, u16_at, u32_at};
use crate::support::boot_time;
use anyhow::{Context, Result, ensure};
use greet::protocol::{GREET, PEER_GET, greeting, peer};
use std::fs;
use std::ops::{AddAssign, Range};

/// Says what an attribute holds, given the numbers on the way to it and its payload.
type Says<'a> = dyn FnMut(&[u16], &[u8]) -> Result<Inside> + 'a;

/// What stood in the memory before. It is no text that the kernel says.
pub(super) const MARK: &[u8] = b"#SECRET#";

/// So many of its bytes in a row did not come by chance.
const PART: usize = 4;

const GENL_ID_CTRL: u16 = 16;

/// What was looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    pub(super) messages: u32,
    pub(super) attributes: u64,
    /// Bytes that must be 0.
    pub(super) padding: u64,
    /// Places where an address could stand.
    pub(super) words: u64,
}

impl AddAssign for Found {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.attributes += other.attributes;
        self.padding += other.padding;
        self.words += other.words;
    }
}

/// Knows which numbers are addresses of the kernel's.
pub(super) struct Inspector {
    addresses: Range<u64>,
}

/// What stands in a datagram, and what has been seen of it.
struct Look<'a> {
    datagram: &'a [u8],
    found: Found,
    /// Bytes that cannot be part of an address: headers, texts, an errno, a time that is right.
    known: Vec<Range<usize>>,
}

impl Inspector {
    /// Addresses are those from the kernel's code on, or on a machine that has them there, all of the
    /// upper half.
    pub(super) fn new() -> Result<Self> {
        const SYMBOLS: &str = "/proc/kallsyms";

        let symbols = fs::read_to_string(SYMBOLS).context(SYMBOLS)?;
        let address = |line: &str| {
            let digits = line.split(' ').next()?;
            u64::from_str_radix(digits, 16).ok()
        };
        let start = symbols
            .lines()
            .find(|line| line.ends_with(" _stext"))
            .and_then(address)
            .context("no _stext")?;
        ensure!(start > 0, "addresses are hidden from root");
        let end = symbols.lines().filter_map(address).max().unwrap_or(start);
        let addresses = match start >> 48 {
            0 => start..end.max(start) + 1,
            _ => 0xffff << 48..u64::MAX,
        };
        Ok(Self { addresses })
    }

    /// The range of addresses, for people.
    pub(super) fn addresses(&self) -> String {
        format!("{:#x} to {:#x}", self.addresses.start, self.addresses.end)
    }

    /// Looks at a datagram that was sent to this port; 0 if nobody asked for it.
    pub(super) fn look_at(&self, datagram: &[u8], port: u32) -> Result<Found> {
        let mut look = Look {
            datagram,
            found: Found::default(),
            known: Vec::new(),
        };
        let seen = look
            .messages(port)
            .and_then(|()| look.no_mark())
            .and_then(|()| self.no_address(&mut look));
        seen.with_context(|| format!("in {datagram:02x?}"))?;
        Ok(look.found)
    }

    fn no_address(&self, look: &mut Look<'_>) -> Result<()> {
        // Where attributes and what they hold begin.
        for (start, word) in look.datagram.windows(8).enumerate().step_by(4) {
            if look
                .known
                .iter()
                .any(|known| known.start < start + 8 && start < known.end)
            {
                continue;
            }
            let word = u64::from_ne_bytes(word.try_into()?);
            ensure!(
                !self.addresses.contains(&word),
                "the address {word:#x} at offset {start}"
            );
            look.found.words += 1;
        }
        Ok(())
    }
}

impl Look<'_> {
    fn messages(&mut self, port: u32) -> Result<()> {
        let mut start = 0;
        while start < self.datagram.len() {
            let len = usize::try_from(u32_at(self.datagram, start)?)?;
            ensure!(len >= MESSAGE_HEADER_LEN, "a message of {len} bytes");
            let end = start + len;
            ensure!(end <= self.datagram.len(), "a message of {len} bytes");
            ensure!(u32_at(self.datagram, start + 12)? == port, "another port");
            // Its fields are what was asked for.
            self.known.push(start..start + MESSAGE_HEADER_LEN);
            self.message(start..end)?;
            self.found.messages += 1;
            start = self.padding(end)?;
        }
        Ok(())
    }

    fn message(&mut self, place: Range<usize>) -> Result<()> {
        let kind = u16_at(self.datagram, place.start + 4)?;
        let body = place.start + MESSAGE_HEADER_LEN;
        match i32::from(kind) {
            libc::NLMSG_ERROR => self.error(body..place.end, place.start),
            libc::NLMSG_DONE => {
                self.known.push(body..body + 4);
                self.attributes(body + 4..place.end, &mut |_, _| Ok(Inside::Value))
            }
            _ => self.family(kind, body..place.end),
        }
    }

    /// A message of a family: its reserved field is 0.
    fn family(&mut self, family: u16, body: Range<usize>) -> Result<()> {
        let command = *self.datagram.get(body.start).context("no command")?;
        self.zeros(body.start + 2..body.start + GENL_HEADER_LEN)?;
        let attributes = body.start + GENL_HEADER_LEN..body.end;
        if family == GENL_ID_CTRL {
            return self.attributes(attributes, &mut |path, _| Ok(inside_of_family(path)));
        }
        let now = u64::try_from(boot_time()?.as_nanos())?;
        self.attributes(attributes, &mut |path, payload| {
            let is_whole = !is_named_text(command, path) || is_text(payload);
            ensure!(is_whole, "{path:?} is not ended by a NUL: {payload:02x?}");
            match command == PEER_GET.command && path == [peer::LAST_SEEN] {
                false => Ok(Inside::Value),
                // It may look like anything; so it must be right.
                true => {
                    let seen = crate::raw::uint(payload)?;
                    ensure!((1..=now).contains(&seen), "seen at {seen}");
                    Ok(Inside::Known)
                }
            }
        })
    }

    /// An error or an ACK: errno, the request or its header, attributes.
    fn error(&mut self, body: Range<usize>, header: usize) -> Result<()> {
        const NLM_F_CAPPED: u16 = 0x100;
        const NLMSGERR_ATTR_POLICY: u16 = 4;

        let request = body.start + 4;
        self.known.push(body.start..request);
        let is_capped = u16_at(self.datagram, header + 6)? & NLM_F_CAPPED != 0;
        let len = match is_capped {
            true => MESSAGE_HEADER_LEN,
            false => usize::try_from(u32_at(self.datagram, request)?)?,
        };
        let rest = (request + len).next_multiple_of(4).min(body.end);
        // It was ours.
        self.known.push(request..rest);
        self.attributes(rest..body.end, &mut |path, _| match path {
            [NLMSGERR_ATTR_POLICY] => Ok(Inside::Attributes),
            _ => Ok(Inside::Value),
        })
    }

    /// Attributes, with nothing but zeros behind each; `inside` says what each of them holds.
    fn attributes(&mut self, place: Range<usize>, inside: &mut Says<'_>) -> Result<()> {
        self.attributes_below(&[], place, inside)
    }

    fn attributes_below(
        &mut self,
        path: &[u16],
        place: Range<usize>,
        inside: &mut Says<'_>,
    ) -> Result<()> {
        let mut start = place.start;
        while start < place.end {
            let len = usize::from(u16_at(self.datagram, start)?);
            let number = u16_at(self.datagram, start + 2)? & TYPE_MASK;
            let path = [path, &[number]].concat();
            let end = start + len;
            ensure!(
                len >= ATTR_HEADER_LEN && end <= place.end,
                "the attribute {path:?} says it has {len} bytes"
            );
            let payload = start + ATTR_HEADER_LEN..end;
            match inside(&path, &self.datagram[payload.clone()])? {
                Inside::Attributes => self.attributes_below(&path, payload, inside)?,
                Inside::Known => self.known.push(payload),
                Inside::Value if is_text(&self.datagram[payload.clone()]) => {
                    self.known.push(payload);
                }
                Inside::Value => {}
            }
            self.found.attributes += 1;
            start = self.padding(end)?;
        }
        Ok(())
    }

    /// What is behind an end up to where the next thing may begin.
    fn padding(&mut self, end: usize) -> Result<usize> {
        let next = end.next_multiple_of(4);
        self.zeros(end..next)?;
        Ok(next)
    }

    fn zeros(&mut self, place: Range<usize>) -> Result<()> {
        let bytes = self.datagram.get(place.clone());
        let bytes = bytes.with_context(|| format!("nothing is at {place:?}"))?;
        ensure!(
            bytes.iter().all(|byte| *byte == 0),
            "{bytes:02x?} at {place:?} instead of zeros"
        );
        self.found.padding += bytes.len() as u64;
        Ok(())
    }

    /// No part of the mark, wherever it begins.
    fn no_mark(&self) -> Result<()> {
        let marks = MARK.repeat(2);
        let is_mark = |bytes: &[u8]| marks.windows(PART).any(|part| part == bytes);
        let found = self.datagram.windows(PART).position(is_mark);
        ensure!(found.is_none(), "a part of what was elsewhere at {found:?}");
        Ok(())
    }
}

/// What is in an attribute.
enum Inside {
    Attributes,
    /// What is known to be right.
    Known,
    Value,
}

/// What is in an attribute of a message about a family.
fn inside_of_family(path: &[u16]) -> Inside {
    const CTRL_ATTR_OPS: u16 = 6;
    const CTRL_ATTR_MCAST_GROUPS: u16 = 7;
    const CTRL_ATTR_POLICY: u16 = 8;
    const CTRL_ATTR_OP_POLICY: u16 = 9;

    let levels = match path[0] {
        CTRL_ATTR_OPS | CTRL_ATTR_MCAST_GROUPS | CTRL_ATTR_OP_POLICY => 2,
        CTRL_ATTR_POLICY => 3,
        _ => 0,
    };
    match path.len() <= levels {
        true => Inside::Attributes,
        false => Inside::Value,
    }
}

/// Whether an attribute of greet's is text.
fn is_named_text(command: u8, path: &[u16]) -> bool {
    match path {
        [peer::NAME] if command == PEER_GET.command => true,
        [greeting::NAME | greeting::MESSAGE] => [GREET.command, GREETED].contains(&command),
        _ => false,
    }
}

/// The number of the event.
const GREETED: u8 = 7;

/// Whether it is text with one NUL, behind it.
fn is_text(payload: &[u8]) -> bool {
    payload.strip_suffix(b"\0").is_some_and(|text| {
        std::str::from_utf8(text).is_ok_and(|text| !text.chars().any(char::is_control))
    })
}
