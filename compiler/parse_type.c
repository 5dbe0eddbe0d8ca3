/* parse_type.c: types; see parse.h */
#include <string.h>

#include "parse.h"

static const char *const type_names[] = {
	[TY_BOOL] = "bool", [TY_INT] = "int", [TY_FIXED] = "fixed", [TY_NUM] = "num",
	[TY_BITS] = "bits", [TY_ONEOF] = "oneof", [TY_ID] = "id", [TY_ANY] = "any",
};
enum { N_TYPE_NAME = sizeof type_names / sizeof type_names[0], N_LEVEL_MAX = 1024 };

/* "<" expr ">" ; >= is a > and an = here: var w : bits<8>= 3 */
static struct expr *
angle(struct parser *p, const char *type)
{
	if (!tok_accept(p, TOK_LT))
		return NULL;
	struct expr *e = parse_bound(p);
	if (tok_is(p, TOK_GE)) {
		struct token *t = &p->tok[p->at];
		t->kind = TOK_ASSIGN;
		t->span.start++;
		t->span.column++;
		return e;
	}
	if (!tok_is(p, TOK_GT))
		fail_expected(p, "`>`", compile_printf(p->c,
		    "a comparison behind `as %s` needs parentheses "
		    "around the conversion", type));
	tok_take(p);
	return e;
}

/* Levels are told apart by name and by text. */
static void
check_level(struct parser *p, const struct list *names, const struct list *texts, struct span at)
{
	uint32_t last = names->n - 1;
	const char *name = names->item[last], *text = texts->item[last];

	if (last >= N_LEVEL_MAX)
		compile_fail(p->c, at, NULL, NULL, "a category has at most %d levels", N_LEVEL_MAX);
	for (uint32_t i = 0; i < last; i++) {
		if (strcmp(names->item[i], name) == 0)
			compile_fail(p->c, at, NULL, NULL, "level \"%s\" is given twice", name);
		if (strcmp(texts->item[i], text) == 0)
			compile_fail(p->c, at, NULL, NULL, "two levels are \"%s\" in the file",
			    text);
	}
}

/* levels = "(" level { "," level } ")"    level = string ["=" string] */
static void
levels(struct parser *p, struct type_expr *t)
{
	static const char help[] = "a category is oneof(\"a\", \"b\") or oneof(\"a\"=\"1\", "
	    "\"b\"=\"2\")";
	struct list names = { .n = 0 }, texts = { .n = 0 };

	tok_expect(p, TOK_LPAREN, "`(`", help);
	do {
		if (tok_is(p, TOK_RPAREN) && names.n > 0)
			break;
		struct span at = tok_here(p)->span;
		const char *name = tok_shown(p, "the name of a level", help), *text = name;
		if (tok_accept(p, TOK_ASSIGN))
			text = tok_expect(p, TOK_STRING, "the level's text in a file", help)->text;
		list_add(p->c, &names, (void *)(uintptr_t)name);
		list_add(p->c, &texts, (void *)(uintptr_t)text);
		check_level(p, &names, &texts, at);
	} while (tok_accept(p, TOK_COMMA));
	tok_expect(p, TOK_RPAREN, "`,` or `)`", help);
	t->n_levels = names.n;
	t->level = (const char **)names.item;
	t->level_text = (const char **)texts.item;
}

/* range = "in" bound ".." bound */
void
parse_range(struct parser *p, struct type_expr *t, bool dims_follow)
{
	bool outer = p->dims_follow;
	static const char help[] = "a range is written `in 0..10`, both ends in";

	tok_expect(p, TOK_IN, "`in`", help);
	t->lo = parse_bound(p);
	tok_expect(p, TOK_DOTS, "`..`", help);
	p->dims_follow = dims_follow;
	t->hi = parse_bound(p);
	p->dims_follow = outer;
}

static enum type_name
type_name(struct parser *p)
{
	static const char help[] = "the types are bool, int, fixed, bits<k>, oneof(...), id, and "
	    "num and any in a fn";
	const struct token *t = tok_expect(p, TOK_NAME, "a type", help);

	for (unsigned i = 0; i < N_TYPE_NAME; i++)
		if (strcmp(t->text, type_names[i]) == 0)
			return (enum type_name)i;
	const char *close = closest_name(t->text, type_names, N_TYPE_NAME);
	const char *foreign = foreign_help(FOREIGN_TYPE, t->text);
	compile_fail(p->c, t->span, NULL, foreign != NULL ? foreign :
	    close != NULL ? compile_printf(p->c, "did you mean `%s`?", close) : help,
	    "there is no type `%s`", t->text);
}

/* scalar = ("bool" | "int" | "num" | "any" | "id" | "fixed" ["<" f ">"] | "bits" "<" k ">"
 *          | "oneof" levels) ["?"] [range] */
static struct type_expr *
scalar(struct parser *p, bool dims_follow)
{
	struct type_expr *t = compile_alloc(p->c, sizeof *t);

	t->span = tok_here(p)->span;
	t->name = type_name(p);
	if (t->name == TY_FIXED || t->name == TY_BITS)
		t->param = angle(p, type_names[t->name]);
	if (t->name == TY_BITS && t->param == NULL)
		fail_expected(p, "`<`", "how many bits: bits<64>");
	if (t->name == TY_ONEOF)
		levels(p, t);
	t->optional = tok_accept(p, TOK_QUERY);
	if (tok_is(p, TOK_IN)) {
		if (t->name != TY_INT && t->name != TY_FIXED && t->name != TY_NUM)
			compile_fail(p->c, tok_here(p)->span, NULL, NULL, "%s has no range",
			    type_names[t->name]);
		parse_range(p, t, dims_follow);
		if (tok_is(p, TOK_QUERY))
			fail_expected(p, "the end of the type", "`?` stands behind the type's "
			    "name: int? in 0..5");
	}
	t->span = span_from(p, t->span);
	return t;
}

struct type_expr *
parse_scalar_type(struct parser *p)
{
	return scalar(p, false);
}

/* dim = "*" | ".." expr | expr */
static void
dim(struct parser *p, struct dim *d, uint32_t axis)
{
	d->span = tok_here(p)->span;
	d->kind = DIM_SIZE;
	if (tok_accept(p, TOK_MUL))
		d->kind = DIM_STAR;
	else if (tok_accept(p, TOK_DOTS))
		d->kind = DIM_UPTO;
	if (d->kind != DIM_SIZE && axis > 0)
		compile_fail(p->c, d->span, NULL, NULL, "only the first axis may be of unknown "
		    "length");
	if (d->kind != DIM_STAR)
		d->size = parse_expr(p);
	d->span = span_from(p, d->span);
}

/* type = scalar [ "[" [ dim { "," dim } ] "]" ] */
struct type_expr *
parse_type(struct parser *p)
{
	struct type_expr *t = scalar(p, true);
	struct list l = { .n = 0 };

	if (!tok_is(p, TOK_LBRACKET))
		return t;
	struct span open = tok_take(p)->span;
	if (tok_is(p, TOK_RBRACKET)) {
		struct dim *d = list_new(p->c, &l, sizeof *d);
		d->span = open;
		d->kind = DIM_ROWS;
	} else {
		do {
			if (l.n == N_RANK_MAX)
				compile_fail(p->c, tok_here(p)->span, NULL, NULL,
				    "an array has at most %d axes",
				    N_RANK_MAX);
			uint32_t axis = l.n;
			dim(p, list_new(p->c, &l, sizeof(struct dim)), axis);
		} while (tok_accept(p, TOK_COMMA));
	}
	tok_expect(p, TOK_RBRACKET, "`,` or `]`", NULL);
	t->n_dims = l.n;
	t->dims = list_flat(p->c, &l, sizeof(struct dim));
	if (tok_is(p, TOK_QUERY))
		fail_expected(p, "the end of the type", "`?` stands behind the type's name: int? "
		    "in 0..5 []");
	t->span = span_from(p, t->span);
	return t;
}
