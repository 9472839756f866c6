// SPDX-License-Identifier: MIT OR Apache-2.0

//! Lines that no good run logs.

/// A line is a fault if one of these begins a word in it.
///
/// Most of lockdep's reports begin with `WARNING:`, and those of the slab allocator with `BUG` and
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

/// The first and the last line of the report of a failed `vmalloc()`. Tests let allocations fail,
/// also in the module loader, so this report is no fault.
const NO_MEMORY: (&str, &str) = ("vmalloc error: ", "pages reserved");

/// Returns the lines that hold a fault, and those that `is_bad` selects.
///
/// Lines of a report about a failed `vmalloc()` are left out.
pub fn faults<L: AsRef<str>>(
    log: impl IntoIterator<Item = L>,
    is_bad: impl Fn(&L) -> bool,
) -> Vec<L> {
    let (begin, end) = NO_MEMORY;
    let mut faults = Vec::new();
    // The number of faults before the open report. The report's own lines go once its end is read,
    // so a report without an end hides nothing.
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

/// Whether the text occurs where no word is under way: `BUG` is not in `DEBUG`.
fn begins_word(line: &str, text: &str) -> bool {
    line.match_indices(text)
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines as the kernel's sources format them, in the order of [`FAULTS`].
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

    /// Lines of good runs, some of which resemble faults.
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
    fn each_fault_is_found_by_its_own_entry() {
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
    fn harmless_lines_are_no_faults() {
        assert_eq!(faults(HARMLESS, |_| false), [""; 0]);
    }

    #[test]
    fn the_caller_adds_faults() {
        let is_bad = |line: &&str| line.starts_with("greet:");
        assert_eq!(faults(HARMLESS, is_bad), [HARMLESS[2]]);
    }

    #[test]
    fn a_report_of_failed_vmalloc_is_left_out() {
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
    fn a_report_of_failed_vmalloc_without_an_end_hides_nothing() {
        let log = [
            "suite: vmalloc error: size 4096, no room",
            "BUG: unable to handle page fault for address: 0000000000000008",
        ];
        assert_eq!(faults(log, |_| false), [log[1]]);
    }
}
