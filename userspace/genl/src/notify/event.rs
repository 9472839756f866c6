// SPDX-License-Identifier: MIT OR Apache-2.0

//! Notices and events.

use crate::error::{Error, Result};
use crate::wire::attr::Attrs;
use crate::wire::message::Message;
use crate::wire::traits::DecodeEvent;
use std::fmt;

/// A notice of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// An event.
    Event(Event),
    /// Events were lost, because they arrived faster than they were received (`ENOBUFS`).
    ///
    /// It follows the events that the kernel had queued, because the kernel drops all new events until
    /// the queue is empty. No later event is missed, so query the lost state now.
    Lagged,
    /// The family was unloaded. If it is loaded again, the subscription joins its groups again.
    Gone,
    /// The family was loaded again. Events since [`Notice::Gone`] were missed.
    Back,
}

/// A received event. `Debug` shows the command, and the numbers and lengths of the attributes.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    command: u8,
    attributes: Vec<u8>,
    namespace: Option<i32>,
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("command", &self.command)
            .field("attrs", &self.attrs())
            .finish()
    }
}

impl Event {
    pub(crate) fn of(message: &Message<'_>, namespace: Option<i32>) -> Self {
        Self {
            namespace,
            command: message.command(),
            attributes: message.attrs().as_bytes().to_vec(),
        }
    }

    /// Returns the number of the command.
    pub fn command(&self) -> u8 {
        self.command
    }

    /// Returns the id of the network namespace that sent the event, `None` if it is the subscription's
    /// own. Others send only to
    /// [`Subscription::open_in_all_namespaces`](crate::Subscription::open_in_all_namespaces).
    pub fn namespace(&self) -> Option<i32> {
        self.namespace
    }

    /// Returns the attributes.
    pub fn attrs(&self) -> Attrs<'_> {
        Attrs::new(&self.attributes)
    }

    /// Decodes the event. Returns `None` if `E` has no event with this command.
    ///
    /// # Errors
    ///
    /// Fails with [`Error::Decode`] if an attribute has a length that its type cannot have.
    pub fn decode<'a, E: DecodeEvent<'a>>(&'a self) -> Result<Option<E>> {
        E::decode(self.command, self.attrs()).map_err(Error::decode("event"))
    }
}
