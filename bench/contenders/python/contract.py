# SPDX-License-Identifier: MIT OR Apache-2.0
"""What each contender in Python does, and what it is measured by.

CONTENDER OPERATION COUNT prints one line of JSON: how many requests or items
there were, and what they took. The twins of this file are ../c/contract.h and
../rust/src/lib.rs.
"""

import json
import sys
import time

WHOM = "World"


def check_family(id, version, name, operations, group):
    """Whether it is nlctrl; `group` is the id of its first multicast group."""
    assert id == 16 and version == 2 and name == "nlctrl", (id, version, name)
    assert operations >= 2 and group == 16, (operations, group)


def check_greeting(id, message, portid, style):
    """Whether it is what the kernel says."""
    assert id != 0 and portid != 0 and style == 0, (id, portid, style)
    assert message.startswith("Hello, "), message
    assert message.endswith(" has been processed by the kernel."), message


def check_peer(name, greetings, last_portid, last_style, last_seen):
    """Whether it is one that was greeted."""
    assert name.startswith("peer-"), name
    assert greetings != 0 and last_portid != 0, (greetings, last_portid)
    assert last_style == 0 and last_seen != 0, (last_style, last_seen)


def peak_memory():
    """The most memory that was resident, in KiB."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1])


def measure(work, first_ns=0):
    """Measures `work`, which returns how much there was of what is counted."""
    cpu, start = time.process_time_ns(), time.perf_counter_ns()
    count = work()
    ns, cpu_ns = time.perf_counter_ns() - start, time.process_time_ns() - cpu
    return {"count": count, "ns": ns, "cpu_ns": cpu_ns, "first_ns": first_ns}


def requests(open, operation, count, batch):
    count = -(-count // batch) * batch
    opened = time.perf_counter_ns()
    contender = open(operation)
    call = getattr(contender, operation)
    call(batch)
    first_ns = time.perf_counter_ns() - opened
    return measure(lambda: call(count) or count, first_ns)


def dumps(open, times):
    # Without one before, which would take as long and change little.
    contender = open("greet")
    return measure(lambda: sum(contender.dump() for _ in range(times)))


def run(open, batch=1):
    """The program around a contender, which `open` opens for an operation."""
    operation, count = sys.argv[1], int(sys.argv[2])
    if operation == "dump":
        result = dumps(open, count)
    else:
        result = requests(open, operation, count, batch)
    result["peak_kib"] = peak_memory()
    print(json.dumps(result))
