/* table_csv_plan.c: which columns of a CSV feed which inputs; see table_csv.h */
#include "table_csv.h"

#include "../compiler/internal.h"
#include "base/mem.h"
#include "text.h"

#include <sodium.h>
#include <string.h>

enum status
csv_fail(struct csv *c, uint32_t column, enum status st)
{
	c->st = st;
	fault_at(c->r->fault, c->file->path, c->line, column == NO_COLUMN ? 0 : (int)column + 1);
	return st;
}

uint32_t
csv_column(const struct csv *c, const char *name)
{
	for (uint32_t i = 0; i < c->n_columns; i++)
		if (strcmp(c->name[i], name) == 0)
			return i;
	return NO_COLUMN;
}

static void
list_columns(struct text *x, const struct csv *c)
{
	enum { SHOWN = 30 };

	for (uint32_t i = 0; i < c->n_columns && i < SHOWN; i++)
		text_add(x, "%s\"%s\"", i == 0 ? "" : ", ", c->name[i]);
	if (c->n_columns > SHOWN)
		text_add(x, ", ... (%u in all)", c->n_columns);
}

static enum status
missing_column(struct csv *c, const char *name)
{
	struct text x = { 0 };
	const char *like = closest_name(name, (const char *const *)c->name, c->n_columns);
	enum status st;

	list_columns(&x, c);
	st = fault_set(c->r->fault, ST_DATA, "no column \"%s\"; there are %s", name,
	    x.failed || x.at == NULL ? "none" : x.at);
	if (like != NULL)
		fault_help(c->r->fault, "did you mean \"%s\"? Rename it, or, if it is called so at all sites: "
		    "`as \"%s\"` behind the input", like, like);
	text_fini(&x);
	return csv_fail(c, NO_COLUMN, st);
}

static const char *
field_name(const struct input *in, uint64_t j)
{
	return in->n_columns > 0 ? in->column[j] : in->name;
}

static enum status
add_use(struct csv *c, uint32_t column, uint32_t input, uint32_t j)
{
	if ((c->n_uses & (c->n_uses - 1)) == 0) {
		struct use *more = mem_realloc(c->use, (2 * (size_t)c->n_uses + 1) * sizeof *more);
		if (more == NULL)
			return ST_INTERNAL;
		c->use = more;
	}
	c->use[c->n_uses] = (struct use){ input, j, c->first[column] };
	c->first[column] = c->n_uses++;
	return ST_OK;
}

/* Rows go one after another into the input's array. */
static enum status
take_input(struct csv *c, uint32_t i)
{
	struct table_reader *r = c->r;
	uint64_t fields = input_fields(&r->input[i]);
	enum status st = ST_OK;

	TRY(reader_claim(r, i, c->file->path));
	if (fields > 0 && c->most > (UINT64_C(1) << N_ELEMENT_MAX_LOG2) / fields)
		return fault_set(r->fault, ST_DATA, "input \"%s\": too many cells",
		    r->input[i].name);
	TRY(value_alloc(&r->set->value[i], &r->input[i].type, c->most * fields));
out:
	return st;
}

/* The names of columns that nobody wrote down are compared between members. */
static void
hash_header(struct csv *c, crypto_generichash_state *hash)
{
	uint8_t *before = c->r->set->header_hash;

	(void)crypto_generichash_init(hash, NULL, 0, sizeof c->r->set->header_hash);
	(void)crypto_generichash_update(hash, before, sizeof c->r->set->header_hash);
	c->r->set->by_order = true;
}

bool
column_like(const char *pattern, const char *name)
{
	const char *star = NULL, *from = name;

	while (*name != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			from = name;
		} else if (*pattern == *name) {
			pattern++;
			name++;
		} else if (star == NULL) {
			return false;
		} else {
			/* What the last star stands for gets longer. */
			pattern = star + 1;
			name = ++from;
		}
	}
	return pattern[strspn(pattern, "*")] == '\0';
}

static enum status
wrong_number(struct csv *c, const struct input *in, uint64_t found)
{
	uint64_t fields = input_fields(in);
	enum status st = fault_set(c->r->fault, ST_DATA, "input \"%s\" takes %llu column%s like "
	    "\"%s\", this table has %llu", in->name, (unsigned long long)fields,
	    fields == 1 ? "" : "s", in->column[0], (unsigned long long)found);

	fault_help(c->r->fault, "the program says how many: [*, k], where k may be a parameter");
	return csv_fail(c, NO_COLUMN, st);
}

/* All that match, in file order. */
static enum status
plan_pattern(struct csv *c, uint32_t i)
{
	const struct input *in = &c->r->input[i];
	crypto_generichash_state hash;
	enum status st = ST_OK;
	uint32_t found = 0;

	for (uint32_t k = 0; k < c->n_columns; k++)
		found += k != c->key_column && column_like(in->column[0], c->name[k]);
	if (found == 0 && c->r->n_files > 1)
		return ST_OK;
	if (found != input_fields(in))
		return wrong_number(c, in, found);
	hash_header(c, &hash);
	found = 0;
	for (uint32_t k = 0; k < c->n_columns; k++) {
		if (k == c->key_column || !column_like(in->column[0], c->name[k]))
			continue;
		c->named[k] = true;
		TRY(add_use(c, k, i, found++));
		(void)crypto_generichash_update(&hash, (const uint8_t *)c->name[k],
		    strlen(c->name[k]) + 1);
	}
	(void)crypto_generichash_final(&hash, c->r->set->header_hash,
	    sizeof c->r->set->header_hash);
	TRY(take_input(c, i));
out:
	return st;
}

static enum status
plan_named(struct csv *c, uint32_t i)
{
	const struct input *in = &c->r->input[i];
	uint64_t fields = input_joins(in) ? in->n_columns : input_fields(in);
	enum status st = ST_OK;
	uint32_t found = 0;

	for (uint32_t j = 0; j < fields; j++)
		found += csv_column(c, field_name(in, j)) != NO_COLUMN;
	if (found == 0 && c->r->n_files > 1)
		return ST_OK;
	for (uint32_t j = 0; j < fields; j++) {
		uint32_t column = csv_column(c, field_name(in, j));
		if (column == NO_COLUMN)
			return missing_column(c, field_name(in, j));
		c->named[column] = true;
		TRY(add_use(c, column, i, j));
	}
	TRY(take_input(c, i));
out:
	return st;
}

/* The next columns that nobody names, from *next on. */
static enum status
plan_by_order(struct csv *c, uint32_t i, uint32_t *next)
{
	struct table_reader *r = c->r;
	uint64_t fields = input_fields(&r->input[i]), free = 0;
	crypto_generichash_state hash;
	enum status st = ST_OK;

	for (uint32_t k = *next; k < c->n_columns; k++)
		free += !c->named[k];
	if (free < fields) {
		if (r->n_files > 1)
			return ST_OK;
		st = fault_set(r->fault, ST_DATA,
		    "input \"%s\" takes %llu columns in file order; %llu "
		    "are left that no other input names", r->input[i].name,
		    (unsigned long long)fields, (unsigned long long)free);
		return csv_fail(c, NO_COLUMN, st);
	}
	hash_header(c, &hash);
	for (uint32_t j = 0; j < fields; j++, (*next)++) {
		while (c->named[*next])
			(*next)++;
		TRY(add_use(c, *next, i, j));
		(void)crypto_generichash_update(&hash, (const uint8_t *)c->name[*next],
		    strlen(c->name[*next]) + 1);
	}
	(void)crypto_generichash_final(&hash, r->set->header_hash, sizeof r->set->header_hash);
	TRY(take_input(c, i));
out:
	return st;
}

enum status
csv_plan(struct csv *c)
{
	struct table_reader *r = c->r;
	enum status st = ST_OK;
	uint32_t next = 0;

	c->first = mem_alloc(c->n_columns * sizeof *c->first);
	c->named = mem_array(c->n_columns, sizeof *c->named);
	c->joining = mem_array(r->n, sizeof *c->joining);
	if (c->first == NULL || c->named == NULL || c->joining == NULL)
		return ST_INTERNAL;
	for (uint32_t i = 0; i < c->n_columns; i++)
		c->first[i] = NO_USE;
	if (c->keys != NULL) {
		c->key_column = csv_column(c, c->keys->column);
		if (c->key_column == NO_COLUMN)
			return missing_column(c, c->keys->column);
		c->named[c->key_column] = true;
	}
	for (uint32_t i = 0; i < r->n; i++)
		if (input_is_of(&r->input[i], r->party) && !input_by_order(&r->input[i]))
			TRY(r->input[i].pattern ? plan_pattern(c, i) : plan_named(c, i));
	for (uint32_t i = 0; i < r->n; i++)
		if (input_is_of(&r->input[i], r->party) && input_by_order(&r->input[i]) &&
		    r->origin[i] == NULL)
			TRY(plan_by_order(c, i, &next));
out:
	return st;
}
