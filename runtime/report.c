/* report.c: results as a table for people; see report.h */
#include "report.h"

#include "base/mem.h"
#include "report_cell.h"
#include "report_flag.h"
#include "report_record.h"
#include "report_why.h"
#include "text.h"
#include "wording.h"

#include <stdio.h>
#include <string.h>

enum {
	DIGITS = 10,                    /* significant, of what is not whole */
	TITLE_MAX = 28,                 /* longer titles get a line of their own */
	COLUMNS_MAX = 64,               /* of a grid; more are cut, and it says so */
};

static void
cell_text(char out[CELL_MAX], const struct result_part *r, const struct type *t, uint64_t i)
{
	report_words(out, r, t, i, DIGITS);
}

struct block {
	struct text *t;
	const struct result_part *r;
	const struct output *o;
	const struct output_part *p;
	size_t indent;
	bool first;                     /* the title stands before the first line */
};

static void
begin_line(struct block *b)
{
	if (!b->first)
		text_pad(b->t, ' ', b->indent);
	b->first = false;
}

static void
say_cut(struct block *b, uint64_t rows, const char *what)
{
	begin_line(b);
	text_add(b->t, "... %llu more %s; -o DIR or --json has them\n", (unsigned long long)rows,
	    what);
}

/* An axis with labels: a line each. */
static void
labelled_lines(struct block *b)
{
	uint64_t n = b->p->dims[0], shown = n > REPORT_ROWS_MAX ? REPORT_ROWS_MAX : n;
	size_t label_width = 0, width = 0;
	char s[CELL_MAX];

	for (uint64_t i = 0; i < shown; i++) {
		report_place(s, b->o, 0, i);
		label_width = text_width(s) > label_width ? text_width(s) : label_width;
		cell_text(s, b->r, &b->p->type, i);
		width = text_width(s) > width ? text_width(s) : width;
	}
	for (uint64_t i = 0; i < shown; i++) {
		begin_line(b);
		report_place(s, b->o, 0, i);
		text_left(b->t, s, label_width + 2);
		cell_text(s, b->r, &b->p->type, i);
		text_right(b->t, s, width);
		text_put(b->t, "\n", 1);
	}
	if (shown < n)
		say_cut(b, n - shown, "rows");
}

/* One after another, as many as fit into a line. */
static void
plain_list(struct block *b)
{
	uint64_t n = b->r->n, shown = n > 10 * REPORT_ROWS_MAX ? 10 * REPORT_ROWS_MAX : n;
	size_t at = TEXT_COLUMNS;
	char s[CELL_MAX];

	if (n == 0)
		text_add(b->t, "(nothing)\n");
	for (uint64_t i = 0; i < shown; i++) {
		cell_text(s, b->r, &b->p->type, i);
		size_t w = text_width(s) + (i + 1 < n ? 1 : 0);
		if (i == 0 || at + 1 + w > TEXT_COLUMNS) {
			if (i > 0)
				text_put(b->t, "\n", 1);
			begin_line(b);
			at = b->indent;
		} else {
			text_put(b->t, " ", 1);
			at++;
		}
		text_add(b->t, "%s%s", s, i + 1 < n ? "," : "");
		at += w;
	}
	if (n > 0)
		text_put(b->t, "\n", 1);
	if (shown < n)
		say_cut(b, n - shown, "values");
}

/* How wide column k of the grid is whose first element is `from`. */
static size_t
column_width(const struct block *b, uint64_t from, uint64_t k, uint64_t rows, bool labels)
{
	uint64_t columns = b->p->dims[b->p->rank - 1];
	size_t width = 0;
	char s[CELL_MAX];

	if (labels) {
		report_place(s, b->o, b->p->rank - 1, k);
		width = text_width(s);
	}
	for (uint64_t i = 0; i < rows; i++) {
		cell_text(s, b->r, &b->p->type, from + i * columns + k);
		width = text_width(s) > width ? text_width(s) : width;
	}
	return width;
}

/* The last two axes, from element `from` on. */
static void
grid(struct block *b, uint64_t from)
{
	uint32_t rank = b->p->rank;
	uint64_t rows = b->p->dims[rank - 2], columns = b->p->dims[rank - 1];
	uint64_t shown = rows > REPORT_ROWS_MAX ? REPORT_ROWS_MAX : rows;
	uint64_t across = columns > COLUMNS_MAX ? COLUMNS_MAX : columns;
	bool row_labels = rank - 2 < b->o->n_labels && b->o->label[rank - 2].n > 0;
	bool labels = rank - 1 < b->o->n_labels && b->o->label[rank - 1].n > 0;
	size_t width[COLUMNS_MAX], label_width = 0;
	char s[CELL_MAX];

	for (uint64_t i = 0; row_labels && i < shown; i++) {
		report_place(s, b->o, rank - 2, i);
		label_width = text_width(s) > label_width ? text_width(s) : label_width;
	}
	for (uint64_t k = 0; k < across; k++)
		width[k] = column_width(b, from, k, shown, labels);
	if (labels) {
		begin_line(b);
		text_pad(b->t, ' ', label_width);
		for (uint64_t k = 0; k < across; k++) {
			report_place(s, b->o, rank - 1, k);
			text_right(b->t, s, width[k] + (k > 0 || row_labels ? 2 : 0));
		}
		text_put(b->t, "\n", 1);
	}
	for (uint64_t i = 0; i < shown; i++) {
		begin_line(b);
		if (row_labels) {
			report_place(s, b->o, rank - 2, i);
			text_left(b->t, s, label_width);
		}
		for (uint64_t k = 0; k < across; k++) {
			cell_text(s, b->r, &b->p->type, from + i * columns + k);
			text_right(b->t, s, width[k] + (k > 0 || row_labels ? 2 : 0));
		}
		text_put(b->t, "\n", 1);
	}
	if (across < columns)
		say_cut(b, columns - across, "columns");
	if (shown < rows)
		say_cut(b, rows - shown, "rows");
}

/* Of more than two axes: a grid for each place on those before, at most REPORT_ROWS_MAX. */
static void
grids(struct block *b)
{
	uint32_t rank = b->p->rank;
	uint64_t size = b->p->dims[rank - 2] * b->p->dims[rank - 1];
	uint64_t n = size == 0 ? 0 : b->r->n / size;
	char s[CELL_MAX];

	for (uint64_t i = 0; i < n && i < REPORT_ROWS_MAX; i++) {
		begin_line(b);
		uint64_t rest = i, below = n;
		for (uint32_t k = 0; k + 2 < rank; k++) {
			below /= b->p->dims[k];
			report_place(s, b->o, k, rest / below);
			rest %= below;
			text_add(b->t, "%s%s", k == 0 ? "" : ", ", s);
		}
		text_put(b->t, "\n", 1);
		grid(b, i * size);
	}
	if (n > REPORT_ROWS_MAX)
		say_cut(b, n - REPORT_ROWS_MAX, "tables");
}

static void
part_text(struct block *b)
{
	const struct output_part *p = b->p;
	char s[CELL_MAX];

	if (b->r->state == RESULT_WITHHELD) {
		text_add(b->t, "withheld (%s)\n", wording_rule(b->r->rule));
	} else if (p->rank == 0) {
		cell_text(s, b->r, &p->type, 0);
		text_add(b->t, "%s\n", s);
	} else if (b->r->n == 0 || (p->rank == 1 &&
	    (b->o->n_labels == 0 || b->o->label[0].n == 0))) {
		plain_list(b);
	} else if (p->rank == 1) {
		labelled_lines(b);
	} else if (p->rank == 2) {
		grid(b, 0);
	} else {
		grids(b);
	}
}

/* "fit.t (to a and b)", "risk (ward[1])" */
static void
title_text(struct text *t, const struct code *c, const struct output *o,
    const struct output_part *p)
{
	text_add(t, "%s%s%s", o->name, p->field[0] == '\0' ? "" : ".", p->field);
	if (p->each >= 0) {
		text_add(t, " (%s)", c->party[p->each].name);
	} else if (!o->to_all) {
		struct who w = { { 0 } };
		who_add(&w, c, p->recipients);
		text_add(t, " (to ");
		wording_parties(t, c, &w);
		text_add(t, ")");
	}
}

static enum status
make_title(char **out, const struct code *c, const struct output *o, const struct output_part *p)
{
	struct text t = { 0 };

	title_text(&t, c, o, p);
	return text_take(out, &t);
}

/* How many parts of a `to each` that are here stand before part k of the output's field. */
static uint64_t
owners_before(const struct result_part *r, const struct output *o, uint32_t k)
{
	uint64_t n = 0;

	for (uint32_t i = k; i-- > 0 && o->part[i].each >= 0 &&
	     strcmp(o->part[i].field, o->part[k].field) == 0 && n <= REPORT_ROWS_MAX;)
		n += r[i].state != RESULT_ELSEWHERE;
	return n;
}

/* What each_part finds. */
struct finds {
	void (*part)(void *, const char *, const struct result_part *, const struct output *,
	    const struct output_part *);
	void (*record)(void *, const char *, const struct record *);
	void (*cut)(void *, uint64_t n);        /* that many are left out */
};

/* The parts of one output.  Where many parties get rows of their own, the first are shown; of what
 * stands side by side the first part finds it all; what is withheld as a whole is one part. */
static enum status
parts_of(const struct result_part *part, const struct code *c, const struct output *o,
    const struct finds *f, void *arg)
{
	const bool withheld = record_withheld(part, o);
	enum status st = ST_OK;
	uint64_t left = 0;

	for (uint32_t k = 0; k < (withheld ? 1 : o->n_parts); k++) {
		struct output_part p = o->part[k];
		struct record record;
		char *title = NULL, whole[] = "";
		if (part[k].state == RESULT_ELSEWHERE)
			continue;
		if (p.each >= 0 && owners_before(part, o, k) >= REPORT_ROWS_MAX) {
			left++;
			continue;
		}
		record_find(&record, part, o, k);
		if (record.n > 1 && record.part[0] != k)
			continue;
		if (record.n > 1 || withheld)
			p.field = whole;
		TRY(make_title(&title, c, o, &p));
		if (record.n > 1)
			f->record(arg, title, &record);
		else
			f->part(arg, title, &part[k], o, &o->part[k]);
		mem_free(title);
	}
	if (left > 0)
		f->cut(arg, left);
out:
	return st;
}

static enum status
each_part(const struct result *r, const struct code *c, const struct finds *f, void *arg)
{
	enum status st = ST_OK;
	uint32_t first = 0;

	for (uint32_t i = 0; i < c->n_outputs; i++) {
		TRY(parts_of(&r->part[first], c, &c->output[i], f, arg));
		first += c->output[i].n_parts;
	}
out:
	return st;
}

static void
measure(void *arg, const char *title, const struct result_part *r, const struct output *o,
    const struct output_part *p)
{
	size_t *most = arg, w = text_width(title);

	(void)r;
	(void)o;
	(void)p;
	if (w > *most && w <= TITLE_MAX)
		*most = w;
}

/* A record's title stands above its table, and needs no column. */
static void
measure_record(void *arg, const char *title, const struct record *record)
{
	(void)arg;
	(void)title;
	(void)record;
}

static void
measure_cut(void *arg, uint64_t n)
{
	(void)arg;
	(void)n;
}

struct report {
	struct text t;
	size_t indent;
};

static void
add_record(void *arg, const char *title, const struct record *record)
{
	struct report *x = arg;

	text_add(&x->t, "%s\n", title);
	record_text(&x->t, record, REPORT_ROWS_MAX);
}

static void
add_part(void *arg, const char *title, const struct result_part *r, const struct output *o,
    const struct output_part *p)
{
	struct report *x = arg;
	struct block b = { &x->t, r, o, p, x->indent, true };

	text_left(&x->t, title, x->indent);
	if (text_width(title) + 2 > x->indent) {
		text_put(&x->t, "\n", 1);
		text_pad(&x->t, ' ', x->indent);
	}
	part_text(&b);
}

static void
add_cut(void *arg, uint64_t n)
{
	struct report *x = arg;

	text_add(&x->t, "... ");
	text_count(&x->t, n);
	text_add(&x->t, n == 1 ? " more party's; -o DIR or --json has it\n" :
	    " more parties'; -o DIR or --json has them\n");
}

static void
add_rules(struct text *t, const struct result *r, const struct code *c, const struct policy *p)
{
	bool any = report_any_flag(r, c);

	if (any) {
		text_add(t, "\n0 %% or 100 %% (tells the value of everybody in it): ");
		report_flags(t, r, c);
		text_add(t, "\n");
	}

	for (unsigned rule = RULE_NONE + 1; rule < N_RULE; rule++) {
		if (!report_has_rule(r, rule))
			continue;
		text_add(t, "%sWithheld (%s): ", any ? "" : "\n", wording_rule(rule));
		report_why(t, rule, p);
		text_add(t, "\n");
		any = true;
	}
}

enum status
report_text(char **out, const struct result *r, const struct code *c, const struct policy *p)
{
	static const struct finds width = { measure, measure_record, measure_cut };
	static const struct finds add = { add_part, add_record, add_cut };
	struct report x = { 0 };
	size_t most = 0;
	enum status st = ST_OK;

	*out = NULL;
	TRY(each_part(r, c, &width, &most));
	x.indent = most + 2;
	text_add(&x.t, "%s\n\n", c->study);
	TRY(each_part(r, c, &add, &x));
	add_rules(&x.t, r, c, p);
	TRY(text_take(out, &x.t));
out:
	text_fini(&x.t);
	return st;
}

static void
add_seconds(struct text *t, uint64_t us)
{
	if (us < 1000000)
		text_add(t, "%.3g ms", (double)us / 1000);
	else
		text_add(t, "%.3g s", (double)us / 1000000);
}

/* A party that did not compute has none to tell. */
static void
add_times(struct text *t, const struct cost *cost)
{
	text_add(t, "; ");
	add_seconds(t, cost->total_us);
	text_add(t, " (preparing ");
	add_seconds(t, cost->us[COST_SETUP] + cost->us[COST_OFFLINE]);
	text_add(t, ", computing ");
	add_seconds(t, cost->us[COST_ONLINE]);
	text_add(t, ")");
}

enum status
report_cost(char **out, const struct cost *cost, const struct code *c)
{
	struct text t = { 0 };
	struct cost_guest guests;
	uint64_t total = 0, most = 0;

	for (unsigned i = 0; i < cost->n_nodes; i++) {
		uint64_t sent = 0;
		for (unsigned p = 0; p < N_COST_PHASE; p++)
			for (unsigned k = 0; k < cost->n_nodes; k++)
				sent += cost->bytes[p][i][k];
		total += sent;
		most = sent > most ? sent : most;
	}
	text_add(&t, "%llu online round%s; ", (unsigned long long)cost->rounds[COST_ONLINE],
	    cost->rounds[COST_ONLINE] == 1 ? "" : "s");
	text_bytes(&t, total);
	text_add(&t, " sent in all, at most ");
	text_bytes(&t, most);
	text_add(&t, cost->guest == NULL ? " by one party" : " by one node");
	if (cost->guest != NULL) {
		cost_guests_total(&guests, cost->guest, c);
		text_add(&t, "; ");
		text_bytes(&t, guests.sent);
		text_add(&t, " contributed and ");
		text_bytes(&t, guests.got);
		text_add(&t, " received by those that do not compute");
	}
	if (cost->total_us > 0)
		add_times(&t, cost);
	text_add(&t, "\n");
	return text_take(out, &t);
}
