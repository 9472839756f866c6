// SPDX-License-Identifier: GPL-2.0
// fails: the attribute is beyond the end of its policy table

//! A policy table is too short for its attribute.

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
    name: "short_policy",
    description: "A family that is put together wrongly",
    license: "GPL",
}

static FAMILY: Family = Family::const_new(
    kernel::module::this_module::<crate::LocalModule>(),
    c"short".to_bytes_with_nul(),
    1,
    &OPS,
    &[],
);

static OPS: [SplitOp<Nothing>; 2] = [SplitOp::new_do::<First>(), SplitOp::new_do::<Second>()];

/// The error.
pub static SHORT: PolicyTable<2> = PolicyTable::new()
    .with(1, Policy::nul_string().len(16))
    .with(2, Policy::u32().max(2));
