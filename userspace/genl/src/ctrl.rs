// SPDX-License-Identifier: MIT OR Apache-2.0

//! The families of the kernel, as `nlctrl` describes them.

pub(crate) mod family;
pub(crate) mod policies;
