// SPDX-License-Identifier: MIT OR Apache-2.0

//! The validated model of a family: every name resolved, every number known.
//!
//! Numbering follows the kernel's `tools/net/ynl/pyynl/lib/nlspec.py`, and what the kernel checks
//! follows its `ynl_gen_c.py`. What emitters read is here; what a spec may say and what it may not
//! is decided while the model is built, so an emitter has nothing left to refuse but what its own
//! output cannot express.

mod attributes;
mod build;
mod checks;
mod definitions;
mod hints;
mod lookup;
mod nesting;
mod operations;
mod policy;
mod types;

pub use build::build;
pub use nesting::Nesting;
pub use policy::{Check, NlaType, PolicyEntry, Reach, nests, reach};
pub use types::*;
