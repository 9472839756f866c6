// SPDX-License-Identifier: GPL-2.0

//! The family `fou` of net/ipv4, without its sockets and tunnels: the ports, their requests and
//! their answers.

pub mod fou;
#[rustfmt::skip] // Generated when the module is built.
pub mod fou_nl;
pub mod genl;

genl::module! {
    families: [fou_nl::FAMILY],
    name: "fou",
    authors: ["The greet project"],
    description: "Generic netlink family of Foo over UDP",
    license: "GPL",
    alias: ["net-pf-16-proto-16-family-fou"],
}
