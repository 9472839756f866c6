// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the family answers. `make test` runs this in a booted kernel, with the module loaded.

use @snake@::protocol::{
    Event, FAMILY, GetDumpRequest, GetReply, GetRequest, SetRequest, groups,
};
use genl::{Connection, Notice, ExtAckError, Subscription};
use std::time::Duration;

#[test]
fn a_value_is_kept_and_listed() {
    let mut connection = open();
    for value in [1, 2] {
        set(&mut connection, "kept", value);
    }
    let reply = connection.request(&GetRequest::new().name("kept"));
    assert_eq!(told(&reply.expect("it is there")), ("kept".to_owned(), 2));
    let list = connection.dump(&GetDumpRequest).expect("a list");
    let kept = list.iter().map(|entry| told(&entry.expect("an entry")));
    assert_eq!(kept.filter(|(name, _)| name == "kept").count(), 1);
}

#[test]
fn a_change_is_announced() {
    let mut changes = Subscription::open(&FAMILY, &[groups::CHANGES]).expect("the group is there");
    set(&mut open(), "announced", 7);
    // Other tests make changes, too.
    while let Some(notice) = changes.next_within(Duration::from_secs(1)).expect("a notice") {
        let Notice::Event(event) = notice else {
            continue;
        };
        if let Some(Event::SetNtf(entry)) = event.decode().expect("an event") {
            if told(&entry) == ("announced".to_owned(), 7) {
                return;
            }
        }
    }
    panic!("it is not announced");
}

#[test]
fn a_name_without_a_value_is_refused() {
    let ext_ack = ext_ack(open().request(&GetRequest::new().name("nothing")).err());
    assert_eq!(ext_ack.errno.name(), "ENOENT");
    assert_eq!(ext_ack.message.as_deref(), Some("no value has this name"));
    assert_eq!(ext_ack.attribute.as_deref(), Some("name"));
}

#[test]
fn a_value_beyond_the_limit_is_refused() {
    let ext_ack = ext_ack(open().request(&SetRequest::new().name("great").value(1001)).err());
    assert_eq!(ext_ack.errno.name(), "ERANGE");
    assert_eq!(ext_ack.attribute.as_deref(), Some("value"));
}

#[test]
fn what_is_absent_is_missed() {
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
        .expect("it is set");
}

fn told(entry: &GetReply<'_>) -> (String, u32) {
    let name = entry.name.expect("a name").to_string();
    (name, entry.value.expect("a value"))
}

fn ext_ack(error: Option<genl::Error>) -> ExtAckError {
    let error = error.expect("it is refused");
    error.ext_ack().expect("the kernel refuses it").clone()
}
