// SPDX-License-Identifier: MIT OR Apache-2.0

//! Timeouts of the client library.

use crate::support::module::with_modprobe;
use anyhow::{Result, bail};
use genl::{Connection, Received, Socket, Transport};
use greet::GreetRequest;
use std::io;
use std::time::{Duration, Instant};

crate::tests![
    a_missing_reply_returns_a_timeout_error,
    a_request_that_sleeps_in_the_kernel_may_exceed_the_timeout,
];

fn a_missing_reply_returns_a_timeout_error() -> Result<()> {
    const TIMEOUT: Duration = Duration::from_millis(300);

    let mut connection = Connection::with_transport(Discarding(Socket::open()?));
    connection.set_timeout(TIMEOUT);
    let start = Instant::now();
    match connection.request(&GreetRequest::new().name("World")) {
        Err(genl::Error::Timeout { timeout, .. }) => assert_eq!(timeout, TIMEOUT),
        other => bail!("expected a timeout, got {other:?}"),
    }
    let waited = start.elapsed();
    assert!(
        waited >= TIMEOUT && waited < 7 * TIMEOUT,
        "waited {waited:?}"
    );
    Ok(())
}

/// The kernel runs modprobe before it reports an unknown family. Here, modprobe is a script that
/// sleeps. The timeout of a client does not limit the time inside the send.
fn a_request_that_sleeps_in_the_kernel_may_exceed_the_timeout() -> Result<()> {
    const TIMEOUT: Duration = Duration::from_millis(10);
    const SLEEP: Duration = Duration::from_millis(500);
    const LIMIT: Duration = Duration::from_secs(30);

    let mut connection = Connection::open()?;
    connection.set_timeout(TIMEOUT);
    let script = format!("exec sleep {}", SLEEP.as_secs_f32());
    let (outcome, waited) = with_modprobe(&script, || {
        let start = Instant::now();
        (connection.family("absent"), start.elapsed())
    })?;
    match outcome {
        Err(genl::Error::NoFamily(name)) => assert_eq!(name, "absent"),
        other => bail!("expected NoFamily, got {other:?}"),
    }
    assert!(waited >= SLEEP && waited < LIMIT, "waited {waited:?}");
    Ok(())
}

/// A transport that discards requests, so no reply arrives.
struct Discarding(Socket);

impl Transport for Discarding {
    fn port(&self) -> u32 {
        self.0.port()
    }

    fn send(&mut self, _datagram: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<Received>> {
        self.0.receive(buffer)
    }

    fn wait(&mut self, timeout: Duration) -> io::Result<()> {
        self.0.wait(timeout)
    }
}
