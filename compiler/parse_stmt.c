/* parse_stmt.c: statements; see parse.h */
#include <string.h>

#include "parse.h"

static void
skip_lines(struct parser *p)
{
	while (tok_accept(p, TOK_EOL))
		continue;
}

void
parse_end(struct parser *p)
{
	if (tok_is(p, TOK_END) || tok_is(p, TOK_RBRACE))
		return;
	if (!tok_accept(p, TOK_EOL))
		fail_expected(p, "the end of the statement", tok_is(p, TOK_DOTS)
		    ? "a range stands in `for`, in an index or behind `in`"
		    : "a statement ends at the line's end; it goes on "
		    "inside brackets and behind an operator");
}

/* block = "{" { stmt } "}" */
struct block
parse_block(struct parser *p)
{
	struct list l = { .n = 0 };

	parse_enter(p);
	tok_expect(p, TOK_LBRACE, "`{`", NULL);
	skip_lines(p);
	while (!tok_is(p, TOK_RBRACE)) {
		list_add(p->c, &l, parse_stmt(p));
		skip_lines(p);
	}
	tok_take(p);
	parse_leave(p);
	return (struct block){ .n = l.n, .stmt = (struct stmt **)l.item };
}

/* let = "let" name [":" type] "=" expr    var = "var" name [":" type] ["=" expr] */
static void
parse_let(struct parser *p, struct stmt *s)
{
	s->kind = tok_take(p)->kind == TOK_LET ? ST_LET : ST_VAR;
	s->name_span = tok_here(p)->span;
	s->name = tok_name(p, "a name");
	if (tok_accept(p, TOK_COLON))
		s->type = parse_type(p);
	if (tok_accept(p, TOK_ASSIGN))
		s->value = parse_expr(p);
	else if (s->kind == ST_LET)
		fail_expected(p, "`=`", "a let has a value: let x = 3");
	else if (s->type == NULL)
		fail_expected(p, "`:` or `=`", "a var has a type or a first value: var x : int in "
		    "0..100");
	parse_end(p);
}

/* for = "for" name "in" domain block */
static void
parse_for(struct parser *p, struct stmt *s)
{
	tok_take(p);
	s->kind = ST_FOR;
	s->name_span = tok_here(p)->span;
	s->name = tok_name(p, "the name of the loop's variable");
	tok_expect(p, TOK_IN, "`in`", "for i in 0..n { ... }");
	s->value = parse_domain(p);
	s->body = parse_block(p);
}

/* if = "if" expr block [ "else" (if | block) ] */
static void
parse_if(struct parser *p, struct stmt *s)
{
	parse_enter(p);
	tok_take(p);
	s->kind = ST_IF;
	s->value = parse_expr(p);
	if (tok_is(p, TOK_THEN))
		fail_expected(p, "`{`", "`if c then a else b` is a value: let x = if c then a else "
		    "b");
	s->body = parse_block(p);
	if (tok_accept(p, TOK_ELSE)) {
		if (tok_is(p, TOK_IF)) {
			struct stmt **one = compile_alloc(p->c, sizeof *one);
			*one = compile_alloc(p->c, sizeof **one);
			(*one)->span = tok_here(p)->span;
			parse_if(p, *one);
			(*one)->span = span_from(p, (*one)->span);
			s->other = (struct block){ .n = 1, .stmt = one };
		} else {
			s->other = parse_block(p);
		}
	}
	parse_leave(p);
}

/* assign = name [index] ("=" | "+=" | ...) expr    else an expression by itself */
static void
parse_simple(struct parser *p, struct stmt *s)
{
	struct expr *e = parse_expr(p);
	const struct operator *o = token_operator((enum token_kind)tok_here(p)->kind);

	if (o->assign == -2) {
		s->kind = ST_EXPR;
		s->value = e;
		parse_end(p);
		return;
	}
	const struct expr *target = e->kind == EX_INDEX ? e->args[0] : e;
	if (target->kind == EX_INDEX)
		compile_fail(p->c, e->span, NULL, "one index with a comma: x[i, j] = e",
		    "an element is assigned through one index");
	if (target->kind != EX_NAME)
		compile_fail(p->c, e->span, NULL, "x = e, or x[i] = e",
		    "this cannot be assigned to");
	s->kind = ST_ASSIGN;
	s->name = target->text;
	s->name_span = target->span;
	s->n_items = e->n_items;
	s->items = e->items;
	s->op = o->assign;
	tok_take(p);
	s->value = parse_expr(p);
	parse_end(p);
}

/* return = "return" (expr | result) */
static void
parse_return(struct parser *p, struct stmt *s)
{
	const struct token *t = &p->tok[p->at + 1];

	tok_take(p);
	s->kind = ST_RETURN;
	if (tok_is(p, TOK_LPAREN) && t[1].kind == TOK_NAME && t[2].kind == TOK_ASSIGN)
		s->value = parse_result(p);
	else
		s->value = parse_expr(p);
	parse_end(p);
}

static _Noreturn void
refuse_declaration(struct parser *p)
{
	const struct token *t = tok_here(p);

	compile_fail(p->c, t->span, NULL, t->kind == TOK_OUTPUT
	    ? "let the block set a variable, and output it behind the block" : NULL,
	    "`%s` stands at the top level of a program, not inside a block", t->text);
}

/* stmt = let | var | for | if | return | "assert" expr | assign */
struct stmt *
parse_stmt(struct parser *p)
{
	struct stmt *s = compile_alloc(p->c, sizeof *s);

	s->span = tok_here(p)->span;
	s->op = -1;
	switch (tok_here(p)->kind) {
	case TOK_VAR:
		if (tok_next(p)->kind == TOK_LPAREN)
			parse_simple(p, s);
		else
			parse_let(p, s);
		break;
	case TOK_LET:
		parse_let(p, s);
		break;
	case TOK_FOR:
		parse_for(p, s);
		parse_end(p);
		break;
	case TOK_IF:
		parse_if(p, s);
		parse_end(p);
		break;
	case TOK_RETURN:
		parse_return(p, s);
		break;
	case TOK_ASSERT:
		tok_take(p);
		s->kind = ST_ASSERT;
		s->value = parse_expr(p);
		parse_end(p);
		break;
	case TOK_INPUT: case TOK_OUTPUT: case TOK_PARAM: case TOK_PARTY:
	case TOK_FN: case TOK_CIRCUIT: case TOK_STUDY: case TOK_USE:
		refuse_declaration(p);
	default:
		parse_simple(p, s);
	}
	/* The line's end is no part of the statement. */
	s->span = span_from(p, s->span);
	if (p->at > 0 && p->tok[p->at - 1].kind == TOK_EOL)
		s->span.end = p->tok[p->at - 2].span.end;
	return s;
}
