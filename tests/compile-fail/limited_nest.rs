// SPDX-License-Identifier: GPL-2.0
// fails: only a number or what is binary has limits

//! The policy of a nest has a limit.

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
    name: "limited_nest",
    description: "A family that is put together wrongly",
    license: "GPL",
}

static FAMILY: Family = Family::const_new(
    kernel::module::this_module::<crate::LocalModule>(),
    c"limited".to_bytes_with_nul(),
    1,
    &OPS,
    &[],
);

static OPS: [SplitOp<Nothing>; 2] = [SplitOp::new_do::<First>(), SplitOp::new_do::<Second>()];

/// The error: the core would use the limit as the address of the nested policy.
pub static LIMITED: PolicyTable<2> =
    PolicyTable::new().with(1, Policy::nested(INNER.as_slice()).max(3));
static INNER: PolicyTable<2> = PolicyTable::new().with(1, Policy::u32());
