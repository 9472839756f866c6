// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * The program of a client: CLIENT OPERATION COUNT [NUMBER]
 *
 * Prints one line of JSON: the number of requests, items or events, and their
 * cost.
 */

#include "harness.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Number of greetings that are sent before their events are received. */
#define BURST 32

/* Name of the family, from GREET_FAMILY in the environment. */
static const char *greet_family;

/* The result of a measurement. */
struct result {
	unsigned long count;
	/* Time from before opening the socket to the first reply. */
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

/* Returns the peak resident memory in KiB. */
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

/* Rounds up to a number of complete batches. */
static unsigned long round_up(unsigned long count)
{
	unsigned long batch = bench_client.batch ? bench_client.batch : 1;

	return (count + batch - 1) / batch * batch;
}

static void requests(const char *family,
		     void (*call)(void *self, unsigned long count),
		     struct result *result)
{
	uint64_t opened = now(CLOCK_MONOTONIC);
	void *self = bench_client.open(family);

	call(self, round_up(1));
	result->first_ns = now(CLOCK_MONOTONIC) - opened;
	result->count = round_up(result->count);
	start(result);
	call(self, result->count);
	stop(result);
}

static void dumps(struct result *result)
{
	void *self = bench_client.open(greet_family);
	unsigned long times = result->count;

	bench_client.dump(self);
	result->count = 0;
	start(result);
	while (times--)
		result->count += bench_client.dump(self);
	stop(result);
}

static void events(unsigned long listeners, struct result *result)
{
	void *self = bench_client.open(greet_family);
	void **sockets = allocate(listeners * sizeof(*sockets));
	unsigned long bursts = (result->count + BURST - 1) / BURST;

	for (unsigned long i = 0; i < listeners; i++)
		sockets[i] = bench_client.listen(greet_family);
	start(result);
	for (unsigned long burst = 0; burst < bursts; burst++) {
		bench_client.greet_unacked(self, BURST);
		for (unsigned long i = 0; i < listeners; i++)
			bench_client.receive_events(sockets[i], BURST);
	}
	stop(result);
	result->count = bursts * BURST * listeners;
}

/* A thread with its own connection. */
struct thread {
	pthread_t id;
	void *self;
	unsigned long count;
	pthread_barrier_t *ready;
};

static void *greet_in_thread(void *argument)
{
	struct thread *thread = argument;

	bench_client.greet(thread->self, round_up(1));
	pthread_barrier_wait(thread->ready);
	bench_client.greet(thread->self, thread->count);
	return NULL;
}

static void threads(unsigned long number, struct result *result)
{
	struct thread *all = allocate(number * sizeof(*all));
	pthread_barrier_t ready;

	pthread_barrier_init(&ready, NULL, (unsigned int)number + 1);
	for (unsigned long i = 0; i < number; i++) {
		all[i].self = bench_client.open(greet_family);
		all[i].count = round_up(result->count);
		all[i].ready = &ready;
		if (pthread_create(&all[i].id, NULL, greet_in_thread, &all[i]))
			die("pthread_create");
	}
	pthread_barrier_wait(&ready);
	start(result);
	for (unsigned long i = 0; i < number; i++)
		pthread_join(all[i].id, NULL);
	stop(result);
	result->count = round_up(result->count) * number;
}

static void name_of(char name[16], unsigned long number)
{
	snprintf(name, 16, "peer-%lu", number);
}

/* Adds peers, then greets them in random order. */
static void known(unsigned long peers, struct result *result)
{
	void *self = bench_client.open(greet_family);
	uint32_t random = 1;
	char name[16];

	for (unsigned long i = 0; i < peers; i++) {
		name_of(name, i);
		bench_client.greet_name(self, name, false);
	}
	start(result);
	for (unsigned long i = 0; i < result->count; i++) {
		random = random * 1664525 + 1013904223;
		name_of(name, (random >> 8) % peers);
		bench_client.greet_name(self, name, true);
	}
	stop(result);
}

/* Sends requests of another kind, without a measurement. */
static bool call(const char *kind, unsigned long count)
{
	return bench_client.call &&
	       bench_client.call(bench_client.open(greet_family), kind, count);
}

static bool selects(const char *operation, const char *name, bool is_supported)
{
	return !strcmp(operation, name) && is_supported;
}

int main(int argc, char **argv)
{
	const char *operation = argc > 1 ? argv[1] : "";
	struct result result = { .count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0 };
	unsigned long number = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;

	greet_family = getenv("GREET_FAMILY") ? getenv("GREET_FAMILY") : "greet";
	if (selects(operation, "getfamily", bench_client.getfamily)) {
		requests(NULL, bench_client.getfamily, &result);
	} else if (selects(operation, "greet", bench_client.greet)) {
		requests(greet_family, bench_client.greet, &result);
	} else if (selects(operation, "dump", bench_client.dump)) {
		dumps(&result);
	} else if (selects(operation, "events", bench_client.receive_events)) {
		events(number, &result);
	} else if (selects(operation, "threads", bench_client.greet)) {
		threads(number, &result);
	} else if (selects(operation, "known", bench_client.greet_name)) {
		known(number, &result);
	} else if (!call(operation, result.count)) {
		fprintf(stderr, "%s does not support %s\n", argv[0], operation);
		return 2;
	}
	print(&result);
	return 0;
}

static void expect(bool is_correct, const char *name)
{
	if (is_correct)
		return;
	fprintf(stderr, "unexpected %s\n", name);
	exit(1);
}

void check_family(const struct family *family)
{
	expect(family->id == 16, "id of nlctrl");
	expect(family->version == 2, "version of nlctrl");
	expect(!strcmp(family->name, "nlctrl"), "name of nlctrl");
	expect(family->operations >= 2, "operations of nlctrl");
	expect(family->group == 16, "group of nlctrl");
}

void check_greeting(const struct greeting *greeting)
{
	static const char end[] = " has been processed by the kernel.";
	size_t len = strlen(greeting->message);

	expect(greeting->id != 0, "id of a greeting");
	expect(!strncmp(greeting->message, "Hello, ", 7), "start of a greeting");
	expect(len > sizeof(end) &&
	       !strcmp(greeting->message + len - sizeof(end) + 1, end),
	       "end of a greeting");
	expect(greeting->portid != 0, "port of a greeting");
	expect(greeting->style == 0, "style of a greeting");
}

void check_peer(const struct peer *peer)
{
	expect(!strncmp(peer->name, "peer-", 5), "name of a peer");
	expect(peer->greetings != 0, "counter of a peer");
	expect(peer->last_portid != 0, "port of a peer");
	expect(peer->last_style == 0, "style of a peer");
	expect(peer->last_seen != 0, "time of a peer");
}

void die(const char *context)
{
	fprintf(stderr, "%s: %s\n", context, strerror(errno));
	exit(1);
}

void *allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		die("calloc");
	return memory;
}
