// SPDX-License-Identifier: MIT OR Apache-2.0

//! Checks for leaked kernel memory after all tests. Needs a kernel with `CONFIG_DEBUG_KMEMLEAK`.

use crate::support::kmemleak;
use anyhow::Result;

crate::tests![no_memory_is_leaked];

fn no_memory_is_leaked() -> Result<()> {
    kmemleak::assert_no_leaks()
}
