/* check.c: the checker: names, statements and conditions.
 *
 * `if` on what is not known runs both sides.  A variable that a side assigns as a whole is merged
 * behind it by a select; an assignment to an element keeps the old element where the condition does
 * not hold (so that one element costs one select, not one for every element).  binding.whole_at
 * says under how many conditions the value was last assigned as a whole: it is right if those
 * hold. */
#include "check.h"

#include <string.h>

#include "check_impl.h"

void
push_scope(struct check *ck, struct scope *s)
{
	*s = (struct scope){ .up = ck->scope };
	ck->scope = s;
}

void
pop_scope(struct check *ck)
{
	ck->scope = ck->scope->up;
}

static struct binding *
find_in(const struct scope *s, const char *name)
{
	for (struct binding *b = s->first; b != NULL; b = b->next)
		if (strcmp(b->name, name) == 0)
			return b;
	return NULL;
}

struct binding *
lookup(struct check *ck, const char *name)
{
	struct binding *b = NULL;

	for (const struct scope *s = ck->scope; b == NULL && s != NULL; s = s->up)
		b = find_in(s, name);
	for (uint32_t i = 0; b == NULL && i < ck->module->n_uses; i++)
		b = find_in(ck->global[ck->module->use[i]], name);
	return b;
}

struct binding *
lookup_here(struct check *ck, const char *name)
{
	return find_in(ck->scope, name);
}

struct binding *
bind_name(struct check *ck, const char *name, struct val x, struct span at)
{
	struct binding *b = compile_alloc(ck->c, sizeof *b);

	if (find_in(ck->scope, name) != NULL)
		compile_fail(ck->c, at, NULL, "choose another name, or declare it with `var` and assign to it",
		    "\"%s\" is declared already (line %u)", name, find_in(ck->scope, name)->span.line);
	b->name = name;
	b->val = x;
	b->span = at;
	b->whole_at = cond_depth(ck);
	b->next = ck->scope->first;
	ck->scope->first = b;
	return b;
}

uint32_t
cond_depth(const struct check *ck)
{
	return ck->cond != NULL ? ck->cond->depth : 0;
}

void
push_cond(struct check *ck, struct cond *k, struct val c, struct span at)
{
	*k = (struct cond){ .c = c, .depth = cond_depth(ck) + 1, .span = at, .up = ck->cond };
	ck->cond = k;
}

struct val
conditions_since(struct check *ck, uint32_t from, struct span at)
{
	struct val all = val_bool(ck, true, at_span(ck, at));

	for (struct cond *k = ck->cond; k != NULL && k->depth > from; k = k->up)
		all = binary_op(ck, BIN_AND, k->c, all, at);
	return all;
}

bool
any_secret_condition(const struct check *ck)
{
	for (const struct cond *k = ck->cond; k != NULL; k = k->up)
		if (val_open(ck, &k->c) == SECRET)
			return true;
	return false;
}

static void
need_present(struct check *ck, const struct binding *b, const struct val *x, struct span at)
{
	if (x->p != IR_NONE && b->spec != NULL && !b->spec->optional)
		compile_fail(ck->c, at, NULL,
		    "coalesce(x, 0) fills what is missing; or declare the type with `?`",
		    "\"%s\" is declared without `?`, and this may be missing", b->name);
}

/* The value that becomes that of a variable: its type if one is declared, else the wider kind. */
void
assign_whole(struct check *ck, struct binding *b, struct val x, const char *source, struct span at)
{
	struct val old = b->val;

	if (b->spec != NULL) {
		if (x.rank == 0 && b->spec->rank > 0 && x.kind != V_STRING)
			x = broadcast_to(ck, concrete(ck, x, at), b->spec->rank, b->spec->dims, at);
		x = to_spec(ck, x, b->spec, source, compile_printf(ck->c, "\"%s\"", b->name), at);
		x = concrete(ck, x, at);
		need_present(ck, b, &x, at);
	} else if (old.kind == V_RECORD || old.kind == V_STRING) {
		if (x.kind != old.kind)
			compile_fail(ck->c, at, NULL, NULL, "\"%s\" is %s, and this is %s", b->name,
			    type_text(ck, &old), type_text(ck, &x));
	} else {
		unify(ck, &x, &old, at);
		x = settle(ck, x, at);
		if (x.rank == 0 && old.rank > 0)
			x = broadcast_to(ck, x, old.rank, old.dims, at);
		if (x.rank != old.rank || memcmp(x.dims, old.dims, x.rank * sizeof *x.dims) != 0)
			compile_fail(ck->c, at, NULL, "a variable keeps its shape: declare another one",
			    "\"%s\" has shape %s, and this has %s", b->name, dims_text(ck, old.rank, old.dims),
			    dims_text(ck, x.rank, x.dims));
	}
	b->val = x;
	b->whole_at = cond_depth(ck);
}

static const char *
declared_source(struct check *ck, const struct stmt *s)
{
	struct span at = s->name_span;

	at.end = s->type->span.end;
	return compile_printf(ck->c, "%s %s", s->kind == ST_VAR ? "var" : "let", compile_text(ck->c, at));
}

static void
let_stmt(struct check *ck, const struct stmt *s)
{
	struct val x = val_new(V_MISSING);
	struct span at = s->value != NULL ? s->value->span : s->span;
	const struct spec *t = s->type != NULL ? eval_spec(ck, s->type, false) : NULL;

	if (s->value != NULL)
		x = eval(ck, s->value);
	else if (t != NULL)
		x = zero_of(ck, t, s->span);
	if (t == NULL) {
		x = settle(ck, x, at);
		if (s->kind == ST_VAR || x.kind == V_MISSING)
			x = concrete(ck, x, at);
		bind_name(ck, s->name, x, s->name_span)->mutable = s->kind == ST_VAR;
		return;
	}
	struct binding *b = bind_name(ck, s->name, x, s->name_span);
	b->spec = t;
	b->source = declared_source(ck, s);
	assign_whole(ck, b, x, b->source, at);
	b->mutable = s->kind == ST_VAR;
}

static struct binding *
assignable(struct check *ck, const struct stmt *s)
{
	struct binding *b = lookup(ck, s->name);

	if (b == NULL)
		compile_fail(ck->c, s->name_span, NULL, "declare it: `var x = ...`", "\"%s\" is not declared",
		    s->name);
	if (!b->mutable)
		compile_fail(ck->c, s->name_span, NULL,
		    b->loop_counter ? "copy it: `var k = ...`" : "declare it with `var` if it changes",
		    "\"%s\" is no variable%s", s->name, b->loop_counter ? " but the name of each step's value" :
		    "");
	if (ck->frame != NULL && find_in(ck->global[ck->module - ck->c->module], s->name) == b)
		compile_fail(ck->c, s->name_span, NULL, "return the new value instead",
		    "a function cannot assign to \"%s\", which stands outside it", s->name);
	return b;
}

static void
assign_stmt(struct check *ck, const struct stmt *s)
{
	struct binding *b = assignable(ck, s);

	if (s->n_items > 0) {
		assign_index(ck, b, s);
		return;
	}
	struct val x = eval(ck, s->value);
	if (s->op >= 0) {
		if (s->op == BIN_ADD || s->op == BIN_SUB)
			x = settle(ck, x, s->value->span);
		x = binary_op(ck, (enum binary)s->op, b->val, x, s->span);
	}
	assign_whole(ck, b, x, b->source != NULL ? b->source : s->name, s->value->span);
}

/* The variables that can be assigned to from here. */
struct saved {
	struct binding *b;
	struct val before, then;
	uint32_t before_at, then_at;
};

static struct saved *
save_variables(struct check *ck, uint32_t *n)
{
	uint32_t count = 0;
	struct saved *s;

	for (const struct scope *k = ck->scope; k != NULL; k = k->up)
		for (const struct binding *b = k->first; b != NULL; b = b->next)
			count += b->mutable;
	s = compile_alloc(ck->c, (count + 1) * sizeof *s);
	*n = 0;
	for (const struct scope *k = ck->scope; k != NULL; k = k->up)
		for (struct binding *b = k->first; b != NULL; b = b->next)
			if (b->mutable)
				s[(*n)++] = (struct saved){ .b = b, .before = b->val, .before_at = b->whole_at };
	return s;
}

static bool
same_value(const struct val *a, const struct val *b)
{
	if (a->v != b->v || a->p != b->p || a->kind != b->kind || a->q != b->q || a->of != b->of)
		return false;
	return a->kind != V_CATEGORY || a->plane == b->plane;
}

static void
merge_variables(struct check *ck, const struct val *c, struct saved *s, uint32_t n, struct span at)
{
	uint32_t here = cond_depth(ck);

	for (uint32_t i = 0; i < n; i++) {
		struct binding *b = s[i].b;
		if (s[i].then_at <= here && b->whole_at <= here)
			continue;
		if (!same_value(&s[i].then, &b->val))
			b->val = settle(ck, select_val(ck, c, s[i].then, b->val, at), at);
		b->whole_at = here;
	}
}

static void
run_side(struct check *ck, struct val c, const struct block *body, struct span at)
{
	struct cond k;

	push_cond(ck, &k, c, at);
	exec_block(ck, body);
	ck->cond = k.up;
}

static void
both_sides(struct check *ck, const struct stmt *s, struct val c)
{
	uint32_t n, here = cond_depth(ck);
	struct saved *vars = save_variables(ck, &n);
	struct span at = s->value->span;

	run_side(ck, c, &s->body, at);
	for (uint32_t i = 0; i < n; i++) {
		vars[i].then = vars[i].b->val;
		vars[i].then_at = vars[i].b->whole_at;
		if (vars[i].then_at > here) {
			vars[i].b->val = vars[i].before;
			vars[i].b->whole_at = vars[i].before_at;
		}
	}
	run_side(ck, unary_op(ck, UN_NOT, c, at), &s->other, at);
	merge_variables(ck, &c, vars, n, at);
}

static void
if_stmt(struct check *ck, const struct stmt *s)
{
	struct val c = eval(ck, s->value);

	c = condition(ck, &c, s->value->span);
	if (c.rank != 0 && !ck->elementwise)
		compile_fail(ck->c, s->value->span, NULL,
		    "`if c then a else b` works on arrays, element by element",
		    "the condition of an `if` statement is one bool, and this is %s", type_text(ck, &c));
	if (c.rank == 0 && known_true(ck, c.v))
		exec_block(ck, &s->body);
	else if (c.rank == 0 && known_false(ck, c.v))
		exec_block(ck, &s->other);
	else
		both_sides(ck, s, c);
}

/* Of several returns the first whose conditions hold counts. */
static void
return_stmt(struct check *ck, const struct stmt *s)
{
	struct frame *f = ck->frame;
	struct span at = s->span;

	if (f == NULL)
		compile_fail(ck->c, at, NULL, NULL, "`return` stands outside a function");
	if (ck->loop_depth != f->loop_depth)
		compile_fail(ck->c, at, NULL, "keep the result in a variable and return it behind the loop",
		    "a `return` inside a loop");
	if (f->always)
		return;
	struct val x = eval(ck, s->value);
	if (x.kind != V_RECORD)
		x = settle(ck, x, at);
	struct val now = conditions_since(ck, f->cond_depth, at);
	if (f->returned) {
		x = select_val(ck, &f->when, f->result, x, at);
		now = binary_op(ck, BIN_OR, f->when, now, at);
	}
	f->always = cond_depth(ck) == f->cond_depth;
	f->returned = true;
	f->when = now;
	f->result = x;
}

/* The message stands at the call of a library function, whose source the user may not have. */
static const char *
asked_by_library(struct check *ck, struct span at, const char *besides, const char *otherwise)
{
	if (!ck->c->module[at.file].embedded)
		return otherwise;
	return compile_printf(ck->c, "what the function asks for is `%s`%s; `konsil doc` describes it",
	    compile_text(ck->c, at), besides);
}

static void
assert_stmt(struct check *ck, const struct stmt *s)
{
	struct val c = eval(ck, s->value);
	struct span at = s->value->span;

	c = condition(ck, &c, at);
	if (val_open(ck, &c) == SECRET)
		compile_fail(ck->c, at, val_note(ck, &c), asked_by_library(ck, at,
		    ", of what is known before the program runs",
		    "reveal it first, or `require` it of an output"),
		    "an assertion is about known or public values, and this is secret");
	if (cond_depth(ck) > 0) {
		if (any_secret_condition(ck))
			compile_fail(ck->c, s->span, NULL, "assert what holds on both sides, behind the `if`",
			    "an assertion inside an `if` on a secret would tell which side was taken");
		struct val w = conditions_since(ck, 0, at);
		c = binary_op(ck, BIN_OR, unary_op(ck, UN_NOT, w, at), c, at);
	}
	if (known_false(ck, c.v) && c.n > 0)
		compile_fail(ck->c, at, NULL, asked_by_library(ck, at, "", NULL),
		    "this assertion does not hold");
	if (c.n > 0 && !known_true(ck, c.v))
		ir_assert(ck->ir, c.v, at_span(ck, at));
}

static void
of_kind(struct check *ck, const struct stmt *s)
{
	switch (s->kind) {
	case ST_LET: case ST_VAR: let_stmt(ck, s); return;
	case ST_ASSIGN: assign_stmt(ck, s); return;
	case ST_FOR: for_stmt(ck, s); return;
	case ST_IF: if_stmt(ck, s); return;
	case ST_RETURN: return_stmt(ck, s); return;
	case ST_ASSERT: assert_stmt(ck, s); return;
	case ST_EXPR: (void)eval(ck, s->value); return;
	}
}

static void
exec_stmt(struct check *ck, const struct stmt *s)
{
	enter_tree(ck, s->span);
	of_kind(ck, s);
	leave_tree(ck);
}

void
exec_block(struct check *ck, const struct block *b)
{
	struct scope s;

	push_scope(ck, &s);
	for (uint32_t i = 0; i < b->n && !(ck->frame != NULL && ck->frame->always); i++)
		exec_stmt(ck, b->stmt[i]);
	pop_scope(ck);
}

struct check *
check_new(struct compile *c)
{
	struct check *ck = compile_alloc(c, sizeof *ck);

	ck->c = c;
	ck->ir = ir_new(c);
	ck->global = compile_alloc(c, c->n_modules * sizeof(struct scope *));
	for (uint32_t i = 0; i < c->n_modules; i++)
		ck->global[i] = compile_alloc(c, sizeof(struct scope));
	ck->module = &c->module[0];
	ck->scope = ck->global[0];
	c->via = (struct span){ 0 };
	mpq_inits(ck->spent[0], ck->spent[1], NULL);
	return ck;
}

static void
run_module(struct check *ck, uint32_t m)
{
	const struct module *mod = &ck->c->module[m];

	ck->module = mod;
	ck->scope = ck->global[m];
	for (uint32_t i = 0; i < mod->n_decls; i++) {
		const struct decl *d = mod->decl[i];
		if (d->kind == DE_STMT)
			exec_stmt(ck, d->stmt);
		else if (d->kind == DE_OUTPUT)
			output_decl(ck, d);
	}
}

struct ir *
check_program(struct compile *c)
{
	struct check *ck = check_new(c);

	ck->ir->n_parties = c->options->n_parties;
	ck->ir->party = compile_alloc(c, (c->options->n_parties + 1) * sizeof *ck->ir->party);
	memcpy(ck->ir->party, c->options->party, c->options->n_parties * sizeof *ck->ir->party);
	ck->ir->roles.n_nodes = c->options->n_nodes;
	ck->ir->roles.node = compile_alloc(c, (c->options->n_nodes + 1) * sizeof *ck->ir->roles.node);
	if (c->options->n_nodes > 0)
		memcpy(ck->ir->roles.node, c->options->node,
		    c->options->n_nodes * sizeof *ck->ir->roles.node);
	declare_params(ck);
	declare_inputs(ck);
	for (uint32_t m = c->n_modules; m-- > 1;)
		run_module(ck, m);
	run_module(ck, 0);
	return ck->ir;
}

void
check_declarations(struct compile *c)
{
	struct check *ck = check_new(c);

	ck->declaring = true;
	declare_params(ck);
	declare_circuits(ck);
	declare_inputs(ck);
}
