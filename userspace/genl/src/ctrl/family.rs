// SPDX-License-Identifier: MIT OR Apache-2.0

//! Families, as the kernel describes them.

use crate::conn::connection::Connection;
use crate::conn::families::family_id;
use crate::error::{Error, Result};
use crate::nlctrl::{
    self, GetfamilyDumpRequest, GetfamilyReply, McastGroupAttrs, OpAttrs, OpFlags,
};
use crate::socket::transport::Transport;
use crate::wire::attr::{DecodeError, Text};

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
        let operations = reply.ops.unwrap_or_default();
        let groups = reply.mcast_groups.unwrap_or_default();
        Ok(Self {
            id: family_id(reply)?,
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

impl<T: Transport> Connection<T> {
    /// What the kernel knows of a family: id, operations, multicast groups.
    pub fn family(&mut self, name: &str) -> Result<Family> {
        let reply = self.get_family(name)?;
        Family::new(&reply).map_err(Error::decode(nlctrl::GETFAMILY.name))
    }

    /// What the kernel knows of all families.
    pub fn families(&mut self) -> Result<Vec<Family>> {
        let dump = self.dump(&GetfamilyDumpRequest)?;
        let decode = |reply: &GetfamilyReply<'_>| {
            Family::new(reply).map_err(Error::decode(nlctrl::GETFAMILY.name))
        };
        dump.iter().map(|reply| decode(&reply?)).collect()
    }
}
