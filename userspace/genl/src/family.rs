// SPDX-License-Identifier: MIT OR Apache-2.0

//! Families, as the kernel describes them.

use crate::attr::{DecodeError, Text};
use crate::error::{Errno, Error};
use crate::nlctrl::{GetfamilyReply, McastGroupAttrs, OpAttrs, OpFlags, ctrl_attrs};

/// A family that the kernel has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Family {
    /// Its id, the type of its messages, which may be another each time that it is registered.
    pub id: u16,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// Bytes of the header of its own that stands before the attributes.
    pub header_len: u32,
    /// The greatest attribute number of the family's own policy; 0 if each operation has its own.
    pub max_attr: u32,
    /// Its operations.
    pub operations: Vec<Operation>,
    /// Its multicast groups.
    pub groups: Vec<Group>,
}

impl Family {
    /// What nlctrl says of a family.
    pub(crate) fn new(reply: &GetfamilyReply<'_>) -> Result<Self, DecodeError> {
        let id = reply.family_id.filter(|&id| id != 0);
        let operations = reply.ops.unwrap_or_default();
        let groups = reply.mcast_groups.unwrap_or_default();
        Ok(Self {
            id: id.ok_or(DecodeError::Missing {
                attribute: ctrl_attrs::FAMILY_ID,
            })?,
            name: owned(reply.family_name),
            version: reply.version.unwrap_or_default(),
            header_len: reply.hdrsize.unwrap_or_default(),
            max_attr: reply.maxattr.unwrap_or_default(),
            operations: operations.iter().map(Operation::new).collect(),
            groups: groups.iter().map(Group::new).collect(),
        })
    }
}

fn owned(text: Option<Text<'_>>) -> String {
    text.unwrap_or_default().to_string_lossy().into()
}

/// Says that the family is not there, if that is what the error means.
pub(crate) fn no_family(error: Error, name: &str) -> Error {
    match error.ext_ack() {
        Some(ext_ack) if ext_ack.errno == Errno::from_raw(libc::ENOENT) => {
            Error::NoFamily(name.to_owned())
        }
        _ => error,
    }
}

/// An operation of a family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operation {
    /// The command's number.
    pub command: u8,
    /// What it can do, and who may call it.
    pub flags: OpFlags,
}

impl Operation {
    fn new(attrs: OpAttrs<'_>) -> Self {
        Self {
            // It has eight bits, in a field that has more.
            command: attrs.id.unwrap_or_default() as u8,
            flags: attrs.flags.unwrap_or_default(),
        }
    }

    /// Whether only who has `CAP_NET_ADMIN` in the initial user namespace may call it.
    pub fn is_for_admin(self) -> bool {
        self.flags.contains(OpFlags::ADMIN_PERM)
    }

    /// Whether it has a do.
    pub fn has_do(self) -> bool {
        self.flags.contains(OpFlags::CMD_CAP_DO)
    }

    /// Whether it has a dump.
    pub fn has_dump(self) -> bool {
        self.flags.contains(OpFlags::CMD_CAP_DUMP)
    }

    /// Whether it has a policy.
    pub fn has_policy(self) -> bool {
        self.flags.contains(OpFlags::CMD_CAP_HASPOL)
    }

    /// Whether only who has `CAP_NET_ADMIN` in the user namespace that owns the network namespace
    /// may call it.
    pub fn is_for_netns_admin(self) -> bool {
        self.flags.contains(OpFlags::UNS_ADMIN_PERM)
    }
}

/// A multicast group of a family.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its number, which a socket joins.
    pub id: u32,
}

impl Group {
    fn new(attrs: McastGroupAttrs<'_>) -> Self {
        Self {
            name: owned(attrs.name),
            id: attrs.id.unwrap_or_default(),
        }
    }
}

/// The ids of the families that have been resolved.
#[derive(Debug, Default)]
pub(crate) struct Families {
    // A program asks one or two families, for which a search is as fast as anything.
    known: Vec<(&'static str, u16)>,
}

impl Families {
    pub(crate) fn get(&self, name: &str) -> Option<u16> {
        let known = self.known.iter().find(|(known, _)| *known == name);
        known.map(|&(_, id)| id)
    }

    pub(crate) fn remember(&mut self, name: &'static str, id: u16) {
        self.known.push((name, id));
    }

    pub(crate) fn forget(&mut self, name: &str) {
        self.known.retain(|(known, _)| *known != name);
    }
}
