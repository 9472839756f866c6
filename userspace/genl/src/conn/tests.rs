// SPDX-License-Identifier: MIT OR Apache-2.0

//! Connections to a fake kernel, also with answers that a kernel never sends.

#[cfg(feature = "tokio")]
mod asynchronous;
mod batch;

use super::connection::Connection;
use crate::error::{Error, Result};
use crate::nlctrl::GetfamilyRequest;
use crate::request::{DoRequest, DumpRequest, Request};
use crate::schema::{
    AttributeInfo, AttributeSet, FamilyInfo, Kind as AttributeKind, OperationInfo,
};
use crate::socket::transport::MAX_DATAGRAM_LEN;
use crate::testing::{ExtAck, FakeKernel, FakeRequest, FakeSocket, Incoming, Message};
use crate::wire::attr::{Attrs, DecodeError};
use crate::wire::encode::Encoder;
use crate::wire::errno::Errno;
use crate::wire::traits::Decode;
use neli::consts::nl::NlmF;
use std::time::Duration;

static FAMILY: FamilyInfo = FamilyInfo {
    name: "echo",
    version: 1,
    id: None,
};
static SET: AttributeSet = AttributeSet::new(
    "echo",
    &[AttributeInfo::new(1, "number", AttributeKind::Unsigned)],
);
static SAY: OperationInfo = OperationInfo {
    command: 1,
    name: "say",
    attributes: Some(&SET),
    header_len: 0,
};

struct Say(u32);

impl Request for Say {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &SAY;

    fn encode(&self, to: &mut Encoder<'_>) {
        to.put_u32(1, self.0);
    }
}

impl DoRequest for Say {
    type Reply<'a> = Said;
}

impl DumpRequest for Say {
    type Item<'a> = Said;
}

#[derive(Debug, PartialEq)]
struct Said(u32);

impl Decode<'_> for Said {
    fn decode(attrs: Attrs<'_>) -> Result<Self, DecodeError> {
        let number = attrs.get(1).ok_or(DecodeError::Missing { attribute: 1 })?;
        number.u32().map(Said)
    }
}

/// Returns a kernel with the family, whose requests `answer` answers.
fn kernel(
    mut answer: impl FnMut(&FakeRequest<'_>) -> Vec<Incoming> + Send + 'static,
) -> FakeKernel {
    let kernel = FakeKernel::new();
    kernel.add_family(FAMILY.name, &[]);
    kernel.on_request(move |request| match request.family() {
        Some("echo") => Some(answer(request)),
        _ => None,
    });
    kernel
}

/// Returns a connection with a short timeout.
fn connect(kernel: &FakeKernel) -> Connection<FakeSocket> {
    let mut connection = Connection::with_transport(kernel.open());
    connection.set_timeout(Duration::from_millis(20));
    connection
}

/// Returns a connection with a short timeout to a kernel with the family.
fn connection(
    answer: impl FnMut(&FakeRequest<'_>) -> Vec<Incoming> + Send + 'static,
) -> Connection<FakeSocket> {
    connect(&kernel(answer))
}

/// Returns a connection with a timeout that suffices for messages that take long to make.
fn patient(
    answer: impl FnMut(&FakeRequest<'_>) -> Vec<Incoming> + Send + 'static,
) -> Connection<FakeSocket> {
    let mut connection = connection(answer);
    connection.set_timeout(Duration::from_secs(60));
    connection
}

/// Returns the number of requests in each send.
fn sends(connection: &Connection<FakeSocket>) -> Vec<usize> {
    connection.transport.kernel().sends()
}

/// Returns the number of datagrams that were not received.
fn pending(connection: &Connection<FakeSocket>) -> usize {
    connection.transport.kernel().pending()
}

fn number(attrs: Attrs<'_>) -> u32 {
    attrs.get(1).unwrap().u32().unwrap()
}

fn said(request: &FakeRequest<'_>, number: u32) -> Message {
    request.reply(|to| to.put_u32(1, number))
}

/// Returns a reply with the number of the request.
fn reply(request: &FakeRequest<'_>) -> Incoming {
    said(request, number(request.attrs())).into()
}

fn ack(request: &FakeRequest<'_>) -> Incoming {
    request.ack().into()
}

fn error(request: &FakeRequest<'_>, errno: Errno) -> Incoming {
    request.error(errno).into()
}

#[test]
fn resolves_the_family_once() {
    let mut connection = connection(|request| vec![reply(request), ack(request)]);
    assert_eq!(connection.request(&Say(5)).unwrap(), Said(5));
    assert_eq!(connection.request(&Say(6)).unwrap(), Said(6));
    assert_eq!(sends(&connection), [1, 1, 1]);
}

#[test]
fn receives_reply_and_ack_in_one_datagram() {
    let mut connection = connection(|request| {
        let reply = said(request, number(request.attrs()));
        vec![Incoming::datagram([reply, request.ack()])]
    });
    assert_eq!(connection.request(&Say(5)).unwrap(), Said(5));
}

/// Returns messages that answer another request, or that the kernel did not send.
fn strays(request: &FakeRequest<'_>) -> Vec<Incoming> {
    let (seq, port, id) = (request.seq(), request.port(), request.family_id());
    let failure = || request.error(Errno::EIO);
    vec![
        said(request, 1).seq(seq + 1).into(),
        said(request, 2).port(port + 1).into(),
        Incoming::from(said(request, 3)).from_program(),
        said(request, 4).kind(id + 1).into(),
        failure().port(port + 1).into(),
        Incoming::from(failure()).from_program(),
        failure().seq(seq + 1).into(),
    ]
}

#[test]
fn a_request_skips_messages_for_others() {
    let mut connection = connection(|request| {
        let (reply, ack) = (vec![reply(request)], vec![ack(request)]);
        [strays(request), reply, strays(request), ack].concat()
    });
    assert_eq!(connection.request(&Say(5)).unwrap(), Said(5));
}

#[test]
fn a_dump_skips_messages_for_others() {
    let mut connection = connection(|request| [strays(request), dump(request)].concat());
    let (numbers, end) = each_of(&mut connection);
    assert_eq!(numbers, [1, 2]);
    end.unwrap();
}

#[test]
fn a_request_without_answer_times_out() {
    let mut connection = connection(|_| vec![]);
    let error = connection.request(&Say(5)).unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
}

/// Returns a flood of messages that answer another request.
fn flood_for_others(request: &FakeRequest<'_>) -> Vec<Incoming> {
    let stray = request.ack().seq(request.seq() + 9);
    vec![Incoming::from(stray).repeat(1_000_000)]
}

#[test]
fn a_flood_for_others_does_not_extend_the_deadline() {
    let mut connection = connection(flood_for_others);
    connection.set_timeout(Duration::from_millis(1));
    let error = connection.request(&Say(5)).unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert_ne!(pending(&connection), 0);
}

#[test]
fn an_ack_without_a_reply_is_an_error() {
    let mut connection = connection(|request| vec![ack(request)]);
    let error = connection.request(&Say(5)).unwrap_err();
    assert!(matches!(error, Error::NoReply { .. }), "{error}");
}

/// Returns a reply, or an item of a dump, of more than `len` bytes.
fn large(request: &FakeRequest<'_>, len: usize) -> Message {
    request.item(|to| {
        (0..len)
            .step_by(60_000)
            .for_each(|_| to.put_bytes(2, &[0; 60_000]));
        to.put_u32(1, 5);
    })
}

#[test]
fn receives_replies_of_the_maximum_size() {
    for len in [32 * 1024, 1024 * 1024, 4_000_000] {
        let mut connection = patient(move |request| vec![large(request, len).into(), ack(request)]);
        assert_eq!(connection.request(&Say(5)).unwrap(), Said(5));
        assert_eq!(connection.request(&Say(5)).unwrap(), Said(5));
    }
}

#[test]
fn receives_dump_items_of_the_maximum_size() {
    let mut connection = patient(|request| {
        let large = vec![large(request, 4_000_000).into()];
        [large, dump(request)].concat()
    });
    let (numbers, end) = each_of(&mut connection);
    assert_eq!(numbers, [5, 1, 2]);
    end.unwrap();
}

#[test]
fn a_reply_that_exceeds_the_buffer_is_an_error() {
    let mut connection =
        patient(|request| vec![large(request, MAX_DATAGRAM_LEN).into(), ack(request)]);
    let error = connection.request(&Say(5)).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Truncated {
                buffer: MAX_DATAGRAM_LEN,
                ..
            }
        ),
        "{error}"
    );
    assert!(connection.inbox.capacity() <= 2 * MAX_DATAGRAM_LEN);
    // Without an ACK, no reply is needed.
    connection.request_unacknowledged(&Say(5)).unwrap();
}

#[test]
fn skips_messages_for_others_that_exceed_the_buffer() {
    let mut connection = patient(|request| {
        let others = Incoming::from(large(request, MAX_DATAGRAM_LEN).seq(request.seq() - 1));
        vec![others.clone(), reply(request), others, ack(request)]
    });
    assert_eq!(connection.request(&Say(5)).unwrap(), Said(5));
}

#[test]
fn a_request_with_a_too_long_attribute_is_not_sent() {
    struct Long;
    impl Request for Long {
        const FAMILY: &'static FamilyInfo = &FAMILY;
        const OPERATION: &'static OperationInfo = &SAY;
        fn encode(&self, to: &mut Encoder<'_>) {
            to.put_bytes(1, &[0; 70_000]);
        }
    }
    impl DoRequest for Long {
        type Reply<'a> = ();
    }
    let mut connection = connection(|_| panic!("was sent"));
    let error = connection.request(&Long).unwrap_err();
    assert_eq!(
        error.to_string(),
        "say: the attribute number is longer than 65531 bytes"
    );
}

/// Requests with limits.
mod limited {
    use super::*;
    use crate::schema::Limit;

    static PART: AttributeSet = AttributeSet::new(
        "part",
        &[AttributeInfo::new(2, "label", AttributeKind::Text)],
    )
    .with_limits(&[(2, Limit::NulString(3))]);
    static THING: AttributeSet = AttributeSet::new(
        "thing",
        &[
            AttributeInfo::new(1, "count", AttributeKind::Unsigned),
            AttributeInfo::new(2, "part", AttributeKind::Nest(&PART)),
            AttributeInfo::new(
                3,
                "parts",
                AttributeKind::Array(&AttributeKind::Nest(&PART)),
            ),
        ],
    )
    .with_limits(&[
        (1, Limit::Unsigned(1..=9)),
        (2, Limit::Nest(&PART)),
        (3, Limit::Array(&PART)),
    ]);
    static PUT: OperationInfo = OperationInfo::new(1, "put").with_attributes(&THING);

    struct Put(fn(&mut Encoder<'_>));

    impl Request for Put {
        const FAMILY: &'static FamilyInfo = &FAMILY;
        const OPERATION: &'static OperationInfo = &PUT;

        fn encode(&self, to: &mut Encoder<'_>) {
            self.0(to);
        }
    }

    impl DoRequest for Put {
        type Reply<'a> = ();
    }

    impl DumpRequest for Put {
        type Item<'a> = ();
    }

    const INVALID: [(Put, &str); 3] = [
        (
            Put(|to| to.put_u32(1, 10)),
            "put: integer out of range (ERANGE); attribute count takes a u32 from 1 to 9",
        ),
        (
            Put(|to| {
                to.put_u32(1, 9);
                to.nest(2, |to| to.put_text(2, "long"));
            }),
            "put: Attribute failed policy validation (EINVAL); attribute part.label takes a string \
             of at most 3 bytes",
        ),
        (
            Put(|to| {
                to.nest(3, |to| {
                    to.nest(0, |to| to.put_text(2, "abc"));
                    to.nest(1, |to| to.put_text(2, "long"));
                });
            }),
            "put: Attribute failed policy validation (EINVAL); attribute parts.1.label takes a \
             string of at most 3 bytes",
        ),
    ];

    #[test]
    fn a_request_outside_the_limits_is_not_sent() {
        let mut connection = connection(|_| panic!("was sent"));
        for (put, sentence) in INVALID {
            let errors = [
                connection.request(&put).unwrap_err(),
                connection.request_unacknowledged(&put).unwrap_err(),
                connection.dump(&put).unwrap_err(),
                connection.batch().add(&put).unwrap_err(),
                connection
                    .request(&put.with_flags(crate::RequestFlags::ECHO))
                    .unwrap_err(),
            ];
            for error in errors {
                assert!(matches!(error, Error::Invalid(_)), "{error:?}");
                assert_eq!(error.to_string(), sentence);
            }
        }
    }

    #[test]
    fn an_unchecked_request_is_sent() {
        let mut connection = connection(|request| vec![ack(request)]);
        for (put, _) in INVALID {
            connection.request(&put.unchecked()).unwrap();
        }
        let echo = crate::RequestFlags::ECHO;
        let [(put, _), ..] = INVALID;
        connection
            .request(&put.unchecked().with_flags(echo))
            .unwrap();
        let [(put, _), ..] = INVALID;
        connection
            .request(&put.with_flags(echo).unchecked())
            .unwrap();
        assert_eq!(sends(&connection).len(), 5 + 1);
    }
}

/// A family of devices, whose requests have a nest.
mod nested {
    use super::*;

    static HEADER: AttributeSet = AttributeSet::new(
        "header",
        &[AttributeInfo::new(2, "dev-name", AttributeKind::Text)],
    );
    static SET: AttributeSet = AttributeSet::new(
        "device",
        &[
            AttributeInfo::new(1, "header", AttributeKind::Nest(&HEADER)),
            AttributeInfo::new(2, "counts", AttributeKind::Unsigned),
        ],
    );
    static LOOK: OperationInfo = OperationInfo {
        command: 1,
        name: "look",
        attributes: Some(&SET),
        header_len: 0,
    };

    /// Gets the device with this name.
    pub(super) struct Look(pub(super) &'static str);

    impl Request for Look {
        const FAMILY: &'static FamilyInfo = &FAMILY;
        const OPERATION: &'static OperationInfo = &LOOK;
        fn encode(&self, to: &mut Encoder<'_>) {
            to.nest(1, |to| to.put_text(2, self.0));
        }
    }

    impl DoRequest for Look {
        type Reply<'a> = ();
    }

    impl DumpRequest for Look {
        type Item<'a> = ();
    }
}

#[test]
fn a_request_with_a_nul_in_a_string_is_not_sent() {
    use nested::Look;

    const MESSAGE: &str = "look: the string attribute header.dev-name contains a NUL";
    let mut connection = connection(|request| vec![ack(request)]);
    connection.request(&Look("lo")).unwrap();
    let sent = sends(&connection);
    let bad = Look("lo\0nonsense");
    let errors = [
        connection.request(&bad).unwrap_err(),
        connection.request_unacknowledged(&bad).unwrap_err(),
        connection.dump(&bad).unwrap_err(),
        connection.dump_each(&bad, |()| Ok(())).unwrap_err(),
        connection.batch().add(&bad).unwrap_err(),
        connection.request_all(&[bad]).map(|_| ()).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.to_string(), MESSAGE);
    }
    assert_eq!(
        connection.family("ec\0ho").unwrap_err().to_string(),
        "getfamily: the string attribute family-name contains a NUL"
    );
    assert_eq!(sends(&connection), sent);
    connection.request(&Look("lo")).unwrap();
}

#[test]
fn resolves_the_family_again_after_a_reload() {
    let mut connection = connection(|request| vec![reply(request), ack(request)]);
    assert_eq!(connection.request(&Say(5)).unwrap(), Said(5));
    let kernel = connection.transport.kernel();
    kernel.remove_family(FAMILY.name);
    kernel.add_family(FAMILY.name, &[]);
    assert_eq!(connection.request(&Say(6)).unwrap(), Said(6));
    // The family, a request, one to the old id, the family, a request.
    assert_eq!(sends(&connection), [1; 5]);
}

#[test]
fn returns_enoent_of_a_family_with_the_same_id() {
    let mut answered = false;
    let mut connection = connection(move |request| {
        if std::mem::replace(&mut answered, true) {
            vec![error(request, Errno::ENOENT)]
        } else {
            vec![reply(request), ack(request)]
        }
    });
    connection.request(&Say(5)).unwrap();
    let error = connection.request(&Say(5)).unwrap_err();
    assert_eq!(error.to_string(), "say: No such file or directory (ENOENT)");
}

#[test]
fn returns_enoent_with_a_text_without_resolving_again() {
    let kernel = FakeKernel::new();
    kernel.expect(&Say(5)).reply(|to| to.put_u32(1, 5));
    kernel
        .expect(&Say(5))
        .ext_ack(ExtAck::new(Errno::ENOENT).message("nobody"));
    let mut connection = connect(&kernel);
    connection.request(&Say(5)).unwrap();
    let error = connection.request(&Say(5)).unwrap_err();
    assert_eq!(error.to_string(), "say: nobody (ENOENT)");
    // The family was resolved once.
    assert_eq!(sends(&connection).len(), 3);
}

#[test]
fn a_missing_family_is_an_error_with_its_name() {
    let mut connection = connect(&FakeKernel::new());
    let error = connection.request(&Say(5)).unwrap_err();
    assert!(matches!(error, Error::NoFamily(name) if name == "echo"));
}

/// Returns two items in a datagram with these flags, and the end of the dump.
fn dump_with(request: &FakeRequest<'_>, flags: NlmF) -> Vec<Incoming> {
    let items = [1, 2].map(|number| said(request, number).flags(flags.bits()));
    vec![Incoming::datagram(items), request.done().into()]
}

/// Returns the answers to a dump request: two items and the end.
fn dump(request: &FakeRequest<'_>) -> Vec<Incoming> {
    dump_with(request, NlmF::MULTI)
}

#[test]
fn returns_the_items_of_a_dump() {
    let mut connection = connection(dump);
    let list = connection.dump(&Say(0)).unwrap();
    let items: Result<Vec<_>> = list.iter().collect();
    assert_eq!(items.unwrap(), [Said(1), Said(2)]);
    assert_eq!(list.len(), 2);
}

#[test]
fn repeats_an_interrupted_dump() {
    let mut tries = 0;
    let mut connection = connection(move |request| {
        tries += 1;
        match tries {
            1 => dump_with(request, NlmF::MULTI | NlmF::DUMP_INTR),
            _ => dump(request),
        }
    });
    assert_eq!(connection.dump(&Say(0)).unwrap().len(), 2);
}

/// As when an object changes after the last item was written.
#[test]
fn repeats_a_dump_whose_end_alone_is_marked_as_interrupted() {
    let kernel = FakeKernel::new();
    let items = |to: &mut Encoder<'_>| to.put_u32(1, 1);
    kernel
        .expect_dump(&Say(0))
        .reply(items)
        .reply(items)
        .interrupted();
    kernel.expect_dump(&Say(0)).reply(items).reply(items);
    let mut connection = connect(&kernel);
    assert_eq!(connection.dump(&Say(0)).unwrap().len(), 2);
    // The family, and the dump twice.
    assert_eq!(sends(&connection).len(), 3);
    kernel.assert_satisfied();
}

#[test]
fn a_dump_that_is_always_interrupted_is_an_error() {
    let mut connection = connection(|request| dump_with(request, NlmF::MULTI | NlmF::DUMP_INTR));
    let error = connection.dump(&Say(0)).unwrap_err();
    assert!(matches!(error, Error::Interrupted { attempts: 5, .. }));
}

#[test]
fn a_dump_that_ends_with_an_errno_is_an_error() {
    let mut connection = connection(|request| {
        let mut answers = dump(request);
        let end = (-Errno::ENOMEM.raw()).to_ne_bytes().to_vec();
        let end = Message::new(3, end).seq(request.seq()).port(request.port());
        answers[1] = end.flags(NlmF::MULTI.bits()).into();
        answers
    });
    let error = connection.dump(&Say(0)).unwrap_err();
    assert_eq!(error.to_string(), "say: Cannot allocate memory (ENOMEM)");
}

/// Returns the items that a dump passed to a closure, and how it ended.
fn each_of(connection: &mut Connection<FakeSocket>) -> (Vec<u32>, Result<()>) {
    let mut numbers = Vec::new();
    let end = connection.dump_each(&Say(0), |Said(number)| {
        numbers.push(number);
        Ok(())
    });
    (numbers, end)
}

#[test]
fn a_dump_with_a_cut_message_is_an_error() {
    let mut connection = connection(|request| {
        let items = [1, 2].map(|number| said(request, number).to_bytes());
        let mut items = items.concat();
        items.truncate(items.len() - 4);
        vec![Incoming::bytes(items), request.done().into()]
    });
    let error = connection.dump(&Say(0)).unwrap_err();
    let expected = "say: the kernel's answer cannot be decoded: the message is cut short";
    assert_eq!(error.to_string(), expected);
    assert_eq!(pending(&connection), 0);
}

#[test]
fn debug_shows_no_bytes_of_messages() {
    let mut connection = connection(|request| vec![reply(request), ack(request)]);
    let number = u32::from_ne_bytes([171, 172, 173, 174]);
    connection.request(&Say(number)).unwrap();
    let mut batch = connection.batch();
    batch.add(&Say(number)).unwrap();
    let _ = batch.send().of::<Say>().count();
    let shown = format!("{connection:?} {:?}", connection.queue);
    assert!(!shown.contains("171"), "{shown}");
    assert!(shown.contains("families"), "{shown}");
}

#[test]
fn dump_each_passes_each_item_to_the_closure() {
    let mut connection = connection(dump);
    let (numbers, end) = each_of(&mut connection);
    assert_eq!(numbers, [1, 2]);
    end.unwrap();
}

#[test]
fn dump_each_does_not_repeat_an_interrupted_dump() {
    let mut connection = connection(|request| dump_with(request, NlmF::MULTI | NlmF::DUMP_INTR));
    let (numbers, end) = each_of(&mut connection);
    assert_eq!(numbers, [1, 2]);
    assert_eq!(
        end.unwrap_err().to_string(),
        "say: interrupted by changes (attempts: 1)"
    );
    assert_eq!(sends(&connection).len(), 2);
}

#[test]
fn dump_each_receives_the_rest_after_an_error_of_the_closure() {
    let mut connection = connection(dump);
    let mut calls = 0;
    let end = connection.dump_each(&Say(0), |_| {
        calls += 1;
        Err(Error::NoFamily("of mine".to_owned()))
    });
    assert!(matches!(end, Err(Error::NoFamily(name)) if name == "of mine"));
    assert_eq!(calls, 1);
    assert_eq!(pending(&connection), 0);
}

#[test]
fn an_endless_dump_ends_at_the_limit() {
    let mut connection = connection(|request| {
        let item = said(request, 1).flags(NlmF::MULTI.bits());
        vec![Incoming::from(item).repeat(10_000)]
    });
    connection.set_dump_limit(2_800);
    connection.set_timeout(Duration::from_millis(1));
    let (numbers, end) = each_of(&mut connection);
    assert_eq!(numbers.len(), 101);
    assert!(matches!(end, Err(Error::TooMuch { .. })));
}

#[test]
fn a_flood_for_others_does_not_extend_the_deadline_of_a_dump() {
    let mut connection = connection(flood_for_others);
    connection.set_timeout(Duration::from_millis(1));
    let error = connection.dump(&Say(0)).unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert_ne!(pending(&connection), 0);
}

/// Returns a flood of messages of the type `kind` that answer the request, without an end.
fn endless(kind: u16) -> impl FnMut(&FakeRequest<'_>) -> Vec<Incoming> {
    move |request| vec![Incoming::from(said(request, 1).kind(kind)).repeat(1_000_000)]
}

#[test]
fn a_flood_of_replies_extends_no_deadline_and_takes_no_memory() {
    for kind in [30, 31] {
        let mut connection = connection(endless(kind));
        connection.set_timeout(Duration::from_millis(1));
        let error = connection.request(&Say(5)).unwrap_err();
        assert!(matches!(error, Error::Timeout { .. }), "{error}");
        assert_ne!(pending(&connection), 0);
        assert!(connection.inbox.capacity() <= 2 * MAX_DATAGRAM_LEN);
    }
}

#[test]
fn a_flood_of_messages_that_are_no_items_does_not_extend_the_deadline_of_a_dump() {
    let mut connection = connection(endless(31));
    connection.set_timeout(Duration::from_millis(1));
    let error = connection.dump(&Say(0)).unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert_ne!(pending(&connection), 0);
}

#[test]
fn a_dump_that_exceeds_the_limit_is_received_to_its_end() {
    let mut connection = connection(|request| {
        let mut datagrams = dump(request);
        datagrams.insert(0, datagrams[0].clone());
        datagrams
    });
    connection.set_dump_limit(20);
    let error = connection.dump(&Say(0)).unwrap_err();
    assert_eq!(error.to_string(), "say: the dump exceeds 20 bytes");
    assert_eq!(pending(&connection), 0);
}

#[test]
fn does_not_wait_for_lost_answers() {
    let mut connection = connection(|_| vec![Incoming::overrun()]);
    connection.set_timeout(Duration::from_secs(60));
    let error = connection.request(&Say(5)).unwrap_err();
    assert!(matches!(error, Error::Lost { .. }), "{error}");
    let error = connection.request_unacknowledged(&Say(5)).unwrap_err();
    assert!(matches!(error, Error::Lost { .. }), "{error}");
}

#[test]
fn an_ack_after_an_overrun_means_that_the_reply_was_lost() {
    let kernel = FakeKernel::new();
    kernel.expect(&Say(5)).overrun();
    let error = connect(&kernel).request(&Say(5)).unwrap_err();
    assert!(matches!(error, Error::NoReply { .. }), "{error}");
}

#[test]
fn without_an_ack_only_errors_are_returned() {
    let mut connection = connection(|_| vec![]);
    connection.request_unacknowledged(&Say(5)).unwrap();
    let mut connection = self::connection(|request| vec![error(request, Errno::EINVAL)]);
    let error = connection.request_unacknowledged(&Say(5)).unwrap_err();
    assert_eq!(error.to_string(), "say: Invalid argument (EINVAL)");
}

#[test]
fn without_an_ack_errors_of_others_are_skipped() {
    let mut connection = connection(|request| {
        vec![
            error(request, Errno::EIO).from_program(),
            request.error(Errno::EIO).seq(request.seq() - 1).into(),
            reply(request),
        ]
    });
    connection.request_unacknowledged(&Say(5)).unwrap();
    assert_eq!(pending(&connection), 0);
}

#[test]
fn without_an_ack_a_flood_does_not_extend_the_deadline() {
    let mut connection = connection(endless(30));
    connection.set_timeout(Duration::from_millis(1));
    let error = connection.request_unacknowledged(&Say(5)).unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert_ne!(pending(&connection), 0);
}

/// Parts of the rest may exceed the buffer.
#[test]
fn the_rest_of_a_truncated_dump_is_received() {
    let mut connection = patient(|request| {
        let large = Incoming::from(large(request, MAX_DATAGRAM_LEN));
        [vec![large.clone(), large], dump(request)].concat()
    });
    let error = connection.dump(&Say(0)).unwrap_err();
    assert!(matches!(error, Error::Truncated { .. }), "{error}");
    assert_eq!(pending(&connection), 0);
}

#[test]
fn with_flags_adds_flags_to_single_requests_and_to_batches() {
    use crate::request::RequestFlags;

    let mut connection = connection(|request| {
        let flags = said(request, request.flags().into());
        vec![flags.into(), ack(request)]
    });
    let say = || Say(5).with_flags(RequestFlags::CREATE | RequestFlags::EXCL);
    let plain = u32::from((NlmF::REQUEST | NlmF::ACK).bits());
    let expected = Said(plain | 0x600);
    assert_eq!(connection.request(&Say(5)).unwrap(), Said(plain));
    assert_eq!(connection.request(&say()).unwrap(), expected);
    let mut batch = connection.batch();
    batch.add(&say().with_flags(RequestFlags::ECHO)).unwrap();
    let reply = batch.send().of::<Say>().next().unwrap();
    assert_eq!(reply.unwrap(), Said(plain | 0x608));
}

#[test]
fn a_failed_send_is_an_error_with_its_reason() {
    let kernel = FakeKernel::new();
    kernel.fail_send(Errno::ENOBUFS);
    let error = connect(&kernel).request(&Say(5)).unwrap_err();
    let expected = "cannot send to the kernel: No buffer space available (os error 105)";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn the_kernel_of_this_machine_answers() {
    let mut connection = Connection::open().unwrap();
    let family = connection.family("nlctrl").unwrap();
    assert_eq!((family.id, family.name.as_str()), (16, "nlctrl"));
    let error = connection.family("no such family").unwrap_err();
    assert!(matches!(error, Error::Kernel(_) | Error::NoFamily(_)));
}
