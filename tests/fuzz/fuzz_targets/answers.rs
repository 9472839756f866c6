// SPDX-License-Identifier: MIT OR Apache-2.0

//! Whatever the kernel answers, a client ends: with a result or with an error that can be shown.

#![no_main]

use arbitrary::Unstructured;
use fuzz::Liar;
use genl::nlctrl::GetfamilyDumpRequest;
use genl::{Connection, Error};
use greet::protocol::{
    GreetRequest, PeerDelRequest, PeerGetDumpRequest, PeerGetRequest, StatsGetRequest,
};
use libfuzzer_sys::fuzz_target;
use std::hint::black_box;
use std::time::Duration;

/// So small that what is endless ends soon.
const DUMP_LIMIT: usize = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let mut calls = Unstructured::new(data);
    let Ok(calls_len) = calls.int_in_range(1..=4) else {
        return;
    };
    let Ok(which) = (0..calls_len)
        .map(|_| calls.int_in_range(0..=7u8))
        .collect::<arbitrary::Result<Vec<_>>>()
    else {
        return;
    };
    let mut connection = Connection::with_transport(Liar::new(calls));
    connection.set_timeout(Duration::ZERO);
    connection.set_dump_limit(DUMP_LIMIT);
    for call in which {
        if let Err(error) = carry_out(&mut connection, call) {
            black_box(format!("{error} {error:?}"));
        }
    }
});

fn carry_out(connection: &mut Connection<Liar<'_>>, call: u8) -> Result<(), Error> {
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
        _ => show(connection.dump(&GetfamilyDumpRequest)?.iter().count()),
    }
    Ok(())
}

fn show(value: impl std::fmt::Debug) {
    black_box(format!("{value:?}"));
}
