// SPDX-License-Identifier: GPL-2.0

//! The peers: names that were greeted.

use crate::greet_nl::{
    Style,
    NAME_MAX, //
};
use core::{
    cmp::Ordering,
    ops::RangeInclusive, //
};
use kernel::{
    prelude::*,
    rbtree::{
        RBTree,
        RBTreeNodeReservation, //
    }, //
};

/// A name, of at most [`NAME_MAX`] bytes. Names are ordered and compared byte for byte.
#[derive(Clone, Copy)]
pub(super) struct Name {
    bytes: [u8; NAME_MAX],
    len: u8,
}

impl Name {
    /// Creates a name, or returns `None` if it is too long.
    pub(super) fn new(name: &[u8]) -> Option<Self> {
        let mut bytes = [0; NAME_MAX];
        bytes.get_mut(..name.len())?.copy_from_slice(name);
        Some(Self {
            bytes,
            len: u8::try_from(name.len()).ok()?,
        })
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

/// A name that was greeted, and its counters.
#[derive(Clone, Copy)]
pub(super) struct Peer {
    pub(super) name: Name,
    pub(super) greetings: u64,
    pub(super) last: Seen,
    /// Its key in [`Peers::by_seen`].
    turn: u64,
}

/// The last greeting of a peer.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub(super) portid: u32,
    pub(super) style: Style,
    /// In nanoseconds of `CLOCK_BOOTTIME`.
    pub(super) time: u64,
}

/// Memory for a new peer, allocated before the lock is taken.
pub(super) struct PeerReservation {
    by_name: RBTreeNodeReservation<Name, u64>,
    by_id: RBTreeNodeReservation<u64, Peer>,
    by_seen: RBTreeNodeReservation<u64, u64>,
}

impl PeerReservation {
    /// Allocates the memory, and charges it to the memory cgroup of the current task, because
    /// unprivileged tasks can add peers. May sleep.
    pub(super) fn new() -> Result<Self> {
        Ok(Self {
            by_name: RBTreeNodeReservation::new(GFP_KERNEL_ACCOUNT)?,
            by_id: RBTreeNodeReservation::new(GFP_KERNEL_ACCOUNT)?,
            by_seen: RBTreeNodeReservation::new(GFP_KERNEL_ACCOUNT)?,
        })
    }
}

/// The peers of a network namespace. When their number reaches the limit, a new peer evicts the one
/// that was seen longest ago.
///
/// Every method takes at most logarithmic time, except where noted, and none allocates.
///
/// # Invariants
///
/// - Each of the `len` peers is in each of the three trees once: in `by_id` by its id, in `by_name` by
///   its name, and in `by_seen` by its turn.
/// - `last_id` and `last_turn` are the highest id and turn of any peer so far.
pub(super) struct Peers {
    by_name: RBTree<Name, u64>,
    /// In the order of the first greeting. A dump uses this order, because it does not change.
    by_id: RBTree<u64, Peer>,
    /// In the order of the last greeting, which is the order of eviction.
    by_seen: RBTree<u64, u64>,
    len: u32,
    limit: u32,
    last_id: u64,
    last_turn: u64,
    generation: u32,
    evicted: u64,
}

impl Peers {
    pub(super) fn new(limit: u32) -> Self {
        Self {
            by_name: RBTree::new(),
            by_id: RBTree::new(),
            by_seen: RBTree::new(),
            len: 0,
            limit,
            last_id: 0,
            last_turn: 0,
            generation: 1,
            evicted: 0,
        }
    }

    pub(super) fn len(&self) -> u32 {
        self.len
    }

    pub(super) fn limit(&self) -> u32 {
        self.limit
    }

    /// Returns the number of evicted peers.
    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Returns a number other than 0 that changes when a peer is added or removed.
    pub(super) fn generation(&self) -> u32 {
        self.generation
    }

    pub(super) fn get(&self, name: &Name) -> Option<&Peer> {
        self.by_id.get(self.by_name.get(name)?)
    }

    /// Updates a peer that was greeted. Returns false if it is unknown.
    pub(super) fn greeted_again(&mut self, name: &Name, seen: Seen) -> bool {
        let Some(&id) = self.by_name.get(name) else {
            return false;
        };
        let Some(peer) = self.by_id.get_mut(&id) else {
            return false;
        };
        peer.greetings += 1;
        peer.last = seen;
        self.last_turn += 1;
        if let Some(node) = self.by_seen.remove_node(&peer.turn) {
            peer.turn = self.last_turn;
            let node = node.into_reservation().into_node(self.last_turn, id);
            self.by_seen.insert(node);
        }
        true
    }

    /// Updates a peer that was greeted, or adds it. Returns the reservation if it was not needed.
    pub(super) fn greeted(
        &mut self,
        name: &Name,
        seen: Seen,
        reservation: PeerReservation,
    ) -> Option<PeerReservation> {
        if self.greeted_again(name, seen) {
            return Some(reservation);
        }
        self.add(name, seen, reservation);
        None
    }

    /// Adds an unknown peer, and evicts others if the limit is reached.
    fn add(&mut self, name: &Name, seen: Seen, reservation: PeerReservation) {
        // Evict two, so that the number falls to a lowered limit even while peers are added.
        self.evict(2, self.limit.saturating_sub(1));
        self.last_id += 1;
        self.last_turn += 1;
        self.by_name
            .insert(reservation.by_name.into_node(*name, self.last_id));
        self.by_seen
            .insert(reservation.by_seen.into_node(self.last_turn, self.last_id));
        let peer = Peer {
            name: *name,
            greetings: 1,
            last: seen,
            turn: self.last_turn,
        };
        self.by_id
            .insert(reservation.by_id.into_node(self.last_id, peer));
        self.len += 1;
        self.changed();
    }

    /// Removes a peer. Returns false if it is unknown.
    pub(super) fn forget(&mut self, name: &Name) -> bool {
        let Some(id) = self.by_name.remove(name) else {
            return false;
        };
        if let Some(peer) = self.by_id.remove(&id) {
            self.by_seen.remove(&peer.turn);
        }
        self.len -= 1;
        self.changed();
        true
    }

    /// Sets the limit and returns the previous one. [`Self::trim`] evicts the excess peers.
    pub(super) fn set_limit(&mut self, limit: u32) -> u32 {
        core::mem::replace(&mut self.limit, limit)
    }

    /// Evicts some excess peers. Returns whether more are left.
    pub(super) fn trim(&mut self) -> bool {
        const AT_ONCE: u32 = 32;
        self.evict(AT_ONCE, self.limit);
        self.len > self.limit
    }

    /// Evicts at most `at_once` peers, oldest first, until no more than `keep` are left.
    fn evict(&mut self, at_once: u32, keep: u32) {
        for _ in 0..at_once {
            if self.len <= keep {
                return;
            }
            let Some(oldest) = self.by_seen.cursor_front() else {
                return;
            };
            let (_, &id) = oldest.current();
            let Some(name) = self.by_id.get(&id).map(|peer| peer.name) else {
                return;
            };
            self.forget(&name);
            self.evicted += 1;
        }
    }

    /// Returns the id of the last peer that was added, or 0.
    pub(super) fn last_id(&self) -> u64 {
        self.last_id
    }

    /// Copies peers whose id is in `ids`, with the id, in order, up to the capacity of `to`.
    ///
    /// Ids are unique, so several calls with consecutive ranges copy each remaining peer once.
    pub(super) fn copy(&mut self, ids: RangeInclusive<u64>, to: &mut KVec<(u64, Peer)>) {
        let mut cursor = self.by_id.cursor_lower_bound_mut(ids.start());
        while let Some(at) = cursor {
            let (&id, peer) = at.current();
            if id > *ids.end() || to.push_within_capacity((id, *peer)).is_err() {
                return;
            }
            cursor = at.move_next();
        }
    }

    fn changed(&mut self) {
        self.generation = self.generation.checked_add(1).unwrap_or(1);
    }
}
