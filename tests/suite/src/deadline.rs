// SPDX-License-Identifier: MIT OR Apache-2.0

//! No wait is endless.

use crate::support::tool::run;
use anyhow::{Result, bail};
use genl::{Connection, Received, Socket, Transport};
use greet::GreetRequest;
use std::fs;
use std::io;
use std::time::{Duration, Instant};

crate::tests![
    an_answer_that_does_not_come_is_not_waited_for_longer,
    an_operation_that_waits_in_the_kernel_is_answered_after_the_deadline,
];

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

/// The kernel looks for a module with an unknown family before it refuses to look it up: here for as
/// long as a script sleeps that plays modprobe. No deadline of a client's bounds that.
fn an_operation_that_waits_in_the_kernel_is_answered_after_the_deadline() -> Result<()> {
    const TIMEOUT: Duration = Duration::from_millis(10);
    const SLEEP: Duration = Duration::from_millis(500);
    const PATIENCE: Duration = Duration::from_secs(30);
    const MODPROBE: &str = "/proc/sys/kernel/modprobe";
    const SCRIPT: &str = "/tmp/slow-modprobe";

    fs::write(
        SCRIPT,
        format!("#!/bin/sh\nexec sleep {}\n", SLEEP.as_secs_f32()),
    )?;
    run("chmod", &["+x", SCRIPT])?.output()?;
    let mut connection = Connection::open()?;
    connection.set_timeout(TIMEOUT);
    let modprobe = fs::read_to_string(MODPROBE)?;
    fs::write(MODPROBE, SCRIPT)?;
    let start = Instant::now();
    let outcome = connection.family("nobody");
    let waited = start.elapsed();
    fs::write(MODPROBE, modprobe)?;
    match outcome {
        Err(genl::Error::NoFamily(name)) => assert_eq!(name, "nobody"),
        other => bail!("a family that is not there: {other:?}"),
    }
    assert!(waited >= SLEEP && waited < PATIENCE, "waited {waited:?}");
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
