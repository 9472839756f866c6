// SPDX-License-Identifier: MIT OR Apache-2.0

//! Protocols of the kernel's families and of ours, with messages that implement `Serialize`.
//!
//! `build.rs` generates them from the specs of the kernel tree in `GREET_KERNEL_SRC`. Without a
//! kernel tree, the crate contains only our own.

// A set may have the same name as its family.
#![allow(clippy::module_inception)]

genl::include_family!("greet");
genl::include_family!("shelf");

#[cfg(kernel_tree)]
mod kernel {
    genl::include_family!("ethtool");
    genl::include_family!("mptcp_pm");
    genl::include_family!("netdev");
    genl::include_family!("nl80211");
    genl::include_family!("nlctrl");
    genl::include_family!("tcp_metrics");
    genl::include_family!("wireguard");
}

#[cfg(kernel_tree)]
pub use kernel::{ethtool, mptcp_pm, netdev, nl80211, nlctrl, tcp_metrics, wireguard};
