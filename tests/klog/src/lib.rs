// SPDX-License-Identifier: MIT OR Apache-2.0

//! Parses the kernel log, for xtask on the host and for the suite in the guest: lines that report an
//! error, and the results of KUnit tests.

pub mod kunit;

use anyhow::{Result, ensure};

/// A line is a fault if a word in it starts with one of these.
///
/// Most reports of lockdep start with `WARNING:`, and reports of the slab allocator with `BUG` and
/// the cache's name.
const FAULTS: [&str; 19] = [
    "BUG",
    "Call Trace",
    "Call trace",
    "INFO: rcu",
    "INFO: task",
    "INFO: trying to register non-static key",
    "KASAN:",
    "Kernel panic",
    "Oops",
    "RIP:",
    "UBSAN:",
    "Unable to handle kernel",
    "WARNING:",
    "general protection",
    "invalid opcode",
    "list_add corruption",
    "list_del corruption",
    "refcount_t:",
    "unreferenced object",
];

/// The first and the last line of the report of a failed `vmalloc()`, which is not a fault: tests
/// let allocations fail, even in the module loader.
const NO_MEMORY: (&str, &str) = ("vmalloc error: ", "pages reserved");

/// Fails with the lines of a log that report an error.
///
/// # Errors
///
/// Fails if there is one.
pub fn check(log: &str) -> Result<()> {
    let faults = faults(log.lines(), |_| false).join("\n");
    ensure!(faults.is_empty(), "the kernel reports faults:\n{faults}");
    Ok(())
}

/// Returns the lines with a fault, and the lines that `is_bad` selects.
///
/// Skips lines of a report about a failed `vmalloc()`.
pub fn faults<L: AsRef<str>>(
    log: impl IntoIterator<Item = L>,
    is_bad: impl Fn(&L) -> bool,
) -> Vec<L> {
    let (begin, end) = NO_MEMORY;
    let mut faults = Vec::new();
    // The number of faults before the open report. Its lines are removed once its end is found, so
    // a report without an end hides no fault.
    let mut before = None;
    for line in log {
        if line.as_ref().contains(begin) {
            before.get_or_insert(faults.len());
        }
        let is_end = line.as_ref().contains(end);
        if is_fault(line.as_ref()) || is_bad(&line) {
            faults.push(line);
        }
        if is_end {
            faults.truncate(before.take().unwrap_or(faults.len()));
        }
    }
    faults
}

fn is_fault(line: &str) -> bool {
    FAULTS.iter().any(|fault| begins_word(line, fault))
}

/// Returns whether the text occurs at the start of a word: `DEBUG` does not match `BUG`.
fn begins_word(line: &str, text: &str) -> bool {
    line.match_indices(text)
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines in the format of the kernel sources, in the order of [`FAULTS`].
    const BAD: [&str; FAULTS.len()] = [
        "BUG kmalloc-64 (Tainted: G           O): Right Redzone overwritten",
        "[   12.345678] Call Trace:",
        "[   12.345678][    T1] Call trace:",
        "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
        "INFO: task rmmod:61 blocked for more than 120 seconds.",
        "INFO: trying to register non-static key.",
        "KASAN: null-ptr-deref in range [0x0000000000000008-0x000000000000000f]",
        "Kernel panic - not syncing: Segfault with no mm",
        "Internal error: Oops: 0000000096000004 [#1] SMP",
        "RIP: 0010:greet_doit+0x12/0x40 [greet]",
        "UBSAN: array index out of bounds: 0000 [#1] SMP",
        "Unable to handle kernel NULL pointer dereference at virtual address 0000000000000008",
        "WARNING: possible circular locking dependency detected",
        "traps: greetctl[77] general protection fault ip:401000 sp:7ffd error:0 in greetctl",
        "traps: greetctl[77] trap invalid opcode ip:401000 sp:7ffd error:0 in greetctl",
        "list_add corruption. prev is NULL.",
        "list_del corruption. prev->next should be ffff888004a1c0c8, but was 0000000000000000.",
        "refcount_t: underflow; use-after-free.",
        "kmemleak: unreferenced object 0xffff888004a1c0c0 (size 64):",
    ];

    /// Lines of successful runs, some of which resemble faults.
    const HARMLESS: [&str; 8] = [
        "Checking if /dev/shm is on tmpfs...OK",
        "Warning: tempdir /x not on tmpfs",
        "greet: loading out-of-tree module taints kernel.",
        "kasan: KernelAddressSanitizer initialized (generic)",
        "kmemleak: Kernel memory leak detector initialized (mem pool available: 15679)",
        "rcu: \tRCU lockdep checking is enabled.",
        "Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar",
        "ODEBUG: selftest passed",
    ];

    #[test]
    fn each_fault_matches_only_its_own_entry() {
        for (line, fault) in BAD.iter().zip(FAULTS) {
            let matches: Vec<_> = FAULTS
                .iter()
                .filter(|fault| begins_word(line, fault))
                .collect();
            assert_eq!(matches, [&fault], "{line}");
        }
        assert_eq!(faults(BAD, |_| false), BAD);
    }

    #[test]
    fn harmless_lines_are_not_faults() {
        assert_eq!(faults(HARMLESS, |_| false), [""; 0]);
    }

    #[test]
    fn is_bad_adds_faults() {
        let is_bad = |line: &&str| line.starts_with("greet:");
        assert_eq!(faults(HARMLESS, is_bad), [HARMLESS[2]]);
    }

    #[test]
    fn a_failed_vmalloc_report_is_skipped() {
        let log = [
            "BUG: before",
            "suite: vmalloc error: size 4096, no room",
            "Call Trace:",
            "vmalloc error: size 8192, no room",
            "RIP: 0033:0x7f64",
            "93048 pages reserved",
            "RIP: 0010:greet",
        ];
        assert_eq!(faults(log, |_| false), ["BUG: before", "RIP: 0010:greet"]);
    }

    #[test]
    fn a_failed_vmalloc_report_without_an_end_hides_no_fault() {
        let log = [
            "suite: vmalloc error: size 4096, no room",
            "BUG: unable to handle page fault for address: 0000000000000008",
        ];
        assert_eq!(faults(log, |_| false), [log[1]]);
    }
}
