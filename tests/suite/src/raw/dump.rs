// SPDX-License-Identifier: MIT OR Apache-2.0

//! The dump of `peer-get`.

use super::{Content, Message, Peer};
use anyhow::{Result, bail};

/// The result of a dump of peers.
pub(crate) struct Dump {
    pub(crate) peers: Vec<Peer>,
    /// Whether a message was marked as interrupted.
    pub(crate) interrupted: bool,
}

impl Dump {
    /// Parses all messages of a dump, the last of which must be its end.
    pub(super) fn read(messages: &[Message]) -> Result<Self> {
        let has = |message: &Message, flag| i32::from(message.flags) & flag != 0;
        let Some((end, items)) = messages.split_last() else {
            bail!("expected the end of a dump, got nothing");
        };
        match &end.content {
            Content::Done => {}
            Content::Error(ext_ack) => return Err(ext_ack.clone().into()),
            _ => bail!("expected the end of a dump, got {end:?}"),
        }
        let peers = items.iter().map(|item| match &item.content {
            Content::Reply { attrs, .. } if has(item, libc::NLM_F_MULTI) => Peer::read(attrs),
            _ => bail!("expected a part of a dump, got {item:?}"),
        });
        Ok(Self {
            peers: peers.collect::<Result<_>>()?,
            interrupted: messages
                .iter()
                .any(|message| has(message, libc::NLM_F_DUMP_INTR)),
        })
    }
}
