# SPDX-License-Identifier: MIT OR Apache-2.0
"""pyroute2 with its asynchronous sockets, which are the faster ones."""

import asyncio
import sys

from pyroute2.netlink import CTRL_CMD_GETFAMILY, NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST
from pyroute2.netlink import ctrlmsg, genlmsg
from pyroute2.netlink.generic import AsyncGenericNetlinkSocket

from harness import WORLD, check_family, check_greeting, check_peer, run

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


class Pyroute2:
    def __init__(self, operation):
        self.loop = asyncio.new_event_loop()
        self.loop.run_until_complete(self.open(operation))

    async def open(self, operation):
        family, messages = ("nlctrl", ctrlmsg) if operation == "getfamily" else ("greet", greeting)
        self.socket = AsyncGenericNetlinkSocket()
        await self.socket.bind(family, messages)

    async def request(self, message, flags):
        answers = await self.socket.nlm_request(
            message, msg_type=self.socket.prid, msg_flags=NLM_F_REQUEST | flags
        )
        return [answer async for answer in answers]

    def getfamily(self, count):
        async def work():
            for _ in range(count):
                request = ctrlmsg()
                request["cmd"] = CTRL_CMD_GETFAMILY
                request["version"] = 1
                request["attrs"] = [("CTRL_ATTR_FAMILY_NAME", "nlctrl")]
                (reply,) = await self.request(request, NLM_F_ACK)
                check_family(
                    reply.get_attr("CTRL_ATTR_FAMILY_ID"),
                    reply.get_attr("CTRL_ATTR_VERSION"),
                    reply.get_attr("CTRL_ATTR_FAMILY_NAME"),
                    len(reply.get_attr("CTRL_ATTR_OPS")),
                    reply.get_attr("CTRL_ATTR_MCAST_GROUPS")[0].get_attr("CTRL_ATTR_MCAST_GRP_ID"),
                )

        self.loop.run_until_complete(work())

    def greet(self, count):
        async def work():
            for _ in range(count):
                request = greeting()
                request["cmd"] = GREET
                request["version"] = 1
                request["attrs"] = [("NAME", WORLD)]
                (reply,) = await self.request(request, NLM_F_ACK)
                check_greeting(
                    uint(reply.get_attr("ID")),
                    reply.get_attr("MESSAGE"),
                    reply.get_attr("PORTID"),
                    reply.get_attr("STYLE"),
                )

        self.loop.run_until_complete(work())

    def dump(self):
        async def work():
            self.socket.marshal.msg_map[self.socket.prid] = peer
            request = peer()
            request["cmd"] = PEER_GET
            request["version"] = 1
            items = await self.request(request, NLM_F_DUMP)
            for item in items:
                check_peer(
                    item.get_attr("NAME"),
                    uint(item.get_attr("GREETINGS")),
                    item.get_attr("LAST_PORTID"),
                    item.get_attr("LAST_STYLE"),
                    uint(item.get_attr("LAST_SEEN")),
                )
            return len(items)

        return self.loop.run_until_complete(work())


if __name__ == "__main__":
    run(Pyroute2)
