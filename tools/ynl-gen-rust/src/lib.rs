// SPDX-License-Identifier: MIT OR Apache-2.0

//! Compiles the YNL spec of a generic netlink family to Rust for the kernel and for user space, a C
//! header, a reference page, a Wireshark dissector and a syzkaller description.
//!
//! [`spec`] parses the YAML, [`model`] validates it and resolves names, and [`emit`] writes the
//! outputs. [`new`] creates the files of a new family.

pub mod cli;
pub mod emit;
mod files;
pub mod model;
mod naming;
pub mod new;
pub mod spec;
