// SPDX-License-Identifier: MIT OR Apache-2.0

//! Events: messages to multicast groups that nobody asked for.

use crate::attr::{Attrs, DecodeError};
use crate::connection::Connection;
use crate::error::{Error, Result};
use crate::family::Family;
use crate::message::{Kind, Message, Messages};
use crate::names::FamilyInfo;
use crate::nlctrl::{self, GetfamilyReply};
use crate::socket::Socket;
use crate::transport::{Deadline, Transport};
use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

/// The name of what waits, for errors.
const WAITING: &str = "waiting for events";

/// The size of the buffer for a datagram of events, which the kernel makes no larger.
const INBOX_LEN: usize = 32 * 1024;

/// The events of a family that can be told apart by their command.
pub trait DecodeEvent<'a>: Sized {
    /// Reads the event with this command; `None` if there is none that has it.
    fn decode(command: u8, attrs: Attrs<'a>) -> Result<Option<Self>, DecodeError>;
}

/// What a subscription has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// An event.
    Event(Event),
    /// Events were lost, since they came faster than they were received (`ENOBUFS`). Those that
    /// follow are whole. What was missed can only be asked for.
    Lagged,
    /// The family is gone: its module was unloaded. Should it come back, its groups are joined anew.
    Gone,
    /// The family is back. Events between [`Notice::Gone`] and now were missed.
    Back,
}

/// An event as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    command: u8,
    attributes: Vec<u8>,
}

impl Event {
    /// The number of its command.
    pub fn command(&self) -> u8 {
        self.command
    }

    /// Its attributes.
    pub fn attrs(&self) -> Attrs<'_> {
        Attrs::new(&self.attributes)
    }

    /// Reads it; `None` if it is one that `E` does not know.
    pub fn decode<'a, E: DecodeEvent<'a>>(&'a self) -> Result<Option<E>> {
        E::decode(self.command, self.attrs()).map_err(Error::decode("event"))
    }
}

/// Listens to multicast groups of a family.
///
/// As an iterator it waits for the next notice, for ever unless [`Subscription::set_timeout`] was
/// called, and ends at the first wait that is too long. Each subscription has a socket of its own, so
/// that events do not take the place of replies.
///
/// ```no_run
/// use genl::{Notice, Subscription, nlctrl};
///
/// for notice in Subscription::open(&nlctrl::FAMILY, &[nlctrl::groups::NOTIFY])? {
///     match notice? {
///         Notice::Event(event) => println!("command {}", event.command()),
///         other => println!("{other:?}"),
///     }
/// }
/// # Ok::<(), genl::Error>(())
/// ```
#[derive(Debug)]
pub struct Subscription {
    socket: Socket,
    family: &'static FamilyInfo,
    groups: Vec<String>,
    /// The family's id while it is there.
    id: Option<u16>,
    timeout: Option<Duration>,
    inbox: Vec<u8>,
    /// What was received and not yet told.
    notices: VecDeque<Notice>,
}

impl Subscription {
    /// Joins groups of a family, which must be there.
    ///
    /// Fails with `EPERM` if a group is for `CAP_NET_ADMIN` alone.
    pub fn open(family: &'static FamilyInfo, groups: &[&str]) -> Result<Self> {
        let socket = Socket::open().map_err(Error::io("cannot open a netlink socket"))?;
        let mut subscription = Self {
            socket,
            family,
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
            id: None,
            timeout: None,
            inbox: vec![0; INBOX_LEN],
            notices: VecDeque::new(),
        };
        // First, so that no coming or going of the family is missed.
        let mut connection = Connection::open()?;
        let nlctrl = connection.family(nlctrl::FAMILY.name)?;
        subscription.join(&nlctrl, nlctrl::groups::NOTIFY)?;
        let family = connection.family(family.name)?;
        subscription.join_all(&family)?;
        Ok(subscription)
    }

    /// Sets how long the next notice is waited for; without limit if it is `None`.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.timeout = timeout;
    }

    /// Sets how many bytes of events the kernel keeps until they are received; what comes when it is
    /// full is lost ([`Notice::Lagged`]). No more than `net.core.rmem_max`.
    pub fn set_receive_buffer(&self, bytes: usize) -> Result<()> {
        self.socket
            .set_receive_buffer(bytes)
            .map_err(Error::io("cannot set the receive buffer's size"))
    }

    /// Waits for the next notice, at most for `timeout`; `None` if none came.
    pub fn next_within(&mut self, timeout: Duration) -> Result<Option<Notice>> {
        let mut deadline = Deadline::new(timeout);
        loop {
            let is_idle = self.notices.is_empty() && !self.receive()?;
            if let Some(notice) = self.notices.pop_front() {
                return Ok(Some(notice));
            }
            // Also after what is not for us, of which others may send as much as they want.
            let Ok(left) = deadline.left(WAITING) else {
                return Ok(None);
            };
            if is_idle {
                self.socket
                    .wait(left)
                    .map_err(Error::io("cannot wait for events"))?;
            }
        }
    }

    /// The next notice, if it has come already.
    ///
    /// For who waits otherwise, with the subscription's file descriptor ([`AsFd`]): to be called
    /// until it returns `None`, and then again when there is something to read. Asks the kernel for
    /// the family, and waits for that answer, if events were lost or the family has come back.
    pub fn try_next(&mut self) -> Result<Option<Notice>> {
        while self.notices.is_empty() && self.receive()? {}
        Ok(self.notices.pop_front())
    }

    /// Receives a datagram, if one has come, and notes what it tells. Tells whether one had come.
    fn receive(&mut self) -> Result<bool> {
        match self.socket.receive(&mut self.inbox) {
            Ok(None) => return Ok(false),
            Ok(Some(received)) if !received.from_kernel => {}
            Ok(Some(received)) if received.len > self.inbox.len() => self.lagged()?,
            Ok(Some(received)) => self.take(received.len)?,
            Err(error) if is_overrun(&error) => self.lagged()?,
            Err(source) => return Err(Error::io("cannot receive events")(source)),
        }
        Ok(true)
    }

    /// Notes that something was lost, which may have been that the family went or came.
    fn lagged(&mut self) -> Result<()> {
        self.notices.push_back(Notice::Lagged);
        self.rejoin()
    }

    /// Turns the datagram in the inbox into notices. If one message is trouble, the others count all
    /// the same.
    fn take(&mut self, len: usize) -> Result<()> {
        let inbox = std::mem::take(&mut self.inbox);
        let mut taken = Ok(());
        for (_, message) in Messages::new(&inbox[..len]) {
            match message.kind {
                Kind::Family(id) if nlctrl::FAMILY.id == Some(id) => {
                    taken = taken.and(self.family_changed(&message));
                }
                Kind::Family(id) if self.id == Some(id) => {
                    self.notices.push_back(Notice::Event(event(&message)));
                }
                _ => {}
            }
        }
        self.inbox = inbox;
        taken
    }

    /// Follows what nlctrl announces: that the family is gone, or back with another id.
    fn family_changed(&mut self, message: &Message<'_>) -> Result<()> {
        let is_ours =
            |family: GetfamilyReply<'_>| family.family_name == Some(self.family.name.into());
        match nlctrl::Event::decode(command(message), message.attrs()) {
            Ok(Some(nlctrl::Event::Delfamily(family))) if is_ours(family) => {
                self.id = None;
                self.notices.push_back(Notice::Gone);
            }
            Ok(Some(nlctrl::Event::Newfamily(family))) if is_ours(family) && self.id.is_none() => {
                self.rejoin()?;
            }
            _ if self.family.id.is_some() => {
                self.notices.push_back(Notice::Event(event(message)));
            }
            _ => {}
        }
        Ok(())
    }

    /// Joins the groups of a family that has come back, if it is there, and notes what is new of it.
    fn rejoin(&mut self) -> Result<()> {
        let family = match Connection::open()?.family(self.family.name) {
            Ok(family) if self.id == Some(family.id) => return Ok(()),
            Ok(family) => Some(family),
            Err(Error::NoFamily(_)) => None,
            Err(error) => return Err(error),
        };
        if self.id.take().is_some() {
            self.notices.push_back(Notice::Gone);
        }
        if let Some(family) = family {
            self.join_all(&family)?;
            self.notices.push_back(Notice::Back);
        }
        Ok(())
    }

    fn join_all(&mut self, family: &Family) -> Result<()> {
        for group in self.groups.clone() {
            self.join(family, &group)?;
        }
        self.id = Some(family.id);
        Ok(())
    }

    fn join(&self, family: &Family, name: &str) -> Result<()> {
        let group = family.groups.iter().find(|group| group.name == name);
        let group = group.ok_or_else(|| Error::NoGroup {
            family: family.name.clone(),
            group: name.to_owned(),
        })?;
        self.socket
            .join(group.id)
            .map_err(Error::io("cannot join a multicast group"))
    }
}

fn event(message: &Message<'_>) -> Event {
    Event {
        command: command(message),
        attributes: message.attrs().as_bytes().to_vec(),
    }
}

/// The number of a message's command.
fn command(message: &Message<'_>) -> u8 {
    message.payload.first().copied().unwrap_or_default()
}

impl Iterator for Subscription {
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

impl AsRawFd for Subscription {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

impl AsFd for Subscription {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Whether an error of the socket says that messages were lost.
pub(crate) fn is_overrun(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ENOBUFS)
}
