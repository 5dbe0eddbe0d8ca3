/* check_loop.c: `for` and comprehensions.
 *
 * A loop over numbers or elements is elaborated once, with a symbolic counter; variables from outside
 * that the body assigns are carried round it.  Their ranges are found by trials: the body is
 * elaborated with what is known and thrown away until nothing changes.  What only grows by bounded
 * steps is bounded by the number of trips; for the rest the program must say a range.  A loop over
 * texts is expanded. */
#include <string.h>

#include "check_impl.h"

enum { N_TRIAL = 8 };

/* What a loop goes over. */
struct over {
	bool texts;
	struct val xs;                  /* texts, or an array; kind NUMBER: counts lo..hi only */
	struct ir_affine lo, hi;
	struct span span;
};

/* A mutable variable that the body assigns. */
struct carried {
	struct binding *b;
	struct val start;
	uint32_t n_parts;               /* v, p, planes: those that there are */
	mpz_t *lo, *hi;                 /* range of each */
	uint8_t *open;
	bool whole;
	uint32_t before_at;
	bool retype, want_p;            /* the next attempt starts with this kind, with a presence */
	uint8_t kind, frac;
};

static uint32_t
count_parts(const struct val *x)
{
	return (x->v != IR_NONE ? 1u : 0u) + (x->p != IR_NONE ? 1u : 0u) + (x->kind == V_CATEGORY ? x->n_levels : 0u);
}

static uint32_t
get_parts(const struct val *x, ir_id *id)
{
	uint32_t n = 0;

	if (x->v != IR_NONE)
		id[n++] = x->v;
	if (x->p != IR_NONE)
		id[n++] = x->p;
	for (uint32_t i = 0; x->kind == V_CATEGORY && i < x->n_levels; i++)
		id[n++] = x->plane[i];
	return n;
}

static uint32_t
set_parts(struct check *ck, struct val *x, const ir_id *id)
{
	uint32_t n = 0;

	if (x->v != IR_NONE)
		x->v = id[n++];
	if (x->p != IR_NONE)
		x->p = id[n++];
	if (x->kind == V_CATEGORY)
		x->plane = compile_alloc(ck->c, x->n_levels * sizeof *x->plane);
	for (uint32_t i = 0; x->kind == V_CATEGORY && i < x->n_levels; i++)
		x->plane[i] = id[n++];
	return n;
}

static struct ir_affine
bound(struct check *ck, const struct expr *e)
{
	struct ir_affine f;
	struct val x = eval(ck, e);

	if ((x.kind != V_INT && x.kind != V_NUMBER && x.kind != V_BOOL) || x.rank != 0)
		compile_fail(ck->c, e->span, NULL, NULL, "a loop's bound is a whole number, and this is %s",
		    type_text(ck, &x));
	if (val_open(ck, &x) != KNOWN)
		compile_fail(ck->c, e->span, val_note(ck, &x),
		    compile_printf(ck->c, "loop to a public bound and use `if i < %s { ... }` inside",
		    compile_text(ck->c, e->span)), val_open(ck, &x) == SECRET ?
		    "a secret cannot decide how often a loop runs" :
		    "an opened value cannot decide how often a loop runs: that must be known before the run");
	x = to_kind(ck, x, V_INT, 0, e->span);
	if (!ir_affine_of(ck->ir, x.v, &f))
		compile_fail(ck->c, e->span, NULL, NULL,
		    "a loop's bound is a sum of numbers and multiples of outer counters");
	return f;
}

static struct over
parse_over(struct check *ck, const struct expr *e)
{
	struct over o = { .span = e->span };

	o.xs = val_new(V_NUMBER);
	if (e->kind == EX_RANGE) {
		if (e->args[0] == NULL || e->args[1] == NULL)
			compile_fail(ck->c, e->span, NULL, NULL, "a loop's range has both ends: `0..n`");
		o.lo = bound(ck, e->args[0]);
		o.hi = bound(ck, e->args[1]);
		return o;
	}
	struct val x = eval(ck, e);
	o.texts = x.kind == V_STRING;
	if (x.rank == 0 || x.kind == V_RECORD)
		compile_fail(ck->c, e->span, val_note(ck, &x),
		    is_numeric(&x) ? "count with `0..n`" : NULL, "a loop goes over a range or an array, and this is %s",
		    type_text(ck, &x));
	o.hi.base = (int64_t)x.dims[0];
	o.xs = settle(ck, x, e->span);
	const struct ir_value *v = o.texts || x.v == IR_NONE ? NULL : &ck->ir->value[x.v];
	if (v != NULL && v->op == IR_IOTA && v->imm[1] == 1) {
		o.lo.base = v->imm[0];
		o.hi.base += v->imm[0];
		o.xs = val_new(V_NUMBER);
	}
	return o;
}

/* The loop variable's value at position `counter`. */
static struct val
element(struct check *ck, const struct over *o, struct val counter)
{
	struct ir_affine f;

	if (o->xs.kind == V_NUMBER)
		return counter;
	if (o->texts)
		return val_strings(ck, 1, o->xs.text + mpz_get_ui(mpq_numref(counter.q)), true);
	counter = concrete(ck, counter, o->span);
	(void)ir_affine_of(ck->ir, counter.v, &f);
	return slice_val(ck, &o->xs, 0, &f, 1, true, o->span);
}

/* The number of trips if it is always the same, else -1; *most: never more. */
static int64_t
trips(struct check *ck, const struct over *o, int64_t *most)
{
	struct ir_affine d = o->hi;
	int64_t least;
	bool known;

	if (!ir_affine_add(&d, &o->lo, -1))
		compile_fail(ck->c, o->span, NULL, NULL, "a loop over more than 2^63 steps");
	affine_bounds(ck, &d, &least, most, &known);
	if (!known)
		compile_fail(ck->c, o->span, NULL, NULL, "a loop over more than 2^63 steps");
	if (*most < 0)
		*most = 0;
	return d.n > 0 ? -1 : *most;
}

/* Names that the block assigns to: marks the carried variables, as a whole or by element. */
static void
find_assigned(struct check *ck, const struct block *body, struct carried *c, uint32_t *n, uint32_t room)
{
	for (uint32_t i = 0; i < body->n; i++) {
		const struct stmt *s = body->stmt[i];
		uint32_t k = 0;
		if (s->kind == ST_FOR || s->kind == ST_IF) {
			find_assigned(ck, &s->body, c, n, room);
			find_assigned(ck, &s->other, c, n, room);
		}
		struct binding *b = s->kind == ST_ASSIGN ? lookup(ck, s->name) : NULL;
		if (b == NULL || !b->mutable)
			continue;
		while (k < *n && c[k].b != b)
			k++;
		if (k == room)
			continue;
		if (k == *n)
			c[(*n)++] = (struct carried){ .b = b };
		c[k].whole |= s->n_items == 0;
	}
}

static uint32_t
count_variables(const struct check *ck)
{
	uint32_t n = 0;

	for (const struct scope *s = ck->scope; s != NULL; s = s->up)
		for (const struct binding *b = s->first; b != NULL; b = b->next)
			n += b->mutable;
	return n;
}

static void
first_ranges(struct check *ck, struct carried *c)
{
	ir_id *id;

	c->n_parts = count_parts(&c->start);
	id = compile_alloc(ck->c, (c->n_parts + 1) * sizeof *id);
	c->lo = compile_alloc(ck->c, (c->n_parts + 1) * sizeof *c->lo);
	c->hi = compile_alloc(ck->c, (c->n_parts + 1) * sizeof *c->hi);
	c->open = compile_alloc(ck->c, c->n_parts + 1);
	get_parts(&c->start, id);
	for (uint32_t i = 0; i < c->n_parts; i++) {
		const struct ir_value *v = &ck->ir->value[id[i]];
		bool declared = c->b->spec != NULL && c->b->spec->ranged && i == 0 && c->start.v != IR_NONE;
		mpz_init_set(c->lo[i], declared && mpz_cmp(c->b->spec->lo, v->lo) < 0 ? c->b->spec->lo : v->lo);
		mpz_init_set(c->hi[i], declared && mpz_cmp(c->b->spec->hi, v->hi) > 0 ? c->b->spec->hi : v->hi);
		c->open[i] = v->open;
	}
}

static bool
inside(const mpz_t lo, const mpz_t hi, const mpz_t in_lo, const mpz_t in_hi)
{
	return mpz_cmp(lo, in_lo) >= 0 && mpz_cmp(hi, in_hi) <= 0;
}

/* Is part i of c stable, with this arg and yield?  If not, its range is widened. */
static bool
settle_range(struct check *ck, struct carried *c, uint32_t i, ir_id arg, ir_id yield, ir_id start, int64_t most)
{
	const struct ir_value *y = &ck->ir->value[yield];
	mpz_t lo, hi;

	mpz_inits(lo, hi, NULL);
	if (y->n == 0 || inside(y->lo, y->hi, c->lo[i], c->hi[i]))
		return true;
	if (growing_range(ck, yield, arg, start, most, lo, hi)) {
		if (inside(lo, hi, c->lo[i], c->hi[i])) {
			ir_refine(ck->ir, yield, c->lo[i], c->hi[i]);
			return true;
		}
	} else {
		mpz_set(lo, y->lo);
		mpz_set(hi, y->hi);
	}
	if (mpz_cmp(lo, c->lo[i]) < 0)
		mpz_set(c->lo[i], lo);
	if (mpz_cmp(hi, c->hi[i]) > 0)
		mpz_set(c->hi[i], hi);
	return false;
}

/* The start becomes what the end of an iteration needs: a wider kind, a presence, no mask. */
static bool
settle_type(struct carried *c)
{
	struct val y = c->b->val, *s = &c->start;
	bool stable = true;

	c->kind = y.kind;
	c->frac = y.frac;
	c->want_p = y.p != IR_NONE && s->p == IR_NONE;
	if (y.kind != s->kind || y.frac != s->frac || c->want_p)
		stable = false;
	if (s->p != IR_NONE && y.p != IR_NONE && s->masked && !y.masked) {
		s->masked = false;
		stable = false;
	}
	if (s->axis != y.axis || s->group != y.group) {
		stable &= s->axis == AXIS_FREE;
		s->axis = AXIS_FREE;
	}
	return stable;
}

/* One elaboration of the body. */
struct attempt {
	ir_id loop;
	uint32_t n;
	ir_id *init, *yield;
	mpz_t *lo, *hi;
};

static void
begin(struct check *ck, struct attempt *a, const struct over *o, struct carried *c, uint32_t n)
{
	uint32_t at = 0;

	a->n = 0;
	for (uint32_t k = 0; k < n; k++)
		a->n += c[k].n_parts;
	a->init = compile_alloc(ck->c, (a->n + 1) * sizeof *a->init);
	a->yield = compile_alloc(ck->c, (a->n + 1) * sizeof *a->yield);
	a->lo = compile_alloc(ck->c, (a->n + 1) * sizeof *a->lo);
	a->hi = compile_alloc(ck->c, (a->n + 1) * sizeof *a->hi);
	for (uint32_t k = 0; k < n; k++) {
		get_parts(&c[k].start, a->init + at);
		for (uint32_t i = 0; i < c[k].n_parts; i++, at++) {
			mpz_init_set(a->lo[at], c[k].lo[i]);
			mpz_init_set(a->hi[at], c[k].hi[i]);
		}
	}
	a->loop = ir_loop_begin(ck->ir, &o->lo, &o->hi, a->n, a->init, a->lo, a->hi, at_span(ck, o->span));
	const struct ir_loop *l = ck->ir->value[a->loop].loop;
	at = 0;
	for (uint32_t k = 0; k < n; k++) {
		for (uint32_t i = 0; i < c[k].n_parts; i++)
			ck->ir->value[l->arg[at + i]].open = c[k].open[i];
		c[k].b->val = c[k].start;
		c[k].b->whole_at = c[k].whole ? cond_depth(ck) : c[k].before_at;
		set_parts(ck, &c[k].b->val, l->arg + at);
		at += c[k].n_parts;
	}
	ck->loop_depth++;
}

static struct val
counter_of(struct check *ck, ir_id loop)
{
	return val_ir(ck, V_INT, ck->ir->value[loop].loop->counter, 0);
}

static void
run_once(struct check *ck, const struct stmt *s, const struct over *o, struct val counter)
{
	struct scope own;

	push_scope(ck, &own);
	bind_name(ck, s->name, element(ck, o, counter), s->name_span)->loop_counter = true;
	exec_block(ck, &s->body);
	pop_scope(ck);
}

/* Did this attempt find what the next would find again?  Fills the yields. */
static bool
is_stable(struct check *ck, struct attempt *a, struct carried *c, uint32_t n, int64_t most, struct span at)
{
	const struct ir_loop *l = ck->ir->value[a->loop].loop;
	bool stable = true;

	for (uint32_t k = 0; k < n; k++) {
		c[k].b->val = settle(ck, c[k].b->val, at);
		c[k].retype = !settle_type(&c[k]);
		stable &= !c[k].retype;
	}
	if (!stable)
		return false;
	for (uint32_t k = 0, p = 0; k < n; k++) {
		struct val y = c[k].b->val;
		if (y.p == IR_NONE && c[k].start.p != IR_NONE)
			y.p = full_like(ck, y.v != IR_NONE ? y.v : y.plane[0], 1, 0, at_span(ck, at));
		get_parts(&y, a->yield + p);
		for (uint32_t i = 0; i < c[k].n_parts; i++, p++) {
			const struct ir_value *v = &ck->ir->value[a->yield[p]];
			if (v->open > c[k].open[i]) {
				c[k].open[i] = v->open;
				stable = false;
			}
			stable &= settle_range(ck, &c[k], i, l->arg[p], a->yield[p], a->init[p], most);
		}
	}
	return stable;
}

static void
finish(struct check *ck, struct attempt *a, struct carried *c, uint32_t n, struct span at)
{
	ck->loop_depth--;
	ir_loop_end(ck->ir, a->loop, a->yield);
	for (uint32_t k = 0, p = 0; k < n; k++) {
		ir_id id[1 + N_LEVEL_MAX + 1];
		for (uint32_t i = 0; i < c[k].n_parts; i++, p++) {
			id[i] = ir_result(ck->ir, a->loop, p, at_span(ck, at));
			if (c[k].b->name != NULL)
				ck->ir->value[id[i]].what = compile_printf(ck->c, "the variable %s", c[k].b->name);
		}
		c[k].b->val = c[k].start;
		set_parts(ck, &c[k].b->val, id);
	}
}

/* Starts that changed their type get new ranges; the others keep what was found. */
static void
retry(struct check *ck, struct attempt *a, struct carried *c, uint32_t n, struct span at)
{
	ck->loop_depth--;
	ir_loop_abort(ck->ir, a->loop);
	for (uint32_t k = 0; k < n; k++) {
		struct val *s = &c[k].start;
		if (!c[k].retype)
			continue;
		if (s->kind != V_CATEGORY)
			*s = to_kind(ck, *s, (enum val_kind)c[k].kind, c[k].frac, at);
		if (c[k].want_p)
			s->p = full_like(ck, s->v != IR_NONE ? s->v : s->plane[0], 1, 0, at_span(ck, at));
		first_ranges(ck, &c[k]);
	}
}

static _Noreturn void
no_range(struct check *ck, const struct carried *c, uint32_t n, const struct attempt *a, struct span at)
{
	const char *who = "a variable";
	const struct binding *b = n > 0 ? c[0].b : NULL;

	for (uint32_t k = 0, p = 0; k < n; k++)
		for (uint32_t i = 0; i < c[k].n_parts; i++, p++) {
			const struct ir_value *y = &ck->ir->value[a->yield[p]];
			if (mpz_cmp(y->lo, a->lo[p]) < 0 || mpz_cmp(y->hi, a->hi[p]) > 0)
				b = c[k].b;
		}
	if (b != NULL)
		who = compile_printf(ck->c, "\"%s\"", b->name);
	compile_fail(ck->c, b != NULL ? b->span : at, NULL,
	    b != NULL ? compile_printf(ck->c, "write its range: `var %s : %s in a..b`; the run checks it", b->name,
	    kind_text(&b->val)) : NULL, "the range of %s cannot be derived: it is carried round the loop in line %u",
	    who, at.line);
}

/* The starts are made while the loop is not yet open: literals become numbers, products are truncated. */
static uint32_t
carried_by(struct check *ck, const struct stmt *s, struct carried **out)
{
	uint32_t room = count_variables(ck), n = 0;
	struct carried *c = compile_alloc(ck->c, (room + 1) * sizeof *c);

	find_assigned(ck, &s->body, c, &n, room);
	for (uint32_t k = 0; k < n; k++) {
		struct binding *b = c[k].b;
		if (b->val.kind == V_RECORD || b->val.kind == V_STRING)
			compile_fail(ck->c, s->span, NULL, NULL, "\"%s\" is %s and cannot change in a loop", b->name,
			    type_text(ck, &b->val));
		c[k].start = settle(ck, concrete(ck, b->val, b->span), b->span);
		c[k].before_at = b->whole_at;
		first_ranges(ck, &c[k]);
	}
	*out = c;
	return n;
}

static void
symbolic(struct check *ck, const struct stmt *s, const struct over *o, int64_t most)
{
	struct attempt a;
	struct carried *c;
	uint32_t n = carried_by(ck, s, &c), least = 0;

	for (uint32_t k = 0; k < n; k++)
		least += c[k].n_parts < 4 ? c[k].n_parts : 4;
	for (uint32_t try = 0; try < N_TRIAL + least; try++) {
		begin(ck, &a, o, c, n);
		run_once(ck, s, o, counter_of(ck, a.loop));
		if (is_stable(ck, &a, c, n, most, s->span)) {
			finish(ck, &a, c, n, s->span);
			return;
		}
		retry(ck, &a, c, n, s->span);
	}
	no_range(ck, c, n, &a, s->span);
}

/* for = "for" name "in" over block */
void
for_stmt(struct check *ck, const struct stmt *s)
{
	struct over o = parse_over(ck, s->value);
	int64_t most, n = trips(ck, &o, &most);

	if (most == 0)
		return;
	if (o.texts || (n == 1 && o.lo.n == 0)) {
		for (int64_t i = 0; i < n; i++)
			run_once(ck, s, &o, val_int(ck, o.lo.base + i));
		return;
	}
	symbolic(ck, s, &o, most);
}

static struct val
each_value(struct check *ck, const struct expr *e, const struct over *o, struct val counter)
{
	struct scope own;
	struct val x;

	push_scope(ck, &own);
	bind_name(ck, e->text, element(ck, o, counter), e->span)->loop_counter = true;
	x = settle(ck, eval(ck, e->args[0]), e->args[0]->span);
	pop_scope(ck);
	return x;
}

static struct val
expanded(struct check *ck, const struct expr *e, const struct over *o, int64_t n)
{
	struct val *x = compile_alloc(ck->c, ((size_t)n + 1) * sizeof *x), y;
	const char **text = compile_alloc(ck->c, ((size_t)n + 1) * sizeof *text);
	bool strings = true;

	for (int64_t i = 0; i < n; i++) {
		x[i] = each_value(ck, e, o, val_int(ck, o->lo.base + i));
		strings &= x[i].kind == V_STRING && x[i].rank == 0;
		text[i] = strings ? x[i].text[0] : NULL;
	}
	if (strings)
		return val_strings(ck, (uint32_t)n, text, false);
	y = stack(ck, (uint32_t)n, x, e->span);
	if (o->texts) {
		struct names *l = names_new(ck, (uint64_t)n);
		memcpy(l->name, o->xs.text, (size_t)n * sizeof *l->name);
		y.label[0] = l;
	}
	return y;
}

/* The result array, before the first iteration: of values within the range of its elements. */
static void
start_result(struct check *ck, struct carried *c, uint64_t n, struct span at)
{
	ir_id id[2 + N_LEVEL_MAX];
	uint64_t dims[N_RANK_MAX] = { n };
	struct val *s = &c->start;

	if (s->rank + 1 > N_RANK_MAX)
		compile_fail(ck->c, at, NULL, NULL, "an array of more than %d axes", N_RANK_MAX);
	first_ranges(ck, c);
	memcpy(dims + 1, s->dims, s->rank * sizeof *dims);
	get_parts(s, id);
	for (uint32_t i = 0; i < c->n_parts; i++) {
		mpz_t z;
		mpz_init(z);
		if (mpz_sgn(c->lo[i]) > 0)
			mpz_set(z, c->lo[i]);
		else if (mpz_sgn(c->hi[i]) < 0)
			mpz_set(z, c->hi[i]);
		unsigned frac = ir_frac(ck, id[i]);
		id[i] = full(ck, z, frac, s->rank + 1, dims, at_span(ck, at));
	}
	set_parts(ck, s, id);
	for (unsigned i = s->rank; i-- > 0;)
		s->label[i + 1] = s->label[i];
	s->label[0] = NULL;
	val_set_dims(s, s->rank + 1, dims);
	s->axis = AXIS_FREE;
}

/* The elements of one step stand at row counter - lo. */
static void
store_step(struct check *ck, struct attempt *a, const struct over *o, const struct val *x, struct span at)
{
	struct ir_view w = { 0 };
	struct ir_affine f = { .n = 1 };
	int64_t row = 1;
	ir_id id[2 + N_LEVEL_MAX];

	for (unsigned i = x->rank; i-- > 0;) {
		w.stride[i] = row;
		row *= (int64_t)x->dims[i];
	}
	f.term[0].loop = a->loop;
	f.term[0].coef = 1;
	if (!ir_affine_add(&f, &o->lo, -1) || !ir_affine_add(&w.offset, &f, row))
		compile_fail(ck->c, at, NULL, NULL, "a comprehension of too many elements");
	get_parts(x, id);
	for (uint32_t i = 0; i < a->n; i++)
		a->yield[i] = x->n == 0 ? ck->ir->value[a->loop].loop->arg[i] :
		    ir_update(ck->ir, ck->ir->value[a->loop].loop->arg[i], id[i], &w, at_span(ck, at));
}

/* comprehension = "[" expr "for" name "in" over "]" */
struct val
comprehension(struct check *ck, const struct expr *e)
{
	struct over o = parse_over(ck, e->args[1]);
	int64_t most, n = trips(ck, &o, &most);
	struct span at = e->span;
	struct binding result = { .span = at, .whole_at = cond_depth(ck) };
	struct carried c = { .b = &result, .before_at = cond_depth(ck) };
	struct attempt a;

	if (n < 0)
		compile_fail(ck->c, o.span, NULL, NULL, "an array's length may not depend on a loop counter");
	if (n > 0 && (o.texts || (n == 1 && o.lo.n == 0)))
		return expanded(ck, e, &o, n);
	if (o.texts)
		return val_strings(ck, 0, o.xs.text, false);
	begin(ck, &a, &o, NULL, 0);
	struct val x = each_value(ck, e, &o, counter_of(ck, a.loop));
	if (x.kind == V_RECORD || x.kind == V_STRING)
		compile_fail(ck->c, at, NULL, NULL, "an array cannot hold %s", type_text(ck, &x));
	c.start = concrete(ck, x, at);
	ck->loop_depth--;
	ir_loop_abort(ck->ir, a.loop);
	start_result(ck, &c, (uint64_t)n, at);
	if (n == 0)
		return c.start;
	begin(ck, &a, &o, &c, 1);
	x = concrete(ck, each_value(ck, e, &o, counter_of(ck, a.loop)), at);
	store_step(ck, &a, &o, &x, at);
	finish(ck, &a, &c, 1, at);
	return result.val;
}
