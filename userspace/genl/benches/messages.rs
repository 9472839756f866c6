// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writing and reading messages, without a kernel: `cargo bench -p genl`.

use criterion::Criterion;
use genl::nlctrl::{GetfamilyReply, GetfamilyRequest};
use genl::{Attrs, Connection, Decode, Encoder, Received, Request, Transport};
use std::hint::black_box;
use std::io;
use std::time::Duration;

/// The attributes of a reply about a family with operations and groups.
fn family(operations: u32, groups: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    Encoder::append(&mut bytes, |to| {
        to.put_text(2, "family");
        to.put_u16(1, 30);
        to.put_u32(3, 1);
        to.put_u32(4, 0);
        to.put_u32(5, 0);
        to.nest(6, |to| {
            for number in 0..operations {
                to.nest(number as u16 + 1, |to| {
                    to.put_u32(1, number);
                    to.put_u32(2, 0xa);
                });
            }
        });
        to.nest(7, |to| {
            for number in 0..groups {
                to.nest(number as u16 + 1, |to| {
                    to.put_u32(2, number);
                    to.put_text(1, "group");
                });
            }
        });
    })
    .expect("it fits");
    bytes
}

fn encode(criterion: &mut Criterion) {
    let request = GetfamilyRequest::new().family_name("nlctrl");
    let mut buffer = Vec::with_capacity(4096);
    criterion.bench_function("encode/getfamily", |bencher| {
        bencher.iter(|| {
            buffer.clear();
            let written = Encoder::append(&mut buffer, |to| black_box(&request).encode(to));
            black_box(&written);
            black_box(buffer.len())
        });
    });
    criterion.bench_function("encode/32 operations", |bencher| {
        bencher.iter(|| black_box(family(32, 0)));
    });
}

fn decode(criterion: &mut Criterion) {
    for (name, operations, groups) in [
        ("decode/no operation", 0, 0),
        ("decode/6 operations, 2 groups", 6, 2),
        ("decode/128 operations", 128, 0),
    ] {
        let bytes = family(operations, groups);
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| {
                let reply = GetfamilyReply::decode(Attrs::new(black_box(&bytes)));
                black_box(reply.map(|reply| reply.family_id))
            });
        });
    }
}

/// A kernel that answers each request at once, with the same reply and an ACK.
struct Answers {
    /// The payload of the reply.
    reply: Vec<u8>,
    /// The datagrams that wait to be received.
    waiting: Vec<Vec<u8>>,
    count: usize,
}

impl Answers {
    fn with(attributes: &[u8]) -> Self {
        Self {
            reply: [&[1, 2, 0, 0], attributes].concat(),
            waiting: Vec::new(),
            count: 0,
        }
    }

    /// Adds a datagram with this message, in the memory of an earlier one.
    fn answer(&mut self, kind: u16, seq: [u8; 4], payload: &[u8]) {
        if self.count == self.waiting.len() {
            self.waiting.push(Vec::new());
        }
        let datagram = &mut self.waiting[self.count];
        self.count += 1;
        datagram.clear();
        datagram.extend_from_slice(&(16 + payload.len() as u32).to_ne_bytes());
        datagram.extend_from_slice(&kind.to_ne_bytes());
        datagram.extend_from_slice(&[0, 0]);
        datagram.extend_from_slice(&seq);
        datagram.extend_from_slice(&1u32.to_ne_bytes());
        datagram.extend_from_slice(payload);
    }
}

impl Transport for Answers {
    fn port(&self) -> u32 {
        1
    }

    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        let mut rest = datagram;
        let reply = std::mem::take(&mut self.reply);
        while let Some((header, _)) = rest.split_first_chunk::<16>() {
            let [a, b, c, d, .., e, f, g, h, _, _, _, _] = *header;
            self.answer(16, [e, f, g, h], &reply);
            self.answer(2, [e, f, g, h], &[0; 20]);
            let len = u32::from_ne_bytes([a, b, c, d]) as usize;
            rest = rest.get(len..).unwrap_or_default();
        }
        self.reply = reply;
        Ok(())
    }

    fn receive(&mut self, _: &mut [u8]) -> io::Result<Option<Received>> {
        unreachable!("answers come together");
    }

    fn receive_many(
        &mut self,
        slots: &mut [u8],
        slot_len: usize,
        received: &mut Vec<Received>,
    ) -> io::Result<()> {
        let waiting = &self.waiting[..self.count];
        for (slot, datagram) in slots.chunks_exact_mut(slot_len).zip(waiting) {
            slot[..datagram.len()].copy_from_slice(datagram);
            received.push(Received::new(datagram.len(), true));
        }
        self.count = 0;
        Ok(())
    }

    fn wait(&mut self, _: Duration) -> io::Result<()> {
        Ok(())
    }
}

/// The cost of a request without the kernel.
fn ask(criterion: &mut Criterion) {
    let request = GetfamilyRequest::new().family_name("nlctrl");
    let mut connection = Connection::with_transport(Answers::with(&family(6, 2)));
    criterion.bench_function("ask/one", |bencher| {
        bencher.iter(|| {
            let reply = connection.request(black_box(&request));
            black_box(reply.map(|reply| reply.family_id).ok())
        });
    });
    criterion.bench_function("ask/batch of 32", |bencher| {
        bencher.iter(|| {
            let mut batch = connection.batch();
            for _ in 0..32 {
                // It fits.
                let _ = batch.add(black_box(&request));
            }
            let answers = batch.send();
            black_box(answers.of::<GetfamilyRequest<'_>>().flatten().count())
        });
    });
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    encode(&mut criterion);
    decode(&mut criterion);
    ask(&mut criterion);
    criterion.final_summary();
}
