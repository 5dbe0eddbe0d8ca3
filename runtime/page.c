/* page.c: the report page; see page.h */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/version.h"
#include "page_impl.h"
#include "report.h"
#include "report_flag.h"
#include "report_why.h"
#include "sheet_impl.h"

enum { ROWS_MAX = 200 };                /* of one table; -o has all */

static const char style[] =
    ":root{--ink:#1b2430;--soft:#5b6775;--line:#d9dfe6;--paper:#fff;--back:#f4f6f8;--hue:#1f5fa6}"
    "*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);"
    "font:15px/1.5 system-ui,\"Segoe UI\",Roboto,\"Helvetica Neue\",Arial,sans-serif}"
    "main{max-width:820px;margin:0 auto;padding:32px 20px 60px}"
    "h1{font-size:26px;line-height:1.25;margin:0 0 4px}h2{font-size:17px;margin:0}"
    "h3{font-size:14px;margin:22px 0 4px;color:var(--soft);font-weight:600}"
    "p{margin:4px 0}.soft{color:var(--soft);font-size:13px}"
    "section{background:var(--paper);border:1px solid var(--line);border-radius:8px;"
    "padding:18px 22px;margin:18px 0}"
    "table{border-collapse:collapse;margin:12px 0 4px;font-variant-numeric:tabular-nums;"
    "font-size:14px}th,td{padding:4px 14px 4px 0;text-align:right;border-bottom:1px solid "
    "var(--line);white-space:nowrap}th{font-weight:600;color:var(--soft);font-size:13px}"
    "th:first-child,td:first-child{text-align:left}tr:last-child td{border-bottom:0}"
    "div.wide{overflow-x:auto}svg{display:block;width:100%;height:auto;margin:12px 0;"
    "font:12px system-ui,sans-serif;fill:var(--ink)}.bar{fill:var(--hue)}"
    ".gap{fill:none;stroke:var(--soft);stroke-dasharray:3 3}.axis{stroke:var(--soft);fill:none}"
    ".grid{stroke:var(--line);fill:none}.none{stroke:var(--soft);stroke-dasharray:4 4;fill:none}"
    ".line{stroke:var(--hue);stroke-width:1.8;fill:none}.band{fill:var(--hue);opacity:.15}"
    ".mid{text-anchor:middle}.end{text-anchor:end}.small{font-size:11px}"
    ".withheld{color:#8a4b00;background:#fff4e0;padding:0 6px;border-radius:4px;font-size:13px}"
    "ul{margin:6px 0;padding-left:20px}li{margin:3px 0}code{font-size:13px;word-break:break-all}"
    "@media print{body{background:#fff}section{break-inside:avoid;border-color:#bbb}}";

void
page_escape(struct text *t, const char *s)
{
	for (; *s != '\0'; s++)
		switch (*s) {
		case '&': text_add(t, "&amp;"); break;
		case '<': text_add(t, "&lt;"); break;
		case '>': text_add(t, "&gt;"); break;
		case '"': text_add(t, "&quot;"); break;
		default: text_put(t, s, 1); break;
		}
}

/* words, escaped, and gone. */
static void
escape_words(struct text *t, struct text *words)
{
	if (words->at != NULL)
		page_escape(t, words->at);
	t->failed = t->failed || words->failed;
	text_fini(words);
}

int
page_column(const struct series *s, const char *field)
{
	for (unsigned k = 0; k < s->n_columns; k++)
		if (strcmp(s->part[k]->field, field) == 0)
			return (int)k;
	return -1;
}

bool
page_number(double *x, const struct series *s, int k, uint64_t i)
{
	*x = 0;
	return k >= 0 && s->of[k]->state == RESULT_VALUE &&
	    report_number(x, s->of[k], &s->part[k]->type, i);
}

void
page_place(struct text *t, const struct series *s, uint64_t i)
{
	const char *label = report_label(s->o, s->part[0], 0, i);

	if (label != NULL)
		page_escape(t, label);
	else
		text_add(t, "%llu", (unsigned long long)i);
}

static bool
is_p_value(const char *field)
{
	size_t n = strlen(field), end = strlen("p_value");

	return n >= end && strcmp(field + n - end, "p_value") == 0;
}

/* A number for people; a small p value as R prints it. */
static void
cell(struct text *t, const struct series *s, unsigned k, uint64_t i)
{
	char out[CELL_MAX];
	double x;

	if (report_rule(s->of[k], i) != RULE_NONE)
		text_add(t, "<span class=\"withheld\" title=\"rule: %s\">withheld</span>",
		    wording_rule(report_rule(s->of[k], i)));
	else if (is_p_value(s->part[k]->field) && page_number(&x, s, (int)k, i) && x < 0.0001)
		text_add(t, "&lt; 0.0001");
	else if (report_cell(out, s->of[k], &s->part[k]->type, i, PAGE_DIGITS))
		page_escape(t, out);
	else
		text_add(t, "<span class=\"soft\">missing</span>");
}

/* conf_low: "conf low" */
static void
field_name(struct text *t, const char *field)
{
	char one[2] = "";

	for (; *field != '\0'; field++) {
		one[0] = *field == '_' ? ' ' : *field;
		page_escape(t, one);
	}
}

/* A column for each field, a row for each place. */
static void
list_table(struct text *t, const struct series *s)
{
	bool places = s->part[0]->rank > 0 && page_column(s, "time") < 0;

	text_add(t, "<div class=\"wide\"><table>\n<tr>");
	if (places)
		text_add(t, "<th></th>");
	for (unsigned k = 0; k < s->n_columns; k++) {
		text_add(t, "<th>");
		field_name(t, s->part[k]->field);
		text_add(t, "</th>");
	}
	text_add(t, "</tr>\n");
	for (uint64_t i = 0; i < s->n && i < ROWS_MAX; i++) {
		text_add(t, "<tr>");
		if (places) {
			text_add(t, "<td>");
			page_place(t, s, i);
			text_add(t, "</td>");
		}
		for (unsigned k = 0; k < s->n_columns; k++) {
			text_add(t, "<td>");
			cell(t, s, k, i);
			text_add(t, "</td>");
		}
		text_add(t, "</tr>\n");
	}
	text_add(t, "</table></div>\n");
	if (s->n > ROWS_MAX)
		text_add(t, "<p class=\"soft\">... and %llu more rows.</p>\n",
		    (unsigned long long)(s->n - ROWS_MAX));
}

/* The last two axes of column k, rows and columns, from element `from` on. */
static void
grid_table(struct text *t, const struct series *s, unsigned k, uint64_t from)
{
	const struct output_part *p = s->part[k];
	uint64_t rows = p->dims[p->rank - 2], columns = p->dims[p->rank - 1];

	text_add(t, "<div class=\"wide\"><table>\n<tr><th></th>");
	for (uint64_t j = 0; j < columns && j < ROWS_MAX; j++) {
		const char *label = report_label(s->o, p, p->rank - 1, j);
		text_add(t, "<th>");
		page_escape(t, label != NULL ? label : "");
		text_add(t, "</th>");
	}
	text_add(t, "</tr>\n");
	for (uint64_t i = 0; i < rows && i < ROWS_MAX; i++) {
		const char *label = report_label(s->o, p, p->rank - 2, i);
		text_add(t, "<tr><td>");
		page_escape(t, label != NULL ? label : "");
		text_add(t, "</td>");
		for (uint64_t j = 0; j < columns && j < ROWS_MAX; j++) {
			text_add(t, "<td>");
			cell(t, s, k, from + i * columns + j);
			text_add(t, "</td>");
		}
		text_add(t, "</tr>\n");
	}
	text_add(t, "</table></div>\n");
}

static void
series_html(struct text *t, const struct series *s)
{
	const struct output_part *p = s->part[0];

	if (page_plot(t, s))
		return;
	if (p->rank < 2) {
		list_table(t, s);
		return;
	}
	uint64_t each = p->dims[p->rank - 2] * p->dims[p->rank - 1];
	for (unsigned k = 0; k < s->n_columns; k++)
		for (uint64_t from = 0; from < s->n && from < 8 * each; from += each) {
			if (p->field[0] != '\0') {
				text_add(t, "<h3>");
				field_name(t, s->part[k]->field);
				text_add(t, "</h3>");
			}
			grid_table(t, s, k, from);
		}
}

/* The parts of output i that go with part k, which is the first of them; false: it is not, or not
 * here. */
static bool
series_of(struct series *s, const struct page *p, uint32_t i, uint32_t k)
{
	const struct code *c = p->sheet.code;
	const struct output *o = &c->output[i];

	*s = (struct series){ .o = o, .n = report_elements(&o->part[k]) };
	for (uint32_t j = 0; j < o->n_parts && s->n_columns < N_SERIES_MAX; j++) {
		const struct result_part *r = &p->result->part[result_index(c, i, j)];
		if (r->state == RESULT_ELSEWHERE || !report_same_shape(&o->part[j], &o->part[k]) ||
		    o->part[j].each != o->part[k].each ||
		    o->part[j].recipients != o->part[k].recipients)
			continue;
		if (s->n_columns == 0 && j != k)
			return false;
		s->part[s->n_columns] = &o->part[j];
		s->of[s->n_columns++] = r;
	}
	return s->n_columns > 0;
}

/* Has the output a single value that is here? */
static bool
is_single(const struct page *p, uint32_t i, struct series *s)
{
	return series_of(s, p, i, 0) && s->n_columns == 1 && s->part[0]->rank == 0 &&
	    p->sheet.code->output[i].n_parts == 1;
}

/* All single values in one table. */
static void
singles(struct text *t, const struct page *p)
{
	struct series s;
	bool any = false;

	for (uint32_t i = 0; i < p->sheet.code->n_outputs; i++) {
		if (!is_single(p, i, &s))
			continue;
		if (!any)
			text_add(t, "<section><h2>At a glance</h2><table>\n");
		any = true;
		text_add(t, "<tr><td>");
		field_name(t, p->sheet.code->output[i].name);
		text_add(t, "</td><td>");
		cell(t, &s, 0, 0);
		text_add(t, "</td></tr>\n");
	}
	if (any)
		text_add(t, "</table></section>\n");
}

static void
output_html(struct text *t, const struct page *p, uint32_t i)
{
	const struct code *c = p->sheet.code;
	const struct output *o = &c->output[i];
	struct series s;
	struct text w = { 0 };
	bool any = false;

	if (is_single(p, i, &s))
		return;
	for (uint32_t k = 0; k < o->n_parts; k++) {
		if (!series_of(&s, p, i, k))
			continue;
		if (!any) {
			text_add(t, "<section><h2>");
			field_name(t, o->name);
			text_add(t, "</h2><p class=\"soft\">");
			sheet_output(&w, o);
			escape_words(t, &w);
			text_add(t, "</p>\n");
		}
		any = true;
		if (o->part[k].each >= 0) {
			text_add(t, "<h3>");
			page_escape(t, c->party[o->part[k].each].name);
			text_add(t, "</h3>");
		}
		series_html(t, &s);
	}
	if (any)
		text_add(t, "</section>\n");
}

static void
item(struct text *t, struct text *words)
{
	text_add(t, "<li>");
	escape_words(t, words);
	text_add(t, "</li>\n");
}

/* What the rules mean by which something is withheld. */
static void
reasons(struct text *t, const struct page *p)
{
	struct text w = { 0 };
	bool any = false;

	for (unsigned rule = RULE_NONE + 1; rule < N_RULE; rule++) {
		if (!report_has_rule(p->result, rule))
			continue;
		text_add(t, "%s", any ? "" : "<section><h2>Withheld</h2><ul>\n");
		text_add(&w, "%s: ", wording_rule(rule));
		report_why(&w, rule, p->sheet.policy);
		item(t, &w);
		any = true;
	}
	if (any)
		text_add(t, "</ul></section>\n");
	if (report_any_flag(p->result, p->sheet.code)) {
		text_add(t, "<section><h2>0 %% or 100 %%</h2><p>These tell the value of everybody in them: ");
		report_flags(&w, p->result, p->sheet.code);
		escape_words(t, &w);
		text_add(t, ".</p></section>\n");
	}
}

/* When what is withheld, what is opened, what is assumed. */
static void
rules(struct text *t, const struct page *p)
{
	const struct code *c = p->sheet.code;
	struct text w = { 0 };

	text_add(t, "<section><h2>Rules</h2><ul>\n");
	for (uint32_t i = 0; i < c->n_outputs; i++) {
		text_add(&w, "%s: learned by ", c->output[i].name);
		sheet_recipients(&w, &p->sheet, &c->output[i]);
		text_add(&w, ". ");
		sheet_withheld(&w, c, &c->output[i]);
		item(t, &w);
	}
	sheet_policy(&w, p->sheet.policy);
	item(t, &w);
	for (uint32_t i = 0; i < c->n_reveals; i++) {
		text_add(&w, "Opened on the way: ");
		sheet_reveal(&w, &p->sheet, &c->reveal[i]);
		item(t, &w);
	}
	for (uint32_t i = 0, n; i < c->n_assumptions; i += n) {
		n = sheet_alike(c, i);
		text_add(&w, "Assumed%s: %s", c->assumption[i].checked ? " and checked" : ", not checked",
		    c->assumption[i].source);
		if (n > 1)
			text_add(&w, " (%u ranges)", n);
		item(t, &w);
	}
	text_add(t, "</ul></section>\n");
}

static void
row(struct text *t, const char *name, struct text *words)
{
	text_add(t, "<tr><td>%s</td><td style=\"text-align:left;white-space:normal\">", name);
	escape_words(t, words);
	text_add(t, "</td></tr>\n");
}

static void
how_it_ran(struct text *t, const struct page *p)
{
	const struct code *c = p->sheet.code;
	struct text w = { 0 };
	char *spent = NULL;
	struct who who;

	text_add(t, "<section><h2>How it ran</h2><table>\n");
	text_add(&w, "%s", c->n_sources > 0 ? c->source[0] : "");
	row(t, "Program", &w);
	sheet_hash(&w, c->study_hash);
	row(t, "Hash of the study", &w);
	text_add(&w, "%s: %s. %s", c->protocol, p->sheet.protocol->model, p->sheet.protocol->assumptions);
	row(t, "Protocol", &w);
	who_nodes(&who, c);
	wording_parties(&w, c, &who);
	row(t, "Computed by", &w);
	wording_rows(&w, c);
	row(t, "Rows", &w);
	if (report_cost(&spent, p->cost, c) == ST_OK)
		text_add(&w, "%s", spent);
	mem_free(spent);
	row(t, "Cost", &w);
	text_add(&w, "%s, Konsil %s", p->when, KONSIL_VERSION);
	row(t, "Made", &w);
	text_add(t, "</table></section>\n");
}

enum status
page_html(char **out, const struct page *p)
{
	const struct code *c = p->sheet.code;
	struct text t = { 0 };

	text_add(&t, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	    "style-src 'unsafe-inline'\">"
	    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>");
	page_escape(&t, c->study);
	text_add(&t, "</title>\n<style>%s</style></head>\n<body><main>\n<h1>", style);
	page_escape(&t, c->study);
	text_add(&t, "</h1>\n<p class=\"soft\">Computed together on data that stayed at the sites. "
	    "Everything here is made from the results that were released.</p>\n");
	singles(&t, p);
	for (uint32_t i = 0; i < c->n_outputs; i++)
		output_html(&t, p, i);
	reasons(&t, p);
	rules(&t, p);
	how_it_ran(&t, p);
	text_add(&t, "</main></body></html>\n");
	return text_take(out, &t);
}
