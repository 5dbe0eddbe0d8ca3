/* parse_expr.c: expressions; see parse.h
 *
 * From loose to tight: || && ! (== != < <= > >=) (as in) | ^ & (<< >>) (+ -) (* / // % @) (- ~) **,
 * then calls, fields and indices. */
#include <string.h>

#include "parse.h"

enum {                          /* levels that are not a binary operator's; see tokens.def */
	LEVEL_LOWEST = 1,
	LEVEL_NOT = 3,
	LEVEL_COMPARE = 4,
	LEVEL_AS = 5,
	LEVEL_BOUND = 6,
	LEVEL_UNARY = 12,
};

enum { N_ARGUMENT_MAX = 256 };

static struct expr *parse_level(struct parser *p, unsigned level);

struct expr *
expr_new(struct parser *p, enum expr_kind kind, struct span first, uint32_t n_args)
{
	struct expr *e = compile_alloc(p->c, sizeof *e);

	e->kind = kind;
	e->span = first;
	e->n_args = n_args;
	if (n_args > 0)
		e->args = compile_alloc(p->c, n_args * sizeof(struct expr *));
	return e;
}

static uint16_t
higher(uint16_t height, const struct expr *part)
{
	return part != NULL && part->height > height ? part->height : height;
}

struct expr *
expr_done(struct parser *p, struct expr *e)
{
	uint16_t h = 0;

	for (uint32_t i = 0; i < e->n_args; i++)
		h = higher(h, e->args[i]);
	for (uint32_t i = 0; i < e->n_items; i++)
		h = higher(higher(higher(h, e->items[i].at), e->items[i].lo), e->items[i].hi);
	if (e->type != NULL)
		h = higher(higher(higher(h, e->type->param), e->type->lo), e->type->hi);
	e->height = (uint16_t)(h + 1);
	e->span = span_from(p, e->span);
	if (e->height > N_DEPTH_MAX)
		compile_fail(p->c, e->span, NULL, "give parts of it names, with let",
		    "this expression is nested more than %d deep", N_DEPTH_MAX);
	return e;
}

static struct expr *
unary(struct parser *p, enum unary op, unsigned level)
{
	struct expr *e = expr_new(p, EX_UNARY, tok_take(p)->span, 1);

	e->op = (uint8_t)op;
	e->args[0] = parse_level(p, level);
	return expr_done(p, e);
}

/* if = "if" expr "then" expr "else" expr */
static struct expr *
parse_if(struct parser *p)
{
	static const char help[] = "as an expression it is `if c then a else b`";
	struct expr *e = expr_new(p, EX_IF, tok_take(p)->span, 3);

	e->args[0] = parse_expr(p);
	tok_expect(p, TOK_THEN, "`then`", help);
	e->args[1] = parse_expr(p);
	tok_expect(p, TOK_ELSE, "`else`", help);
	e->args[2] = parse_expr(p);
	return expr_done(p, e);
}

/* array = "[" expr "for" name "in" domain "]" | "[" expr { "," expr } [","] "]" */
static struct expr *
parse_array(struct parser *p)
{
	struct span first = tok_take(p)->span;
	struct list l = { .n = 0 };

	if (tok_is(p, TOK_RBRACKET))
		fail_expected(p, "an expression", "an array of no elements is zeros(0)");
	struct expr *head = parse_expr(p);
	if (tok_accept(p, TOK_FOR)) {
		struct expr *e = expr_new(p, EX_EACH, first, 2);
		e->args[0] = head;
		e->text = tok_name(p, "the name of the loop's variable");
		tok_expect(p, TOK_IN, "`in`", "[f(v) for v in xs]");
		e->args[1] = parse_domain(p);
		tok_expect(p, TOK_RBRACKET, "`]`", NULL);
		return expr_done(p, e);
	}
	list_add(p->c, &l, head);
	while (tok_accept(p, TOK_COMMA) && !tok_is(p, TOK_RBRACKET))
		list_add(p->c, &l, parse_expr(p));
	tok_expect(p, TOK_RBRACKET, "`,` or `]`", NULL);
	struct expr *e = expr_new(p, EX_ARRAY, first, 0);
	e->n_args = l.n;
	e->args = (struct expr **)l.item;
	return expr_done(p, e);
}

/* Named arguments come last, each once. */
static void
check_argument(struct parser *p, const char *const *names, const struct expr *e, uint32_t i)
{
	if (names[i] == NULL && i > 0 && names[i - 1] != NULL)
		compile_fail(p->c, e->span, NULL, NULL, "an argument without a name follows one "
		    "with a name");
	if (names[i] != NULL && i >= N_ARGUMENT_MAX)
		compile_fail(p->c, e->span, NULL, NULL, "a call has at most %d named arguments",
		    N_ARGUMENT_MAX);
	for (uint32_t k = 0; names[i] != NULL && k < i; k++)
		if (names[k] != NULL && strcmp(names[k], names[i]) == 0)
			compile_fail(p->c, e->span, NULL, NULL, "`%s` is given twice", names[i]);
}

/* args = "(" [ arg { "," arg } [","] ] ")"    arg = [name "="] expr */
static void
parse_args(struct parser *p, struct expr *e, struct expr *first)
{
	struct list args = { .n = 0 }, names = { .n = 0 };
	bool named = false;

	if (first != NULL) {
		list_add(p->c, &args, first);
		list_add(p->c, &names, NULL);
	}
	tok_expect(p, TOK_LPAREN, "`(`", NULL);
	while (!tok_is(p, TOK_RPAREN)) {
		const char *name = NULL;
		if (tok_is(p, TOK_NAME) && tok_next(p)->kind == TOK_ASSIGN) {
			name = tok_take(p)->text;
			tok_take(p);
			named = true;
		}
		list_add(p->c, &names, (void *)(uintptr_t)name);
		struct expr *arg = parse_expr(p);
		list_add(p->c, &args, arg);
		check_argument(p, (const char *const *)names.item, arg, names.n - 1);
		if (!tok_accept(p, TOK_COMMA))
			break;
	}
	tok_expect(p, TOK_RPAREN, "`,` or `)`", tok_is(p, TOK_ASSIGN)
	    ? "equality is `==`; an argument's name is one word: mean(x, axis = 0)"
	    : tok_is(p, TOK_DOTS) ? "whole numbers in steps are range(0, 101, 10)" : NULL);
	e->n_args = args.n;
	e->args = (struct expr **)args.item;
	e->argname = named ? (const char **)names.item : NULL;
}

/* result = "(" name "=" expr { "," name "=" expr } [","] ")" */
struct expr *
parse_result(struct parser *p)
{
	struct expr *e = expr_new(p, EX_RESULT, tok_here(p)->span, 0);

	parse_args(p, e, NULL);
	for (uint32_t i = 0; i < e->n_args; i++)
		if (e->argname == NULL || e->argname[i] == NULL)
			compile_fail(p->c, e->args[i]->span, NULL, "return (t = a, df = b)",
			    "each of several results needs a name");
	return expr_done(p, e);
}

/* index = item { "," item }    item = expr | [expr] ".." [expr] */
static struct index_item *
parse_index(struct parser *p, uint32_t *n)
{
	struct list l = { .n = 0 };

	tok_expect(p, TOK_LBRACKET, "`[`", NULL);
	if (tok_is(p, TOK_RBRACKET))
		fail_expected(p, "an index", "all of an axis is `..`");
	do {
		struct index_item *it = list_new(p->c, &l, sizeof *it);
		struct span first = tok_here(p)->span;
		if (!tok_is(p, TOK_DOTS))
			it->at = parse_expr(p);
		if (tok_accept(p, TOK_DOTS)) {
			it->lo = it->at;
			it->at = NULL;
			if (!tok_is(p, TOK_COMMA) && !tok_is(p, TOK_RBRACKET))
				it->hi = parse_expr(p);
		}
		it->span = span_from(p, first);
	} while (tok_accept(p, TOK_COMMA) && !tok_is(p, TOK_RBRACKET));
	tok_expect(p, TOK_RBRACKET, "`,` or `]`", NULL);
	*n = l.n;
	return list_flat(p->c, &l, sizeof(struct index_item));
}

static struct expr *
index_of(struct parser *p, struct expr *of)
{
	struct expr *e = expr_new(p, EX_INDEX, of->span, 1);

	e->args[0] = of;
	e->items = parse_index(p, &e->n_items);
	return expr_done(p, e);
}

/* Behind a dot: a field, or a call whose first argument stands before the dot. */
static struct expr *
member(struct parser *p, struct expr *of)
{
	struct span first = of->span;

	tok_take(p);
	/* var, if and so on are no statements here. */
	if (!tok_is(p, TOK_NAME) && tok_here(p)->text == NULL)
		fail_expected(p, "a name", NULL);
	if (tok_is(p, TOK_NUMBER) || tok_is(p, TOK_STRING))
		fail_expected(p, "a name", "an element is x[0]");
	const struct token *name = tok_take(p);
	bool call = tok_is(p, TOK_LPAREN);
	struct expr *e = expr_new(p, call ? EX_CALL : EX_FIELD, first, call ? 0 : 1);
	e->text = name->text;
	e->name_span = name->span;
	e->method = call;
	if (call)
		parse_args(p, e, of);
	else
		e->args[0] = of;
	return expr_done(p, e);
}

/* postfix = primary { "." name [args] | "[" index "]" } */
static struct expr *
postfix(struct parser *p, struct expr *e)
{
	for (;;) {
		if (tok_is(p, TOK_DOT))
			e = member(p, e);
		else if (tok_is(p, TOK_LBRACKET) && !p->dims_follow)
			e = index_of(p, e);
		else if (tok_is(p, TOK_LPAREN))
			compile_fail(p->c, e->span, NULL, "a product needs its `*`: 2 * (a + b)",
			    "only a function's name can be called");
		else
			return e;
	}
}

/* name = ident [args] ; var(x) is the variance */
static struct expr *
name(struct parser *p)
{
	const struct token *t = tok_take(p);
	bool call = tok_is(p, TOK_LPAREN);
	struct expr *e = expr_new(p, call ? EX_CALL : EX_NAME, t->span, 0);

	e->text = t->text;
	e->name_span = t->span;
	if (call)
		parse_args(p, e, NULL);
	return expr_done(p, e);
}

static struct expr *
parenthesised(struct parser *p)
{
	struct span first = tok_take(p)->span;
	struct expr *e = parse_expr(p);

	if (tok_is(p, TOK_ASSIGN))
		fail_expected(p, "`)`", "several values are returned by `return (a = x, b = y)`");
	if (tok_is(p, TOK_COMMA))
		fail_expected(p, "`)`", "an array is written [1, 2, 3]");
	tok_expect(p, TOK_RPAREN, "`)`", NULL);
	e->span = span_from(p, first);
	return e;
}

/* primary = number | string | name | "(" expr ")" | array | if */
static struct expr *
primary(struct parser *p)
{
	const struct token *t = tok_here(p);

	if (t->kind == TOK_NUMBER || t->kind == TOK_STRING) {
		struct expr *e = expr_new(p, t->kind == TOK_NUMBER ? EX_NUMBER : EX_STRING, t->span,
		    0);
		e->text = t->kind == TOK_STRING ? tok_shown(p, "a string", NULL) : tok_take(p)->text;
		return expr_done(p, e);
	}
	if (t->kind == TOK_NAME || (t->kind == TOK_VAR && tok_next(p)->kind == TOK_LPAREN))
		return name(p);
	if (t->kind == TOK_LPAREN)
		return parenthesised(p);
	if (t->kind == TOK_LBRACKET)
		return parse_array(p);
	if (t->kind == TOK_IF)
		return parse_if(p);
	if (t->kind == TOK_ASSIGN)
		fail_expected(p, "an expression", "equality is `==`");
	fail_expected(p, "an expression", t->kind == TOK_DOTS
	    ? "a range stands in `for`, in an index "
	    "or behind `in`" : t->kind >= TOK_LET ? "reserved words cannot be names" : NULL);
}

/* operand = ("-" | "+" | "~" | "!") operand | postfix */
static struct expr *
operand(struct parser *p, unsigned level)
{
	if (tok_is(p, TOK_NOT))
		return unary(p, UN_NOT, level > LEVEL_COMPARE ? level : LEVEL_COMPARE);
	if (tok_is(p, TOK_SUB))
		return unary(p, UN_NEG, LEVEL_UNARY);
	if (tok_is(p, TOK_INV))
		return unary(p, UN_INV, LEVEL_UNARY);
	if (tok_accept(p, TOK_ADD))
		return parse_level(p, LEVEL_UNARY);
	return postfix(p, primary(p));
}

static bool
bits_of(const struct expr *e)
{
	return e->kind == EX_BINARY && (e->op == BIN_BAND || e->op == BIN_BOR);
}

static struct expr *
binary(struct parser *p, struct expr *left, const struct operator *o)
{
	struct expr *e = expr_new(p, EX_BINARY, left->span, 2);

	tok_take(p);
	e->op = (uint8_t)o->binary;
	e->args[0] = left;
	e->args[1] = parse_level(p, o->right ? LEVEL_UNARY : o->level + 1U);
	expr_done(p, e);
	const struct operator *again = token_operator((enum token_kind)tok_here(p)->kind);
	if (o->level == LEVEL_COMPARE && again->level == LEVEL_COMPARE)
		compile_fail(p->c, tok_here(p)->span, NULL, bits_of(e->args[1])
		    ? "`&` and `|` bind before comparisons: write a < b && b < c, or a < b || b < c"
		    : "join two comparisons: a < b && b < c",
		    "comparisons do not chain");
	return e;
}

/* e "as" type | e "in" lo ".." hi */
static struct expr *
convert(struct parser *p, struct expr *left)
{
	bool as = !tok_is(p, TOK_IN);
	struct expr *e = expr_new(p, as ? EX_AS : EX_IN, left->span, 1);

	e->args[0] = left;
	if (as) {
		tok_take(p);
		e->type = parse_scalar_type(p);
	} else {
		e->type = compile_alloc(p->c, sizeof *e->type);
		e->type->span = tok_here(p)->span;
		parse_range(p, e->type, false);
		e->type->span = span_from(p, e->type->span);
	}
	return expr_done(p, e);
}

static struct expr *
parse_level(struct parser *p, unsigned level)
{
	parse_enter(p);
	struct expr *e = operand(p, level);
	for (;;) {
		const struct operator *o = token_operator((enum token_kind)tok_here(p)->kind);
		if (o->binary >= 0 && o->level >= level)
			e = binary(p, e, o);
		else if (level <= LEVEL_AS && (tok_is(p, TOK_IN) || tok_is_word(p, "as")))
			e = convert(p, e);
		else
			break;
	}
	parse_leave(p);
	return e;
}

/* expr = the operators above, see tokens.def for how tightly each binds */
struct expr *
parse_expr(struct parser *p)
{
	bool dims_follow = p->dims_follow;

	p->dims_follow = false;
	struct expr *e = parse_level(p, LEVEL_LOWEST);
	p->dims_follow = dims_follow;
	return e;
}

struct expr *
parse_bound(struct parser *p)
{
	return parse_level(p, LEVEL_BOUND);
}

/* domain = expr [".." expr] */
struct expr *
parse_domain(struct parser *p)
{
	struct span first = tok_here(p)->span;
	struct expr *from = parse_expr(p);

	if (!tok_accept(p, TOK_DOTS))
		return from;
	struct expr *e = expr_new(p, EX_RANGE, first, 2);
	e->args[0] = from;
	e->args[1] = parse_expr(p);
	return expr_done(p, e);
}
