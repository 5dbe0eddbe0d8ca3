/* fuzz_npy.c: any bytes as a .npy file.
 *
 * Bytes that begin with a brace are a header up to the line's end and data behind it, and get their
 * magic here: so the corpus is text. */
#include "table_kit.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
with_magic(struct table_file *t, const char *path, const uint8_t *data, size_t len)
{
	const uint8_t *lf = memchr(data, '\n', len);
	size_t header = lf == NULL ? len : (size_t)(lf - data) + 1;
	uint8_t *bytes = mem_alloc(len + 10);

	assert(bytes != NULL);
	memcpy(bytes, "\x93NUMPY\x01", 8);
	bytes[8] = (uint8_t)header;
	bytes[9] = (uint8_t)(header >> 8);
	memcpy(bytes + 10, data, len);
	kit_file(t, path, bytes, len + 10);
	mem_free(bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	for (uint32_t i = 0; i < KIT_INPUTS; i++) {
		struct table_file t = { 0 };
		char path[16];
		(void)snprintf(path, sizeof path, "%s.npy", kit_names[i]);
		if (len > 0 && data[0] == '{')
			with_magic(&t, path, data, len);
		else
			kit_file(&t, path, data, len);
		kit_read(&t, table_npy);
		mem_free(t.bytes);
	}
	return 0;
}
