/* table_json.c: {"input name": value}, by cJSON; see table.h
 *
 * cJSON makes a double of every number and forgets where things stood, but cells are to be read
 * exactly and faults name line and column.  So before cJSON sees the text, each string, number and
 * word in it becomes a string that begins with its place and kind: 12.50 -> "3:14:n12.50". */
#include "table_impl.h"

#include "../compiler/internal.h"
#include "base/mem.h"
#include "text.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACE_MAX = 32 };

enum kind { KIND_STRING = 's', KIND_NUMBER = 'n', KIND_WORD = 'w' };

struct place {
	int line, column;
	char kind;
	const char *text;
};

struct scan {
	const char *s, *end, *line_start;
	int line;
	char *out;                      /* room for it was counted before */
	size_t len;
	bool counting;
};

static void
emit(struct scan *x, const char *s, size_t len)
{
	if (!x->counting)
		memcpy(x->out + x->len, s, len);
	x->len += len;
}

static void
emit_token(struct scan *x, char kind, const char *s, size_t len)
{
	char head[PLACE_MAX + 1];
	int n = snprintf(head, sizeof head, "\"%d:%d:%c", x->line, (int)(x->s - x->line_start) + 1,
	    kind);

	emit(x, head, (size_t)n);
	emit(x, s, len);
	emit(x, "\"", 1);
}

/* The string that begins at x->s, without its quotes; escapes are cJSON's.  Its length, or
 * SIZE_MAX. */
static size_t
string_len(const struct scan *x)
{
	const char *s = x->s + 1;

	for (; s < x->end && *s != '"'; s++) {
		if ((unsigned char)*s < 0x20)
			return SIZE_MAX;
		if (*s == '\\' && s + 1 < x->end)
			s++;
	}
	return s < x->end ? (size_t)(s - x->s) - 1 : SIZE_MAX;
}

/* One token of any kind.  Returns how much of the text it was, or 0. */
static size_t
scan_token(struct scan *x)
{
	static const char *const words[] = { "true", "false", "null" };
	size_t left = (size_t)(x->end - x->s), len;

	if (*x->s == '"') {
		len = string_len(x);
		if (len == SIZE_MAX)
			return 0;
		emit_token(x, KIND_STRING, x->s + 1, len);
		return len + 2;
	}
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		len = strlen(words[i]);
		if (left >= len && memcmp(x->s, words[i], len) == 0) {
			emit_token(x, KIND_WORD, x->s, len);
			return len;
		}
	}
	len = strspn(x->s, "+-.0123456789eE");
	if (len > 0)
		emit_token(x, KIND_NUMBER, x->s, len);
	return len;
}

static bool
scan_all(struct scan *x)
{
	while (x->s < x->end) {
		size_t n = 1;
		if (strchr(" \t\r\n{}[],:", *x->s) != NULL)
			emit(x, x->s, 1);
		else
			n = scan_token(x);
		if (n == 0)
			return false;
		if (*x->s == '\n') {
			x->line++;
			x->line_start = x->s + 1;
		}
		x->s += n;
	}
	return true;
}

static void
scan_init(struct scan *x, const struct table_file *t)
{
	memset(x, 0, sizeof *x);
	x->s = t->bytes;
	x->end = t->bytes + t->len;
	if (t->len >= 3 && memcmp(x->s, "\xef\xbb\xbf", 3) == 0)
		x->s += 3;
	x->line = 1;
	x->line_start = x->s;
}

static enum status
not_json(struct table_reader *r, const struct table_file *t, int line, int column, const char *what)
{
	enum status st = fault_set(r->fault, ST_DATA, "this is not JSON: %s", what);

	fault_at(r->fault, t->path, line, column);
	fault_help(r->fault, "a JSON file has {\"input name\": value, ...}");
	return st;
}

static int
count_lines(const char *s, const char *end)
{
	int n = 1;

	for (; s < end; s++)
		n += *s == '\n';
	return n;
}

/* The document with places; *room is how much memory it took (mem_unmap). */
static enum status
mark_places(char **out, size_t *len, size_t *room, struct table_reader *r,
    const struct table_file *t)
{
	struct scan x;

	*out = NULL;
	scan_init(&x, t);
	x.counting = true;
	if (!scan_all(&x))
		return not_json(r, t, x.line, (int)(x.s - x.line_start) + 1,
		    "no value begins like this, or a string does not end");
	*room = x.len + 1;
	*out = mem_map(*room);
	if (*out == NULL)
		return ST_INTERNAL;
	scan_init(&x, t);
	x.out = *out;
	(void)scan_all(&x);
	*len = x.len;
	return ST_OK;
}

static struct place
place_of(const char *marked)
{
	struct place p = { 0 };
	char *s;

	p.line = (int)strtol(marked, &s, 10);
	p.column = (int)strtol(s + 1, &s, 10);
	p.kind = s[1];
	p.text = s + 2;
	return p;
}

/* One input's value. */
struct filling {
	struct table_reader *r;
	const struct table_file *file;
	const struct input *in;
	struct table_value *v;
	struct place key;
	uint64_t at;                    /* elements filled */
	uint64_t index[N_RANK_MAX];     /* of the one to fill */
	uint32_t depth;
};

static enum status
fail(struct filling *x, const struct place *p, enum status st)
{
	fault_at(x->r->fault, x->file->path, p->line, p->column);
	return st;
}

static void
say_where(char *out, size_t room, const struct filling *x)
{
	size_t n = (size_t)snprintf(out, room, "input \"%.*s\"", NAME_MAX_BYTES, x->in->name);

	for (uint32_t k = 0; k < x->depth && n < room; k++)
		n += (size_t)snprintf(out + n, room - n, "%s%llu%s", k == 0 ? "[" : ", ",
		    (unsigned long long)x->index[k], k + 1 == x->depth ? "]" : "");
}

static bool
read_value(struct cell *c, const struct type *t, const cJSON *j, struct place *p)
{
	struct cell_style style = { .mark = '.' };

	if (!cJSON_IsString(j)) {
		c->what = cJSON_IsArray(j) ? "an array" : "an object";
		return false;
	}
	*p = place_of(j->valuestring);
	if (p->kind == KIND_WORD && strcmp(p->text, "null") == 0)
		return cell_missing(c, t);
	if (t->kind == TYPE_ID && p->kind != KIND_STRING) {
		c->what = p->kind == KIND_NUMBER ? "a number" : "true or false";
		c->help = "put it in quotes: 10 and 10.0 are two texts";
		return false;
	}
	return cell_read(c, t, p->text, strlen(p->text), &style);
}

/* An array of as many texts as columns are joined; missing if one is. */
static bool
read_joined(struct cell *c, const struct input *in, const cJSON *j, struct place *p)
{
	uint8_t part[ID_PARTS_MAX][IDENTIFIER_PART_BYTES];
	const cJSON *e;
	bool ok = true, all = true;
	uint32_t n = 0;

	if (cJSON_IsString(j) && place_of(j->valuestring).kind == KIND_WORD)
		return read_value(c, &in->type, j, p);
	if (!cJSON_IsArray(j) || (uint32_t)cJSON_GetArraySize(j) != in->n_columns) {
		c->what = "not as many texts as columns are joined";
		c->help = "write an array of texts: [\"Ann\", \"1970-01-01\"]";
		return false;
	}
	cJSON_ArrayForEach(e, j) {
		ok = ok && read_value(c, &in->type, e, p);
		all = all && c->present;
		if (ok && c->present)
			memcpy(part[n++], c->part, sizeof c->part);
	}
	c->raw = ok && all ? identifier_join(part[0], n) : 0;
	c->present = all;
	wipe(part, sizeof part);
	return ok;
}

static enum status
fill_cell(struct filling *x, const cJSON *j)
{
	char where[NAME_MAX_BYTES + 24 * N_RANK_MAX];
	struct cell c = { 0 };
	struct place p = x->key;

	if (!(input_joins(x->in) ? read_joined(&c, x->in, j, &p) :
	    read_value(&c, &x->in->type, j, &p))) {
		say_where(where, sizeof where, x);
		return fail(x, &p, cell_fault(x->r->fault, &c, &x->in->type, where));
	}
	value_put(x->v, x->at++, &c);
	return ST_OK;
}

/* Axis `depth` of the value; want 0 at the axis of rows: any number. */
static enum status
fill_axis(struct filling *x, const cJSON *j, uint32_t rank, const uint64_t *dims, bool free_rows)
{
	enum status st = ST_OK;
	uint64_t n = 0;
	char where[NAME_MAX_BYTES + 24 * N_RANK_MAX];

	if (x->depth == rank)
		return fill_cell(x, j);
	say_where(where, sizeof where, x);
	if (!cJSON_IsArray(j))
		return fail(x, &x->key, fault_set(x->r->fault, ST_DATA,
		    "%s: one value, not an array", where));
	uint64_t have = (uint64_t)cJSON_GetArraySize(j);
	if (!(free_rows && x->depth == 0) && have != dims[x->depth])
		return fail(x, &x->key, fault_set(x->r->fault, ST_DATA, "%s: %llu values, not %llu",
		    where,
		    (unsigned long long)have, (unsigned long long)dims[x->depth]));
	const cJSON *e;
	cJSON_ArrayForEach(e, j) {
		x->index[x->depth++] = n++;
		TRY(fill_axis(x, e, rank, dims, free_rows));
		x->depth--;
	}
out:
	return st;
}

static enum status
fill_input(struct table_reader *r, const struct table_file *t, uint32_t i, const cJSON *j)
{
	const struct input *in = &r->input[i];
	struct filling x = { .r = r, .file = t, .in = in, .v = &r->set->value[i] };
	uint64_t dims[N_RANK_MAX + 1] = { 0 }, n = 1;
	bool free_rows = in->shape == INPUT_ROWS;
	uint32_t rank = in->shape == INPUT_SCALAR ? 0 : in->rank + free_rows;
	enum status st = ST_OK;

	x.key = place_of(j->string);
	if (free_rows)
		dims[0] = (uint64_t)(cJSON_IsArray(j) ? cJSON_GetArraySize(j) : 0);
	for (uint32_t k = 0; k + free_rows < rank; k++)
		dims[k + free_rows] = in->dims[k];
	for (uint32_t k = 0; k < rank; k++)
		n *= dims[k];
	/* There cannot be more values than bytes. */
	if (n > t->len)
		return fail(&x, &x.key, fault_set(r->fault, ST_DATA, "input \"%s\": too few values",
		    in->name));
	TRY(reader_claim(r, i, t->path));
	TRY(value_alloc(x.v, &in->type, n));
	TRY(fill_axis(&x, j, rank, dims, free_rows));
	x.v->n = n;
	x.v->rows = free_rows ? dims[0] : input_rows(in);
out:
	return st;
}

static enum status
missing_name(struct table_reader *r, const struct table_file *t, const cJSON *top, const char *name)
{
	struct text x = { 0 };
	const char *like = NULL;
	const cJSON *j;

	cJSON_ArrayForEach(j, top) {
		const char *key = place_of(j->string).text;
		text_add(&x, "%s\"%s\"", j == top->child ? "" : ", ", key);
		if (like == NULL)
			like = closest_name(name, &key, 1);
	}
	enum status st = fault_set(r->fault, ST_DATA, "no value for \"%s\"; there are %s", name,
	    x.failed || x.at == NULL ? "none" : x.at);
	fault_at(r->fault, t->path, 0, 0);
	if (like != NULL)
		fault_help(r->fault, "did you mean \"%s\"?", like);
	text_fini(&x);
	return st;
}

static enum status
take_inputs(struct table_reader *r, const struct table_file *t, const cJSON *top)
{
	enum status st = ST_OK;

	for (uint32_t i = 0; i < r->n; i++) {
		const cJSON *j, *found = NULL;
		if (!input_is_of(&r->input[i], r->party))
			continue;
		cJSON_ArrayForEach(j, top) {
			struct place p = place_of(j->string);
			if (strcmp(p.text, r->input[i].name) != 0)
				continue;
			if (found != NULL) {
				st = fault_set(r->fault, ST_DATA, "two values are called \"%s\"",
				    p.text);
				fault_at(r->fault, t->path, p.line, p.column);
				return st;
			}
			found = j;
		}
		if (found != NULL)
			TRY(fill_input(r, t, i, found));
		else if (r->n_files == 1)
			return missing_name(r, t, top, r->input[i].name);
	}
out:
	return st;
}

static void
wipe_tree(cJSON *j)
{
	for (; j != NULL; j = j->next) {
		if (j->valuestring != NULL)
			wipe(j->valuestring, strlen(j->valuestring));
		wipe_tree(j->child);
	}
}

enum status
table_json(struct table_reader *r, const struct table_file *t)
{
	char *marked = NULL;
	size_t len = 0, room = 0;
	const char *end = NULL;
	cJSON *top = NULL;
	enum status st = ST_OK;

	if (t->len > TABLE_JSON_BYTES_MAX) {
		st = fault_set(r->fault, ST_DATA,
		    "a JSON file of more than %d MiB; large arrays are "
		    "better off in .npy or CSV", TABLE_JSON_BYTES_MAX >> 20);
		fault_at(r->fault, t->path, 0, 0);
		return st;
	}
	TRY(file_check_text(t, r->fault));
	TRY(mark_places(&marked, &len, &room, r, t));
	top = cJSON_ParseWithLengthOpts(marked, len + 1, &end, true);
	if (top == NULL)
		st = not_json(r, t, count_lines(marked, end == NULL ? marked : end), 0,
		    len == 0 ? "the file is empty" :
		    "a bracket, comma or colon is missing or too many");
	else if (!cJSON_IsObject(top))
		st = not_json(r, t, 1, 0, "no object at the top");
	else
		st = take_inputs(r, t, top);
out:
	wipe_tree(top);
	cJSON_Delete(top);
	mem_unmap(marked, room);
	return st == ST_OK ? st : fault_set(r->fault, st, "no memory for \"%s\"", t->path);
}
