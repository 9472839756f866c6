// SPDX-License-Identifier: GPL-2.0

//! A generic netlink family that greets.
//!
//! What it can be asked is defined in `policy/greet.yaml`.

pub mod genl;
pub mod greet;
pub mod greet_nl;

genl::module! {
    families: [greet_nl::FAMILY],
    name: "greet",
    authors: ["The greet project"],
    description: "Generic netlink family that greets",
    license: "GPL",
    // What the nlctrl family asks for when a family is resolved that is not there.
    alias: ["net-pf-16-proto-16-family-greet"],
}
