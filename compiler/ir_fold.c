/* ir_fold.c: what is known is computed now, what stands twice is computed once, what nothing needs
 * goes.
 *
 * requires: any valid IR.  keeps: shapes, refined ranges.  breaks: nothing. */
#include <string.h>

#include "internal.h"
#include "ir_const.h"
#include "ir_rewrite.h"

enum {
	N_BUCKET = 4096,
	N_FACTORS_MAX = 8,              /* of a product that is turned: what masks hide, and masks */
};

struct entry {
	struct entry *next;
	ir_id id;
};

struct fold {
	struct entry *bucket[N_BUCKET];
	const uint8_t *assumed;          /* of the old program: see ir_assumed */
};

static uint64_t
mix(uint64_t h, uint64_t x)
{
	return (h ^ x) * 0x9e3779b97f4a7c15u ^ (h >> 29);
}

/* a op b is b op a; of matrix products only the inner product. */
static bool
commutes(const struct ir_value *v)
{
	return v->n_args == 2 && (v->op == IR_ADD || v->op == IR_MUL || v->op == IR_MIN ||
	    v->op == IR_MAX || v->op == IR_EQ || v->op == IR_AND || v->op == IR_OR || v->op == IR_XOR ||
	    v->op == IR_ADDB ||
	    (v->op == IR_MATMUL && v->rank == 0 && v->imm[0] == 1 && v->imm[2] == 1));
}

static uint64_t
hash_of(const struct ir_value *v)
{
	uint64_t h = mix(v->op, v->n);

	if (commutes(v))
		h = mix(h, (uint64_t)v->args[0] + v->args[1]);
	else
		for (uint32_t i = 0; i < v->n_args; i++)
			h = mix(h, v->args[i]);
	for (int i = 0; i < 3; i++)
		h = mix(h, (uint64_t)v->imm[i]);
	if (v->view != NULL)
		h = mix(h, (uint64_t)v->view->offset.base);
	if (v->data != NULL && v->n > 0)
		h = mix(h, mpz_get_ui(v->data[0]));
	return mix(mix(h, v->frac), v->hint) % N_BUCKET;
}

static bool
same_view(const struct ir_view *a, const struct ir_view *b, unsigned rank)
{
	if ((a == NULL) != (b == NULL))
		return false;
	if (a == NULL)
		return true;
	if (a->offset.base != b->offset.base || a->offset.n != b->offset.n)
		return false;
	for (uint32_t i = 0; i < a->offset.n; i++)
		if (a->offset.term[i].loop != b->offset.term[i].loop ||
		    a->offset.term[i].coef != b->offset.term[i].coef)
			return false;
	return memcmp(a->stride, b->stride, rank * sizeof *a->stride) == 0;
}

static bool
same_data(const struct ir_value *a, const struct ir_value *b)
{
	if (a->data == b->data)
		return true;
	if (a->data == NULL || b->data == NULL)
		return false;
	for (uint64_t i = 0; i < a->n; i++)
		if (mpz_cmp(a->data[i], b->data[i]) != 0)
			return false;
	return true;
}

static bool
same_args(const struct ir_value *a, const struct ir_value *b)
{
	if (a->n_args != b->n_args)
		return false;
	if (commutes(a) && a->args[0] == b->args[1] && a->args[1] == b->args[0])
		return true;
	return a->n_args == 0 || memcmp(a->args, b->args, a->n_args * sizeof *a->args) == 0;
}

static bool
same(const struct ir *ir, const struct ir_value *a, const struct ir_value *b)
{
	unsigned rank = a->op == IR_UPDATE ? ir->value[a->args[1]].rank : a->rank;

	return a->op == b->op && a->frac == b->frac && a->bits == b->bits && a->rank == b->rank &&
	    a->hint == b->hint &&
	    same_args(a, b) &&
	    memcmp(a->dims, b->dims, a->rank * sizeof *a->dims) == 0 &&
	    memcmp(a->imm, b->imm, sizeof a->imm) == 0 &&
	    mpz_cmp(a->lo, b->lo) == 0 && mpz_cmp(a->hi, b->hi) == 0 &&
	    same_view(a->view, b->view, rank) && same_data(a, b);
}

static bool
encloses(const struct ir_block *outer, const struct ir_block *b)
{
	while (b != NULL && b != outer)
		b = b->parent;
	return b != NULL;
}

/* The value just built, or an equal one that stands before it and is visible here. */
static ir_id
unique(struct rewrite *rw, ir_id id)
{
	struct ir *ir = rw->ir;
	struct fold *f = rw->arg;
	const struct ir_value *v = &ir->value[id];
	struct ir_block *b = ir->at;

	if (v->op == IR_ASSERT || v->op == IR_RANDOM || v->op == IR_SHUFFLE || v->op == IR_SHUFB ||
	    b->n == 0 || b->value[b->n - 1] != id)
		return id;
	struct entry **at = &f->bucket[hash_of(v)];
	for (struct entry *e = *at; e != NULL; e = e->next)
		if (e->id == id)
			return id;
		else if (same(ir, &ir->value[e->id], v) && encloses(ir->value[e->id].block, b)) {
			b->n--;
			return e->id;
		}
	struct entry *e = compile_alloc(ir->compile, sizeof *e);
	e->next = *at;
	e->id = id;
	*at = e;
	return id;
}

static bool
is_value(const struct ir *ir, ir_id id, unsigned long x)
{
	mpz_t t;

	mpz_init(t);
	return ir_is_const(ir, id, &t) && mpz_cmp_ui(t, x) == 0;
}

static ir_id
spread(struct rewrite *rw, ir_id id, const struct ir_value *like)
{
	return ir_broadcast(rw->ir, id, like->rank, like->dims, like->span);
}

/* The outcome of a comparison that ranges decide: 0, 1, or -1. */
static int
decided(const struct ir_value *v, const struct ir_value *a, const struct ir_value *b)
{
	if (a->n == 0 || b->n == 0)
		return 0;
	if (v->op == IR_LT)
		return mpz_cmp(a->hi, b->lo) < 0 ? 1 : mpz_cmp(a->lo, b->hi) >= 0 ? 0 : -1;
	if (v->op == IR_LE)
		return mpz_cmp(a->hi, b->lo) <= 0 ? 1 : mpz_cmp(a->lo, b->hi) > 0 ? 0 : -1;
	if (mpz_cmp(a->hi, b->lo) < 0 || mpz_cmp(a->lo, b->hi) > 0)
		return 0;
	return -1;
}

/* transpose(x) @ y sums over the rows of both: each site can do that with its own.  x, if a is a
 * view of rows, one in each column, or a product of a few such; else none. */
static ir_id
upright(struct ir *ir, ir_id a, unsigned factors)
{
	const struct ir_value *v = &ir->value[a];

	if (v->op == IR_MUL && v->rank == 2 && factors > 1) {
		const ir_id args[2] = { v->args[0], v->args[1] };
		const struct span span = v->span;
		ir_id x = upright(ir, args[0], factors / 2);
		ir_id y = x == IR_NONE ? IR_NONE : upright(ir, args[1], factors / 2);
		return y == IR_NONE ? IR_NONE : ir_binary(ir, IR_MUL, x, y, 0, span);
	}
	if (v->op != IR_VIEW || v->rank != 2 || v->n == 0 || v->view->offset.n > 0)
		return IR_NONE;
	const struct ir_value *x = &ir->value[v->args[0]];
	const uint64_t dims[2] = { v->dims[1], v->dims[0] };
	const int64_t inner = x->rank == 0 ? 0 : (int64_t)(x->n / x->dims[0]);
	const int64_t most = v->view->offset.base + v->view->stride[0] * (int64_t)(v->dims[0] - 1);

	if (x->rank == 0 || x->dims[0] != v->dims[1] || v->view->stride[1] != inner ||
	    v->view->offset.base >= inner || most < 0 || most >= inner)
		return IR_NONE;
	struct ir_view w = { .offset = v->view->offset, .stride = { inner, v->view->stride[0] } };
	return ir_view(ir, v->args[0], 2, dims, &w, v->span);
}

/* a and b, a or b, a exclusive or b, where one is known or both are the same. */
static ir_id
simplify_bools(struct rewrite *rw, const struct ir_value *o, ir_id a, ir_id b)
{
	struct ir *ir = rw->ir;

	if (is_value(ir, a, 0) || is_value(ir, a, 1)) {
		ir_id t = a;
		a = b;
		b = t;
	}
	if (a == b)
		return spread(rw, o->op == IR_XOR ? ir_const_si(ir, 0, 0, o->span) : a, o);
	if (is_value(ir, b, o->op == IR_AND))
		return spread(rw, a, o);
	if (is_value(ir, b, o->op == IR_OR) && o->op != IR_XOR)
		return spread(rw, b, o);
	return IR_NONE;
}

static ir_id
simplify_binary(struct rewrite *rw, const struct ir_value *o, ir_id a, ir_id b)
{
	struct ir *ir = rw->ir;
	int d;

	switch (o->op) {
	case IR_ADD:
		if (is_value(ir, a, 0))
			return spread(rw, b, o);
		return is_value(ir, b, 0) ? spread(rw, a, o) : IR_NONE;
	case IR_SUB:
		return is_value(ir, b, 0) ? spread(rw, a, o) : IR_NONE;
	case IR_MUL:
		if (is_value(ir, a, 0) || is_value(ir, b, 0))
			return spread(rw, ir_const_si(ir, 0, o->frac, o->span), o);
		if (is_value(ir, a, 1) && ir->value[a].frac == 0)
			return spread(rw, b, o);
		return is_value(ir, b, 1) && ir->value[b].frac == 0 ? spread(rw, a, o) : IR_NONE;
	case IR_AND: case IR_OR: case IR_XOR:
		return o->bits == 0 ? simplify_bools(rw, o, a, b) : IR_NONE;
	case IR_EQ: case IR_LT: case IR_LE:
		d = decided(o, &ir->value[a], &ir->value[b]);
		return d < 0 ? IR_NONE : spread(rw, ir_const_si(ir, d, 0, o->span), o);
	case IR_MIN: case IR_MAX:
		if (mpz_cmp(ir->value[a].hi, ir->value[b].lo) <= 0)
			return spread(rw, o->op == IR_MIN ? a : b, o);
		if (mpz_cmp(ir->value[b].hi, ir->value[a].lo) <= 0)
			return spread(rw, o->op == IR_MIN ? b : a, o);
		return IR_NONE;
	case IR_MATMUL: {
		ir_id of = o->rank == 2 ? upright(ir, a, N_FACTORS_MAX) : IR_NONE;
		return of == IR_NONE ? IR_NONE : ir_tnmul(ir, of, b, o->span);
	}
	default:
		return IR_NONE;
	}
}

static void
refuse_assumption(struct rewrite *rw, const struct ir_value *o, ir_id a)
{
	struct ir *ir = rw->ir;

	if (!ir_known(ir, a))
		return;
	for (uint64_t i = 0; i < ir->value[a].n; i++) {
		i128 x = ir_known_at(ir, a, i);
		if (x < ir_from_mpz(o->lo) || x > ir_from_mpz(o->hi))
			compile_fail(ir->compile, o->span, NULL, "write a wider range",
			    "a known value lies outside the range that is written here");
	}
}

static ir_id
simplify_unary(struct rewrite *rw, const struct ir_value *o, ir_id a)
{
	struct ir *ir = rw->ir;
	const struct ir_value *v = &ir->value[a];

	switch (o->op) {
	case IR_SHL: case IR_SCALE2: case IR_TRUNC: case IR_FLOOR: case IR_ROUND:
		return o->imm[0] == 0 ? a : IR_NONE;
	case IR_ABS:
		return mpz_sgn(v->lo) >= 0 ? a : IR_NONE;
	case IR_NOT:
		return v->op == IR_NOT ? v->args[0] : IR_NONE;
	case IR_ASSUME:
		refuse_assumption(rw, o, a);
		return mpz_cmp(v->lo, o->lo) >= 0 && mpz_cmp(v->hi, o->hi) <= 0 ? a : IR_NONE;
	case IR_ASSERT:
		if (v->n > 0 && is_value(ir, a, 0))
			compile_fail(ir->compile, o->span, NULL, NULL, "this assertion is false");
		return v->n == 0 || is_value(ir, a, 1) ? a : IR_NONE;
	case IR_SUM: case IR_MINR: case IR_MAXR:
		return o->imm[1] == 1 ? ir_reshape(ir, a, o->rank, o->dims, o->span) : IR_NONE;
	default:
		return IR_NONE;
	}
}

/* Do ranges that are only assumed take part?  What they decide would be shown even if they are
 * wrong: a constant is withheld with nothing. */
static bool
by_assumption(const struct rewrite *rw, const struct ir_value *o)
{
	const struct fold *f = rw->arg;

	if (o->op != IR_EQ && o->op != IR_LT && o->op != IR_LE && o->op != IR_MIN && o->op != IR_MAX)
		return false;
	return f->assumed[o->args[0]] != 0 || f->assumed[o->args[1]] != 0;
}

static ir_id
simplify(struct rewrite *rw, const struct ir_value *o, uint32_t n, const ir_id *args)
{
	struct ir *ir = rw->ir;
	ir_id id;

	if (ir_fold_const(ir, o->op, o, n, args, &id))
		return id;
	if (n == 1)
		return simplify_unary(rw, o, args[0]);
	if (n == 2 && o->op == IR_GATHER && ir->value[args[1]].rank == 0 && ir_known(ir, args[1])) {
		i128 at = ir_known_at(ir, args[1], 0);
		struct ir_affine from = { .base = (int64_t)at };
		if (at >= 0 && at < (i128)ir->value[args[0]].dims[0])
			return ir_slice(ir, args[0], 0, &from, 1, true, o->span);
	}
	if (n == 2)
		return by_assumption(rw, o) ? IR_NONE : simplify_binary(rw, o, args[0], args[1]);
	if (o->op == IR_SELECT) {
		if (is_value(ir, args[0], 1))
			return spread(rw, args[1], o);
		if (is_value(ir, args[0], 0))
			return spread(rw, args[2], o);
		if (args[1] == args[2])
			return spread(rw, args[1], o);
	}
	return IR_NONE;
}

static ir_id
visit(struct rewrite *rw, ir_id old)
{
	struct ir *ir = rw->ir;
	struct ir_value o = ir->value[old];
	ir_id args[3], id = IR_NONE;
	struct ir_view w;

	if (o.op == IR_UPDATE) {                /* the view in terms of new counters */
		w = *o.view;
		w.offset = rw_affine(rw, &w.offset);
		o.view = &w;
	}
	if (o.n_args >= 1 && o.n_args <= 3 && o.op != IR_VIEW) {
		for (uint32_t i = 0; i < o.n_args; i++)
			args[i] = rw_get(rw, o.args[i]);
		id = simplify(rw, &o, o.n_args, args);
	}
	if (id != IR_NONE)
		return unique(rw, id);
	id = rw_copy(rw, old);
	const struct ir_value *v = &ir->value[id];
	if (v->op == IR_VIEW && v->view->offset.n == 0 && v->view->offset.base == 0) {
		const struct ir_value *a = &ir->value[v->args[0]];
		bool is = v->rank == a->rank && memcmp(v->dims, a->dims, v->rank * sizeof *v->dims) == 0;
		int64_t s = 1;
		for (unsigned i = v->rank; i-- > 0; s *= (int64_t)v->dims[i])
			is = is && (v->dims[i] == 1 || v->view->stride[i] == s);
		if (is)
			return v->args[0];
	}
	return unique(rw, id);
}

void
ir_fold(struct ir *ir)
{
	struct fold *f = compile_alloc(ir->compile, sizeof *f);

	f->assumed = ir_assumed(ir);
	ir_rewrite(ir, visit, NULL, f);
}
