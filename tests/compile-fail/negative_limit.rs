// SPDX-License-Identifier: GPL-2.0
// fails: the limit of a policy is negative

//! The policy of an unsigned number has a negative limit.

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
    name: "negative_limit",
    description: "A family that is put together wrongly",
    license: "GPL",
}

static FAMILY: Family = Family::const_new(
    kernel::module::this_module::<crate::LocalModule>(),
    c"negative".to_bytes_with_nul(),
    1,
    &OPS,
    &[],
);

static OPS: [SplitOp<Nothing>; 2] = [SplitOp::new_do::<First>(), SplitOp::new_do::<Second>()];

/// The error.
pub static NEGATIVE: PolicyTable<2> = PolicyTable::new().with(1, Policy::u32().min(-1));
