// SPDX-License-Identifier: MIT OR Apache-2.0

//! Messages for the log: decoded at level debug, as bytes too at level trace.

use crate::attr::{Attr, Attrs};
use crate::escape::Escaped;
use crate::message::{Kind, Message, Messages};
use crate::names::{self, AttributeSet, OperationInfo};
use log::Level;
use std::fmt;

/// Nests are shown down to this depth; what lies deeper is shown as bytes.
const MAX_DEPTH: usize = 8;

/// Logs a request.
pub(crate) fn sent(request: &[u8], operation: &OperationInfo) {
    if log::log_enabled!(Level::Debug) {
        for (_, message) in Messages::new(request) {
            log("->", &message, operation);
        }
    }
}

/// Logs an answer.
pub(crate) fn received(message: &Message<'_>, operation: &OperationInfo) {
    if log::log_enabled!(Level::Debug) {
        log("<-", message, operation);
    }
}

fn log(arrow: &str, message: &Message<'_>, operation: &OperationInfo) {
    log::debug!("{arrow} {}", Shown { message, operation });
    log::trace!("{arrow} {}", Hex(message.payload));
}

/// A message in one line.
struct Shown<'a> {
    message: &'a Message<'a>,
    operation: &'a OperationInfo,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, operation } = self;
        write!(f, "{} seq {}", operation.name, message.seq)?;
        match message.kind {
            Kind::Family(_) => {
                if !message.flags.is_empty() {
                    write!(f, " flags")?;
                    for (name, _) in message.flags.iter_names() {
                        write!(f, " {name}")?;
                    }
                }
                let (attrs, set, depth) = (message.attrs(), operation.attributes, 0);
                write!(f, " {}", Fields { attrs, set, depth })
            }
            Kind::Error => write!(f, " error {}", errno(message)),
            Kind::Done => write!(f, " done {}", errno(message)),
            Kind::Noop => write!(f, " noop"),
        }
    }
}

/// The errno of an error or the end of a dump, as it stands there: negative, or 0.
fn errno(message: &Message<'_>) -> i32 {
    message
        .payload
        .first_chunk()
        .map_or(0, |errno| i32::from_ne_bytes(*errno))
}

/// Attributes in braces.
struct Fields<'a> {
    attrs: Attrs<'a>,
    set: Option<&'static AttributeSet>,
    depth: usize,
}

impl fmt::Display for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        let mut separator = "";
        for attr in self.attrs {
            f.write_str(separator)?;
            separator = ", ";
            match self.set.and_then(|set| set.get(attr.number())) {
                Some(info) => {
                    write!(f, "{}: ", info.name)?;
                    value(f, attr, info.kind, self.depth)?;
                }
                None => write!(f, "{}: {}", attr.number(), Hex(attr.payload()))?,
            }
        }
        f.write_str("}")
    }
}

fn value(
    f: &mut fmt::Formatter<'_>,
    attr: Attr<'_>,
    kind: names::Kind,
    depth: usize,
) -> fmt::Result {
    match (kind, number(attr.payload())) {
        (names::Kind::Unsigned, Some(number)) => write!(f, "{number}"),
        (names::Kind::Enum(names), Some(number)) => {
            match usize::try_from(number).ok().and_then(|at| names.get(at)) {
                Some(name) => f.write_str(name),
                None => write!(f, "{number}"),
            }
        }
        (names::Kind::Text, _) => {
            write!(f, "\"{}\"", Escaped::new(&attr.text().to_string_lossy()))
        }
        (names::Kind::Nest(set), _) if depth < MAX_DEPTH => {
            let (attrs, set, depth) = (attr.nested(), Some(set), depth + 1);
            write!(f, "{}", Fields { attrs, set, depth })
        }
        _ => write!(f, "{}", Hex(attr.payload())),
    }
}

/// An unsigned number of as many bytes as there are.
fn number(payload: &[u8]) -> Option<u64> {
    match *payload {
        [a] => Some(a.into()),
        [a, b] => Some(u16::from_ne_bytes([a, b]).into()),
        [a, b, c, d] => Some(u32::from_ne_bytes([a, b, c, d]).into()),
        _ => payload.try_into().ok().map(u64::from_ne_bytes),
    }
}

/// Bytes as hexadecimal digits.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}
