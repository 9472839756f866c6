// SPDX-License-Identifier: GPL-2.0

//! The module, which registers the family while it is loaded.

pub mod genl;
pub mod @snake@;
pub mod @snake@_nl;

genl::module! {
    families: [@snake@_nl::FAMILY],
    name: "@snake@",
    authors: ["The authors of @name@"],
    description: "Generic netlink family @name@",
    license: "GPL",
    alias: ["net-pf-16-proto-16-family-@name@"],
}
