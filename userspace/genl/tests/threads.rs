// SPDX-License-Identifier: MIT OR Apache-2.0

//! What may be used from which thread. That this compiles is the test.

use genl::nlctrl::GetfamilyDumpRequest;
use genl::{Connection, Dump, Error, Notice, Socket, Subscription};

fn may_be_moved_and_shared<T: Send + Sync>() {}

#[test]
fn everything_may_be_moved_and_shared() {
    may_be_moved_and_shared::<Socket>();
    may_be_moved_and_shared::<Connection>();
    may_be_moved_and_shared::<Dump<GetfamilyDumpRequest>>();
    may_be_moved_and_shared::<Subscription>();
    may_be_moved_and_shared::<Notice>();
    may_be_moved_and_shared::<Error>();
    #[cfg(feature = "tokio")]
    may_be_moved_and_shared::<genl::EventStream>();
}

#[test]
fn a_connection_can_be_used_on_another_thread() {
    let mut connection = Connection::open().unwrap();
    let ask = std::thread::spawn(move || connection.family("nlctrl").map(|family| family.id));
    assert_eq!(ask.join().unwrap().unwrap(), 16);
}
