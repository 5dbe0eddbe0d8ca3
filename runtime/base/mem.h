/* mem.h: the only way to memory.
 *
 * Every allocation of ours passes here, so that a test can make the n-th one fail and count them.
 * mem_free wipes nothing: what is secret is wiped by its owner (wipe), or lives in mem_secret. */
#ifndef KONSIL_MEM_H
#define KONSIL_MEM_H

#include <stddef.h>
#include <stdint.h>

/* NULL if there is no memory; n == 0 gives a pointer that may be freed.  mem_zalloc is zeroed. */
void *mem_alloc(size_t n);
void *mem_zalloc(size_t n);
/* n elements of size bytes, zeroed; NULL if n * size overflows. */
void *mem_array(size_t n, size_t size);
void *mem_realloc(void *p, size_t n);
char *mem_strdup(const char *s);
void mem_free(void *p);

/* Keys and other small secrets: locked, guarded, kept out of core dumps, wiped when freed. */
void *mem_secret(size_t n);
void mem_secret_free(void *p);

/* Large memory for a run: zero pages, aligned to 64 bytes, huge pages where the kernel gives them,
 * kept out of core dumps; freed with the same n, wiped first. */
void *mem_map(size_t n);
void mem_unmap(void *p, size_t n);

/* Overwrites n bytes in a way that no compiler removes. */
void wipe(void *p, size_t n);

/* For tests: fail the n-th allocation from now (0: none), and how many there were. */
void mem_fail_at(uint64_t n);
uint64_t mem_count(void);

#endif
