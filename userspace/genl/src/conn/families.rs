// SPDX-License-Identifier: MIT OR Apache-2.0

//! Family ids: resolved, and remembered.

use crate::error::Error;
use crate::nlctrl::{GetfamilyReply, ctrl_attrs};
use crate::wire::attr::DecodeError;
use crate::wire::errno::Errno;

/// Returns the id in a reply of nlctrl. 0 is no id.
pub(crate) fn family_id(reply: &GetfamilyReply<'_>) -> Result<u16, DecodeError> {
    let id = reply.family_id.filter(|&id| id != 0);
    id.ok_or(DecodeError::Missing {
        attribute: ctrl_attrs::FAMILY_ID,
    })
}

/// Returns [`Error::NoFamily`] if that is what an error of nlctrl means.
pub(super) fn no_family(error: Error, name: &str) -> Error {
    match error.ext_ack() {
        Some(ext_ack) if ext_ack.errno == Errno::ENOENT => Error::NoFamily(name.to_owned()),
        _ => error,
    }
}

/// The ids of the families that have been resolved.
#[derive(Debug, Default)]
pub(crate) struct FamilyIds {
    // A program asks one or two families, for which a search is as fast as anything.
    known: Vec<(&'static str, u16)>,
}

impl FamilyIds {
    pub(crate) fn get(&self, name: &str) -> Option<u16> {
        let known = self.known.iter().find(|(known, _)| *known == name);
        known.map(|&(_, id)| id)
    }

    pub(crate) fn remember(&mut self, name: &'static str, id: u16) {
        self.known.push((name, id));
    }

    pub(crate) fn forget(&mut self, name: &str) {
        self.known.retain(|(known, _)| *known != name);
    }
}
