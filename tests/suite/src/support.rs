// SPDX-License-Identifier: MIT OR Apache-2.0

//! What tests of several topics need.

pub(crate) mod module;
pub(crate) mod namespace;
pub(crate) mod tool;
