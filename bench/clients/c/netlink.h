/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Generic netlink with only system calls, with minimum work for a program that
 * checks the received messages. This is the baseline of comparisons.
 */

#ifndef BENCH_NETLINK_H
#define BENCH_NETLINK_H

#include "harness.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>

/* Maximum size of a datagram of a dump. */
#define INBOX 32768

struct raw {
	int fd;
	uint32_t port;
	uint32_t seq;
	/* Type of the answers. */
	uint16_t family;
	/* The request, which is built once. */
	struct nlmsghdr *request;
	/* Bytes to receive at once: GREET_PART, or all of the inbox. */
	size_t room;
	unsigned char outbox[256];
	unsigned char inbox[INBOX];
};

/* Opens a socket without a request. */
struct raw *raw_open(void);

/* Resolves a family; stores the id of its first group unless group is NULL. */
uint16_t raw_resolve(struct raw *raw, const char *family, uint32_t *group);

/* Starts to build a request, without sending it. */
void raw_begin(struct raw *raw, uint16_t family, uint8_t command, uint8_t version,
	       uint16_t flags);

/* Appends a string to the request. */
void raw_put_string(struct raw *raw, uint16_t type, const char *value);

/* Appends a number to the request. */
void raw_put_u32(struct raw *raw, uint16_t type, uint32_t value);

/* Opens a connection and builds its request. */
void *raw_open_for(const char *family);

/* Sends the request with the next sequence number. */
void raw_send(struct raw *raw);

/* Receives a datagram into the inbox and returns its length. */
size_t raw_receive(struct raw *raw);

/* Exits unless the message has our port and this sequence number. */
void raw_check_header(const struct raw *raw, const struct nlmsghdr *header, size_t len,
		      uint32_t seq);

/* Exits unless the message is an ACK. */
void raw_check_ack(const struct nlmsghdr *header);

/* These decode and check a message. */
void raw_family(const struct nlmsghdr *header);
void raw_greeting(const struct nlmsghdr *header);
void raw_peer(const struct nlmsghdr *header);

#endif
