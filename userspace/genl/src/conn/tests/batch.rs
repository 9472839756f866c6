// SPDX-License-Identifier: MIT OR Apache-2.0

//! Batches.

use super::*;
use crate::nlctrl::GetfamilyRequest;
use proptest::prelude::*;

/// Another operation of the same family.
static HEAR: OperationInfo = OperationInfo {
    command: 2,
    name: "hear",
    attributes: Some(&SET),
    header_len: 0,
};

/// A request that has no reply.
struct Hear(u32);

impl Request for Hear {
    const FAMILY: &'static FamilyInfo = &FAMILY;
    const OPERATION: &'static OperationInfo = &HEAR;

    fn encode(&self, to: &mut Encoder<'_>) {
        to.put_u32(1, self.0);
    }
}

impl DoRequest for Hear {
    type Reply<'a> = ();
}

/// The number of a request.
fn number(attrs: Attrs<'_>) -> u32 {
    attrs.get(1).unwrap().u32().unwrap()
}

/// Repeats what is said; hears what is less than 100, and refuses the rest.
fn echo(seq: u32, attrs: Attrs<'_>) -> Vec<(Vec<u8>, bool)> {
    match number(attrs) {
        100.. => vec![(error(seq, libc::ERANGE), true)],
        _ => vec![(reply(seq, attrs), true), (ack(seq), true)],
    }
}

/// What each of these was answered: the number that came back, or the error.
fn say_all(connection: &mut Connection<Fake>, numbers: &[u32]) -> Vec<Result<u32, String>> {
    let mut batch = connection.batch();
    for number in numbers {
        batch.add(&Say(*number)).unwrap();
    }
    let answers = batch.send();
    let replies = answers.of::<Say>();
    replies
        .map(|reply| {
            reply
                .map(|Said(number)| number)
                .map_err(|error| error.to_string())
        })
        .collect()
}

const LOST: &str = "say: the answer was lost, since the receive buffer was full";
const NO_REPLY: &str = "say: it was done, but no reply came; the receive buffer may have been full";

#[test]
fn is_sent_at_once_and_answered_in_order() {
    let mut connection = connection(echo);
    let numbers: Vec<u32> = (0..32).collect();
    let expected: Vec<_> = numbers.iter().copied().map(Ok).collect();
    assert_eq!(say_all(&mut connection, &numbers), expected);
    // The family, and then all of them.
    assert_eq!(connection.transport.sends, [1, 32]);
}

#[test]
fn operations_can_be_mixed() {
    let mut connection = connection(echo);
    let mut batch = connection.batch();
    batch.add(&Say(1)).unwrap();
    batch.add(&Hear(2)).unwrap();
    batch.add(&Say(3)).unwrap();
    batch.add(&Hear(100)).unwrap();
    assert_eq!((batch.len(), batch.is_empty()), (4, false));
    let answers = batch.send();
    let said: Result<Vec<_>> = answers.of::<Say>().collect();
    assert_eq!(said.unwrap(), [Said(1), Said(3)]);
    let [heard, refused] = &answers.of::<Hear>().collect::<Vec<_>>()[..] else {
        panic!("not two answers");
    };
    assert!(heard.is_ok());
    assert_eq!(
        refused.as_ref().unwrap_err().to_string(),
        "hear: Numerical result out of range (ERANGE)"
    );
    assert_eq!(connection.transport.sends, [1, 4]);
}

#[test]
fn one_kind_can_be_asked_for_in_one_call() {
    let mut connection = connection(echo);
    let replies = connection.request_all(&[Say(1), Say(2)]).unwrap();
    let said: Result<Vec<_>> = replies.collect();
    assert_eq!(said.unwrap(), [Said(1), Said(2)]);
    assert_eq!(connection.transport.sends, [1, 2]);
}

#[test]
fn an_empty_one_sends_nothing() {
    let mut connection = connection(echo);
    let batch = connection.batch();
    assert!(batch.is_empty());
    assert_eq!(batch.send().of::<Say>().count(), 0);
    assert!(connection.transport.sends.is_empty());
}

#[test]
fn a_new_one_begins_without_the_requests_of_the_last() {
    let mut connection = connection(echo);
    say_all(&mut connection, &[1, 2, 3]);
    let mut batch = connection.batch();
    batch.add(&Say(4)).unwrap();
    drop(batch);
    assert_eq!(say_all(&mut connection, &[5]), [Ok(5)]);
    assert_eq!(connection.request(&Say(6)).unwrap(), Said(6));
}

#[test]
fn a_refused_request_does_not_lose_the_others() {
    let mut connection = connection(echo);
    let refused = "say: Numerical result out of range (ERANGE)".to_owned();
    assert_eq!(
        say_all(&mut connection, &[1, 100, 2]),
        [Ok(1), Err(refused), Ok(2)]
    );
}

#[test]
fn a_request_that_cannot_be_sent_is_not_part_of_it() {
    struct Long;
    impl Request for Long {
        const FAMILY: &'static FamilyInfo = &FAMILY;
        const OPERATION: &'static OperationInfo = &SAY;
        fn encode(&self, to: &mut Encoder<'_>) {
            to.put_u32(1, 7);
            to.put_bytes(1, &[0; 70_000]);
        }
    }
    impl DoRequest for Long {
        type Reply<'a> = Said;
    }
    let mut connection = connection(echo);
    let mut batch = connection.batch();
    batch.add(&Say(1)).unwrap();
    let error = batch.add(&Long).unwrap_err();
    assert!(matches!(error, Error::TooLong { .. }), "{error}");
    batch.add(&Say(2)).unwrap();
    let said: Result<Vec<_>> = batch.send().of::<Say>().collect();
    assert_eq!(said.unwrap(), [Said(1), Said(2)]);
    assert_eq!(connection.transport.sends, [1, 2]);
}

#[test]
fn answers_are_matched_by_sequence() {
    let mut first = None;
    let mut connection = connection(move |seq, attrs| {
        let answers = echo(seq, attrs);
        match first.take() {
            // The first request is answered last.
            None => {
                first = Some(answers);
                vec![]
            }
            Some(first) => [answers, first].concat(),
        }
    });
    assert_eq!(say_all(&mut connection, &[1, 2]), [Ok(1), Ok(2)]);
}

#[test]
fn passes_over_what_is_for_others() {
    let mut connection = connection(|seq, attrs| {
        let failure = [&(-libc::EIO).to_ne_bytes()[..], &[0; 16]].concat();
        let strays = [
            (message(30, NlmF::empty(), seq + 99, PORT, &said(7)), true),
            (message(30, NlmF::empty(), seq - 1, PORT, &said(7)), true),
            (message(30, NlmF::empty(), 0, PORT, &said(7)), true),
            (message(30, NlmF::empty(), seq, PORT + 1, &said(7)), true),
            (message(30, NlmF::empty(), seq, PORT, &said(7)), false),
            (message(31, NlmF::empty(), seq, PORT, &said(7)), true),
            (message(2, NlmF::CAPPED, seq, PORT + 1, &failure), true),
            (error(seq, libc::EIO), false),
            (error(seq + 99, libc::EIO), true),
            (error(seq - 1, libc::EIO), true),
        ];
        let [reply, ack] = &echo(seq, attrs)[..] else {
            panic!("was refused");
        };
        let reply = std::slice::from_ref(reply);
        let ack = std::slice::from_ref(ack);
        [&strays[..], reply, &strays, ack].concat()
    });
    assert_eq!(say_all(&mut connection, &[1, 2, 3]), [Ok(1), Ok(2), Ok(3)]);
}

#[test]
fn what_follows_the_ack_changes_nothing() {
    let mut connection = connection(|seq, attrs| {
        let more = [
            (message(30, NlmF::empty(), seq, PORT, &said(7)), true),
            (error(seq, libc::EIO), true),
            (ack(seq), true),
        ];
        [&echo(seq, attrs)[..], &more].concat()
    });
    assert_eq!(say_all(&mut connection, &[1, 2, 3]), [Ok(1), Ok(2), Ok(3)]);
}

#[test]
fn an_ack_without_a_reply_is_an_error_of_that_request() {
    let mut connection = connection(|seq, attrs| match number(attrs) {
        2 => vec![(ack(seq), true)],
        _ => echo(seq, attrs),
    });
    assert_eq!(
        say_all(&mut connection, &[1, 2, 3]),
        [Ok(1), Err(NO_REPLY.to_owned()), Ok(3)]
    );
}

#[test]
fn an_error_that_is_cut_short_is_one_of_that_request() {
    let mut connection = connection(|seq, attrs| match number(attrs) {
        2 => vec![(message(2, NlmF::empty(), seq, PORT, &[1, 2]), true)],
        _ => echo(seq, attrs),
    });
    let short = "say: the kernel's answer cannot be understood: the message is cut short";
    assert_eq!(
        say_all(&mut connection, &[1, 2, 3]),
        [Ok(1), Err(short.to_owned()), Ok(3)]
    );
}

#[test]
fn a_reply_larger_than_the_buffer_is_an_error_of_that_request() {
    let mut connection = connection(|seq, attrs| match number(attrs) {
        2 => {
            let payload = [said(2), vec![0; crate::conn::slots::SLOT_LEN]].concat();
            let large = message(30, NlmF::empty(), seq, PORT, &payload);
            vec![(large, true), (ack(seq), true)]
        }
        _ => echo(seq, attrs),
    });
    let answers = say_all(&mut connection, &[1, 2, 3]);
    assert_eq!((&answers[0], &answers[2]), (&Ok(1), &Ok(3)));
    let error = answers[1].as_ref().unwrap_err();
    assert!(
        error.starts_with("say: the answer has 33116 bytes"),
        "{error}"
    );
}

#[test]
fn what_was_answered_before_the_deadline_is_kept() {
    let mut connection = connection(|seq, attrs| match number(attrs) {
        2 => vec![],
        _ => echo(seq, attrs),
    });
    let late = "say: the kernel did not answer within 20ms".to_owned();
    assert_eq!(
        say_all(&mut connection, &[1, 2, 3]),
        [Ok(1), Err(late), Ok(3)]
    );
}

#[test]
fn nothing_is_sent_once_an_answer_was_late() {
    let mut connection = connection(|seq, attrs| match number(attrs) {
        2 => vec![],
        _ => echo(seq, attrs),
    });
    connection.transport.receive_buffer = 2 * 6 * 1024;
    let late = "say: the kernel did not answer within 20ms".to_owned();
    let unsent = "say: not sent, since the kernel did not answer what was sent before".to_owned();
    assert_eq!(
        say_all(&mut connection, &[1, 2, 3, 4]),
        [Ok(1), Err(late), Err(unsent.clone()), Err(unsent)]
    );
    assert_eq!(connection.transport.sends, [1, 2]);
}

#[test]
fn a_flood_of_others_does_not_move_the_deadline() {
    let mut connection = connection(|seq, _| vec![(ack(seq + 9), true); 500_000]);
    connection.set_timeout(Duration::from_millis(1));
    for answer in say_all(&mut connection, &[1, 2]) {
        assert_eq!(
            answer.unwrap_err(),
            "say: the kernel did not answer within 1ms"
        );
    }
    // It was not even received.
    assert!(!connection.transport.queue.is_empty());
}

#[test]
fn a_flood_of_replies_moves_no_deadline_and_takes_no_memory() {
    let mut connection = connection(|seq, attrs| vec![(reply(seq, attrs), true); 500_000]);
    connection.set_timeout(Duration::from_millis(1));
    for answer in say_all(&mut connection, &[1]) {
        assert_eq!(
            answer.unwrap_err(),
            "say: the kernel did not answer within 1ms"
        );
    }
    assert!(!connection.transport.queue.is_empty());
    assert!(format!("{:?}", connection.queue).len() < 4096);
}

#[test]
fn what_was_lost_is_not_waited_for() {
    let mut connection = connection(|seq, attrs| match number(attrs) {
        2 => vec![(OVERRUN.to_vec(), true)],
        3 => vec![(ack(seq), true)],
        _ => echo(seq, attrs),
    });
    connection.set_timeout(Duration::from_secs(60));
    assert_eq!(
        say_all(&mut connection, &[1, 2, 3, 4]),
        [Ok(1), Err(LOST.to_owned()), Err(NO_REPLY.to_owned()), Ok(4)]
    );
}

#[test]
fn is_sent_in_parts_whose_answers_have_room() {
    let numbers: Vec<u32> = (0..70).collect();
    let expected: Vec<_> = numbers.iter().copied().map(Ok).collect();
    for (receive_buffer, sends) in [
        (1 << 30, &[1, 32, 32, 6][..]),
        (20 * 6 * 1024, &[1, 20, 20, 20, 10]),
        (1, &[1; 71]),
    ] {
        let mut connection = connection(|seq, attrs| {
            let payload = said(number(attrs));
            let reply = message(30, NlmF::empty(), seq, PORT, &payload);
            vec![(reply, true), (ack(seq), true)]
        });
        connection.transport.receive_buffer = receive_buffer;
        assert_eq!(say_all(&mut connection, &numbers), expected);
        assert_eq!(connection.transport.sends, sends);
    }
}

#[test]
fn is_sent_in_parts_that_are_not_too_large() {
    struct Large(u32);
    impl Request for Large {
        const FAMILY: &'static FamilyInfo = &FAMILY;
        const OPERATION: &'static OperationInfo = &SAY;
        fn encode(&self, to: &mut Encoder<'_>) {
            to.put_u32(1, self.0);
            to.put_bytes(2, &vec![0; if self.0 == 2 { 40_000 } else { 15_000 }]);
        }
    }
    impl DoRequest for Large {
        type Reply<'a> = Said;
    }
    let mut connection = connection(echo);
    let mut batch = connection.batch();
    for number in 0..6 {
        batch.add(&Large(number)).unwrap();
    }
    let said: Result<Vec<_>> = batch.send().of::<Large>().collect();
    assert_eq!(said.unwrap(), [0, 1, 2, 3, 4, 5].map(Said));
    assert_eq!(connection.transport.sends, [1, 2, 1, 2, 1]);
}

#[test]
fn sequence_numbers_never_are_that_of_events() {
    let mut connection = connection(|seq, attrs| {
        assert_ne!(seq, 0);
        echo(seq, attrs)
    });
    connection.request(&Say(0)).unwrap();
    for seq in u32::MAX - 5..=u32::MAX {
        connection.seq = seq;
        assert_eq!(say_all(&mut connection, &[1, 2, 3]), [Ok(1), Ok(2), Ok(3)]);
        connection.seq = seq;
        assert_eq!(connection.request(&Say(4)).unwrap(), Said(4));
    }
}

/// A kernel in which the family has each of these ids in turn: the first until so many requests have
/// come, and the second from then on; no family if it has none.
fn reloaded_after(requests: usize, ids: [Option<u16>; 2]) -> Connection<Fake> {
    let mut count = 0;
    with_answer(move |id, seq, attrs| {
        let now = ids[usize::from(count >= requests)];
        match (id, now) {
            (16, Some(now)) => family(now, seq),
            (16, None) => vec![(error(seq, libc::ENOENT), true)],
            _ => {
                count += 1;
                if now != Some(id) {
                    return vec![(error(seq, libc::ENOENT), true)];
                }
                let reply = message(id, NlmF::empty(), seq, PORT, &said(number(attrs)));
                vec![(reply, true), (ack(seq), true)]
            }
        }
    })
}

#[test]
fn what_a_reload_refused_is_sent_anew() {
    let mut connection = reloaded_after(3, [Some(30), Some(31)]);
    say_all(&mut connection, &[0]);
    // Two are carried out; then the module is loaded anew.
    let answers = say_all(&mut connection, &[1, 2, 3, 4]);
    assert_eq!(answers, [Ok(1), Ok(2), Ok(3), Ok(4)]);
    // Each family look-up is a send of its own.
    assert_eq!(connection.transport.sends, [1, 1, 4, 1, 2]);
}

#[test]
fn a_family_that_went_away_is_said_so_for_each_request() {
    let mut connection = reloaded_after(3, [Some(30), None]);
    say_all(&mut connection, &[0]);
    let gone = "the kernel has no generic netlink family \"echo\"".to_owned();
    let answers = say_all(&mut connection, &[1, 2, 3, 4]);
    assert_eq!(answers, [Ok(1), Ok(2), Err(gone.clone()), Err(gone)]);
    assert_eq!(connection.transport.sends, [1, 1, 4, 1]);
}

#[test]
fn enoent_of_a_family_that_has_not_moved_is_that_of_the_request() {
    let mut connection = connection(|seq, attrs| match number(attrs) {
        2 | 3 => vec![(error(seq, libc::ENOENT), true)],
        _ => echo(seq, attrs),
    });
    let missing = "say: No such file or directory (ENOENT)".to_owned();
    assert_eq!(
        say_all(&mut connection, &[1, 2, 3, 4]),
        [Ok(1), Err(missing.clone()), Err(missing), Ok(4)]
    );
    // It is asked for once, although two requests were refused, and nothing is sent twice.
    assert_eq!(connection.transport.sends, [1, 4, 1]);
}

#[test]
fn the_host_kernel_answers_a_batch() {
    let mut connection = Connection::open().unwrap();
    let mut batch = connection.batch();
    for number in 0..100 {
        let name = if number % 10 == 9 {
            "no such"
        } else {
            "nlctrl"
        };
        let request = GetfamilyRequest::new().family_name(name);
        batch.add(&request).unwrap();
    }
    let answers = batch.send();
    assert_eq!(answers.of::<GetfamilyRequest>().count(), 100);
    for (number, family) in answers.of::<GetfamilyRequest>().enumerate() {
        match family {
            Ok(family) => {
                assert_eq!(family.family_id, Some(16));
                assert_ne!(number % 10, 9);
            }
            Err(error) => {
                assert!(error.ext_ack().is_some(), "{error}");
                assert_eq!(number % 10, 9);
            }
        }
    }
}

proptest! {
    #[test]
    fn any_answers_are_survived(
        answers in proptest::collection::vec((0u16..40, -2i32..5, any::<u16>(), any::<Vec<u8>>()), 0..9),
    ) {
        let mut connection = connection(move |seq, _| {
            let datagram = |(kind, step, flags, payload): &(u16, i32, u16, Vec<u8>)| {
                let seq = seq.wrapping_add_signed(*step);
                message(*kind, NlmF::from_bits_retain(*flags), seq, PORT, payload)
            };
            answers.iter().map(|answer| (datagram(answer), true)).collect()
        });
        connection.set_timeout(Duration::from_micros(10));
        prop_assert_eq!(say_all(&mut connection, &[1, 2, 3]).len(), 3);
    }
}
