// SPDX-License-Identifier: MIT OR Apache-2.0

//! Generates requests from a spec: most of them valid, some at a limit, some not.

use crate::values;
use fastrand::Rng;
use std::fmt;
use ynl_gen_rust::model::{
    Attribute, ByteOrder, Family, Int, Kind, Length, Meaning, OpId, Role, SetId,
};

const SEED: u64 = 20;

const NLM_F_REQUEST: u16 = 1;
const NLM_F_ACK: u16 = 4;
const NLM_F_DUMP: u16 = 0x300;
const NLA_F_NESTED: u16 = 1 << 15;
const NLA_F_NET_BYTEORDER: u16 = 1 << 14;

/// The maximum number of items in an array.
const ITEMS: usize = 3;

/// A request without its netlink header.
pub(crate) struct Request {
    pub(crate) flags: u16,
    pub(crate) command: u8,
    pub(crate) version: u8,
    pub(crate) reserved: u16,
    pub(crate) attrs: Vec<u8>,
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cmd {} flags {:#x}", self.command, self.flags)?;
        if (self.version, self.reserved) != (1, 0) {
            write!(f, " version {} reserved {}", self.version, self.reserved)?;
        }
        write!(f, " {}", Hex(&self.attrs))
    }
}

/// Bytes in hexadecimal.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// An endless stream of requests.
pub(crate) struct Stream<'a> {
    family: &'a Family,
    /// The operations, each as often as its share of the requests.
    calls: Vec<OpId>,
    rng: Rng,
    /// Whether the current request has nothing unusual.
    is_careful: bool,
}

impl<'a> Stream<'a> {
    pub(crate) fn new(family: &'a Family) -> Self {
        let is_call = |op: &OpId| matches!(family.operations[op.0].role, Role::Call { .. });
        let all = (0..family.operations.len()).map(OpId);
        Self {
            family,
            calls: all
                .filter(is_call)
                .flat_map(|op| [op].repeat(values::weight(&family.operations[op.0].name)))
                .collect(),
            rng: Rng::with_seed(SEED),
            is_careful: false,
        }
    }

    /// Returns the next request that both families can answer in the same way.
    pub(crate) fn next(&mut self) -> Request {
        loop {
            let request = self.any();
            if values::is_comparable(&self.family.name, &request) {
                return request;
            }
        }
    }

    fn any(&mut self) -> Request {
        self.is_careful = self.rng.u32(..10) < 7;
        let call = &self.family.operations[self.calls[self.rng.usize(..self.calls.len())].0];
        let Role::Call { doit, dumpit } = &call.role else {
            unreachable!("`calls` holds calls");
        };
        let is_dump = dumpit.is_some() && (doit.is_none() || self.one_in(4));
        let kind = if is_dump { NLM_F_DUMP } else { NLM_F_ACK };
        let exchange = if is_dump { dumpit } else { doit };
        let listed = exchange.iter().flat_map(|exchange| &exchange.request);
        let listed: Vec<_> = listed.flat_map(|message| &message.attributes).collect();
        let mut request = Request {
            flags: NLM_F_REQUEST | kind,
            command: call.request.unwrap_or_default(),
            version: 1,
            reserved: 0,
            attrs: Vec::new(),
        };
        if let Some(set) = call.set {
            let attributes = &self.family.set(set).attributes;
            let wanted: Vec<_> = (0..attributes.len())
                .filter(|index| match listed.contains(&index) {
                    true => self.is_wanted(set, &attributes[*index]),
                    false => self.unusual(12),
                })
                .map(|index| &attributes[index])
                .collect();
            request.attrs = self.attributes(set, wanted, 0);
        }
        if !self.is_careful {
            self.spoil(&mut request);
        }
        request
    }

    /// Returns whether a request contains an attribute that it may contain.
    fn is_wanted(&mut self, set: SetId, attribute: &Attribute) -> bool {
        let tenths = match self.is_careful {
            true => values::tenths(&self.family.set(set).name, &attribute.name),
            false => 7,
        };
        self.rng.u32(..10) < tenths
    }

    /// Returns true for one in so many, but never in a careful request.
    fn unusual(&mut self, one_in: u32) -> bool {
        !self.is_careful && self.rng.u32(..one_in) == 0
    }

    /// Changes some of the headers.
    fn spoil(&mut self, request: &mut Request) {
        match self.rng.u32(..60) {
            0 => request.command = self.rng.u8(..20),
            1 => request.version = self.rng.u8(..4),
            2 => request.reserved = self.rng.u16(..2),
            3 => request.flags = NLM_F_REQUEST | NLM_F_ACK | self.rng.u16(..) & 0xff8,
            4 => request.flags ^= NLM_F_DUMP,
            5 => request.flags = NLM_F_REQUEST | NLM_F_DUMP | NLM_F_ACK,
            6 => {
                let len = self.rng.usize(..=request.attrs.len());
                request.attrs.truncate(len.next_multiple_of(4));
            }
            7 => {
                let at = self.rng.usize(..=request.attrs.len());
                if let Some(byte) = request.attrs.get_mut(at) {
                    *byte = self.rng.u8(..);
                }
            }
            8 => request
                .attrs
                .extend(&[self.rng.u8(..); 3][..self.rng.usize(..4)]),
            _ => {}
        }
    }

    /// Encodes attributes of a set, sometimes in another order, twice, or with unknown ones.
    fn attributes(&mut self, set: SetId, mut wanted: Vec<&Attribute>, depth: usize) -> Vec<u8> {
        if self.unusual(8) {
            self.rng.shuffle(&mut wanted);
        }
        if self.unusual(40) {
            wanted.extend(wanted.clone());
        }
        let mut bytes = Vec::new();
        for attribute in wanted {
            let payload = self.payload(set, attribute, depth);
            let is_nest = matches!(attribute.kind, Kind::Nest(_) | Kind::Array(_));
            let mut number = attribute.number;
            if is_nest != self.unusual(60) {
                number |= NLA_F_NESTED;
            }
            if self.unusual(150) {
                number |= NLA_F_NET_BYTEORDER;
            }
            put(&mut bytes, number, &payload);
        }
        if self.unusual(40) {
            let number = [0, 0, 200, 16_383][self.rng.usize(..4)] + self.rng.u16(..14);
            let payload = [self.rng.u8(..); 8];
            put(
                &mut bytes,
                number & 0x3fff,
                &payload[..self.rng.usize(..=8)],
            );
        }
        bytes
    }

    fn payload(&mut self, set: SetId, attribute: &Attribute, depth: usize) -> Vec<u8> {
        let set_name = self.family.set(set).name.as_str();
        let payload = match &attribute.kind {
            Kind::Nest(nested) => return self.nest(*nested, depth),
            Kind::Array(item) => return self.array(item, depth),
            kind => match values::typical(&self.family.name, set_name, attribute, &mut self.rng) {
                Some(value) if !self.unusual(12) => value,
                _ => self.value(kind),
            },
        };
        match self.unusual(25) {
            true => self.with_wrong_length(payload),
            false => payload,
        }
    }

    fn nest(&mut self, set: SetId, depth: usize) -> Vec<u8> {
        let attributes = self.family.set(set).attributes.iter();
        let wanted: Vec<_> = attributes
            .filter(|one| one.carries() && self.is_wanted(set, one))
            .collect();
        self.attributes(set, wanted, depth + 1)
    }

    fn array(&mut self, item: &Kind, depth: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        for index in 0..self.rng.u16(..=ITEMS as u16) {
            let payload = match item {
                Kind::Nest(set) => self.nest(*set, depth + 1),
                kind => self.value(kind),
            };
            let flag = if self.unusual(60) { 0 } else { NLA_F_NESTED };
            put(&mut bytes, index | flag, &payload);
        }
        bytes
    }

    /// Returns a value that the type allows, often at a limit.
    fn value(&mut self, kind: &Kind) -> Vec<u8> {
        match kind {
            Kind::Int(int) => self.number(int),
            Kind::Text(_) => [&b"lo\0"[..], b"none\0", b"\0", b"", b"not terminated"]
                [self.rng.usize(..5)]
            .to_vec(),
            Kind::Binary(binary) => {
                let len = match &binary.len {
                    Length::Exact(limit) | Length::Min(limit) | Length::Max(limit) => limit.value,
                    Length::Any | Length::Range(..) => 8,
                };
                (0..len).map(|_| self.rng.u8(..)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn number(&mut self, int: &Int) -> Vec<u8> {
        let (min, max) = int.kind.range();
        let low = int.min.map_or(min, |limit| limit.value);
        let high = int.max.map_or(max, |limit| limit.value);
        let named = match int.meaning {
            Meaning::Enum(id) | Meaning::Flags(id) => self.family.enumeration(id).mask().into(),
            Meaning::Number => 7,
        };
        let near = [
            0,
            1,
            low,
            low - 1,
            high,
            high + 1,
            named,
            named + 1,
            min,
            max,
        ];
        let value = near[self.rng.usize(..near.len())].clamp(min, max);
        let len = int.kind.bytes();
        let bytes = value.to_le_bytes();
        match int.order {
            Some(ByteOrder::BigEndian) => bytes[..len].iter().rev().copied().collect(),
            _ => bytes[..len].to_vec(),
        }
    }

    fn with_wrong_length(&mut self, mut payload: Vec<u8>) -> Vec<u8> {
        let len = payload.len();
        let lengths = [0, len.saturating_sub(1), len + 1, len + 4, len / 2];
        payload.resize(lengths[self.rng.usize(..lengths.len())], 0x41);
        payload
    }

    fn one_in(&mut self, count: u32) -> bool {
        self.rng.u32(..count) == 0
    }
}

/// Appends an attribute and its padding.
fn put(to: &mut Vec<u8>, number: u16, payload: &[u8]) {
    let len = u16::try_from(payload.len() + 4).unwrap_or(u16::MAX);
    to.extend(len.to_ne_bytes());
    to.extend(number.to_ne_bytes());
    to.extend(payload);
    to.resize(to.len().next_multiple_of(4), 0);
}

/// Returns the attributes in `bytes` up to the first that is truncated: number and payload.
pub(crate) fn attributes(mut bytes: &[u8]) -> Vec<(u16, &[u8])> {
    let mut found = Vec::new();
    while let Some((&[a, b, c, d], _)) = bytes.split_first_chunk() {
        let len = usize::from(u16::from_ne_bytes([a, b]));
        let Some(payload) = bytes.get(4..len) else {
            break;
        };
        found.push((u16::from_ne_bytes([c, d]) & 0x3fff, payload));
        bytes = bytes.get(len.next_multiple_of(4)..).unwrap_or_default();
    }
    found
}
