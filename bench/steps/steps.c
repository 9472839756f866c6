// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * Counts the instructions of functions in a running process, such as a User-Mode
 * Linux kernel: steps PID CALLS ADDRESS LOW HIGH [ADDRESS LOW HIGH ...]
 *
 * Each function starts at ADDRESS, and its module's code is from LOW to HIGH. The
 * program steps through CALLS calls of each. It prints a line of numbers for each
 * call: the function, all instructions, instructions in its module, stack depth,
 * and stack depth in its module. After the last call of a function it prints a
 * line for each instruction: "at", the function, the address and a count.
 *
 * External signals are blocked during a call, so that no interrupt is counted.
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

#define FUNCTIONS 8
/* Maximum number of steps of a call. */
#define STEPS (1 << 21)
#define BREAKPOINT 0xcc
/* All signals except the synchronous ones, which an instruction causes. */
#define BIT(signal) (1UL << ((signal) - 1))
#define EXTERNAL \
	(~(BIT(SIGTRAP) | BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGILL) | BIT(SIGFPE)))

typedef unsigned long address;

struct function {
	address start, low, high;
	unsigned char first;
	int calls;
};

/* The costs of one call. */
struct call {
	unsigned long steps, own;
	address deepest, own_deepest;
};

static struct function functions[FUNCTIONS];
static int number;
static int memory;
/* Addresses of the instructions of the last call. */
static address trace[STEPS];

static void die(const char *context)
{
	perror(context);
	exit(1);
}

static unsigned char swap_byte(address at, unsigned char new)
{
	unsigned char old;

	if (pread(memory, &old, 1, (off_t)at) != 1 || pwrite(memory, &new, 1, (off_t)at) != 1)
		die("/proc/PID/mem");
	return old;
}

/* Sets the breakpoints of the functions with fewer calls. */
static void set_breakpoints(int calls)
{
	for (int i = 0; i < number; i++)
		if (functions[i].calls < calls)
			functions[i].first = swap_byte(functions[i].start, BREAKPOINT);
}

static void remove_breakpoints(void)
{
	for (int i = 0; i < number; i++)
		if (functions[i].first)
			swap_byte(functions[i].start, functions[i].first);
}

static struct user_regs_struct registers(pid_t task)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, task, NULL, &regs))
		die("ptrace registers");
	return regs;
}

static void go_to(pid_t task, address at)
{
	struct user_regs_struct regs = registers(task);

	regs.rip = at;
	if (ptrace(PTRACE_SETREGS, task, NULL, &regs))
		die("ptrace registers");
}

/* Continues a task that stopped for another reason. */
static void forward(pid_t task, int status)
{
	bool is_event = status >> 16;
	long signal = is_event ? 0 : WSTOPSIG(status);

	if (WIFSTOPPED(status))
		ptrace(PTRACE_CONT, task, NULL, signal);
}

/* Sets the signal mask of a task and returns the previous one. */
static uint64_t set_signal_mask(pid_t task, uint64_t mask)
{
	uint64_t before;

	if (ptrace(PTRACE_GETSIGMASK, task, sizeof(before), &before) ||
	    ptrace(PTRACE_SETSIGMASK, task, sizeof(mask), &mask))
		die("ptrace signal mask");
	return before;
}

/* Steps one instruction. Returns false if the task stopped for another reason. */
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
	/* A string instruction stops at each repetition. */
	if (call->steps && trace[call->steps - 1] == at)
		return;
	trace[call->steps++] = at;
	if (stack < call->deepest)
		call->deepest = stack;
	if (at < function->low || at >= function->high)
		return;
	call->own++;
	if (stack < call->own_deepest)
		call->own_deepest = stack;
}

/* Steps through a call from its first instruction. Returns whether it returned. */
static bool step_through(pid_t task, const struct function *function, struct call *call)
{
	struct user_regs_struct regs = registers(task);
	address entry = regs.rsp, back;

	if (pread(memory, &back, sizeof(back), (off_t)entry) != sizeof(back))
		die("/proc/PID/mem");
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

static void print_trace(int function, unsigned long steps)
{
	qsort(trace, steps, sizeof(*trace), compare);
	for (unsigned long from = 0, to; from < steps; from = to) {
		for (to = from; to < steps && trace[to] == trace[from]; to++)
			;
		printf("at %d %lu %lu\n", function, trace[from], to - from);
	}
}

static void trace_call(pid_t task, int which, int calls)
{
	struct function *function = &functions[which];
	struct call call;
	uint64_t mask;

	remove_breakpoints();
	go_to(task, function->start);
	mask = set_signal_mask(task, EXTERNAL);
	if (step_through(task, function, &call)) {
		function->calls++;
		printf("%d %lu %lu %lu %lu\n", which, call.steps, call.own, call.deepest,
		       call.own_deepest);
		if (function->calls == calls)
			print_trace(which, call.steps);
	}
	set_breakpoints(calls);
	set_signal_mask(task, mask);
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

static void trace_calls(int calls)
{
	while (!is_done(calls)) {
		int status, which = -1;
		pid_t task = waitpid(-1, &status, __WALL);

		if (task < 0)
			die("waitpid");
		if (WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP && !(status >> 16))
			which = function_at(registers(task).rip - 1);
		if (which >= 0)
			trace_call(task, which, calls);
		else
			forward(task, status);
	}
}

/* Calls a function for each thread of a process. */
static void each_task(pid_t pid, void (*call)(pid_t task))
{
	char path[64];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		die(path);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			call(atoi(entry->d_name));
	closedir(dir);
}

static void seize(pid_t task)
{
	if (ptrace(PTRACE_SEIZE, task, NULL, 0L))
		die("PTRACE_SEIZE");
}

/* Stops and detaches a task without losing signals that arrive before. */
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
	set_breakpoints(calls);
	trace_calls(calls);
	remove_breakpoints();
	each_task(pid, release);
	return 0;
}
