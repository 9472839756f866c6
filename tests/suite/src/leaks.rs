// SPDX-License-Identifier: MIT OR Apache-2.0

//! After all that was done, no memory of the kernel's is lost. Only for a kernel that can tell.

use crate::support::kmemleak;
use anyhow::Result;

crate::tests![nothing_is_lost];

fn nothing_is_lost() -> Result<()> {
    kmemleak::finds_nothing()
}
