/* random.c: see random.h */
#include "random.h"

#include <assert.h>
#include <sodium.h>

void
random_bytes(void *out, size_t len)
{
	int ready = sodium_init();

	assert(ready >= 0);
	(void)ready;
	randombytes_buf(out, len);
}
