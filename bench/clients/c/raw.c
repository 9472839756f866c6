// SPDX-License-Identifier: MIT OR Apache-2.0
/* Raw C: sequential requests. The kernel fills GREET_PART bytes of a dump at once. */

#include "netlink.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef void decode_fn(const struct nlmsghdr *header);

/* Sends the request, then receives its reply and its ACK. */
static void exchange(struct raw *raw, decode_fn *decode)
{
	const struct nlmsghdr *header = (void *)raw->inbox;

	raw_send(raw);
	raw_check_header(raw, header, raw_receive(raw), raw->seq);
	if (header->nlmsg_type != raw->family)
		raw_check_ack(header);
	decode(header);
	raw_check_header(raw, header, raw_receive(raw), raw->seq);
	raw_check_ack(header);
}

static void getfamily(void *self, unsigned long count)
{
	while (count--)
		exchange(self, raw_family);
}

static void greet(void *self, unsigned long count)
{
	while (count--)
		exchange(self, raw_greeting);
}

static void greet_name(void *self, const char *name, bool with_reply)
{
	struct raw *raw = self;

	raw_begin(raw, raw->family, GREET_CMD_GREET, GREET_FAMILY_VERSION,
		  with_reply ? NLM_F_ACK : 0);
	raw_put_string(raw, GREET_A_GREETING_NAME, name);
	if (with_reply)
		exchange(raw, raw_greeting);
	else
		raw_send(raw);
}

static void greet_unacked(void *self, unsigned long count)
{
	struct raw *raw = self;

	raw->request->nlmsg_flags = NLM_F_REQUEST;
	while (count--)
		raw_send(raw);
}

/* Decodes the items of a datagram. Returns whether it contains the end of the dump. */
static int items(struct raw *raw, size_t len, unsigned long *count)
{
	const struct nlmsghdr *header = (void *)raw->inbox;

	while (len) {
		raw_check_header(raw, header, len, raw->seq);
		if (header->nlmsg_type == NLMSG_DONE)
			return 1;
		if (header->nlmsg_type != raw->family)
			raw_check_ack(header);
		raw_peer(header);
		++*count;
		len -= NLMSG_ALIGN(header->nlmsg_len);
		header = (void *)((char *)header + NLMSG_ALIGN(header->nlmsg_len));
	}
	return 0;
}

static unsigned long dump(void *self)
{
	struct raw *raw = self;
	unsigned long count = 0;

	raw_begin(raw, raw->family, GREET_CMD_PEER_GET, GREET_FAMILY_VERSION, NLM_F_DUMP);
	raw_send(raw);
	while (!items(raw, raw_receive(raw), &count))
		;
	return count;
}

static void *listen_to(const char *family)
{
	struct raw *raw = raw_open();
	uint32_t group;

	raw->family = raw_resolve(raw, family, &group);
	if (setsockopt(raw->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		die("NETLINK_ADD_MEMBERSHIP");
	return raw;
}

static void receive_events(void *listener, unsigned long count)
{
	struct raw *raw = listener;

	while (count--) {
		size_t len = raw_receive(raw);
		const struct nlmsghdr *header = (void *)raw->inbox;

		if (len < NLMSG_HDRLEN || header->nlmsg_len > len)
			die("event");
		raw_greeting(header);
	}
}

/* Starts to build a request with a string, or with none for NULL. */
static void begin(struct raw *raw, uint8_t command, uint16_t number, const char *value)
{
	raw_begin(raw, raw->family, command, GREET_FAMILY_VERSION, NLM_F_ACK);
	if (value)
		raw_put_string(raw, number, value);
}

/* Sends the request, and receives its replies up to the ACK. */
static void complete(struct raw *raw)
{
	const struct nlmsghdr *header = (void *)raw->inbox;

	raw_send(raw);
	do
		raw_check_header(raw, header, raw_receive(raw), raw->seq);
	while (header->nlmsg_type == raw->family);
	raw_check_ack(header);
}

static void set(struct raw *raw, uint16_t number, uint32_t value)
{
	begin(raw, GREET_CMD_SETTINGS_SET, 0, NULL);
	raw_put_u32(raw, number, value);
	complete(raw);
}

static void forget(struct raw *raw, const char *name)
{
	begin(raw, GREET_CMD_PEER_DEL, GREET_A_PEER_NAME, name);
	complete(raw);
}

static bool call_once(struct raw *raw, const char *kind, unsigned long number)
{
	char name[32];

	snprintf(name, sizeof(name), "new-%d-%lu", getpid(), number);
	if (!strcmp(kind, "again")) {
		/* Visits 1,000 of the peers that "known" adds, in a scattered order. */
		snprintf(name, sizeof(name), "peer-%lu", number * 619 % 1000);
		greet_name(raw, name, true);
	} else if (!strcmp(kind, "add")) {
		greet_name(raw, name, true);
	} else if (!strcmp(kind, "add-and-forget")) {
		greet_name(raw, name, true);
		forget(raw, name);
	} else if (!strcmp(kind, "peer")) {
		begin(raw, GREET_CMD_PEER_GET, GREET_A_PEER_NAME, WORLD);
		complete(raw);
	} else if (!strcmp(kind, "stats")) {
		begin(raw, GREET_CMD_STATS_GET, 0, NULL);
		complete(raw);
	} else if (!strcmp(kind, "settings")) {
		begin(raw, GREET_CMD_SETTINGS_GET, 0, NULL);
		complete(raw);
	} else if (!strcmp(kind, "set-style")) {
		set(raw, GREET_A_SETTINGS_DEFAULT_STYLE, GREET_STYLE_CASUAL);
	} else if (!strcmp(kind, "raise-limit")) {
		set(raw, GREET_A_SETTINGS_PEER_LIMIT, GREET_PEER_LIMIT_MAX);
	} else {
		return false;
	}
	return true;
}

static bool call(void *self, const char *kind, unsigned long count)
{
	bool is_known = true;

	for (unsigned long number = 0; number < count && is_known; number++)
		is_known = call_once(self, kind, number);
	return is_known;
}

const struct bench_client bench_client = {
	.open = raw_open_for,
	.getfamily = getfamily,
	.greet = greet,
	.greet_name = greet_name,
	.greet_unacked = greet_unacked,
	.dump = dump,
	.listen = listen_to,
	.receive_events = receive_events,
	.call = call,
};
