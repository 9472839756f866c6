// SPDX-License-Identifier: GPL-2.0

//! Who was greeted.

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
    /// Returns `None` if `name` is too long.
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

/// What is known of somebody who was greeted.
#[derive(Clone, Copy)]
pub(super) struct Peer {
    pub(super) name: Name,
    pub(super) greetings: u64,
    pub(super) last: Seen,
    /// Its key in [`Peers::by_seen`].
    turn: u64,
}

/// When and how a peer was greeted last.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub(super) portid: u32,
    pub(super) style: Style,
    /// In nanoseconds of `CLOCK_BOOTTIME`.
    pub(super) time: u64,
}

/// Memory for one more peer, allocated where that may sleep.
pub(super) struct PeerReservation {
    by_name: RBTreeNodeReservation<Name, u64>,
    by_id: RBTreeNodeReservation<u64, Peer>,
    by_seen: RBTreeNodeReservation<u64, u64>,
}

impl PeerReservation {
    /// May sleep. Charged to the memory control group of the current task, since anyone may greet.
    pub(super) fn new() -> Result<Self> {
        Ok(Self {
            by_name: RBTreeNodeReservation::new(GFP_KERNEL_ACCOUNT)?,
            by_id: RBTreeNodeReservation::new(GFP_KERNEL_ACCOUNT)?,
            by_seen: RBTreeNodeReservation::new(GFP_KERNEL_ACCOUNT)?,
        })
    }
}

/// The peers of a network namespace: as many as the limit allows, and those seen last.
///
/// Every method takes at most a logarithm of their number of steps, save where it says otherwise,
/// and none allocates.
///
/// # Invariants
///
/// - Each of the `len` peers is in each of the three trees once: in `by_id` by its id, in `by_name` by
///   its name, and in `by_seen` by its turn.
/// - `last_id` and `last_turn` are the highest ids and turns that were ever given.
pub(super) struct Peers {
    by_name: RBTree<Name, u64>,
    /// In the order in which they were first greeted, which stays the same and so is that of a dump.
    by_id: RBTree<u64, Peer>,
    /// In the order in which they were last greeted, which is that of eviction.
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

    /// How many were forgotten to make room for others.
    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }

    /// A number that is not 0 and changes when a peer is added or forgotten.
    pub(super) fn generation(&self) -> u32 {
        self.generation
    }

    pub(super) fn get(&self, name: &Name) -> Option<&Peer> {
        self.by_id.get(self.by_name.get(name)?)
    }

    /// Notes a greeting of a peer that is known; returns whether it is.
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

    /// Notes a greeting of a peer, known or not; returns the room if it was not needed.
    pub(super) fn greeted(
        &mut self,
        name: &Name,
        seen: Seen,
        room: PeerReservation,
    ) -> Option<PeerReservation> {
        if self.greeted_again(name, seen) {
            return Some(room);
        }
        self.add(name, seen, room);
        None
    }

    /// Adds a peer that is not known, and evicts another if there are too many.
    fn add(&mut self, name: &Name, seen: Seen, room: PeerReservation) {
        // Two, so that a limit that was lowered is reached even while peers are added.
        self.evict(2, self.limit.saturating_sub(1));
        self.last_id += 1;
        self.last_turn += 1;
        self.by_name
            .insert(room.by_name.into_node(*name, self.last_id));
        self.by_seen
            .insert(room.by_seen.into_node(self.last_turn, self.last_id));
        let peer = Peer {
            name: *name,
            greetings: 1,
            last: seen,
            turn: self.last_turn,
        };
        self.by_id.insert(room.by_id.into_node(self.last_id, peer));
        self.len += 1;
        self.changed();
    }

    /// Forgets a peer; returns whether it was known.
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

    /// Sets the limit, and returns the one before. [`Self::trim`] forgets those who are too many.
    pub(super) fn set_limit(&mut self, limit: u32) -> u32 {
        core::mem::replace(&mut self.limit, limit)
    }

    /// Evicts some of those who are too many; returns whether there are still others.
    pub(super) fn trim(&mut self) -> bool {
        const AT_ONCE: u32 = 32;
        self.evict(AT_ONCE, self.limit);
        self.len > self.limit
    }

    /// Evicts at most `at_once` peers, those seen longest ago first, until no more than `keep` are
    /// left.
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

    /// The id of the last peer that was added; 0 before the first.
    pub(super) fn last_id(&self) -> u64 {
        self.last_id
    }

    /// Copies peers whose id is in `ids`, and those ids, in their order, for as many as `to` has room
    /// for.
    ///
    /// Ids are never used twice, so a peer that is there throughout a walk in parts is met once.
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
