// SPDX-License-Identifier: MIT OR Apache-2.0

//! `Send` and `Sync` of the public types. The test is that this compiles.

use greet::{Client, Peers};

fn is_send_and_sync<T: Send + Sync>() {}

#[test]
fn public_types_are_send_and_sync() {
    is_send_and_sync::<Client>();
    is_send_and_sync::<Peers>();
}
