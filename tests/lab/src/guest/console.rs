// SPDX-License-Identifier: MIT OR Apache-2.0

//! The kernel's console: what it holds that no good run has.

/// A run that leaves one of these failed, whatever its command says.
const FAULTS: [&str; 22] = [
    "BUG:",
    "WARNING:",
    "INFO: task",
    "INFO: rcu",
    "INFO: trying to register non-static key",
    "KASAN:",
    "Call Trace",
    "Kernel panic",
    "Oops",
    "RIP:",
    "Segfault with no mm",
    "bad unlock balance",
    "general protection",
    "inconsistent lock state",
    "invalid opcode",
    "list_add corruption",
    "list_del corruption",
    "possible circular locking",
    "possible recursive locking",
    "refcount_t:",
    "suspicious RCU usage",
    "unreferenced object",
];

/// With these begins and ends the report of the kernel's that it had no memory for what would have
/// been large. Tests let allocations fail, also in the loader of modules; who asked has to cope.
const NO_MEMORY: (&str, &str) = ("vmalloc error: ", "pages reserved");

/// The lines with a fault.
pub(crate) fn faults(console: &str) -> Vec<&str> {
    let (begin, end) = NO_MEMORY;
    let mut faults = Vec::new();
    // How many there were before the report; those in it go when its end is seen.
    let mut before = None;
    for line in console.lines() {
        if line.contains(begin) {
            before.get_or_insert(faults.len());
        }
        if FAULTS.iter().any(|fault| line.contains(fault)) {
            faults.push(line);
        }
        if line.contains(end) {
            faults.truncate(before.take().unwrap_or(faults.len()));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_seen() {
        let console = "greet: loaded\n[  1.0] WARNING: CPU: 0 PID: 1 at x.c:1\nbye\n";
        assert_eq!(faults(console), ["[  1.0] WARNING: CPU: 0 PID: 1 at x.c:1"]);
    }

    #[test]
    fn want_of_memory_is_none() {
        let console = "suite: vmalloc error: size 4096, no room\nCall Trace:\nRIP: 0033:0x7f64\n\
                       93048 pages reserved\nRIP: 0010:greet\n";
        assert_eq!(faults(console), ["RIP: 0010:greet"]);
    }

    #[test]
    fn want_of_memory_without_an_end_hides_nothing() {
        let console = "suite: vmalloc error: size 4096, no room\nBUG: unable to handle\n";
        assert_eq!(faults(console), ["BUG: unable to handle"]);
    }

    #[test]
    fn a_quiet_console_has_none() {
        let console = "Checking if /dev/shm is on tmpfs...OK\nWarning: tempdir /x not on tmpfs\n\
                       greet: loading out-of-tree module taints kernel.\n";
        assert!(faults(console).is_empty());
    }
}
