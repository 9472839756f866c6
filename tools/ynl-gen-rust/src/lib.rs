// SPDX-License-Identifier: MIT OR Apache-2.0

//! Turns a YNL spec of a generic netlink family into Rust for the kernel and for user space, a C
//! header, a page of documentation, a dissector for Wireshark and a description for syzkaller.
//!
//! [`spec`] reads what is written, [`model`] decides what it means, and [`emit`] writes it down
//! again, once for each output. [`new`] begins a family.

pub mod cli;
pub mod emit;
mod files;
pub mod model;
mod naming;
pub mod new;
pub mod spec;
