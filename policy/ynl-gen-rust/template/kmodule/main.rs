// SPDX-License-Identifier: GPL-2.0

//! The module: it registers the family for as long as it is loaded.

use kernel::prelude::*;

pub mod genl;
pub mod @snake@;
pub mod @snake@_nl;

module! {
    type: FamilyModule,
    name: "@snake@",
    authors: ["The authors of @name@"],
    description: "Generic netlink family @name@",
    license: "GPL",
    alias: ["net-pf-16-proto-16-family-@name@"],
}

struct FamilyModule {
    _registration: genl::Registration,
}

impl kernel::Module for FamilyModule {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        Ok(Self {
            _registration: @snake@_nl::FAMILY.register()?,
        })
    }
}
