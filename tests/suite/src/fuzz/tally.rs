// SPDX-License-Identifier: MIT OR Apache-2.0

//! What was tried, and what came of it.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

#[derive(Default)]
pub(super) struct Tally {
    pub(super) messages: u64,
    datagrams: u64,
    bytes: u64,
    /// Datagrams whose end the kernel never looks at.
    cut_off: u64,
    /// Messages of the kernel that were compared, and how often all that it keeps was.
    pub(super) answers: u64,
    pub(super) checks: u64,
    /// Parts of dumps, and those of them that tell of a change.
    pub(super) parts: u64,
    pub(super) interrupted: u64,
    kinds: BTreeMap<&'static str, u64>,
    outcomes: BTreeMap<String, u64>,
}

impl Tally {
    /// A datagram of which the kernel reads so many bytes.
    pub(super) fn datagram(&mut self, len: usize, read: usize) {
        self.datagrams += 1;
        self.bytes += len as u64;
        self.cut_off += u64::from(read < len);
    }

    pub(super) fn message(&mut self, kind: &'static str, outcome: String) {
        self.messages += 1;
        *self.kinds.entry(kind).or_default() += 1;
        *self.outcomes.entry(outcome).or_default() += 1;
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.datagrams += other.datagrams;
        self.bytes += other.bytes;
        self.cut_off += other.cut_off;
        self.answers += other.answers;
        self.checks += other.checks;
        self.parts += other.parts;
        self.interrupted += other.interrupted;
        for (kind, count) in other.kinds {
            *self.kinds.entry(kind).or_default() += count;
        }
        for (outcome, count) in other.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            messages,
            datagrams,
            bytes,
            cut_off,
            answers,
            checks,
            parts,
            interrupted,
            ..
        } = self;
        writeln!(
            f,
            "{messages} messages in {datagrams} datagrams of {bytes} bytes, {cut_off} with an end that the kernel does not read;"
        )?;
        writeln!(
            f,
            "{answers} messages of the kernel were compared, and {checks} times all that it keeps"
        )?;
        writeln!(
            f,
            "lists came in {parts} parts, of which {interrupted} told of a change"
        )?;
        writeln!(f, "\nwhat they were")?;
        table(f, self.kinds.iter())?;
        writeln!(f, "\nwhat came of them")?;
        table(f, self.outcomes.iter())
    }
}

/// The most frequent first.
fn table<'a, K: fmt::Display + Ord + 'a>(
    f: &mut fmt::Formatter<'_>,
    counts: impl Iterator<Item = (K, &'a u64)>,
) -> fmt::Result {
    let mut rows: Vec<(&u64, K)> = counts.map(|(name, count)| (count, name)).collect();
    rows.sort_by(|one, other| other.0.cmp(one.0).then(one.1.cmp(&other.1)));
    rows.iter()
        .try_for_each(|(count, name)| writeln!(f, "{count:>10}  {name}"))
}
