// SPDX-License-Identifier: GPL-2.0

//! A generic netlink family of its own, made from `shelf.yaml`.

use kernel::prelude::*;

pub mod genl;
pub mod shelf;
pub mod shelf_nl;

module! {
    type: ShelfModule,
    name: "shelf",
    authors: ["The greet project"],
    description: "Generic netlink family of a shelf",
    license: "GPL",
    alias: ["net-pf-16-proto-16-family-shelf"],
}

struct ShelfModule {
    _registration: genl::Registration,
}

impl kernel::Module for ShelfModule {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        Ok(Self {
            _registration: shelf_nl::FAMILY.register()?,
        })
    }
}
