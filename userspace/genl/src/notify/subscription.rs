// SPDX-License-Identifier: MIT OR Apache-2.0

//! Subscriptions to multicast groups.

use super::event::Notice;
use super::listener::{Listener, Next};
use crate::error::{Error, Result};
use crate::socket::netlink::Socket;
use crate::socket::transport::EventTransport;
use std::borrow::Cow;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

/// A subscription to multicast groups of a family.
///
/// The iterator blocks until the next notice. It ends at the first wait that exceeds the timeout of
/// [`Subscription::set_timeout`]; without a timeout it is endless. Each subscription has its own
/// socket, so that events and replies do not share a receive buffer.
///
/// ```
/// use genl::{Notice, Subscription, nlctrl};
/// use std::time::Duration;
///
/// let mut subscription = Subscription::open(&nlctrl::FAMILY, &[nlctrl::groups::NOTIFY])?;
/// // Only notices that have arrived already.
/// subscription.set_timeout(Some(Duration::ZERO));
/// for notice in subscription {
///     match notice? {
///         Notice::Event(event) => println!("command {}", event.command()),
///         other => println!("{other:?}"),
///     }
/// }
/// # Ok::<(), genl::Error>(())
/// ```
#[derive(Debug)]
pub struct Subscription<T = Socket> {
    listener: Listener<T>,
    timeout: Option<Duration>,
}

impl Subscription {
    /// Joins groups of a family: the generated `&FAMILY`, or a name.
    ///
    /// # Errors
    ///
    /// Fails with [`Error::NoFamily`] or [`Error::NoGroup`] if one of them does not exist, and with
    /// `EPERM` if a group requires `CAP_NET_ADMIN` and the caller lacks it.
    pub fn open(family: impl Into<Cow<'static, str>>, groups: &[&str]) -> Result<Self> {
        let socket = Socket::open().map_err(Error::io("cannot open a netlink socket"))?;
        Self::with_transport(socket, family, groups)
    }

    /// Joins groups of a family in another network namespace, as [`Socket::open_in`] does.
    ///
    /// # Errors
    ///
    /// Fails as [`Subscription::open`] does, and if the namespace cannot be entered.
    pub fn open_in(
        netns: impl AsFd,
        family: impl Into<Cow<'static, str>>,
        groups: &[&str],
    ) -> Result<Self> {
        let socket = Socket::open_shared_in(netns);
        let socket = socket.map_err(Error::io("cannot open a netlink socket"))?;
        Self::with_transport(socket, family, groups)
    }

    /// Joins groups of a family in the caller's network namespace and in all others that have an id in it
    /// (`ip netns set`). [`Event::namespace`](crate::Event::namespace) returns the id.
    ///
    /// # Errors
    ///
    /// Fails as [`Subscription::open`] does, and with `EPERM` if the caller lacks `CAP_NET_BROADCAST`.
    pub fn open_in_all_namespaces(
        family: impl Into<Cow<'static, str>>,
        groups: &[&str],
    ) -> Result<Self> {
        let mut socket = Socket::open().map_err(Error::io("cannot open a netlink socket"))?;
        let listening = socket.listen_in_all_namespaces();
        listening.map_err(Error::io("cannot listen in all network namespaces"))?;
        Self::with_transport(socket, family, groups)
    }

    /// Sets the size of the receive buffer in bytes. Events that exceed it are lost
    /// ([`Notice::Lagged`]). The kernel limits it to `net.core.rmem_max`.
    ///
    /// # Errors
    ///
    /// Fails if the kernel rejects the size.
    pub fn set_receive_buffer(&self, bytes: usize) -> Result<()> {
        self.listener
            .source()
            .set_receive_buffer(bytes)
            .map_err(Error::io("cannot set the receive buffer's size"))
    }
}

impl<T: EventTransport> Subscription<T> {
    /// Joins groups of a family over `transport`, usually in tests.
    ///
    /// # Errors
    ///
    /// Fails as [`Subscription::open`] does.
    pub fn with_transport(
        transport: T,
        family: impl Into<Cow<'static, str>>,
        groups: &[&str],
    ) -> Result<Self> {
        Ok(Self {
            listener: Listener::new(transport, family.into(), groups)?,
            timeout: None,
        })
    }

    /// Sets the timeout of the iterator, `None` for no limit.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.timeout = timeout;
    }

    /// Waits for the next notice, at most for `timeout`. Returns `None` after that.
    ///
    /// # Errors
    ///
    /// Fails if the socket fails, or if the family cannot be resolved after a loss or a reload. A later
    /// call retries.
    pub fn next_within(&mut self, timeout: Duration) -> Result<Option<Notice>> {
        self.listener.next_within(timeout)
    }

    /// Returns the next notice if it has arrived.
    ///
    /// For programs that poll the file descriptor ([`AsFd`]): call it until it returns `None`, and again
    /// when the descriptor is readable. If events were lost or the family is back, it resolves the
    /// family, and waits for that answer.
    ///
    /// It also returns `None` after a thousand datagrams for others, so that a flood of them cannot
    /// block it. Poll level-triggered, as `poll` does. With edge-triggered notification, call it again
    /// later.
    ///
    /// # Errors
    ///
    /// Fails as [`Subscription::next_within`] does.
    pub fn try_next(&mut self) -> Result<Option<Notice>> {
        match self.next_now()? {
            Next::Notice(notice) => Ok(Some(notice)),
            Next::Nothing | Next::Unknown => Ok(None),
        }
    }

    /// Returns the next notice if it has arrived.
    pub(crate) fn next_now(&mut self) -> Result<Next> {
        self.listener.try_next()
    }
}

impl<T: EventTransport> Iterator for Subscription<T> {
    type Item = Result<Notice>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let timeout = self.timeout.unwrap_or(Duration::from_secs(3600));
            match self.next_within(timeout) {
                Ok(Some(notice)) => return Some(Ok(notice)),
                Ok(None) if self.timeout.is_some() => return None,
                Ok(None) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl<T: EventTransport + AsFd> AsRawFd for Subscription<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

impl<T: EventTransport + AsFd> AsFd for Subscription<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.listener.source().as_fd()
    }
}
