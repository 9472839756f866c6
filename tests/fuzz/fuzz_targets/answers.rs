// SPDX-License-Identifier: MIT OR Apache-2.0

//! Arbitrary answers of the kernel: each call of a client returns a result, or an error that can be
//! shown.

#![no_main]

use arbitrary::Unstructured;
use fuzz::{MAX_RECEIVED, arbitrary_kernel};
use genl::nlctrl::GetfamilyDumpRequest;
use genl::testing::FakeSocket;
use genl::{Connection, Errno, Error};
use greet::protocol::{
    GreetRequest, PeerDelRequest, PeerGetDumpRequest, PeerGetRequest, StatsGetRequest,
};
use libfuzzer_sys::fuzz_target;
use std::hint::black_box;
use std::time::Duration;

/// A low limit, so that endless dumps end soon.
const DUMP_LIMIT: usize = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let mut calls = Unstructured::new(data);
    let Ok(calls_len) = calls.int_in_range(1..=4) else {
        return;
    };
    let Ok(which) = (0..calls_len)
        .map(|_| calls.int_in_range(0..=8u8))
        .collect::<arbitrary::Result<Vec<_>>>()
    else {
        return;
    };
    let kernel = arbitrary_kernel(calls.take_rest().to_vec());
    let mut connection = Connection::with_transport(kernel.open());
    connection.set_timeout(Duration::ZERO);
    connection.set_dump_limit(DUMP_LIMIT);
    for call in which {
        if let Err(error) = execute(&mut connection, call) {
            black_box(format!("{error} {error:?}"));
        }
        assert!(
            kernel.received() < MAX_RECEIVED,
            "the client receives without end"
        );
    }
});

fn execute(connection: &mut Connection<FakeSocket>, call: u8) -> Result<(), Error> {
    let greet = GreetRequest::new().name("World").cookie(&[1, 2, 3]);
    match call {
        0 => show(connection.family("greet")?),
        1 => show(connection.families()?),
        2 => {
            let family = connection.family("greet")?;
            show(connection.policies(&family)?)
        }
        3 => show(connection.request(&greet)?),
        4 => connection.request_unacknowledged(&greet)?,
        5 => show(
            connection
                .dump(&PeerGetDumpRequest)?
                .iter()
                .map(|peer| format!("{peer:?}"))
                .collect::<Vec<_>>(),
        ),
        6 => {
            let mut batch = connection.batch();
            batch.add(&greet)?;
            batch.add(&PeerGetRequest::new().name("World"))?;
            batch.add(&PeerDelRequest::new().name("World"))?;
            batch.add(&StatsGetRequest)?;
            for answer in batch.send().of::<GreetRequest<'_>>() {
                show(answer?);
            }
        }
        7 => {
            // A batch that cannot be sent.
            let kernel = connection.transport().kernel();
            kernel.fail_send(Errno::ENOBUFS);
            show(connection.request_all(&[greet])?.count());
        }
        _ => show(connection.dump(&GetfamilyDumpRequest)?.iter().count()),
    }
    Ok(())
}

fn show(value: impl std::fmt::Debug) {
    black_box(format!("{value:?}"));
}
