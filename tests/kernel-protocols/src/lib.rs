// SPDX-License-Identifier: MIT OR Apache-2.0

//! Protocols of the kernel's families and of ours, with messages that implement `Serialize`.
//!
//! `build.rs` generates them from the specs of the kernel tree in `GREET_KERNEL_SRC`. Without a
//! kernel tree, the crate contains only our own.

// A set may have the same name as its family.
#![allow(clippy::module_inception)]

include!(concat!(env!("OUT_DIR"), "/protocols.rs"));
