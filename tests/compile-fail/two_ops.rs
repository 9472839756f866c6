// SPDX-License-Identifier: GPL-2.0

//! Valid parts of a family, which the cases combine into invalid ones.

use crate::genl::{
    net_slot,
    Doit,
    ExtAckError, //
    Info,
    Net,
    PerNet,
    Policy,
    PolicyTable,
};
use kernel::prelude::*;

/// An empty state.
pub struct Nothing;

impl PerNet for Nothing {
    fn new(_net: &Net) -> impl PinInit<Self, Error> {
        Ok(Nothing)
    }
}

net_slot!(Nothing);

static POLICY: PolicyTable<2> = PolicyTable::new().with(1, Policy::nul_string().len(16));

/// The operation with command 1.
pub struct First;

impl Doit for First {
    type State = Nothing;
    const COMMAND: u8 = 1;
    const POLICY: &'static [Policy] = POLICY.as_slice();

    fn doit<'a>(_state: Pin<&Nothing>, _info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        Ok(())
    }
}

/// The operation with command 2.
pub struct Second;

impl Doit for Second {
    type State = Nothing;
    const COMMAND: u8 = 2;
    const POLICY: &'static [Policy] = &[];

    fn doit<'a>(_state: Pin<&Nothing>, _info: Info<'a>) -> Result<(), ExtAckError<'a>> {
        Ok(())
    }
}
