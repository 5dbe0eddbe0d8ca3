/* table_csv.c: tables in CSV, by libcsv; see table.h
 *
 * The file is handed to libcsv line by line, so that the line of every row is known; a row that a
 * quoted cell stretches over several lines counts as the one it begins on. */
#include "table_csv.h"

#include "base/mem.h"

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 16 };

static void
no_memory(struct csv *c)
{
	c->st = fault_set(c->r->fault, ST_INTERNAL, "no memory for \"%s\"", c->file->path);
}

/* Header. */

static void
header_cell(struct csv *c, const char *s, size_t len)
{
	if (c->n_columns == TABLE_COLUMN_MAX) {
		(void)csv_fail(c, NO_COLUMN, fault_set(c->r->fault, ST_DATA,
		    "a table of more than %d columns", TABLE_COLUMN_MAX));
		return;
	}
	if (c->n_columns == c->room) {
		uint32_t room = c->room * 2 + 64;
		char **name = mem_realloc(c->name, room * sizeof *name);
		if (name == NULL) {
			no_memory(c);
			return;
		}
		c->name = name;
		c->room = room;
	}
	char *name = mem_alloc(len + 1);
	if (name == NULL) {
		no_memory(c);
		return;
	}
	if (len > 0)
		memcpy(name, s, len);
	name[len] = '\0';
	c->name[c->n_columns++] = name;
}

static int
by_text(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* Columns without a name (row names of R) may be many; no input can mean them. */
static enum status
check_duplicates(struct csv *c)
{
	char **sorted = mem_array(c->n_columns, sizeof *sorted);
	enum status st = ST_OK;

	if (sorted == NULL)
		return ST_INTERNAL;
	memcpy(sorted, c->name, c->n_columns * sizeof *sorted);
	qsort(sorted, c->n_columns, sizeof *sorted, by_text);
	for (uint32_t i = 1; i < c->n_columns && st == ST_OK; i++) {
		if (sorted[i][0] == '\0' || strcmp(sorted[i - 1], sorted[i]) != 0)
			continue;
		st = fault_set(c->r->fault, ST_DATA, "two columns are called \"%s\"", sorted[i]);
		uint32_t second = csv_column(c, sorted[i]) + 1;
		while (strcmp(c->name[second], sorted[i]) != 0)
			second++;
		(void)csv_fail(c, second, st);
	}
	mem_free(sorted);
	return st;
}

/* Whether this table's rows make a cohort. */
static bool
has_rows(const struct csv *c)
{
	if (c->r->cohort->column != NULL && csv_column(c, c->r->cohort->column) != NO_COLUMN)
		return true;
	for (uint32_t i = 0; i < c->r->n; i++)
		if (c->r->origin[i] == c->file->path && reader_counts_rows(c->r, i))
			return true;
	return false;
}

static void
end_header(struct csv *c)
{
	enum status st = ST_OK;

	c->header_done = true;
	TRY(check_duplicates(c));
	TRY(csv_plan(c));
	if (c->r->cohort != NULL && has_rows(c))
		TRY(cohort_table(c->r->cohort, c->name, c->n_columns, c->most));
out:
	if (st != ST_OK) {
		c->st = fault_set(c->r->fault, st, "no memory for \"%s\"", c->file->path);
		fault_at(c->r->fault, c->file->path, c->line, 0);
	}
}

/* Rows. */

static void
keep_key(struct csv *c, const char *s, size_t len)
{
	struct csv_keys *k = c->keys;

	if (cell_is_missing_text(s, len)) {
		(void)csv_fail(c, c->column, fault_set(c->r->fault, ST_DATA,
		    "column \"%s\", which splits the table, has a missing cell", k->column));
		return;
	}
	k->at[k->rows++] = k->len;
	memcpy(k->bytes + k->len, s, len);
	k->len += len + 1;
}

/* A column of an identifier; the last of the row completes it. */
static void
join_cell(struct csv *c, const struct use *use, struct cell *cell)
{
	const struct input *in = &c->r->input[use->input];
	struct joining *j = &c->joining[use->input];

	memcpy(j->part[use->j], cell->part, sizeof cell->part);
	j->missing = j->missing || !cell->present;
	if (++j->seen < in->n_columns)
		return;
	cell->raw = j->missing ? 0 : identifier_join(j->part[0], in->n_columns);
	cell->present = !j->missing;
	value_put(&c->r->set->value[use->input], c->row, cell);
	j->seen = 0;
	j->missing = false;
}

/* False: the cell that tells the row from others is missing. */
static bool
cohort_cell_add(struct csv *c, const char *s, size_t len)
{
	if (cohort_is_key(c->r->cohort, c->column) && cell_is_missing_text(s, len)) {
		(void)csv_fail(c, c->column, fault_set(c->r->fault, ST_DATA, "column \"%s\", by which "
		    "this site's ledger tells rows apart, has a missing cell", c->name[c->column]));
		return false;
	}
	cohort_cell(c->r->cohort, c->column, s, len);
	return true;
}

/* The first cell that does not fit is the fault; some more are named with it, so that a table need
 * not be corrected cell by cell. */
static void
bad_cell(struct csv *c, const struct cell *cell, const struct input *in)
{
	enum { SHOWN = 6 };
	char where[NAME_MAX_BYTES + 16];

	if (c->n_bad++ == 0) {
		(void)snprintf(where, sizeof where, "column \"%s\"", c->name[c->column]);
		(void)csv_fail(c, c->column, cell_fault(c->r->fault, cell, &in->type, where));
		c->surveying = true;
	} else if (c->n_bad <= SHOWN + 1) {
		text_add(&c->also, "%sline %d, \"%.40s\": %s", c->n_bad > 2 ? "; " : "", c->line,
		    c->name[c->column], cell->what);
	}
}

/* Nothing more is read. */
static bool
stopped(const struct csv *c)
{
	return c->st != ST_OK && !c->surveying;
}

static void
tell_more_bad(struct csv *c)
{
	struct fault *f = c->r->fault;
	struct text x = { 0 };

	if (c->n_bad > 1) {
		text_add(&x, "%s%s%u cells of this file do not fit; the next: %s", f->help,
		    f->help[0] != '\0' ? "; " : "", c->n_bad, c->also.failed ? "" : c->also.at);
		if (!x.failed) {
			f->help[0] = '\0';              /* it is in x; of two helps the first stays */
			fault_help(f, "%s", x.at);
		}
	}
	text_fini(&x);
	text_fini(&c->also);
}

static void
data_cell(struct csv *c, const char *s, size_t len)
{
	if (c->column >= c->n_columns)
		return;
	if (c->column == c->key_column && !c->surveying)
		keep_key(c, s, len);
	if (c->r->cohort != NULL && !c->surveying && !cohort_cell_add(c, s, len))
		return;
	for (uint32_t u = c->first[c->column]; u != NO_USE && !stopped(c); u = c->use[u].next) {
		const struct use *use = &c->use[u];
		const struct input *in = &c->r->input[use->input];
		struct cell cell;
		if (!cell_read(&cell, &in->type, s, len, &c->style)) {
			bad_cell(c, &cell, in);
			return;
		}
		if (c->surveying)
			continue;
		if (input_joins(in))
			join_cell(c, use, &cell);
		else
			value_put(&c->r->set->value[use->input],
			    c->row * input_fields(in) + use->j, &cell);
	}
}

static void
on_cell(void *s, size_t len, void *arg)
{
	struct csv *c = arg;
	const char *text = s == NULL ? "" : s;

	if (stopped(c))
		return;
	if (c->blank_seen && !c->surveying) {
		(void)csv_fail(c, NO_COLUMN, fault_set(c->r->fault, ST_DATA,
		    "an empty line before this one, in a table of one column"));
		fault_help(c->r->fault, "write NA for a missing value, or take the line out");
		return;
	}
	if (c->header_done)
		data_cell(c, text, s == NULL ? 0 : len);
	else
		header_cell(c, text, s == NULL ? 0 : len);
	c->column++;
}

static void
on_row(int end, void *arg)
{
	struct csv *c = arg;

	(void)end;
	c->in_row = false;
	if (stopped(c))
		return;
	if (!c->header_done) {
		end_header(c);
	} else if (c->surveying) {
		c->surveying = c->column == c->n_columns;
	} else if (c->column != c->n_columns) {
		(void)csv_fail(c, NO_COLUMN, fault_set(c->r->fault, ST_DATA,
		    "this row has %u %s, the header has %u", c->column,
		    c->column == 1 ? "cell" : "cells", c->n_columns));
		fault_help(c->r->fault, "cells with a comma or a line break inside need quotes");
	} else {
		c->row++;
		if (c->r->cohort != NULL)
			cohort_row(c->r->cohort);
	}
	c->column = 0;
}

/* The whole file. */

/* What stands between the cells: the most frequent one in the header, outside quotes. */
static char
find_delimiter(const char *s, const char *end)
{
	size_t comma = 0, semicolon = 0, tab = 0;
	bool quoted = false;

	for (; s < end && (quoted || (*s != '\n' && *s != '\r')); s++) {
		quoted ^= *s == '"';
		comma += !quoted && *s == ',';
		semicolon += !quoted && *s == ';';
		tab += !quoted && *s == '\t';
	}
	return semicolon > comma && semicolon >= tab ? ';' : tab > comma ? '\t' : ',';
}

/* Behind the next LF, CR LF or CR; cr is a cache of where the next CR is. */
static const char *
next_line(const char *s, const char *end, const char **cr)
{
	const char *lf = memchr(s, '\n', (size_t)(end - s));

	if (*cr != NULL && *cr < s)
		*cr = memchr(s, '\r', (size_t)(end - s));
	if (lf == NULL)
		lf = end - 1;
	if (*cr == NULL || *cr + 1 >= lf)
		return lf + 1;
	return *cr + 1;
}

static void
parse_fault(struct csv *c, int why)
{
	struct fault *f = c->r->fault;

	if (why == CSV_EPARSE) {
		(void)csv_fail(c, c->column, fault_set(f, ST_DATA,
		    "a quote in the wrong place, or one that is not closed"));
		fault_help(f,
		    "a cell with quotes inside is quoted itself, and each of them doubled");
	} else {
		(void)csv_fail(c, c->column, fault_set(f, ST_DATA,
		    "a cell of more than %d bytes", TABLE_FIELD_MAX));
	}
}

/* Cells beyond libcsv's first buffer are refused, so that it never moves (and leaves a copy). */
static void *
field_buffer(void *p, size_t n)
{
	return p != NULL || n > TABLE_FIELD_MAX ? NULL : mem_realloc(p, n);
}

static void
parse_line(struct csv *c, struct csv_parser *p, const char *s, size_t len)
{
	for (size_t at = 0; at < len && !stopped(c); at += CHUNK) {
		size_t n = len - at < CHUNK ? len - at : CHUNK;
		c->in_row = true;
		if (csv_parse(p, s + at, n, on_cell, on_row, c) == n)
			continue;
		if (c->st == ST_OK)
			parse_fault(c, csv_error(p));
		c->surveying = false;
	}
}

static bool
is_blank(const struct csv *c, const char *s, const char *end)
{
	while (s < end && (*s == ' ' || *s == '\t') && *s != c->delimiter)
		s++;
	return s == end || *s == '\n' || *s == '\r';
}

static void
parse_all(struct csv *c, struct csv_parser *p)
{
	const char *end = c->file->bytes + c->file->len, *next, *cr;
	int line = c->body_line;

	cr = memchr(c->body, '\r', (size_t)(end - c->body));
	for (const char *s = c->body; s < end && !stopped(c); s = next, line++) {
		next = next_line(s, end, &cr);
		if (!c->in_row)
			c->line = line;
		if (c->in_row || !is_blank(c, s, next))
			parse_line(c, p, s, (size_t)(next - s));
		else if (c->header_done && c->n_columns == 1)
			c->blank_seen = true;
	}
	if (c->st == ST_OK && csv_fini(p, on_cell, on_row, c) != 0 && c->st == ST_OK)
		parse_fault(c, csv_error(p));
}

/* A byte order mark, and the line `sep=;` that Excel understands. */
static void
skip_preface(struct csv *c)
{
	const char *s = c->file->bytes, *end = s + c->file->len, *cr;

	if (end - s >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		s += 3;
	c->delimiter = find_delimiter(s, end);
	c->body_line = 1;
	if (end - s > 5 && memcmp(s, "sep=", 4) == 0 && (s[5] == '\n' || s[5] == '\r') &&
	    strchr(",;\t", s[4]) != NULL) {
		c->delimiter = s[4];
		cr = memchr(s, '\r', (size_t)(end - s));
		s = next_line(s, end, &cr);
		c->body_line = 2;
	}
	c->body = s;
	c->style.either = c->delimiter != ',';
}

static enum status
finish(struct csv *c)
{
	struct table_reader *r = c->r;

	if (!c->header_done) {
		c->line = 0;
		return csv_fail(c, NO_COLUMN, fault_set(r->fault, ST_DATA,
		    "this file is empty; a table begins with a line of column names"));
	}
	for (uint32_t i = 0; i < r->n; i++) {
		if (r->origin[i] != c->file->path)
			continue;
		r->set->value[i].rows = c->row;
		r->set->value[i].n = c->row * input_fields(&r->input[i]);
	}
	return ST_OK;
}

static enum status
make_keys(struct csv *c)
{
	struct csv_keys *k = c->keys;

	if (k == NULL)
		return ST_OK;
	k->room = c->file->len + c->most + 1;
	k->rows_room = c->most;
	k->bytes = mem_map(k->room);
	k->at = mem_map(k->rows_room * sizeof *k->at);
	return k->bytes == NULL || k->at == NULL ? ST_INTERNAL : ST_OK;
}

/* No more rows than line ends, and one. */
static uint64_t
count_lines(const struct table_file *t)
{
	uint64_t n = 1;

	for (const char *s = t->bytes; s < t->bytes + t->len; s++)
		n += *s == '\n' || *s == '\r';
	return n;
}

static void
csv_clear(struct csv *c)
{
	for (uint32_t i = 0; i < c->n_columns; i++)
		mem_free(c->name[i]);
	mem_free(c->name);
	mem_free(c->first);
	mem_free(c->named);
	if (c->joining != NULL)
		wipe(c->joining, c->r->n * sizeof *c->joining);
	mem_free(c->joining);
	mem_free(c->use);
}

enum status
table_csv(struct table_reader *r, const struct table_file *t, struct csv_keys *keys)
{
	struct csv c = { .r = r, .file = t, .keys = keys, .key_column = NO_COLUMN };
	struct csv_parser p;
	enum status st = ST_OK;

	if (csv_init(&p, CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL) != 0)
		return ST_INTERNAL;
	TRY(file_check_text(t, r->fault));
	skip_preface(&c);
	c.most = count_lines(t);
	csv_set_delim(&p, (unsigned char)c.delimiter);
	csv_set_realloc_func(&p, field_buffer);
	csv_set_free_func(&p, mem_free);
	csv_set_blk_size(&p, TABLE_FIELD_MAX);
	TRY(make_keys(&c));
	parse_all(&c, &p);
	tell_more_bad(&c);
	TRY(c.st);
	TRY(finish(&c));
out:
	wipe(p.entry_buf, csv_get_buffer_size(&p));
	csv_free(&p);
	csv_clear(&c);
	if (r->cohort != NULL)
		cohort_table_end(r->cohort);
	return st == ST_OK ? st : fault_set(r->fault, st, "no memory for \"%s\"", t->path);
}
