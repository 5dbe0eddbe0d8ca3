/* check_loop.c: `for` and comprehensions.
 *
 * A loop over numbers or elements is elaborated once, with a symbolic counter; variables from
 * outside that the body assigns are carried round it.  Their ranges are found by trials: the body
 * is elaborated with what is known and thrown away until nothing changes.  What only grows by
 * bounded steps is bounded by the number of trips; for the rest the program must say a range.  A
 * loop over texts is expanded. */
#include "check_loop.h"

enum { N_TRIAL = 8 };

static uint32_t
count_parts(const struct val *x)
{
	return (x->v != IR_NONE ? 1u : 0u) + (x->p != IR_NONE ? 1u : 0u) + (x->kind == V_CATEGORY ?
	    x->n_levels : 0u);
}

uint32_t
loop_get_parts(const struct val *x, ir_id *id)
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

uint32_t
loop_set_parts(struct check *ck, struct val *x, const ir_id *id)
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

struct over
loop_parse_over(struct check *ck, const struct expr *e)
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
		    is_numeric(&x) ? "count with `0..n`" : NULL,
		    "a loop goes over a range or an array, and this is %s",
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
struct val
loop_element(struct check *ck, const struct over *o, struct val counter)
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
int64_t
loop_trips(struct check *ck, const struct over *o, int64_t *most)
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
find_assigned(struct check *ck, const struct block *body, struct carried *c, uint32_t *n,
    uint32_t room)
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

void
loop_first_ranges(struct check *ck, struct carried *c)
{
	ir_id *id;

	c->n_parts = count_parts(&c->start);
	id = compile_alloc(ck->c, (c->n_parts + 1) * sizeof *id);
	c->lo = compile_alloc(ck->c, (c->n_parts + 1) * sizeof *c->lo);
	c->hi = compile_alloc(ck->c, (c->n_parts + 1) * sizeof *c->hi);
	c->open = compile_alloc(ck->c, c->n_parts + 1);
	loop_get_parts(&c->start, id);
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
settle_range(struct check *ck, struct carried *c, uint32_t i, ir_id arg, ir_id yield, ir_id start,
    int64_t most)
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

void
loop_begin(struct check *ck, struct attempt *a, const struct over *o, struct carried *c, uint32_t n)
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
		loop_get_parts(&c[k].start, a->init + at);
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
		loop_set_parts(ck, &c[k].b->val, l->arg + at);
		at += c[k].n_parts;
	}
	ck->loop_depth++;
}

struct val
loop_counter_of(struct check *ck, ir_id loop)
{
	return val_ir(ck, V_INT, ck->ir->value[loop].loop->counter, 0);
}

static void
run_once(struct check *ck, const struct stmt *s, const struct over *o, struct val counter)
{
	struct scope own;

	push_scope(ck, &own);
	bind_name(ck, s->name, loop_element(ck, o, counter), s->name_span)->loop_counter = true;
	exec_block(ck, &s->body);
	pop_scope(ck);
}

/* Did this attempt find what the next would find again?  Fills the yields. */
static bool
is_stable(struct check *ck, struct attempt *a, struct carried *c, uint32_t n, int64_t most,
    struct span at)
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
		loop_get_parts(&y, a->yield + p);
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

void
loop_finish(struct check *ck, struct attempt *a, struct carried *c, uint32_t n, struct span at)
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
		loop_set_parts(ck, &c[k].b->val, id);
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
		loop_first_ranges(ck, &c[k]);
	}
}

static _Noreturn void
no_range(struct check *ck, const struct carried *c, uint32_t n, const struct attempt *a,
    struct span at)
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
	    b != NULL ? compile_printf(ck->c, "write its range: `var %s : %s in a..b`; the run checks it",
	    b->name,
	    kind_text(&b->val)) : NULL,
	    "the range of %s cannot be derived: it is carried round the loop in line %u",
	    who, at.line);
}

/* The starts are made while the loop is not yet open: literals become numbers, products are
 * truncated. */
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
		loop_first_ranges(ck, &c[k]);
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
		loop_begin(ck, &a, o, c, n);
		run_once(ck, s, o, loop_counter_of(ck, a.loop));
		if (is_stable(ck, &a, c, n, most, s->span)) {
			loop_finish(ck, &a, c, n, s->span);
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
	struct over o = loop_parse_over(ck, s->value);
	int64_t most, n = loop_trips(ck, &o, &most);

	if (most == 0)
		return;
	if (o.texts || (n == 1 && o.lo.n == 0)) {
		for (int64_t i = 0; i < n; i++)
			run_once(ck, s, &o, val_int(ck, o.lo.base + i));
		return;
	}
	symbolic(ck, s, &o, most);
}
