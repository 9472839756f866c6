// SPDX-License-Identifier: GPL-2.0
// fails: the operations are not sorted by command, or one is there twice

//! The table of operations has a duplicate command.

pub mod genl;
pub mod two_ops;

use genl::{
    Family,
    SplitOp, //
};
use two_ops::{
    First,
    Nothing, //
};

genl::module! {
    families: [FAMILY],
    name: "duplicate_op",
    description: "A family that is put together wrongly",
    license: "GPL",
}

static FAMILY: Family = Family::const_new(
    kernel::module::this_module::<crate::LocalModule>(),
    c"duplicate".to_bytes_with_nul(),
    1,
    &OPS,
    &[],
);

static OPS: [SplitOp<Nothing>; 2] = [SplitOp::new_do::<First>(), SplitOp::new_do::<First>()];
