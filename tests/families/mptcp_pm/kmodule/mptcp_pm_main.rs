// SPDX-License-Identifier: GPL-2.0

//! The family `mptcp_pm` of net/mptcp, without its connections: the endpoints and limits of the path
//! manager in the kernel.

pub mod genl;
pub mod mptcp_pm;
#[rustfmt::skip] // Generated when the module is built.
pub mod mptcp_pm_nl;

genl::module! {
    families: [mptcp_pm_nl::FAMILY],
    name: "mptcp_pm",
    authors: ["The greet project"],
    description: "Generic netlink family of the MPTCP path manager",
    license: "GPL",
    alias: ["net-pf-16-proto-16-family-mptcp_pm"],
}
