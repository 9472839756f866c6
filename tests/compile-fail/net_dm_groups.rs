// SPDX-License-Identifier: GPL-2.0
// fails: the core has one multicast group for a family with this name

//! The family has two groups and the name of the drop monitor, to which the core gives one fixed
//! group.

pub mod genl;
pub mod two_ops;

use genl::{
    Family,
    MulticastGroup,
    SplitOp, //
};
use two_ops::{
    First,
    Nothing,
    Second, //
};

genl::module! {
    families: [FAMILY],
    name: "net_dm_groups",
    description: "A family that is put together wrongly",
    license: "GPL",
}

static FAMILY: Family = Family::const_new(
    kernel::module::this_module::<crate::LocalModule>(),
    c"NET_DM".to_bytes_with_nul(),
    1,
    &OPS,
    &GROUPS,
);

static OPS: [SplitOp<Nothing>; 2] = [SplitOp::new_do::<First>(), SplitOp::new_do::<Second>()];

static GROUPS: [MulticastGroup; 2] = [
    MulticastGroup::const_new(c"one"),
    MulticastGroup::const_new(c"two"),
];
