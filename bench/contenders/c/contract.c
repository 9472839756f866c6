// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * The program around a contender: CONTENDER OPERATION COUNT [NUMBER]
 *
 * Prints one line of JSON: how many requests, items or events there were, and
 * what they took.
 */

#include "contract.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How many greetings are announced before their events are received. */
#define BURST 32

/* The family that is greeted; another may be named by the environment. */
static const char *greet_family;

/* What is measured. */
struct result {
	unsigned long count;
	/* From before the socket is opened to the first reply. */
	uint64_t first_ns;
	uint64_t ns;
	uint64_t cpu_ns;
};

static uint64_t now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void start(struct result *result)
{
	result->cpu_ns = now(CLOCK_PROCESS_CPUTIME_ID);
	result->ns = now(CLOCK_MONOTONIC);
}

static void stop(struct result *result)
{
	result->ns = now(CLOCK_MONOTONIC) - result->ns;
	result->cpu_ns = now(CLOCK_PROCESS_CPUTIME_ID) - result->cpu_ns;
}

/* The most memory that was resident, in KiB. */
static unsigned long peak_memory(void)
{
	FILE *status = fopen("/proc/self/status", "r");
	unsigned long peak = 0;
	char line[128];

	while (status && fgets(line, sizeof(line), status))
		sscanf(line, "VmHWM: %lu", &peak);
	if (status)
		fclose(status);
	return peak;
}

static void print(const struct result *result)
{
	printf("{\"count\":%lu,\"ns\":%llu,\"cpu_ns\":%llu,\"first_ns\":%llu,\"peak_kib\":%lu}\n",
	       result->count, (unsigned long long)result->ns,
	       (unsigned long long)result->cpu_ns,
	       (unsigned long long)result->first_ns, peak_memory());
}

/* Rounds up to whole batches, since less than one cannot be sent. */
static unsigned long whole(unsigned long count)
{
	unsigned long batch = contender.batch ? contender.batch : 1;

	return (count + batch - 1) / batch * batch;
}

static void requests(const char *family,
		     void (*call)(void *self, unsigned long count),
		     struct result *result)
{
	uint64_t opened = now(CLOCK_MONOTONIC);
	void *self = contender.open(family);

	call(self, whole(1));
	result->first_ns = now(CLOCK_MONOTONIC) - opened;
	result->count = whole(result->count);
	start(result);
	call(self, result->count);
	stop(result);
}

static void dumps(struct result *result)
{
	void *self = contender.open(greet_family);
	unsigned long times = result->count;

	contender.dump(self);
	result->count = 0;
	start(result);
	while (times--)
		result->count += contender.dump(self);
	stop(result);
}

static void events(unsigned long listeners, struct result *result)
{
	void *self = contender.open(greet_family);
	void **ears = allocate(listeners * sizeof(*ears));
	unsigned long bursts = (result->count + BURST - 1) / BURST;

	for (unsigned long i = 0; i < listeners; i++)
		ears[i] = contender.listen(greet_family);
	start(result);
	for (unsigned long burst = 0; burst < bursts; burst++) {
		contender.announce(self, BURST);
		for (unsigned long i = 0; i < listeners; i++)
			contender.hear(ears[i], BURST);
	}
	stop(result);
	result->count = bursts * BURST * listeners;
}

/* Several threads, each with a connection of its own. */
struct thread {
	pthread_t id;
	void *self;
	unsigned long count;
	pthread_barrier_t *ready;
};

static void *greet_in_thread(void *argument)
{
	struct thread *thread = argument;

	contender.greet(thread->self, whole(1));
	pthread_barrier_wait(thread->ready);
	contender.greet(thread->self, thread->count);
	return NULL;
}

static void threads(unsigned long number, struct result *result)
{
	struct thread *all = allocate(number * sizeof(*all));
	pthread_barrier_t ready;

	pthread_barrier_init(&ready, NULL, (unsigned int)number + 1);
	for (unsigned long i = 0; i < number; i++) {
		all[i].self = contender.open(greet_family);
		all[i].count = whole(result->count);
		all[i].ready = &ready;
		if (pthread_create(&all[i].id, NULL, greet_in_thread, &all[i]))
			die("pthread_create");
	}
	pthread_barrier_wait(&ready);
	start(result);
	for (unsigned long i = 0; i < number; i++)
		pthread_join(all[i].id, NULL);
	stop(result);
	result->count = whole(result->count) * number;
}

static void name_of(char name[16], unsigned long number)
{
	snprintf(name, 16, "peer-%lu", number);
}

/* Makes so many peers known, and then greets one after the other in no order. */
static void known(unsigned long peers, struct result *result)
{
	void *self = contender.open(greet_family);
	uint32_t random = 1;
	char name[16];

	for (unsigned long i = 0; i < peers; i++) {
		name_of(name, i);
		contender.greet_name(self, name, false);
	}
	start(result);
	for (unsigned long i = 0; i < result->count; i++) {
		random = random * 1664525 + 1013904223;
		name_of(name, (random >> 8) % peers);
		contender.greet_name(self, name, true);
	}
	stop(result);
}

static bool can(const char *operation, const char *name, bool there)
{
	return !strcmp(operation, name) && there;
}

int main(int argc, char **argv)
{
	const char *operation = argc > 1 ? argv[1] : "";
	struct result result = { .count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0 };
	unsigned long number = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;

	greet_family = getenv("GREET_FAMILY") ? getenv("GREET_FAMILY") : "greet";
	if (can(operation, "getfamily", contender.getfamily)) {
		requests(NULL, contender.getfamily, &result);
	} else if (can(operation, "greet", contender.greet)) {
		requests(greet_family, contender.greet, &result);
	} else if (can(operation, "dump", contender.dump)) {
		dumps(&result);
	} else if (can(operation, "events", contender.hear)) {
		events(number, &result);
	} else if (can(operation, "threads", contender.greet)) {
		threads(number, &result);
	} else if (can(operation, "known", contender.greet_name)) {
		known(number, &result);
	} else {
		fprintf(stderr, "%s cannot do %s\n", argv[0], operation);
		return 2;
	}
	print(&result);
	return 0;
}

static void expect(bool is_right, const char *what)
{
	if (is_right)
		return;
	fprintf(stderr, "wrong: %s\n", what);
	exit(1);
}

void check_family(const struct family *family)
{
	expect(family->id == 16, "the id of nlctrl");
	expect(family->version == 2, "its version");
	expect(!strcmp(family->name, "nlctrl"), "its name");
	expect(family->operations >= 2, "its operations");
	expect(family->group == 16, "its group");
}

void check_greeting(const struct greeting *greeting)
{
	static const char end[] = " has been processed by the kernel.";
	size_t len = strlen(greeting->message);

	expect(greeting->id != 0, "the number of a greeting");
	expect(!strncmp(greeting->message, "Hello, ", 7), "how a greeting begins");
	expect(len > sizeof(end) &&
	       !strcmp(greeting->message + len - sizeof(end) + 1, end),
	       "how a greeting ends");
	expect(greeting->portid != 0, "the port of a greeting");
	expect(greeting->style == 0, "the style of a greeting");
}

void check_peer(const struct peer *peer)
{
	expect(!strncmp(peer->name, "peer-", 5), "the name of a peer");
	expect(peer->greetings != 0, "how often a peer was greeted");
	expect(peer->last_portid != 0, "the port of a peer");
	expect(peer->last_style == 0, "the style of a peer");
	expect(peer->last_seen != 0, "when a peer was greeted");
}

void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

void *allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		die("memory");
	return memory;
}
