// SPDX-License-Identifier: GPL-2.0

//! The peers: names that were greeted.

use crate::greet_nl::{
    Style,
    NAME_MAX, //
};
use core::{
    cmp::Ordering,
    mem::replace,
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
    #[inline]
    pub(super) fn new(name: &[u8]) -> Option<Self> {
        let mut bytes = [0; NAME_MAX];
        bytes.get_mut(..name.len())?.copy_from_slice(name);
        Some(Self {
            bytes,
            len: u8::try_from(name.len()).ok()?,
        })
    }

    #[inline]
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl PartialEq for Name {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

/// A name that was greeted, and its counters.
pub(super) struct Peer {
    pub(super) name: Name,
    pub(super) greetings: u64,
    pub(super) last: Seen,
    /// The peer that was seen before this one, or [`NONE`].
    older: u64,
    /// The peer that was seen after this one, or [`NONE`].
    newer: u64,
}

/// The id of no peer.
const NONE: u64 = 0;

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
}

impl PeerReservation {
    /// Allocates the memory, and charges it to the memory cgroup of the current task, because
    /// unprivileged tasks can add peers. May sleep.
    #[inline]
    pub(super) fn new() -> Result<Self> {
        Ok(Self {
            by_name: RBTreeNodeReservation::new(GFP_KERNEL_ACCOUNT)?,
            by_id: RBTreeNodeReservation::new(GFP_KERNEL_ACCOUNT)?,
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
/// - Each of the `len` peers is in both trees once: in `by_id` by its id, and in `by_name` by its name.
/// - The peers are linked in the order in which they were seen, from `oldest` to `newest`. Both are
///   [`NONE`] if there is no peer.
/// - `last_id` is the highest id of any peer so far.
pub(super) struct Peers {
    by_name: RBTree<Name, u64>,
    /// In the order of the first greeting. A dump uses this order, because it does not change.
    by_id: RBTree<u64, Peer>,
    /// The peer that is evicted next.
    oldest: u64,
    newest: u64,
    len: u32,
    limit: u32,
    last_id: u64,
    generation: u32,
    evicted: u64,
}

impl Peers {
    #[inline]
    pub(super) fn new(limit: u32) -> Self {
        Self {
            by_name: RBTree::new(),
            by_id: RBTree::new(),
            oldest: NONE,
            newest: NONE,
            len: 0,
            limit,
            last_id: NONE,
            generation: 1,
            evicted: 0,
        }
    }

    #[inline]
    pub(super) fn len(&self) -> u32 {
        self.len
    }

    #[inline]
    pub(super) fn limit(&self) -> u32 {
        self.limit
    }

    /// Returns the number of evicted peers.
    #[inline]
    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Returns a number other than 0 that changes when a peer is added or removed.
    #[inline]
    pub(super) fn generation(&self) -> u32 {
        self.generation
    }

    #[inline]
    pub(super) fn get(&self, name: &Name) -> Option<&Peer> {
        self.by_id.get(self.by_name.get(name)?)
    }

    /// Counts a greeting, and adds the peer if it is unknown. A new peer takes the memory of a peer that
    /// it evicts, or else `spare`. Returns false, and changes nothing, if it needs `spare` and that is
    /// `None`.
    #[inline]
    pub(super) fn greeted(
        &mut self,
        name: &Name,
        seen: Seen,
        spare: &mut Option<PeerReservation>,
    ) -> bool {
        if let Some(&id) = self.by_name.get(name) {
            self.greeted_again(id, seen);
            return true;
        }
        // Evict two, so that the number falls to a lowered limit even while peers are added.
        let evicted = self.evict(2, self.limit.saturating_sub(1));
        let Some(memory) = evicted.or_else(|| spare.take()) else {
            return false;
        };
        self.add(name, seen, memory);
        true
    }

    #[inline]
    fn greeted_again(&mut self, id: u64, seen: Seen) {
        let newest = self.newest;
        let Some(peer) = self.by_id.get_mut(&id) else {
            return;
        };
        peer.greetings += 1;
        peer.last = seen;
        if newest != id {
            let older = replace(&mut peer.older, newest);
            let newer = replace(&mut peer.newer, NONE);
            self.link(older, newer);
            self.append(id);
        }
    }

    #[inline]
    fn add(&mut self, name: &Name, seen: Seen, memory: PeerReservation) {
        self.last_id += 1;
        let id = self.last_id;
        let peer = Peer {
            name: *name,
            greetings: 1,
            last: seen,
            older: self.newest,
            newer: NONE,
        };
        self.by_name.insert(memory.by_name.into_node(*name, id));
        self.by_id.insert(memory.by_id.into_node(id, peer));
        self.append(id);
        self.len += 1;
        self.changed();
    }

    /// Makes a peer the newest. Its `older` is the newest so far.
    #[inline]
    fn append(&mut self, id: u64) {
        match self.by_id.get_mut(&self.newest) {
            Some(peer) => peer.newer = id,
            None => self.oldest = id,
        }
        self.newest = id;
    }

    /// Links two neighbours. [`NONE`] is before the oldest and after the newest.
    #[inline(never)]
    fn link(&mut self, older: u64, newer: u64) {
        match self.by_id.get_mut(&older) {
            Some(peer) => peer.newer = newer,
            None => self.oldest = newer,
        }
        match self.by_id.get_mut(&newer) {
            Some(peer) => peer.older = older,
            None => self.newest = older,
        }
    }

    /// Removes a peer and returns its memory, or returns `None` if it is unknown.
    #[inline]
    pub(super) fn forget(&mut self, name: &Name) -> Option<PeerReservation> {
        let by_name = self.by_name.find_mut(name)?;
        let id = *by_name.get();
        let by_name = by_name.remove_node().into_reservation();
        let by_id = self.by_id.find_mut(&id)?;
        let Peer { older, newer, .. } = *by_id.get();
        let by_id = by_id.remove_node().into_reservation();
        self.link(older, newer);
        self.len -= 1;
        self.changed();
        Some(PeerReservation { by_name, by_id })
    }

    /// Sets the limit and returns the previous one. [`Self::trim`] evicts the excess peers.
    #[inline]
    pub(super) fn set_limit(&mut self, limit: u32) -> u32 {
        replace(&mut self.limit, limit)
    }

    /// Evicts some excess peers. Returns whether more are left.
    #[inline]
    pub(super) fn trim(&mut self) -> bool {
        const AT_ONCE: u32 = 32;
        self.evict(AT_ONCE, self.limit);
        self.len > self.limit
    }

    /// Evicts at most `at_once` peers, oldest first, until no more than `keep` are left. Returns the
    /// memory of one of them.
    #[inline]
    fn evict(&mut self, at_once: u32, keep: u32) -> Option<PeerReservation> {
        let mut memory = None;
        for _ in 0..at_once {
            if self.len <= keep {
                break;
            }
            let name = self.by_id.get(&self.oldest)?.name;
            memory = self.forget(&name);
            self.evicted += 1;
        }
        memory
    }

    /// Returns the id of the last peer that was added, or 0.
    #[inline]
    pub(super) fn last_id(&self) -> u64 {
        self.last_id
    }

    /// Calls `visit` for some peers whose id is in `ids`, in order. Returns whether more may be left.
    ///
    /// Ids are unique, so several calls with consecutive ranges visit each remaining peer once.
    #[inline]
    pub(super) fn visit(
        &mut self,
        ids: RangeInclusive<u64>,
        mut visit: impl FnMut(u64, &Peer) -> Result,
    ) -> Result<bool> {
        const AT_ONCE: usize = 16;
        let mut cursor = self.by_id.cursor_lower_bound_mut(ids.start());
        for _ in 0..AT_ONCE {
            let Some(at) = cursor else {
                return Ok(false);
            };
            let (&id, peer) = at.current();
            if id > *ids.end() {
                return Ok(false);
            }
            visit(id, peer)?;
            cursor = at.move_next();
        }
        Ok(true)
    }

    #[inline]
    fn changed(&mut self) {
        self.generation = self.generation.checked_add(1).unwrap_or(1);
    }
}
