// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a subscription returns.

use crate::error::{Error, Result};
use crate::wire::attr::Attrs;
use crate::wire::message::Message;
use crate::wire::traits::DecodeEvent;
use std::fmt;

/// What a subscription has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// An event.
    Event(Event),
    /// Events were lost, since they came faster than they were received (`ENOBUFS`).
    ///
    /// It comes behind all that the kernel had kept, for until that has been received the kernel
    /// drops whatever is new. From here on nothing is missed, so what was lost can be asked for now.
    Lagged,
    /// The family is gone: its module was unloaded. Should it come back, its groups are joined anew.
    Gone,
    /// The family is back. Events between [`Notice::Gone`] and now were missed.
    Back,
}

/// An event as it was received. `Debug` shows the command, and the attributes' numbers and lengths.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    command: u8,
    attributes: Vec<u8>,
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
    pub(crate) fn of(message: &Message<'_>) -> Self {
        Self {
            command: message.command(),
            attributes: message.attrs().as_bytes().to_vec(),
        }
    }

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
