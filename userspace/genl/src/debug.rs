// SPDX-License-Identifier: MIT OR Apache-2.0

//! `Debug` for messages of protocols made by `ynl-gen-rust`.
//!
//! Attributes are shown as the log shows them at level debug, by the names of the spec, in one line by
//! `{:?}` and in a line for each by `{:#?}`. Bytes that mean nothing without their protocol may be a
//! key, so only their number is shown.

mod fields;
mod fold;
pub(crate) mod log;

use crate::schema::{AttributeSet, Holds};
use crate::wire::attr::{Attr, Attrs};
use crate::wire::display::{Mac, Opaque};
use crate::wire::encode::{EncodeError, Encoder};
use crate::wire::value::{Reader, Struct};
use fields::{Fields, Quoted};
use std::fmt;

/// Shows a message or a nest that was received: the attributes as they came.
pub fn received(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    set: Option<&'static AttributeSet>,
    header: Option<&dyn fmt::Debug>,
    attrs: Attrs<'_>,
) -> fmt::Result {
    write!(f, "{name} ")?;
    fmt::Debug::fmt(&Fields::new(attrs, set).behind(header), f)
}

/// Shows a request or a nest of one: its header, if it has one, of so many bytes, and the attributes
/// that `write` writes. If an attribute does not fit, shows that one alone, and why.
pub fn sent(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    set: Option<&'static AttributeSet>,
    header: Option<(&dyn fmt::Debug, usize)>,
    write: impl FnOnce(&mut Encoder<'_>),
) -> fmt::Result {
    let mut bytes = Vec::new();
    if let Err(EncodeError { path, misfit }) = Encoder::append(&mut bytes, write) {
        let path = set.map_or(Holds::Unknown, Holds::Set).path(&path);
        return write!(f, "{name} {{{path}: {misfit}}}");
    }
    let (header, len) = header.unzip();
    let attrs = Attrs::new(&bytes).skip_header(len.unwrap_or_default());
    received(f, name, set, header, attrs)
}

/// Shows the bytes of a struct; their number if there are too few.
pub fn structure<T: Struct + fmt::Debug>(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match bytes.len() < T::LEN {
        true => fmt::Debug::fmt(&Opaque(bytes), f),
        false => fmt::Debug::fmt(&T::read(&mut Reader::new(bytes)), f),
    }
}

/// A member of a struct that is bytes, shown by their number.
pub fn member(bytes: &[u8]) -> impl fmt::Debug {
    Opaque(bytes)
}

/// A member of a struct that is a hardware address.
pub fn mac_member(bytes: &[u8]) -> impl fmt::Debug {
    Shown(Mac(bytes))
}

/// A member of a struct that is text, up to its first NUL.
pub fn text_member(bytes: &[u8]) -> impl fmt::Debug {
    Quoted(Attr::new(0, bytes).text())
}

/// What `Display` shows, for `Debug`.
struct Shown<T>(T);

impl<T: fmt::Display> fmt::Debug for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
