# SPDX-License-Identifier: MIT OR Apache-2.0
"""Uses the family with pyroute2.

greet_pyroute2.py greet NAME [COOKIE]   greet and print the reply
greet_pyroute2.py peers                 list the peers
"""

import sys

from pyroute2.netlink import NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST, genlmsg
from pyroute2.netlink.exceptions import NetlinkError
from pyroute2.netlink.generic import GenericNetlinkSocket

GREET = 1
PEER_GET = 2


class greeting(genlmsg):
    """The attribute set `greeting`."""

    nla_map = (
        ("UNSPEC", "none"),
        ("NAME", "asciiz"),
        ("STYLE", "uint32"),
        ("COOKIE", "cdata"),
        ("MESSAGE", "asciiz"),
        ("ID", "cdata"),  # a uint of 4 or 8 bytes
        ("PORTID", "uint32"),
    )


class peer(genlmsg):
    """The attribute set `peer`."""

    nla_map = (
        ("UNSPEC", "none"),
        ("NAME", "asciiz"),
        ("GREETINGS", "cdata"),
        ("LAST_PORTID", "uint32"),
        ("LAST_STYLE", "uint32"),
        ("LAST_SEEN", "cdata"),
    )


def uint(payload):
    return int.from_bytes(payload, sys.byteorder)


def request(attributes, command, flags, attrs=()):
    """Sends a request and returns its replies, parsed as `attributes`."""
    request = attributes()
    request["cmd"] = command
    request["version"] = 1
    request["attrs"] = list(attrs)
    with GenericNetlinkSocket(ext_ack=True) as socket:
        socket.bind("greet", attributes)
        try:
            flags |= NLM_F_REQUEST
            return list(socket.nlm_request(request, socket.prid, flags))
        except NetlinkError as error:
            sys.exit(f"error {error.code}: {error}")


def greet(name, cookie="cafe"):
    attrs = [("NAME", name), ("COOKIE", bytes.fromhex(cookie))]
    reply = request(greeting, GREET, NLM_F_ACK, attrs)[0]
    print(reply.get_attr("MESSAGE"))
    print("id", uint(reply.get_attr("ID")))
    print("portid", reply.get_attr("PORTID"))
    print("style", reply.get_attr("STYLE"))
    print("cookie", bytes(reply.get_attr("COOKIE")).hex())


def peers():
    for item in request(peer, PEER_GET, NLM_F_DUMP):
        print(
            item.get_attr("NAME"),
            uint(item.get_attr("GREETINGS")),
            item.get_attr("LAST_PORTID"),
            item.get_attr("LAST_STYLE"),
            uint(item.get_attr("LAST_SEEN")),
        )


if __name__ == "__main__":
    {"greet": greet, "peers": peers}[sys.argv[1]](*sys.argv[2:])
