/* table_kit.h: inputs of every kind for the fuzzed readers of tables, and a file of given bytes. */
#ifndef KONSIL_TABLE_KIT_H
#define KONSIL_TABLE_KIT_H

#include "../../runtime/base/mem.h"
#include "../../runtime/table_impl.h"

#include <assert.h>
#include <string.h>

static char kit_p[] = "p", kit_names[][2] = { "a", "b", "c", "d", "e", "f", "g", "h",
	"i" };
static struct level kit_levels[] = { { kit_names[0], kit_names[0] },
    { kit_names[1], kit_names[1] } };
static char *kit_columns[] = { kit_names[0], kit_names[3] };
static char kit_all[] = "*", *kit_pattern[] = { kit_all };

enum { KIT_INPUTS = 9 };
static const struct input kit_inputs[KIT_INPUTS] = {
	{ .name = kit_names[0], .party = kit_p, .type =
	    { .kind = TYPE_INT, .lo = -1000, .hi = 1000 },
	    .shape = INPUT_ROWS },
	{ .name = kit_names[1], .party = kit_p, .type =
	    { .kind = TYPE_FIXED, .optional = true, .frac = 32,
	    .lo = -((i128)1 << 80), .hi = (i128)1 << 80 }, .shape = INPUT_ROWS },
	{ .name = kit_names[2], .party = kit_p, .type = { .kind = TYPE_CATEGORY, .n_levels = 2,
	    .level = kit_levels, .hi = 1 }, .shape = INPUT_ROWS },
	{ .name = kit_names[3], .party = kit_p, .type = { .kind = TYPE_BOOL, .hi = 1 },
	    .shape = INPUT_ROWS },
	{ .name = kit_names[4], .party = kit_p, .type = { .kind = TYPE_INT, .hi = 9 },
	    .shape = INPUT_ARRAY, .rank = 2, .dims = { 2, 2 }, .n_columns = 2, .column =
	    kit_columns },
	{ .name = kit_names[5], .party = kit_p, .type =
	    { .kind = TYPE_INT, .optional = true, .hi = 9 },
	    .shape = INPUT_ROWS, .rank = 1, .dims = { 2 } },
	{ .name = kit_names[6], .party = kit_p, .type = { .kind = TYPE_BITS, .bits = 100 },
	    .shape = INPUT_SCALAR },
	{ .name = kit_names[7], .party = kit_p, .type = { .kind = TYPE_ID, .optional = true,
	    .hi = ((i128)1 << ID_BITS) - 1 }, .shape = INPUT_ROWS, .most = 3, .n_columns = 2,
	    .column = kit_columns },
	{ .name = kit_names[8], .party = kit_p, .type = { .kind = TYPE_INT, .hi = 9 },
	    .shape = INPUT_ROWS, .rank = 1, .dims = { 2 }, .pattern = true, .n_columns = 1,
	    .column = kit_pattern },
};

/* The bytes as a file in memory; mem_free(t->bytes). */
static inline void
kit_file(struct table_file *t, const char *path, const uint8_t *data, size_t len)
{
	t->path = path;
	t->bytes = mem_zalloc(len + 1);
	assert(t->bytes != NULL);
	if (len > 0)
		memcpy(t->bytes, data, len);
	t->len = len;
}

/* Every value that was accepted is in the range of its type. */
static inline void
kit_check(const struct table_reader *r)
{
	for (uint32_t i = 0; i < r->n; i++) {
		const struct table_value *v = &r->set->value[i];
		const struct type *t = &r->input[i].type;
		for (uint64_t k = 0; v->given && k < v->n; k++) {
			i128 x = v->wide ? v->at.v128[k] : v->at.v64[k];
			bool here = v->present == NULL || v->present[k] != 0;
			assert(here || x == 0);
			assert(!here || t->kind == TYPE_BITS || (x >= t->lo && x <= t->hi));
		}
	}
}

/* Reads t as the only file; each input alone, so that no other one's absence hides it. */
static inline void
kit_read(const struct table_file *t, enum status (*read)(struct table_reader *,
    const struct table_file *))
{
	for (uint32_t i = 0; i < KIT_INPUTS; i++) {
		struct fault f = { 0 };
		struct table_reader r;
		enum status st = reader_init(&r, &kit_inputs[i], 1, kit_p, &f);
		assert(st == ST_OK);
		r.n_files = 1;
		st = read(&r, t);
		if (st == ST_OK)
			st = reader_finish(&r);
		assert(st == ST_OK ? f.st == ST_OK : f.st == st && f.message[0] != '\0');
		if (st == ST_OK)
			kit_check(&r);
		reader_fini(&r);
	}
}

#endif
