// SPDX-License-Identifier: MIT OR Apache-2.0

//! Errors and ACKs, and the extended ack in them.
//!
//! An error message carries a `struct nlmsgerr`: the errno, and the request or, if the error is
//! capped, only its header; behind that the attributes of `enum nlmsgerr_attrs`.

use crate::error::{Error, ExtAckError, Result};
use crate::nlctrl::PolicyAttrs;
use crate::policy::AttributePolicy;
use crate::schema::{Holds, OperationInfo};
use crate::wire::attr::{ALIGN, Attr, Attrs, DecodeError, HEADER_LEN as ATTR_HEADER_LEN};
use crate::wire::errno::Errno;
use crate::wire::message::{GENL_HEADER_LEN, HEADER_LEN, Kind, Message};
use crate::wire::traits::Decode;
use neli::consts::nl::NlmF;

/// Attributes of an extended ack, `enum nlmsgerr_attrs`.
pub(crate) const MSG: u16 = 1;
pub(crate) const OFFS: u16 = 2;
pub(crate) const POLICY: u16 = 4;
pub(crate) const MISS_TYPE: u16 = 5;
pub(crate) const MISS_NEST: u16 = 6;

/// What an error, an ACK or the end of a dump says of a request.
pub(crate) fn check_ack(
    message: &Message<'_>,
    request: &[u8],
    operation: &'static OperationInfo,
) -> Result<()> {
    match parse_ack(message, request, operation) {
        Some(Ok(())) => Ok(()),
        Some(Err(ext_ack)) => Err(Error::Kernel(Box::new(ext_ack))),
        None => Err(Error::decode(operation.name)(DecodeError::Short)),
    }
}

impl ExtAckError {
    /// Whether this is what the core says of a family id that it does not know.
    pub(crate) fn is_unknown_id(&self) -> bool {
        self.errno == Errno::ENOENT && self.is_bare()
    }
}

/// What an error, an ACK or the end of a dump says of the request `request`: that it was carried
/// out, or why not.
///
/// `None` if the message is too short to say anything.
fn parse_ack(
    message: &Message<'_>,
    request: &[u8],
    operation: &OperationInfo,
) -> Option<Result<(), ExtAckError>> {
    let errno = message.errno()?;
    if errno >= 0 {
        return Some(Ok(()));
    }
    let said = extended_ack(message).unwrap_or_default();
    let number = |number| said.get(number).and_then(|attr| attr.u32().ok());
    let position = |offset: u32| locate(request, usize::try_from(offset).ok()?, operation);
    Some(Err(ExtAckError {
        operation: operation.name,
        errno: Errno::from_raw(errno.saturating_neg()),
        message: said
            .get(MSG)
            .map(|attr| attr.text().to_string_lossy().into()),
        attribute: number(OFFS).and_then(position).map(|at| at.path),
        missing: number(MISS_TYPE).map(|missing| {
            let nest = number(MISS_NEST).and_then(position);
            missing_path(missing, nest, operation)
        }),
        policy: said
            .get(POLICY)
            .and_then(|attr| PolicyAttrs::decode(attr.nested()).ok())
            .map(AttributePolicy::new),
    }))
}

/// The attributes behind the errno and what is repeated of the request.
fn extended_ack<'a>(message: &Message<'a>) -> Option<Attrs<'a>> {
    if !message.flags.contains(NlmF::ACK_TLVS) {
        return None;
    }
    let behind_errno = message.payload.get(4..)?;
    let repeated = match message.kind {
        Kind::Done => 0,
        _ if message.flags.contains(NlmF::CAPPED) => HEADER_LEN,
        _ => usize::try_from(u32::from_ne_bytes(*behind_errno.first_chunk()?)).ok()?,
    };
    let start = repeated.checked_next_multiple_of(ALIGN)?;
    Some(Attrs::new(behind_errno.get(start..)?))
}

/// An attribute of a request.
struct Position {
    /// Its name, behind those of the nests around it.
    path: String,
    /// What its numbers mean, if it holds attributes.
    holds: Holds,
}

/// The attribute that starts `offset` bytes behind the start of the request.
fn locate(request: &[u8], offset: usize, operation: &OperationInfo) -> Option<Position> {
    let own_header = operation.header_len.next_multiple_of(ALIGN);
    let start = HEADER_LEN + GENL_HEADER_LEN + own_header;
    let attributes = request.get(start..)?;
    let mut path = String::new();
    descend(
        attributes,
        offset.checked_sub(start)?,
        operation.holds(),
        &mut path,
    )
    .map(|holds| Position { path, holds })
}

/// Follows `offset` down into the nests of `bytes`, and adds the names on the way to `path`.
///
/// Each round is one nest deeper, and there are no more bytes inside than outside.
fn descend(
    mut bytes: &[u8],
    mut offset: usize,
    mut holds: Holds,
    path: &mut String,
) -> Option<Holds> {
    loop {
        let (start, attr) = attribute_at(bytes, offset)?;
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(&holds.name_of(attr.number()));
        holds = holds.of(attr.number());
        if start == offset {
            return Some(holds);
        }
        offset = offset.checked_sub(start + ATTR_HEADER_LEN)?;
        bytes = attr.payload();
    }
}

/// The attribute of `bytes` that `offset` falls in, and where it starts.
fn attribute_at(bytes: &[u8], offset: usize) -> Option<(usize, Attr<'_>)> {
    let mut start = 0;
    for attr in Attrs::new(bytes) {
        let end = start + (ATTR_HEADER_LEN + attr.payload().len()).next_multiple_of(ALIGN);
        if (start..end).contains(&offset) {
            return Some((start, attr));
        }
        start = end;
    }
    None
}

/// The name of a missing attribute, behind that of the nest in which it is missing.
fn missing_path(missing: u32, nest: Option<Position>, operation: &OperationInfo) -> String {
    let name = |holds: Holds| match u16::try_from(missing) {
        Ok(number) => holds.name_of(number),
        Err(_) => missing.to_string(),
    };
    match nest {
        Some(nest) => format!("{}.{}", nest.path, name(nest.holds)),
        None => name(operation.holds()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{AttributeInfo, AttributeSet, Kind as AttributeKind};
    use crate::wire::encode::Encoder;
    use crate::wire::message::{Messages, RequestHeaders, write_request};
    use proptest::prelude::*;

    static INNER: AttributeSet = AttributeSet {
        name: "inner",
        attributes: &[AttributeInfo {
            number: 2,
            name: "leaf",
            kind: AttributeKind::Unsigned,
        }],
    };
    static OUTER: AttributeSet = AttributeSet {
        name: "outer",
        attributes: &[
            AttributeInfo {
                number: 1,
                name: "name",
                kind: AttributeKind::Text,
            },
            AttributeInfo {
                number: 3,
                name: "nest",
                kind: AttributeKind::Nest(&INNER),
            },
            AttributeInfo {
                number: 4,
                name: "list",
                kind: AttributeKind::Array(&AttributeKind::Nest(&INNER)),
            },
        ],
    };
    static OPERATION: OperationInfo = OperationInfo {
        command: 1,
        name: "try",
        attributes: Some(&OUTER),
        header_len: 0,
    };

    /// A request: name at 20, nest at 28, leaf in it at 32.
    fn request() -> Vec<u8> {
        let headers = RequestHeaders {
            family_id: 30,
            flags: NlmF::REQUEST,
            seq: 1,
            command: 1,
            version: 1,
        };
        let mut bytes = Vec::new();
        write_request(&mut bytes, headers, |buffer| {
            Encoder::append(buffer, |to| {
                to.put_text(1, "ab");
                to.nest(3, |inner| inner.put_u32(2, 5));
            })
        })
        .unwrap();
        bytes
    }

    /// An error message as the kernel makes it.
    fn error(flags: NlmF, repeated: &[u8], attributes: &[(u16, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![0; 4];
        bytes.extend_from_slice(&2u16.to_ne_bytes());
        bytes.extend_from_slice(&flags.bits().to_ne_bytes());
        bytes.extend_from_slice(&[0; 8]);
        bytes.extend_from_slice(&(-22i32).to_ne_bytes());
        bytes.extend_from_slice(repeated);
        Encoder::append(&mut bytes, |to| {
            for (number, payload) in attributes {
                to.put_bytes(*number, payload);
            }
        })
        .unwrap();
        let len = u32::try_from(bytes.len()).unwrap();
        bytes[..4].copy_from_slice(&len.to_ne_bytes());
        bytes
    }

    fn ext_ack(bytes: &[u8]) -> ExtAckError {
        let (_, message) = Messages::new(bytes).next().unwrap();
        parse_ack(&message, &request(), &OPERATION)
            .unwrap()
            .unwrap_err()
    }

    #[test]
    fn names_a_bad_attribute_in_a_nest() {
        let said: &[(u16, &[u8])] = &[(MSG, b"no\0"), (OFFS, &32u32.to_ne_bytes())];
        let request = request();
        for (flags, repeated) in [
            (NlmF::ACK_TLVS | NlmF::CAPPED, &request[..16]),
            (NlmF::ACK_TLVS, &request[..]),
        ] {
            let ext_ack = ext_ack(&error(flags, repeated, said));
            assert_eq!(ext_ack.message.as_deref(), Some("no"));
            assert_eq!(ext_ack.attribute.as_deref(), Some("nest.leaf"));
            assert_eq!(ext_ack.errno, Errno::from_raw(22));
        }
    }

    #[test]
    fn names_a_missing_attribute_in_a_nest() {
        let flags = NlmF::ACK_TLVS | NlmF::CAPPED;
        let nest = 28u32.to_ne_bytes();
        let type_ = 2u32.to_ne_bytes();
        let bytes = error(
            flags,
            &request()[..16],
            &[(MISS_NEST, &nest), (MISS_TYPE, &type_)],
        );
        assert_eq!(ext_ack(&bytes).missing.as_deref(), Some("nest.leaf"));
        let bytes = error(flags, &request()[..16], &[(MISS_TYPE, &type_)]);
        assert_eq!(ext_ack(&bytes).missing.as_deref(), Some("2"));
    }

    #[test]
    fn names_an_attribute_in_an_array_behind_its_index() {
        let mut bytes = request();
        let list = bytes.len();
        Encoder::append(&mut bytes, |to| {
            to.nest(4, |list| list.nest(7, |item| item.put_u32(2, 5)));
        })
        .unwrap();
        let path = |offset| locate(&bytes, offset, &OPERATION).map(|at| at.path);
        assert_eq!(path(list).as_deref(), Some("list"));
        assert_eq!(path(list + 4).as_deref(), Some("list.7"));
        assert_eq!(path(list + 8).as_deref(), Some("list.7.leaf"));
    }

    #[test]
    fn names_an_attribute_behind_a_header_that_is_padded() {
        static OF_OLD: OperationInfo = OperationInfo {
            command: 1,
            name: "try",
            attributes: Some(&OUTER),
            header_len: 6,
        };
        let mut bytes = request();
        bytes.splice(20..20, [0; 8]);
        let path = |offset| locate(&bytes, offset, &OF_OLD).map(|at| at.path);
        assert_eq!(path(28).as_deref(), Some("name"));
        assert_eq!(path(40).as_deref(), Some("nest.leaf"));
    }

    #[test]
    fn the_least_errno_is_survived() {
        let mut bytes = error(NlmF::CAPPED, &request()[..16], &[]);
        bytes[16..20].copy_from_slice(&i32::MIN.to_ne_bytes());
        assert_eq!(ext_ack(&bytes).errno, Errno::from_raw(i32::MAX));
    }

    #[test]
    fn without_attributes_there_is_only_the_errno() {
        let ext_ack = ext_ack(&error(NlmF::CAPPED, &request()[..16], &[(MSG, b"no\0")]));
        assert!(ext_ack.is_bare());
    }

    proptest! {
        #[test]
        fn any_offset_is_survived(offset: u32, request: Vec<u8>) {
            let _ = locate(&request, offset as usize, &OPERATION);
        }

        #[test]
        fn any_bytes_are_survived(flags: u16, payload: Vec<u8>, done: bool) {
            let message = Message {
                kind: if done { Kind::Done } else { Kind::Error },
                flags: NlmF::from_bits_retain(flags),
                seq: 0,
                port: 0,
                payload: &payload,
            };
            let _ = parse_ack(&message, &request(), &OPERATION);
        }
    }
}
