// SPDX-License-Identifier: MIT OR Apache-2.0
use crate::{paths::Paths, progress::Progress};
pub(crate) fn run(_: &Paths, _: &Progress) -> anyhow::Result<std::process::ExitCode> { todo!() }
