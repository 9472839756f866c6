// SPDX-License-Identifier: GPL-2.0
// fails: the attribute has a check already

//! The policy of a number has two checks, of which the kernel supports one.

pub mod genl;
pub mod two_ops;

use genl::{
    Family,
    Policy,
    PolicyTable,
    SplitOp, //
};
use two_ops::{
    First,
    Nothing,
    Second, //
};

genl::module! {
    families: [FAMILY],
    name: "two_checks",
    description: "A family that is put together wrongly",
    license: "GPL",
}

static FAMILY: Family = Family::const_new(
    kernel::module::this_module::<crate::LocalModule>(),
    c"checks".to_bytes_with_nul(),
    1,
    &OPS,
    &[],
);

static OPS: [SplitOp<Nothing>; 2] = [SplitOp::new_do::<First>(), SplitOp::new_do::<Second>()];

/// The error.
pub static CHECKS: PolicyTable<2> = PolicyTable::new().with(1, Policy::u32().min(1).mask(3));
