// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Uses the family with libmnl and its uapi header.
 *
 * greet_mnl greet NAME   greet and print the message
 * greet_mnl peers        list the peers
 * greet_mnl listen       wait for one event and print its message
 */

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "greet.h"

static char buf[8192];

/* Ids of the family, resolved with nlctrl. */
struct family {
	uint16_t id;
	uint32_t greetings; /* the multicast group */
};

static struct nlmsghdr *start(uint16_t type, uint8_t cmd, uint8_t version, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = time(NULL);
	genl->cmd = cmd;
	genl->version = version;
	return nlh;
}

/* Sends a request and calls cb with each reply until the last one or an error. */
static int request(struct mnl_socket *nl, struct nlmsghdr *nlh, mnl_cb_t cb, void *data)
{
	uint32_t seq = nlh->nlmsg_seq;
	int ret = mnl_socket_sendto(nl, nlh, nlh->nlmsg_len);

	while (ret > 0) {
		ret = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (ret > 0)
			ret = mnl_cb_run(buf, ret, seq, mnl_socket_get_portid(nl), cb, data);
	}
	return ret;
}

static void parse_group(const struct nlattr *group, struct family *family)
{
	const char *name = "";
	uint32_t id = 0;
	struct nlattr *attr;

	mnl_attr_for_each_nested(attr, group) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
			name = mnl_attr_get_str(attr);
		else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
			id = mnl_attr_get_u32(attr);
	}
	if (!strcmp(name, GREET_MCGRP_GREETINGS))
		family->greetings = id;
}

static int parse_family(const struct nlmsghdr *nlh, void *data)
{
	struct family *family = data;
	struct nlattr *attr, *group;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			family->id = mnl_attr_get_u16(attr);
		else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			mnl_attr_for_each_nested(group, attr)
				parse_group(group, family);
	}
	return MNL_CB_OK;
}

static int print_message(const struct nlmsghdr *nlh, void *unused)
{
	struct nlattr *attr;

	(void)unused;
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == GREET_A_GREETING_MESSAGE)
			puts(mnl_attr_get_str(attr));
	return MNL_CB_OK;
}

/* Returns the value of a uint, which has 4 or 8 bytes. */
static uint64_t get_uint(const struct nlattr *attr)
{
	if (mnl_attr_get_payload_len(attr) == sizeof(uint32_t))
		return mnl_attr_get_u32(attr);
	return mnl_attr_get_u64(attr);
}

static int print_peer(const struct nlmsghdr *nlh, void *unused)
{
	const char *name = "";
	uint64_t values[GREET_A_PEER_MAX + 1] = { 0 };
	struct nlattr *attr;

	(void)unused;
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == GREET_A_PEER_NAME)
			name = mnl_attr_get_str(attr);
		else if (mnl_attr_get_type(attr) <= GREET_A_PEER_MAX)
			values[mnl_attr_get_type(attr)] = get_uint(attr);
	}
	printf("%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", name,
	       values[GREET_A_PEER_GREETINGS], values[GREET_A_PEER_LAST_PORTID],
	       values[GREET_A_PEER_LAST_STYLE], values[GREET_A_PEER_LAST_SEEN]);
	return MNL_CB_OK;
}

static int greet(struct mnl_socket *nl, const struct family *family, const char *name)
{
	struct nlmsghdr *nlh = start(family->id, GREET_CMD_GREET, GREET_FAMILY_VERSION, NLM_F_ACK);

	mnl_attr_put_strz(nlh, GREET_A_GREETING_NAME, name);
	return request(nl, nlh, print_message, NULL);
}

static int peers(struct mnl_socket *nl, const struct family *family)
{
	return request(nl, start(family->id, GREET_CMD_PEER_GET, GREET_FAMILY_VERSION, NLM_F_DUMP),
		   print_peer, NULL);
}

static int listen_once(struct mnl_socket *nl, struct family *family)
{
	int ret = mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP, &family->greetings,
					sizeof(family->greetings));

	if (ret == 0)
		ret = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (ret > 0)
		ret = mnl_cb_run(buf, ret, 0, 0, print_message, NULL);
	return ret;
}

int main(int argc, char **argv)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_GENERIC);
	struct family family = { 0 };
	struct nlmsghdr *nlh;
	int ret;

	if (argc < 2 || !nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		return 2;

	nlh = start(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, NLM_F_ACK);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, GREET_FAMILY_NAME);
	if (request(nl, nlh, parse_family, &family) < 0) {
		perror(GREET_FAMILY_NAME);
		return 3;
	}

	if (!strcmp(argv[1], "greet") && argc == 3)
		ret = greet(nl, &family, argv[2]);
	else if (!strcmp(argv[1], "peers"))
		ret = peers(nl, &family);
	else if (!strcmp(argv[1], "listen"))
		ret = listen_once(nl, &family);
	else
		return 2;
	if (ret < 0) {
		perror(argv[1]);
		return 1;
	}
	mnl_socket_close(nl);
	return 0;
}
