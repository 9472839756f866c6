// SPDX-License-Identifier: MIT OR Apache-2.0

//! The family's operations, as methods.

use crate::protocol::{
    FAMILY, GreetRequest, PeerDelRequest, PeerGetDumpRequest, PeerGetRequest, SettingsGetRequest,
    SettingsSetRequest, StatsGetRequest, groups,
};
use crate::views::{Greeting, Peer, Settings, Stats, View};
use genl::{Batch, Connection, Dump, Family, Policies, Result, Subscription};
use std::time::Duration;

/// A client of the family.
///
/// The family is resolved with the first request, and anew when its module was loaded again.
#[derive(Debug)]
pub struct Client {
    connection: Connection,
}

impl Client {
    /// Opens a connection to the kernel. Does not need the family yet.
    pub fn open() -> Result<Self> {
        Ok(Self {
            connection: Connection::open()?,
        })
    }

    /// Sets how long the kernel's answer is waited for once a request was sent,
    /// [`genl::DEFAULT_TIMEOUT`] at first; see [`Connection::set_timeout`].
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.connection.set_timeout(timeout);
    }

    /// The netlink port of this client, which greetings name.
    pub fn port(&self) -> u32 {
        self.connection.port()
    }

    /// Greets somebody, and returns the kernel's greeting.
    ///
    /// The kernel refuses with `EINVAL` a name that is missing, empty, longer than 64 bytes, not
    /// UTF-8 or has a control character, and with `ERANGE` a cookie of more than 32 bytes or a style
    /// that it does not know. [`genl::Error::NoReply`] means that the greeting was counted but its
    /// reply was lost.
    pub fn greet(&mut self, request: &GreetRequest<'_>) -> Result<Greeting<'_>> {
        Greeting::view(self.connection.request(request)?)
    }

    /// Greets somebody without asking for an acknowledgement: the greeting is counted, and nothing
    /// comes back unless the kernel refuses it.
    pub fn greet_unacknowledged(&mut self, request: &GreetRequest<'_>) -> Result<()> {
        self.connection.request_unacknowledged(request)
    }

    /// Greets many in one go, for which few system calls are made; returns the kernel's greetings in
    /// the same order. Each greeting succeeds or fails by itself, as by [`Client::greet`].
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
    pub fn greet_all<'c, 'r>(
        &'c mut self,
        requests: &[GreetRequest<'r>],
    ) -> Result<impl Iterator<Item = Result<Greeting<'c>>> + use<'c, 'r>> {
        let replies = self.connection.request_all(requests)?;
        Ok(replies.map(|reply| Greeting::view(reply?)))
    }

    /// How often somebody was greeted. `ENOENT` if nobody of that name was.
    pub fn peer(&mut self, name: &str) -> Result<Peer<'_>> {
        Peer::view(self.connection.request(&PeerGetRequest::new().name(name))?)
    }

    /// Everybody who was greeted, in the order of their first greeting.
    pub fn peers(&mut self) -> Result<Peers> {
        let dump = self.connection.dump(&PeerGetDumpRequest)?;
        Ok(Peers { dump })
    }

    /// Hands everybody who was greeted to `each`, in the order of their first greeting, which takes no
    /// memory however many they are.
    ///
    /// [`Error::Interrupted`](genl::Error::Interrupted) at the end if others were added or forgotten
    /// meanwhile: some may be missing.
    pub fn peers_each(&mut self, mut each: impl FnMut(Peer<'_>) -> Result<()>) -> Result<()> {
        self.connection
            .dump_each(&PeerGetDumpRequest, |reply| each(Peer::view(reply)?))
    }

    /// Forgets somebody. `ENOENT` if no peer has this name, `EPERM` without
    /// `CAP_NET_ADMIN` over the network namespace.
    pub fn forget(&mut self, name: &str) -> Result<()> {
        self.connection.request(&PeerDelRequest::new().name(name))
    }

    /// The counters of this network namespace.
    pub fn stats(&mut self) -> Result<Stats> {
        Stats::view(self.connection.request(&StatsGetRequest)?)
    }

    /// The settings of this network namespace.
    pub fn settings(&mut self) -> Result<Settings> {
        Settings::view(self.connection.request(&SettingsGetRequest)?)
    }

    /// Changes those settings that `request` names. `ERANGE` for a limit that is not from 1 to 65536,
    /// `EPERM` without `CAP_NET_ADMIN` over the network namespace.
    pub fn change_settings(&mut self, request: &SettingsSetRequest) -> Result<()> {
        self.connection.request(request)
    }

    /// Begins a batch of requests of several kinds, those of [`protocol`](crate::protocol), that are
    /// sent together.
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
    pub fn batch(&mut self) -> Batch<'_> {
        self.connection.batch()
    }

    /// Listens to greetings and to changes of the settings in this network namespace.
    ///
    /// What it tells is read by [`genl::Event::decode`] as [`protocol::Event`](crate::protocol::Event).
    pub fn subscribe() -> Result<Subscription> {
        Subscription::open(&FAMILY, &[groups::GREETINGS, groups::CONFIG])
    }

    /// What the kernel knows of the family: id, operations, multicast groups.
    pub fn family(&mut self) -> Result<Family> {
        self.connection.family(FAMILY.name)
    }

    /// What the kernel checks of each operation's attributes.
    pub fn policies(&mut self, family: &Family) -> Result<Policies> {
        self.connection.policies(family)
    }
}

/// Everybody who was greeted, as the kernel listed them.
#[derive(Debug)]
pub struct Peers {
    dump: Dump<PeerGetDumpRequest>,
}

impl Peers {
    /// How many they are.
    pub fn len(&self) -> usize {
        self.dump.len()
    }

    /// Whether nobody was.
    pub fn is_empty(&self) -> bool {
        self.dump.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Result<Peer<'_>>> {
        self.dump.iter().map(|item| Peer::view(item?))
    }
}
