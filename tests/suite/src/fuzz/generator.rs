// SPDX-License-Identifier: MIT OR Apache-2.0

//! Generates valid and invalid datagrams: messages as in the spec, some of them with invalid
//! fields, and mutations of the bytes.

use super::wire::{
    ATTR_HEADER, GENL_MAX_ID, HEADERS, MESSAGE_HEADER, NLA_F_NESTED, NLA_F_NET_BYTEORDER,
    NLA_TYPE_MASK, NLM_F_ACK, NLM_F_DUMP, NLM_F_ECHO, NLM_F_REQUEST, NLMSG_MIN_TYPE, align,
    messages, put_attr, u16_at,
};
use fastrand::Rng;
use greet::protocol::{
    COOKIE_MAX, FAMILY, GREET, NAME_MAX, PEER_DEL, PEER_GET, PEER_LIMIT_MAX, SETTINGS_GET,
    SETTINGS_SET, STATS_GET, Style, greeting, peer, settings,
};
use std::ops::RangeInclusive;

/// Maximum length of a datagram, so that a reply with its contents fits a small receive buffer.
const MAX_LEN: usize = 3_500;

pub(super) struct Generator {
    random: Rng,
    /// The family's id.
    id: u16,
    /// Names that requests use repeatedly.
    names: Vec<Vec<u8>>,
    /// Range of the most frequent peer limits.
    limits: RangeInclusive<u32>,
    /// Percentage of messages with an invalid field.
    faults: u32,
    /// Percentage of datagrams with mutated bytes.
    mutations: u32,
}

/// The operation of a request.
#[derive(Clone, Copy, PartialEq)]
enum Op {
    Greet,
    PeerGet,
    PeerDump,
    PeerDel,
    StatsGet,
    SettingsGet,
    SettingsSet,
    Unknown(u8),
}

impl Generator {
    pub(super) fn new(seed: u64, id: u16) -> Self {
        let mut random = Rng::with_seed(seed);
        let count = pick(&mut random, &[3, 30, 300]);
        let mut generator = Self {
            id,
            names: Vec::new(),
            limits: [1..=3, 1..=40, 200..=400][random.usize(..3)].clone(),
            faults: pick(&mut random, &[0, 25, 50]),
            mutations: pick(&mut random, &[0, 15, 50]),
            random,
        };
        generator.names = (0..count).map(|_| generator.valid_name()).collect();
        generator
    }

    /// Returns the random number generator, for other decisions.
    pub(super) fn random(&mut self) -> &mut Rng {
        &mut self.random
    }

    /// Generates a datagram whose messages address only greet.
    pub(super) fn datagram(&mut self) -> Vec<u8> {
        let mut datagram = Vec::new();
        let count = self.random.usize(1..=8);
        for _ in 0..count {
            let message = self.message();
            if align(datagram.len()) + message.len() <= MAX_LEN {
                datagram.resize(align(datagram.len()), self.padding());
                datagram.extend(message);
            }
        }
        if self.chance(self.mutations) {
            for _ in 0..self.random.usize(1..=3) {
                self.mutate(&mut datagram);
            }
        }
        self.restrict_families(&mut datagram);
        datagram
    }

    /// Returns true with a probability of `percent`.
    fn chance(&mut self, percent: u32) -> bool {
        self.random.u32(0..100) < percent
    }

    fn is_faulty(&mut self) -> bool {
        let faults = self.faults;
        self.chance(faults)
    }

    fn padding(&mut self) -> u8 {
        match self.chance(10) {
            true => self.random.u8(..),
            false => 0,
        }
    }

    fn message(&mut self) -> Vec<u8> {
        let op = self.op();
        let mut attrs = self.attrs(op);
        if self.is_faulty() {
            attrs = self.corrupt_attrs(attrs);
        }
        let mut message = self.headers(op);
        for (number, payload) in attrs {
            put_attr(&mut message, number, &payload);
        }
        if message.len() > MAX_LEN {
            message.truncate(MAX_LEN);
        }
        if self.is_faulty() && self.chance(10) {
            let trailing = self.random.usize(1..=9);
            message.extend(self.bytes(trailing));
        }
        set_len(&mut message);
        message
    }

    fn op(&mut self) -> Op {
        match self.random.u32(0..100) {
            0..45 => Op::Greet,
            45..58 => Op::PeerGet,
            58..65 => Op::PeerDump,
            65..74 => Op::PeerDel,
            74..81 => Op::StatsGet,
            81..87 => Op::SettingsGet,
            87..96 => Op::SettingsSet,
            _ if self.faults == 0 => Op::Greet,
            _ => Op::Unknown(pick(&mut self.random, &[0, 7, 8, 9, 127, 128, 255])),
        }
    }

    /// Generates both headers. The length is set later.
    fn headers(&mut self, op: Op) -> Vec<u8> {
        let command = match op {
            Op::Greet => GREET.command,
            Op::PeerGet | Op::PeerDump => PEER_GET.command,
            Op::PeerDel => PEER_DEL.command,
            Op::StatsGet => STATS_GET.command,
            Op::SettingsGet => SETTINGS_GET.command,
            Op::SettingsSet => SETTINGS_SET.command,
            Op::Unknown(command) => command,
        };
        let (mut kind, mut flags, mut version, mut reserved) =
            (self.id, self.flags(op), FAMILY.version, 0);
        if self.is_faulty() {
            match self.random.u32(0..12) {
                0 => kind = self.random.u16(GENL_MAX_ID + 1..),
                1 => kind = self.random.u16(..NLMSG_MIN_TYPE),
                2 => flags &= !NLM_F_REQUEST,
                3 => flags ^= 1 << self.random.u32(0..16),
                4 => flags = self.random.u16(..),
                5 => flags |= NLM_F_DUMP,
                6 => reserved = self.random.u16(1..),
                7 => version = self.random.u8(..),
                _ => {}
            }
        }
        let mut headers = vec![0; 4];
        headers.extend_from_slice(&kind.to_ne_bytes());
        headers.extend_from_slice(&flags.to_ne_bytes());
        headers.extend_from_slice(&self.random.u32(..).to_ne_bytes());
        headers.extend_from_slice(&self.random.u32(..).to_ne_bytes());
        headers.extend_from_slice(&[command, version]);
        headers.extend_from_slice(&reserved.to_ne_bytes());
        headers
    }

    fn flags(&mut self, op: Op) -> u16 {
        let mut flags = NLM_F_REQUEST;
        if op == Op::PeerDump {
            flags |= NLM_F_DUMP;
        }
        if self.chance(65) {
            flags |= NLM_F_ACK;
        }
        if self.chance(10) {
            flags |= NLM_F_ECHO;
        }
        flags
    }

    /// Generates attributes that pass the policy.
    fn attrs(&mut self, op: Op) -> Vec<(u16, Vec<u8>)> {
        let mut attrs = Vec::new();
        match op {
            Op::Greet => {
                attrs.push((greeting::NAME, self.name()));
                if self.chance(50) {
                    attrs.push((greeting::STYLE, self.style()));
                }
                if self.chance(40) {
                    let len = pick(&mut self.random, &[0, 1, 7, COOKIE_MAX - 1, COOKIE_MAX]);
                    attrs.push((greeting::COOKIE, self.bytes(len)));
                }
            }
            Op::PeerGet | Op::PeerDel => attrs.push((peer::NAME, self.name())),
            Op::SettingsSet => {
                if self.chance(50) {
                    attrs.push((settings::DEFAULT_STYLE, self.style()));
                }
                if self.chance(50) {
                    attrs.push((settings::PEER_LIMIT, self.limit()));
                }
            }
            _ => {}
        }
        self.random.shuffle(&mut attrs);
        attrs
    }

    fn style(&mut self) -> Vec<u8> {
        let last = Style::ALL.len() as u32 - 1;
        self.random.u32(0..=last).to_ne_bytes().to_vec()
    }

    fn limit(&mut self) -> Vec<u8> {
        let limit = match self.chance(10) {
            true => pick(&mut self.random, &[1, 2, PEER_LIMIT_MAX as u32]),
            false => self.random.u32(self.limits.clone()),
        };
        limit.to_ne_bytes().to_vec()
    }

    /// Generates a name with its NUL, most often one used before.
    fn name(&mut self) -> Vec<u8> {
        let name = match self.chance(90) {
            true => self.names[self.random.usize(..self.names.len())].clone(),
            false => self.valid_name(),
        };
        with_nul(&name)
    }

    fn valid_name(&mut self) -> Vec<u8> {
        const LETTERS: [char; 8] = ['a', 'Z', ' ', 'ü', '世', '🦀', '\u{202e}', '\u{feff}'];

        let len = pick(&mut self.random, &[1, 2, 5, 9, 20, NAME_MAX - 1, NAME_MAX]);
        let mut name = String::new();
        while name.len() < len {
            let letter = pick(&mut self.random, &LETTERS);
            name.push(if name.len() + letter.len_utf8() > len {
                'x'
            } else {
                letter
            });
        }
        name.into_bytes()
    }

    /// Generates a name that should be rejected.
    fn invalid_name(&mut self) -> Vec<u8> {
        let x = |count| vec![b'x'; count];
        match self.random.u32(0..16) {
            0 => Vec::new(),
            1 => with_nul(b""),
            2 => x(pick(&mut self.random, &[1, NAME_MAX, NAME_MAX + 1])),
            3 => with_nul(&x(NAME_MAX + 1)),
            4 => x(255),
            5 => with_nul(&x(pick(&mut self.random, &[66, 254, 1_000]))),
            6 => b"a\0b\0".to_vec(),
            7 => b"a\0b".to_vec(),
            8 => [
                with_nul(b"a"),
                x(pick(&mut self.random, &[62, 63, 64, 65, 200])),
            ]
            .concat(),
            9 => [x(NAME_MAX), b"\0\0".to_vec()].concat(),
            10 => [x(NAME_MAX), b"\0x".to_vec()].concat(),
            11 => with_nul("a\u{85}".as_bytes()),
            12 => with_nul(pick::<&[u8]>(
                &mut self.random,
                &[
                    b"\xff",
                    b"\xc0\x80",
                    b"\xed\xa0\x80",
                    b"ok \xe4\xb8",
                    b"\xf4\x90\x80\x80",
                ],
            )),
            13 => with_nul(&[self.random.u8(1..32)]),
            14 => with_nul(b"\x1b[2J\x7f"),
            _ => {
                let len = self.random.usize(0..80);
                self.bytes(len)
            }
        }
    }

    /// Corrupts the attributes of a request.
    fn corrupt_attrs(&mut self, mut attrs: Vec<(u16, Vec<u8>)>) -> Vec<(u16, Vec<u8>)> {
        let place = self.random.usize(..=attrs.len());
        match self.random.u32(0..12) {
            0 => attrs.truncate(place),
            1 => {
                let other = self.foreign_attr();
                attrs.insert(place, other);
            }
            2 => {
                let another = (greeting::NAME, self.invalid_name());
                attrs.insert(place, another);
            }
            3 => {
                let copy = attrs.get(place).cloned();
                attrs.extend(copy);
            }
            4..6 => {
                let invalid = self.invalid_name();
                self.replace(&mut attrs, 1, invalid);
            }
            6..8 => {
                let invalid = self.edge_number();
                self.replace(&mut attrs, 2, invalid);
            }
            8 => {
                let invalid = self.edge_number();
                self.replace(&mut attrs, 1, invalid);
            }
            9 => {
                let len = pick(&mut self.random, &[COOKIE_MAX + 1, 63, 64, 65, 255, 1_000]);
                let invalid = self.bytes(len);
                self.replace(&mut attrs, greeting::COOKIE, invalid);
            }
            _ => {
                let flag = pick(&mut self.random, &[NLA_F_NESTED, NLA_F_NET_BYTEORDER]);
                for (number, _) in &mut attrs {
                    *number |= flag;
                }
            }
        }
        attrs
    }

    /// Replaces the payload of the attribute with this number, or adds the attribute.
    fn replace(&mut self, attrs: &mut Vec<(u16, Vec<u8>)>, number: u16, payload: Vec<u8>) {
        match attrs.iter_mut().find(|(known, _)| *known == number) {
            Some(attr) => attr.1 = payload,
            None => attrs.push((number, payload)),
        }
    }

    /// Generates an attribute that hardly any request accepts.
    fn foreign_attr(&mut self) -> (u16, Vec<u8>) {
        let number = match self.chance(70) {
            true => self.random.u16(0..9),
            false => pick(&mut self.random, &[99, 255, 256, 1_000, NLA_TYPE_MASK]),
        };
        let payload = match self.random.u32(0..3) {
            0 => self.edge_number(),
            1 => self.invalid_name(),
            _ => self.nest(),
        };
        let flag = pick(&mut self.random, &[0, 0, NLA_F_NESTED, NLA_F_NET_BYTEORDER]);
        (number | flag, payload)
    }

    /// Generates nests deeper than the core parses.
    fn nest(&mut self) -> Vec<u8> {
        let mut nest = self.name();
        for _ in 0..self.random.u32(1..40) {
            let mut outer = Vec::new();
            put_attr(&mut outer, NLA_F_NESTED | self.random.u16(0..5), &nest);
            nest = outer;
        }
        nest
    }

    /// Generates a number at a limit, out of range, or of an invalid length.
    fn edge_number(&mut self) -> Vec<u8> {
        let most = PEER_LIMIT_MAX as u32;
        let values = [0, 1, 2, 3, most - 1, most, most + 1, 1 << 31, u32::MAX];
        let value = pick(&mut self.random, &values);
        let mut bytes = value.to_ne_bytes().to_vec();
        if self.chance(40) {
            let len = pick(&mut self.random, &[0, 1, 2, 3, 5, 7, 8, 12]);
            bytes.resize(len, 0);
        }
        bytes
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.random.fill(&mut bytes);
        bytes
    }

    /// Mutates the bytes of a datagram.
    fn mutate(&mut self, datagram: &mut Vec<u8>) {
        if datagram.is_empty() {
            return;
        }
        let at = self.random.usize(..datagram.len());
        match self.random.u32(0..12) {
            0..2 => datagram[at] ^= 1 << self.random.u32(0..8),
            2 => datagram[at] = self.random.u8(..),
            3..6 => self.mutate_message_len(datagram),
            6..9 => self.mutate_attr_len(datagram),
            9 => datagram.truncate(at + 1),
            10 => {
                let len = self.random.usize(1..=MESSAGE_HEADER + 4);
                let trailing = self.bytes(len);
                datagram.extend(trailing);
            }
            _ => {
                let end = self.random.usize(at..datagram.len()).min(at + 64);
                let copy = datagram[at..end].to_vec();
                datagram.splice(at..at, copy);
            }
        }
        datagram.truncate(MAX_LEN);
    }

    /// Changes the length field of a message, which may then include the next one.
    fn mutate_message_len(&mut self, datagram: &mut [u8]) {
        let found = messages(datagram);
        if found.is_empty() {
            return;
        }
        let message = found[self.random.usize(..found.len())].clone();
        let len = message.len() as u32;
        let wrong = match self.random.u32(0..4) {
            0 => pick(
                &mut self.random,
                &[0, 1, 15, 16, 17, 19, 20, u32::MAX, 1 << 31],
            ),
            1 => (datagram.len() - message.start) as u32,
            2 => len + self.random.u32(1..=64),
            _ => self.near(len.into()) as u32,
        };
        datagram[message.start..message.start + 4].copy_from_slice(&wrong.to_ne_bytes());
    }

    /// Changes the length field of an attribute.
    fn mutate_attr_len(&mut self, datagram: &mut [u8]) {
        let places = attr_places(datagram);
        if places.is_empty() {
            return;
        }
        let place = places[self.random.usize(..places.len())];
        let len = u16_at(datagram, place).unwrap_or_default();
        let wrong = match self.chance(40) {
            true => pick(&mut self.random, &[0, 1, 3, 4, 5, 0x7fff, 0x8000, u16::MAX]),
            false => self.near(len.into()) as u16,
        };
        datagram[place..place + 2].copy_from_slice(&wrong.to_ne_bytes());
    }

    /// Returns a length that differs by at most eight.
    fn near(&mut self, len: u64) -> u64 {
        (len + self.random.u64(0..=16)).saturating_sub(8)
    }

    /// Changes message types so that only greet, unknown families and netlink itself are addressed.
    fn restrict_families(&mut self, datagram: &mut [u8]) {
        for message in messages(datagram) {
            let kind = u16_at(datagram, message.start + 4).unwrap_or_default();
            if kind != self.id && (NLMSG_MIN_TYPE..=GENL_MAX_ID).contains(&kind) {
                let place = message.start + 4..message.start + 6;
                datagram[place].copy_from_slice(&self.id.to_ne_bytes());
            }
        }
    }
}

/// Returns the offsets of attributes according to the length fields.
fn attr_places(datagram: &[u8]) -> Vec<usize> {
    let mut places = Vec::new();
    for message in messages(datagram) {
        let mut place = message.start + HEADERS;
        while place + ATTR_HEADER <= message.end {
            places.push(place);
            let len = u16_at(datagram, place).map_or(0, usize::from);
            place += align(len.max(ATTR_HEADER));
        }
    }
    places
}

fn set_len(message: &mut [u8]) {
    let len = message.len() as u32;
    message[..4].copy_from_slice(&len.to_ne_bytes());
}

fn with_nul(name: &[u8]) -> Vec<u8> {
    [name, b"\0"].concat()
}

fn pick<T: Copy>(random: &mut Rng, from: &[T]) -> T {
    from[random.usize(..from.len())]
}
