// SPDX-License-Identifier: MIT OR Apache-2.0

//! A listener to a fake kernel: a family that is reloaded, and a socket with a short queue.

use super::*;
use crate::nlctrl::GetfamilyRequest;
use crate::schema::FamilyInfo;
use crate::socket::transport::Transport;
use crate::testing::{FakeKernel, FakeSocket, Incoming, Message};
use crate::wire::encode::Encoder;

static FAMILY: FamilyInfo = FamilyInfo {
    name: "clock",
    version: 1,
    id: None,
};

const TICKS: &str = "ticks";

/// The number of datagrams that the socket keeps.
const LIMIT: usize = 4;

/// The first id of the family.
const FIRST_ID: u16 = 30;

/// A fake kernel with the family, and a listener to it.
struct Fixture {
    kernel: FakeKernel,
    listener: Listener<FakeSocket>,
}

impl Fixture {
    fn new() -> Self {
        let kernel = FakeKernel::new();
        assert_eq!(kernel.add_family(FAMILY.name, &[TICKS]), FIRST_ID);
        kernel.set_event_limit(LIMIT);
        let listener = Listener::new(kernel.open(), (&FAMILY).into(), &[TICKS]).unwrap();
        Self { kernel, listener }
    }

    /// Sends an event. A full socket drops it.
    fn tick(&self, number: u8) {
        self.announce(number, |_| {});
    }

    fn announce(&self, number: u8, fill: impl FnOnce(&mut Encoder<'_>)) {
        self.kernel.multicast(FAMILY.name, TICKS, number, fill);
    }

    fn unload(&self) {
        self.kernel.remove_family(FAMILY.name);
    }

    fn load(&self) {
        self.kernel.add_family(FAMILY.name, &[TICKS]);
    }

    /// Adds something to the socket's queue.
    fn deliver(&self, incoming: impl Into<Incoming>) {
        self.kernel.deliver(self.listener.source().port(), incoming);
    }

    /// Fails the next requests that resolve the family: they get an ACK without a reply.
    fn fail_resolves(&self, count: usize) {
        let request = GetfamilyRequest::new().family_name(FAMILY.name);
        for _ in 0..count {
            self.kernel.expect(&request);
        }
    }

    /// Returns the next notice that is available.
    fn next(&mut self) -> Option<Short> {
        match self.listener.try_next().unwrap() {
            Next::Notice(notice) => Some(short(notice)),
            Next::Nothing => None,
            Next::Unknown => panic!("strays"),
        }
    }

    /// Returns all notices that are available.
    fn all(&mut self) -> Vec<Short> {
        std::iter::from_fn(|| self.next()).collect()
    }

    fn next_within(&mut self, timeout: Duration) -> Option<Notice> {
        self.listener.next_within(timeout).unwrap()
    }
}

/// A notice; an event by its command.
#[derive(Debug, PartialEq)]
enum Short {
    Tick(u8),
    Lagged,
    Gone,
    Back,
}
use Short::{Back, Gone, Lagged, Tick};

fn short(notice: Notice) -> Short {
    match notice {
        Notice::Event(event) => Tick(event.command()),
        Notice::Lagged => Lagged,
        Notice::Gone => Gone,
        Notice::Back => Back,
    }
}

/// Returns a message of the family as it was first registered.
fn message(command: u8, fill: impl FnOnce(&mut Encoder<'_>)) -> Message {
    Message::family(FIRST_ID, command, 1, fill)
}

/// Returns a message of another family.
fn stray() -> Message {
    message(9, |_| {}).kind(FIRST_ID + 1)
}

#[test]
fn returns_notices_in_their_order() {
    let mut fixture = Fixture::new();
    fixture.tick(1);
    fixture.tick(2);
    assert_eq!(fixture.all(), [Tick(1), Tick(2)]);
    fixture.unload();
    fixture.load();
    // The listener has not joined the new group yet, so it does not get this event.
    fixture.tick(3);
    assert_eq!(fixture.all(), [Gone, Back]);
    fixture.tick(4);
    assert_eq!(fixture.all(), [Tick(4)]);
}

#[test]
fn skips_messages_of_other_programs() {
    let mut fixture = Fixture::new();
    let gone = Message::family(16, 2, 2, |to| {
        to.put_u16(nlctrl::ctrl_attrs::FAMILY_ID, FIRST_ID);
        to.put_text(nlctrl::ctrl_attrs::FAMILY_NAME, FAMILY.name);
    });
    for stray in [message(9, |_| {}), gone] {
        fixture.deliver(Incoming::from(stray).from_program());
    }
    fixture.tick(1);
    assert_eq!(fixture.all(), [Tick(1)]);
}

#[test]
fn a_flood_for_others_does_not_extend_the_deadline() {
    let mut fixture = Fixture::new();
    fixture.deliver(Incoming::from(stray()).repeat(1_000_000));
    assert_eq!(fixture.next_within(Duration::from_millis(1)), None);
    assert_ne!(fixture.kernel.pending(), 0);
}

#[test]
fn lagged_follows_the_events_that_were_kept() {
    let mut fixture = Fixture::new();
    (1..=6).for_each(|number| fixture.tick(number));
    assert_eq!(fixture.next(), Some(Tick(1)));
    // The queue has a place, but the socket drops events until it is empty.
    fixture.tick(7);
    let rest = [2, 3, 4].map(Tick).into_iter().chain([Lagged]);
    assert!(fixture.all().into_iter().eq(rest));
    fixture.tick(8);
    assert_eq!(fixture.all(), [Tick(8)]);
}

#[test]
fn two_losses_are_two_notices() {
    let mut fixture = Fixture::new();
    (1..=6).for_each(|number| fixture.tick(number));
    for number in 1..=4 {
        assert_eq!(fixture.next(), Some(Tick(number)));
    }
    // The listener has not seen the empty queue yet.
    (7..=12).for_each(|number| fixture.tick(number));
    let expected = [Lagged, Tick(7), Tick(8), Tick(9), Tick(10), Lagged];
    assert_eq!(fixture.all(), expected);
}

#[test]
fn detects_a_reload_whose_announcement_was_lost() {
    let mut fixture = Fixture::new();
    (1..=6).for_each(|number| fixture.tick(number));
    assert_eq!(fixture.next(), Some(Tick(1)));
    fixture.unload();
    fixture.load();
    let rest = [Tick(2), Tick(3), Tick(4), Lagged, Gone, Back];
    assert_eq!(fixture.all(), rest);
    fixture.tick(7);
    assert_eq!(fixture.all(), [Tick(7)]);
}

#[test]
fn detects_a_load_whose_announcement_was_lost() {
    let mut fixture = Fixture::new();
    (1..=3).for_each(|number| fixture.tick(number));
    fixture.unload();
    fixture.load();
    let rest = [Tick(1), Tick(2), Tick(3), Gone, Lagged, Back];
    assert_eq!(fixture.all(), rest);
}

#[test]
fn a_late_announcement_of_an_unload_is_one_notice() {
    let mut fixture = Fixture::new();
    (1..=6).for_each(|number| fixture.tick(number));
    for number in 1..=4 {
        assert_eq!(fixture.next(), Some(Tick(number)));
    }
    // A reload after the end of the queue and before the family is resolved.
    let socket = &mut fixture.listener.source;
    assert!(socket.receive(&mut []).unwrap().is_none());
    fixture.unload();
    fixture.load();
    let socket = &mut fixture.listener.source;
    let mut late = Vec::new();
    while socket
        .receive_append(&mut late, MAX_DATAGRAM_LEN)
        .unwrap()
        .is_some()
    {}
    assert_eq!(fixture.next(), Some(Lagged));
    fixture.deliver(Incoming::bytes(late));
    assert_eq!(fixture.all(), [Gone, Back]);
    fixture.tick(7);
    assert_eq!(fixture.all(), [Tick(7)]);
}

#[test]
fn does_not_wait_before_reporting_a_loss() {
    let mut fixture = Fixture::new();
    fixture.deliver(Incoming::overrun());
    let notice = fixture.next_within(Duration::from_secs(60));
    assert_eq!(notice.map(short), Some(Lagged));
    assert_eq!(fixture.next_within(Duration::from_millis(1)), None);
}

#[test]
fn retries_a_failed_resolve_after_a_loss() {
    let mut fixture = Fixture::new();
    (1..=5).for_each(|number| fixture.tick(number));
    fixture.unload();
    fixture.load();
    fixture.fail_resolves(1);
    for number in 1..=4 {
        assert_eq!(fixture.next(), Some(Tick(number)));
    }
    fixture.listener.try_next().unwrap_err();
    assert_eq!(fixture.all(), [Lagged, Lagged, Gone, Back]);
}

#[test]
fn retries_failed_resolves_of_a_family_that_is_back() {
    let mut fixture = Fixture::new();
    fixture.unload();
    assert_eq!(fixture.all(), [Gone]);
    fixture.load();
    fixture.fail_resolves(2);
    fixture.listener.try_next().unwrap_err();
    fixture.listener.try_next().unwrap_err();
    assert_eq!(fixture.all(), [Back]);
    fixture.tick(1);
    assert_eq!(fixture.all(), [Tick(1)]);
}

#[test]
fn reports_a_loss_after_a_failed_resolve() {
    let mut fixture = Fixture::new();
    fixture.unload();
    assert_eq!(fixture.all(), [Gone]);
    fixture.load();
    fixture.fail_resolves(2);
    fixture.listener.try_next().unwrap_err();
    fixture.deliver(Incoming::overrun());
    fixture.listener.try_next().unwrap_err();
    assert_eq!(fixture.all(), [Lagged, Back]);
}

#[test]
fn try_next_returns_after_a_flood_for_others() {
    let mut fixture = Fixture::new();
    fixture.deliver(Incoming::from(stray()).repeat(2_000));
    fixture.deliver(message(1, |_| {}));
    assert!(matches!(fixture.listener.try_next(), Ok(Next::Unknown)));
    assert_eq!(fixture.all(), [Tick(1)]);
}

#[test]
fn receives_events_of_the_maximum_size() {
    let mut fixture = Fixture::new();
    fixture.announce(1, |to| {
        (0..60).for_each(|_| to.put_bytes(1, &[0; 60_000]));
    });
    assert_eq!(fixture.all(), [Tick(1)]);
}

#[test]
fn debug_shows_no_bytes_of_an_event() {
    let mut fixture = Fixture::new();
    fixture.announce(1, |to| to.put_bytes(1, &[171; 32]));
    let notice = match fixture.listener.try_next().unwrap() {
        Next::Notice(notice) => notice,
        other => panic!("{other:?}"),
    };
    let expected = "Event(Event { command: 1, attrs: {1: [32 bytes]} })";
    assert_eq!(format!("{notice:?}"), expected);
    assert!(!format!("{:?}", fixture.listener).contains("171"));
}

#[test]
fn a_truncated_event_is_a_loss() {
    let mut fixture = Fixture::new();
    fixture.announce(1, |to| {
        (0..80).for_each(|_| to.put_bytes(1, &[0; 60_000]));
    });
    fixture.tick(2);
    assert_eq!(fixture.all(), [Tick(2), Lagged]);
}

#[test]
fn events_have_the_ids_of_other_namespaces() {
    let mut fixture = Fixture::new();
    let event = Message::family(FIRST_ID, 1, 1, |_| ());
    let port = fixture.listener.source().port();
    let blue = Incoming::from(event.clone()).namespace(7);
    fixture.kernel.deliver(port, blue);
    fixture.kernel.deliver(port, event);
    let mut next = || match fixture.listener.try_next().unwrap() {
        Next::Notice(Notice::Event(event)) => event.namespace(),
        other => panic!("{other:?}"),
    };
    assert_eq!([next(), next()], [Some(7), None]);
}
