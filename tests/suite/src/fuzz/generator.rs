// SPDX-License-Identifier: MIT OR Apache-2.0

//! Datagrams, right and wrong: messages as the spec has them, with faults of their own, and then with
//! faults that know nothing of messages.

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

/// Longest datagram, so that a sender with a small receive buffer has room for it in an answer.
const LONGEST: usize = 3_500;

pub(super) struct Generator {
    random: Rng,
    /// The family's id.
    id: u16,
    /// Names that are used again and again.
    names: Vec<Vec<u8>>,
    /// Between these are the limits that are set most often.
    limits: RangeInclusive<u32>,
    /// Of a hundred messages, so many have a fault of their own.
    faults: u32,
    /// Of a hundred datagrams, so many have a fault that knows nothing of messages.
    mutations: u32,
}

/// What a request asks for.
#[derive(Clone, Copy, PartialEq)]
enum Asked {
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

    /// A number for what else is decided at random.
    pub(super) fn random(&mut self) -> &mut Rng {
        &mut self.random
    }

    /// A datagram, from which only greet hears anything.
    pub(super) fn datagram(&mut self) -> Vec<u8> {
        let mut datagram = Vec::new();
        let count = self.random.usize(1..=8);
        for _ in 0..count {
            let message = self.message();
            if align(datagram.len()) + message.len() <= LONGEST {
                datagram.resize(align(datagram.len()), self.padding());
                datagram.extend(message);
            }
        }
        if self.chance(self.mutations) {
            for _ in 0..self.random.usize(1..=3) {
                self.mutate(&mut datagram);
            }
        }
        self.tame(&mut datagram);
        datagram
    }

    /// Whether something happens that happens so often of a hundred times.
    fn chance(&mut self, of_hundred: u32) -> bool {
        self.random.u32(0..100) < of_hundred
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
        let asked = self.asked();
        let mut attrs = self.attrs(asked);
        if self.is_faulty() {
            attrs = self.spoil(attrs);
        }
        let mut message = self.headers(asked);
        for (number, payload) in attrs {
            put_attr(&mut message, number, &payload);
        }
        if message.len() > LONGEST {
            message.truncate(LONGEST);
        }
        if self.is_faulty() && self.chance(10) {
            let behind = self.random.usize(1..=9);
            message.extend(self.bytes(behind));
        }
        set_len(&mut message);
        message
    }

    fn asked(&mut self) -> Asked {
        match self.random.u32(0..100) {
            0..45 => Asked::Greet,
            45..58 => Asked::PeerGet,
            58..65 => Asked::PeerDump,
            65..74 => Asked::PeerDel,
            74..81 => Asked::StatsGet,
            81..87 => Asked::SettingsGet,
            87..96 => Asked::SettingsSet,
            _ if self.faults == 0 => Asked::Greet,
            _ => Asked::Unknown(pick(&mut self.random, &[0, 7, 8, 9, 127, 128, 255])),
        }
    }

    /// Both headers; the length is set later.
    fn headers(&mut self, asked: Asked) -> Vec<u8> {
        let command = match asked {
            Asked::Greet => GREET.command,
            Asked::PeerGet | Asked::PeerDump => PEER_GET.command,
            Asked::PeerDel => PEER_DEL.command,
            Asked::StatsGet => STATS_GET.command,
            Asked::SettingsGet => SETTINGS_GET.command,
            Asked::SettingsSet => SETTINGS_SET.command,
            Asked::Unknown(command) => command,
        };
        let (mut kind, mut flags, mut version, mut reserved) =
            (self.id, self.flags(asked), FAMILY.version, 0);
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

    fn flags(&mut self, asked: Asked) -> u16 {
        let mut flags = NLM_F_REQUEST;
        if asked == Asked::PeerDump {
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

    /// Attributes that the policy lets pass.
    fn attrs(&mut self, asked: Asked) -> Vec<(u16, Vec<u8>)> {
        let mut attrs = Vec::new();
        match asked {
            Asked::Greet => {
                attrs.push((greeting::NAME, self.name()));
                if self.chance(50) {
                    attrs.push((greeting::STYLE, self.style()));
                }
                if self.chance(40) {
                    let len = pick(&mut self.random, &[0, 1, 7, COOKIE_MAX - 1, COOKIE_MAX]);
                    attrs.push((greeting::COOKIE, self.bytes(len)));
                }
            }
            Asked::PeerGet | Asked::PeerDel => attrs.push((peer::NAME, self.name())),
            Asked::SettingsSet => {
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

    /// A name with its NUL; most are used again and again.
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

    /// One that is refused, or ought to be.
    fn odd_name(&mut self) -> Vec<u8> {
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

    /// Puts a fault into the attributes of a request.
    fn spoil(&mut self, mut attrs: Vec<(u16, Vec<u8>)>) -> Vec<(u16, Vec<u8>)> {
        let place = self.random.usize(..=attrs.len());
        match self.random.u32(0..12) {
            0 => attrs.truncate(place),
            1 => {
                let other = self.foreign_attr();
                attrs.insert(place, other);
            }
            2 => {
                let another = (greeting::NAME, self.odd_name());
                attrs.insert(place, another);
            }
            3 => {
                let copy = attrs.get(place).cloned();
                attrs.extend(copy);
            }
            4..6 => {
                let odd = self.odd_name();
                self.replace(&mut attrs, 1, odd);
            }
            6..8 => {
                let odd = self.odd_number();
                self.replace(&mut attrs, 2, odd);
            }
            8 => {
                let odd = self.odd_number();
                self.replace(&mut attrs, 1, odd);
            }
            9 => {
                let len = pick(&mut self.random, &[COOKIE_MAX + 1, 63, 64, 65, 255, 1_000]);
                let odd = self.bytes(len);
                self.replace(&mut attrs, greeting::COOKIE, odd);
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

    /// Gives the attribute with this number another payload, or adds it.
    fn replace(&mut self, attrs: &mut Vec<(u16, Vec<u8>)>, number: u16, payload: Vec<u8>) {
        match attrs.iter_mut().find(|(known, _)| *known == number) {
            Some(attr) => attr.1 = payload,
            None => attrs.push((number, payload)),
        }
    }

    /// An attribute that no request, or hardly one, may have.
    fn foreign_attr(&mut self) -> (u16, Vec<u8>) {
        let number = match self.chance(70) {
            true => self.random.u16(0..9),
            false => pick(&mut self.random, &[99, 255, 256, 1_000, NLA_TYPE_MASK]),
        };
        let payload = match self.random.u32(0..3) {
            0 => self.odd_number(),
            1 => self.odd_name(),
            _ => self.nest(),
        };
        let flag = pick(&mut self.random, &[0, 0, NLA_F_NESTED, NLA_F_NET_BYTEORDER]);
        (number | flag, payload)
    }

    /// Nests in nests, deeper than the core goes into any.
    fn nest(&mut self) -> Vec<u8> {
        let mut nest = self.name();
        for _ in 0..self.random.u32(1..40) {
            let mut outer = Vec::new();
            put_attr(&mut outer, NLA_F_NESTED | self.random.u16(0..5), &nest);
            nest = outer;
        }
        nest
    }

    /// A number at a limit, beyond it, or of another length.
    fn odd_number(&mut self) -> Vec<u8> {
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

    /// Puts a fault into a datagram as if it were any bytes.
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
                let behind = self.bytes(len);
                datagram.extend(behind);
            }
            _ => {
                let end = self.random.usize(at..datagram.len()).min(at + 64);
                let copy = datagram[at..end].to_vec();
                datagram.splice(at..at, copy);
            }
        }
        datagram.truncate(LONGEST);
    }

    /// Makes a message longer or shorter than it is; the next one may become a part of it.
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

    /// Makes an attribute longer or shorter than it is.
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

    /// Up to eight less or more.
    fn near(&mut self, len: u64) -> u64 {
        (len + self.random.u64(0..=16)).saturating_sub(8)
    }

    /// Sees that nobody but greet is asked for anything: a message goes to it, to a family that there
    /// is not, or to netlink itself.
    fn tame(&mut self, datagram: &mut [u8]) {
        for message in messages(datagram) {
            let kind = u16_at(datagram, message.start + 4).unwrap_or_default();
            if kind != self.id && (NLMSG_MIN_TYPE..=GENL_MAX_ID).contains(&kind) {
                let place = message.start + 4..message.start + 6;
                datagram[place].copy_from_slice(&self.id.to_ne_bytes());
            }
        }
    }
}

/// Where attributes seem to begin.
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
