// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Not a client: makes as many system calls as a client, but almost empty ones.
 * Its gain with a second thread is the maximum gain on the machine.
 */

#include "harness.h"

#include <sys/syscall.h>
#include <unistd.h>

/* One send and two receives. */
#define CALLS_OF_A_REQUEST 3

static void *open_nothing(const char *family)
{
	(void)family;
	return NULL;
}

static void call(void *self, unsigned long count)
{
	(void)self;
	for (count *= CALLS_OF_A_REQUEST; count; count--)
		syscall(SYS_getppid);
}

const struct bench_client bench_client = {
	.open = open_nothing,
	.greet = call,
};
