// SPDX-License-Identifier: MIT OR Apache-2.0

//! Tests a property of `ynl-gen-rust`: the outputs of every accepted spec compile without a
//! warning.
//!
//! [`generate()`] generates random specs, [`coverage`] records their features, [`check()`] compiles
//! the outputs of many specs at once, and [`shrink()`] reduces a spec whose output does not
//! compile.

mod check;
mod compilers;
pub mod coverage;
mod docs;
mod generate;
mod names;
mod shrink;
mod spec;

pub use check::{Failure, Report, check, explain, run};
pub use compilers::{Compiler, Header, Kernel, User};
pub use generate::{For, generate};
pub use shrink::shrink;
pub use spec::Spec;
// For the generated code of user space.
#[doc(hidden)]
pub use {genl, serde};
