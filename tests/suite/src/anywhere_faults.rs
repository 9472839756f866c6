// SPDX-License-Identifier: MIT OR Apache-2.0

//! Fault injection: every allocation that the operations of `tests/families/anywhere` make in the
//! sender's task fails once, in turn. Needs a kernel with `CONFIG_FAILSLAB`.

use crate::anywhere::{
    ALL_NAMESPACES, DESCRIBE, ECHO, FIND, FROM, GROUP, KEPT, LARGE, LATER, Loaded, NEST, NOTHING,
    NOTIFY, OPTIONS, REGISTER, REQUEST, SEVERAL, STREAM, STRONG, TIMER, VALUE, WARN, WORK_ITEM,
    living, with_family,
};
use crate::fault_injection::{MAX_ALLOCATIONS, error_number, is_allocation_error, kinds};
use crate::kmemleak;
use crate::raw::{Client, Content, Request, TIMEOUT};
use crate::support::failslab::FailSlab;
use crate::support::namespace;
use anyhow::{Result, bail, ensure};
use nix::errno::Errno;
use std::fmt;

crate::tests![
    events_and_messages_to_ports,
    notifications_with_echo,
    replies_and_extended_acks,
    references_to_namespaces,
    dumps_that_own_memory,
    nothing_is_leaked,
];

const ACK: i32 = libc::NLM_F_REQUEST | libc::NLM_F_ACK;

const DUMP: i32 = libc::NLM_F_REQUEST | libc::NLM_F_DUMP;

fn events_and_messages_to_ports() -> Result<()> {
    with_family(|family| {
        let receiver = Client::open()?;
        for to in [GROUP, ALL_NAMESPACES, receiver.port()] {
            for from in [REQUEST, WORK_ITEM, TIMER] {
                fail_each_allocation(family, &family.send(to, from, 1))?;
            }
        }
        fail_each_allocation(family, &family.request(STREAM).u32(VALUE, 3))?;
        let later = family.request(LATER).u32(VALUE, 1);
        fail_each_allocation(family, &later.flags(libc::NLM_F_REQUEST))
    })
}

fn notifications_with_echo() -> Result<()> {
    with_family(|family| {
        let request = family.request(NOTIFY).u32(VALUE, 1);
        fail_each_allocation(family, &request.flags(ACK | libc::NLM_F_ECHO))
    })
}

fn replies_and_extended_acks() -> Result<()> {
    with_family(|family| {
        let nested = NEST | libc::NLA_F_NESTED as u16;
        for request in [
            family.request(REGISTER),
            family.request(DESCRIBE),
            family.request(WARN),
            family.request(WARN).u32(VALUE, 1),
            family.request(SEVERAL).u32(VALUE, 3),
            family.request(OPTIONS).attr(nested, &[]),
            family.request(ECHO).u32(VALUE, 1),
        ] {
            fail_each_allocation(family, &request)?;
        }
        Ok(())
    })
}

fn references_to_namespaces() -> Result<()> {
    const BY_PROCESS: u32 = 1;

    with_family(|family| {
        // The reference that is kept last would keep the namespace of this test.
        namespace::in_new(|| fail_each_allocation(family, &family.keep(STRONG)))?;
        fail_each_allocation(family, &family.request(KEPT))?;
        Client::open()?.contents(&family.keep(NOTHING))?;
        let find = family.request(FIND).u32(VALUE, 1).u32(FROM, BY_PROCESS);
        fail_each_allocation(family, &find)
    })
}

fn dumps_that_own_memory() -> Result<()> {
    with_family(|family| {
        fail_each_allocation(family, &family.list(100))?;
        fail_each_allocation(family, &family.request(LARGE).flags(DUMP))
    })
}

/// Includes everything that the other tests did.
fn nothing_is_leaked() -> Result<()> {
    match kmemleak::is_available() {
        true => kmemleak::no_memory_is_leaked(),
        false => Ok(()),
    }
}

/// Repeats a request until each allocation that the kernel makes for it has failed once.
///
/// Each time, the answers contain an error, or are the same as without a failed allocation, or the
/// receiver knows that it has lost one. No memory of a dump is left.
fn fail_each_allocation(family: &Loaded, request: &Request) -> Result<()> {
    let (undisturbed, _) = round(0, request)?;
    for number in 1..MAX_ALLOCATIONS {
        let (outcome, failed) = round(number, request)?;
        ensure!(living(family)? == 0, "allocation {number}: memory is left");
        if !failed {
            ensure!(number > 1, "expected an allocation");
            println!("{} allocations", number - 1);
            ensure!(outcome.is_like(&undisturbed), "{outcome}");
            return Ok(());
        }
        ensure!(
            outcome.is_allocation_error() || outcome.is_like(&undisturbed),
            "allocation {number} failed: {outcome}, expected {undisturbed}"
        );
    }
    bail!("more than {MAX_ALLOCATIONS} allocations")
}

/// The outcome of a request.
struct Outcome {
    /// The errno of the send, if it failed.
    unsent: Option<Errno>,
    answers: Vec<Content>,
    /// Whether the kernel reported dropped answers (`ENOBUFS`).
    lost: bool,
}

impl Outcome {
    fn is_like(&self, undisturbed: &Self) -> bool {
        self.lost || kinds(&self.answers) == kinds(&undisturbed.answers)
    }

    /// Returns whether an error says that an allocation failed. The core goes on with a dump after
    /// it.
    fn is_allocation_error(&self) -> bool {
        let answered = self.answers.iter().filter_map(|answer| match answer {
            Content::Error(ext_ack) => Some(ext_ack.errno),
            _ => None,
        });
        let mut errnos = answered.chain(self.unsent);
        errnos.any(|errno| is_allocation_error(Some(errno as i32)))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { unsent, lost, .. } = self;
        write!(
            f,
            "{:?}, unsent: {unsent:?}, lost: {lost}",
            kinds(&self.answers)
        )
    }
}

/// Sends a request, during which the allocation with this number fails. Returns whether there was one.
fn round(number: u32, request: &Request) -> Result<(Outcome, bool)> {
    let mut client = Client::open()?;
    let faults = FailSlab::for_this_thread()?;
    let bytes = client.encode(request);
    let (sent, failed) = faults.during(number, || client.send_bytes(&bytes))?;
    let unsent = sent.err().map(|error| error_number(&error)).transpose()?;
    let (mut messages, lost) = client.drain(&bytes)?;
    // A work item may send the answer.
    if messages.is_empty() && unsent.is_none() && !lost {
        messages = client.answers(&bytes, TIMEOUT)?;
    }
    let outcome = Outcome {
        unsent,
        answers: messages
            .into_iter()
            .map(|message| message.content)
            .collect(),
        lost,
    };
    Ok((outcome, failed))
}
