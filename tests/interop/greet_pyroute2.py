# SPDX-License-Identifier: MIT OR Apache-2.0
"""Greets somebody with pyroute2: greet_pyroute2.py NAME [COOKIE]."""

import sys

from pyroute2.netlink import NLM_F_ACK, NLM_F_REQUEST, genlmsg
from pyroute2.netlink.exceptions import NetlinkError
from pyroute2.netlink.generic import GenericNetlinkSocket

GREET = 1


class greeting(genlmsg):
    """The attribute set `greeting`."""

    nla_map = (
        ("UNSPEC", "none"),
        ("NAME", "asciiz"),
        ("STYLE", "uint32"),
        ("COOKIE", "cdata"),
        ("MESSAGE", "asciiz"),
        ("ID", "cdata"),  # a uint, which has 4 bytes or 8
        ("PORTID", "uint32"),
    )


def main(name, cookie="cafe"):
    request = greeting()
    request["cmd"] = GREET
    request["version"] = 1
    request["attrs"] = [("NAME", name), ("COOKIE", bytes.fromhex(cookie))]

    with GenericNetlinkSocket(ext_ack=True) as socket:
        socket.bind("greet", greeting)
        try:
            flags = NLM_F_REQUEST | NLM_F_ACK
            replies = list(socket.nlm_request(request, socket.prid, flags))
        except NetlinkError as error:
            sys.exit(f"error {error.code}: {error}")
    reply = replies[0]
    print(reply.get_attr("MESSAGE"))
    print("id", int.from_bytes(reply.get_attr("ID"), sys.byteorder))
    print("portid", reply.get_attr("PORTID"))
    print("style", reply.get_attr("STYLE"))
    print("cookie", bytes(reply.get_attr("COOKIE")).hex())


main(*sys.argv[1:])
