// SPDX-License-Identifier: MIT OR Apache-2.0

#include "netlink.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADERS (NLMSG_HDRLEN + GENL_HDRLEN)

/* Iterates over the attributes in a range of bytes. */
#define for_each_attr(attr, start, len)                                       \
	for (const struct nlattr *attr = (const void *)(start),               \
		*end_of_##attr = (const void *)((const char *)(start) + (len)); \
	     is_attr(attr, end_of_##attr); attr = next(attr))

static bool is_attr(const struct nlattr *attr, const struct nlattr *end)
{
	size_t left = (size_t)((const char *)end - (const char *)attr);

	return (const char *)attr < (const char *)end && left >= NLA_HDRLEN &&
	       attr->nla_len >= NLA_HDRLEN && attr->nla_len <= left;
}

static const struct nlattr *next(const struct nlattr *attr)
{
	return (const void *)((const char *)attr + NLA_ALIGN(attr->nla_len));
}

static int type(const struct nlattr *attr)
{
	return attr->nla_type & NLA_TYPE_MASK;
}

static const void *payload(const struct nlattr *attr)
{
	return (const char *)attr + NLA_HDRLEN;
}

static size_t length(const struct nlattr *attr)
{
	return attr->nla_len - NLA_HDRLEN;
}

static uint16_t get_u16(const struct nlattr *attr)
{
	uint16_t value = 0;

	if (length(attr) == sizeof(value))
		memcpy(&value, payload(attr), sizeof(value));
	return value;
}

static uint32_t get_u32(const struct nlattr *attr)
{
	uint32_t value = 0;

	if (length(attr) == sizeof(value))
		memcpy(&value, payload(attr), sizeof(value));
	return value;
}

/* Returns the value of a uint, which has 4 or 8 bytes. */
static uint64_t get_uint(const struct nlattr *attr)
{
	uint64_t value = 0;

	if (length(attr) != sizeof(value))
		return get_u32(attr);
	memcpy(&value, payload(attr), sizeof(value));
	return value;
}

/* Returns an empty string without a NUL at the end. */
static const char *get_string(const struct nlattr *attr)
{
	const char *value = payload(attr);

	return length(attr) && !value[length(attr) - 1] ? value : "";
}

struct raw *raw_open(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	socklen_t len = sizeof(address);
	struct raw *raw = allocate(sizeof(*raw));
	const char *part = getenv("GREET_PART");
	int on = 1;

	/* From the first message on, because the kernel fills as many bytes as were ever asked for. */
	raw->room = part ? strtoul(part, NULL, 10) : sizeof(raw->inbox);
	raw->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (raw->fd < 0)
		die("socket");
	if (bind(raw->fd, (struct sockaddr *)&address, sizeof(address)))
		die("bind");
	if (getsockname(raw->fd, (struct sockaddr *)&address, &len))
		die("getsockname");
	if (setsockopt(raw->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)) ||
	    setsockopt(raw->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)))
		die("setsockopt");
	raw->port = address.nl_pid;
	raw->request = (struct nlmsghdr *)raw->outbox;
	return raw;
}

void raw_begin(struct raw *raw, uint16_t family, uint8_t command, uint8_t version,
	       uint16_t flags)
{
	struct genlmsghdr *genl = (void *)(raw->outbox + NLMSG_HDRLEN);

	memset(raw->outbox, 0, sizeof(raw->outbox));
	raw->family = family;
	raw->request->nlmsg_len = HEADERS;
	raw->request->nlmsg_type = family;
	raw->request->nlmsg_flags = NLM_F_REQUEST | flags;
	genl->cmd = command;
	genl->version = version;
}

static void put(struct raw *raw, uint16_t number, const void *value, size_t size)
{
	struct nlattr *attr = (void *)(raw->outbox + raw->request->nlmsg_len);

	attr->nla_type = number;
	attr->nla_len = (uint16_t)(NLA_HDRLEN + size);
	memcpy((char *)attr + NLA_HDRLEN, value, size);
	raw->request->nlmsg_len += NLA_ALIGN(attr->nla_len);
}

void raw_put_string(struct raw *raw, uint16_t number, const char *value)
{
	put(raw, number, value, strlen(value) + 1);
}

void raw_put_u32(struct raw *raw, uint16_t number, uint32_t value)
{
	put(raw, number, &value, sizeof(value));
}

void raw_send(struct raw *raw)
{
	raw->request->nlmsg_seq = ++raw->seq;
	if (send(raw->fd, raw->outbox, raw->request->nlmsg_len, 0) < 0)
		die("send");
}

size_t raw_receive(struct raw *raw)
{
	ssize_t len = recv(raw->fd, raw->inbox, raw->room, 0);

	if (len < 0)
		die("recv");
	return (size_t)len;
}

void raw_check_header(const struct raw *raw, const struct nlmsghdr *header, size_t len,
		      uint32_t seq)
{
	errno = EPROTO;
	if (len < NLMSG_HDRLEN || header->nlmsg_len < NLMSG_HDRLEN ||
	    header->nlmsg_len > len || header->nlmsg_seq != seq ||
	    header->nlmsg_pid != raw->port)
		die("message header");
}

void raw_check_ack(const struct nlmsghdr *header)
{
	const struct nlmsgerr *error = NLMSG_DATA(header);

	errno = EPROTO;
	if (header->nlmsg_type != NLMSG_ERROR || header->nlmsg_len < NLMSG_LENGTH(sizeof(int)))
		die("ACK");
	errno = -error->error;
	if (error->error)
		die("error of the kernel");
}

static uint32_t first_group(const struct nlattr *groups)
{
	for_each_attr(group, payload(groups), length(groups))
		for_each_attr(attr, payload(group), length(group))
			if (type(attr) == CTRL_ATTR_MCAST_GRP_ID)
				return get_u32(attr);
	return 0;
}

static unsigned int count(const struct nlattr *array)
{
	unsigned int number = 0;

	for_each_attr(attr, payload(array), length(array))
		number++;
	return number;
}

static struct family decode_family(const struct nlmsghdr *header)
{
	struct family family = { .name = "" };

	for_each_attr(attr, (const char *)header + HEADERS, header->nlmsg_len - HEADERS) {
		switch (type(attr)) {
		case CTRL_ATTR_FAMILY_ID:
			family.id = get_u16(attr);
			break;
		case CTRL_ATTR_FAMILY_NAME:
			family.name = get_string(attr);
			break;
		case CTRL_ATTR_VERSION:
			family.version = get_u32(attr);
			break;
		case CTRL_ATTR_OPS:
			family.operations = count(attr);
			break;
		case CTRL_ATTR_MCAST_GROUPS:
			family.group = first_group(attr);
			break;
		}
	}
	return family;
}

void raw_family(const struct nlmsghdr *header)
{
	struct family family = decode_family(header);

	check_family(&family);
}

void raw_greeting(const struct nlmsghdr *header)
{
	struct greeting greeting = { .message = "" };

	for_each_attr(attr, (const char *)header + HEADERS, header->nlmsg_len - HEADERS) {
		switch (type(attr)) {
		case GREET_A_GREETING_ID:
			greeting.id = get_uint(attr);
			break;
		case GREET_A_GREETING_MESSAGE:
			greeting.message = get_string(attr);
			break;
		case GREET_A_GREETING_PORTID:
			greeting.portid = get_u32(attr);
			break;
		case GREET_A_GREETING_STYLE:
			greeting.style = get_u32(attr);
			break;
		}
	}
	check_greeting(&greeting);
}

void raw_peer(const struct nlmsghdr *header)
{
	struct peer peer = { .name = "" };

	for_each_attr(attr, (const char *)header + HEADERS, header->nlmsg_len - HEADERS) {
		switch (type(attr)) {
		case GREET_A_PEER_NAME:
			peer.name = get_string(attr);
			break;
		case GREET_A_PEER_GREETINGS:
			peer.greetings = get_uint(attr);
			break;
		case GREET_A_PEER_LAST_PORTID:
			peer.last_portid = get_u32(attr);
			break;
		case GREET_A_PEER_LAST_STYLE:
			peer.last_style = get_u32(attr);
			break;
		case GREET_A_PEER_LAST_SEEN:
			peer.last_seen = get_uint(attr);
			break;
		}
	}
	check_peer(&peer);
}

uint16_t raw_resolve(struct raw *raw, const char *name, uint32_t *group)
{
	struct nlmsghdr *header = (void *)raw->inbox;
	struct family family;

	raw_begin(raw, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, 0);
	raw_put_string(raw, CTRL_ATTR_FAMILY_NAME, name);
	raw_send(raw);
	raw_check_header(raw, header, raw_receive(raw), raw->seq);
	if (header->nlmsg_type == NLMSG_ERROR)
		raw_check_ack(header);
	family = decode_family(header);
	if (group)
		*group = family.group;
	return family.id;
}

void *raw_open_for(const char *family)
{
	struct raw *raw = raw_open();

	if (family) {
		raw_begin(raw, raw_resolve(raw, family, NULL), GREET_CMD_GREET,
			  GREET_FAMILY_VERSION, NLM_F_ACK);
		raw_put_string(raw, GREET_A_GREETING_NAME, WORLD);
	} else {
		raw_begin(raw, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, NLM_F_ACK);
		raw_put_string(raw, CTRL_ATTR_FAMILY_NAME, "nlctrl");
	}
	return raw;
}
