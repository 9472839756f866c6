// SPDX-License-Identifier: MIT OR Apache-2.0

//! Family ids.

use crate::error::Error;
use crate::nlctrl::{GetfamilyReply, ctrl_attrs};
use crate::schema::Target;
use crate::wire::attr::DecodeError;
use crate::wire::errno::Errno;
use std::borrow::Cow;

/// Returns the id in a reply of nlctrl, unless it is 0.
pub(crate) fn family_id(reply: &GetfamilyReply<'_>) -> Result<u16, DecodeError> {
    let id = reply.family_id.filter(|&id| id != 0);
    id.ok_or(DecodeError::Missing {
        attribute: ctrl_attrs::FAMILY_ID,
    })
}

/// Returns [`Error::NoFamily`] for the `ENOENT` of nlctrl, and other errors unchanged.
pub(super) fn no_family(error: Error, name: &str) -> Error {
    match error.ext_ack() {
        Some(ext_ack) if ext_ack.errno == Errno::ENOENT => Error::NoFamily(name.to_owned()),
        _ => error,
    }
}

/// A cache of family ids.
#[derive(Debug, Default)]
pub(crate) struct FamilyIds {
    // Programs use one or two families, so a linear search is fast.
    known: Vec<(Cow<'static, str>, u16)>,
}

impl FamilyIds {
    pub(crate) fn get(&self, name: &str) -> Option<u16> {
        let known = self.known.iter().find(|(known, _)| *known == name);
        known.map(|(_, id)| *id)
    }

    pub(crate) fn remember(&mut self, target: &Target, id: u16) {
        self.known.push((target.family_name(), id));
    }

    /// Forgets the id of a family unless it is another by now.
    #[cfg(feature = "tokio")]
    pub(crate) fn forget_id(&mut self, name: &str, id: u16) {
        self.known.retain(|(known, of)| *known != name || *of != id);
    }

    pub(crate) fn forget(&mut self, name: &str) {
        self.known.retain(|(known, _)| *known != name);
    }
}
