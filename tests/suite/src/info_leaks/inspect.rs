// SPDX-License-Identifier: MIT OR Apache-2.0

//! Inspects each byte of a datagram from the kernel.

use crate::raw::{ATTR_HEADER_LEN, GENL_HEADER_LEN, MESSAGE_HEADER_LEN, TYPE_MASK, u16_at, u32_at};
use crate::support::boot_time;
use anyhow::{Context, Result, ensure};
use greet::protocol::{GREET, PEER_GET, greeting, peer};
use std::fs;
use std::ops::{AddAssign, Range};

/// Classifies an attribute by its path of numbers and its payload.
type Classify<'a> = dyn FnMut(&[u16], &[u8]) -> Result<Payload> + 'a;

/// Marker in the memory that the kernel reuses. The kernel sends no text like it.
pub(super) const MARKER: &[u8] = b"#SECRET#";

/// Length of a part of the marker that cannot occur by chance.
const PART: usize = 4;

const GENL_ID_CTRL: u16 = 16;

/// Counts of the inspected parts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    pub(super) messages: u32,
    pub(super) attributes: u64,
    /// Padding and reserved bytes, which must be 0.
    pub(super) padding: u64,
    /// Words that could hold an address.
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

/// Inspects datagrams for kernel addresses and other leaks.
pub(super) struct Inspector {
    addresses: Range<u64>,
}

/// A datagram under inspection.
struct Inspection<'a> {
    datagram: &'a [u8],
    found: Found,
    /// Ranges that cannot hold an address: headers, texts, an errno, a valid time.
    checked: Vec<Range<usize>>,
}

impl Inspector {
    /// Reads the range of kernel addresses: from the kernel's code on or, where the kernel is in
    /// the upper half of the address space, all of that half.
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
            .context("expected _stext in /proc/kallsyms")?;
        ensure!(
            start > 0,
            "expected kernel addresses in /proc/kallsyms, got zeros"
        );
        let end = symbols.lines().filter_map(address).max().unwrap_or(start);
        let addresses = match start >> 48 {
            0 => start..end.max(start) + 1,
            _ => 0xffff << 48..u64::MAX,
        };
        Ok(Self { addresses })
    }

    /// Formats the range of kernel addresses.
    pub(super) fn addresses(&self) -> String {
        format!("{:#x} to {:#x}", self.addresses.start, self.addresses.end)
    }

    /// Inspects a datagram that was sent to this port. Events have port 0.
    pub(super) fn inspect(&self, datagram: &[u8], port: u32) -> Result<Found> {
        let mut inspection = Inspection {
            datagram,
            found: Found::default(),
            checked: Vec::new(),
        };
        let seen = inspection
            .messages(port)
            .and_then(|()| inspection.check_marker())
            .and_then(|()| self.check_addresses(&mut inspection));
        seen.with_context(|| format!("in {datagram:02x?}"))?;
        Ok(inspection.found)
    }

    fn check_addresses(&self, inspection: &mut Inspection<'_>) -> Result<()> {
        // Attributes and their payloads start at multiples of 4.
        for (start, word) in inspection.datagram.windows(8).enumerate().step_by(4) {
            if inspection
                .checked
                .iter()
                .any(|checked| checked.start < start + 8 && start < checked.end)
            {
                continue;
            }
            let word = u64::from_ne_bytes(word.try_into()?);
            ensure!(
                !self.addresses.contains(&word),
                "kernel address {word:#x} at offset {start}"
            );
            inspection.found.words += 1;
        }
        Ok(())
    }
}

impl Inspection<'_> {
    fn messages(&mut self, port: u32) -> Result<()> {
        let mut start = 0;
        while start < self.datagram.len() {
            let len = usize::try_from(u32_at(self.datagram, start)?)?;
            ensure!(len >= MESSAGE_HEADER_LEN, "invalid message length {len}");
            let end = start + len;
            ensure!(end <= self.datagram.len(), "invalid message length {len}");
            ensure!(
                u32_at(self.datagram, start + 12)? == port,
                "expected port {port}"
            );
            // The fields of the header hold values of the request.
            self.checked.push(start..start + MESSAGE_HEADER_LEN);
            self.message(start..end)?;
            self.found.messages += 1;
            start = self.padding(end)?;
        }
        Ok(())
    }

    fn message(&mut self, range: Range<usize>) -> Result<()> {
        let kind = u16_at(self.datagram, range.start + 4)?;
        let body = range.start + MESSAGE_HEADER_LEN;
        match i32::from(kind) {
            libc::NLMSG_ERROR => self.error(body..range.end, range.start),
            libc::NLMSG_DONE => {
                self.checked.push(body..body + 4);
                self.attributes(body + 4..range.end, &mut |_, _| Ok(Payload::Value))
            }
            _ => self.family(kind, body..range.end),
        }
    }

    /// Inspects a message of a family, whose reserved field must be 0.
    fn family(&mut self, family: u16, body: Range<usize>) -> Result<()> {
        let command = *self.datagram.get(body.start).context("no command")?;
        self.zeros(body.start + 2..body.start + GENL_HEADER_LEN)?;
        let attributes = body.start + GENL_HEADER_LEN..body.end;
        if family == GENL_ID_CTRL {
            return self.attributes(attributes, &mut |path, _| Ok(classify_nlctrl(path)));
        }
        let now = u64::try_from(boot_time()?.as_nanos())?;
        self.attributes(attributes, &mut |path, payload| {
            let is_terminated = !is_string(command, path) || is_text(payload);
            ensure!(
                is_terminated,
                "expected a NUL at the end of {path:?}: {payload:02x?}"
            );
            match command == PEER_GET.command && path == [peer::LAST_SEEN] {
                false => Ok(Payload::Value),
                // A time can look like an address, so its value is checked instead.
                true => {
                    let seen = crate::raw::uint(payload)?;
                    ensure!(
                        (1..=now).contains(&seen),
                        "last-seen {seen} is not between 1 and {now}"
                    );
                    Ok(Payload::Checked)
                }
            }
        })
    }

    /// Inspects an error message or an ACK: errno, the request or its header, attributes.
    fn error(&mut self, body: Range<usize>, header: usize) -> Result<()> {
        const NLM_F_CAPPED: u16 = 0x100;
        const NLMSGERR_ATTR_POLICY: u16 = 4;

        let request = body.start + 4;
        self.checked.push(body.start..request);
        let is_capped = u16_at(self.datagram, header + 6)? & NLM_F_CAPPED != 0;
        let len = match is_capped {
            true => MESSAGE_HEADER_LEN,
            false => usize::try_from(u32_at(self.datagram, request)?)?,
        };
        let rest = (request + len).next_multiple_of(4).min(body.end);
        // These bytes come from our own request.
        self.checked.push(request..rest);
        self.attributes(rest..body.end, &mut |path, _| match path {
            [NLMSGERR_ATTR_POLICY] => Ok(Payload::Attributes),
            _ => Ok(Payload::Value),
        })
    }

    /// Inspects attributes and their padding. `classify` returns the content of each.
    fn attributes(&mut self, range: Range<usize>, classify: &mut Classify<'_>) -> Result<()> {
        self.nested_attributes(&[], range, classify)
    }

    fn nested_attributes(
        &mut self,
        path: &[u16],
        range: Range<usize>,
        classify: &mut Classify<'_>,
    ) -> Result<()> {
        let mut start = range.start;
        while start < range.end {
            let len = usize::from(u16_at(self.datagram, start)?);
            let number = u16_at(self.datagram, start + 2)? & TYPE_MASK;
            let path = [path, &[number]].concat();
            let end = start + len;
            ensure!(
                len >= ATTR_HEADER_LEN && end <= range.end,
                "invalid length {len} of attribute {path:?}"
            );
            let payload = start + ATTR_HEADER_LEN..end;
            match classify(&path, &self.datagram[payload.clone()])? {
                Payload::Attributes => self.nested_attributes(&path, payload, classify)?,
                Payload::Checked => self.checked.push(payload),
                Payload::Value if is_text(&self.datagram[payload.clone()]) => {
                    self.checked.push(payload);
                }
                Payload::Value => {}
            }
            self.found.attributes += 1;
            start = self.padding(end)?;
        }
        Ok(())
    }

    /// Inspects the padding after `end` and returns the offset of the next message or attribute.
    fn padding(&mut self, end: usize) -> Result<usize> {
        let next = end.next_multiple_of(4);
        self.zeros(end..next)?;
        Ok(next)
    }

    fn zeros(&mut self, range: Range<usize>) -> Result<()> {
        let bytes = self.datagram.get(range.clone());
        let bytes = bytes.with_context(|| format!("expected padding at {range:?}"))?;
        ensure!(
            bytes.iter().all(|byte| *byte == 0),
            "expected zeros at {range:?}, got {bytes:02x?}"
        );
        self.found.padding += bytes.len() as u64;
        Ok(())
    }

    /// Checks that no part of the marker occurs.
    fn check_marker(&self) -> Result<()> {
        let marks = MARKER.repeat(2);
        let is_mark = |bytes: &[u8]| marks.windows(PART).any(|part| part == bytes);
        let found = self.datagram.windows(PART).position(is_mark);
        ensure!(found.is_none(), "uninitialized memory at offset {found:?}");
        Ok(())
    }
}

/// The content of an attribute.
enum Payload {
    Attributes,
    /// A value that is already checked.
    Checked,
    Value,
}

/// Classifies an attribute of an nlctrl message about a family.
fn classify_nlctrl(path: &[u16]) -> Payload {
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
        true => Payload::Attributes,
        false => Payload::Value,
    }
}

/// Returns whether an attribute of `greet` is a string.
fn is_string(command: u8, path: &[u16]) -> bool {
    match path {
        [peer::NAME] if command == PEER_GET.command => true,
        [greeting::NAME | greeting::MESSAGE] => [GREET.command, GREETED].contains(&command),
        _ => false,
    }
}

/// Command number of the event `greeted`.
const GREETED: u8 = 7;

/// Returns whether a payload is printable text with one NUL, at its end.
fn is_text(payload: &[u8]) -> bool {
    payload.strip_suffix(b"\0").is_some_and(|text| {
        std::str::from_utf8(text).is_ok_and(|text| !text.chars().any(char::is_control))
    })
}
