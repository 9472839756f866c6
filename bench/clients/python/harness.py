# SPDX-License-Identifier: MIT OR Apache-2.0
"""Harness of the clients in Python.

CLIENT OPERATION COUNT prints one line of JSON: the number of requests or items,
and their cost. The harnesses in C and Rust are ../c/harness.h and
../rust/src/lib.rs.
"""

import json
import sys
import time

WORLD = "World"


def check_family(id, version, name, operations, group):
    """Checks a description of nlctrl; `group` is the id of its first multicast group."""
    assert id == 16 and version == 2 and name == "nlctrl", (id, version, name)
    assert operations >= 2 and group == 16, (operations, group)


def check_greeting(id, message, portid, style):
    """Checks a greeting of the kernel."""
    assert id != 0 and portid != 0 and style == 0, (id, portid, style)
    assert message.startswith("Hello, "), message
    assert message.endswith(" has been processed by the kernel."), message


def check_peer(name, greetings, last_portid, last_style, last_seen):
    """Checks a greeted peer."""
    assert name.startswith("peer-"), name
    assert greetings != 0 and last_portid != 0, (greetings, last_portid)
    assert last_style == 0 and last_seen != 0, (last_style, last_seen)


def peak_memory():
    """Returns the peak resident memory in KiB."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1])


def measure(work, first_ns=0):
    """Measures `work`, which returns the number of counted items."""
    cpu, start = time.process_time_ns(), time.perf_counter_ns()
    count = work()
    ns, cpu_ns = time.perf_counter_ns() - start, time.process_time_ns() - cpu
    return {"count": count, "ns": ns, "cpu_ns": cpu_ns, "first_ns": first_ns}


def requests(open, operation, count, batch):
    count = -(-count // batch) * batch
    opened = time.perf_counter_ns()
    client = open(operation)
    call = getattr(client, operation)
    call(batch)
    first_ns = time.perf_counter_ns() - opened
    return measure(lambda: call(count) or count, first_ns)


def dumps(open, times):
    # Without a first dump, which would take as long and change little.
    client = open("greet")
    return measure(lambda: sum(client.dump() for _ in range(times)))


def run(open, batch=1):
    """Runs the program of a client, which `open` opens for an operation."""
    operation, count = sys.argv[1], int(sys.argv[2])
    if operation == "dump":
        result = dumps(open, count)
    else:
        result = requests(open, operation, count, batch)
    result["peak_kib"] = peak_memory()
    print(json.dumps(result))
