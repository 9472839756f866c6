// SPDX-License-Identifier: GPL-2.0
// compiles

//! The control: a family that is put together rightly.

pub mod genl;
pub mod two_ops;

use genl::{
    Family,
    Registration,
    SplitOp, //
};
use kernel::prelude::*;
use two_ops::{
    First,
    Nothing,
    Second, //
};

module! {
    type: Case,
    name: "sorted",
    description: "A family that is put together wrongly",
    license: "GPL",
}

struct Case {
    _registration: Registration,
}

impl kernel::Module for Case {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        Ok(Self {
            _registration: FAMILY.register()?,
        })
    }
}

static FAMILY: Family = Family::const_new(
    kernel::module::this_module::<crate::LocalModule>(),
    c"sorted".to_bytes_with_nul(),
    1,
    &OPS,
    &[],
);

static OPS: [SplitOp<Nothing>; 2] = [SplitOp::new_do::<First>(), SplitOp::new_do::<Second>()];
