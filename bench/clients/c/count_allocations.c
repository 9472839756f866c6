// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * LD_PRELOAD=libcount_allocations.so: counts the allocations of a program and
 * prints their number on standard error when it exits.
 */

#include <stddef.h>
#include <stdio.h>

/* glibc's functions under names that are not replaced. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t number, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static unsigned long allocations;

static void count(void)
{
	__atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED);
}

void *malloc(size_t size)
{
	count();
	return __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
	count();
	return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size)
{
	count();
	return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	count();
	return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
	count();
	*memory = __libc_memalign(alignment, size);
	return *memory ? 0 : 12; /* ENOMEM */
}

__attribute__((destructor)) static void print_count(void)
{
	fprintf(stderr, "allocations: %lu\n", __atomic_load_n(&allocations, __ATOMIC_RELAXED));
}
