// SPDX-License-Identifier: MIT OR Apache-2.0

//! `Debug` for messages of protocols made by `ynl-gen-rust`.
//!
//! Attributes have the names of the spec, as in the log at level debug. `{:?}` writes one line, `{:#?}`
//! a line for each attribute. Opaque bytes may be keys, so only their number is shown.
//!
//! # Errors
//!
//! All functions fail only if the formatter fails.

pub(crate) mod fields;
mod fold;
pub(crate) mod log;

use crate::schema::{AttributeSet, Holds};
use crate::wire::attr::{Attr, Attrs};
use crate::wire::display::{Mac, Opaque};
use crate::wire::encode::{EncodeError, Encoder};
use crate::wire::value::{Reader, Struct};
use fields::{Fields, Quoted};
use std::fmt;

/// Writes a received message or nest: the attributes in the order of the bytes.
pub fn received(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    set: Option<&'static AttributeSet>,
    header: Option<&dyn fmt::Debug>,
    attrs: Attrs<'_>,
) -> fmt::Result {
    write!(f, "{name} ")?;
    fmt::Debug::fmt(
        &Fields::new(attrs, Holds::of_set(set)).with_header(header),
        f,
    )
}

/// Writes a request or a nest of a request: the header, if any, with its length in bytes, and the
/// attributes that `write` adds. If an attribute cannot be encoded, writes only that error.
pub fn sent(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    set: Option<&'static AttributeSet>,
    header: Option<(&dyn fmt::Debug, usize)>,
    write: impl FnOnce(&mut Encoder<'_>),
) -> fmt::Result {
    let mut bytes = Vec::new();
    if let Err(EncodeError { path, kind }) = Encoder::append(&mut bytes, write) {
        let path = Holds::of_set(set).path(&path);
        return write!(f, "{name} {{{path}: {kind}}}");
    }
    let (header, len) = header.unzip();
    let attrs = Attrs::new(&bytes).skip_header(len.unwrap_or_default());
    received(f, name, set, header, attrs)
}

/// Writes a struct, or the number of bytes if there are too few.
pub fn structure<T: Struct + fmt::Debug>(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match bytes.len() < T::LEN {
        true => fmt::Debug::fmt(&Opaque(bytes), f),
        false => fmt::Debug::fmt(&T::read(&mut Reader::new(bytes)), f),
    }
}

/// Returns a struct's member of opaque bytes, to be shown by their number.
pub fn member(bytes: &[u8]) -> impl fmt::Debug {
    Opaque(bytes)
}

/// Returns a struct's member with a hardware address.
pub fn mac_member(bytes: &[u8]) -> impl fmt::Debug {
    Shown(Mac(bytes))
}

/// Returns a struct's member with text, up to its first NUL.
pub fn text_member(bytes: &[u8]) -> impl fmt::Debug {
    Quoted(Attr::new(0, bytes).text())
}

/// `Debug` with the output of `Display`.
struct Shown<T>(T);

impl<T: fmt::Display> fmt::Debug for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
