/* table.c: what one party brings, put together from its files; see table.h */
#include "table_impl.h"

#include "base/mem.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

bool
input_is_of(const struct input *in, const char *party)
{
	return strcmp(in->party, party) == 0;
}

bool
input_by_order(const struct input *in)
{
	return in->n_columns == 0 && ((in->shape == INPUT_ROWS && in->rank == 1) ||
	    (in->shape == INPUT_ARRAY && in->rank >= 2));
}

bool
input_joins(const struct input *in)
{
	return in->type.kind == TYPE_ID && in->n_columns > 1;
}

/* Names of several columns, each of which is a value. */
static bool
names_row(const struct input *in)
{
	return in->n_columns > 1 && !input_joins(in);
}

/* [k] is a column of k rows, or with `as` for each element a row of k cells; [m, k] is m rows of k;
 * of more axes the last is the row. */
uint64_t
input_fields(const struct input *in)
{
	if (in->shape == INPUT_ROWS)
		return in->rank == 0 ? 1 : in->dims[0];
	if (in->shape == INPUT_ARRAY && in->rank >= 2)
		return in->dims[in->rank - 1];
	return in->shape == INPUT_ARRAY && names_row(in) ? in->dims[0] : 1;
}

uint64_t
input_rows(const struct input *in)
{
	uint64_t rows = 1;

	if (in->shape == INPUT_ROWS)
		return 0;
	if (in->shape == INPUT_ARRAY && in->rank == 1)
		return names_row(in) ? 1 : in->dims[0];
	for (uint32_t k = 0; in->shape == INPUT_ARRAY && k + 1 < in->rank; k++)
		rows *= in->dims[k];
	return rows;
}

static bool
is_wide(const struct type *t)
{
	return t->kind == TYPE_ID || ((t->kind == TYPE_INT || t->kind == TYPE_FIXED) &&
	    (t->lo < INT64_MIN || t->hi > INT64_MAX));
}

static size_t
value_bytes(const struct table_value *v)
{
	size_t each = v->wide ? sizeof *v->at.v128 : sizeof *v->at.v64;

	return v->room * each * (v->limbs > 1 ? v->limbs : 1);
}

enum status
value_alloc(struct table_value *v, const struct type *t, uint64_t elements)
{
	v->wide = is_wide(t);
	v->limbs = t->kind == TYPE_BITS ? (t->bits + 63) / 64 : 0;
	v->room = elements;
	v->at.v64 = mem_map(value_bytes(v));
	if (t->optional)
		v->present = mem_map(v->room);
	return v->at.v64 == NULL || (t->optional && v->present == NULL) ? ST_INTERNAL : ST_OK;
}

static void
value_free(struct table_value *v)
{
	if (v->at.v64 != NULL)
		mem_unmap(v->at.v64, value_bytes(v));
	if (v->present != NULL)
		mem_unmap(v->present, v->room);
	memset(v, 0, sizeof *v);
}

void
table_free(struct table_set *t)
{
	if (t == NULL)
		return;
	for (uint32_t i = 0; i < t->n_values; i++)
		value_free(&t->value[i]);
	mem_free(t->value);
	mem_free(t);
}

enum status
reader_init(struct table_reader *r, const struct input *input, uint32_t n, const char *party,
    struct fault *f)
{
	memset(r, 0, sizeof *r);
	r->input = input;
	r->n = n;
	r->party = party;
	r->fault = f;
	r->set = mem_array(1, sizeof *r->set);
	r->origin = mem_array(n, sizeof *r->origin);
	if (r->set != NULL) {
		r->set->value = mem_array(n, sizeof *r->set->value);
		r->set->n_values = r->set->value == NULL ? 0 : n;
	}
	if (r->set == NULL || r->origin == NULL || r->set->value == NULL)
		return fault_set(f, ST_INTERNAL, "no memory for the tables of %s", party);
	return ST_OK;
}

void
reader_fini(struct table_reader *r)
{
	table_free(r->set);
	mem_free(r->origin);
	r->set = NULL;
	r->origin = NULL;
}

enum status
reader_claim(struct table_reader *r, uint32_t i, const char *path)
{
	if (r->origin[i] != NULL) {
		enum status st = fault_set(r->fault, ST_DATA,
		    "input \"%s\" is in this file and in %s, too",
		    r->input[i].name, r->origin[i]);
		fault_at(r->fault, path, 0, 0);
		return st;
	}
	r->origin[i] = path;
	r->set->value[i].given = true;
	return ST_OK;
}

static enum status
not_given(struct table_reader *r, uint32_t i)
{
	const struct input *in = &r->input[i];
	enum status st;

	if (r->n_files == 0)
		st = fault_set(r->fault, ST_DATA, "nothing was given for %s, which brings \"%s\"",
		    r->party, in->name);
	else
		st = fault_set(r->fault, ST_DATA, "none of the files of %s has \"%s\"", r->party,
		    in->n_columns > 0 ? in->column[0] : in->name);
	fault_help(r->fault,
	    "--input %s=FILE, a CSV with that column, a JSON file with that name, or "
	    "%s.npy", r->party, in->name);
	return st;
}

/* Fixed shapes have their rows; all row inputs have one number of them. */
static enum status
check_rows(struct table_reader *r, uint32_t i, const char **first)
{
	const struct input *in = &r->input[i];
	const struct table_value *v = &r->set->value[i];
	struct table_set *t = r->set;
	enum status st = ST_OK;

	if (in->shape != INPUT_ROWS) {
		uint64_t want = input_rows(in);
		if (v->rows == want)
			return ST_OK;
		st = fault_set(r->fault, ST_DATA, "input \"%s\" takes %llu %s, this table has %llu",
		    in->name, (unsigned long long)want, want == 1 ? "row" : "rows",
		    (unsigned long long)v->rows);
	} else if (in->most != 0 && v->rows > in->most) {
		st = fault_set(r->fault, ST_DATA, "input \"%s\" takes at most %llu rows, this table "
		    "has %llu", in->name, (unsigned long long)in->most, (unsigned long long)v->rows);
		fault_help(r->fault, "[..%llu] in the program is the limit for all",
		    (unsigned long long)in->most);
	} else if (*first == NULL) {
		*first = in->name;
		t->rows = v->rows;
		t->has_rows = true;
	} else if (t->rows != v->rows) {
		st = fault_set(r->fault, ST_DATA, "input \"%s\" has %llu rows, \"%s\" has %llu",
		    in->name, (unsigned long long)v->rows, *first, (unsigned long long)t->rows);
	}
	if (st != ST_OK)
		fault_at(r->fault, r->origin[i], 0, 0);
	return st;
}

/* Missing rows behind the others, up to the declared number: what is sent tells that only. */
static enum status
fill_up(struct table_set *t, uint32_t i, const struct input *in)
{
	struct table_value *v = &t->value[i], filled = *v;
	enum status st = ST_OK;
	struct cell c;

	TRY(value_alloc(&filled, &in->type, in->most * input_fields(in)));
	filled.rows = in->most;
	filled.n = in->most * input_fields(in);
	for (uint64_t k = 0; k < v->n; k++) {
		value_get(&c, v, k);
		value_put(&filled, k, &c);
	}
	value_free(v);
	*v = filled;
	t->rows = in->most;
	return ST_OK;
out:
	value_free(&filled);
	return st;
}

enum status
reader_finish(struct table_reader *r)
{
	const char *first = NULL;
	enum status st = ST_OK;

	for (uint32_t i = 0; i < r->n; i++) {
		if (!input_is_of(&r->input[i], r->party))
			continue;
		if (!r->set->value[i].given)
			return not_given(r, i);
		TRY(check_rows(r, i, &first));
		if (r->input[i].shape != INPUT_ROWS)
			r->set->value[i].rows = 1;
	}
	for (uint32_t i = 0; i < r->n; i++)
		if (input_is_of(&r->input[i], r->party) && r->input[i].most != 0)
			TRY(fill_up(r->set, i, &r->input[i]));
out:
	return st;
}

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcasecmp(s + n - m, end) == 0;
}

enum format { FORMAT_NPY, FORMAT_JSON, FORMAT_CSV };

/* By name; what has none of the usual ones (a pipe, say) by its beginning. */
static enum format
format_of(const struct table_file *t)
{
	const char *s = t->bytes;

	if (ends_in(t->path, ".npy"))
		return FORMAT_NPY;
	if (ends_in(t->path, ".json"))
		return FORMAT_JSON;
	if (ends_in(t->path, ".csv") || ends_in(t->path, ".tsv") || ends_in(t->path, ".txt"))
		return FORMAT_CSV;
	if (t->len >= 6 && memcmp(s, "\x93NUMPY", 6) == 0)
		return FORMAT_NPY;
	return s[strspn(s, " \t\r\n")] == '{' ? FORMAT_JSON : FORMAT_CSV;
}

static enum status
read_file(struct table_reader *r, const struct table_file *t)
{
	switch (format_of(t)) {
	case FORMAT_NPY:
		return table_npy(r, t);
	case FORMAT_JSON:
		return table_json(r, t);
	case FORMAT_CSV:
		break;
	}
	return table_csv(r, t, NULL);
}

bool
reader_counts_rows(const struct table_reader *r, uint32_t i)
{
	bool rows = false;

	for (uint32_t k = 0; k < r->n; k++)
		rows = rows || (input_is_of(&r->input[k], r->party) && r->input[k].shape == INPUT_ROWS);
	return r->input[i].shape == INPUT_ROWS || (!rows && input_rows(&r->input[i]) > 1);
}

/* A value as it is hashed: no padding. */
struct value_bytes {
	uint64_t field, present;
	i128 raw;
	uint64_t limb[N_BITS_MAX / 64];
};

static void
cohort_of_input(struct table_reader *r, uint32_t i)
{
	const struct table_value *v = &r->set->value[i];
	const uint64_t fields = input_fields(&r->input[i]);
	uint8_t part[COHORT_PART_KEY];
	struct value_bytes b = { 0 };
	struct cell c;

	cohort_input(part, r->cohort, r->input[i].name);
	for (uint64_t k = 0; k < v->n; k++) {
		value_get(&c, v, k);
		b.field = k % fields;
		b.present = c.present;
		b.raw = c.raw;
		memcpy(b.limb, c.limb, v->limbs * sizeof *c.limb);
		cohort_value(r->cohort, k / fields, part, &b,
		    offsetof(struct value_bytes, limb) + v->limbs * sizeof *b.limb);
	}
	wipe(part, sizeof part);
	wipe(&b, sizeof b);
	wipe(&c, sizeof c);
}

/* The rows of inputs that came without a table. */
static enum status
cohort_of_values(struct table_reader *r)
{
	enum status st = ST_OK;

	for (uint32_t i = 0; r->cohort != NULL && i < r->n; i++) {
		if (!r->set->value[i].given || !reader_counts_rows(r, i) ||
		    input_fields(&r->input[i]) == 0)
			continue;
		TRY(cohort_room(r->cohort, r->set->value[i].n / input_fields(&r->input[i])));
		if (r->cohort->column == NULL)
			cohort_of_input(r, i);
	}
out:
	return st == ST_OK ? st : fault_set(r->fault, st, "no memory for the tables of %s", r->party);
}

/* Columns in file order go to the inputs that nothing else gives, so the tables come last. */
static enum status
read_files(struct table_reader *r, struct table_file *t)
{
	enum status st = ST_OK;

	for (uint32_t i = 0; i < r->n_files; i++)
		if (format_of(&t[i]) != FORMAT_CSV)
			TRY(read_file(r, &t[i]));
	TRY(cohort_of_values(r));
	for (uint32_t i = 0; i < r->n_files; i++)
		if (format_of(&t[i]) == FORMAT_CSV)
			TRY(read_file(r, &t[i]));
out:
	return st;
}

enum status
table_read(struct table_set **out, const struct input *input, uint32_t n, const char *party,
    const char *const *path, uint32_t n_paths, struct fault *f)
{
	return table_read_cohort(out, NULL, input, n, party, path, n_paths, f);
}

enum status
table_read_cohort(struct table_set **out, struct cohort *cohort, const struct input *input,
    uint32_t n, const char *party, const char *const *path, uint32_t n_paths, struct fault *f)
{
	struct table_reader r;
	struct table_file *files = NULL;
	enum status st = ST_OK;

	*out = NULL;
	TRY(reader_init(&r, input, n, party, f));
	files = mem_array(n_paths, sizeof *files);
	if (files == NULL) {
		st = fault_set(f, ST_INTERNAL, "no memory for the tables of %s", party);
		goto out;
	}
	r.n_files = n_paths;
	r.cohort = cohort;
	for (uint32_t i = 0; i < n_paths; i++)
		TRY(file_open(&files[i], path[i], f));
	TRY(read_files(&r, files));
	TRY(reader_finish(&r));
	if (cohort != NULL)
		TRY(cohort_finish(cohort, f));
	*out = r.set;
	r.set = NULL;
out:
	for (uint32_t i = 0; files != NULL && i < n_paths; i++)
		file_close(&files[i]);
	mem_free(files);
	reader_fini(&r);
	return st;
}

void
value_get(struct cell *c, const struct table_value *v, uint64_t i)
{
	c->present = v->present == NULL || v->present[i] != 0;
	c->raw = v->limbs > 0 ? 0 : v->wide ? v->at.v128[i] : v->at.v64[i];
	for (uint32_t k = 0; k < v->limbs; k++)
		c->limb[k] = (uint64_t)v->at.v64[i * v->limbs + k];
}

uint64_t
table_elements(const struct table_value *v, uint32_t part, unsigned width)
{
	return part == 0 && width == 64 && v->limbs > 1 ? v->n * v->limbs : v->n;
}

/* A string of bits in one element of 128. */
static i128
joined(const struct table_value *v, uint64_t i)
{
	const int64_t *limb = v->at.v64 + i * v->limbs;

	assert(v->limbs <= 2);
	return (i128)((u128)(v->limbs > 1 ? (uint64_t)limb[1] : 0) << 64 | (uint64_t)limb[0]);
}

static i128
part_of(const struct table_value *v, uint32_t part, uint64_t i)
{
	bool present = v->present == NULL || v->present[i] != 0;
	i128 raw;

	if (part == 1)
		return present;
	raw = v->limbs > 0 ? joined(v, i) : v->wide ? v->at.v128[i] : v->at.v64[i];
	/* Without a branch: it decides nothing but the number that is shared. */
	return part == 0 ? raw : (i128)((unsigned)present & (unsigned)(raw == (i128)part - 2));
}

void
table_part(void *out, unsigned width, const struct table_set *t, uint32_t input, uint32_t part,
    uint64_t lo, uint64_t n)
{
	assert(input < t->n_values && (width == 64 || width == 128));
	const struct table_value *v = &t->value[input];
	uint64_t most = table_elements(v, part, width);

	assert(v->given && lo <= most && n <= most - lo);
	if (width == 64 && part == 0 && !v->wide && n > 0) {
		memcpy(out, v->at.v64 + lo, n * sizeof *v->at.v64);
		return;
	}
	for (uint64_t i = 0; i < n; i++) {
		i128 x = part_of(v, part, lo + i);
		if (width == 64)
			((int64_t *)out)[i] = (int64_t)x;
		else
			((i128 *)out)[i] = x;
	}
}
