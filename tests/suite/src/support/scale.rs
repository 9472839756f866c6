// SPDX-License-Identifier: MIT OR Apache-2.0

//! Scales repetitions and limits to the speed of the machine.

use std::env;
use std::ops::{Div, RangeInclusive};

/// Returns `times`, divided by the slowness of the machine.
pub(crate) fn scaled<N>(times: N) -> N
where
    N: Div<Output = N> + TryFrom<u32>,
{
    match N::try_from(slowness()) {
        Ok(slowness) => times / slowness,
        Err(_) => times,
    }
}

/// Returns all lengths, or on a slow machine every fifth, which covers each remainder modulo 4.
pub(crate) fn sampled(lengths: RangeInclusive<usize>) -> impl Iterator<Item = usize> {
    lengths.step_by(step())
}

/// Returns all items, or on a slow machine every fifth from `place` on.
pub(crate) fn some<T>(place: usize, items: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
    items.into_iter().skip(place % step()).step_by(step())
}

/// Returns the factor by which two times may differ further on a slow machine, where other load
/// matters more.
pub(crate) fn leeway() -> u32 {
    if slowness() == 1 { 1 } else { 3 }
}

/// Returns the step between sampled items.
fn step() -> usize {
    if slowness() == 1 { 1 } else { 5 }
}

/// Returns how many times slower the machine is than the one for which the tests are written.
pub(crate) fn slowness() -> u32 {
    let slowness = env::var("GREET_SUITE_SCALE").ok();
    slowness.and_then(|text| text.parse().ok()).unwrap_or(1)
}
