// SPDX-License-Identifier: MIT OR Apache-2.0

//! Bytes of netlink messages: headers, attributes and the values in them.

pub(crate) mod attr;
pub(crate) mod display;
pub(crate) mod encode;
pub(crate) mod errno;
pub(crate) mod message;
pub(crate) mod multi;
pub(crate) mod nested;
pub(crate) mod owned;
pub(crate) mod traits;
pub(crate) mod value;
