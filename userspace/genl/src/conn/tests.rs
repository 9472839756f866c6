// SPDX-License-Identifier: MIT OR Apache-2.0

//! Against a transport that plays the kernel, also a kernel that errs.

mod batch;

use super::connection::Connection;
use crate::error::{Error, Result};
use crate::request::{DoRequest, DumpRequest, Request};
use crate::schema::{
    AttributeInfo, AttributeSet, FamilyInfo, Kind as AttributeKind, OperationInfo,
};
use crate::socket::transport::{ROOM, Received, Transport};
use crate::wire::attr::{Attrs, DecodeError};
use crate::wire::encode::Encoder;
use crate::wire::message::{Kind, Messages};
use crate::wire::traits::Decode;
use neli::consts::nl::NlmF;
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::time::Duration;

const PORT: u32 = 4242;

static FAMILY: FamilyInfo = FamilyInfo {
    name: "echo",
    version: 1,
    id: None,
};
static SET: AttributeSet = AttributeSet {
    name: "echo",
    attributes: &[AttributeInfo {
        number: 1,
        name: "number",
        kind: AttributeKind::Unsigned,
    }],
};
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

/// What the kernel does with a request: given its family id, sequence number and attributes, the
/// datagrams that it answers with, and whether it is the kernel that sends them.
type Answer = Box<dyn FnMut(u16, u32, Attrs<'_>) -> Vec<(Vec<u8>, bool)>>;

/// A datagram in whose place the socket tells that some were lost.
const OVERRUN: &[u8] = b"overrun";

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fake")
    }
}

struct Fake {
    answer: Answer,
    queue: VecDeque<(Vec<u8>, bool)>,
    /// How many requests there were,
    sent: usize,
    /// and how many in each send.
    sends: Vec<usize>,
    receive_buffer: usize,
}

impl Transport for Fake {
    fn port(&self) -> u32 {
        PORT
    }

    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        self.sends.push(Messages::new(datagram).count());
        for (_, message) in Messages::new(datagram) {
            let Kind::Family(id) = message.kind else {
                panic!("not a request");
            };
            self.sent += 1;
            self.queue
                .extend((self.answer)(id, message.seq, message.attrs()));
        }
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<Received>> {
        let Some((datagram, from_kernel)) = self.queue.pop_front() else {
            return Ok(None);
        };
        if datagram == OVERRUN {
            return Err(io::Error::from_raw_os_error(libc::ENOBUFS));
        }
        let fits = datagram.len().min(buffer.len());
        buffer[..fits].copy_from_slice(&datagram[..fits]);
        Ok(Some(Received {
            len: datagram.len(),
            from_kernel,
        }))
    }

    fn receive_append(
        &mut self,
        buffer: &mut Vec<u8>,
        room: usize,
    ) -> io::Result<Option<Received>> {
        let longest = self.queue.front().map_or(0, |(next, _)| next.len());
        let mut datagram = vec![0; longest.min(room)];
        let received = self.receive(&mut datagram)?;
        if received.is_some() {
            buffer.extend(datagram);
        }
        Ok(received)
    }

    fn receive_many(
        &mut self,
        slots: &mut [u8],
        slot_len: usize,
        received: &mut Vec<Received>,
    ) -> io::Result<()> {
        for slot in slots.chunks_exact_mut(slot_len) {
            let is_overrun = |(next, _): &(Vec<u8>, bool)| next == OVERRUN;
            // As the kernel does, which keeps the error for the next call.
            if !received.is_empty() && self.queue.front().is_some_and(is_overrun) {
                break;
            }
            received.extend(self.receive(slot)?);
        }
        Ok(())
    }

    fn receive_buffer(&self) -> io::Result<usize> {
        Ok(self.receive_buffer)
    }

    fn wait(&mut self, timeout: Duration) -> io::Result<()> {
        std::thread::sleep(timeout);
        Ok(())
    }
}

fn message(kind: u16, flags: NlmF, seq: u32, port: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = (16 + payload.len() as u32).to_ne_bytes().to_vec();
    bytes.extend_from_slice(&kind.to_ne_bytes());
    bytes.extend_from_slice(&flags.bits().to_ne_bytes());
    bytes.extend_from_slice(&seq.to_ne_bytes());
    bytes.extend_from_slice(&port.to_ne_bytes());
    bytes.extend_from_slice(payload);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn attributes(fill: impl FnOnce(&mut Encoder<'_>)) -> Vec<u8> {
    let mut bytes = vec![1, 1, 0, 0]; // the struct genlmsghdr
    Encoder::append(&mut bytes, |to| fill(to)).unwrap();
    bytes
}

fn said(number: u32) -> Vec<u8> {
    attributes(|to| to.put_u32(1, number))
}

fn ack(seq: u32) -> Vec<u8> {
    error(seq, 0)
}

fn error(seq: u32, errno: i32) -> Vec<u8> {
    let payload = [&(-errno).to_ne_bytes()[..], &[0; 16]].concat();
    message(2, NlmF::CAPPED, seq, PORT, &payload)
}

/// What nlctrl answers for a family that has this id.
fn family(id: u16, seq: u32) -> Vec<(Vec<u8>, bool)> {
    let payload = attributes(|to| {
        to.put_u16(1, id);
        to.put_text(2, "echo");
    });
    let reply = message(16, NlmF::empty(), seq, PORT, &payload);
    vec![(reply, true), (ack(seq), true)]
}

/// A connection to a kernel in which the family has id 30, and answers as `answer` says.
fn connection(
    mut answer: impl FnMut(u32, Attrs<'_>) -> Vec<(Vec<u8>, bool)> + 'static,
) -> Connection<Fake> {
    with_answer(move |id, seq, attrs| match id {
        16 => family(30, seq),
        _ => answer(seq, attrs),
    })
}

/// The same, which waits for messages that take long to make.
fn patient(
    answer: impl FnMut(u32, Attrs<'_>) -> Vec<(Vec<u8>, bool)> + 'static,
) -> Connection<Fake> {
    let mut connection = connection(answer);
    connection.set_timeout(Duration::from_secs(60));
    connection
}

fn with_answer(
    answer: impl FnMut(u16, u32, Attrs<'_>) -> Vec<(Vec<u8>, bool)> + 'static,
) -> Connection<Fake> {
    let mut connection = Connection::with_transport(Fake {
        answer: Box::new(answer),
        queue: VecDeque::new(),
        sent: 0,
        sends: Vec::new(),
        receive_buffer: 212_992,
    });
    connection.set_timeout(Duration::from_millis(20));
    connection
}

fn reply(seq: u32, attrs: Attrs<'_>) -> Vec<u8> {
    let number = attrs.get(1).and_then(|attr| attr.u32().ok()).unwrap_or(0);
    message(30, NlmF::empty(), seq, PORT, &said(number))
}

#[test]
fn resolves_once_and_asks() {
    let mut connection = connection(|seq, attrs| vec![(reply(seq, attrs), true), (ack(seq), true)]);
    assert_eq!(connection.request(&Say(5)).unwrap(), Said(5));
    assert_eq!(connection.request(&Say(6)).unwrap(), Said(6));
    assert_eq!(connection.transport.sent, 3);
}

#[test]
fn reply_and_ack_may_share_a_datagram() {
    let mut connection =
        connection(|seq, attrs| vec![([reply(seq, attrs), ack(seq)].concat(), true)]);
    assert_eq!(connection.request(&Say(5)).unwrap(), Said(5));
}

/// What answers another request, or is not the kernel's.
fn strays(seq: u32) -> Vec<(Vec<u8>, bool)> {
    let failure = [&(-libc::EIO).to_ne_bytes()[..], &[0; 16]].concat();
    vec![
        (message(30, NlmF::empty(), seq + 1, PORT, &said(1)), true),
        (message(30, NlmF::empty(), seq, PORT + 1, &said(2)), true),
        (message(30, NlmF::empty(), seq, PORT, &said(3)), false),
        (message(31, NlmF::empty(), seq, PORT, &said(4)), true),
        (message(2, NlmF::CAPPED, seq, PORT + 1, &failure), true),
        (error(seq, libc::EIO), false),
        (error(seq + 1, libc::EIO), true),
    ]
}

#[test]
fn passes_over_what_is_for_others() {
    let mut connection = connection(|seq, attrs| {
        let reply = vec![(reply(seq, attrs), true)];
        [strays(seq), reply, strays(seq), vec![(ack(seq), true)]].concat()
    });
    assert_eq!(connection.request(&Say(5)).unwrap(), Said(5));
}

#[test]
fn a_dump_passes_over_what_is_for_others() {
    let mut connection = connection(|seq, _| [strays(seq), dump(NlmF::MULTI, seq, 0)].concat());
    let (numbers, end) = each_of(&mut connection);
    assert_eq!(numbers, [1, 2]);
    end.unwrap();
}

#[test]
fn gives_up_at_the_deadline() {
    let mut connection = connection(|_, _| vec![]);
    let error = connection.request(&Say(5)).unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
}

#[test]
fn a_flood_of_others_does_not_move_the_deadline() {
    let mut connection = connection(|seq, _| vec![(ack(seq + 1), true); 1_000_000]);
    connection.set_timeout(Duration::from_millis(1));
    let error = connection.request(&Say(5)).unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert!(!connection.transport.queue.is_empty());
}

#[test]
fn an_ack_without_a_reply_is_an_error() {
    let mut connection = connection(|seq, _| vec![(ack(seq), true)]);
    let error = connection.request(&Say(5)).unwrap_err();
    assert!(matches!(error, Error::NoReply { .. }), "{error}");
}

/// A reply, or an item of a list, of more than so many bytes.
fn large(seq: u32, len: usize) -> Vec<u8> {
    let payload = attributes(|to| {
        (0..len)
            .step_by(60_000)
            .for_each(|_| to.put_bytes(2, &[0; 60_000]));
        to.put_u32(1, 5);
    });
    message(30, NlmF::MULTI, seq, PORT, &payload)
}

#[test]
fn a_reply_may_be_as_large_as_the_kernel_makes_one() {
    for len in [32 * 1024, 1024 * 1024, 4_000_000] {
        let mut connection = patient(move |seq, _| vec![(large(seq, len), true), (ack(seq), true)]);
        assert_eq!(connection.request(&Say(5)).unwrap(), Said(5));
        assert_eq!(connection.request(&Say(5)).unwrap(), Said(5));
    }
}

#[test]
fn an_item_of_a_list_may_be_as_large_as_the_kernel_makes_one() {
    let mut connection = patient(|seq, _| {
        [
            vec![(large(seq, 4_000_000), true)],
            dump(NlmF::MULTI, seq, 0),
        ]
        .concat()
    });
    let (numbers, end) = each_of(&mut connection);
    assert_eq!(numbers, [5, 1, 2]);
    end.unwrap();
}

#[test]
fn a_reply_larger_than_the_buffer_is_an_error() {
    let mut connection = patient(|seq, _| vec![(large(seq, ROOM), true), (ack(seq), true)]);
    let error = connection.request(&Say(5)).unwrap_err();
    assert!(
        matches!(error, Error::Truncated { buffer: ROOM, .. }),
        "{error}"
    );
    assert!(connection.inbox.capacity() <= 2 * ROOM);
    // Without an ACK, no reply is wanted.
    connection.request_unacknowledged(&Say(5)).unwrap();
}

#[test]
fn what_is_too_large_and_for_others_is_passed_over() {
    let mut connection = patient(|seq, attrs| {
        let others = large(seq - 1, ROOM);
        let reply = reply(seq, attrs);
        vec![
            (others.clone(), true),
            (reply, true),
            (others, true),
            (ack(seq), true),
        ]
    });
    assert_eq!(connection.request(&Say(5)).unwrap(), Said(5));
}

#[test]
fn an_attribute_that_is_too_long_is_not_sent() {
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
    let mut connection = connection(|_, _| panic!("was sent"));
    let error = connection.request(&Long).unwrap_err();
    assert_eq!(
        error.to_string(),
        "say: the attribute number is longer than 65531 bytes"
    );
}

/// A family of devices, whose requests have a nest.
mod nested {
    use super::*;

    static HEADER: AttributeSet = AttributeSet {
        name: "header",
        attributes: &[AttributeInfo {
            number: 2,
            name: "dev-name",
            kind: AttributeKind::Text,
        }],
    };
    static SET: AttributeSet = AttributeSet {
        name: "device",
        attributes: &[
            AttributeInfo {
                number: 1,
                name: "header",
                kind: AttributeKind::Nest(&HEADER),
            },
            AttributeInfo {
                number: 2,
                name: "counts",
                kind: AttributeKind::Unsigned,
            },
        ],
    };
    static LOOK: OperationInfo = OperationInfo {
        command: 1,
        name: "look",
        attributes: Some(&SET),
        header_len: 0,
    };

    /// Looks at the device of this name.
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
fn a_string_with_a_nul_is_refused_by_name_and_not_sent() {
    use nested::Look;

    const MESSAGE: &str = "look: the string attribute header.dev-name contains a NUL";
    let mut connection = connection(|seq, _| vec![(ack(seq), true)]);
    connection.request(&Look("lo")).unwrap();
    let sends = connection.transport.sends.len();
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
    assert_eq!(connection.transport.sends.len(), sends);
    connection.request(&Look("lo")).unwrap();
}

#[test]
fn resolves_anew_when_the_id_is_no_longer_known() {
    let mut ids = [30, 31].into_iter();
    let mut calls = 0;
    let mut connection = with_answer(move |id, seq, attrs| match id {
        16 => family(ids.next().unwrap(), seq),
        id => {
            calls += 1;
            // The first call is answered; then the module is loaded anew.
            if calls > 1 && id == 30 {
                return vec![(error(seq, libc::ENOENT), true)];
            }
            let number = attrs.get(1).unwrap().u32().unwrap();
            let reply = message(id, NlmF::empty(), seq, PORT, &said(number));
            vec![(reply, true), (ack(seq), true)]
        }
    });
    assert_eq!(connection.request(&Say(5)).unwrap(), Said(5));
    assert_eq!(connection.request(&Say(6)).unwrap(), Said(6));
}

#[test]
fn enoent_of_a_family_that_has_not_moved_is_returned() {
    let mut answered = false;
    let mut connection = connection(move |seq, attrs| {
        if std::mem::replace(&mut answered, true) {
            vec![(error(seq, libc::ENOENT), true)]
        } else {
            vec![(reply(seq, attrs), true), (ack(seq), true)]
        }
    });
    connection.request(&Say(5)).unwrap();
    let error = connection.request(&Say(5)).unwrap_err();
    assert_eq!(error.to_string(), "say: No such file or directory (ENOENT)");
}

#[test]
fn enoent_with_a_text_is_not_that_of_an_unknown_id() {
    let mut answered = false;
    let mut connection = connection(move |seq, attrs| {
        if !std::mem::replace(&mut answered, true) {
            return vec![(reply(seq, attrs), true), (ack(seq), true)];
        }
        let mut payload = [&(-libc::ENOENT).to_ne_bytes()[..], &[0; 16]].concat();
        Encoder::append(&mut payload, |to| to.put_text(1, "nobody")).unwrap();
        let flags = NlmF::CAPPED | NlmF::ACK_TLVS;
        vec![(message(2, flags, seq, PORT, &payload), true)]
    });
    connection.request(&Say(5)).unwrap();
    let error = connection.request(&Say(5)).unwrap_err();
    assert_eq!(error.to_string(), "say: nobody (ENOENT)");
    // The family was looked up once.
    assert_eq!(connection.transport.sends.len(), 3);
}

#[test]
fn a_family_that_is_not_there_is_said_so() {
    let mut connection = with_answer(|_, seq, _| vec![(error(seq, libc::ENOENT), true)]);
    let error = connection.request(&Say(5)).unwrap_err();
    assert!(matches!(error, Error::NoFamily(name) if name == "echo"));
}

fn dump(flags: NlmF, seq: u32, errno: i32) -> Vec<(Vec<u8>, bool)> {
    let items = [1, 2].map(|number| message(30, flags, seq, PORT, &said(number)));
    let done = message(3, NlmF::MULTI, seq, PORT, &(-errno).to_ne_bytes());
    vec![(items.concat(), true), (done, true)]
}

#[test]
fn lists_the_items_of_a_dump() {
    let mut connection = connection(|seq, _| dump(NlmF::MULTI, seq, 0));
    let list = connection.dump(&Say(0)).unwrap();
    let items: Result<Vec<_>> = list.iter().collect();
    assert_eq!(items.unwrap(), [Said(1), Said(2)]);
    assert_eq!(list.len(), 2);
}

#[test]
fn a_dump_that_was_interrupted_is_asked_for_anew() {
    let mut tries = 0;
    let mut connection = connection(move |seq, _| {
        tries += 1;
        match tries {
            1 => dump(NlmF::MULTI | NlmF::DUMP_INTR, seq, 0),
            _ => dump(NlmF::MULTI, seq, 0),
        }
    });
    assert_eq!(connection.dump(&Say(0)).unwrap().len(), 2);
}

/// As when what is listed changes after its last item was written.
#[test]
fn a_dump_whose_end_alone_is_marked_is_asked_for_anew() {
    let mut tries = 0;
    let mut connection = connection(move |seq, _| {
        tries += 1;
        let mut datagrams = dump(NlmF::MULTI, seq, 0);
        if tries == 1 {
            let flags = NlmF::MULTI | NlmF::DUMP_INTR;
            datagrams[1].0 = message(3, flags, seq, PORT, &[0; 4]);
        }
        datagrams
    });
    assert_eq!(connection.dump(&Say(0)).unwrap().len(), 2);
    // The family, and the list twice.
    assert_eq!(connection.transport.sends.len(), 3);
}

#[test]
fn a_dump_that_is_interrupted_each_time_is_given_up() {
    let mut connection = connection(|seq, _| dump(NlmF::MULTI | NlmF::DUMP_INTR, seq, 0));
    let error = connection.dump(&Say(0)).unwrap_err();
    assert!(matches!(error, Error::Interrupted { tries: 5, .. }));
}

#[test]
fn a_dump_that_ends_with_an_error_is_one() {
    let mut connection = connection(|seq, _| dump(NlmF::MULTI, seq, libc::ENOMEM));
    let error = connection.dump(&Say(0)).unwrap_err();
    assert_eq!(error.to_string(), "say: Cannot allocate memory (ENOMEM)");
}

/// Those items that a list handed over before it ended, and how it did.
fn each_of(connection: &mut Connection<Fake>) -> (Vec<u32>, Result<()>) {
    let mut numbers = Vec::new();
    let end = connection.dump_each(&Say(0), |Said(number)| {
        numbers.push(number);
        Ok(())
    });
    (numbers, end)
}

#[test]
fn a_dump_with_bytes_that_are_no_message_is_an_error() {
    let mut connection = connection(|seq, _| {
        let mut datagrams = dump(NlmF::MULTI, seq, 0);
        let items = &mut datagrams[0].0;
        items.truncate(items.len() - 4);
        datagrams
    });
    let error = connection.dump(&Say(0)).unwrap_err();
    let expected = "say: the kernel's answer cannot be understood: the message is cut short";
    assert_eq!(error.to_string(), expected);
    assert!(connection.transport.queue.is_empty());
}

#[test]
fn debug_shows_no_bytes_of_messages() {
    let mut connection = connection(|seq, attrs| vec![(reply(seq, attrs), true), (ack(seq), true)]);
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
fn hands_over_each_item_of_a_dump() {
    let mut connection = connection(|seq, _| dump(NlmF::MULTI, seq, 0));
    let (numbers, end) = each_of(&mut connection);
    assert_eq!(numbers, [1, 2]);
    end.unwrap();
}

#[test]
fn a_dump_whose_items_were_handed_over_is_not_asked_for_anew() {
    let mut connection = connection(|seq, _| dump(NlmF::MULTI | NlmF::DUMP_INTR, seq, 0));
    let (numbers, end) = each_of(&mut connection);
    assert_eq!(numbers, [1, 2]);
    assert_eq!(
        end.unwrap_err().to_string(),
        "say: interrupted by changes (tries: 1)"
    );
    assert_eq!(connection.transport.sends.len(), 2);
}

#[test]
fn what_is_behind_an_error_is_received_and_not_handed_over() {
    let mut connection = connection(|seq, _| dump(NlmF::MULTI, seq, 0));
    let mut calls = 0;
    let end = connection.dump_each(&Say(0), |_| {
        calls += 1;
        Err(Error::NoFamily("of mine".to_owned()))
    });
    assert!(matches!(end, Err(Error::NoFamily(name)) if name == "of mine"));
    assert_eq!(calls, 1);
    assert!(connection.transport.queue.is_empty());
}

#[test]
fn a_dump_without_an_end_is_given_up() {
    let items = |seq| message(30, NlmF::MULTI, seq, PORT, &said(1));
    let mut connection = connection(move |seq, _| vec![(items(seq), true); 10_000]);
    connection.set_dump_limit(2_800);
    connection.set_timeout(Duration::from_millis(1));
    let (numbers, end) = each_of(&mut connection);
    assert_eq!(numbers.len(), 101);
    assert!(matches!(end, Err(Error::TooMuch { .. })));
}

#[test]
fn a_flood_of_others_does_not_move_the_deadline_of_a_dump() {
    let mut connection = connection(|seq, _| vec![(ack(seq + 1), true); 1_000_000]);
    connection.set_timeout(Duration::from_millis(1));
    let error = connection.dump(&Say(0)).unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert!(!connection.transport.queue.is_empty());
}

/// The answer of a kernel that never comes to an end, though it answers what was asked.
fn endless(kind: u16) -> impl FnMut(u32, Attrs<'_>) -> Vec<(Vec<u8>, bool)> {
    move |seq, _| vec![(message(kind, NlmF::empty(), seq, PORT, &said(1)), true); 1_000_000]
}

#[test]
fn a_flood_of_replies_moves_no_deadline_and_takes_no_memory() {
    for kind in [30, 31] {
        let mut connection = connection(endless(kind));
        connection.set_timeout(Duration::from_millis(1));
        let error = connection.request(&Say(5)).unwrap_err();
        assert!(matches!(error, Error::Timeout { .. }), "{error}");
        assert!(!connection.transport.queue.is_empty());
        assert!(connection.inbox.capacity() <= 2 * ROOM);
    }
}

#[test]
fn a_flood_of_what_is_no_item_does_not_move_the_deadline_of_a_dump() {
    let mut connection = connection(endless(31));
    connection.set_timeout(Duration::from_millis(1));
    let error = connection.dump(&Say(0)).unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert!(!connection.transport.queue.is_empty());
}

#[test]
fn a_dump_that_is_too_long_is_given_up_and_passed_over() {
    let mut connection = connection(|seq, _| {
        let mut datagrams = dump(NlmF::MULTI, seq, 0);
        datagrams.insert(0, datagrams[0].clone());
        datagrams
    });
    connection.set_dump_limit(20);
    let error = connection.dump(&Say(0)).unwrap_err();
    assert_eq!(error.to_string(), "say: the list has more than 20 bytes");
    assert!(connection.transport.queue.is_empty());
}

#[test]
fn what_was_lost_is_not_waited_for() {
    let mut connection = connection(|_, _| vec![(OVERRUN.to_vec(), true)]);
    connection.set_timeout(Duration::from_secs(60));
    let error = connection.request(&Say(5)).unwrap_err();
    assert!(matches!(error, Error::Lost { .. }), "{error}");
    let error = connection.request_unacknowledged(&Say(5)).unwrap_err();
    assert!(matches!(error, Error::Lost { .. }), "{error}");
}

#[test]
fn a_reply_that_was_lost_is_told_by_the_ack() {
    let mut connection = connection(|seq, _| vec![(OVERRUN.to_vec(), true), (ack(seq), true)]);
    let error = connection.request(&Say(5)).unwrap_err();
    assert!(matches!(error, Error::NoReply { .. }), "{error}");
}

#[test]
fn without_an_acknowledgement_only_an_error_is_waited_for() {
    let mut connection = connection(|_, _| vec![]);
    connection.request_unacknowledged(&Say(5)).unwrap();
    let mut connection = self::connection(|seq, _| vec![(error(seq, libc::EINVAL), true)]);
    let error = connection.request_unacknowledged(&Say(5)).unwrap_err();
    assert_eq!(error.to_string(), "say: Invalid argument (EINVAL)");
}

#[test]
fn without_an_acknowledgement_the_errors_of_others_are_passed_over() {
    let mut connection = connection(|seq, _| {
        vec![
            (error(seq, libc::EIO), false),
            (error(seq - 1, libc::EIO), true),
            (reply(seq, Attrs::default()), true),
        ]
    });
    connection.request_unacknowledged(&Say(5)).unwrap();
    assert!(connection.transport.queue.is_empty());
}

#[test]
fn without_an_acknowledgement_a_flood_does_not_move_the_deadline() {
    let mut connection = connection(endless(30));
    connection.set_timeout(Duration::from_millis(1));
    let error = connection.request_unacknowledged(&Say(5)).unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert!(!connection.transport.queue.is_empty());
}

/// Also of such parts as there is no room for.
#[test]
fn what_is_left_of_a_dump_that_was_cut_is_passed_over() {
    let mut connection = patient(|seq, _| {
        let large = large(seq, ROOM);
        let rest = dump(NlmF::MULTI, seq, 0);
        [vec![(large.clone(), true), (large, true)], rest].concat()
    });
    let error = connection.dump(&Say(0)).unwrap_err();
    assert!(matches!(error, Error::Truncated { .. }), "{error}");
    assert!(connection.transport.queue.is_empty());
}

#[test]
fn the_host_kernel_answers() {
    let mut connection = Connection::open().unwrap();
    let family = connection.family("nlctrl").unwrap();
    assert_eq!((family.id, family.name.as_str()), (16, "nlctrl"));
    let error = connection.family("no such family").unwrap_err();
    assert!(matches!(error, Error::Kernel(_) | Error::NoFamily(_)));
}
