// SPDX-License-Identifier: MIT OR Apache-2.0

//! Counts of sent messages and their outcomes.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

#[derive(Default)]
pub(super) struct Tally {
    pub(super) messages: u64,
    datagrams: u64,
    bytes: u64,
    /// Datagrams whose end the kernel does not read.
    cut_off: u64,
    /// Compared messages of the kernel, and comparisons of the state.
    pub(super) answers: u64,
    pub(super) checks: u64,
    /// Parts of dumps, and those marked as interrupted.
    pub(super) parts: u64,
    pub(super) interrupted: u64,
    kinds: BTreeMap<&'static str, u64>,
    outcomes: BTreeMap<String, u64>,
}

impl Tally {
    /// Counts a datagram of which the kernel reads `read` bytes.
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
            "{messages} messages in {datagrams} datagrams of {bytes} bytes, {cut_off} of them not read to the end;"
        )?;
        writeln!(
            f,
            "{answers} messages of the kernel compared, {checks} comparisons of the state;"
        )?;
        writeln!(
            f,
            "{parts} parts of dumps, {interrupted} of them interrupted"
        )?;
        writeln!(f, "\nrequests")?;
        table(f, self.kinds.iter())?;
        writeln!(f, "\noutcomes")?;
        table(f, self.outcomes.iter())
    }
}

/// Writes a table sorted by descending count.
fn table<'a, K: fmt::Display + Ord + 'a>(
    f: &mut fmt::Formatter<'_>,
    counts: impl Iterator<Item = (K, &'a u64)>,
) -> fmt::Result {
    let mut rows: Vec<(&u64, K)> = counts.map(|(name, count)| (count, name)).collect();
    rows.sort_by(|one, other| other.0.cmp(one.0).then(one.1.cmp(&other.1)));
    rows.iter()
        .try_for_each(|(count, name)| writeln!(f, "{count:>10}  {name}"))
}
