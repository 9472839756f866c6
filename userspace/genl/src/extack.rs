// SPDX-License-Identifier: MIT OR Apache-2.0

//! Errors and ACKs, and the extended ack in them.
//!
//! An error message contains a `struct nlmsgerr`: the errno, and the request or, if the error is
//! capped, only its header. The attributes of `enum nlmsgerr_attrs` follow.

use crate::error::{Error, ExtAckError, Result};
use crate::nlctrl::PolicyAttrs;
use crate::policy::AttributePolicy;
use crate::schema::{Holds, Target};
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

/// Returns the result of a request from an error, an ACK or the end of a dump.
pub(crate) fn check_ack(message: &Message<'_>, request: &[u8], target: &Target) -> Result<()> {
    match parse_ack(message, request, target) {
        Some(Ok(())) => Ok(()),
        Some(Err(ext_ack)) => Err(Error::Kernel(Box::new(ext_ack))),
        None => Err(Error::decode(target)(DecodeError::Short)),
    }
}

impl ExtAckError {
    /// Returns whether this is the core's error for an unknown family id.
    pub(crate) fn is_unknown_id(&self) -> bool {
        self.errno == Errno::ENOENT && self.is_bare()
    }
}

/// Parses an error, an ACK or the end of a dump. Returns `None` if the message is too short.
fn parse_ack(
    message: &Message<'_>,
    request: &[u8],
    target: &Target,
) -> Option<Result<(), ExtAckError>> {
    let errno = message.errno()?;
    if errno >= 0 {
        return Some(Ok(()));
    }
    let attrs = extended_ack(message).unwrap_or_default();
    let number = |number| attrs.get(number).and_then(|attr| attr.u32().ok());
    let position = |offset: u32| locate(request, usize::try_from(offset).ok()?, target);
    Some(Err(ExtAckError {
        operation: target.into(),
        errno: Errno::from_raw(errno.saturating_neg()),
        message: attrs
            .get(MSG)
            .map(|attr| attr.text().to_string_lossy().into()),
        attribute: number(OFFS).and_then(position).map(|at| at.path),
        missing: number(MISS_TYPE).map(|missing| {
            let nest = number(MISS_NEST).and_then(position);
            missing_path(missing, nest, target)
        }),
        policy: attrs
            .get(POLICY)
            .and_then(|attr| PolicyAttrs::decode(attr.nested()).ok())
            .map(AttributePolicy::new),
    }))
}

/// Returns the attributes after the errno and the repeated part of the request.
fn extended_ack<'a>(message: &Message<'a>) -> Option<Attrs<'a>> {
    if !message.flags.contains(NlmF::ACK_TLVS) {
        return None;
    }
    let after_errno = message.payload.get(4..)?;
    let repeated = match message.kind {
        Kind::Done => 0,
        _ if message.flags.contains(NlmF::CAPPED) => HEADER_LEN,
        _ => usize::try_from(u32::from_ne_bytes(*after_errno.first_chunk()?)).ok()?,
    };
    let start = repeated.checked_next_multiple_of(ALIGN)?;
    Some(Attrs::new(after_errno.get(start..)?))
}

/// An attribute of a request.
struct Position<'t> {
    /// The names of the nests around it, and its own.
    path: String,
    /// The meaning of the numbers in it, if it contains attributes.
    holds: Holds<'t>,
}

/// Returns the attribute that starts `offset` bytes after the start of the request.
fn locate<'t>(request: &[u8], offset: usize, target: &'t Target) -> Option<Position<'t>> {
    let own_header = target.header_len().next_multiple_of(ALIGN);
    let start = HEADER_LEN + GENL_HEADER_LEN + own_header;
    let attributes = request.get(start..)?;
    let mut path = String::new();
    descend(
        attributes,
        offset.checked_sub(start)?,
        target.holds(),
        &mut path,
    )
    .map(|holds| Position { path, holds })
}

/// Descends to `offset` in the nests of `bytes`, and adds the names on the way to `path`.
///
/// Each round descends one level, and a nest is shorter than the nest around it.
fn descend<'t>(
    mut bytes: &[u8],
    mut offset: usize,
    mut holds: Holds<'t>,
    path: &mut String,
) -> Option<Holds<'t>> {
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

/// Returns the attribute of `bytes` that contains `offset`, and its start.
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

/// Returns the name of a missing attribute, after the name of the nest in which it is missing.
fn missing_path(missing: u32, nest: Option<Position<'_>>, target: &Target) -> String {
    let name = |holds: Holds<'_>| match u16::try_from(missing) {
        Ok(number) => holds.name_of(number),
        Err(_) => missing.to_string(),
    };
    match nest {
        Some(nest) => format!("{}.{}", nest.path, name(nest.holds)),
        None => name(target.holds()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{
        AttributeInfo, AttributeSet, FamilyInfo, Kind as AttributeKind, OperationInfo,
    };
    use crate::wire::encode::Encoder;
    use crate::wire::message::{Messages, RequestHeaders, write_request};
    use proptest::prelude::*;

    static INNER: AttributeSet = AttributeSet::new(
        "inner",
        &[AttributeInfo {
            number: 2,
            name: "leaf",
            kind: AttributeKind::Unsigned,
        }],
    );
    static OUTER: AttributeSet = AttributeSet::new(
        "outer",
        &[
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
    );
    static OPERATION: OperationInfo = OperationInfo {
        command: 1,
        name: "try",
        attributes: Some(&OUTER),
        header_len: 0,
    };

    static FAMILY: FamilyInfo = FamilyInfo::new("test", 1);
    static TARGET: Target = Target::Static(&FAMILY, &OPERATION);

    /// Returns a request: name at 20, nest at 28, leaf in it at 32.
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

    /// Returns an error message like the kernel's.
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
        parse_ack(&message, &request(), &TARGET)
            .unwrap()
            .unwrap_err()
    }

    #[test]
    fn names_a_bad_attribute_in_a_nest() {
        let attributes: &[(u16, &[u8])] = &[(MSG, b"no\0"), (OFFS, &32u32.to_ne_bytes())];
        let request = request();
        for (flags, repeated) in [
            (NlmF::ACK_TLVS | NlmF::CAPPED, &request[..16]),
            (NlmF::ACK_TLVS, &request[..]),
        ] {
            let ext_ack = ext_ack(&error(flags, repeated, attributes));
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
    fn names_an_attribute_in_an_array_after_its_index() {
        let mut bytes = request();
        let list = bytes.len();
        Encoder::append(&mut bytes, |to| {
            to.nest(4, |list| list.nest(7, |item| item.put_u32(2, 5)));
        })
        .unwrap();
        let path = |offset| locate(&bytes, offset, &TARGET).map(|at| at.path);
        assert_eq!(path(list).as_deref(), Some("list"));
        assert_eq!(path(list + 4).as_deref(), Some("list.7"));
        assert_eq!(path(list + 8).as_deref(), Some("list.7.leaf"));
    }

    #[test]
    fn names_an_attribute_after_a_padded_header() {
        static WITH_HEADER: OperationInfo = OperationInfo {
            command: 1,
            name: "try",
            attributes: Some(&OUTER),
            header_len: 6,
        };
        let mut bytes = request();
        bytes.splice(20..20, [0; 8]);
        let target = Target::Static(&FAMILY, &WITH_HEADER);
        let path = |offset| locate(&bytes, offset, &target).map(|at| at.path);
        assert_eq!(path(28).as_deref(), Some("name"));
        assert_eq!(path(40).as_deref(), Some("nest.leaf"));
    }

    #[test]
    fn the_minimum_errno_does_not_overflow() {
        let mut bytes = error(NlmF::CAPPED, &request()[..16], &[]);
        bytes[16..20].copy_from_slice(&i32::MIN.to_ne_bytes());
        assert_eq!(ext_ack(&bytes).errno, Errno::from_raw(i32::MAX));
    }

    #[test]
    fn an_error_without_attributes_has_an_errno_only() {
        let ext_ack = ext_ack(&error(NlmF::CAPPED, &request()[..16], &[(MSG, b"no\0")]));
        assert!(ext_ack.is_bare());
    }

    proptest! {
        #[test]
        fn random_offsets_do_not_panic(offset: u32, request: Vec<u8>) {
            let _ = locate(&request, offset as usize, &TARGET);
        }

        #[test]
        fn random_bytes_do_not_panic(flags: u16, payload: Vec<u8>, done: bool) {
            let message = Message {
                kind: if done { Kind::Done } else { Kind::Error },
                flags: NlmF::from_bits_retain(flags),
                seq: 0,
                port: 0,
                payload: &payload,
            };
            let _ = parse_ack(&message, &request(), &TARGET);
        }
    }
}
