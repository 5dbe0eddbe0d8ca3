/* mem.c: see mem.h */
#define _GNU_SOURCE
#include "mem.h"

#include <sodium.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static _Atomic uint64_t n_alloc;
static _Atomic uint64_t fail_at;

void
mem_fail_at(uint64_t n)
{
	n_alloc = 0;
	fail_at = n;
}

uint64_t
mem_count(void)
{
	return n_alloc;
}

static bool
refuse(void)
{
	uint64_t n = ++n_alloc;
	return n == fail_at;
}

void *
mem_alloc(size_t n)
{
	return refuse() ? NULL : malloc(n == 0 ? 1 : n);
}

void *
mem_zalloc(size_t n)
{
	return mem_array(n, 1);
}

void *
mem_array(size_t n, size_t size)
{
	if (refuse())
		return NULL;
	return n == 0 || size == 0 ? calloc(1, 1) : calloc(n, size);
}

void *
mem_realloc(void *p, size_t n)
{
	return refuse() ? NULL : realloc(p, n == 0 ? 1 : n);
}

char *
mem_strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *d = mem_alloc(n);

	if (d != NULL)
		memcpy(d, s, n);
	return d;
}

void
mem_free(void *p)
{
	free(p);
}

void *
mem_secret(size_t n)
{
	if (refuse() || sodium_init() < 0)
		return NULL;
	void *p = sodium_malloc(n);
	if (p != NULL)
		memset(p, 0, n);
	return p;
}

void
mem_secret_free(void *p)
{
	sodium_free(p);
}

enum { HUGE_PAGE = 2 << 20 };

void *
mem_map(size_t n)
{
	if (n == 0)
		n = 1;
	if (refuse())
		return NULL;
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
	    -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	(void)madvise(p, n, MADV_DONTDUMP);
	if (n >= HUGE_PAGE)
		(void)madvise(p, n, MADV_HUGEPAGE);
	return p;
}

void
mem_unmap(void *p, size_t n)
{
	if (p == NULL)
		return;
	/* Anonymous pages are zeroed by the kernel before anyone else sees them; dropping them
	 * touches only those that were ever written. */
	(void)madvise(p, n == 0 ? 1 : n, MADV_DONTNEED);
	(void)munmap(p, n == 0 ? 1 : n);
}

void
wipe(void *p, size_t n)
{
	if (p != NULL && n > 0)
		explicit_bzero(p, n);
}
