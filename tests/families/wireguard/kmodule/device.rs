// SPDX-License-Identifier: GPL-2.0

//! Devices and their peers.
//!
//! C sources: [`device.c`](srctree/drivers/net/wireguard/device.c),
//! [`peer.c`](srctree/drivers/net/wireguard/peer.c),
//! [`peerlookup.c`](srctree/drivers/net/wireguard/peerlookup.c) and
//! [`noise.c`](srctree/drivers/net/wireguard/noise.c) in `drivers/net/wireguard`

use super::{
    allowedips::AllowedIps,
    curve25519, //
};
use kernel::{
    prelude::*,
    rbtree::RBTree, //
};

/// Maximum number of peers (`MAX_PEERS_PER_DEVICE`).
const MAX_PEERS: usize = 1 << 20;

pub(super) type Key = [u8; 32];

/// The number of a peer in its device, in the order of creation. 0 is before all.
pub(super) type PeerId = u64;

/// A device that was configured.
pub(super) struct Device {
    pub(super) ifindex: i32,
    /// Changes with the configuration.
    pub(super) generation: u32,
    pub(super) listen_port: u16,
    pub(super) fwmark: u32,
    /// The last private key, even if it has no public key.
    private_key: Key,
    public_key: Option<Key>,
    peers: RBTree<PeerId, Peer>,
    by_key: RBTree<Key, PeerId>,
    peer_count: usize,
    last_peer: PeerId,
    pub(super) allowed_ips: AllowedIps,
}

/// A peer.
pub(super) struct Peer {
    pub(super) public_key: Key,
    pub(super) preshared_key: Key,
    pub(super) endpoint: Option<Endpoint>,
    pub(super) keepalive: u16,
}

impl Device {
    pub(super) fn new(ifindex: i32) -> Self {
        Self {
            ifindex,
            generation: 1,
            listen_port: 0,
            fwmark: 0,
            private_key: [0; 32],
            public_key: None,
            peers: RBTree::new(),
            by_key: RBTree::new(),
            peer_count: 0,
            last_peer: 0,
            allowed_ips: AllowedIps::new(),
        }
    }

    /// Returns the private and the public key.
    pub(super) fn keys(&self) -> Option<(&Key, &Key)> {
        Some((&self.private_key, self.public_key.as_ref()?))
    }

    /// Sets the private key, and removes the peer that has its public key. A key of zeros removes the
    /// keys.
    pub(super) fn set_private_key(&mut self, key: &Key) {
        if self.private_key == *key {
            return;
        }
        self.private_key = curve25519::clamped(key);
        self.public_key = curve25519::public_key(key);
        let peer = self.public_key.and_then(|key| self.peer_with(&key));
        if let Some(peer) = peer {
            self.remove_peer(peer);
        }
    }

    pub(super) fn peer_with(&self, key: &Key) -> Option<PeerId> {
        self.by_key.get(key).copied()
    }

    pub(super) fn peer_mut(&mut self, id: PeerId) -> Option<&mut Peer> {
        self.peers.get_mut(&id)
    }

    pub(super) fn has_peer(&self, id: PeerId) -> bool {
        self.peers.get(&id).is_some()
    }

    /// Returns the first peer after another.
    pub(super) fn peer_after(&self, id: PeerId) -> Option<(PeerId, &Peer)> {
        let id = id.checked_add(1)?;
        // The cursor's borrow ends with it, the tree's does not.
        let (&found, _) = self.peers.cursor_lower_bound(&id)?.current();
        Some((found, self.peers.get(&found)?))
    }

    pub(super) fn add_peer(&mut self, public_key: Key) -> Result<PeerId> {
        if self.peer_count == MAX_PEERS {
            return Err(ENOMEM);
        }
        let id = self.last_peer + 1;
        let peer = Peer {
            public_key,
            preshared_key: [0; 32],
            endpoint: None,
            keepalive: 0,
        };
        self.peers
            .try_create_and_insert(id, peer, GFP_KERNEL_ACCOUNT)?;
        let indexed = self
            .by_key
            .try_create_and_insert(public_key, id, GFP_KERNEL_ACCOUNT);
        if let Err(error) = indexed {
            self.peers.remove(&id);
            return Err(error);
        }
        self.last_peer = id;
        self.peer_count += 1;
        Ok(id)
    }

    pub(super) fn remove_peer(&mut self, id: PeerId) {
        if let Some(peer) = self.peers.remove(&id) {
            self.allowed_ips.remove_all_of(id);
            self.by_key.remove(&peer.public_key);
            self.peer_count -= 1;
        }
    }

    pub(super) fn remove_all_peers(&mut self) {
        while let Some((id, _)) = self.peer_after(0) {
            self.remove_peer(id);
        }
    }
}

/// The address of a peer: a `struct sockaddr_in` or a `struct sockaddr_in6`.
#[derive(Clone, Copy)]
pub(super) enum Endpoint {
    V4([u8; 16]),
    V6([u8; 28]),
}

impl Endpoint {
    /// Reads an endpoint, if it has the family and the length of one.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        const AF_INET: u16 = kernel::bindings::AF_INET as u16;
        const AF_INET6: u16 = kernel::bindings::AF_INET6 as u16;

        match u16::from_ne_bytes(*bytes.first_chunk()?) {
            AF_INET => bytes.try_into().ok().map(Self::V4),
            AF_INET6 => bytes.try_into().ok().map(Self::V6),
            _ => None,
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::V4(bytes) => bytes,
            Self::V6(bytes) => bytes,
        }
    }

    /// Returns whether both are the same (`endpoint_eq()`): port and address, and in IPv6 the scope.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::V4(one), Self::V4(other)) => one[2..8] == other[2..8],
            (Self::V6(one), Self::V6(other)) => one[2..4] == other[2..4] && one[8..] == other[8..],
            _ => false,
        }
    }
}
