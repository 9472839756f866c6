// SPDX-License-Identifier: GPL-2.0

//! A module that cannot be loaded, because the name of its second family is in use.
//!
//! Its first family is registered for a moment, in which clients can dump a list from it, and its
//! policy from `nlctrl`; both dumps take several parts. The family has many groups, which the core
//! announces one by one, so the moment is long.

pub mod genl;

use genl::{
    net_slot,
    Dump,
    Dumpit,
    ExtAckError,
    Family,
    MulticastGroup,
    PerNet,
    Policy,
    PolicyTable,
    PutAttr,
    SplitOp, //
    WeakNet,
};
use kernel::prelude::*;

genl::module! {
    families: [FIRST, SECOND],
    name: "second_fails",
    authors: ["The greet project"],
    description: "Two generic netlink families of which one cannot be registered",
    license: "GPL",
}

static FIRST: Family = Family::const_new(
    kernel::module::this_module::<crate::LocalModule>(),
    c"first-of-two".to_bytes_with_nul(),
    1,
    &OPS,
    &GROUPS,
);

static SECOND: Family = Family::const_new::<OfSecond>(
    kernel::module::this_module::<crate::LocalModule>(),
    c"greet".to_bytes_with_nul(),
    1,
    &[],
    &[],
);

static OPS: [SplitOp<OfFirst>; 1] = [SplitOp::new_dump::<Endless>()];

// Few enough for the first 64 group numbers. When a family with higher ones is unregistered, the core
// (Linux 7.3.4, `netlink_update_socket_mc()`) writes beyond the bitmap of a socket that joined a group
// before the family was registered.
static GROUPS: [MulticastGroup; 30] = [const { MulticastGroup::const_new(c"group") }; 30];

/// The state of the first family.
struct OfFirst;

impl PerNet for OfFirst {
    fn new(_net: WeakNet) -> impl PinInit<Self, Error> {
        Ok(OfFirst)
    }
}

net_slot!(OfFirst);

/// The state of the second family.
struct OfSecond;

impl PerNet for OfSecond {
    fn new(_net: WeakNet) -> impl PinInit<Self, Error> {
        Ok(OfSecond)
    }
}

net_slot!(OfSecond);

const NUMBER: u16 = 1;

static POLICY: PolicyTable<1500> = all_numbers();

/// A policy that does not fit in one part of a dump.
const fn all_numbers() -> PolicyTable<1500> {
    let mut table = PolicyTable::new();
    let mut attrtype = 1;
    while attrtype < 1500 {
        table = table.with(attrtype, Policy::u32().max(7));
        attrtype += 1;
    }
    table
}

/// A dump without an end.
struct Endless;

impl Dumpit for Endless {
    type State = OfFirst;
    type Cursor = u32;
    const COMMAND: u8 = 1;
    const POLICY: &'static [Policy] = POLICY.as_slice();

    fn dumpit<'a>(_state: Pin<&OfFirst>, dump: &mut Dump<'a, u32>) -> Result<(), ExtAckError<'a>> {
        loop {
            let next = dump.cursor();
            let mut item = dump.item(&FIRST, Self::COMMAND)?;
            item.put_u32(NUMBER, next)?;
            item.send()?;
            dump.set_cursor(next.wrapping_add(1));
        }
    }
}
