// SPDX-License-Identifier: MIT OR Apache-2.0

//! A property of `ynl-gen-rust`: compilers accept, without a warning, what it writes for each spec
//! that it accepts.
//!
//! [`generate()`] makes random specs, [`coverage`] tells what is in them, [`check()`] compiles the
//! outputs of many at once, and [`shrink()`] makes a spec small whose output does not compile.

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
