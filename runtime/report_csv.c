/* report_csv.c: results as one tidy table, RFC 4180; see report.h
 *
 * A row is a place of an output: its labels, and a column for each thing that is known about it.
 * Columns are called as R's package broom has them: std.error, p.value, conf.low, n.risk. */
#include "report.h"

#include "base/mem.h"
#include "report_cell.h"
#include "report_flag.h"
#include "text.h"

#include <stdio.h>
#include <string.h>


struct csv {
	struct text t;
	const struct code *c;
	const struct result *r;
	uint32_t n_fields;
	const char **field;             /* "" stands for a single value */
	bool flags;                     /* some cells are 0 % or 100 % of a group */
	bool parties;                   /* some outputs differ by party */
	bool begun;                     /* the line has a cell */
};

/* A cell, in quotes if it needs them. */
static void
put(struct csv *s, const char *text)
{
	if (s->begun)
		text_put(&s->t, ",", 1);
	s->begun = true;
	if (text[strcspn(text, ",\"\r\n")] == '\0') {
		text_put(&s->t, text, strlen(text));
		return;
	}
	text_put(&s->t, "\"", 1);
	for (; *text != '\0'; text++)
		text_put(&s->t, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
	text_put(&s->t, "\"", 1);
}

/* A name or a label.  A spreadsheet would take some for formulas, which can run programs. */
static void
put_text(struct csv *s, const char *text)
{
	struct text t = { 0 };
	bool formula = text[0] != '\0' && (strchr("=@\t\r\n", text[0]) != NULL ||
	    (strchr("+-", text[0]) != NULL && strpbrk(text, "=@(|!") != NULL));

	if (!formula) {
		put(s, text);
		return;
	}
	text_add(&t, "'%s", text);
	put(s, t.failed ? "" : t.at);
	s->t.failed = s->t.failed || t.failed;
	text_fini(&t);
}

static void
end_line(struct csv *s)
{
	text_put(&s->t, "\n", 1);
	s->begun = false;
}

/* std_error: "std.error" */
static void
put_name(struct csv *s, const char *field)
{
	char name[NAME_MAX_BYTES + 1];

	(void)snprintf(name, sizeof name, "%s", field[0] == '\0' ? "value" : field);
	for (char *p = name; *p != '\0'; p++)
		if (*p == '_')
			*p = '.';
	put(s, name);
}

static void
add_field(struct csv *s, const char *field)
{
	for (uint32_t i = 0; i < s->n_fields; i++)
		if (strcmp(s->field[i], field) == 0)
			return;
	s->field[s->n_fields++] = field;
}

static bool
here(const struct csv *s, uint32_t output, uint32_t part)
{
	return s->r->part[result_index(s->c, output, part)].state != RESULT_ELSEWHERE;
}

/* Single values first. */
static enum status
find_fields(struct csv *s)
{
	uint32_t n = 1;

	for (uint32_t i = 0; i < s->c->n_outputs; i++)
		n += s->c->output[i].n_parts;
	s->field = mem_array(n, sizeof *s->field);
	if (s->field == NULL)
		return ST_INTERNAL;
	for (int pass = 0; pass < 2; pass++)
		for (uint32_t i = 0; i < s->c->n_outputs; i++)
			for (uint32_t k = 0; k < s->c->output[i].n_parts; k++) {
				const struct output_part *p = &s->c->output[i].part[k];
				if (here(s, i, k) && (p->field[0] != '\0') == (pass == 1))
					add_field(s, p->field);
				s->parties = s->parties || p->each >= 0;
			}
	return ST_OK;
}

static void
head(struct csv *s)
{
	put(s, "output");
	if (s->parties)
		put(s, "party");
	put(s, "term");
	put(s, "column");
	for (uint32_t i = 0; i < s->n_fields; i++)
		put_name(s, s->field[i]);
	put(s, "withheld");
	if (s->flags)
		put(s, "flag");
	end_line(s);
}

/* The label of place i of the first axis, and of the others: "2" or "2,3" without labels. */
static void
put_place(struct csv *s, const struct output *o, const struct output_part *p, uint64_t i)
{
	uint64_t at[N_RANK_MAX] = { 0 };
	struct text place[2] = { { 0 } };

	for (uint32_t k = p->rank; k-- > 0; i /= p->dims[k])
		at[k] = i % p->dims[k];
	for (uint32_t k = 0; k < p->rank; k++) {
		const char *label = report_label(o, p, k, at[k]);
		text_add(&place[k > 0], "%s", k > 1 ? "," : "");
		if (label != NULL)
			text_add(&place[k > 0], "%s", label);
		else
			text_add(&place[k > 0], "%llu", (unsigned long long)at[k]);
	}
	for (int k = 0; k < 2; k++) {
		put_text(s, place[k].at == NULL ? "" : place[k].at);
		s->t.failed = s->t.failed || place[k].failed;
		text_fini(&place[k]);
	}
}

/* The part of output i with this field, of the same shape and for the same parties as part k. */
static uint32_t
fellow(const struct csv *s, uint32_t i, uint32_t k, const char *field)
{
	const struct output *o = &s->c->output[i];
	const struct output_part *p = &o->part[k];

	for (uint32_t j = 0; j < o->n_parts; j++)
		if (strcmp(o->part[j].field, field) == 0 && o->part[j].each == p->each &&
		    o->part[j].recipients == p->recipients && report_same_shape(&o->part[j], p) &&
		    here(s, i, j))
			return j;
	return UINT32_MAX;
}

static void
row(struct csv *s, uint32_t i, uint32_t k, uint64_t place)
{
	const struct output *o = &s->c->output[i];
	const char *withheld = "";
	enum flag flag = FLAG_NONE;
	char cell[CELL_MAX];

	put(s, o->name);
	if (s->parties)
		put(s, o->part[k].each < 0 ? "" : s->c->party[o->part[k].each].name);
	put_place(s, o, &o->part[k], place);
	for (uint32_t f = 0; f < s->n_fields; f++) {
		uint32_t j = fellow(s, i, k, s->field[f]);
		const struct result_part *r =
		    j == UINT32_MAX ? NULL : &s->r->part[result_index(s->c, i, j)];
		cell[0] = '\0';
		if (r != NULL && flag == FLAG_NONE)
			flag = report_flag(&o->part[j], r, place);
		if (r != NULL && report_rule(r, place) != RULE_NONE)
			withheld = wording_rule(report_rule(r, place));
		else if (r != NULL)
			(void)report_cell(cell, r, &o->part[j].type, place, CELL_ALL);
		if (j != UINT32_MAX && o->part[j].type.kind == TYPE_CATEGORY)
			put_text(s, cell);
		else
			put(s, cell);
	}
	put(s, withheld);
	if (s->flags)
		put(s, report_flag_text(flag));
	end_line(s);
}

/* Is it the first of its fellows? */
static bool
leads(const struct csv *s, uint32_t i, uint32_t k)
{
	const struct output *o = &s->c->output[i];

	for (uint32_t j = 0; j < k; j++)
		if (o->part[j].each == o->part[k].each && here(s, i, j) &&
		    o->part[j].recipients == o->part[k].recipients &&
		    report_same_shape(&o->part[j], &o->part[k]) && o->part[k].field[0] != '\0')
			return false;
	return true;
}

enum status
report_csv(char **out, const struct result *r, const struct code *c)
{
	struct csv s = { .c = c, .r = r, .flags = report_any_flag(r, c) };
	enum status st;

	*out = NULL;
	TRY(find_fields(&s));
	head(&s);
	for (uint32_t i = 0; i < c->n_outputs; i++)
		for (uint32_t k = 0; k < c->output[i].n_parts; k++) {
			uint64_t n = report_elements(&c->output[i].part[k]);
			for (uint64_t at = 0; at < n && here(&s, i, k) && leads(&s, i, k); at++)
				row(&s, i, k, at);
		}
	TRY(text_take(out, &s.t));
out:
	mem_free(s.field);
	text_fini(&s.t);
	return st;
}
