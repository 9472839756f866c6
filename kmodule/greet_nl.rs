// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
// Made from policy/greet.yaml by `ynl-gen-rust --kernel`. Do not edit.

//! The protocol of the family `greet`: greetings from the kernel.
//!
//! A program names somebody to greet, and the kernel answers with a greeting.

use crate::{
    genl::{
        attr_size,
        net_slot,
        Attr,
        Doit,
        Family,
        GenlMsg,
        Info,
        PerNet,
        Policy,
        PolicyTable,
        PutAttr,
        Refusal,
        SplitOp, //
    },
    greet::Greet, //
};
use kernel::prelude::*;

/// Name of the family.
pub const FAMILY_NAME: &CStr = c"greet";

/// Version of the family.
pub const FAMILY_VERSION: u8 = 1;

/// Longest name, in bytes, not counting the NUL.
pub const NAME_MAX: usize = 64;

/// Longest cookie, in bytes.
pub const COOKIE_MAX: usize = 32;

/// Longest message, in bytes, not counting the NUL.
pub const MESSAGE_MAX: usize = 255;

/// How a greeting opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Style {
    /// As friends do.
    Casual = 0,
    /// As strangers do.
    Formal = 1,
    /// As nobody does before noon.
    Enthusiastic = 2,
}

impl Style {
    /// The greatest value.
    pub const MAX: u32 = Style::Enthusiastic as u32;
}

impl TryFrom<u32> for Style {
    type Error = Error;

    fn try_from(value: u32) -> Result<Self> {
        match value {
            0 => Ok(Style::Casual),
            1 => Ok(Style::Formal),
            2 => Ok(Style::Enthusiastic),
            _ => Err(EINVAL),
        }
    }
}

/// Attributes of the set `greeting`: one greeting, asked for or given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum GreetingAttr {
    /// Who is greeted: valid UTF-8, at least one byte, no control characters.
    Name = 1,
    /// How the greeting opens; when absent, casual.
    Style = 2,
    /// Bytes of the sender's choice, returned unchanged.
    Cookie = 3,
    /// The kernel's greeting.
    Message = 4,
    /// Number of this greeting in its network namespace, counted from 1 and never used twice.
    Id = 5,
    /// Netlink port from which the greeting was asked for.
    Portid = 6,
}

/// Commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Cmd {
    /// Greet somebody.
    Greet = 1,
}

/// The operations of the family: what its author writes.
///
/// The implementing type is also what the family keeps in each network namespace. Requests are
/// carried out in parallel.
pub trait Operations: PerNet {
    /// Greet somebody. The reply is sent only if the request carries NLM_F_ACK; without it the
    /// greeting is counted and nothing comes back.
    ///
    /// Returns the reply that is to be sent, if any.
    fn greet<'a>(
        self: Pin<&Self>,
        request: &GreetRequest<'a>,
    ) -> Result<Option<GreetReply<'a>>, Refusal<'a>>;
}

net_slot!(Greet);

/// The family; to be registered by the module.
pub static FAMILY: Family = Family::const_new(
    kernel::module::this_module::<crate::LocalModule>(),
    FAMILY_NAME.to_bytes_with_nul(),
    FAMILY_VERSION as u32,
    OPS,
    &[],
);

static OPS: &[SplitOp<Greet>] = &[SplitOp::new_do::<GreetDo>()];

/// What the request of `greet` may carry.
static GREET_POLICY: PolicyTable<4> = PolicyTable::new()
    .with(
        GreetingAttr::Name as u16,
        Policy::nul_string().len(NAME_MAX as u16),
    )
    .with(
        GreetingAttr::Style as u16,
        Policy::u32().max(Style::MAX as i64),
    )
    .with(
        GreetingAttr::Cookie as u16,
        Policy::binary().max(COOKIE_MAX as i64),
    );

/// `greet`, do.
struct GreetDo;

impl Doit for GreetDo {
    type State = Greet;

    const COMMAND: u8 = Cmd::Greet as u8;
    const POLICY: &'static [Policy] = GREET_POLICY.as_slice();

    fn doit<'a>(state: Pin<&Greet>, info: Info<'a>) -> Result<(), Refusal<'a>> {
        match state.greet(&GreetRequest { info })? {
            Some(reply) => Ok(reply.send()?),
            None => Ok(()),
        }
    }
}

/// The request of `greet`.
pub struct GreetRequest<'a> {
    info: Info<'a>,
}

impl<'a> GreetRequest<'a> {
    /// Who sent the request, and what for beside its attributes.
    pub fn info(&self) -> Info<'a> {
        self.info
    }

    /// Who is greeted: valid UTF-8, at least one byte, no control characters.
    ///
    /// The policy has checked the length; the bytes are the sender's.
    pub fn name(&self) -> Option<&'a [u8]> {
        self.attr(GreetingAttr::Name).map(Attr::string)
    }

    /// How the greeting opens; when absent, casual.
    pub fn style(&self) -> Result<Option<Style>, Refusal<'a>> {
        self.attr(GreetingAttr::Style)
            .map(Attr::u32_enum)
            .transpose()
    }

    /// Bytes of the sender's choice, returned unchanged.
    pub fn cookie(&self) -> Option<&'a [u8]> {
        self.attr(GreetingAttr::Cookie).map(Attr::payload)
    }

    /// Refuses the request because `attr` is bad.
    pub fn bad(&self, attr: GreetingAttr, errno: Error, message: &'static CStr) -> Refusal<'a> {
        self.info.bad_attr(attr as u16, errno, message)
    }

    /// Refuses the request because it lacks `attr`.
    pub fn missing(&self, attr: GreetingAttr, message: &'static CStr) -> Refusal<'a> {
        Refusal::missing_attr(attr as u16, message)
    }

    fn attr(&self, attr: GreetingAttr) -> Option<Attr<'a>> {
        self.info.attrs().get(attr as u16)
    }
}

/// The reply of `greet`.
pub struct GreetReply<'a> {
    msg: GenlMsg<'a>,
}

impl<'a> GreetReply<'a> {
    /// Bytes of attributes that a message has at the most.
    const SIZE: usize = attr_size(size_of::<u64>())
        + attr_size(MESSAGE_MAX + 1)
        + attr_size(size_of::<u32>())
        + attr_size(size_of::<u32>())
        + attr_size(COOKIE_MAX);

    /// Starts the reply to the request with the given `info`.
    pub fn new(info: Info<'a>) -> Result<Self> {
        let msg = GenlMsg::new_reply(&info, &FAMILY, Cmd::Greet as u8, Self::SIZE)?;
        Ok(Self { msg })
    }

    /// Number of this greeting in its network namespace, counted from 1 and never used twice.
    pub fn id(&mut self, value: u64) -> Result {
        self.msg.put_uint(GreetingAttr::Id as u16, value)
    }

    /// The kernel's greeting.
    pub fn message(&mut self, value: &[u8]) -> Result {
        self.msg.put_str(GreetingAttr::Message as u16, value)
    }

    /// Netlink port from which the greeting was asked for.
    pub fn portid(&mut self, value: u32) -> Result {
        self.msg.put_u32(GreetingAttr::Portid as u16, value)
    }

    /// How the greeting opens; when absent, casual.
    pub fn style(&mut self, value: Style) -> Result {
        self.msg.put_u32(GreetingAttr::Style as u16, value as u32)
    }

    /// Bytes of the sender's choice, returned unchanged.
    pub fn cookie(&mut self, value: &[u8]) -> Result {
        self.msg.put_bytes(GreetingAttr::Cookie as u16, value)
    }

    /// Sends the reply to where the request came from.
    pub fn send(self) -> Result {
        self.msg.send()
    }
}
