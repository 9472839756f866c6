// SPDX-License-Identifier: MIT OR Apache-2.0

//! Async connections.

use super::*;
use crate::conn::asynchronous::{AsyncConnection, Sending};
use crate::conn::in_flight::{InFlight, State};
use crate::conn::offloaded::{DumpStream, OwnedAnswers};
use futures_core::Stream;
use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use tokio::runtime::{Builder, Runtime};

/// The family with the id of the first family of the fake kernel, which need not be resolved.
static KNOWN: FamilyInfo = FamilyInfo {
    name: "echo",
    version: 1,
    id: Some(30),
};

/// Says a number.
struct Count(u32);

impl Request for Count {
    const FAMILY: &'static FamilyInfo = &KNOWN;
    const OPERATION: &'static OperationInfo = &SAY;

    fn encode(&self, to: &mut Encoder<'_>) {
        to.put_u32(1, self.0);
    }
}

impl DoRequest for Count {
    type Reply<'a> = Said;
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A timeout for answers that never arrive. Others may take longer under load.
const SHORT: Duration = Duration::from_millis(20);

/// Returns a connection to a kernel with the family.
fn connect(
    answer: impl FnMut(&FakeRequest<'_>) -> Vec<Incoming> + Send + 'static,
) -> AsyncConnection<FakeSocket> {
    let mut connection = AsyncConnection::with_transport(kernel(answer).open());
    connection.set_timeout(Duration::from_secs(60));
    connection
}

fn echo(request: &FakeRequest<'_>) -> Vec<Incoming> {
    vec![reply(request), ack(request)]
}

/// Returns the number in the reply, which the fake kernel takes from the request.
async fn say(connection: &AsyncConnection<FakeSocket>, number: u32) -> Result<u32> {
    let reply = connection.request(&Say(number)).await?;
    reply.get().map(|Said(number)| number)
}

#[test]
fn a_request_resolves_the_family_and_returns_the_reply() {
    let connection = connect(echo);
    runtime().block_on(async {
        assert_eq!(say(&connection, 5).await.unwrap(), 5);
        assert_eq!(say(&connection, 6).await.unwrap(), 6);
    });
    assert_eq!(connection.transport().kernel().sends(), [1, 1, 1]);
    assert_eq!(connection.in_flight(), 0);
}

#[test]
fn a_request_resolves_the_family_again_after_a_reload() {
    let connection = connect(echo);
    let kernel = connection.transport().kernel();
    runtime().block_on(async {
        say(&connection, 5).await.unwrap();
        kernel.remove_family(FAMILY.name);
        kernel.add_family(FAMILY.name, &[]);
        assert_eq!(say(&connection, 6).await.unwrap(), 6);
        kernel.remove_family(FAMILY.name);
        let error = say(&connection, 7).await.unwrap_err();
        assert!(matches!(error, Error::NoFamily(name) if name == "echo"));
    });
}

#[test]
fn many_tasks_resolve_the_family_once() {
    let connection = connect(echo);
    let runtime = runtime();
    let tasks: Vec<_> = (0..100)
        .map(|number| {
            let connection = connection.clone();
            runtime.spawn(async move { say(&connection, number).await.unwrap() })
        })
        .collect();
    for (task, number) in tasks.into_iter().zip(0..) {
        assert_eq!(runtime.block_on(task).unwrap(), number);
    }
    let requests: usize = connection.transport().kernel().sends().iter().sum();
    assert_eq!(requests, 101);
}

#[test]
fn errors_are_those_of_the_blocking_client() {
    let answers: [fn(&FakeRequest<'_>) -> Vec<Incoming>; 5] = [
        |request| vec![error(request, Errno::EINVAL)],
        |request| {
            let ext_ack = ExtAck::new(Errno::ERANGE)
                .message("too large")
                .attribute(&[1]);
            vec![request.ext_ack(&ext_ack).into()]
        },
        |request| vec![ack(request)],
        |_| vec![Incoming::overrun()],
        |request| vec![Incoming::overrun(), ack(request)],
    ];
    for answer in answers {
        let expected = connection(answer).request(&Say(5)).unwrap_err().to_string();
        let connection = connect(answer);
        let error = runtime().block_on(say(&connection, 5)).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(connection.in_flight(), 0);
    }
}

#[test]
fn a_missing_answer_is_a_timeout() {
    let mut connection = connect(|_| vec![]);
    let runtime = runtime();
    // Not while the family is resolved.
    let warm_up = connection.request_unacknowledged(&Say(0));
    runtime.block_on(warm_up).unwrap();
    connection.set_timeout(SHORT);
    let expected = "say: the kernel did not answer within 20ms";
    let error = runtime.block_on(say(&connection, 5)).unwrap_err();
    assert_eq!(error.to_string(), expected);
    let error = runtime.block_on(connection.dump(&Say(0))).unwrap_err();
    assert_eq!(error.to_string(), expected);
    assert_eq!(connection.in_flight(), 0);
}

#[test]
fn a_failed_send_fails_all_its_requests() {
    let mut connection = connect(echo);
    connection.set_sending(Sending::Inline);
    let both = runtime().block_on(async {
        say(&connection, 1).await.unwrap();
        connection.transport().kernel().fail_send(Errno::ENOBUFS);
        let say = |number| {
            let connection = connection.clone();
            tokio::spawn(async move { say(&connection, number).await })
        };
        let both = [say(2), say(3)];
        let [one, two] = both;
        [one.await.unwrap(), two.await.unwrap()]
    });
    let expected = "cannot send to the kernel: No buffer space available (os error 105)";
    let failed = both.iter().filter_map(|one| one.as_ref().err());
    assert!(failed.clone().count() > 0);
    assert!(
        failed
            .into_iter()
            .all(|error| error.to_string() == expected)
    );
    assert_eq!(connection.in_flight(), 0);
}

#[test]
fn an_async_request_skips_messages_for_others() {
    let connection = connect(|request| {
        let (reply, ack) = (vec![reply(request)], vec![ack(request)]);
        [strays(request), reply, strays(request), ack].concat()
    });
    assert_eq!(runtime().block_on(say(&connection, 5)).unwrap(), 5);
}

#[test]
fn unacknowledged_requests_return_errors_and_wait_for_nothing() {
    let connection = connect(|request| match number(request.attrs()) {
        0 => vec![],
        1 => vec![reply(request)],
        _ => vec![error(request, Errno::EINVAL)],
    });
    runtime().block_on(async {
        connection.request_unacknowledged(&Say(0)).await.unwrap();
        connection.request_unacknowledged(&Say(1)).await.unwrap();
        let error = connection
            .request_unacknowledged(&Say(2))
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "say: Invalid argument (EINVAL)");
    });
    assert_eq!(connection.transport().kernel().pending(), 0);
}

#[test]
fn concurrent_requests_are_sent_together() {
    let mut connection = connect(echo);
    connection.set_sending(Sending::Inline);
    let runtime = runtime();
    let say = |number| {
        let connection = connection.clone();
        runtime.spawn(async move {
            connection
                .request(&Count(number))
                .await
                .unwrap()
                .get()
                .unwrap()
        })
    };
    let tasks: Vec<_> = (0..64).map(say).collect();
    for (task, number) in tasks.into_iter().zip(0..) {
        assert_eq!(runtime.block_on(task).unwrap(), Said(number));
    }
    let sends = connection.transport().kernel().sends();
    assert!(sends.iter().all(|&requests| requests <= 32), "{sends:?}");
    assert!(sends.len() <= 4, "{sends:?}");
}

/// The fake kernel executes the first request until it is released.
#[test]
fn a_slow_request_does_not_stall_the_executor() {
    let (release, released) = mpsc::channel::<()>();
    let (entered, is_entered) = mpsc::channel::<()>();
    let kernel = FakeKernel::new();
    kernel.add_family(FAMILY.name, &[]);
    kernel.on_request(move |request| {
        if request.family() != Some("echo") || number(request.attrs()) != 0 {
            return None;
        }
        entered.send(()).unwrap();
        released.recv().unwrap();
        Some(echo(request))
    });
    let connection = AsyncConnection::with_transport(kernel.open());
    let runtime = runtime();
    let slow = {
        let connection = connection.clone();
        runtime.spawn(async move { say(&connection, 0).await })
    };
    runtime.block_on(async {
        // This task goes on while the kernel executes the request.
        while is_entered.try_recv().is_err() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        release.send(()).unwrap();
        assert_eq!(slow.await.unwrap().unwrap(), 0);
    });
}

#[test]
fn the_timeout_limits_a_slow_request() {
    let (release, released) = mpsc::channel::<()>();
    let mut slow = true;
    let mut connection = connect(move |request| {
        if std::mem::take(&mut slow) {
            released.recv().unwrap();
        }
        echo(request)
    });
    connection.set_timeout(SHORT);
    let runtime = runtime();
    let error = runtime.block_on(say(&connection, 5)).unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert_eq!(connection.in_flight(), 0);
    release.send(()).unwrap();
    // Its answers arrive later, and are skipped.
    connection.set_timeout(Duration::from_secs(60));
    assert_eq!(runtime.block_on(say(&connection, 6)).unwrap(), 6);
}

#[test]
fn a_task_sends_no_request_that_waits_for_the_pool() {
    let mut table = InFlight::new(1);
    let flags = NlmF::REQUEST | NlmF::ACK;
    let slow = table.add(&Count(1), 30, flags).unwrap();
    let fast = table.add(&Count(2), 30, flags).unwrap();
    table.queue(fast);
    let mut datagram = Vec::new();
    assert_eq!(table.begin(32, &mut datagram).len, 1);
    assert_eq!(datagram.len(), 28);
    let states = [slow, fast].map(|place| table.state(place));
    assert_eq!(states, [State::Unsent, State::Sending]);
}

/// A task of the scheduler.
struct Task<'f> {
    future: Pin<Box<dyn Future<Output = Result<u32>> + 'f>>,
    woken: Arc<Woken>,
    expected: u32,
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Random numbers of a fixed seed (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}

/// Polls woken tasks in random order, cancels some of them, and sends some answers later, also those to
/// cancelled requests. Everything that is random has a fixed seed.
#[test]
fn each_request_gets_its_own_reply_in_any_order_of_polls_answers_and_cancellations() {
    const TASKS: u32 = 1_000;

    for seed in 1..=20 {
        let mut random = Random(seed);
        let late = Arc::new(Mutex::new(Vec::new()));
        let answers_later = Arc::clone(&late);
        let mut choice = Random(seed << 32);
        let mut connection = connect(move |request| match choice.below(4) {
            0 => {
                let mut later = answers_later.lock().unwrap();
                later.extend(
                    echo(request)
                        .into_iter()
                        .map(|incoming| (request.port(), incoming)),
                );
                vec![]
            }
            1 => vec![Incoming::datagram([
                said(request, number(request.attrs())),
                request.ack(),
            ])],
            _ => echo(request),
        });
        connection.set_sending(Sending::Inline);
        connection.set_timeout(Duration::from_secs(3600));
        let runtime = runtime();
        let _inside = runtime.enter();
        let start = |expected| {
            let connection = &connection;
            Task {
                future: Box::pin(async move {
                    let reply = connection.request(&Count(expected)).await?;
                    reply.get().map(|Said(number)| number)
                }),
                woken: Arc::new(Woken(AtomicBool::new(true))),
                expected,
            }
        };
        let mut next = 0;
        let mut tasks: HashMap<u32, Task<'_>> = HashMap::new();
        let (mut ended, mut cancelled) = (0, 0);
        while ended + cancelled < TASKS {
            match random.below(16) {
                0..4 if next < TASKS => {
                    tasks.insert(next, start(next));
                    next += 1;
                }
                4 => {
                    let some = tasks.keys().min().copied();
                    cancelled += u32::from(some.and_then(|key| tasks.remove(&key)).is_some());
                }
                5 => {
                    let mut late = late.lock().unwrap();
                    if !late.is_empty() {
                        let at = random.below(late.len());
                        // A reply precedes its ACK.
                        let (port, incoming) = late.remove(at & !1);
                        connection.transport().kernel().deliver(port, incoming);
                        if late.len() > (at & !1) {
                            let (port, incoming) = late.remove(at & !1);
                            connection.transport().kernel().deliver(port, incoming);
                        }
                    }
                }
                _ => {
                    let is_woken = |task: &Task<'_>| task.woken.0.load(Ordering::Relaxed);
                    let mut woken: Vec<_> =
                        tasks.values_mut().filter(|task| is_woken(task)).collect();
                    woken.sort_by_key(|task| task.expected);
                    if woken.is_empty() {
                        continue;
                    }
                    let at = random.below(woken.len());
                    let task = &mut woken[at];
                    task.woken.0.store(false, Ordering::Relaxed);
                    let waker = Waker::from(Arc::clone(&task.woken));
                    let polled = task.future.as_mut().poll(&mut Context::from_waker(&waker));
                    if let Poll::Ready(result) = polled {
                        let expected = task.expected;
                        assert_eq!(result.unwrap(), expected, "seed {seed}");
                        tasks.remove(&expected);
                        ended += 1;
                    }
                }
            }
            assert!(connection.in_flight() <= tasks.len());
        }
        assert!(ended > 100 && cancelled > 100, "{ended} {cancelled}");
        assert_eq!(connection.in_flight(), 0, "seed {seed}");
    }
}

/// Returns the numbers in a stream, and how it ended.
async fn numbers(stream: &mut DumpStream<Say, FakeSocket>) -> (Vec<u32>, Result<()>) {
    let mut numbers = Vec::new();
    while let Some(item) = poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)).await {
        match item {
            Ok(item) => numbers.push(item.get().unwrap().0),
            Err(error) => return (numbers, Err(error)),
        }
    }
    (numbers, Ok(()))
}

#[test]
fn a_dump_stream_returns_the_items_of_all_parts() {
    let connection = connect(|request| {
        let items = [1, 2, 3].map(|number| said(request, number).flags(NlmF::MULTI.bits()));
        let parts = items.into_iter().map(Incoming::from);
        parts.chain([request.done().into()]).collect()
    });
    runtime().block_on(async {
        for _ in 0..2 {
            let mut stream = connection.dump_stream(&Say(0)).unwrap();
            let (numbers, end) = numbers(&mut stream).await;
            assert_eq!(numbers, [1, 2, 3]);
            end.unwrap();
        }
        let dump = connection.dump(&Say(0)).await.unwrap();
        let items: Result<Vec<_>> = dump.iter().collect();
        assert_eq!(items.unwrap(), [Said(1), Said(2), Said(3)]);
    });
}

#[test]
fn async_dumps_run_at_the_same_time_and_with_requests() {
    let connection = connect(|request| match request.is_dump() {
        true => dump(request),
        false => echo(request),
    });
    runtime().block_on(async {
        let mut one = connection.dump_stream(&Say(0)).unwrap();
        let mut two = connection.dump_stream(&Say(0)).unwrap();
        assert_eq!(say(&connection, 5).await.unwrap(), 5);
        assert_eq!(numbers(&mut two).await.0, [1, 2]);
        assert_eq!(numbers(&mut one).await.0, [1, 2]);
    });
}

#[test]
fn an_interrupted_async_dump_is_repeated_and_a_stream_is_not() {
    let mut tries = 0;
    let connection = connect(move |request| {
        tries += 1;
        match tries {
            1 | 3 => dump_with(request, NlmF::MULTI | NlmF::DUMP_INTR),
            _ => dump(request),
        }
    });
    runtime().block_on(async {
        assert_eq!(connection.dump(&Say(0)).await.unwrap().len(), 2);
        let mut stream = connection.dump_stream(&Say(0)).unwrap();
        let (numbers, end) = numbers(&mut stream).await;
        assert_eq!(numbers, [1, 2]);
        let expected = "say: interrupted by changes (attempts: 1)";
        assert_eq!(end.unwrap_err().to_string(), expected);
    });
}

#[test]
fn errors_of_async_dumps_are_those_of_the_blocking_client() {
    let answers: [fn(&FakeRequest<'_>) -> Vec<Incoming>; 3] = [
        |request| vec![error(request, Errno::EBUSY)],
        |request| dump_with(request, NlmF::MULTI | NlmF::DUMP_INTR),
        |_| vec![Incoming::overrun()],
    ];
    for answer in answers {
        let expected = connection(answer).dump(&Say(0)).unwrap_err().to_string();
        let connection = connect(answer);
        let error = runtime().block_on(connection.dump(&Say(0))).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

/// A dropped stream closes its socket, with which the kernel ends the dump.
#[test]
fn a_dropped_dump_stream_leaves_nothing_behind() {
    let connection = connect(|request| {
        let item = said(request, 1).flags(NlmF::MULTI.bits());
        vec![Incoming::from(item).repeat(1_000)]
    });
    runtime().block_on(async {
        let mut stream = connection.dump_stream(&Say(0)).unwrap();
        let first = poll_fn(|cx| Pin::new(&mut stream).poll_next(cx)).await;
        assert_eq!(first.unwrap().unwrap().get().unwrap(), Said(1));
        // Only the part that the stream has asked for is received.
        let kernel = connection.transport().kernel();
        assert_eq!((kernel.received(), kernel.pending()), (3, 1));
        drop(stream);
        assert_eq!(kernel.pending(), 0);
    });
}

#[test]
fn an_async_batch_returns_each_reply_and_error() {
    let connection = connect(|request| match number(request.attrs()) {
        3 => vec![error(request, Errno::ERANGE)],
        _ => echo(request),
    });
    let numbers = |answers: OwnedAnswers| -> Vec<_> {
        let replies = answers.of::<Say>();
        replies
            .map(|reply| reply.map(|Said(number)| number).ok())
            .collect()
    };
    runtime().block_on(async {
        let say_all = || {
            let mut batch = connection.batch();
            (1..=4).for_each(|number| batch.add(&Say(number)).unwrap());
            batch.send()
        };
        let expected = [Some(1), Some(2), None, Some(4)];
        assert_eq!(numbers(say_all().await.unwrap()), expected);
        let kernel = connection.transport().kernel();
        kernel.remove_family(FAMILY.name);
        kernel.add_family(FAMILY.name, &[]);
        assert_eq!(numbers(say_all().await.unwrap()), expected);
        kernel.remove_family(FAMILY.name);
        for error in say_all().await.unwrap().of::<Say>() {
            let is_gone = matches!(error, Err(Error::NoFamily(name)) if name == "echo");
            assert!(is_gone);
        }
    });
}
