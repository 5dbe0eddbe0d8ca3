/* table_split.c: one table cut into members by the value of a column, and tables made up for
 * rehearsal.  See table.h */
#include "table_impl.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { N_MEMBER_MAX = 4096, KEY_FRAC = 40, MISSING_IN = 16 };

struct key {
	const char *text;
	i128 number;
	uint64_t row;
};

static int
by_number(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

static int
by_text(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	return order != 0 ? order : x->row < y->row ? -1 : x->row > y->row;
}

static bool
same_member(const struct key *a, const struct key *b, bool numbers)
{
	return numbers ? a->number == b->number : strcmp(a->text, b->text) == 0;
}

/* Rows in the order of their keys; returns whether the keys are numbers. */
static bool
sort_keys(struct key *key, const struct csv_keys *k)
{
	bool numbers = true;

	for (uint64_t i = 0; i < k->rows; i++) {
		key[i].text = k->bytes + k->at[i];
		key[i].row = i;
		enum number_kind kind = number_read(&key[i].number, key[i].text,
		    strlen(key[i].text),
		    KEY_FRAC, '.');
		numbers = numbers && (kind == NUMBER_EXACT || kind == NUMBER_ROUNDED);
	}
	qsort(key, k->rows, sizeof *key, numbers ? by_number : by_text);
	return numbers;
}

/* The rows of key[0 .. n] of every input, into a set of its own. */
static enum status
select_rows(struct table_set **out, struct table_reader *whole, const struct key *key, uint64_t n)
{
	struct table_reader r;
	enum status st = ST_OK;

	TRY(reader_init(&r, whole->input, whole->n, whole->party, whole->fault));
	r.n_files = whole->n_files;
	r.set->by_order = whole->set->by_order;
	memcpy(r.set->header_hash, whole->set->header_hash, sizeof r.set->header_hash);
	for (uint32_t i = 0; i < whole->n; i++) {
		const struct table_value *from = &whole->set->value[i];
		struct table_value *to = &r.set->value[i];
		uint64_t fields = input_fields(&whole->input[i]);
		if (!from->given)
			continue;
		TRY(value_alloc(to, &whole->input[i].type, n * fields));
		r.origin[i] = whole->origin[i];
		to->given = true;
		to->rows = n;
		to->n = n * fields;
		for (uint64_t j = 0; j < to->n; j++) {
			uint64_t k = key[j / fields].row * fields + j % fields;
			struct cell c;
			value_get(&c, from, k);
			value_put(to, j, &c);
		}
	}
	TRY(reader_finish(&r));
	*out = r.set;
	r.set = NULL;
out:
	reader_fini(&r);
	return st;
}

static enum status
cut(struct table_set ***out, uint32_t *members, struct table_reader *whole, struct key *key,
    uint64_t n, bool numbers, const char *path)
{
	uint64_t count = 0, begin = 0;
	enum status st = ST_OK;

	for (uint64_t i = 0; i < n; i++)
		count += i == 0 || !same_member(&key[i - 1], &key[i], numbers);
	if (count > N_MEMBER_MAX) {
		st = fault_set(whole->fault, ST_DATA, "this column has more than %d values",
		    N_MEMBER_MAX);
		fault_at(whole->fault, path, 0, 0);
		return st;
	}
	*out = mem_array(count, sizeof **out);
	if (*out == NULL)
		return ST_INTERNAL;
	for (uint64_t i = 1; i <= n; i++) {
		if (i < n && same_member(&key[i - 1], &key[i], numbers))
			continue;
		TRY(select_rows(&(*out)[*members], whole, key + begin, i - begin));
		(*members)++;
		begin = i;
	}
out:
	return st;
}

static void
keys_free(struct csv_keys *k)
{
	mem_unmap(k->bytes, k->room);
	mem_unmap(k->at, k->rows_room * sizeof *k->at);
}

enum status
table_split(struct table_set ***out, uint32_t *members, const struct input *input, uint32_t n,
    const char *party, const char *path, const char *column, struct fault *f)
{
	struct csv_keys keys = { .column = column };
	struct table_reader r = { 0 };
	struct table_file file = { 0 };
	struct key *key = NULL;
	enum status st = ST_OK;

	*out = NULL;
	*members = 0;
	TRY(file_open(&file, path, f));
	TRY(reader_init(&r, input, n, party, f));
	r.n_files = 1;
	TRY(table_csv(&r, &file, &keys));
	key = mem_map(keys.rows * sizeof *key);
	if (key == NULL) {
		st = fault_set(f, ST_INTERNAL, "no memory to split \"%s\"", path);
		goto out;
	}
	bool numbers = sort_keys(key, &keys);
	TRY(cut(out, members, &r, key, keys.rows, numbers, path));
out:
	if (st != ST_OK && *out != NULL) {
		for (uint32_t i = 0; i < *members; i++)
			table_free((*out)[i]);
		mem_free(*out);
		*out = NULL;
		*members = 0;
	}
	if (key != NULL)
		mem_unmap(key, keys.rows * sizeof *key);
	keys_free(&keys);
	reader_fini(&r);
	file_close(&file);
	return st;
}

/* splitmix64 [Steele, Lea, Flood 2014]: made-up data must be the same everywhere, not secret. */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void
draw_bits(struct cell *c, uint32_t bits, uint64_t *state)
{
	for (uint32_t k = 0; k < (bits + 63) / 64; k++)
		c->limb[k] = next_random(state);
	if (bits % 64 != 0)
		c->limb[bits / 64] &= ((uint64_t)1 << bits % 64) - 1;
}

static void
draw(struct cell *c, const struct type *t, uint64_t *state)
{
	u128 r = (u128)next_random(state) << 64, span;

	r |= next_random(state);
	c->raw = 0;
	c->present = !t->optional || next_random(state) % MISSING_IN != 0;
	switch ((enum type_kind)t->kind) {
	case TYPE_BOOL:
		c->raw = (i128)(r & 1);
		break;
	case TYPE_INT:
	case TYPE_FIXED:
	case TYPE_ID:
		span = (u128)(t->hi - t->lo) + 1;
		c->raw = t->lo + (i128)(r % span);
		break;
	case TYPE_CATEGORY:
		c->raw = (i128)(r % (t->n_levels > 0 ? t->n_levels : 1));
		break;
	case TYPE_BITS:
		draw_bits(c, t->bits, state);
		break;
	}
	if (!c->present)
		c->raw = 0;
}

enum status
table_synthetic(struct table_set **out, const struct input *input, uint32_t n, const char *party,
    uint64_t rows, uint64_t seed)
{
	struct table_reader r;
	struct fault f = { 0 };
	enum status st = ST_OK;
	uint64_t state = seed;

	*out = NULL;
	TRY(reader_init(&r, input, n, party, &f));
	for (uint32_t i = 0; i < n; i++) {
		struct table_value *v = &r.set->value[i];
		struct cell c;
		if (!input_is_of(&input[i], party))
			continue;
		v->given = true;
		v->rows = input[i].shape == INPUT_ROWS ? rows : input_rows(&input[i]);
		if (input[i].most != 0 && v->rows > input[i].most)
			v->rows = input[i].most;
		v->n = v->rows * input_fields(&input[i]);
		TRY(value_alloc(v, &input[i].type, v->n));
		for (uint64_t k = 0; k < v->n; k++) {
			draw(&c, &input[i].type, &state);
			value_put(v, k, &c);
		}
	}
	TRY(reader_finish(&r));
	*out = r.set;
	r.set = NULL;
out:
	reader_fini(&r);
	return st;
}
