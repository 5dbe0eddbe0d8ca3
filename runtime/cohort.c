/* cohort.c: see cohort.h */
#include "cohort.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { ROOM_FIRST = 1024 };

void
cohort_init(struct cohort *c, const uint8_t key[COHORT_KEY], const char *column)
{
	*c = (struct cohort){ .column = column };
	memcpy(c->key, key, sizeof c->key);
}

void
cohort_table_end(struct cohort *c)
{
	if (c->part != NULL)
		wipe(c->part, c->n_columns * sizeof *c->part);
	mem_free(c->part);
	mem_free(c->counts);
	c->part = NULL;
	c->counts = NULL;
	c->n_columns = 0;
}

void
cohort_fini(struct cohort *c)
{
	cohort_table_end(c);
	if (c->row != NULL)
		mem_unmap(c->row, c->room * sizeof *c->row);
	wipe(c, sizeof *c);
}

enum status
cohort_room(struct cohort *c, uint64_t rows)
{
	uint64_t *more;

	c->any = true;
	if (rows <= c->room && c->row != NULL)
		return ST_OK;
	if (rows < ROOM_FIRST)
		rows = ROOM_FIRST;
	more = rows > SIZE_MAX / sizeof *more ? NULL : mem_map(rows * sizeof *more);
	if (more == NULL)
		return ST_INTERNAL;
	if (c->row != NULL) {
		memcpy(more, c->row, c->n * sizeof *more);
		mem_unmap(c->row, c->room * sizeof *more);
	}
	c->row = more;
	c->room = rows;
	return ST_OK;
}

static void
part_key(uint8_t part[COHORT_PART_KEY], struct cohort *c, const char *kind, const char *name)
{
	uint8_t hash[COHORT_PART_KEY + 8];
	crypto_generichash_state h;
	uint64_t by;

	(void)crypto_generichash_init(&h, c->key, sizeof c->key, sizeof hash);
	(void)crypto_generichash_update(&h, (const uint8_t *)kind, strlen(kind) + 1);
	(void)crypto_generichash_update(&h, (const uint8_t *)name, strlen(name));
	(void)crypto_generichash_final(&h, hash, sizeof hash);
	memcpy(part, hash, COHORT_PART_KEY);
	memcpy(&by, hash + COHORT_PART_KEY, sizeof by);
	c->by += by;
	wipe(hash, sizeof hash);
	wipe(&h, sizeof h);
}

void
cohort_input(uint8_t part[COHORT_PART_KEY], struct cohort *c, const char *name)
{
	part_key(part, c, "input", name);
}

/* Of several tables whose rows belong together the first that has the column tells. */
static bool
column_counts(const struct cohort *c, const char *name)
{
	return c->column == NULL ? name[0] != '\0' : !c->found && strcmp(c->column, name) == 0;
}

enum status
cohort_table(struct cohort *c, char *const *name, uint32_t n_columns, uint64_t most)
{
	bool found = c->found;
	enum status st;

	TRY(cohort_room(c, most));
	c->part = mem_array(n_columns, sizeof *c->part);
	c->counts = mem_array(n_columns, sizeof *c->counts);
	if (c->part == NULL || c->counts == NULL)
		TRY(ST_INTERNAL);
	c->n_columns = n_columns;
	c->at = c->sum = 0;
	for (uint32_t i = 0; i < n_columns; i++) {
		c->counts[i] = column_counts(c, name[i]);
		if (c->counts[i])
			part_key(c->part[i], c, "column", name[i]);
		found = found || (c->column != NULL && c->counts[i]);
	}
	c->found = found;
out:
	if (st != ST_OK)
		cohort_table_end(c);
	return st;
}

bool
cohort_is_key(const struct cohort *c, uint32_t column)
{
	return c->column != NULL && column < c->n_columns && c->counts[column];
}

static uint64_t
sip(const void *bytes, size_t len, const uint8_t key[COHORT_PART_KEY])
{
	uint64_t h;

	(void)crypto_shorthash((uint8_t *)&h, bytes, len, key);
	return h;
}

void
cohort_cell(struct cohort *c, uint32_t column, const char *text, size_t len)
{
	if (column >= c->n_columns || !c->counts[column])
		return;
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	while (len > 0 && (*text == ' ' || *text == '\t')) {
		text++;
		len--;
	}
	c->sum += sip(text, len, c->part[column]);
}

static void
add(struct cohort *c, uint64_t i, uint64_t sum)
{
	if (i >= c->room)
		return;
	c->row[i] += sum;
	c->n = i < c->n ? c->n : i + 1;
}

void
cohort_row(struct cohort *c)
{
	if (c->n_columns > 0)
		add(c, c->at++, c->sum);
	c->sum = 0;
}

void
cohort_value(struct cohort *c, uint64_t i, const uint8_t part[COHORT_PART_KEY], const void *bytes,
    size_t len)
{
	add(c, i, sip(bytes, len, part));
}

static int
by_number(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x > y) - (x < y);
}

enum status
cohort_finish(struct cohort *c, struct fault *f)
{
	uint8_t outer[32];

	if (c->any && c->column != NULL && !c->found) {
		(void)fault_set(f, ST_DATA, "no table has the column \"%s\", by which this site's ledger "
		    "tells rows apart", c->column);
		fault_help(f, "it is the line `key` of [ledger] in the policy; rows are in a CSV");
		return ST_DATA;
	}
	(void)crypto_generichash(outer, sizeof outer, (const uint8_t *)"row", 4, c->key, sizeof c->key);
	for (uint64_t i = 0; i < c->n; i++)
		c->row[i] = sip(&c->row[i], sizeof c->row[i], outer);
	wipe(outer, sizeof outer);
	if (c->n > 1)
		qsort(c->row, c->n, sizeof *c->row, by_number);
	return ST_OK;
}

struct cohort_overlap
cohort_compare(const uint64_t *a, uint64_t n, const uint64_t *b, uint64_t m)
{
	struct cohort_overlap o = { 0, 0 };
	uint64_t i = 0, k = 0;

	while (i < n && k < m) {
		if (a[i] == b[k]) {
			o.both++;
			i++;
			k++;
			continue;
		}
		o.one++;
		if (a[i] < b[k])
			i++;
		else
			k++;
	}
	o.one += n - i + (m - k);
	return o;
}
