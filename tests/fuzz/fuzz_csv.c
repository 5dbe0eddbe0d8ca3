/* fuzz_csv.c: any bytes as a table in CSV, as a whole and split by its column "c". */
#include "table_kit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static enum status
read_csv(struct table_reader *r, const struct table_file *t)
{
	return table_csv(r, t, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct csv_keys keys = { .column = kit_names[2] };
	struct table_file t = { 0 };
	struct table_reader r;
	struct fault f = { 0 };
	enum status st;

	kit_file(&t, "fuzz.csv", data, len);
	kit_read(&t, read_csv);
	st = reader_init(&r, kit_inputs, 1, kit_p, &f);
	assert(st == ST_OK);
	r.n_files = 1;
	st = table_csv(&r, &t, &keys);
	if (st == ST_OK) {
		assert(keys.rows == r.set->value[0].rows);
		for (uint64_t i = 0; i < keys.rows; i++)
			assert(keys.bytes[keys.at[i]] != '\0');
	}
	mem_unmap(keys.bytes, keys.room);
	mem_unmap(keys.at, keys.rows_room * sizeof *keys.at);
	reader_fini(&r);
	mem_free(t.bytes);
	return 0;
}
