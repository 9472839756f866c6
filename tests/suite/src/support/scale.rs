// SPDX-License-Identifier: MIT OR Apache-2.0

//! How often something is done that is done often.

use std::env;
use std::ops::{Div, RangeInclusive};

/// A number of times, smaller where xtask says that the machine is slow.
pub(crate) fn scaled<N>(times: N) -> N
where
    N: Div<Output = N> + TryFrom<u32>,
{
    match N::try_from(slowness()) {
        Ok(slowness) => times / slowness,
        Err(_) => times,
    }
}

/// All lengths, or some of them where the machine is slow: with each remainder of a division by four.
pub(crate) fn sampled(lengths: RangeInclusive<usize>) -> impl Iterator<Item = usize> {
    lengths.step_by(step())
}

/// All items, or where the machine is slow some of them, and others at the next place.
pub(crate) fn some<T>(place: usize, items: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
    items.into_iter().skip(place % step()).step_by(step())
}

/// By how much more two times may differ on a slow machine, where what goes on besides shows more.
pub(crate) fn leeway() -> u32 {
    if slowness() == 1 { 1 } else { 3 }
}

/// Of how many one is taken.
fn step() -> usize {
    if slowness() == 1 { 1 } else { 5 }
}

/// How much slower the machine is than one for which the numbers in the tests are meant.
pub(crate) fn slowness() -> u32 {
    let slowness = env::var("GREET_SUITE_SCALE").ok();
    slowness.and_then(|text| text.parse().ok()).unwrap_or(1)
}
