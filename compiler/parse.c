/* parse.c: declarations; see parse.h */
#include "parse.h"

#include <string.h>

enum { N_COLUMN_MAX = 4096 };           /* that one input names */

/* study = "study" string */
static void
parse_study(struct parser *p, struct decl *d)
{
	d->kind = DE_STUDY;
	d->name_span = tok_here(p)->span;
	d->name = tok_shown(p, "the study's title", "study \"Age and survival\"");
}

/* use = "use" name */
static void
parse_use(struct parser *p, struct decl *d)
{
	d->kind = DE_USE;
	d->name_span = tok_here(p)->span;
	d->name = tok_expect(p, TOK_NAME, "the name of a module", "use stats")->text;
}

/* param = "param" name ":" type ["=" expr] */
static void
parse_param(struct parser *p, struct decl *d)
{
	d->kind = DE_PARAM;
	d->name_span = tok_here(p)->span;
	d->name = tok_name(p, "the parameter's name");
	tok_expect(p, TOK_COLON, "`:`", "param n : int = 10");
	d->type = parse_type(p);
	if (tok_accept(p, TOK_ASSIGN))
		d->value = parse_expr(p);
}

/* party = "party" name [ "[" [ expr [ ".." expr ] ] "]" ] */
static void
parse_party(struct parser *p, struct decl *d)
{
	d->kind = DE_PARTY;
	d->name_span = tok_here(p)->span;
	d->name = tok_name(p, "the party's name");
	if (!tok_accept(p, TOK_LBRACKET))
		return;
	d->group = true;
	if (!tok_is(p, TOK_RBRACKET)) {
		d->least = d->most = parse_expr(p);
		if (tok_accept(p, TOK_DOTS))
			d->most = parse_expr(p);
	}
	tok_expect(p, TOK_RBRACKET, "`]`", "party p[], party p[3] or party p[2..8]");
}

/* columns = string | "[" string { "," string } [","] "]" */
static void
parse_columns(struct parser *p, struct decl *d)
{
	static const char help[] = "as \"column\", or as [\"a\", \"b\"]";
	struct list l = { .n = 0 };

	d->column_list = tok_accept(p, TOK_LBRACKET);
	do {
		if (l.n > 0 && tok_is(p, TOK_RBRACKET))
			break;
		if (l.n == N_COLUMN_MAX)
			compile_fail(p->c, tok_here(p)->span, NULL, NULL, "at most %d columns",
			    N_COLUMN_MAX);
		list_add(p->c, &l, (void *)(uintptr_t)tok_expect(p, TOK_STRING, "a column's name",
		    help)->text);
	} while (d->column_list && tok_accept(p, TOK_COMMA));
	if (d->column_list)
		tok_expect(p, TOK_RBRACKET, "`,` or `]`", help);
	d->n_columns = l.n;
	d->column = (const char **)l.item;
}

/* input = "input" name ":" type "from" name ["as" columns] */
static void
parse_input(struct parser *p, struct decl *d)
{
	static const char help[] = "input age : int in 0..120 [] from site";

	d->kind = DE_INPUT;
	d->name_span = tok_here(p)->span;
	d->name = tok_name(p, "the input's name");
	tok_expect(p, TOK_COLON, "`:`", help);
	d->type = parse_type(p);
	tok_expect_word(p, "from", help);
	d->from_span = tok_here(p)->span;
	d->from = tok_name(p, "the party that brings it");
	if (tok_accept_word(p, "as"))
		parse_columns(p, d);
}

/* Does the word here begin a clause of an output, also at the start of a line?  It is a variable's
 * name if an assignment follows. */
static bool
clause_here(const struct token *t)
{
	static const struct { const char *word, *next, *other; } two[] = {
		{ "noise", "laplace", "gaussian" }, { "suppress", "below", NULL },
		{ "withhold", "where", NULL }, { "round", "to", NULL },
	};

	if (t->kind != TOK_NAME)
		return false;
	for (size_t i = 0; i < sizeof two / sizeof two[0]; i++)
		if (strcmp(t->text, two[i].word) == 0)
			return t[1].kind == TOK_NAME && (strcmp(t[1].text, two[i].next) == 0
			    || (two[i].other != NULL && strcmp(t[1].text, two[i].other) == 0));
	if (strcmp(t->text, "to") != 0 && strcmp(t->text, "require") != 0
	    && strcmp(t->text, "labels") != 0)
		return false;
	return token_operator((enum token_kind)t[1].kind)->assign == -2;
}

/* A guard that is written in part. */
static const char *
guard_help(struct parser *p)
{
	static const char *const help[][2] = {
		{ "suppress", "counts from 1 to 9 are withheld by: suppress below 10" },
		{ "withhold", "cells are withheld by: withhold where n < 10" },
		{ "round", "a number is rounded by: round to 5" },
		{ "noise", "noise is: noise laplace(epsilon = 0.5)" },
	};

	for (size_t i = 0; i < sizeof help / sizeof help[0]; i++)
		if (tok_is_word(p, help[i][0]))
			return help[i][1];
	if (tok_is(p, TOK_LPAREN))
		return "an output has a name: output average = mean(x) to all";
	return "output total = sum(x) to all require len(x) >= 20";
}

/* recipient = "all" | "each" name | name [ "[" expr "]" ] */
static void
parse_recipient(struct parser *p, struct recipient *r)
{
	static const char help[] = "`to all`, `to PARTY` or `to each GROUP`";

	r->span = tok_here(p)->span;
	if (tok_is_word(p, "all")) {
		tok_take(p);
		r->kind = TO_ALL;
		return;
	}
	bool each = tok_is_word(p, "each") && tok_next(p)->kind == TOK_NAME
	    && !clause_here(tok_next(p));
	if (each)
		tok_take(p);
	r->kind = each ? TO_EACH : TO_PARTY;
	r->name = tok_expect(p, TOK_NAME, "who learns it", help)->text;
	if (!each && tok_accept(p, TOK_LBRACKET)) {
		r->member = parse_expr(p);
		tok_expect(p, TOK_RBRACKET, "`]`", NULL);
	}
	r->span = span_from(p, r->span);
}

/* to = "to" recipient { "," recipient } */
static void
parse_to(struct parser *p, struct decl *d)
{
	struct span first = tok_take(p)->span;
	struct list l = { .n = 0 };

	if (d->n_to > 0)
		compile_fail(p->c, first, NULL, "one `to`, with commas: to a, b",
		    "`to` is given twice");
	do {
		parse_recipient(p, list_new(p->c, &l, sizeof(struct recipient)));
	} while (tok_accept(p, TOK_COMMA));
	d->n_to = l.n;
	d->to = list_flat(p->c, &l, sizeof(struct recipient));
}

/* noise = ("laplace" | "gaussian")
 *     "(" ("epsilon" | "rho") "=" expr [ "," "sensitivity" "=" expr ] ")" */
static void
parse_noise(struct parser *p, struct guard *g)
{
	static const char help[] = "noise laplace(epsilon = 1), or noise gaussian(rho = 0.5)";
	bool laplace = tok_is_word(p, "laplace");

	tok_take(p);
	g->kind = laplace ? GUARD_LAPLACE : GUARD_GAUSSIAN;
	tok_expect(p, TOK_LPAREN, "`(`", help);
	do {
		bool main = tok_is_word(p, laplace ? "epsilon" : "rho");
		struct expr **to = main ? &g->value : tok_is_word(p, "sensitivity")
		    ? &g->sensitivity : NULL;
		if (to == NULL)
			fail_expected(p, laplace ? "`epsilon`" : "`rho`", help);
		if (*to != NULL)
			compile_fail(p->c, tok_here(p)->span, NULL, NULL, "`%s` is given twice",
			    tok_here(p)->text);
		tok_take(p);
		tok_expect(p, TOK_ASSIGN, "`=`", help);
		*to = parse_expr(p);
	} while (tok_accept(p, TOK_COMMA) && !tok_is(p, TOK_RPAREN));
	if (g->value == NULL)
		fail_expected(p, laplace ? "`epsilon`" : "`rho`", help);
	tok_expect(p, TOK_RPAREN, "`)`", help);
}

/* guard = "require" expr | "noise" noise | "suppress" "below" expr | "withhold" "where" expr
 *       | "round" "to" expr */
static void
parse_guard(struct parser *p, struct list *guards)
{
	struct guard *g = compile_alloc(p->c, sizeof *g);
	const struct token *word = tok_take(p);

	g->span = word->span;
	if (strcmp(word->text, "noise") == 0) {
		parse_noise(p, g);
	} else {
		g->kind = GUARD_REQUIRE;
		if (strcmp(word->text, "require") != 0)
			g->kind = word->text[0] == 's' ? GUARD_SUPPRESS
			    : word->text[0] == 'w' ? GUARD_WITHHOLD : GUARD_ROUND;
		if (g->kind != GUARD_REQUIRE)
			tok_take(p);
		g->value = parse_expr(p);
	}
	g->span = span_from(p, g->span);
	for (uint32_t i = 0; g->kind != GUARD_REQUIRE && i < guards->n; i++) {
		const struct guard *other = guards->item[i];
		if (other->kind == g->kind)
			compile_fail(p->c, g->span, NULL, NULL, "`%s` is given twice", word->text);
	}
	list_add(p->c, guards, g);
}

/* labels = "labels" expr { "," expr } */
static void
parse_labels(struct parser *p, struct decl *d)
{
	struct span first = tok_take(p)->span;
	struct list l = { .n = 0 };

	if (d->n_labels > 0)
		compile_fail(p->c, first, NULL, "one `labels`, with commas: labels a, b",
		    "`labels` is given twice");
	do {
		list_add(p->c, &l, parse_expr(p));
	} while (tok_accept(p, TOK_COMMA));
	d->n_labels = l.n;
	d->label = (struct expr **)l.item;
}

/* output = "output" name ["=" expr] { to | guard | labels }, with one `to`; each of these may begin
 * a line */
static void
parse_output(struct parser *p, struct decl *d)
{
	struct list guards = { .n = 0 };

	d->kind = DE_OUTPUT;
	d->name_span = tok_here(p)->span;
	const struct token *name = tok_expect(p, TOK_NAME, "the output's name",
	    "output total = sum(x) to all");
	d->name = name->text;
	if (tok_accept(p, TOK_ASSIGN)) {
		d->value = parse_expr(p);
	} else {
		d->value = expr_new(p, EX_NAME, name->span, 0);
		d->value->text = name->text;
		expr_done(p, d->value);
	}
	for (;;) {
		if (tok_is(p, TOK_EOL) && clause_here(tok_next(p)))
			tok_take(p);
		if (!clause_here(tok_here(p)))
			break;
		if (tok_is_word(p, "to"))
			parse_to(p, d);
		else if (tok_is_word(p, "labels"))
			parse_labels(p, d);
		else
			parse_guard(p, &guards);
	}
	d->n_guards = guards.n;
	d->guard = list_flat(p->c, &guards, sizeof(struct guard));
	if (!tok_is(p, TOK_EOL) && !tok_is(p, TOK_END))
		fail_expected(p, d->n_to > 0 ? "a guard or the end of the line"
		    : "`to` and who learns it", guard_help(p));
	if (d->n_to == 0)
		compile_fail(p->c, d->name_span, NULL,
		    "add `to all`, `to PARTY` or `to each GROUP`",
		    "output \"%s\" does not say to whom it goes", d->name);
}

/* Parameters with a value may be left out, and so stand last. */
static void
parse_default(struct parser *p, struct fn_param *a, const struct fn_param *before)
{
	if (tok_accept(p, TOK_ASSIGN))
		a->value = parse_expr(p);
	else if (before != NULL && before->value != NULL)
		compile_fail(p->c, a->span, NULL, "give it one, or put it before them",
		    "`%s` has no value by itself, and stands behind parameters that have one", a->name);
}

/* params = "(" [ param { "," param } [","] ] ")"      param = name ":" type [ "=" expr ]
 * Only those of a fn have values. */
static struct fn_param *
parse_params(struct parser *p, bool values, uint32_t *n)
{
	static const char help[] =
	    "each parameter has a type: fn f(x: fixed[n], g: bool[n]) -> fixed";
	struct list l = { .n = 0 };

	tok_expect(p, TOK_LPAREN, "`(`", help);
	while (!tok_is(p, TOK_RPAREN)) {
		struct fn_param *a = list_new(p->c, &l, sizeof *a);
		a->span = tok_here(p)->span;
		a->name = tok_expect(p, TOK_NAME, "a parameter's name", help)->text;
		for (uint32_t i = 0; i + 1 < l.n; i++)
			if (strcmp(((struct fn_param *)l.item[i])->name, a->name) == 0)
				compile_fail(p->c, a->span, NULL, NULL, "`%s` is declared twice",
				    a->name);
		if (l.n > N_PARAM_MAX)
			compile_fail(p->c, a->span, NULL, NULL, "at most %d names stand here",
			    N_PARAM_MAX);
		tok_expect(p, TOK_COLON, "`:`", help);
		a->type = parse_type(p);
		if (values)
			parse_default(p, a, l.n > 1 ? l.item[l.n - 2] : NULL);
		a->span = span_from(p, a->span);
		if (!tok_accept(p, TOK_COMMA))
			break;
	}
	tok_expect(p, TOK_RPAREN, "`,` or `)`", help);
	*n = l.n;
	return list_flat(p->c, &l, sizeof(struct fn_param));
}

/* fn = "fn" name params ["->" (type | params)] block
 * circuit = "circuit" name params "->" type */
static void
parse_fn(struct parser *p, struct decl *d, bool circuit)
{
	d->kind = circuit ? DE_CIRCUIT : DE_FN;
	d->name_span = tok_here(p)->span;
	/* `var(` is the variance. */
	d->name = !circuit && tok_is(p, TOK_VAR) ? tok_take(p)->text :
	    tok_name(p, circuit ? "the circuit's name" : "the function's name");
	d->param = parse_params(p, !circuit, &d->n_params);
	if (circuit && !tok_is(p, TOK_ARROW))
		fail_expected(p, "`->`", "circuit name(a: bits<8>) -> bits<8>");
	if (tok_accept(p, TOK_ARROW)) {
		if (tok_is(p, TOK_LPAREN) && !circuit)
			d->result = parse_params(p, false, &d->n_results);
		else
			d->type = parse_type(p);
	}
	if (!circuit)
		d->body = parse_block(p);
}

static struct decl *
parse_decl(struct parser *p)
{
	static void (*const kinds[])(struct parser *, struct decl *) = {
		[TOK_STUDY] = parse_study, [TOK_USE] = parse_use, [TOK_PARAM] = parse_param,
		[TOK_PARTY] = parse_party, [TOK_INPUT] = parse_input, [TOK_OUTPUT] = parse_output,
	};
	struct decl *d = compile_alloc(p->c, sizeof *d);
	const struct token *t = tok_here(p);

	d->span = t->span;
	if (t->kind < sizeof kinds / sizeof kinds[0] && kinds[t->kind] != NULL) {
		tok_take(p);
		kinds[t->kind](p, d);
	} else if (t->kind == TOK_FN || t->kind == TOK_CIRCUIT) {
		tok_take(p);
		parse_fn(p, d, t->kind == TOK_CIRCUIT);
	} else {
		d->kind = DE_STMT;
		d->stmt = parse_stmt(p);
		d->span = d->stmt->span;
		return d;
	}
	d->span = span_from(p, d->span);
	parse_end(p);
	return d;
}

/* module = { decl | stmt } */
void
parse_module(struct compile *c, struct module *m)
{
	struct parser p = { .c = c, .m = m };
	struct list l = { .n = 0 };
	uint32_t n;

	p.tok = lex_module(c, m, &n);
	for (;;) {
		while (tok_accept(&p, TOK_EOL))
			continue;
		if (tok_is(&p, TOK_END))
			break;
		struct decl *d = parse_decl(&p);
		d->index = l.n;
		list_add(c, &l, d);
	}
	m->n_decls = l.n;
	m->decl = (struct decl **)l.item;
}

/* define = expr, the text of -D name=text */
struct expr *
parse_define(struct compile *c, struct module *m)
{
	struct parser p = { .c = c, .m = m };
	uint32_t n;

	p.tok = lex_module(c, m, &n);
	struct expr *e = parse_expr(&p);
	while (tok_accept(&p, TOK_EOL))
		continue;
	if (!tok_is(&p, TOK_END))
		fail_expected(&p, "the end of the value", NULL);
	return e;
}
