/* check_call.c: calls of functions of the program and of the library.
 *
 * A call is elaborated with the values of its arguments: that makes functions generic over secrecy,
 * missingness, sizes and f, and costs nothing at run time. */
#include <string.h>

#include "check_impl.h"

enum { N_ELABORATED_MAX = 50000 };      /* some seconds of work */

/* Which parameter argument i is for; UINT32_MAX: there is none. */
static uint32_t
parameter_of(const struct decl *fn, const struct expr *e, uint32_t i)
{
	const char *name = e->argname != NULL ? e->argname[i] : NULL;

	if (name == NULL)
		return i < fn->n_params ? i : UINT32_MAX;
	for (uint32_t k = 0; k < fn->n_params; k++)
		if (strcmp(fn->param[k].name, name) == 0)
			return k;
	return UINT32_MAX;
}

static const char *
signature_text(struct check *ck, const struct decl *fn)
{
	const char *s = "";

	for (uint32_t i = 0; i < fn->n_params; i++)
		s = compile_printf(ck->c, "%s%s%s", s, i > 0 ? ", " : "", fn->param[i].name);
	return compile_printf(ck->c, "it is %s(%s)", fn->name, s);
}

struct val *
evaluate_arguments(struct check *ck, const struct decl *fn, const struct expr *e, struct span *at)
{
	struct val *x = compile_alloc(ck->c, (fn->n_params + 1) * sizeof *x);
	bool *given = compile_alloc(ck->c, fn->n_params + 1);

	for (uint32_t i = 0; i < e->n_args; i++) {
		uint32_t k = parameter_of(fn, e, i);
		if (k == UINT32_MAX && e->argname != NULL && e->argname[i] != NULL)
			compile_fail(ck->c, e->args[i]->span, NULL, signature_text(ck, fn),
			    "%s has no parameter \"%s\"", fn->name, e->argname[i]);
		if (k == UINT32_MAX)
			compile_fail(ck->c, e->args[i]->span, NULL, signature_text(ck, fn),
			    "%s takes %u argument%s, and this has %u", fn->name, fn->n_params,
			    fn->n_params == 1 ? "" : "s", e->n_args);
		if (given[k])
			compile_fail(ck->c, e->args[i]->span, NULL, NULL, "\"%s\" is given twice", fn->param[k].name);
		given[k] = true;
		x[k] = eval(ck, e->args[i]);
		x[k] = settle(ck, x[k], e->args[i]->span);
		at[k] = e->args[i]->span;
	}
	for (uint32_t k = 0; k < fn->n_params; k++)
		if (!given[k] && fn->param[k].value == NULL)
			compile_fail(ck->c, e->span, NULL, signature_text(ck, fn), "%s needs \"%s\"", fn->name,
			    fn->param[k].name);
	return x;
}

/* Size names of the signature: the first use binds, the others must agree. */
static void
bind_sizes(struct check *ck, const struct decl *fn, uint32_t k, const struct val *x, struct span at)
{
	const struct type_expr *t = fn->param[k].type;

	for (uint32_t i = 0; i < t->n_dims && i < x->rank; i++) {
		const struct dim *d = &t->dims[i];
		if (d->kind != DIM_SIZE || d->size->kind != EX_NAME)
			continue;
		struct binding *b = lookup_here(ck, d->size->text);
		if (b == NULL) {
			bind_name(ck, d->size->text, val_int(ck, (int64_t)x->dims[i]), d->span);
			continue;
		}
		if (b->val.kind == V_NUMBER && mpq_cmp_ui(b->val.q, x->dims[i], 1) != 0)
			compile_fail(ck->c, at, NULL, NULL,
			    "%s: \"%s\" has %llu elements here, but %s is %ld by an argument before it", fn->name,
			    fn->param[k].name, (unsigned long long)x->dims[i], b->name,
			    mpz_get_si(mpq_numref(b->val.q)));
	}
}

static bool
scalar_signature(const struct decl *fn)
{
	for (uint32_t k = 0; k < fn->n_params; k++)
		if (fn->param[k].type->n_dims > 0 || fn->param[k].type->name == TY_ANY)
			return false;
	return fn->n_params > 0 && fn->n_results == 0 && (fn->type == NULL || fn->type->n_dims == 0);
}

/* Converts argument k; a scalar function may get arrays, and then works on each element. */
static struct val
parameter_value(struct check *ck, const struct decl *fn, uint32_t k, struct val x, bool *each,
    struct span at)
{
	const struct type_expr *t = fn->param[k].type;

	/* bits<k>: the first use of k binds it. */
	if (t->name == TY_BITS && t->param->kind == EX_NAME && x.kind == V_BITS &&
	    lookup_here(ck, t->param->text) == NULL)
		bind_name(ck, t->param->text, val_int(ck, x.bits), t->param->span);
	struct spec s = *eval_spec(ck, t, true);

	if (t->n_dims == 0 && x.rank > 0 && scalar_signature(fn)) {
		*each = true;
		s.rank = x.rank;
		memcpy(s.dims, x.dims, sizeof s.dims);
	}
	if (x.rank == t->n_dims)
		bind_sizes(ck, fn, k, &x, at);
	return to_spec(ck, x, &s, compile_text(ck->c, fn->param[k].span),
	    compile_printf(ck->c, "\"%s\" of %s", fn->param[k].name, fn->name), at);
}

static struct val
result_value(struct check *ck, const struct type_expr *t, struct val x, bool each, const char *what,
    struct span at)
{
	if (t == NULL)
		return x;
	struct spec s = *eval_spec(ck, t, false);
	if (s.kind == V_FIXED && t->param == NULL)
		s.any_frac = true;
	if (each) {
		s.rank = x.rank;
		memcpy(s.dims, x.dims, sizeof s.dims);
	}
	return to_spec(ck, x, &s, compile_text(ck->c, t->span), what, at);
}

static struct val
record_value(struct check *ck, const struct decl *fn, struct val x, struct span at)
{
	struct val *of = compile_alloc(ck->c, fn->n_results * sizeof *of);

	if (x.kind != V_RECORD || x.n_fields != fn->n_results)
		compile_fail(ck->c, at, NULL, "`return (a = ..., b = ...)`", "%s returns %u named values",
		    fn->name,
		    fn->n_results);
	for (uint32_t i = 0; i < fn->n_results; i++) {
		uint32_t k = 0;
		while (k < x.n_fields && strcmp(x.field[k], fn->result[i].name) != 0)
			k++;
		if (k == x.n_fields)
			compile_fail(ck->c, at, NULL, NULL, "%s must return a value \"%s\"", fn->name,
			    fn->result[i].name);
		of[i] = result_value(ck, fn->result[i].type, x.of[k], false, fn->result[i].name, at);
	}
	x.of = of;
	x.field = compile_alloc(ck->c, fn->n_results * sizeof *x.field);
	for (uint32_t i = 0; i < fn->n_results; i++)
		x.field[i] = fn->result[i].name;
	return x;
}

/* Does every way through the block end in a return? */
static bool
block_returns(const struct block *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct stmt *s = b->stmt[i];
		if (s->kind == ST_RETURN)
			return true;
		if (s->kind == ST_IF && block_returns(&s->body) && block_returns(&s->other))
			return true;
	}
	return false;
}

static struct val
run_body(struct check *ck, const struct decl *fn, bool each, struct span at)
{
	struct frame f = { .fn = fn, .up = ck->frame, .cond_depth = cond_depth(ck),
	    .loop_depth = ck->loop_depth };
	bool outer = ck->elementwise;

	ck->frame = &f;
	ck->elementwise = each;
	exec_block(ck, &fn->body);
	ck->frame = f.up;
	ck->elementwise = outer;
	if (!f.returned || (!f.always && !block_returns(&fn->body))) {
		if (f.returned || fn->type != NULL || fn->n_results > 0)
			compile_fail(ck->c, fn->name_span, NULL, NULL, "%s can end without `return`", fn->name);
		return val_new(V_MISSING);
	}
	if (fn->n_results > 0)
		return record_value(ck, fn, f.result, at);
	return result_value(ck, fn->type, f.result, each, compile_printf(ck->c, "the result of %s",
	    fn->name), at);
}

/* An argument that may be rows of a table, and what its length is called. */
struct column {
	const char *size;
	const struct val *val;
};

/* Is the size n, or made of it? */
static bool
mentions(const struct expr *e, const char *n)
{
	if (e->kind == EX_NAME)
		return strcmp(e->text, n) == 0;
	for (uint32_t i = 0; i < e->n_args; i++)
		if (mentions(e->args[i], n))
			return true;
	return false;
}

/* Marks what the library returns of type t. */
static void
give_one(struct check *ck, const struct type_expr *t, const struct val *x,
    const struct column *column, uint32_t n)
{
	const ir_id of[2] = { x->v, x->p };
	uint32_t group = UINT32_MAX;
	bool rows = false;

	for (uint32_t k = 0; t != NULL && k < n; k++)
		for (uint32_t i = 0; i < t->n_dims; i++) {
			const struct expr *size = t->dims[i].kind == DIM_SIZE ? t->dims[i].size : NULL;
			if (size == NULL || !mentions(size, column[k].size))
				continue;
			rows = true;
			if (i == 0 && size->kind == EX_NAME && column[k].val->axis == AXIS_ROWS)
				group = column[k].val->group;
		}
	for (uint32_t k = 0; k < 2 + x->n_levels; k++) {
		ir_id id = k < 2 ? of[k] : x->plane[k - 2];
		if (id == IR_NONE || (t == NULL && x->rank > 0))
			continue;
		ck->ir->value[id].given = rows ? GIVEN_ROWS : GIVEN_WHOLE;
		ck->ir->value[id].given_group = group;
	}
}

/* What the library returns to the program; see check_rows.c. */
static void
give(struct check *ck, const struct decl *fn, const struct val *arg, const struct val *y)
{
	struct column *column = compile_alloc(ck->c, (fn->n_params + 1) * sizeof *column);
	uint32_t n = 0;

	for (uint32_t k = 0; k < fn->n_params; k++) {
		const struct type_expr *t = fn->param[k].type;
		if (arg[k].p != IR_NONE)
			ck->ir->value[arg[k].p].tells_presence = true;
		if (t->n_dims > 0 && t->dims[0].kind == DIM_SIZE && t->dims[0].size->kind == EX_NAME &&
		    arg[k].rank > 0 && val_open(ck, &arg[k]) == SECRET && may_have_rows(ck, &arg[k]))
			column[n++] = (struct column){ t->dims[0].size->text, &arg[k] };
	}
	if (y->kind != V_RECORD)
		give_one(ck, fn->type, y, column, n);
	for (uint32_t i = 0; i < fn->n_results && y->kind == V_RECORD; i++)
		give_one(ck, fn->result[i].type, &y->of[i], column, n);
}

static struct val
call_function(struct check *ck, const struct decl *fn, const struct module *in,
    const struct expr *e)
{
	struct span *at = compile_alloc(ck->c, (fn->n_params + 1) * sizeof *at);
	struct val *x = evaluate_arguments(ck, fn, e, at), y;
	const struct module *from = ck->module;
	struct scope *outer = ck->scope, own;
	struct span via = ck->c->via;
	bool each = false;

	if (++ck->calls > N_CALL_MAX)
		compile_fail(ck->c, e->span, NULL, NULL, "functions call one another more than %d deep",
		    N_CALL_MAX);
	if (++ck->elaborated > N_ELABORATED_MAX)
		compile_fail(ck->c, e->span, NULL, "keep what a function returns, with let, instead of "
		    "calling it again", "functions call functions more than %d times in all",
		    N_ELABORATED_MAX);
	if (in->embedded && via.line == 0)
		ck->c->via = e->span;
	ck->module = in;
	ck->scope = ck->global[in - ck->c->module];
	push_scope(ck, &own);
	for (uint32_t k = 0; k < fn->n_params; k++) {
		if (at[k].line == 0) {
			at[k] = e->span;
			x[k] = settle(ck, eval(ck, fn->param[k].value), e->span);
		}
		struct val v = parameter_value(ck, fn, k, x[k], &each, at[k]);
		if (in->embedded && v.kind == V_BOOL && v.v != IR_NONE &&
		    strcmp(fn->param[k].name, "event") == 0)
			ck->ir->value[v.v].few_false = true;
		bind_name(ck, fn->param[k].name, v, fn->param[k].span);
		x[k] = v;
	}
	y = run_body(ck, fn, each, e->span);
	if (in->embedded && via.line == 0) {
		give(ck, fn, x, &y);
		model_note(ck, &y);
	}
	ck->scope = outer;
	ck->module = from;
	ck->c->via = via;
	ck->calls--;
	return y;
}

struct val
call(struct check *ck, const struct expr *e)
{
	const struct module *in = NULL;
	const struct decl *fn = find_function(ck->c, ck->module, e->text, &in);
	struct val y;

	if (fn != NULL && fn->kind == DE_CIRCUIT)
		return call_circuit(ck, fn, in, e);
	if (fn != NULL)
		return call_function(ck, fn, in, e);
	if (builtin_call(ck, e, &y))
		return y;
	size_t n;
	const char *const *names = check_builtins(&n);
	const char *near = closest_name(e->text, names, n);
	compile_fail(ck->c, e->span, NULL,
	    near != NULL ? compile_printf(ck->c, "did you mean \"%s\"?", near) : NULL,
	    "there is no function \"%s\"", e->text);
}
