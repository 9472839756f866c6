// SPDX-License-Identifier: MIT OR Apache-2.0

//! The listener: turns received messages into notices.

use super::event::{Event, Notice};
use crate::conn::connection::Connection;
use crate::ctrl::family::Family;
use crate::error::{Error, Result};
use crate::nlctrl::{self, GetfamilyReply};
use crate::socket::transport::{Deadline, EventTransport, MAX_DATAGRAM_LEN, is_overrun};
use crate::wire::message::{Kind, Message, Messages};
use crate::wire::traits::DecodeEvent;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

/// The operation, for errors.
const WAITING: &str = "waiting for events";

/// The maximum number of datagrams without a notice in one call.
const MAX_STRAYS: u32 = 1024;

/// The result of a call that does not wait.
#[derive(Debug)]
pub(crate) enum Next {
    Notice(Notice),
    /// Nothing until the socket can be read again.
    Nothing,
    /// Many datagrams for others, and no notice yet. The socket may still be readable.
    Unknown,
}

/// A member of multicast groups of a family, and of the group in which nlctrl announces families.
pub(crate) struct Listener<S> {
    source: S,
    family: Cow<'static, str>,
    groups: Vec<String>,
    /// The family's id while it exists.
    id: Option<u16>,
    /// A loss has not been reported yet.
    lost: bool,
    /// The family could not be resolved, and must be resolved again.
    unsettled: bool,
    inbox: Vec<u8>,
    /// Notices that have not been returned yet.
    notices: VecDeque<Notice>,
}

impl<S: fmt::Debug> fmt::Debug for Listener<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without messages, which may contain keys.
        f.debug_struct("Listener")
            .field("source", &self.source)
            .field("family", &self.family)
            .field("groups", &self.groups)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl<S: EventTransport> Listener<S> {
    /// Joins groups of a family, which must exist.
    pub(crate) fn new(source: S, family: Cow<'static, str>, groups: &[&str]) -> Result<Self> {
        let mut listener = Self {
            source,
            family,
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
            id: None,
            lost: false,
            unsettled: false,
            inbox: Vec::new(),
            notices: VecDeque::new(),
        };
        // First, so that no load or unload is missed.
        let nlctrl = listener.find(nlctrl::FAMILY.name)?;
        listener.join(&nlctrl, nlctrl::groups::NOTIFY)?;
        let family = listener.find(&listener.family)?;
        listener.join_all(&family)?;
        Ok(listener)
    }

    pub(crate) fn source(&self) -> &S {
        &self.source
    }

    /// Waits for the next notice, at most for `timeout`. Returns `None` after that.
    pub(crate) fn next_within(&mut self, timeout: Duration) -> Result<Option<Notice>> {
        let mut deadline = Deadline::new(timeout);
        loop {
            let is_idle = self.notices.is_empty() && !self.receive()?;
            if let Some(notice) = self.notices.pop_front() {
                return Ok(Some(notice));
            }
            // Also checked after messages for others, which may arrive without end.
            let Ok(left) = deadline.left(WAITING) else {
                return Ok(None);
            };
            if is_idle {
                self.source
                    .wait(left)
                    .map_err(Error::io("cannot wait for events"))?;
            }
        }
    }

    /// Returns the next notice if it has arrived.
    pub(crate) fn try_next(&mut self) -> Result<Next> {
        for _ in 0..MAX_STRAYS {
            let is_idle = self.notices.is_empty() && !self.receive()?;
            match self.notices.pop_front() {
                Some(notice) => return Ok(Next::Notice(notice)),
                None if is_idle => return Ok(Next::Nothing),
                None => {}
            }
        }
        Ok(Next::Unknown)
    }

    /// Receives a datagram if one has arrived, and adds its notices. Returns `false` if the caller may
    /// wait now.
    fn receive(&mut self) -> Result<bool> {
        self.inbox.clear();
        match self
            .source
            .receive_append(&mut self.inbox, MAX_DATAGRAM_LEN)
        {
            Ok(None) => return self.report_loss(),
            Ok(Some(received)) if !received.from_kernel => {}
            Ok(Some(received)) if received.len > self.inbox.len() => self.lost = true,
            Ok(Some(received)) => self.take(received.namespace)?,
            Err(error) if is_overrun(&error) => {
                // The kernel reports a second loss only after the end of the first.
                let reported = self.report_loss();
                self.lost = true;
                reported?;
            }
            Err(source) => return Err(Error::io("cannot receive events")(source)),
        }
        Ok(true)
    }

    /// Adds a notice of a loss that is over, and resolves the family again if necessary.
    /// Returns whether there was anything to do.
    ///
    /// After an overrun a socket drops all messages until its queue is empty. A client that queries the
    /// lost state earlier would miss the messages that are dropped after its query. A load or an unload
    /// of the family can be among them.
    fn report_loss(&mut self) -> Result<bool> {
        if !self.lost && !self.unsettled {
            return Ok(false);
        }
        if self.lost {
            self.notices.push_back(Notice::Lagged);
        }
        self.rejoin()?;
        // Last, so that a failure is retried.
        self.lost = false;
        Ok(true)
    }

    /// Turns the datagram in the inbox into notices. An error of one message does not affect the
    /// others.
    fn take(&mut self, namespace: Option<i32>) -> Result<()> {
        let inbox = std::mem::take(&mut self.inbox);
        let mut taken = Ok(());
        for (_, message) in Messages::new(&inbox) {
            match message.kind {
                Kind::Family(id) if nlctrl::FAMILY.id == Some(id) => {
                    taken = taken.and(self.family_changed(&message, namespace));
                }
                Kind::Family(id) if self.id == Some(id) => {
                    self.notices
                        .push_back(Notice::Event(Event::of(&message, namespace)));
                }
                _ => {}
            }
        }
        self.inbox = inbox;
        taken
    }

    /// Handles an announcement of nlctrl: the family was unloaded, or loaded with another id.
    fn family_changed(&mut self, message: &Message<'_>, namespace: Option<i32>) -> Result<()> {
        let is_ours =
            |family: &GetfamilyReply<'_>| family.family_name == Some((*self.family).into());
        match nlctrl::Event::decode(message.command(), message.attrs()) {
            // An announcement of an earlier id is late: the family was resolved again after a loss.
            Ok(Some(nlctrl::Event::Delfamily(family)))
                if is_ours(&family) && self.id.is_some() && family.family_id == self.id =>
            {
                self.id = None;
                self.notices.push_back(Notice::Gone);
            }
            Ok(Some(nlctrl::Event::Newfamily(family))) if is_ours(&family) && self.id.is_none() => {
                self.rejoin()?;
            }
            _ if self.family == nlctrl::FAMILY.name => {
                self.notices
                    .push_back(Notice::Event(Event::of(message, namespace)));
            }
            _ => {}
        }
        Ok(())
    }

    /// Resolves the family, joins its groups if it is back, and adds notices of the changes.
    fn rejoin(&mut self) -> Result<()> {
        let result = self.try_rejoin();
        // A failure is retried, because no announcement follows.
        self.unsettled = result.is_err();
        result
    }

    fn try_rejoin(&mut self) -> Result<()> {
        let family = match self.find(&self.family) {
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

    /// Returns the description of a family.
    fn find(&self, name: &str) -> Result<Family> {
        let requests = self.source.open_requests();
        let requests = requests.map_err(Error::io("cannot open a netlink socket"))?;
        Connection::with_transport(requests).family(name)
    }

    fn join(&mut self, family: &Family, name: &str) -> Result<()> {
        let group = family.groups.iter().find(|group| group.name == name);
        let group = group.ok_or_else(|| Error::NoGroup {
            family: family.name.clone(),
            group: name.to_owned(),
        })?;
        self.source
            .join(group.id)
            .map_err(Error::io("cannot join a multicast group"))
    }
}

#[cfg(test)]
mod tests;
