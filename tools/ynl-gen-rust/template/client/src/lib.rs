// SPDX-License-Identifier: MIT OR Apache-2.0

//! Client of the generic netlink family `@name@`.

pub mod protocol;
