// SPDX-License-Identifier: MIT OR Apache-2.0

//! Connections: requests, dumps and batches.

pub(crate) mod batch;
pub(crate) mod connection;
pub(crate) mod dump;
pub(crate) mod exchange;
pub(crate) mod families;
pub(crate) mod pending;
pub(crate) mod slots;

#[cfg(test)]
mod tests;
