// SPDX-License-Identifier: MIT OR Apache-2.0

//! Batches.

use super::*;
use proptest::prelude::*;

/// Another operation of the same family.
static HEAR: OperationInfo = OperationInfo {
    command: 2,
    name: "hear",
    attributes: Some(&SET),
    header_len: 0,
};

/// A request without a reply.
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

/// Replies with the number of the request, or rejects it from 100 on.
fn echo(request: &FakeRequest<'_>) -> Vec<Incoming> {
    match number(request.attrs()) {
        100.. => vec![error(request, Errno::ERANGE)],
        _ => vec![reply(request), ack(request)],
    }
}

/// Sends these numbers in a batch, and returns the number in each reply or the error.
fn say_all(connection: &mut Connection<FakeSocket>, numbers: &[u32]) -> Vec<Result<u32, String>> {
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
const NO_REPLY: &str = "say: executed, but no reply arrived; the receive buffer may have been full";

#[test]
fn requests_are_sent_at_once_and_answered_in_order() {
    let mut connection = connection(echo);
    let numbers: Vec<u32> = (0..32).collect();
    let expected: Vec<_> = numbers.iter().copied().map(Ok).collect();
    assert_eq!(say_all(&mut connection, &numbers), expected);
    // The family, and then all of them.
    assert_eq!(sends(&connection), [1, 32]);
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
    let [heard, rejected] = &answers.of::<Hear>().collect::<Vec<_>>()[..] else {
        panic!("not two answers");
    };
    assert!(heard.is_ok());
    assert_eq!(
        rejected.as_ref().unwrap_err().to_string(),
        "hear: Numerical result out of range (ERANGE)"
    );
    assert_eq!(sends(&connection), [1, 4]);
}

#[test]
fn request_all_sends_one_batch() {
    let mut connection = connection(echo);
    let replies = connection.request_all(&[Say(1), Say(2)]).unwrap();
    let said: Result<Vec<_>> = replies.collect();
    assert_eq!(said.unwrap(), [Said(1), Said(2)]);
    assert_eq!(sends(&connection), [1, 2]);
}

#[test]
fn an_empty_batch_sends_nothing() {
    let mut connection = connection(echo);
    let batch = connection.batch();
    assert!(batch.is_empty());
    assert_eq!(batch.send().of::<Say>().count(), 0);
    assert!(sends(&connection).is_empty());
}

#[test]
fn a_new_batch_is_empty() {
    let mut connection = connection(echo);
    say_all(&mut connection, &[1, 2, 3]);
    let mut batch = connection.batch();
    batch.add(&Say(4)).unwrap();
    drop(batch);
    assert_eq!(say_all(&mut connection, &[5]), [Ok(5)]);
    assert_eq!(connection.request(&Say(6)).unwrap(), Said(6));
}

#[test]
fn an_error_of_one_request_does_not_affect_the_others() {
    let mut connection = connection(echo);
    let rejected = "say: Numerical result out of range (ERANGE)".to_owned();
    assert_eq!(
        say_all(&mut connection, &[1, 100, 2]),
        [Ok(1), Err(rejected), Ok(2)]
    );
}

#[test]
fn a_request_that_cannot_be_encoded_is_not_added() {
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
    assert_eq!(sends(&connection), [1, 2]);
}

#[test]
fn answers_are_matched_by_sequence_number() {
    let mut first = None;
    let mut connection = connection(move |request| {
        let answers = echo(request);
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
fn a_batch_skips_messages_for_others() {
    let mut connection = connection(|request| {
        let seq = request.seq();
        let more = [
            said(request, 7).seq(seq + 99).into(),
            said(request, 7).seq(seq - 1).into(),
            said(request, 7).seq(0).into(),
            request.error(Errno::EIO).seq(seq + 99).into(),
            request.error(Errno::EIO).seq(seq - 1).into(),
        ];
        // A next request of the batch has the sequence number `seq + 1`.
        let strays = strays(request).into_iter().enumerate();
        let strays = strays.filter(|(place, _)| !matches!(place, 0 | 6));
        let strays: Vec<_> = strays.map(|(_, stray)| stray).chain(more).collect();
        let (reply, ack) = (vec![reply(request)], vec![ack(request)]);
        [strays.clone(), reply, strays, ack].concat()
    });
    assert_eq!(say_all(&mut connection, &[1, 2, 3]), [Ok(1), Ok(2), Ok(3)]);
}

#[test]
fn messages_after_the_ack_change_nothing() {
    let mut connection = connection(|request| {
        let more = [
            said(request, 7).into(),
            error(request, Errno::EIO),
            ack(request),
        ];
        [&echo(request)[..], &more].concat()
    });
    assert_eq!(say_all(&mut connection, &[1, 2, 3]), [Ok(1), Ok(2), Ok(3)]);
}

/// Returns a connection to a kernel that answers the number 2 with what `answer` returns.
fn except_two(
    mut answer: impl FnMut(&FakeRequest<'_>) -> Vec<Incoming> + Send + 'static,
) -> Connection<FakeSocket> {
    connection(move |request| match number(request.attrs()) {
        2 => answer(request),
        _ => echo(request),
    })
}

#[test]
fn an_ack_without_a_reply_is_an_error_of_that_request() {
    let mut connection = except_two(|request| vec![ack(request)]);
    assert_eq!(
        say_all(&mut connection, &[1, 2, 3]),
        [Ok(1), Err(NO_REPLY.to_owned()), Ok(3)]
    );
}

#[test]
fn a_cut_error_message_is_an_error_of_that_request() {
    let mut connection = except_two(|request| {
        let cut = Message::new(2, vec![1, 2]).seq(request.seq());
        vec![cut.port(request.port()).into()]
    });
    let short = "say: the kernel's answer cannot be decoded: the message is cut short";
    assert_eq!(
        say_all(&mut connection, &[1, 2, 3]),
        [Ok(1), Err(short.to_owned()), Ok(3)]
    );
}

#[test]
fn a_reply_that_exceeds_its_slot_is_an_error_of_that_request() {
    let mut connection = except_two(|request| {
        let bytes = vec![0; crate::conn::slots::SLOT_LEN + 8];
        let mut payload = vec![1, 1, 0, 0];
        payload.extend(bytes);
        let large = Message::new(request.family_id(), payload).seq(request.seq());
        vec![large.port(request.port()).into(), ack(request)]
    });
    let answers = say_all(&mut connection, &[1, 2, 3]);
    assert_eq!((&answers[0], &answers[2]), (&Ok(1), &Ok(3)));
    let error = answers[1].as_ref().unwrap_err();
    assert!(
        error.starts_with("say: the answer has 33116 bytes"),
        "{error}"
    );
}

const LATE: &str = "say: the kernel did not answer within 20ms";

#[test]
fn answers_before_the_deadline_are_kept() {
    let mut connection = except_two(|_| vec![]);
    assert_eq!(
        say_all(&mut connection, &[1, 2, 3]),
        [Ok(1), Err(LATE.to_owned()), Ok(3)]
    );
}

#[test]
fn nothing_is_sent_after_a_timeout() {
    let mut connection = except_two(|_| vec![]);
    connection
        .transport
        .kernel()
        .set_receive_buffer(2 * 6 * 1024);
    let unsent =
        "say: not sent, since the kernel did not answer an earlier part of the batch".to_owned();
    assert_eq!(
        say_all(&mut connection, &[1, 2, 3, 4]),
        [
            Ok(1),
            Err(LATE.to_owned()),
            Err(unsent.clone()),
            Err(unsent)
        ]
    );
    assert_eq!(sends(&connection), [1, 2]);
}

#[test]
fn a_flood_for_others_does_not_extend_the_deadline_of_a_batch() {
    let mut connection = connection(flood_for_others);
    connection.set_timeout(Duration::from_millis(1));
    for answer in say_all(&mut connection, &[1, 2]) {
        assert_eq!(
            answer.unwrap_err(),
            "say: the kernel did not answer within 1ms"
        );
    }
    // Not all of it was received.
    assert_ne!(pending(&connection), 0);
}

#[test]
fn a_flood_of_replies_extends_no_deadline_and_takes_no_memory_in_a_batch() {
    let mut connection = connection(|request| vec![reply(request).repeat(1_000_000)]);
    connection.set_timeout(Duration::from_millis(1));
    for answer in say_all(&mut connection, &[1]) {
        assert_eq!(
            answer.unwrap_err(),
            "say: the kernel did not answer within 1ms"
        );
    }
    assert_ne!(pending(&connection), 0);
    assert!(format!("{:?}", connection.queue).len() < 4096);
}

#[test]
fn a_batch_does_not_wait_for_lost_answers() {
    let mut connection = connection(|request| match number(request.attrs()) {
        2 => vec![Incoming::overrun()],
        3 => vec![ack(request)],
        _ => echo(request),
    });
    connection.set_timeout(Duration::from_secs(60));
    assert_eq!(
        say_all(&mut connection, &[1, 2, 3, 4]),
        [Ok(1), Err(LOST.to_owned()), Err(NO_REPLY.to_owned()), Ok(4)]
    );
}

#[test]
fn a_batch_is_split_so_that_its_answers_fit_the_receive_buffer() {
    let numbers: Vec<u32> = (0..70).collect();
    let expected: Vec<_> = numbers.iter().copied().map(Ok).collect();
    for (receive_buffer, parts) in [
        (1 << 30, &[1, 32, 32, 6][..]),
        (20 * 6 * 1024, &[1, 20, 20, 20, 10]),
        (1, &[1; 71]),
    ] {
        let mut connection = connection(|request| vec![reply(request), ack(request)]);
        connection
            .transport
            .kernel()
            .set_receive_buffer(receive_buffer);
        assert_eq!(say_all(&mut connection, &numbers), expected);
        assert_eq!(sends(&connection), parts);
    }
}

#[test]
fn a_batch_is_split_by_the_size_of_its_requests() {
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
    assert_eq!(sends(&connection), [1, 2, 1, 2, 1]);
}

#[test]
fn no_request_has_the_sequence_number_of_events() {
    let mut connection = connection(|request| {
        assert_ne!(request.seq(), 0);
        echo(request)
    });
    connection.request(&Say(0)).unwrap();
    for seq in u32::MAX - 5..=u32::MAX {
        connection.seq = seq;
        assert_eq!(say_all(&mut connection, &[1, 2, 3]), [Ok(1), Ok(2), Ok(3)]);
        connection.seq = seq;
        assert_eq!(connection.request(&Say(4)).unwrap(), Said(4));
    }
}

/// Returns a connection to a kernel that unloads the family after this many requests, and loads it
/// again if `is_reload` is set.
fn unloaded_after(requests: usize, is_reload: bool) -> Connection<FakeSocket> {
    let kernel = FakeKernel::new();
    kernel.add_family(FAMILY.name, &[]);
    let (mut count, handle) = (0, kernel.clone());
    kernel.on_request(move |request| {
        (request.family() == Some(FAMILY.name)).then(|| {
            count += 1;
            let answers = echo(request);
            if count == requests {
                handle.remove_family(FAMILY.name);
                if is_reload {
                    handle.add_family(FAMILY.name, &[]);
                }
            }
            answers
        })
    });
    connect(&kernel)
}

#[test]
fn requests_that_a_reload_rejected_are_sent_again() {
    let mut connection = unloaded_after(3, true);
    say_all(&mut connection, &[0]);
    // Two are executed before the reload.
    let answers = say_all(&mut connection, &[1, 2, 3, 4]);
    assert_eq!(answers, [Ok(1), Ok(2), Ok(3), Ok(4)]);
    // Each request that resolves the family is a separate send.
    assert_eq!(sends(&connection), [1, 1, 4, 1, 2]);
}

#[test]
fn requests_to_an_unloaded_family_fail_with_its_name() {
    let mut connection = unloaded_after(3, false);
    say_all(&mut connection, &[0]);
    let gone = "the kernel has no generic netlink family \"echo\"".to_owned();
    let answers = say_all(&mut connection, &[1, 2, 3, 4]);
    assert_eq!(answers, [Ok(1), Ok(2), Err(gone.clone()), Err(gone)]);
    assert_eq!(sends(&connection), [1, 1, 4, 1]);
}

#[test]
fn enoent_of_a_family_with_the_same_id_is_an_error_of_the_request() {
    let mut connection = connection(|request| match number(request.attrs()) {
        2 | 3 => vec![error(request, Errno::ENOENT)],
        _ => echo(request),
    });
    let missing = "say: No such file or directory (ENOENT)".to_owned();
    assert_eq!(
        say_all(&mut connection, &[1, 2, 3, 4]),
        [Ok(1), Err(missing.clone()), Err(missing), Ok(4)]
    );
    // The family is resolved once, although two requests failed, and nothing is sent twice.
    assert_eq!(sends(&connection), [1, 4, 1]);
}

#[test]
fn the_kernel_of_this_machine_answers_a_batch() {
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
    fn random_answers_give_a_result_for_each_request(
        answers in proptest::collection::vec((0u16..40, -2i32..5, any::<u16>(), any::<Vec<u8>>()), 0..9),
    ) {
        let mut connection = connection(move |request| {
            let datagram = |(kind, step, flags, payload): &(u16, i32, u16, Vec<u8>)| {
                let seq = request.seq().wrapping_add_signed(*step);
                let message = Message::new(*kind, payload.clone()).flags(*flags);
                message.seq(seq).port(request.port()).into()
            };
            answers.iter().map(datagram).collect()
        });
        connection.set_timeout(Duration::from_micros(10));
        prop_assert_eq!(say_all(&mut connection, &[1, 2, 3]).len(), 3);
    }
}
