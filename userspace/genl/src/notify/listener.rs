// SPDX-License-Identifier: MIT OR Apache-2.0

//! What makes notices of what a socket receives.

use super::event::{Event, Notice};
use crate::conn::connection::Connection;
use crate::ctrl::family::Family;
use crate::error::{Error, Result};
use crate::nlctrl::{self, GetfamilyReply};
use crate::schema::FamilyInfo;
use crate::socket::deadline::Deadline;
use crate::socket::transport::{EventTransport, ROOM, is_overrun};
use crate::wire::message::{Kind, Message, Messages};
use crate::wire::traits::DecodeEvent;
use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

/// The name of what waits, for errors.
const WAITING: &str = "waiting for events";

/// Most datagrams that are received in vain before others get their turn.
const MOST_IN_VAIN: u32 = 1024;

/// What a listener has to tell without waiting.
#[derive(Debug)]
pub(crate) enum Next {
    Notice(Notice),
    /// Nothing until the socket can be read again.
    Nothing,
    /// Nothing yet, after much that is for others. The socket may be readable still.
    Unknown,
}

/// Listens to multicast groups of a family, and to what nlctrl announces of it.
pub(crate) struct Listener<S> {
    source: S,
    family: &'static FamilyInfo,
    groups: Vec<String>,
    /// The family's id while it is there.
    id: Option<u16>,
    /// Whether something was lost that is not yet told.
    lost: bool,
    /// Whether the family is to be looked up again, since that failed.
    unsettled: bool,
    inbox: Vec<u8>,
    /// What was received and not yet told.
    notices: VecDeque<Notice>,
}

impl<S: fmt::Debug> fmt::Debug for Listener<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without messages, in which keys may be.
        f.debug_struct("Listener")
            .field("source", &self.source)
            .field("family", &self.family.name)
            .field("groups", &self.groups)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl<S: EventTransport> Listener<S> {
    /// Joins groups of a family, which must be there.
    pub(crate) fn new(source: S, family: &'static FamilyInfo, groups: &[&str]) -> Result<Self> {
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
        // First, so that no coming or going of the family is missed.
        let nlctrl = listener.find(nlctrl::FAMILY.name)?;
        listener.join(&nlctrl, nlctrl::groups::NOTIFY)?;
        let family = listener.find(family.name)?;
        listener.join_all(&family)?;
        Ok(listener)
    }

    pub(crate) fn source(&self) -> &S {
        &self.source
    }

    /// Waits for the next notice, at most for `timeout`; `None` if none came.
    pub(crate) fn next_within(&mut self, timeout: Duration) -> Result<Option<Notice>> {
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
                self.source
                    .wait(left)
                    .map_err(Error::io("cannot wait for events"))?;
            }
        }
    }

    /// The next notice, if it has come already.
    pub(crate) fn try_next(&mut self) -> Result<Next> {
        for _ in 0..MOST_IN_VAIN {
            let is_idle = self.notices.is_empty() && !self.receive()?;
            match self.notices.pop_front() {
                Some(notice) => return Ok(Next::Notice(notice)),
                None if is_idle => return Ok(Next::Nothing),
                None => {}
            }
        }
        Ok(Next::Unknown)
    }

    /// Receives a datagram, if one has come, and notes what it tells. Tells whether that was not in
    /// vain, so that nobody may wait yet.
    fn receive(&mut self) -> Result<bool> {
        self.inbox.clear();
        match self.source.receive_append(&mut self.inbox, ROOM) {
            Ok(None) => return self.tell_loss(),
            Ok(Some(received)) if !received.from_kernel => {}
            Ok(Some(received)) if received.len > self.inbox.len() => self.lost = true,
            Ok(Some(_)) => self.take()?,
            Err(error) if is_overrun(&error) => {
                // The kernel reports no loss anew unless the one before is over.
                let told = self.tell_loss();
                self.lost = true;
                told?;
            }
            Err(source) => return Err(Error::io("cannot receive events")(source)),
        }
        Ok(true)
    }

    /// Tells of a loss, if there was one, now that it is over, and looks the family up if that failed
    /// before; whether there was anything to do.
    ///
    /// A socket that had no room for a message takes no other until all that it holds has been
    /// received. Whoever asks for what was lost before that would miss what is dropped meanwhile,
    /// which may also be that the family went or came.
    fn tell_loss(&mut self) -> Result<bool> {
        if !self.lost && !self.unsettled {
            return Ok(false);
        }
        if self.lost {
            self.notices.push_back(Notice::Lagged);
        }
        self.rejoin()?;
        // Not before, so that it is tried again if that fails.
        self.lost = false;
        Ok(true)
    }

    /// Turns the datagram in the inbox into notices. If one message is trouble, the others count all
    /// the same.
    fn take(&mut self) -> Result<()> {
        let inbox = std::mem::take(&mut self.inbox);
        let mut taken = Ok(());
        for (_, message) in Messages::new(&inbox) {
            match message.kind {
                Kind::Family(id) if nlctrl::FAMILY.id == Some(id) => {
                    taken = taken.and(self.family_changed(&message));
                }
                Kind::Family(id) if self.id == Some(id) => {
                    self.notices.push_back(Notice::Event(Event::of(&message)));
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
            |family: &GetfamilyReply<'_>| family.family_name == Some(self.family.name.into());
        match nlctrl::Event::decode(message.command(), message.attrs()) {
            // Of an older one it may be told late, when a loss has made us look already.
            Ok(Some(nlctrl::Event::Delfamily(family)))
                if is_ours(&family) && self.id.is_some() && family.family_id == self.id =>
            {
                self.id = None;
                self.notices.push_back(Notice::Gone);
            }
            Ok(Some(nlctrl::Event::Newfamily(family))) if is_ours(&family) && self.id.is_none() => {
                self.rejoin()?;
            }
            _ if self.family.id.is_some() => {
                self.notices.push_back(Notice::Event(Event::of(message)));
            }
            _ => {}
        }
        Ok(())
    }

    /// Joins the groups of a family that has come back, if it is there, and notes what is new of it.
    fn rejoin(&mut self) -> Result<()> {
        let settled = self.try_rejoin();
        // It is tried again, or else the groups would never be joined.
        self.unsettled = settled.is_err();
        settled
    }

    fn try_rejoin(&mut self) -> Result<()> {
        let family = match self.find(self.family.name) {
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

    /// Returns what the kernel knows about a family.
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
