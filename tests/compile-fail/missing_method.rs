// SPDX-License-Identifier: GPL-2.0
// fails: not all trait items implemented, missing: `get`

//! The method of an operation is missing.

pub mod genl;
pub mod shelf_nl;

genl::module! {
    families: [shelf_nl::FAMILY],
    name: "missing_method",
    description: "A family that lacks an operation",
    license: "GPL",
}

/// The module that the family's author writes.
pub mod shelf {
    use crate::{
        genl::{
            Dump,
            ExtAckError, //
            Net,
            PerNet,
        },
        shelf_nl::{
            GetDumpRequest,
            Operations,
            PutReply,
            PutRequest, //
        },
    };
    use kernel::prelude::*;

    /// An empty state.
    pub struct Shelf;

    impl PerNet for Shelf {
        fn new(_net: &Net) -> impl PinInit<Self, Error> {
            Ok(Shelf)
        }
    }

    impl Operations for Shelf {
        type GetCursor = u32;

        fn put<'a>(
            self: Pin<&Self>,
            _request: &PutRequest<'a>,
        ) -> Result<Option<PutReply<'a>>, ExtAckError<'a>> {
            Err(EOPNOTSUPP.into())
        }

        fn get_dump<'a>(
            self: Pin<&Self>,
            _request: &GetDumpRequest<'a>,
            _dump: &mut Dump<'a, u32>,
        ) -> Result<(), ExtAckError<'a>> {
            Err(EOPNOTSUPP.into())
        }
    }
}
