// SPDX-License-Identifier: MIT OR Apache-2.0

//! The receive queue of a socket.

use super::message::Incoming;
use crate::socket::transport::Received;
use crate::wire::errno::Errno;
use std::collections::VecDeque;
use std::io;
use std::task::Waker;
#[cfg(feature = "tokio")]
use std::task::{Context, Poll};

/// The receive queue of a socket, and its groups.
#[derive(Default)]
pub(super) struct Queue {
    pub(super) port: u32,
    pub(super) incoming: VecDeque<Incoming>,
    groups: Vec<u32>,
    /// Events are dropped until all of the queue has been received.
    congested: bool,
    /// The next receive call returns `ENOBUFS`.
    overrun: bool,
    /// Woken when something arrives.
    waker: Option<Waker>,
}

impl Queue {
    pub(super) fn new(port: u32) -> Self {
        Self {
            port,
            ..Self::default()
        }
    }

    pub(super) fn join(&mut self, group: u32) {
        self.groups.push(group);
    }

    /// Ends the memberships in these groups.
    pub(super) fn leave(&mut self, groups: &[(String, u32)]) {
        let is_kept = |group: &u32| groups.iter().all(|(_, id)| id != group);
        self.groups.retain(is_kept);
    }

    pub(super) fn is_member(&self, group: u32) -> bool {
        self.groups.contains(&group)
    }

    /// Adds an event, or drops it if the queue has no place left.
    pub(super) fn push_event(&mut self, event: Incoming, limit: usize) {
        if self.congested || self.incoming.len() >= limit {
            self.overrun |= !self.congested;
            self.congested = true;
        } else {
            self.incoming.push_back(event);
        }
    }

    /// Returns the result of the next receive call. `take` takes the bytes.
    pub(super) fn receive(&mut self, take: impl FnOnce(&Incoming)) -> io::Result<Option<Received>> {
        let is_overrun = std::mem::take(&mut self.overrun);
        let next = match is_overrun {
            true => Some(Incoming::overrun()),
            false => self.pop(),
        };
        self.congested &= !self.incoming.is_empty();
        let Some(incoming) = next else {
            return Ok(None);
        };
        if incoming.bytes.is_none() {
            return Err(io::Error::from_raw_os_error(Errno::ENOBUFS.raw()));
        }
        take(&incoming);
        let received = Received::new(incoming.len() + incoming.cut, incoming.from_kernel);
        Ok(Some(match incoming.namespace {
            Some(id) => received.with_namespace(id),
            None => received,
        }))
    }

    /// Returns whether the next receive call fails.
    pub(super) fn has_error(&self) -> bool {
        self.overrun
            || self
                .incoming
                .front()
                .is_some_and(|next| next.bytes.is_none())
    }

    /// Returns ready if there is something to receive or to report. Otherwise wakes the task then.
    #[cfg(feature = "tokio")]
    pub(super) fn poll_readable(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.is_idle() {
            self.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    /// Returns the task to wake, if something has arrived.
    pub(super) fn arrived(&mut self) -> Option<Waker> {
        match self.is_idle() {
            true => None,
            false => self.waker.take(),
        }
    }

    /// Returns whether there is nothing to receive or to report.
    pub(super) fn is_idle(&self) -> bool {
        self.incoming.is_empty() && !self.overrun
    }

    fn pop(&mut self) -> Option<Incoming> {
        let first = self.incoming.front_mut()?;
        if first.times > 1 {
            first.times -= 1;
            return Some(first.clone());
        }
        self.incoming.pop_front()
    }
}
