// SPDX-License-Identifier: GPL-2.0

//! A generic netlink family that greets. `policy/greet.yaml` defines its protocol.

pub mod genl;
pub mod greet;
pub mod greet_nl;

genl::module! {
    families: [greet_nl::FAMILY],
    name: "greet",
    authors: ["The greet project"],
    description: "Generic netlink family that greets",
    license: "GPL",
    // nlctrl requests this module when a client resolves the family and it is not registered.
    alias: ["net-pf-16-proto-16-family-greet"],
}
