// SPDX-License-Identifier: MIT OR Apache-2.0

//! Checks the kernel log since the guest started its first program.

use crate::support::failslab;
use anyhow::{Context, Result, ensure};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;

crate::tests![
    no_warnings_are_logged,
    requests_log_nothing,
    lockdep_is_still_enabled,
];

/// Parts of warnings that the guest and the tests cause, not the family.
const EXPECTED: [&str; 8] = [
    // User-Mode Linux without a terminal as standard input.
    "epollctl add err fd",
    // Any module built outside of the kernel tree.
    "loading out-of-tree module taints kernel",
    // The oracle module that must find differences.
    "oracle_altered: ",
    // Invalid requests of the tests.
    "bytes leftover after parsing attributes in process",
    "has an invalid length",
    // The kernel drops messages when there are too many of these.
    "callbacks suppressed",
    // Allocations that the tests let fail.
    "execmem: unable to allocate memory",
    "kmemleak: Cannot allocate a scan area",
];

/// Warnings of the kernel after a failed allocation for a namespace or a module. They do not name
/// the cause.
const WITHOUT_MEMORY: [&str; 2] = [
    "kobject: can not set name properly!",
    "kobject_uevent: unable to create netlink socket!",
];

/// Returns whether a message contains the errno of `-ENOMEM`.
fn says_no_memory(text: &str) -> bool {
    text.split(|c: char| c != '-' && !c.is_ascii_digit())
        .any(|number| number == "-12")
}

/// A record of the log.
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
    is_any(&EXPECTED)
        || failslab::is_available() && (is_any(&WITHOUT_MEMORY) || says_no_memory(text))
}

fn no_warnings_are_logged() -> Result<()> {
    const WARNING: u32 = 4;

    let is_bad = |record: &Record| record.level <= WARNING && !is_expected(&record.text);
    let bad: Vec<_> = klog::faults(records()?, is_bad)
        .into_iter()
        .map(|record| record.text)
        .collect();
    ensure!(
        bad.is_empty(),
        "unexpected kernel messages:\n{}",
        bad.join("\n")
    );
    Ok(())
}

fn requests_log_nothing() -> Result<()> {
    let before = records()?.len();
    let mut client = crate::raw::Client::open()?;
    for _ in 0..100 {
        client.greet("World")?;
    }
    assert_eq!(records()?.len(), before);
    Ok(())
}

/// Lockdep turns itself off after a report, or when it runs out of memory.
fn lockdep_is_still_enabled() -> Result<()> {
    const STATS: &str = "/proc/lockdep_stats";

    let stats = std::fs::read_to_string(STATS).context(STATS)?;
    let debug_locks = stats
        .lines()
        .find_map(|line| line.trim().strip_prefix("debug_locks:"))
        .context("expected debug_locks in /proc/lockdep_stats")?;
    ensure!(
        debug_locks.trim() == "1",
        "expected debug_locks: 1, got {}",
        debug_locks.trim()
    );
    Ok(())
}

/// Returns the records since the first program started. Earlier ones are about the machine.
fn records() -> Result<Vec<Record>> {
    const START: &str = "as init process";

    let all = all_records()?;
    let start = all.iter().position(|record| record.text.contains(START));
    let start = start.context("the beginning of the log was overwritten")?;
    Ok(all.into_iter().skip(start).collect())
}

/// Returns all records in the kernel's buffer.
pub(crate) fn all_records() -> Result<Vec<Record>> {
    let mut log = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open("/dev/kmsg")
        .context("/dev/kmsg")?;
    let mut records = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        // Each read returns one record.
        match log.read(&mut buffer) {
            Ok(len) => records.push(parse(&String::from_utf8_lossy(&buffer[..len]))?),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(records),
            Err(error) => return Err(error).context("/dev/kmsg"),
        }
    }
}

/// Parses `priority,sequence,time,flags;text`.
fn parse(record: &str) -> Result<Record> {
    let (head, text) = record
        .split_once(';')
        .context("expected a semicolon in a record")?;
    let priority: u32 = head.split(',').next().unwrap_or_default().parse()?;
    Ok(Record {
        level: priority & 7,
        text: text.lines().next().unwrap_or_default().to_owned(),
    })
}
