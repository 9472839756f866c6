// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Raw C: BATCH requests in one send, and as many answers as possible in one call
 * of recvmmsg().
 */

#define _GNU_SOURCE
#include "netlink.h"

#include <string.h>
#include <sys/socket.h>

#ifndef BATCH
#define BATCH 32
#endif
/* A reply and an ACK for each. */
#define ANSWERS (2 * BATCH)
/* Maximum size of an answer. */
#define ANSWER_SIZE 1024

typedef void decode_fn(const struct nlmsghdr *header);

/* A connection with BATCH copies of the request. */
struct batch {
	struct raw *raw;
	size_t len;
	unsigned char outbox[BATCH * 256];
	struct mmsghdr messages[ANSWERS];
	struct iovec parts[ANSWERS];
	unsigned char inbox[ANSWERS][ANSWER_SIZE];
};

static void *open_for(const char *family)
{
	struct batch *batch = allocate(sizeof(*batch));

	batch->raw = raw_open_for(family);
	batch->len = batch->raw->request->nlmsg_len;
	for (int i = 0; i < BATCH; i++)
		memcpy(batch->outbox + i * batch->len, batch->raw->outbox, batch->len);
	for (int i = 0; i < ANSWERS; i++) {
		batch->parts[i] = (struct iovec){ batch->inbox[i], ANSWER_SIZE };
		batch->messages[i].msg_hdr.msg_iov = &batch->parts[i];
		batch->messages[i].msg_hdr.msg_iovlen = 1;
	}
	return batch;
}

static void send_all(struct batch *batch)
{
	for (int i = 0; i < BATCH; i++) {
		struct nlmsghdr *header = (void *)(batch->outbox + i * batch->len);

		header->nlmsg_seq = ++batch->raw->seq;
	}
	if (send(batch->raw->fd, batch->outbox, BATCH * batch->len, 0) < 0)
		die("send");
}

/* Answers arrive in the order of their requests: a reply, an ACK, a reply ... */
static void check(const struct batch *batch, int answer, unsigned int len, decode_fn *decode)
{
	const struct nlmsghdr *header = (const void *)batch->inbox[answer];
	uint32_t first = batch->raw->seq - BATCH + 1;

	raw_check_header(batch->raw, header, len, first + (uint32_t)answer / 2);
	if (answer % 2 || header->nlmsg_type != batch->raw->family)
		raw_check_ack(header);
	else
		decode(header);
}

static void receive_all(struct batch *batch, decode_fn *decode)
{
	int received = 0;

	while (received < ANSWERS) {
		int got = recvmmsg(batch->raw->fd, batch->messages + received,
				   (unsigned int)(ANSWERS - received), MSG_WAITFORONE, NULL);

		if (got < 0)
			die("recvmmsg");
		for (int i = received; i < received + got; i++)
			check(batch, i, batch->messages[i].msg_len, decode);
		received += got;
	}
}

static void exchange(struct batch *batch, unsigned long count, decode_fn *decode)
{
	for (; count >= BATCH; count -= BATCH) {
		send_all(batch);
		receive_all(batch, decode);
	}
}

static void getfamily(void *self, unsigned long count)
{
	exchange(self, count, raw_family);
}

static void greet(void *self, unsigned long count)
{
	exchange(self, count, raw_greeting);
}

const struct bench_client bench_client = {
	.open = open_for,
	.getfamily = getfamily,
	.greet = greet,
	.batch = BATCH,
};
