// SPDX-License-Identifier: MIT OR Apache-2.0

//! Protocols of the kernel's own families and of ours, whose messages can be serialised.
//!
//! `build.rs` makes them from the specs of the kernel tree that `GREET_KERNEL_SRC` names; without
//! it only ours are here.

// A family may have a set of its own name.
#![allow(clippy::module_inception)]

include!(concat!(env!("OUT_DIR"), "/protocols.rs"));
