// SPDX-License-Identifier: GPL-2.0
// fails: no method named `register` found

//! Safe code registers a family without `genl::module!`, so that it could leak the registration.

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
    name: "registration_by_hand",
    description: "A family that is put together wrongly",
    license: "GPL",
}

static FAMILY: Family = Family::const_new(
    kernel::module::this_module::<crate::LocalModule>(),
    c"by-hand".to_bytes_with_nul(),
    1,
    &OPS,
    &[],
);

static OPS: [SplitOp<Nothing>; 2] = [SplitOp::new_do::<First>(), SplitOp::new_do::<Second>()];

/// The error.
pub fn register() {
    core::mem::forget(FAMILY.register());
}
