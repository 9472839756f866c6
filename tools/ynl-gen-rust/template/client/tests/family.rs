// SPDX-License-Identifier: MIT OR Apache-2.0

//! Tests of the family. `make test` runs them in a booted kernel with the module loaded.

use @snake@::protocol::{
    Event, FAMILY, GetDumpRequest, GetReply, GetRequest, SetRequest, groups,
};
use genl::{Connection, Notice, ExtAckError, Subscription};
use std::time::Duration;

#[test]
fn set_value_is_returned_and_listed_once() {
    let mut connection = open();
    for value in [1, 2] {
        set(&mut connection, "kept", value);
    }
    let reply = connection.request(&GetRequest::new().name("kept"));
    let reply = reply.expect("the entry exists");
    assert_eq!(name_and_value(&reply), ("kept".to_owned(), 2));
    let list = connection.dump(&GetDumpRequest).expect("a dump");
    let kept = list.iter().map(|entry| name_and_value(&entry.expect("an entry")));
    assert_eq!(kept.filter(|(name, _)| name == "kept").count(), 1);
}

#[test]
fn set_notifies_listeners() {
    let mut changes = Subscription::open(&FAMILY, &[groups::CHANGES]).expect("a subscription");
    set(&mut open(), "announced", 7);
    // Other tests set values in parallel.
    while let Some(notice) = changes.next_within(Duration::from_secs(1)).expect("a notice") {
        let Notice::Event(event) = notice else {
            continue;
        };
        if let Some(Event::SetNtf(entry)) = event.decode().expect("an event") {
            if name_and_value(&entry) == ("announced".to_owned(), 7) {
                return;
            }
        }
    }
    panic!("no notification of the change");
}

#[test]
fn get_of_unknown_name_fails_with_enoent() {
    let ext_ack = ext_ack(open().request(&GetRequest::new().name("nothing")).err());
    assert_eq!(ext_ack.errno.name(), "ENOENT");
    assert_eq!(ext_ack.message.as_deref(), Some("no value has this name"));
    assert_eq!(ext_ack.attribute.as_deref(), Some("name"));
}

#[test]
fn value_above_maximum_fails_with_erange() {
    let ext_ack = ext_ack(open().request(&SetRequest::new().name("large").value(1001)).err());
    assert_eq!(ext_ack.errno.name(), "ERANGE");
    assert_eq!(ext_ack.attribute.as_deref(), Some("value"));
}

#[test]
fn set_without_value_reports_missing_attribute() {
    let ext_ack = ext_ack(open().request(&SetRequest::new().name("lonely")).err());
    assert_eq!(ext_ack.errno.name(), "EINVAL");
    assert_eq!(ext_ack.missing.as_deref(), Some("value"));
}

fn open() -> Connection {
    Connection::open().expect("a socket")
}

fn set(connection: &mut Connection, name: &str, value: u32) {
    connection
        .request(&SetRequest::new().name(name).value(value))
        .expect("the value is set");
}

fn name_and_value(entry: &GetReply<'_>) -> (String, u32) {
    let name = entry.name.expect("a name").to_string();
    (name, entry.value.expect("a value"))
}

fn ext_ack(error: Option<genl::Error>) -> ExtAckError {
    let error = error.expect("an error");
    error.ext_ack().expect("an error of the kernel").clone()
}
