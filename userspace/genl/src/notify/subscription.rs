// SPDX-License-Identifier: MIT OR Apache-2.0

//! Events: messages to multicast groups that nobody asked for.

use super::event::Notice;
use super::listener::{Listener, Next};
use crate::error::{Error, Result};
use crate::schema::FamilyInfo;
use crate::socket::netlink::Socket;
use crate::socket::transport::EventTransport;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

/// Listens to multicast groups of a family.
///
/// As an iterator it waits for the next notice, for ever unless [`Subscription::set_timeout`] was
/// called, and ends at the first wait that is too long. Each subscription has a socket of its own, so
/// that events do not take the place of replies.
///
/// ```
/// use genl::{Notice, Subscription, nlctrl};
/// use std::time::Duration;
///
/// let mut subscription = Subscription::open(&nlctrl::FAMILY, &[nlctrl::groups::NOTIFY])?;
/// // Only what has come already.
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
    /// Joins groups of a family, which must be there.
    ///
    /// Fails with `EPERM` if a group is for `CAP_NET_ADMIN` alone.
    pub fn open(family: &'static FamilyInfo, groups: &[&str]) -> Result<Self> {
        let socket = Socket::open().map_err(Error::io("cannot open a netlink socket"))?;
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
    /// Joins groups of a family over `transport`, for tests in most cases.
    ///
    /// # Errors
    ///
    /// Fails as [`Subscription::open`] does.
    pub fn with_transport(
        transport: T,
        family: &'static FamilyInfo,
        groups: &[&str],
    ) -> Result<Self> {
        Ok(Self {
            listener: Listener::new(transport, family, groups)?,
            timeout: None,
        })
    }

    /// Sets how long the next notice is waited for; without limit if it is `None`.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.timeout = timeout;
    }

    /// Waits for the next notice, at most for `timeout`; `None` if none came.
    pub fn next_within(&mut self, timeout: Duration) -> Result<Option<Notice>> {
        self.listener.next_within(timeout)
    }

    /// The next notice, if it has come already.
    ///
    /// For who waits otherwise, with the subscription's file descriptor ([`AsFd`]): to be called
    /// until it returns `None`, and then again when there is something to read. Asks the kernel for
    /// the family, and waits for that answer, if events were lost or the family has come back.
    ///
    /// Also returns `None` after a thousand datagrams that are for others, so that a flood of them
    /// cannot hold it up. Ask for the descriptor's readiness as a level then, as `poll` does; a caller
    /// that is notified of edges alone calls again later.
    pub fn try_next(&mut self) -> Result<Option<Notice>> {
        match self.next_now()? {
            Next::Notice(notice) => Ok(Some(notice)),
            Next::Nothing | Next::Unknown => Ok(None),
        }
    }

    /// The next notice, if it has come already.
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
