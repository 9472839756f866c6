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
    {
        is_send_and_sync::<genl::EventStream>();
        is_send_and_sync::<genl::AsyncConnection>();
        is_send_and_sync::<genl::OwnedAnswers>();
        is_send_and_sync::<genl::DumpStream<GetfamilyDumpRequest>>();
    }
}

/// So that they can be spawned on a runtime with several threads.
#[cfg(feature = "tokio")]
#[test]
fn futures_of_requests_are_send() {
    fn is_send(_: impl Send) {}
    let connection = genl::AsyncConnection::open().unwrap();
    let request = genl::nlctrl::GetfamilyRequest::new().family_name("nlctrl");
    is_send(connection.request(&request));
    is_send(connection.request_unacknowledged(&request));
    is_send(connection.dump(&GetfamilyDumpRequest));
    is_send(connection.batch().send());
}

#[test]
fn a_connection_can_be_used_on_another_thread() {
    let mut connection = Connection::open().unwrap();
    let ask = std::thread::spawn(move || connection.family("nlctrl").map(|family| family.id));
    assert_eq!(ask.join().unwrap().unwrap(), 16);
}
