// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
// Made from policy/greet.yaml by `ynl-gen-rust --user`. Do not edit.

//! The protocol of the family `greet`: greetings from the kernel.
//!
//! A program names somebody to greet, and the kernel answers with a greeting.

use genl::{
    AttributeInfo, AttributeSet, Attrs, Decode, DecodeError, DoRequest, Encoder, FamilyInfo, Kind,
    OperationInfo, Request, Text,
};

/// The family.
pub static FAMILY: FamilyInfo = FamilyInfo {
    name: "greet",
    version: 1,
    id: None,
};

/// Longest name, in bytes, not counting the NUL.
pub const NAME_MAX: usize = 64;

/// Longest cookie, in bytes.
pub const COOKIE_MAX: usize = 32;

/// Longest message, in bytes, not counting the NUL.
pub const MESSAGE_MAX: usize = 255;

/// How a greeting opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Style {
    /// As friends do.
    Casual,
    /// As strangers do.
    Formal,
    /// As nobody does before noon.
    Enthusiastic,
    /// A value that this version of the protocol does not know.
    Unknown(u32),
}

impl Style {
    /// The values that have a name.
    pub const ALL: [Self; 3] = [Self::Casual, Self::Formal, Self::Enthusiastic];

    const NAMES: [(u64, &'static str); 3] = [(0, "casual"), (1, "formal"), (2, "enthusiastic")];

    /// Its name in the spec, if it has one.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Casual => Some("casual"),
            Self::Formal => Some("formal"),
            Self::Enthusiastic => Some("enthusiastic"),
            Self::Unknown(_) => None,
        }
    }
}

impl From<u32> for Style {
    fn from(value: u32) -> Self {
        match value {
            0 => Self::Casual,
            1 => Self::Formal,
            2 => Self::Enthusiastic,
            _ => Self::Unknown(value),
        }
    }
}

impl From<Style> for u32 {
    fn from(value: Style) -> u32 {
        match value {
            Style::Casual => 0,
            Style::Formal => 1,
            Style::Enthusiastic => 2,
            Style::Unknown(value) => value,
        }
    }
}

/// Numbers of the attributes of the set `greeting`: one greeting, asked for or given.
pub mod greeting {
    /// Who is greeted: valid UTF-8, at least one byte, no control characters.
    pub const NAME: u16 = 1;
    /// How the greeting opens; when absent, casual.
    pub const STYLE: u16 = 2;
    /// Bytes of the sender's choice, returned unchanged.
    pub const COOKIE: u16 = 3;
    /// The kernel's greeting.
    pub const MESSAGE: u16 = 4;
    /// Number of this greeting in its network namespace, counted from 1 and never used twice.
    pub const ID: u16 = 5;
    /// Netlink port from which the greeting was asked for.
    pub const PORTID: u16 = 6;
}

/// The attributes of the set `greeting`.
pub static GREETING: AttributeSet = AttributeSet {
    name: "greeting",
    attributes: &[
        AttributeInfo {
            number: greeting::NAME,
            name: "name",
            kind: Kind::Text,
        },
        AttributeInfo {
            number: greeting::STYLE,
            name: "style",
            kind: Kind::Enum(&Style::NAMES),
        },
        AttributeInfo {
            number: greeting::COOKIE,
            name: "cookie",
            kind: Kind::Binary,
        },
        AttributeInfo {
            number: greeting::MESSAGE,
            name: "message",
            kind: Kind::Text,
        },
        AttributeInfo {
            number: greeting::ID,
            name: "id",
            kind: Kind::Unsigned,
        },
        AttributeInfo {
            number: greeting::PORTID,
            name: "portid",
            kind: Kind::Unsigned,
        },
    ],
};

/// The operation `greet`.
pub static GREET: OperationInfo = OperationInfo {
    command: 1,
    name: "greet",
    attributes: Some(&GREETING),
    header_len: 0,
};

/// The operations, for who has only a command's number.
pub static OPERATIONS: [&OperationInfo; 1] = [&GREET];

/// Greet somebody. The reply is sent only if the request carries NLM_F_ACK; without it the greeting
/// is counted and nothing comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GreetRequest<'a> {
    /// Who is greeted: valid UTF-8, at least one byte, no control characters.
    pub name: Option<Text<'a>>,
    /// How the greeting opens; when absent, casual.
    pub style: Option<Style>,
    /// Bytes of the sender's choice, returned unchanged.
    pub cookie: Option<&'a [u8]>,
}

impl<'a> GreetRequest<'a> {
    /// A request without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Who is greeted: valid UTF-8, at least one byte, no control characters.
    pub fn name(mut self, value: impl Into<Text<'a>>) -> Self {
        self.name = Some(value.into());
        self
    }

    /// How the greeting opens; when absent, casual.
    pub fn style(mut self, value: Style) -> Self {
        self.style = Some(value);
        self
    }

    /// Bytes of the sender's choice, returned unchanged.
    pub fn cookie(mut self, value: &'a [u8]) -> Self {
        self.cookie = Some(value);
        self
    }
}

impl Request for GreetRequest<'_> {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &GREET;

    fn encode(&self, to: &mut Encoder<'_>) {
        if let Some(value) = self.name {
            to.put_text(greeting::NAME, value);
        }
        if let Some(value) = self.style {
            to.put_u32(greeting::STYLE, value.into());
        }
        if let Some(value) = self.cookie {
            to.put_bytes(greeting::COOKIE, value);
        }
    }
}

impl DoRequest for GreetRequest<'_> {
    type Reply<'a> = GreetReply<'a>;
}

/// The reply of `greet`.
#[derive(Clone, Copy, Debug, Default)]
pub struct GreetReply<'a> {
    /// Number of this greeting in its network namespace, counted from 1 and never used twice.
    pub id: Option<u64>,
    /// The kernel's greeting.
    pub message: Option<Text<'a>>,
    /// Netlink port from which the greeting was asked for.
    pub portid: Option<u32>,
    /// How the greeting opens; when absent, casual.
    pub style: Option<Style>,
    /// Bytes of the sender's choice, returned unchanged.
    pub cookie: Option<&'a [u8]>,
    /// All attributes as they came, also those that this version of the protocol does not know.
    pub attrs: Attrs<'a>,
}

impl<'a> Decode<'a> for GreetReply<'a> {
    fn decode(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        let mut reply = Self {
            attrs,
            ..Self::default()
        };
        for attr in attrs {
            match attr.number() {
                greeting::ID => reply.id = Some(attr.uint()?),
                greeting::MESSAGE => reply.message = Some(attr.text()),
                greeting::PORTID => reply.portid = Some(attr.u32()?),
                greeting::STYLE => reply.style = Some(attr.u32()?.into()),
                greeting::COOKIE => reply.cookie = Some(attr.payload()),
                _ => {}
            }
        }
        Ok(reply)
    }
}
