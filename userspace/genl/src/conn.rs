// SPDX-License-Identifier: MIT OR Apache-2.0

//! Connections: requests, dumps and batches.

#[cfg(feature = "tokio")]
pub(crate) mod asynchronous;
pub(crate) mod batch;
pub(crate) mod connection;
pub(crate) mod dump;
pub(crate) mod exchange;
pub(crate) mod families;
#[cfg(feature = "tokio")]
pub(crate) mod in_flight;
#[cfg(feature = "tokio")]
pub(crate) mod offloaded;
pub(crate) mod owned;
pub(crate) mod pending;
pub(crate) mod slots;

#[cfg(test)]
mod tests;
