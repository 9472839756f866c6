# SPDX-License-Identifier: MIT OR Apache-2.0
"""pyynl, the kernel tree's YNL library in Python, which reads specs at start.

GREET_KERNEL_SRC is the kernel tree, and GREET_SPEC the spec of the family.
"""

import os
import sys

TREE = os.environ["GREET_KERNEL_SRC"]
sys.path.append(f"{TREE}/tools/net/ynl/pyynl")

from lib import YnlFamily  # noqa: E402

from harness import WORLD, check_family, check_greeting, check_peer, run  # noqa: E402

SPECS = {
    "getfamily": f"{TREE}/Documentation/netlink/specs/nlctrl.yaml",
    "greet": os.environ["GREET_SPEC"],
}
STYLES = {"casual": 0, "formal": 1, "enthusiastic": 2}


class Pyynl:
    def __init__(self, operation):
        # Validating the specs takes a second, and other tests do it.
        self.family = YnlFamily(SPECS[operation], schema="")

    def getfamily(self, count):
        for _ in range(count):
            reply = self.family.do("getfamily", {"family-name": "nlctrl"})
            check_family(
                reply["family-id"],
                reply["version"],
                reply["family-name"],
                len(reply["ops"]),
                group(reply["mcast-groups"][0]),
            )

    def greet(self, count):
        for _ in range(count):
            reply = self.family.do("greet", {"name": WORLD})
            check_greeting(
                reply["id"], reply["message"], reply["portid"], STYLES[reply["style"]]
            )

    def dump(self):
        peers = self.family.dump("peer-get", {})
        for peer in peers:
            check_peer(
                peer["name"],
                peer["greetings"],
                peer["last-portid"],
                STYLES[peer["last-style"]],
                peer["last-seen"],
            )
        return len(peers)


def group(entry):
    """Returns the id of a group; pyynl may add an index to elements of an array of nests."""
    return entry["id"] if "id" in entry else next(iter(entry.values()))["id"]


if __name__ == "__main__":
    run(Pyynl)
