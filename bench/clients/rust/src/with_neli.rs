// SPDX-License-Identifier: MIT OR Apache-2.0

//! Messages for both kinds of sockets of neli.

use crate::{Family, Greeting, WORLD, uint};
use anyhow::{Context, Result};
use neli::consts::genl::{Cmd, CtrlAttr, CtrlAttrMcastGrp, CtrlCmd, Index, NlAttrType};
use neli::genl::{AttrTypeBuilder, Genlmsghdr, GenlmsghdrBuilder, NlattrBuilder};
use neli::neli_enum;
use neli::types::GenlBuffer;
use std::iter::once;

/// The family's commands.
#[neli_enum(serialized_type = "u8")]
pub enum Command {
    Unspec = 0,
    Greet = 1,
}

impl Cmd for Command {}

/// The attributes of a greeting.
#[neli_enum(serialized_type = "u16")]
pub enum Attr {
    Unspec = 0,
    Name = 1,
    Style = 2,
    Cookie = 3,
    Message = 4,
    Id = 5,
    Portid = 6,
}

impl NlAttrType for Attr {}

/// Messages of nlctrl and of the family.
pub type NlctrlMessage = Genlmsghdr<CtrlCmd, CtrlAttr>;
pub type GreetMessage = Genlmsghdr<Command, Attr>;

/// Creates a message with one string attribute.
fn with_string<C: Cmd, A: NlAttrType>(
    command: C,
    version: u8,
    attr: A,
    value: &str,
) -> Result<Genlmsghdr<C, A>> {
    let attr_type = AttrTypeBuilder::default().nla_type(attr).build()?;
    let attr = NlattrBuilder::default()
        .nla_type(attr_type)
        .nla_payload(value)
        .build()?;
    Ok(GenlmsghdrBuilder::default()
        .cmd(command)
        .version(version)
        .attrs(once(attr).collect::<GenlBuffer<_, _>>())
        .build()?)
}

/// Creates a request for a family by its name.
pub fn getfamily(name: &str) -> Result<NlctrlMessage> {
    with_string(CtrlCmd::Getfamily, 1, CtrlAttr::FamilyName, name)
}

/// Creates a greeting.
pub fn greet() -> Result<GreetMessage> {
    with_string(Command::Greet, 1, Attr::Name, WORLD)
}

/// Returns the family id in a reply of nlctrl.
pub fn id(reply: &NlctrlMessage) -> Result<u16> {
    let attrs = reply.attrs().get_attr_handle();
    Ok(attrs.get_attr_payload_as(CtrlAttr::FamilyId)?)
}

/// Checks the reply to GETFAMILY.
pub fn check_family(reply: &NlctrlMessage) -> Result<()> {
    let attrs = reply.attrs().get_attr_handle();
    let name: &[u8] = attrs.get_attr_payload_as_with_len_borrowed(CtrlAttr::FamilyName)?;
    let operations = attrs.get_nested_attributes::<Index>(CtrlAttr::Ops)?;
    let groups = attrs.get_nested_attributes::<Index>(CtrlAttr::McastGroups)?;
    let group = groups.iter().next().context("expected a group")?;
    let group = group.get_attr_handle::<CtrlAttrMcastGrp>()?;
    Family {
        id: attrs.get_attr_payload_as(CtrlAttr::FamilyId)?,
        version: attrs.get_attr_payload_as(CtrlAttr::Version)?,
        name: name.strip_suffix(b"\0").unwrap_or(name),
        operations: operations.iter().count(),
        group: group.get_attr_payload_as(CtrlAttrMcastGrp::Id)?,
    }
    .check()
}

/// Checks the reply to GREET.
pub fn check_greeting(reply: &GreetMessage) -> Result<()> {
    let attrs = reply.attrs().get_attr_handle();
    let message: &[u8] = attrs.get_attr_payload_as_with_len_borrowed(Attr::Message)?;
    let id: &[u8] = attrs.get_attr_payload_as_with_len_borrowed(Attr::Id)?;
    Greeting {
        id: uint(id)?,
        message: message.strip_suffix(b"\0").unwrap_or(message),
        portid: attrs.get_attr_payload_as(Attr::Portid)?,
        style: attrs.get_attr_payload_as(Attr::Style)?,
    }
    .check()
}
