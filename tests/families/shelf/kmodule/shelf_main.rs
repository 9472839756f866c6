// SPDX-License-Identifier: GPL-2.0

//! The module of the family `shelf`, which `shelf.yaml` defines.

pub mod genl;
pub mod shelf;
pub mod shelf_nl;

genl::module! {
    families: [shelf_nl::FAMILY],
    name: "shelf",
    authors: ["The greet project"],
    description: "Generic netlink family of a shelf",
    license: "GPL",
    alias: ["net-pf-16-proto-16-family-shelf"],
}
