// SPDX-License-Identifier: MIT OR Apache-2.0

//! The family's operations, as methods.

use crate::protocol::{
    FAMILY, GreetRequest, PeerDelRequest, PeerGetDumpRequest, PeerGetRequest, SettingsGetRequest,
    SettingsSetRequest, StatsGetRequest, groups,
};
use crate::views::{Greeting, Peer, Settings, Stats, View};
use genl::{Batch, Connection, Dump, Family, Policies, Result, Socket, Subscription, Transport};
use std::time::Duration;

/// A client of the family.
///
/// The first request resolves the family, and so does the first request after its module was
/// reloaded.
///
/// # Errors
///
/// All methods that send a request fail as [`Connection::request`] does: with
/// [`genl::Error::NoFamily`] if the module is not loaded, and with [`genl::Error::Timeout`] if the
/// kernel does not answer in time. The sections of the methods list the errors of the family.
#[derive(Debug)]
pub struct Client<T = Socket> {
    connection: Connection<T>,
}

impl Client {
    /// Opens a connection to the kernel. The family need not exist yet.
    ///
    /// # Errors
    ///
    /// Fails if no socket can be opened.
    pub fn open() -> Result<Self> {
        Ok(Self {
            connection: Connection::open()?,
        })
    }

    /// Subscribes to greetings and to changes of the settings in this network namespace.
    ///
    /// [`genl::Event::decode`] reads an event as a [`protocol::Event`](crate::protocol::Event).
    ///
    /// # Errors
    ///
    /// Fails with [`genl::Error::NoFamily`] if the module is not loaded.
    pub fn subscribe() -> Result<Subscription> {
        Subscription::open(&FAMILY, &[groups::GREETINGS, groups::CONFIG])
    }
}

impl<T: Transport> Client<T> {
    /// Creates a client over `transport`, usually in tests: with the feature `testing` of `genl`,
    /// `genl::testing::FakeKernel` plays the kernel.
    pub fn with_transport(transport: T) -> Self {
        Self {
            connection: Connection::with_transport(transport),
        }
    }

    /// Sets the timeout of each wait for an answer, [`genl::DEFAULT_TIMEOUT`] at first; see
    /// [`Connection::set_timeout`].
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.connection.set_timeout(timeout);
    }

    /// Returns the netlink port of this client, which the text of greetings names.
    pub fn port(&self) -> u32 {
        self.connection.port()
    }

    /// Greets a peer, and returns the kernel's greeting.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the name is missing, empty, longer than 64 bytes, not UTF-8 or contains a control
    /// character; `ERANGE` if the cookie exceeds 32 bytes or the style is unknown.
    /// [`genl::Error::NoReply`] means that the greeting was counted but its reply was lost.
    pub fn greet(&mut self, request: &GreetRequest<'_>) -> Result<Greeting<'_>> {
        Greeting::view(self.connection.request(request)?)
    }

    /// Greets a peer without requesting an ACK, so that the kernel counts the greeting without a
    /// reply. Does not wait.
    ///
    /// # Errors
    ///
    /// Fails as [`Client::greet`] does, except that no reply can be lost.
    pub fn greet_unacknowledged(&mut self, request: &GreetRequest<'_>) -> Result<()> {
        self.connection.request_unacknowledged(request)
    }

    /// Greets many peers with few system calls, and returns the kernel's greetings in the same order.
    ///
    /// ```no_run
    /// use greet::{Client, GreetRequest};
    ///
    /// let mut client = Client::open()?;
    /// let requests = ["Ann", "Ben"].map(|name| GreetRequest::new().name(name));
    /// for greeting in client.greet_all(&requests)? {
    ///     println!("{}", greeting?.message);
    /// }
    /// # Ok::<(), greet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Each greeting succeeds or fails separately, as by [`Client::greet`]. Nothing is sent if the
    /// family cannot be resolved or a request cannot be encoded.
    pub fn greet_all<'c, 'r>(
        &'c mut self,
        requests: &[GreetRequest<'r>],
    ) -> Result<impl Iterator<Item = Result<Greeting<'c>>> + use<'c, 'r, T>> {
        let replies = self.connection.request_all(requests)?;
        Ok(replies.map(|reply| Greeting::view(reply?)))
    }

    /// Returns the counters of a peer.
    ///
    /// # Errors
    ///
    /// `ENOENT` if the peer is unknown.
    pub fn peer(&mut self, name: &str) -> Result<Peer<'_>> {
        Peer::view(self.connection.request(&PeerGetRequest::new().name(name))?)
    }

    /// Returns all peers, in the order of their first greeting.
    ///
    /// # Errors
    ///
    /// Fails as [`Connection::dump`] does.
    pub fn peers(&mut self) -> Result<Peers> {
        let dump = self.connection.dump(&PeerGetDumpRequest)?;
        Ok(Peers { dump })
    }

    /// Passes each peer to `each`, in the order of their first greeting. Stores none of them, so it
    /// takes constant memory.
    ///
    /// # Errors
    ///
    /// The first error of `each`. [`Error::Interrupted`](genl::Error::Interrupted) at the end if peers
    /// were added or forgotten during the dump, so that some may be missing.
    pub fn peers_each<E: From<genl::Error>>(
        &mut self,
        mut each: impl FnMut(Peer<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.connection
            .dump_each(&PeerGetDumpRequest, |reply| each(Peer::view(reply)?))
    }

    /// Forgets a peer.
    ///
    /// # Errors
    ///
    /// `ENOENT` if the peer is unknown, `EPERM` without `CAP_NET_ADMIN` over the network namespace.
    pub fn forget(&mut self, name: &str) -> Result<()> {
        self.connection.request(&PeerDelRequest::new().name(name))
    }

    /// Returns the counters of this network namespace.
    ///
    /// # Errors
    ///
    /// Fails as [`Connection::request`] does.
    pub fn stats(&mut self) -> Result<Stats> {
        Stats::view(self.connection.request(&StatsGetRequest)?)
    }

    /// Returns the settings of this network namespace.
    ///
    /// # Errors
    ///
    /// Fails as [`Connection::request`] does.
    pub fn settings(&mut self) -> Result<Settings> {
        Settings::view(self.connection.request(&SettingsGetRequest)?)
    }

    /// Changes the settings that `request` names.
    ///
    /// # Errors
    ///
    /// `ERANGE` for a limit outside of 1 to 65536, `EPERM` without `CAP_NET_ADMIN` over the network
    /// namespace.
    pub fn change_settings(&mut self, request: &SettingsSetRequest) -> Result<()> {
        self.connection.request(request)
    }

    /// Begins a batch: requests of any operation in [`protocol`](crate::protocol), sent together.
    ///
    /// ```no_run
    /// use greet::protocol::{PeerDelRequest, SettingsSetRequest};
    ///
    /// let mut client = greet::Client::open()?;
    /// let mut batch = client.batch();
    /// batch.add(&PeerDelRequest::new().name("World"))?;
    /// batch.add(&SettingsSetRequest::new().peer_limit(64))?;
    /// let answers = batch.send();
    /// answers.of::<SettingsSetRequest>().collect::<greet::Result<()>>()?;
    /// # Ok::<(), greet::Error>(())
    /// ```
    pub fn batch(&mut self) -> Batch<'_, T> {
        self.connection.batch()
    }

    /// Returns the family's id, operations and multicast groups.
    ///
    /// # Errors
    ///
    /// Fails as [`Connection::family`] does.
    pub fn family(&mut self) -> Result<Family> {
        self.connection.family(FAMILY.name)
    }

    /// Returns the policies of the family's operations.
    ///
    /// # Errors
    ///
    /// Fails as [`Connection::policies`] does.
    pub fn policies(&mut self, family: &Family) -> Result<Policies> {
        self.connection.policies(family)
    }
}

/// All peers, from [`Client::peers`].
#[derive(Debug)]
pub struct Peers {
    dump: Dump<PeerGetDumpRequest>,
}

impl Peers {
    /// Returns the number of peers.
    pub fn len(&self) -> usize {
        self.dump.len()
    }

    /// Returns whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.dump.is_empty()
    }

    /// Returns the peers in the order of their first greeting. A peer that cannot be decoded is an
    /// error in its place.
    pub fn iter(&self) -> impl Iterator<Item = Result<Peer<'_>>> {
        self.dump.iter().map(|item| Peer::view(item?))
    }
}
