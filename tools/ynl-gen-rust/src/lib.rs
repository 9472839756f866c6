// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compiles the YNL spec of a generic netlink family to Rust for the kernel and for user space, a C
//! header, a reference page, a Wireshark dissector and a syzkaller description.
//!
//! [`spec`] parses the YAML, [`model`] validates it and resolves names, and [`emit`] writes the
//! outputs. [`new`] creates the files of a new family. [`Build`] is for build scripts.

mod build;
#[cfg(feature = "cli")]
pub mod cli;
pub mod emit;
#[cfg(feature = "cli")]
mod files;
pub mod model;
mod naming;
#[cfg(feature = "cli")]
pub mod new;
pub mod spec;

pub use build::{Build, BuildError};
