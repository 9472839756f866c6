/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Generic netlink with nothing but system calls, as little as a program can do
 * that checks what it receives. What other contenders are compared with.
 */

#ifndef BENCH_NETLINK_H
#define BENCH_NETLINK_H

#include "contract.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>

/* The most that the kernel puts into one datagram of a dump. */
#define INBOX 32768

struct raw {
	int fd;
	uint32_t port;
	uint32_t seq;
	/* The type of the answers. */
	uint16_t family;
	/* The request, made once. */
	struct nlmsghdr *request;
	unsigned char outbox[256];
	unsigned char inbox[INBOX];
};

/* A socket without a request. */
struct raw *raw_open(void);

/* The id of a family; if asked for, that of its group `greetings`. */
uint16_t raw_resolve(struct raw *raw, const char *family, uint32_t *group);

/* Begins the request; nothing is sent. */
void raw_begin(struct raw *raw, uint16_t family, uint8_t command, uint8_t version,
	       uint16_t flags);

/* Adds a string to the request. */
void raw_put_string(struct raw *raw, uint16_t type, const char *value);

/* A connection with the request that its operation has. */
void *raw_open_for(const char *family);

/* Sends the request with a sequence number of its own. */
void raw_send(struct raw *raw);

/* Receives a datagram into the inbox; returns its length. */
size_t raw_receive(struct raw *raw);

/* Ends the program unless the message has this sequence number and is for us. */
void raw_check_header(const struct raw *raw, const struct nlmsghdr *header, size_t len,
		      uint32_t seq);

/* Ends the program unless the message is an ACK without an error. */
void raw_check_ack(const struct nlmsghdr *header);

/* These decode a message and check it. */
void raw_family(const struct nlmsghdr *header);
void raw_greeting(const struct nlmsghdr *header);
void raw_peer(const struct nlmsghdr *header);

#endif
