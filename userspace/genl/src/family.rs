// SPDX-License-Identifier: MIT OR Apache-2.0

//! Families, as the kernel describes them.

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

/// An operation of a family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operation {
    /// The command's number.
    pub command: u8,
    /// What it can and who may call it, `GENL_*` of `include/uapi/linux/genetlink.h`.
    pub flags: u32,
}

impl Operation {
    /// Whether only who has `CAP_NET_ADMIN` in the initial user namespace may call it.
    pub fn is_for_admin(self) -> bool {
        self.flags & 0x01 != 0
    }

    /// Whether it has a do.
    pub fn has_do(self) -> bool {
        self.flags & 0x02 != 0
    }

    /// Whether it has a dump.
    pub fn has_dump(self) -> bool {
        self.flags & 0x04 != 0
    }

    /// Whether it has a policy.
    pub fn has_policy(self) -> bool {
        self.flags & 0x08 != 0
    }

    /// Whether only who has `CAP_NET_ADMIN` in the user namespace that owns the network namespace
    /// may call it.
    pub fn is_for_netns_admin(self) -> bool {
        self.flags & 0x10 != 0
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
