/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What each contender in C does, and what it is measured by. The twin of this
 * file for Rust is ../rust/src/lib.rs, and for Python ../python/contract.py.
 */

#ifndef CONTRACT_H
#define CONTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is decoded of the reply to GETFAMILY. */
struct family {
	uint16_t id;
	uint32_t version;
	const char *name;
	unsigned int operations;
	/* Of the first multicast group. */
	uint32_t group;
};

/* What is decoded of the reply to GREET. */
struct greeting {
	uint64_t id;
	const char *message;
	uint32_t portid;
	uint32_t style;
};

/* What is decoded of each item of a dump of peers. */
struct peer {
	const char *name;
	uint64_t greetings;
	uint32_t last_portid;
	uint32_t last_style;
	uint64_t last_seen;
};

/* A client. What it cannot do is NULL. */
struct contender {
	/* Opens a connection to a family; to nlctrl if it is NULL. */
	void *(*open)(const char *family);
	/* These do something so many times, and have the result checked. */
	void (*getfamily)(void *self, unsigned long count);
	void (*greet)(void *self, unsigned long count);
	/* Greets one of many; without an ACK, and so without a reply, if it says so. */
	void (*greet_name)(void *self, const char *name, bool with_reply);
	/* Greets so many times without an ACK, and so without a reply. */
	void (*announce)(void *self, unsigned long count);
	/* Lists all peers; returns how many they are. */
	unsigned long (*dump)(void *self);
	/* Opens a socket in the group of greetings. */
	void *(*listen)(const char *family);
	/* Receives so many events. */
	void (*hear)(void *listener, unsigned long count);
	/* How many requests go into one send; 1 if it is 0. */
	unsigned int batch;
};

extern const struct contender contender;

/* These end the program if what was decoded is not what was asked for. */
void check_family(const struct family *family);
void check_greeting(const struct greeting *greeting);
void check_peer(const struct peer *peer);

/* Ends the program with errno's text. */
_Noreturn void die(const char *what);

/* Memory, or the end of the program. */
void *allocate(size_t size);

#endif
