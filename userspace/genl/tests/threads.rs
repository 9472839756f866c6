// SPDX-License-Identifier: MIT OR Apache-2.0

//! `Send` and `Sync` of the public types. The test is that this compiles.

use genl::nlctrl::GetfamilyDumpRequest;
use genl::{Connection, Dump, Error, Notice, Socket, Subscription};

fn is_send_and_sync<T: Send + Sync>() {}

#[test]
fn public_types_are_send_and_sync() {
    is_send_and_sync::<Socket>();
    is_send_and_sync::<Connection>();
    is_send_and_sync::<Dump<GetfamilyDumpRequest>>();
    is_send_and_sync::<Subscription>();
    is_send_and_sync::<Notice>();
    is_send_and_sync::<Error>();
    #[cfg(feature = "tokio")]
    is_send_and_sync::<genl::EventStream>();
}

#[test]
fn a_connection_can_be_used_on_another_thread() {
    let mut connection = Connection::open().unwrap();
    let ask = std::thread::spawn(move || connection.family("nlctrl").map(|family| family.id));
    assert_eq!(ask.join().unwrap().unwrap(), 16);
}
