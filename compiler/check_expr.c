/* check_expr.c: expressions, by their kind. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "check_impl.h"

enum { EXPONENT_MAX = 1000, N_TREE_MAX = 400 };

static bool
digit(const char *s, mpz_t m)
{
	if (!isdigit((unsigned char)*s))
		return false;
	mpz_mul_ui(m, m, 10);
	mpz_add_ui(m, m, (unsigned long)(*s - '0'));
	return true;
}

/* number = digits ["." digits] [("e"|"E") ["+"|"-"] digits] | "0x" hex digits, exactly */
static struct val
number(struct check *ck, const struct expr *e)
{
	const char *s = e->text;
	long scale = 0, exponent = 0;
	bool point = false;
	mpq_t q;
	mpz_t ten;

	mpq_init(q);
	mpz_init_set_ui(ten, 10);
	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		if (mpz_set_str(mpq_numref(q), s + 2, 16) != 0)
			compile_fail(ck->c, e->span, NULL, NULL, "this is no number");
		return val_number(ck, q, false);
	}
	for (; *s != '\0' && *s != 'e' && *s != 'E'; s++) {
		if (digit(s, mpq_numref(q)))
			scale += point;
		else if (*s == '.')
			point = true;
	}
	if (*s != '\0')
		exponent = strtol(s + 1, NULL, 10);
	if (exponent > EXPONENT_MAX || exponent < -EXPONENT_MAX)
		compile_fail(ck->c, e->span, NULL, NULL, "this number is too large or too small");
	bool decimal = point || exponent < 0;
	exponent -= scale;
	mpz_pow_ui(ten, ten, (unsigned long)labs(exponent));
	if (exponent >= 0)
		mpz_mul(mpq_numref(q), mpq_numref(q), ten);
	else
		mpz_set(mpq_denref(q), ten);
	mpq_canonicalize(q);
	return val_number(ck, q, decimal);
}

static struct val
name(struct check *ck, const struct expr *e)
{
	const struct binding *b = lookup(ck, e->text);

	if (b != NULL)
		return b->val;
	if (strcmp(e->text, "true") == 0 || strcmp(e->text, "false") == 0)
		return val_bool(ck, e->text[0] == 't', at_span(ck, e->span));
	if (strcmp(e->text, "missing") == 0)
		return val_new(V_MISSING);
	if (group_index(ck, e->text) != UINT32_MAX)
		compile_fail(ck->c, e->span, NULL, "its size is `.count`", "\"%s\" is a party, not a value",
		    e->text);
	if (ck->declaring)
		compile_fail(ck->c, e->span, NULL,
		    "sizes and ranges in declarations are made of numbers and params",
		    "\"%s\" is not known here", e->text);
	compile_fail(ck->c, e->span, NULL, NULL, "\"%s\" is not declared", e->text);
}

static struct val
field(struct check *ck, const struct expr *e)
{
	const struct expr *of = e->args[0];

	if (of->kind == EX_NAME && lookup(ck, of->text) == NULL && group_index(ck,
	    of->text) != UINT32_MAX) {
		bool known;
		uint64_t n = member_count(ck, group_index(ck, of->text), &known);
		if (strcmp(e->text, "count") != 0)
			compile_fail(ck->c, e->span, NULL, NULL, "a party has no \"%s\", only .count", e->text);
		if (!known)
			compile_fail(ck->c, e->span, NULL, NULL,
			    "how many members \"%s\" has is not known in a declaration", of->text);
		return val_int(ck, (int64_t)n);
	}
	struct val x = eval(ck, of);
	if (x.kind != V_RECORD)
		compile_fail(ck->c, e->span, NULL, compile_printf(ck->c, "a call has brackets: `.%s()`", e->text),
		    "this is %s and has no named value \"%s\"", type_text(ck, &x), e->text);
	const struct val *found = record_field(&x, e->text);
	if (found != NULL)
		return *found;
	const char *near = closest_name(e->text, x.field, x.n_fields);
	compile_fail(ck->c, e->span, NULL, near != NULL ? compile_printf(ck->c, "did you mean \"%s\"?",
	    near) : NULL,
	    "there is no value \"%s\" here", e->text);
}

static struct val
array(struct check *ck, const struct expr *e)
{
	struct val *x = compile_alloc(ck->c, (e->n_args + 1) * sizeof *x);
	const char **text = compile_alloc(ck->c, (e->n_args + 1) * sizeof *text);
	bool strings = true;

	if (e->n_args == 0)
		compile_fail(ck->c, e->span, NULL, "zeros(0) is an array without elements",
		    "this array has no type: it is empty");
	for (uint32_t i = 0; i < e->n_args; i++) {
		x[i] = eval(ck, e->args[i]);
		strings &= x[i].kind == V_STRING && x[i].rank == 0;
		if (strings)
			text[i] = x[i].text[0];
	}
	if (strings)
		return val_strings(ck, e->n_args, text, false);
	return stack(ck, e->n_args, x, e->span);
}

static struct val
side(struct check *ck, struct val c, const struct expr *e)
{
	struct cond k;
	struct val x;

	push_cond(ck, &k, c, e->span);
	x = eval(ck, e);
	ck->cond = k.up;
	return x;
}

static struct val
choice(struct check *ck, const struct expr *e)
{
	struct val c = eval(ck, e->args[0]), a, b;
	struct span at = e->args[0]->span;

	c = condition(ck, &c, at);
	if (c.rank == 0 && known_true(ck, c.v))
		return eval(ck, e->args[1]);
	if (c.rank == 0 && known_false(ck, c.v))
		return eval(ck, e->args[2]);
	a = side(ck, c, e->args[1]);
	b = side(ck, unary_op(ck, UN_NOT, c, at), e->args[2]);
	return select_val(ck, &c, a, b, e->span);
}

static struct val
within(struct check *ck, const struct expr *e)
{
	struct val x = eval(ck, e->args[0]);
	mpz_t lo, hi;

	mpz_inits(lo, hi, NULL);
	x = settle(ck, concrete(ck, x, e->args[0]->span), e->span);
	if (x.kind != V_INT && x.kind != V_FIXED && x.kind != V_BOOL)
		compile_fail(ck->c, e->span, NULL, NULL, "%s has no range", type_text(ck, &x));
	known_range(ck, e->type->lo, e->type->hi, ir_frac(ck, x.v), lo, hi);
	return assume(ck, x, lo, hi, compile_text(ck->c, e->span), e->span);
}

static struct val
result(struct check *ck, const struct expr *e)
{
	struct val x = val_new(V_RECORD);

	x.n_fields = e->n_args;
	x.field = e->argname;
	x.of = compile_alloc(ck->c, (e->n_args + 1) * sizeof *x.of);
	for (uint32_t i = 0; i < e->n_args; i++) {
		x.of[i] = settle(ck, eval(ck, e->args[i]), e->args[i]->span);
		if (x.of[i].kind == V_RECORD)
			compile_fail(ck->c, e->args[i]->span, NULL, NULL, "named values do not nest");
	}
	return x;
}

static struct val
of_kind(struct check *ck, const struct expr *e)
{
	switch (e->kind) {
	case EX_NUMBER: return number(ck, e);
	case EX_NAME: return name(ck, e);
	case EX_CALL: return call(ck, e);
	case EX_FIELD: return field(ck, e);
	case EX_INDEX: return index_val(ck, eval(ck, e->args[0]), e);
	case EX_UNARY: return unary_op(ck, (enum unary)e->op, eval(ck, e->args[0]), e->span);
	case EX_BINARY: {
		struct val a = eval(ck, e->args[0]);
		return binary_op(ck, (enum binary)e->op, a, eval(ck, e->args[1]), e->span);
	}
	case EX_IF: return choice(ck, e);
	case EX_ARRAY: return array(ck, e);
	case EX_EACH: return comprehension(ck, e);
	case EX_RESULT: return result(ck, e);
	case EX_IN: return within(ck, e);
	case EX_AS:
		return as_spec(ck, eval(ck, e->args[0]), eval_spec(ck, e->type, false), e->type, e->span);
	case EX_STRING: {
		const char **text = compile_alloc(ck->c, sizeof *text);
		*text = e->text;
		return val_strings(ck, 1, text, true);
	}
	case EX_RANGE:
		break;
	}
	compile_fail(ck->c, e->span, NULL, "range(a, b) is the array of these numbers",
	    "`a..b` stands only in loops, slices and ranges of types");
}

void
enter_tree(struct check *ck, struct span at)
{
	if (++ck->depth > N_TREE_MAX)
		compile_fail(ck->c, at, NULL, "give parts of it names, with let",
		    "expressions and calls are nested more than %d deep", N_TREE_MAX);
}

void
leave_tree(struct check *ck)
{
	ck->depth--;
}

struct val
eval(struct check *ck, const struct expr *e)
{
	struct val x;

	enter_tree(ck, e->span);
	x = of_kind(ck, e);
	leave_tree(ck);
	return x;
}
