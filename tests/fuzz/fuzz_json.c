/* fuzz_json.c: any bytes as a JSON file of inputs. */
#include "table_kit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct table_file t = { 0 };

	kit_file(&t, "fuzz.json", data, len);
	kit_read(&t, table_json);
	mem_free(t.bytes);
	return 0;
}
