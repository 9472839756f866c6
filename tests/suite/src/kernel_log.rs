// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the kernel has logged since it started the guest's first program.

use crate::support::fault;
use anyhow::{Context, Result, ensure};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;

crate::tests![
    holds_no_warning,
    has_no_line_for_a_request,
    lockdep_was_not_switched_off,
];

/// What warnings may say: they are about the guest and the tests, not about the family.
const EXPECTED: [&str; 8] = [
    // Of a User-Mode Linux whose standard input is no terminal.
    "epollctl add err fd",
    // Of a module that is not part of the kernel's sources.
    "loading out-of-tree module taints kernel",
    // Of the module that must find differences.
    "oracle_altered: ",
    // Of requests that are meant to be wrong.
    "bytes leftover after parsing attributes in process",
    "has an invalid length",
    // And of so many of those that the kernel does not log them all.
    "callbacks suppressed",
    // Of allocations that were let fail.
    "execmem: unable to allocate memory",
    "kmemleak: Cannot allocate a scan area",
];

/// What the kernel says when there is no memory for a namespace or a module, and does not say
/// that this is why.
const WITHOUT_MEMORY: [&str; 2] = [
    "kobject: can not set name properly!",
    "kobject_uevent: unable to create netlink socket!",
];

/// Whether the kernel says of something that it failed with `-ENOMEM`.
fn says_no_memory(text: &str) -> bool {
    text.split(|c: char| c != '-' && !c.is_ascii_digit())
        .any(|number| number == "-12")
}

/// A line of the log.
pub(crate) struct Record {
    level: u32,
    pub(crate) text: String,
}

impl AsRef<str> for Record {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

fn is_expected(text: &str) -> bool {
    let is_any = |messages: &[&str]| messages.iter().any(|message| text.contains(message));
    is_any(&EXPECTED) || fault::can_be_made() && (is_any(&WITHOUT_MEMORY) || says_no_memory(text))
}

fn holds_no_warning() -> Result<()> {
    const WARNING: u32 = 4;

    let is_bad = |record: &Record| record.level <= WARNING && !is_expected(&record.text);
    let bad: Vec<_> = klog::faults(records()?, is_bad)
        .into_iter()
        .map(|record| record.text)
        .collect();
    ensure!(bad.is_empty(), "the kernel logged:\n{}", bad.join("\n"));
    Ok(())
}

fn has_no_line_for_a_request() -> Result<()> {
    let before = records()?.len();
    let mut client = crate::raw::Client::open()?;
    for _ in 0..100 {
        client.greet("World")?;
    }
    assert_eq!(records()?.len(), before);
    Ok(())
}

/// It stops watching when it has found something, or is at the end of its means.
fn lockdep_was_not_switched_off() -> Result<()> {
    const STATS: &str = "/proc/lockdep_stats";

    let stats = std::fs::read_to_string(STATS).context(STATS)?;
    let watches = stats
        .lines()
        .find_map(|line| line.trim().strip_prefix("debug_locks:"))
        .context("no debug_locks")?;
    ensure!(watches.trim() == "1", "it has stopped watching");
    Ok(())
}

/// The records since the first program was started; what is before them is about the machine.
fn records() -> Result<Vec<Record>> {
    const START: &str = "as init process";

    let all = all_records()?;
    let start = all.iter().position(|record| record.text.contains(START));
    let start = start.context("the log's beginning is lost")?;
    Ok(all.into_iter().skip(start).collect())
}

/// All records that the kernel still has.
pub(crate) fn all_records() -> Result<Vec<Record>> {
    let mut log = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open("/dev/kmsg")
        .context("/dev/kmsg")?;
    let mut records = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        // One record a read.
        match log.read(&mut buffer) {
            Ok(len) => records.push(parse(&String::from_utf8_lossy(&buffer[..len]))?),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(records),
            Err(error) => return Err(error).context("/dev/kmsg"),
        }
    }
}

/// Reads `priority,sequence,time,flags;text`.
fn parse(record: &str) -> Result<Record> {
    let (head, text) = record.split_once(';').context("no text in a record")?;
    let priority: u32 = head.split(',').next().unwrap_or_default().parse()?;
    Ok(Record {
        level: priority & 7,
        text: text.lines().next().unwrap_or_default().to_owned(),
    })
}
