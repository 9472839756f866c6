// SPDX-License-Identifier: GPL-2.0
// fails: the name is too long

//! The name has 16 bytes, which leaves no space for the NUL.

pub mod genl;
pub mod two_ops;

use genl::{
    Family,
    SplitOp, //
};
use two_ops::{
    First,
    Nothing,
    Second, //
};

genl::module! {
    families: [FAMILY],
    name: "long_name",
    description: "A family that is put together wrongly",
    license: "GPL",
}

static FAMILY: Family = Family::const_new(
    kernel::module::this_module::<crate::LocalModule>(),
    c"sixteen-letters-".to_bytes_with_nul(),
    1,
    &OPS,
    &[],
);

static OPS: [SplitOp<Nothing>; 2] = [SplitOp::new_do::<First>(), SplitOp::new_do::<Second>()];
