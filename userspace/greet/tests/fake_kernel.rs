// SPDX-License-Identifier: MIT OR Apache-2.0

//! The client with a fake kernel, as a program that uses it can be tested.

use genl::testing::{ExtAck, FakeKernel};
use genl::{Errno, Notice, Subscription};
use greet::protocol::{Event, FAMILY, PeerDelRequest, PeerGetDumpRequest, greeting, groups, peer};
use greet::{Client, GreetRequest, SettingsSetRequest, Style};

/// The number of the event `greeted`.
const GREETED: u8 = 7;

#[test]
fn greet_returns_the_scripted_reply() {
    let kernel = FakeKernel::new();
    let request = GreetRequest::new().name("World").style(Style::Formal);
    kernel.expect(&request).reply(|to| {
        to.put_uint(greeting::ID, 7);
        to.put_text(greeting::MESSAGE, "Good day, World.");
        to.put_u32(greeting::PORTID, 4242);
        to.put_u32(greeting::STYLE, Style::Formal.into());
    });
    let mut client = Client::with_transport(kernel.open());
    let greeting = client.greet(&request).unwrap();
    assert_eq!((greeting.id, greeting.style), (7, Style::Formal));
    assert_eq!(greeting.message, "Good day, World.");
    kernel.assert_satisfied();
}

#[test]
fn forget_returns_the_scripted_error_with_the_attribute() {
    let kernel = FakeKernel::new();
    let error = ExtAck::new(Errno::ENOENT).message("no such peer");
    kernel
        .expect(&PeerDelRequest::new().name("Nobody"))
        .ext_ack(error.attribute(&[peer::NAME]));
    let error = Client::with_transport(kernel.open()).forget("Nobody");
    let expected = "peer-del: no such peer (ENOENT); attribute name";
    assert_eq!(error.unwrap_err().to_string(), expected);
}

#[test]
fn greet_reports_a_missing_attribute_and_a_policy() {
    let kernel = FakeKernel::new();
    let mut client = Client::with_transport(kernel.open());
    let missing = ExtAck::new(Errno::EINVAL).missing(&[], greeting::NAME);
    kernel.expect(&GreetRequest::new()).ext_ack(missing);
    let error = client.greet(&GreetRequest::new()).unwrap_err();
    let expected = "greet: Invalid argument (EINVAL); attribute name is missing";
    assert_eq!(error.to_string(), expected);

    let request = GreetRequest::new().name("World").cookie(&[0; 32]);
    let policy = ExtAck::new(Errno::ERANGE).attribute(&[greeting::COOKIE]);
    kernel.expect(&request).ext_ack(policy.policy(|to| {
        to.put_u32(genl::nlctrl::policy_attrs::TYPE, 10);
        to.put_u32(genl::nlctrl::policy_attrs::MAX_LENGTH, 31);
    }));
    let error = client.greet(&request).unwrap_err();
    let expected = "greet: Numerical result out of range (ERANGE); attribute cookie takes a binary \
        of at most 31 bytes";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn limits_of_the_spec_are_checked_before_sending() {
    let kernel = FakeKernel::new();
    kernel.add_family(FAMILY.name, &[]);
    kernel.on_request(|request| match request.family() {
        Some(name) if name == FAMILY.name => panic!("was sent"),
        _ => None,
    });
    let mut client = Client::with_transport(kernel.open());
    let long = "n".repeat(65);
    let errors = [
        client.greet(&GreetRequest::new().name(&long)).err(),
        client.greet(&GreetRequest::new().cookie(&[0; 33])).err(),
        client
            .change_settings(&SettingsSetRequest::new().peer_limit(65_537))
            .err(),
    ];
    let sentences = errors.map(|error| error.expect("an error").to_string());
    let expected = [
        "greet: Attribute failed policy validation (EINVAL); attribute name takes a string of at \
         most 64 bytes",
        "greet: binary attribute size out of range (ERANGE); attribute cookie takes a binary of at \
         most 32 bytes",
        "settings-set: integer out of range (ERANGE); attribute peer-limit takes a u32 from 1 to 65536",
    ];
    assert_eq!(sentences, expected);
}

#[test]
fn peers_repeats_an_interrupted_dump() {
    let kernel = FakeKernel::new();
    kernel.expect_dump(&PeerGetDumpRequest).interrupted();
    kernel.expect_dump(&PeerGetDumpRequest).reply(|to| {
        to.put_text(peer::NAME, "Ann");
        to.put_uint(peer::GREETINGS, 3);
        to.put_u32(peer::LAST_PORTID, 1);
        to.put_u32(peer::LAST_STYLE, Style::Casual.into());
        to.put_uint(peer::LAST_SEEN, 1_000);
    });
    let peers = Client::with_transport(kernel.open()).peers().unwrap();
    let names: Vec<_> = peers.iter().map(|peer| peer.unwrap().greetings).collect();
    assert_eq!(names, [3]);
    kernel.assert_satisfied();
}

#[test]
fn a_subscription_returns_events_and_a_reload() {
    let kernel = FakeKernel::new();
    let all = [groups::GREETINGS, groups::CONFIG];
    kernel.add_family(FAMILY.name, &all);
    let mut subscription = Subscription::with_transport(kernel.open(), &FAMILY, &all).unwrap();
    kernel.multicast(FAMILY.name, groups::GREETINGS, GREETED, |to| {
        to.put_text(greeting::NAME, "Ann");
    });
    kernel.remove_family(FAMILY.name);
    kernel.add_family(FAMILY.name, &all);
    let Some(Notice::Event(event)) = subscription.try_next().unwrap() else {
        panic!("no event");
    };
    let Some(Event::Greeted(greeted)) = event.decode().unwrap() else {
        panic!("another event");
    };
    assert_eq!(greeted.name, Some("Ann".into()));
    assert_eq!(subscription.try_next().unwrap(), Some(Notice::Gone));
    assert_eq!(subscription.try_next().unwrap(), Some(Notice::Back));
    assert_eq!(subscription.try_next().unwrap(), None);
}

#[test]
#[should_panic(expected = "expected: do greet {name: \"World\"}")]
fn another_request_than_the_expected_one_panics() {
    let kernel = FakeKernel::new();
    kernel.expect(&GreetRequest::new().name("World"));
    let _ = Client::with_transport(kernel.open()).greet(&GreetRequest::new().name("Ann"));
}

#[test]
#[should_panic(expected = "an expected request was not sent: do greet {name: \"World\"}")]
fn an_expected_request_that_is_missing_panics() {
    let kernel = FakeKernel::new();
    kernel.expect(&GreetRequest::new().name("World"));
    kernel.assert_satisfied();
}
