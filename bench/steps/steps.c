// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Counts the instructions of functions in a running process, such as a User-Mode
 * Linux kernel: steps PID CALLS ADDRESS LOW HIGH [ADDRESS LOW HIGH ...]
 *
 * Each function, which begins at ADDRESS and whose module's code is from LOW to
 * HIGH, is stepped through from a call to its return, CALLS times. A line of
 * numbers for each call: the function, its instructions and those in its module,
 * how deep the stack was, in all and in its module. Then for the last call of
 * each a line for each instruction: "at", the function, the address, how often.
 *
 * Signals from outside are held back meanwhile, so that no interrupt is counted.
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define FUNCTIONS 4
/* More steps than any call has that returns. */
#define STEPS 200000
#define BREAKPOINT 0xcc
/* All signals but those that an instruction itself causes. */
#define BIT(signal) (1UL << ((signal) - 1))
#define FROM_OUTSIDE \
	(~(BIT(SIGTRAP) | BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGILL) | BIT(SIGFPE)))

typedef unsigned long address;

struct function {
	address start, low, high;
	unsigned char first;
	int calls;
};

/* What one call took. */
struct call {
	unsigned long steps, own;
	address deepest, own_deepest;
};

static struct function functions[FUNCTIONS];
static int number;
static int memory;
/* Where the last call was, step by step. */
static address places[STEPS];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static unsigned char swap_byte(address at, unsigned char new)
{
	unsigned char old;

	if (pread(memory, &old, 1, (off_t)at) != 1 || pwrite(memory, &new, 1, (off_t)at) != 1)
		die("memory");
	return old;
}

static void set_breakpoints(void)
{
	for (int i = 0; i < number; i++)
		functions[i].first = swap_byte(functions[i].start, BREAKPOINT);
}

static void remove_breakpoints(void)
{
	for (int i = 0; i < number; i++)
		swap_byte(functions[i].start, functions[i].first);
}

static struct user_regs_struct registers(pid_t task)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, task, NULL, &regs))
		die("registers");
	return regs;
}

static void go_to(pid_t task, address at)
{
	struct user_regs_struct regs = registers(task);

	regs.rip = at;
	if (ptrace(PTRACE_SETREGS, task, NULL, &regs))
		die("registers");
}

/* Lets a task go on that stopped for a reason of its own. */
static void forward(pid_t task, int status)
{
	bool is_event = status >> 16;
	long signal = is_event ? 0 : WSTOPSIG(status);

	if (WIFSTOPPED(status))
		ptrace(PTRACE_CONT, task, NULL, signal);
}

/* Holds back what interrupts a task from outside; returns what was held back before. */
static uint64_t hold_signals(pid_t task, uint64_t mask)
{
	uint64_t before;

	if (ptrace(PTRACE_GETSIGMASK, task, sizeof(before), &before) ||
	    ptrace(PTRACE_SETSIGMASK, task, sizeof(mask), &mask))
		die("the signals");
	return before;
}

/* One instruction; false if the task cannot be followed. */
static bool step(pid_t task)
{
	int status;

	do {
		if (ptrace(PTRACE_SINGLESTEP, task, NULL, 0L) ||
		    waitpid(task, &status, __WALL) < 0 || !WIFSTOPPED(status))
			return false;
	} while (status >> 16);
	return WSTOPSIG(status) == SIGTRAP;
}

static void count(struct call *call, const struct function *function, address at, address stack)
{
	/* A string instruction stops once for each repetition. */
	if (call->steps && places[call->steps - 1] == at)
		return;
	places[call->steps++] = at;
	if (stack < call->deepest)
		call->deepest = stack;
	if (at < function->low || at >= function->high)
		return;
	call->own++;
	if (stack < call->own_deepest)
		call->own_deepest = stack;
}

/* Steps through a call that is about to begin; tells whether it returned. */
static bool follow(pid_t task, const struct function *function, struct call *call)
{
	struct user_regs_struct regs = registers(task);
	address entry = regs.rsp, back;

	if (pread(memory, &back, sizeof(back), (off_t)entry) != sizeof(back))
		die("the stack");
	*call = (struct call){ .deepest = entry, .own_deepest = entry };
	while (call->steps < STEPS) {
		if (regs.rip == back && regs.rsp == entry + sizeof(back)) {
			call->deepest = entry - call->deepest;
			call->own_deepest = entry - call->own_deepest;
			return true;
		}
		count(call, function, regs.rip, regs.rsp);
		if (!step(task))
			return false;
		regs = registers(task);
	}
	return false;
}

static int compare(const void *a, const void *b)
{
	const address *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void print_places(int function, unsigned long steps)
{
	qsort(places, steps, sizeof(*places), compare);
	for (unsigned long from = 0, to; from < steps; from = to) {
		for (to = from; to < steps && places[to] == places[from]; to++)
			;
		printf("at %d %lu %lu\n", function, places[from], to - from);
	}
}

static void called(pid_t task, int which, int calls)
{
	struct function *function = &functions[which];
	struct call call;
	uint64_t held;

	remove_breakpoints();
	go_to(task, function->start);
	held = hold_signals(task, FROM_OUTSIDE);
	if (follow(task, function, &call)) {
		function->calls++;
		printf("%d %lu %lu %lu %lu\n", which, call.steps, call.own, call.deepest,
		       call.own_deepest);
		if (function->calls == calls)
			print_places(which, call.steps);
	}
	set_breakpoints();
	hold_signals(task, held);
	ptrace(PTRACE_CONT, task, NULL, 0L);
}

static int function_at(address at)
{
	for (int i = 0; i < number; i++)
		if (functions[i].start == at)
			return i;
	return -1;
}

static bool is_done(int calls)
{
	for (int i = 0; i < number; i++)
		if (functions[i].calls < calls)
			return false;
	return true;
}

static void follow_calls(int calls)
{
	while (!is_done(calls)) {
		int status, which = -1;
		pid_t task = waitpid(-1, &status, __WALL);

		if (task < 0)
			die("the process is gone");
		if (WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP && !(status >> 16))
			which = function_at(registers(task).rip - 1);
		if (which >= 0)
			called(task, which, calls);
		else
			forward(task, status);
	}
}

/* Calls a function with each thread of a process. */
static void each_task(pid_t pid, void (*what)(pid_t task))
{
	char path[64];
	struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	folder = opendir(path);
	if (!folder)
		die(path);
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			what(atoi(entry->d_name));
	closedir(folder);
}

static void seize(pid_t task)
{
	if (ptrace(PTRACE_SEIZE, task, NULL, 0L))
		die("PTRACE_SEIZE");
}

/* Stops a task, and lets it go for good; a signal that comes first is not lost. */
static void release(pid_t task)
{
	int status;

	if (ptrace(PTRACE_INTERRUPT, task, NULL, 0L))
		return;
	while (waitpid(task, &status, __WALL) == task && WIFSTOPPED(status)) {
		if (status >> 16 == PTRACE_EVENT_STOP) {
			ptrace(PTRACE_DETACH, task, NULL, 0L);
			return;
		}
		if (WSTOPSIG(status) == SIGTRAP && function_at(registers(task).rip - 1) >= 0) {
			go_to(task, registers(task).rip - 1);
			ptrace(PTRACE_CONT, task, NULL, 0L);
		} else {
			forward(task, status);
		}
	}
}

int main(int argc, char **argv)
{
	char path[64];
	pid_t pid = argc > 5 ? atoi(argv[1]) : 0;
	int calls = argc > 5 ? atoi(argv[2]) : 0;

	for (int i = 3; i + 2 < argc && number < FUNCTIONS; i += 3)
		functions[number++] = (struct function){
			.start = strtoul(argv[i], NULL, 0),
			.low = strtoul(argv[i + 1], NULL, 0),
			.high = strtoul(argv[i + 2], NULL, 0),
		};
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	memory = open(path, O_RDWR | O_CLOEXEC);
	if (memory < 0)
		die(path);
	each_task(pid, seize);
	set_breakpoints();
	follow_calls(calls);
	remove_breakpoints();
	each_task(pid, release);
	return 0;
}
