// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * No client: as many system calls as one makes, of those that do next to nothing
 * in the kernel. What it gains by a second thread, the machine lets one gain.
 */

#include "contract.h"

#include <sys/syscall.h>
#include <unistd.h>

/* Sends, and receives twice. */
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

const struct contender contender = {
	.open = open_nothing,
	.greet = call,
};
