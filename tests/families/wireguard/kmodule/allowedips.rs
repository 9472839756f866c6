// SPDX-License-Identifier: GPL-2.0

//! The allowed IPs of a device: each prefix belongs to one peer.
//!
//! C source: [`drivers/net/wireguard/allowedips.c`](srctree/drivers/net/wireguard/allowedips.c), which
//! has a trie to route packets. This list only finds a prefix and lists the prefixes of a peer.

use super::device::PeerId;
use core::net::IpAddr;
use kernel::{
    prelude::*,
    rbtree::{
        RBTree,
        RBTreeNode, //
    },
};

/// A prefix. The bits after it are 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Prefix {
    pub(super) address: IpAddr,
    pub(super) cidr: u8,
}

impl Prefix {
    /// Creates a prefix, unless it is longer than the address.
    pub(super) fn new(address: IpAddr, cidr: u8) -> Option<Self> {
        let address = match address {
            IpAddr::V4(address) => {
                let bits = u32::BITS.checked_sub(cidr.into())?;
                let mask = u32::MAX.checked_shl(bits).unwrap_or_default();
                IpAddr::V4((u32::from(address) & mask).into())
            }
            IpAddr::V6(address) => {
                let bits = u128::BITS.checked_sub(cidr.into())?;
                let mask = u128::MAX.checked_shl(bits).unwrap_or_default();
                IpAddr::V6((u128::from(address) & mask).into())
            }
        };
        Some(Self { address, cidr })
    }
}

/// The place of a prefix in its peer's list, in the order of insertion. 0 is before all.
pub(super) type Place = u64;

/// The owner of a prefix, and the prefix's place in the owner's list.
type Entry = (PeerId, Place);

pub(super) struct AllowedIps {
    owners: RBTree<Prefix, Entry>,
    lists: RBTree<Entry, Prefix>,
    last_place: Place,
    /// Changes with the table.
    seq: u64,
}

impl AllowedIps {
    pub(super) fn new() -> Self {
        Self {
            owners: RBTree::new(),
            lists: RBTree::new(),
            last_place: 0,
            seq: 1,
        }
    }

    /// Returns a number that changes with the table.
    pub(super) fn seq(&self) -> u64 {
        self.seq
    }

    /// Puts a prefix at the end of a peer's list. Another peer that has it loses it.
    pub(super) fn insert(&mut self, prefix: Prefix, peer: PeerId) -> Result {
        self.seq += 1;
        let entry = (peer, self.last_place + 1);
        // Allocate first, so that an allocation failure changes nothing.
        let in_list = RBTreeNode::new(entry, prefix, GFP_KERNEL_ACCOUNT)?;
        match self.owners.get_mut(&prefix) {
            Some(present) => {
                self.lists.remove(present);
                *present = entry;
            }
            None => {
                self.owners
                    .try_create_and_insert(prefix, entry, GFP_KERNEL_ACCOUNT)?;
            }
        }
        self.last_place += 1;
        self.lists.insert(in_list);
        Ok(())
    }

    /// Removes a prefix, if it belongs to the peer.
    pub(super) fn remove(&mut self, prefix: Prefix, peer: PeerId) {
        self.seq += 1;
        if let Some(&entry) = self.owners.get(&prefix).filter(|entry| entry.0 == peer) {
            self.owners.remove(&prefix);
            self.lists.remove(&entry);
        }
    }

    /// Removes all prefixes of a peer.
    pub(super) fn remove_all_of(&mut self, peer: PeerId) {
        let mut is_first = true;
        while let Some((place, prefix)) = self.next(peer, 0) {
            self.seq += u64::from(is_first);
            is_first = false;
            self.owners.remove(&prefix);
            self.lists.remove(&(peer, place));
        }
    }

    /// Returns the first prefix in a peer's list from a place on.
    pub(super) fn next(&self, peer: PeerId, from: Place) -> Option<(Place, Prefix)> {
        let cursor = self.lists.cursor_lower_bound(&(peer, from))?;
        let (&(owner, place), &prefix) = cursor.current();
        (owner == peer).then_some((place, prefix))
    }
}
