// SPDX-License-Identifier: MIT OR Apache-2.0

//! Events: subscriptions to multicast groups.

pub(crate) mod event;
pub(crate) mod listener;
#[cfg(feature = "tokio")]
pub(crate) mod stream;
pub(crate) mod subscription;
