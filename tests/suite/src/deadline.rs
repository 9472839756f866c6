// SPDX-License-Identifier: MIT OR Apache-2.0

//! No wait is endless.

use anyhow::{Result, bail};
use genl::{Connection, Received, Socket, Transport};
use greet::GreetRequest;
use std::io;
use std::time::{Duration, Instant};

crate::tests![an_answer_that_does_not_come_is_not_waited_for_longer];

fn an_answer_that_does_not_come_is_not_waited_for_longer() -> Result<()> {
    const TIMEOUT: Duration = Duration::from_millis(300);

    let mut connection = Connection::with_transport(Deaf(Socket::open()?));
    connection.set_timeout(TIMEOUT);
    let start = Instant::now();
    match connection.request(&GreetRequest::new().name("World")) {
        Err(genl::Error::Timeout { timeout, .. }) => assert_eq!(timeout, TIMEOUT),
        other => bail!("without an answer: {other:?}"),
    }
    let waited = start.elapsed();
    assert!(
        waited >= TIMEOUT && waited < 7 * TIMEOUT,
        "waited {waited:?}"
    );
    Ok(())
}

/// A socket on which no answer arrives.
struct Deaf(Socket);

impl Transport for Deaf {
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
