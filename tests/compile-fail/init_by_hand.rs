// SPDX-License-Identifier: GPL-2.0
// fails: call to unsafe function

//! Safe code calls the function that registers the families of a module.

pub mod genl;
pub mod two_ops;

use genl::{
    FamiliesOnly,
    Family,
    Registered,
    SplitOp, //
};
use kernel::prelude::*;
use two_ops::{
    First,
    Nothing,
    Second, //
};

genl::module! {
    families: [FAMILY],
    name: "init_by_hand",
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

static FAMILIES: &[&Family] = &[&FAMILY];

/// The error.
pub fn register(module: &'static ThisModule) -> Result {
    let module = Registered::<FamiliesOnly>::init_with(module, FAMILIES);
    core::mem::forget(KBox::pin_init(module, GFP_KERNEL)?);
    Ok(())
}
