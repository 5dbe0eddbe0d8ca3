/* parse_token.c: the parser's view of the tokens, and its lists; see parse.h */
#include <string.h>

#include "parse.h"

const struct token *
tok_here(const struct parser *p)
{
	return &p->tok[p->at];
}

const struct token *
tok_next(const struct parser *p)
{
	return &p->tok[p->tok[p->at].kind == TOK_END ? p->at : p->at + 1];
}

bool
tok_is(const struct parser *p, enum token_kind kind)
{
	return tok_here(p)->kind == kind;
}

static bool
is_word(const struct token *t, const char *word)
{
	return t->kind == TOK_NAME && strcmp(t->text, word) == 0;
}

bool
tok_is_word(const struct parser *p, const char *word)
{
	return is_word(tok_here(p), word);
}

const struct token *
tok_take(struct parser *p)
{
	const struct token *t = tok_here(p);

	if (t->kind != TOK_END)
		p->at++;
	return t;
}

bool
tok_accept(struct parser *p, enum token_kind kind)
{
	if (!tok_is(p, kind))
		return false;
	tok_take(p);
	return true;
}

bool
tok_accept_word(struct parser *p, const char *word)
{
	if (!tok_is_word(p, word))
		return false;
	tok_take(p);
	return true;
}

/* What other languages have in this place. */
static const char *
habit(const struct parser *p)
{
	const struct token *t = tok_here(p);
	const char *help = NULL;

	if (t->kind == TOK_NAME)
		help = foreign_help(FOREIGN_MARK, t->text);
	if (help == NULL && p->at > 0 && t[-1].kind == TOK_NAME)
		help = foreign_help(FOREIGN_MARK, t[-1].text);
	if (t->kind == TOK_INV)
		help = "there are no formulas: welch(y, g), linear_regression(y, columns(a, b))";
	else if (t->kind == TOK_QUERY && (t[1].kind == TOK_NUMBER || t[1].kind == TOK_STRING
	    || t[1].kind == TOK_LPAREN))
		help = "a choice is `if c then a else b`";
	else if (t->kind == TOK_LT && t[1].kind == TOK_SUB)
		help = "a name gets its value by `=`: let x = 3";
	return help;
}

_Noreturn void
fail_expected(struct parser *p, const char *what, const char *help)
{
	const struct token *t = tok_here(p);
	const char *found = token_text((enum token_kind)t->kind);
	struct span at = t->span;

	if (habit(p) != NULL)
		help = habit(p);
	if (t->kind == TOK_NAME)
		found = compile_printf(p->c, "the name `%s`", t->text);
	else if (t->kind >= TOK_LET)
		found = compile_printf(p->c, "the reserved word `%s`", t->text);
	/* Of a line that goes on to the file's end, what is missing is behind its last word. */
	if ((t->kind == TOK_EOL || t->kind == TOK_END) && p->at > 0 && p->tok[p->at - 1].span.line
	    < at.line)
		at = p->tok[p->at - 1].span;
	compile_fail(p->c, at, NULL, help, "expected %s, found %s", what, found);
}

const struct token *
tok_expect(struct parser *p, enum token_kind kind, const char *what, const char *help)
{
	if (!tok_is(p, kind))
		fail_expected(p, what, help);
	return tok_take(p);
}

const char *
tok_shown(struct parser *p, const char *what, const char *help)
{
	const struct token *t = tok_expect(p, TOK_STRING, what, help);

	if (t->text[strcspn(t->text, "\n\t")] != '\0')
		compile_fail(p->c, t->span, NULL, NULL, "%s has no \\n or \\t in it", what);
	return t->text;
}

void
tok_expect_word(struct parser *p, const char *word, const char *help)
{
	if (!tok_accept_word(p, word))
		fail_expected(p, compile_printf(p->c, "`%s`", word), help);
}

const char *
tok_name(struct parser *p, const char *what)
{
	return tok_expect(p, TOK_NAME, what, NULL)->text;
}

struct span
span_from(const struct parser *p, struct span first)
{
	if (p->at > 0 && p->tok[p->at - 1].span.end > first.start)
		first.end = p->tok[p->at - 1].span.end;
	return first;
}

void
parse_enter(struct parser *p)
{
	if (++p->depth > N_DEPTH_MAX)
		compile_fail(p->c, tok_here(p)->span, NULL, "give parts of it names, with let",
		    "this is nested more than %d deep", N_DEPTH_MAX);
}

void
parse_leave(struct parser *p)
{
	p->depth--;
}

void
list_add(struct compile *c, struct list *l, void *item)
{
	if (l->n == l->cap) {
		uint32_t cap = l->cap == 0 ? 4 : 2 * l->cap;
		void **bigger = compile_alloc(c, cap * sizeof *bigger);
		if (l->n > 0)
			memcpy(bigger, l->item, l->n * sizeof *bigger);
		l->item = bigger;
		l->cap = cap;
	}
	l->item[l->n++] = item;
}

void *
list_new(struct compile *c, struct list *l, size_t size)
{
	void *item = compile_alloc(c, size);

	list_add(c, l, item);
	return item;
}

void *
list_flat(struct compile *c, const struct list *l, size_t size)
{
	char *all = compile_alloc(c, l->n * size);

	for (uint32_t i = 0; i < l->n; i++)
		memcpy(all + i * size, l->item[i], size);
	return all;
}
