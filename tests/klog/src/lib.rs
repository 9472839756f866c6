// SPDX-License-Identifier: MIT OR Apache-2.0

//! Parses the kernel log, for xtask on the host and for the suite in the guest.

mod faults;
pub mod kunit;

pub use faults::faults;
