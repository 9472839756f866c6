// SPDX-License-Identifier: MIT OR Apache-2.0
/* libmnl: messages built and parsed in place, answers with mnl_cb_run(). */

#include "harness.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <sys/socket.h>

struct mnl {
	struct mnl_socket *socket;
	unsigned int port;
	unsigned int seq;
	uint16_t family;
	uint32_t group;
	unsigned long items;
	/* Messages have the alignment of their headers. */
	struct nlmsghdr buffer[32768 / sizeof(struct nlmsghdr)];
};

static struct nlmsghdr *begin(struct mnl *mnl, uint16_t family, uint8_t command,
			      uint8_t version, uint16_t flags)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(mnl->buffer);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(header, sizeof(*genl));

	header->nlmsg_type = family;
	header->nlmsg_flags = NLM_F_REQUEST | flags;
	header->nlmsg_seq = ++mnl->seq;
	genl->cmd = command;
	genl->version = version;
	return header;
}

/* Sends a request, then receives answers up to the ACK or the end of a dump. */
static void exchange(struct mnl *mnl, const struct nlmsghdr *request, mnl_cb_t cb)
{
	ssize_t len;
	int more = MNL_CB_OK;

	if (mnl_socket_sendto(mnl->socket, request, request->nlmsg_len) < 0)
		die("mnl_socket_sendto");
	while (more > MNL_CB_STOP) {
		len = mnl_socket_recvfrom(mnl->socket, mnl->buffer, sizeof(mnl->buffer));
		if (len < 0)
			die("mnl_socket_recvfrom");
		more = mnl_cb_run(mnl->buffer, (size_t)len, mnl->seq, mnl->port, cb, mnl);
	}
	if (more < 0)
		die("mnl_cb_run");
}

/* The attributes of a message by number. */
struct table {
	const struct nlattr *attrs[16];
};

static int put_into_table(const struct nlattr *attr, void *data)
{
	struct table *table = data;

	if (mnl_attr_get_type(attr) < 16)
		table->attrs[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

static void require(const struct nlattr *attr, enum mnl_attr_data_type type)
{
	errno = EPROTO;
	if (!attr || mnl_attr_validate(attr, type) < 0)
		die("an attribute");
}

static uint32_t get_u32(const struct nlattr *attr)
{
	require(attr, MNL_TYPE_U32);
	return mnl_attr_get_u32(attr);
}

static const char *get_string(const struct nlattr *attr)
{
	require(attr, MNL_TYPE_NUL_STRING);
	return mnl_attr_get_str(attr);
}

/* Returns the value of a uint, which has 4 or 8 bytes. */
static uint64_t get_uint(const struct nlattr *attr)
{
	if (attr && mnl_attr_get_payload_len(attr) == sizeof(uint32_t))
		return mnl_attr_get_u32(attr);
	require(attr, MNL_TYPE_U64);
	return mnl_attr_get_u64(attr);
}

static uint32_t first_group(const struct nlattr *groups)
{
	const struct nlattr *group, *attr;

	mnl_attr_for_each_nested(group, groups)
		mnl_attr_for_each_nested(attr, group)
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
				return get_u32(attr);
	return 0;
}

static struct family decode_family(const struct nlmsghdr *header)
{
	struct table table = { 0 };
	struct family family = { 0 };
	const struct nlattr *operation;

	mnl_attr_parse(header, sizeof(struct genlmsghdr), put_into_table, &table);
	require(table.attrs[CTRL_ATTR_FAMILY_ID], MNL_TYPE_U16);
	family.id = mnl_attr_get_u16(table.attrs[CTRL_ATTR_FAMILY_ID]);
	family.version = get_u32(table.attrs[CTRL_ATTR_VERSION]);
	family.name = get_string(table.attrs[CTRL_ATTR_FAMILY_NAME]);
	if (table.attrs[CTRL_ATTR_OPS])
		mnl_attr_for_each_nested(operation, table.attrs[CTRL_ATTR_OPS])
			family.operations++;
	if (table.attrs[CTRL_ATTR_MCAST_GROUPS])
		family.group = first_group(table.attrs[CTRL_ATTR_MCAST_GROUPS]);
	return family;
}

static int store_family(const struct nlmsghdr *header, void *data)
{
	struct mnl *mnl = data;
	struct family family = decode_family(header);

	mnl->family = family.id;
	mnl->group = family.group;
	return MNL_CB_OK;
}

static int on_family(const struct nlmsghdr *header, void *unused)
{
	struct family family = decode_family(header);

	(void)unused;
	check_family(&family);
	return MNL_CB_OK;
}

static int on_greeting(const struct nlmsghdr *header, void *unused)
{
	struct table table = { 0 };
	struct greeting greeting;

	(void)unused;
	mnl_attr_parse(header, sizeof(struct genlmsghdr), put_into_table, &table);
	greeting.id = get_uint(table.attrs[GREET_A_GREETING_ID]);
	greeting.message = get_string(table.attrs[GREET_A_GREETING_MESSAGE]);
	greeting.portid = get_u32(table.attrs[GREET_A_GREETING_PORTID]);
	greeting.style = get_u32(table.attrs[GREET_A_GREETING_STYLE]);
	check_greeting(&greeting);
	return MNL_CB_OK;
}

static int on_peer(const struct nlmsghdr *header, void *data)
{
	struct mnl *mnl = data;
	struct table table = { 0 };
	struct peer peer;

	mnl_attr_parse(header, sizeof(struct genlmsghdr), put_into_table, &table);
	peer.name = get_string(table.attrs[GREET_A_PEER_NAME]);
	peer.greetings = get_uint(table.attrs[GREET_A_PEER_GREETINGS]);
	peer.last_portid = get_u32(table.attrs[GREET_A_PEER_LAST_PORTID]);
	peer.last_style = get_u32(table.attrs[GREET_A_PEER_LAST_STYLE]);
	peer.last_seen = get_uint(table.attrs[GREET_A_PEER_LAST_SEEN]);
	check_peer(&peer);
	mnl->items++;
	return MNL_CB_OK;
}

static void request_family(struct mnl *mnl, const char *name, mnl_cb_t cb)
{
	struct nlmsghdr *request = begin(mnl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, NLM_F_ACK);

	mnl_attr_put_strz(request, CTRL_ATTR_FAMILY_NAME, name);
	exchange(mnl, request, cb);
}

static void *open_for(const char *family)
{
	struct mnl *mnl = allocate(sizeof(*mnl));

	mnl->socket = mnl_socket_open(NETLINK_GENERIC);
	if (!mnl->socket || mnl_socket_bind(mnl->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		die("mnl_socket_open");
	mnl->port = mnl_socket_get_portid(mnl->socket);
	if (family)
		request_family(mnl, family, store_family);
	return mnl;
}

static void getfamily(void *self, unsigned long count)
{
	while (count--)
		request_family(self, "nlctrl", on_family);
}

static void greet(void *self, unsigned long count)
{
	struct mnl *mnl = self;

	while (count--) {
		struct nlmsghdr *request = begin(mnl, mnl->family, GREET_CMD_GREET,
						 GREET_FAMILY_VERSION, NLM_F_ACK);

		mnl_attr_put_strz(request, GREET_A_GREETING_NAME, WORLD);
		exchange(mnl, request, on_greeting);
	}
}

static void greet_unacked(void *self, unsigned long count)
{
	struct mnl *mnl = self;

	while (count--) {
		struct nlmsghdr *request = begin(mnl, mnl->family, GREET_CMD_GREET,
						 GREET_FAMILY_VERSION, 0);

		mnl_attr_put_strz(request, GREET_A_GREETING_NAME, WORLD);
		if (mnl_socket_sendto(mnl->socket, request, request->nlmsg_len) < 0)
			die("mnl_socket_sendto");
	}
}

static unsigned long dump(void *self)
{
	struct mnl *mnl = self;

	mnl->items = 0;
	exchange(mnl,
		 begin(mnl, mnl->family, GREET_CMD_PEER_GET, GREET_FAMILY_VERSION, NLM_F_DUMP),
		 on_peer);
	return mnl->items;
}

static void *listen_to(const char *family)
{
	struct mnl *mnl = open_for(family);

	if (mnl_socket_setsockopt(mnl->socket, NETLINK_ADD_MEMBERSHIP, &mnl->group,
				  sizeof(mnl->group)) < 0)
		die("NETLINK_ADD_MEMBERSHIP");
	return mnl;
}

static void receive_events(void *listener, unsigned long count)
{
	struct mnl *mnl = listener;

	while (count--) {
		ssize_t len = mnl_socket_recvfrom(mnl->socket, mnl->buffer, sizeof(mnl->buffer));

		if (len < 0 ||
		    mnl_cb_run(mnl->buffer, (size_t)len, 0, 0, on_greeting, mnl) < 0)
			die("an event");
	}
}

const struct bench_client bench_client = {
	.open = open_for,
	.getfamily = getfamily,
	.greet = greet,
	.greet_unacked = greet_unacked,
	.dump = dump,
	.listen = listen_to,
	.receive_events = receive_events,
};
