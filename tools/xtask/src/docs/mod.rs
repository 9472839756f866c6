// SPDX-License-Identifier: MIT OR Apache-2.0

//! The guide: built, its links followed, and what it shows tried.

mod book;
mod console;
mod host;
mod kernel_side;
mod page;
mod session;
mod shown;

pub(crate) use session::picture;

use crate::machine::Machine;
use crate::paths::Paths;
use crate::progress::Progress;
use crate::setup;
use crate::test::{Tally, group, verdict};
use anyhow::Result;
use std::process::ExitCode;

pub(crate) fn run(paths: &Paths, progress: &Progress) -> Result<ExitCode> {
    let mdbook = setup::mdbook(paths, progress)?;
    let ready = setup::all(paths, progress, Machine::Uml)?;
    let pages = page::all(&paths.checkout)?;
    let mut all = Tally::default();
    all += group("The guide", || book::build(paths, &mdbook, &pages));
    all += group("What it shows of a guest", || {
        console::run(paths, &ready, &pages)
    });
    all += group("What it shows of the host", || host::run(paths, &pages));
    all += group("The kernel side's documentation", || {
        kernel_side::build(paths, &ready.locked.kernel)
    });
    let code = verdict(all);
    println!(
        "The guide is in {}",
        book::folder(paths).join("index.html").display()
    );
    println!(
        "The kernel side's documentation is in {}",
        kernel_side::folder(paths)
            .join("greet/index.html")
            .display()
    );
    Ok(code)
}
