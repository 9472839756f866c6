// SPDX-License-Identifier: GPL-2.0

//! A generic netlink family that greets.
//!
//! What it can be asked is defined in `policy/greet.yaml`.

use kernel::prelude::*;

pub mod genl;
pub mod greet;
pub mod greet_nl;

module! {
    type: GreetModule,
    name: "greet",
    authors: ["The greet project"],
    description: "Generic netlink family that greets",
    license: "GPL",
    // What the nlctrl family asks for when a family is resolved that is not there.
    alias: ["net-pf-16-proto-16-family-greet"],
}

struct GreetModule {
    _registration: genl::Registration,
}

impl kernel::Module for GreetModule {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        Ok(Self {
            _registration: greet_nl::FAMILY.register()?,
        })
    }
}
