// SPDX-License-Identifier: MIT OR Apache-2.0

//! Requests that the fake kernel receives.

use super::message::{ExtAck, Message, encoded, offset_of};
use crate::extack::{MISS_NEST, MISS_TYPE, MSG, OFFS, POLICY};
use crate::wire::attr::Attrs;
use crate::wire::encode::Encoder;
use crate::wire::errno::Errno;
use crate::wire::message::{GENL_HEADER_LEN, HEADER_LEN, Message as Received};
use neli::consts::nl::NlmF;
use std::fmt;

const ERROR: u16 = 2;
const DONE: u16 = 3;

/// A request that the fake kernel received, and the answers to it.
pub struct FakeRequest<'r> {
    pub(super) bytes: &'r [u8],
    pub(super) message: Received<'r>,
    /// The type of the message.
    pub(super) family_id: u16,
    /// The name of the family with this id.
    pub(super) family: Option<String>,
    /// The port of the socket that sent it.
    pub(super) port: u32,
    /// Bytes of the fixed header.
    pub(super) header_len: usize,
}

impl<'r> FakeRequest<'r> {
    /// Returns the name of the family; `None` if the fake kernel has none with this id.
    pub fn family(&self) -> Option<&str> {
        self.family.as_deref()
    }

    /// Returns the family's id, the type of the message.
    pub fn family_id(&self) -> u16 {
        self.family_id
    }

    /// Returns the number of the command.
    pub fn command(&self) -> u8 {
        self.message.command()
    }

    /// Returns the flags of the message.
    pub fn flags(&self) -> u16 {
        self.message.flags.bits()
    }

    /// Returns whether this is a dump request.
    pub fn is_dump(&self) -> bool {
        self.message.flags.contains(NlmF::DUMP)
    }

    /// Returns whether the client wants an ACK.
    pub fn wants_ack(&self) -> bool {
        self.message.flags.contains(NlmF::ACK)
    }

    /// Returns the sequence number.
    pub fn seq(&self) -> u32 {
        self.message.seq
    }

    /// Returns the port of the socket that sent it.
    pub fn port(&self) -> u32 {
        self.port
    }

    /// Returns the attributes, and before them the fixed header if the family has one.
    pub fn attrs(&self) -> Attrs<'r> {
        self.message.attrs()
    }

    /// Returns a reply with the attributes that `fill` adds.
    ///
    /// # Panics
    ///
    /// Panics if an attribute cannot be encoded.
    pub fn reply(&self, fill: impl FnOnce(&mut Encoder<'_>)) -> Message {
        self.reply_with(encoded(fill))
    }

    /// Returns an item of a dump with the attributes that `fill` adds.
    ///
    /// # Panics
    ///
    /// Panics if an attribute cannot be encoded.
    pub fn item(&self, fill: impl FnOnce(&mut Encoder<'_>)) -> Message {
        self.reply(fill).flags(NlmF::MULTI.bits())
    }

    /// Returns the end of a dump.
    pub fn done(&self) -> Message {
        self.answer(DONE, vec![0; 4]).flags(NlmF::MULTI.bits())
    }

    /// Returns an ACK.
    pub fn ack(&self) -> Message {
        self.error(Errno::from_raw(0))
    }

    /// Returns an error without an extended ack.
    pub fn error(&self, errno: Errno) -> Message {
        self.ext_ack(&ExtAck::new(errno))
    }

    /// Returns an error with an extended ack.
    ///
    /// # Panics
    ///
    /// Panics if the request lacks an attribute that `ext_ack` names.
    pub fn ext_ack(&self, ext_ack: &ExtAck) -> Message {
        let mut payload = ext_ack.errno.raw().wrapping_neg().to_ne_bytes().to_vec();
        // Capped: of the request only its header.
        payload.extend_from_slice(&self.bytes[..HEADER_LEN]);
        payload.extend(encoded(|to| {
            if let Some(text) = &ext_ack.message {
                to.put_text(MSG, text);
            }
            if let Some(path) = &ext_ack.attribute {
                to.put_u32(OFFS, self.offset_of(path));
            }
            if let Some((nest, number)) = &ext_ack.missing {
                to.put_u32(MISS_TYPE, (*number).into());
                if !nest.is_empty() {
                    to.put_u32(MISS_NEST, self.offset_of(nest));
                }
            }
            if let Some(policy) = &ext_ack.policy {
                to.nest(POLICY, |to| to.put_attrs(Attrs::new(policy)));
            }
        }));
        let flags = match ext_ack.has_attributes() {
            true => NlmF::CAPPED | NlmF::ACK_TLVS,
            false => NlmF::CAPPED,
        };
        self.answer(ERROR, payload).flags(flags.bits())
    }

    /// Returns a reply with these attributes.
    pub(super) fn reply_with(&self, attributes: Vec<u8>) -> Message {
        let mut payload = self.message.payload[..GENL_HEADER_LEN].to_vec();
        payload.extend(attributes);
        self.answer(self.family_id, payload)
    }

    fn answer(&self, kind: u16, payload: Vec<u8>) -> Message {
        Message::new(kind, payload).seq(self.seq()).port(self.port)
    }

    /// Returns the offset of the attribute with this path in the request.
    fn offset_of(&self, path: &[u16]) -> u32 {
        let header = self.header_len.next_multiple_of(4);
        let start = HEADER_LEN + GENL_HEADER_LEN + header;
        let offset = start + offset_of(self.attrs().skip_header(self.header_len), path);
        u32::try_from(offset).unwrap_or(u32::MAX)
    }
}

impl fmt::Debug for FakeRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeRequest")
            .field("family", &self.family)
            .field("family_id", &self.family_id)
            .field("command", &self.command())
            .field("flags", &self.message.flags)
            .field("seq", &self.seq())
            .field("attrs", &self.attrs())
            .finish_non_exhaustive()
    }
}
