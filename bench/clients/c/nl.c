// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * libnl and libnl-genl with callbacks for received messages. Peeking at datagram
 * sizes is disabled, because it costs a system call for each datagram.
 */

#include "harness.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

/* Maximum size of a datagram of a dump. */
#define INBOX 32768
#define ATTRS 16

typedef void decode_fn(struct nlattr **attrs);

struct nl {
	struct nl_sock *socket;
	int family;
	/* Decodes and checks a reply. */
	decode_fn *decode;
	unsigned long replies;
	/* Set until the ACK or the end of a dump. */
	int waits;
};

static void require(int result, const char *context)
{
	if (result >= 0)
		return;
	errno = EPROTO;
	die(context);
}

static uint64_t get_uint(const struct nlattr *attr)
{
	if (attr && nla_len(attr) == sizeof(uint32_t))
		return nla_get_u32(attr);
	require(attr && nla_len(attr) == sizeof(uint64_t) ? 0 : -1, "a number");
	return nla_get_u64(attr);
}

static uint32_t first_group(struct nlattr *groups)
{
	struct nlattr *group, *attr;
	int left, left_in;

	nla_for_each_nested(group, groups, left)
		nla_for_each_nested(attr, group, left_in)
			if (nla_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
				return nla_get_u32(attr);
	return 0;
}

static void on_family(struct nlattr **attrs)
{
	struct family family = { 0 };
	struct nlattr *operation;
	int left;

	require(attrs[CTRL_ATTR_FAMILY_ID] && attrs[CTRL_ATTR_VERSION] &&
	     attrs[CTRL_ATTR_FAMILY_NAME] ? 0 : -1, "an attribute");
	family.id = nla_get_u16(attrs[CTRL_ATTR_FAMILY_ID]);
	family.version = nla_get_u32(attrs[CTRL_ATTR_VERSION]);
	family.name = nla_get_string(attrs[CTRL_ATTR_FAMILY_NAME]);
	if (attrs[CTRL_ATTR_OPS])
		nla_for_each_nested(operation, attrs[CTRL_ATTR_OPS], left)
			family.operations++;
	if (attrs[CTRL_ATTR_MCAST_GROUPS])
		family.group = first_group(attrs[CTRL_ATTR_MCAST_GROUPS]);
	check_family(&family);
}

static void on_greeting(struct nlattr **attrs)
{
	struct greeting greeting = { 0 };

	require(attrs[GREET_A_GREETING_MESSAGE] && attrs[GREET_A_GREETING_PORTID] &&
	     attrs[GREET_A_GREETING_STYLE] ? 0 : -1, "an attribute");
	greeting.id = get_uint(attrs[GREET_A_GREETING_ID]);
	greeting.message = nla_get_string(attrs[GREET_A_GREETING_MESSAGE]);
	greeting.portid = nla_get_u32(attrs[GREET_A_GREETING_PORTID]);
	greeting.style = nla_get_u32(attrs[GREET_A_GREETING_STYLE]);
	check_greeting(&greeting);
}

static void on_peer(struct nlattr **attrs)
{
	struct peer peer = { 0 };

	require(attrs[GREET_A_PEER_NAME] && attrs[GREET_A_PEER_LAST_PORTID] &&
	     attrs[GREET_A_PEER_LAST_STYLE] ? 0 : -1, "an attribute");
	peer.name = nla_get_string(attrs[GREET_A_PEER_NAME]);
	peer.greetings = get_uint(attrs[GREET_A_PEER_GREETINGS]);
	peer.last_portid = nla_get_u32(attrs[GREET_A_PEER_LAST_PORTID]);
	peer.last_style = nla_get_u32(attrs[GREET_A_PEER_LAST_STYLE]);
	peer.last_seen = get_uint(attrs[GREET_A_PEER_LAST_SEEN]);
	check_peer(&peer);
}

static int valid(struct nl_msg *message, void *data)
{
	struct nl *nl = data;
	struct nlattr *attrs[ATTRS];

	require(genlmsg_parse(nlmsg_hdr(message), 0, attrs, ATTRS - 1, NULL), "genlmsg_parse");
	nl->decode(attrs);
	nl->replies++;
	return NL_OK;
}

static int ended(struct nl_msg *message, void *data)
{
	struct nl *nl = data;

	(void)message;
	nl->waits = 0;
	return NL_STOP;
}

static void *open_for(const char *family)
{
	struct nl *nl = allocate(sizeof(*nl));

	nl->socket = nl_socket_alloc();
	if (!nl->socket)
		die("nl_socket_alloc");
	require(genl_connect(nl->socket), "genl_connect");
	nl_socket_disable_msg_peek(nl->socket);
	require(nl_socket_set_msg_buf_size(nl->socket, INBOX), "nl_socket_set_msg_buf_size");
	if (family) {
		nl->family = genl_ctrl_resolve(nl->socket, family);
		require(nl->family, "genl_ctrl_resolve");
	}
	nl_socket_modify_cb(nl->socket, NL_CB_VALID, NL_CB_CUSTOM, valid, nl);
	nl_socket_modify_cb(nl->socket, NL_CB_ACK, NL_CB_CUSTOM, ended, nl);
	nl_socket_modify_cb(nl->socket, NL_CB_FINISH, NL_CB_CUSTOM, ended, nl);
	return nl;
}

static void exchange(struct nl *nl, int family, int command, int version, int flags,
		     int number, const char *string)
{
	struct nl_msg *message = nlmsg_alloc();

	if (!message || !genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, flags,
				     (uint8_t)command, (uint8_t)version))
		die("genlmsg_put");
	if (string)
		require(nla_put_string(message, number, string), "nla_put_string");
	require(nl_send_auto(nl->socket, message), "nl_send_auto");
	nlmsg_free(message);
	nl->waits = 1;
	while (nl->waits)
		require(nl_recvmsgs_default(nl->socket), "nl_recvmsgs_default");
}

static void getfamily(void *self, unsigned long count)
{
	struct nl *nl = self;

	nl->decode = on_family;
	while (count--)
		exchange(nl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, NLM_F_ACK,
			 CTRL_ATTR_FAMILY_NAME, "nlctrl");
}

static void greet(void *self, unsigned long count)
{
	struct nl *nl = self;

	nl->decode = on_greeting;
	while (count--)
		exchange(nl, nl->family, GREET_CMD_GREET, GREET_FAMILY_VERSION, NLM_F_ACK,
			 GREET_A_GREETING_NAME, WORLD);
}

static unsigned long dump(void *self)
{
	struct nl *nl = self;

	nl->decode = on_peer;
	nl->replies = 0;
	exchange(nl, nl->family, GREET_CMD_PEER_GET, GREET_FAMILY_VERSION, NLM_F_DUMP, 0, NULL);
	return nl->replies;
}

const struct bench_client bench_client = {
	.open = open_for,
	.getfamily = getfamily,
	.greet = greet,
	.dump = dump,
};
