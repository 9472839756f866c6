// SPDX-License-Identifier: MIT OR Apache-2.0
/* Greets somebody with libmnl and the family's uapi header: greet_mnl NAME */

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "greet.h"

static char buf[8192];

static struct nlmsghdr *start(uint16_t type, uint8_t cmd, uint8_t version)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = time(NULL);
	genl->cmd = cmd;
	genl->version = version;
	return nlh;
}

/* Sends a request, and calls cb with each reply until the ACK or an error comes. */
static int ask(struct mnl_socket *nl, struct nlmsghdr *nlh, mnl_cb_t cb, void *data)
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

static int take_id(const struct nlmsghdr *nlh, void *id)
{
	struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			*(uint16_t *)id = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

static int show(const struct nlmsghdr *nlh, void *unused)
{
	struct nlattr *attr;

	(void)unused;
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == GREET_A_GREETING_MESSAGE)
			puts(mnl_attr_get_str(attr));
	return MNL_CB_OK;
}

int main(int argc, char **argv)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_GENERIC);
	struct nlmsghdr *nlh;
	uint16_t family = 0;

	if (argc != 2 || !nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		return 2;

	nlh = start(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, GREET_FAMILY_NAME);
	if (ask(nl, nlh, take_id, &family) < 0) {
		perror(GREET_FAMILY_NAME);
		return 3;
	}

	nlh = start(family, GREET_CMD_GREET, GREET_FAMILY_VERSION);
	mnl_attr_put_strz(nlh, GREET_A_GREETING_NAME, argv[1]);
	if (ask(nl, nlh, show, NULL) < 0) {
		perror("greet");
		return 1;
	}
	mnl_socket_close(nl);
	return 0;
}
