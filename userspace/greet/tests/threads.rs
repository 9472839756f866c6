// SPDX-License-Identifier: MIT OR Apache-2.0

//! What may be used from which thread. That this compiles is the test.

use greet::{Client, Peers};

fn may_be_moved_and_shared<T: Send + Sync>() {}

#[test]
fn everything_may_be_moved_and_shared() {
    may_be_moved_and_shared::<Client>();
    may_be_moved_and_shared::<Peers>();
}
