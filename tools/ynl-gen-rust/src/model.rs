// SPDX-License-Identifier: MIT OR Apache-2.0

//! The validated model of a family, with all names resolved and all numbers known.
//!
//! Numbers follow the kernel's `tools/net/ynl/pyynl/lib/nlspec.py`, and policies its
//! `ynl_gen_c.py`. Emitters read the model. A spec is validated while its model is built, so
//! emitters reject only features that their own output cannot express.

mod attributes;
mod build;
mod checks;
mod definitions;
mod gaps;
mod lookup;
mod nesting;
mod numbers;
mod operations;
mod policy;
mod types;

pub use build::build;
pub use gaps::{GAPS, Gap, Usage};
pub use nesting::Nesting;
pub use numbers::{Carriers, Widening};
pub use policy::{Check, NlaType, PolicyEntry, Reach, nests, reach};
pub use types::*;
