// SPDX-License-Identifier: MIT OR Apache-2.0

//! The socket, and how messages reach the kernel.

#[cfg(feature = "tokio")]
pub(crate) mod asynchronous;
pub(crate) mod netlink;
pub(crate) mod transport;
