/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Harness of the clients in C. The harnesses in Rust and Python are
 * ../rust/src/lib.rs and ../python/harness.py.
 */

#ifndef HARNESS_H
#define HARNESS_H

#include "../../../policy/greet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The name in each measured greeting. */
#define WORLD "World"

/* The decoded attributes of a reply to GETFAMILY. */
struct family {
	uint16_t id;
	uint32_t version;
	const char *name;
	unsigned int operations;
	/* Id of the first multicast group. */
	uint32_t group;
};

/* The decoded attributes of a reply to GREET. */
struct greeting {
	uint64_t id;
	const char *message;
	uint32_t portid;
	uint32_t style;
};

/* The decoded attributes of a peer in a dump. */
struct peer {
	const char *name;
	uint64_t greetings;
	uint32_t last_portid;
	uint32_t last_style;
	uint64_t last_seen;
};

/* A client. Unsupported operations are NULL. */
struct bench_client {
	/* Opens a connection to a family, or to nlctrl for NULL. */
	void *(*open)(const char *family);
	/* Sends count requests and checks each reply. */
	void (*getfamily)(void *self, unsigned long count);
	void (*greet)(void *self, unsigned long count);
	/* Greets a name, with an ACK and a reply or without. */
	void (*greet_name)(void *self, const char *name, bool with_reply);
	/* Greets count times without an ACK and a reply. */
	void (*greet_unacked)(void *self, unsigned long count);
	/* Dumps all peers and returns their number. */
	unsigned long (*dump)(void *self);
	/* Opens a socket in the group of greetings. */
	void *(*listen)(const char *family);
	/* Receives count events. */
	void (*receive_events)(void *listener, unsigned long count);
	/* Sends count requests of another kind. Returns false if the kind is unknown. */
	bool (*call)(void *self, const char *kind, unsigned long count);
	/* Number of requests in one send; 0 is the same as 1. */
	unsigned int batch;
};

extern const struct bench_client bench_client;

/* These exit with an error unless the decoded values are correct. */
void check_family(const struct family *family);
void check_greeting(const struct greeting *greeting);
void check_peer(const struct peer *peer);

/* Prints the context and the text of errno, and exits. */
_Noreturn void die(const char *context);

/* Returns zeroed memory, or exits. */
void *allocate(size_t size);

#endif
