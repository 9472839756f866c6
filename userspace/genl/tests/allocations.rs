// SPDX-License-Identifier: MIT OR Apache-2.0

//! In the steady state a request allocates nothing, and neither does a batch.

use genl::nlctrl::GetfamilyRequest;
use genl::{Connection, Error, Kind, OwnedAttribute, RawRequest, Schema};

fn request() -> GetfamilyRequest<'static> {
    GetfamilyRequest::new().family_name("nlctrl")
}

/// Returns the number of allocations in 100 rounds, after a first round that may allocate.
fn allocations(mut round: impl FnMut()) -> u64 {
    round();
    let rounds = || (0..100).for_each(|_| round());
    allocation_counter::measure(rounds).count_total
}

#[test]
fn a_request_allocates_nothing() {
    let mut connection = Connection::open().unwrap();
    let allocations = allocations(|| {
        let reply = connection.request(&request()).unwrap();
        assert_eq!(reply.family_id, Some(16));
    });
    assert_eq!(allocations, 0);
}

#[test]
fn a_batch_allocates_nothing() {
    let mut connection = Connection::open().unwrap();
    let allocations = allocations(|| {
        let mut batch = connection.batch();
        for _ in 0..40 {
            batch.add(&request()).unwrap();
        }
        for reply in batch.send().of::<GetfamilyRequest<'_>>() {
            assert_eq!(reply.unwrap().family_id, Some(16));
        }
    });
    assert_eq!(allocations, 0);
}

#[test]
fn a_family_known_at_run_time_leaves_no_memory() {
    let mut connection = Connection::open().unwrap();
    let mut round = |number: u32| {
        let schema = Schema::new(format!("absent{number}"), 1)
            .with_set("set", [OwnedAttribute::new(1, "name", Kind::Text)])
            .with_operation(1, format!("operation {number}"), "set");
        let error = connection.request(&RawRequest::of(&schema, 1));
        assert!(matches!(error, Err(Error::NoFamily(_))));
    };
    round(0);
    let kept = allocation_counter::measure(|| (1..100).for_each(round)).bytes_current;
    assert_eq!(kept, 0);
}

/// A check of the counter itself.
#[test]
fn the_first_request_of_a_connection_allocates() {
    let first = || {
        let mut connection = Connection::open().unwrap();
        connection.request(&request()).unwrap();
    };
    assert!(allocations(first) >= 100);
}
