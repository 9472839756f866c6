// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Raw C for the families of tests/families. GREET_FAMILY selects one. A greeting
 * stands for a request, and the greeting of a name for a request that adds an item.
 * The kernel fills GREET_PART bytes of a dump at once.
 */

#include "netlink.h"

#include <errno.h>
#include <linux/fou.h>
#include <linux/mptcp_pm.h>
#include <linux/wireguard.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Generates the attributes of a request about an item. */
typedef void build_fn(struct raw *raw, uint32_t item);

static const struct {
	const char *name;
	uint8_t request, add, dump;
	build_fn *build_request, *build_add, *build_dump;
	/* The number of replies to the request. */
	unsigned long replies;
} *family;

static void put(struct raw *raw, uint16_t type, const void *value, size_t len)
{
	struct nlattr *attr = (void *)(raw->outbox + raw->request->nlmsg_len);

	attr->nla_type = type;
	attr->nla_len = (uint16_t)(NLA_HDRLEN + len);
	if (len)
		memcpy((char *)attr + NLA_HDRLEN, value, len);
	raw->request->nlmsg_len += NLA_ALIGN(attr->nla_len);
}

#define PUT(raw, type, value) put(raw, type, &(value), sizeof(value))

static struct nlattr *start_nest(struct raw *raw, uint16_t type)
{
	struct nlattr *nest = (void *)(raw->outbox + raw->request->nlmsg_len);

	put(raw, type | NLA_F_NESTED, NULL, 0);
	return nest;
}

static void end_nest(struct raw *raw, struct nlattr *nest)
{
	unsigned char *end = raw->outbox + raw->request->nlmsg_len;

	nest->nla_len = (uint16_t)(end - (unsigned char *)nest);
}

/* The bytes of 10.0.0.0 + item. */
static void put_address(struct raw *raw, uint16_t type, uint32_t item)
{
	uint8_t address[] = { 10, (uint8_t)(item >> 16), (uint8_t)(item >> 8), (uint8_t)item };

	PUT(raw, type, address);
}

static void build_nothing(struct raw *raw, uint32_t item)
{
	(void)raw;
	(void)item;
}

static void build_port(struct raw *raw, uint32_t item)
{
	uint32_t port = item + 1;
	uint8_t bytes[] = { (uint8_t)(port >> 8), (uint8_t)port };

	PUT(raw, FOU_ATTR_PORT, bytes);
}

static void build_new_port(struct raw *raw, uint32_t item)
{
	uint8_t type = FOU_ENCAP_DIRECT, protocol = 4;

	build_port(raw, item);
	PUT(raw, FOU_ATTR_TYPE, type);
	PUT(raw, FOU_ATTR_IPPROTO, protocol);
}

static void build_endpoint(struct raw *raw, uint32_t item)
{
	struct nlattr *nest = start_nest(raw, MPTCP_PM_ENDPOINT_ADDR);
	uint8_t id = (uint8_t)(item + 1);

	PUT(raw, MPTCP_PM_ADDR_ATTR_ID, id);
	end_nest(raw, nest);
}

static void build_new_endpoint(struct raw *raw, uint32_t item)
{
	struct nlattr *nest = start_nest(raw, MPTCP_PM_ENDPOINT_ADDR);
	uint16_t af = AF_INET;

	PUT(raw, MPTCP_PM_ADDR_ATTR_FAMILY, af);
	put_address(raw, MPTCP_PM_ADDR_ATTR_ADDR4, item);
	end_nest(raw, nest);
}

static void build_device(struct raw *raw, uint32_t item)
{
	(void)item;
	raw_put_string(raw, WGDEVICE_A_IFNAME, "wg0");
}

/* Sets the interval and an allowed IP of a peer. */
static void build_peer(struct raw *raw, uint32_t item)
{
	struct nlattr *peers, *peer, *ips, *ip;
	uint8_t key[WG_KEY_LEN] = { 1 }, prefix = 32;
	uint16_t interval = 25, af = AF_INET;

	memcpy(key + 1, &item, sizeof(item));
	build_device(raw, item);
	peers = start_nest(raw, WGDEVICE_A_PEERS);
	peer = start_nest(raw, 0);
	PUT(raw, WGPEER_A_PUBLIC_KEY, key);
	PUT(raw, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, interval);
	ips = start_nest(raw, WGPEER_A_ALLOWEDIPS);
	ip = start_nest(raw, 0);
	PUT(raw, WGALLOWEDIP_A_FAMILY, af);
	put_address(raw, WGALLOWEDIP_A_IPADDR, item);
	PUT(raw, WGALLOWEDIP_A_CIDR_MASK, prefix);
	end_nest(raw, ip);
	end_nest(raw, ips);
	end_nest(raw, peer);
	end_nest(raw, peers);
}

static const __typeof__(*family) families[] = {
	{ "fou", FOU_CMD_GET, FOU_CMD_ADD, FOU_CMD_GET,
	  build_port, build_new_port, build_nothing, 1 },
	{ "mptcp_pm", MPTCP_PM_CMD_GET_ADDR, MPTCP_PM_CMD_ADD_ADDR, MPTCP_PM_CMD_GET_ADDR,
	  build_endpoint, build_new_endpoint, build_nothing, 1 },
	{ "wireguard", WG_CMD_SET_DEVICE, WG_CMD_SET_DEVICE, WG_CMD_GET_DEVICE,
	  build_peer, build_peer, build_device, 0 },
};

static void begin(struct raw *raw, uint8_t command, uint16_t flags, build_fn *build, uint32_t item)
{
	raw_begin(raw, raw->family, command, 1, flags);
	build(raw, item);
}

static void *open_family(const char *name)
{
	struct raw *raw = raw_open();

	errno = EINVAL;
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
		if (!strcmp(families[i].name, name))
			family = &families[i];
	if (!family)
		die(name);
	raw->family = raw_resolve(raw, name, NULL);
	begin(raw, family->request, NLM_F_ACK, family->build_request, 0);
	return raw;
}

/* Sends the request, then receives its replies and its ACK. */
static void exchange(struct raw *raw, unsigned long replies)
{
	const struct nlmsghdr *header = (void *)raw->inbox;

	raw_send(raw);
	while (replies--) {
		raw_check_header(raw, header, raw_receive(raw), raw->seq);
		if (header->nlmsg_type != raw->family)
			raw_check_ack(header);
	}
	raw_check_header(raw, header, raw_receive(raw), raw->seq);
	raw_check_ack(header);
}

static void request(void *self, unsigned long count)
{
	while (count--)
		exchange(self, family->replies);
}

static void add(void *self, const char *name, bool with_reply)
{
	uint32_t item = (uint32_t)strtoul(name + strlen("peer-"), NULL, 10);

	(void)with_reply;
	begin(self, family->add, NLM_F_ACK, family->build_add, item);
	exchange(self, 0);
}

/* Counts attributes with this type, or with any type for 0. */
static unsigned long attributes(const void *start, size_t len, uint16_t type)
{
	unsigned long count = 0;

	while (len >= NLA_HDRLEN) {
		const struct nlattr *attr = start;
		size_t size = NLA_ALIGN(attr->nla_len);
		uint16_t found = attr->nla_type & NLA_TYPE_MASK;

		if (attr->nla_len < NLA_HDRLEN || size > len)
			break;
		if (!type)
			count++;
		else if (found == type)
			count += attributes((char *)start + NLA_HDRLEN,
					    attr->nla_len - NLA_HDRLEN, 0);
		start = (char *)start + size;
		len -= size;
	}
	return count;
}

/* Counts the items of a message: itself, or the peers in it. */
static unsigned long items(const struct nlmsghdr *header)
{
	const size_t headers = NLMSG_HDRLEN + GENL_HDRLEN;
	const char *attrs = (const char *)header + headers;

	if (family->build_dump == build_device)
		return attributes(attrs, header->nlmsg_len - headers, WGDEVICE_A_PEERS);
	return attributes(attrs, header->nlmsg_len - headers, 0) > 0;
}

/* Counts the items of a datagram. Returns whether it contains the end of the dump. */
static bool part(struct raw *raw, size_t len, unsigned long *count)
{
	const struct nlmsghdr *header = (void *)raw->inbox;

	while (len) {
		raw_check_header(raw, header, len, raw->seq);
		if (header->nlmsg_type == NLMSG_DONE)
			return true;
		if (header->nlmsg_type != raw->family)
			raw_check_ack(header);
		*count += items(header);
		len -= NLMSG_ALIGN(header->nlmsg_len);
		header = (void *)((char *)header + NLMSG_ALIGN(header->nlmsg_len));
	}
	return false;
}

static unsigned long dump(void *self)
{
	struct raw *raw = self;
	unsigned long count = 0;

	begin(raw, family->dump, NLM_F_DUMP, family->build_dump, 0);
	raw_send(raw);
	while (!part(raw, raw_receive(raw), &count))
		;
	return count;
}

const struct bench_client bench_client = {
	.open = open_family,
	.greet = request,
	.greet_name = add,
	.dump = dump,
};
