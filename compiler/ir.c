/* ir.c: building the IR; shapes and openness are derived here, ranges and errors in ir_range.c.
 * See ir.h. */
#include "ir_build.h"

#include <assert.h>
#include <string.h>

#include "internal.h"

const struct ir_op_info ir_ops[N_IR_OP] = {
#define R(id, name, arity, class, text) { name, arity, CLASS_##class },
#include "ir.def"
#undef R
};

void *
ir_grow(struct compile *c, void *old, uint32_t *cap, uint32_t n, size_t size)
{
	if (n < *cap)
		return old;
	uint32_t next = *cap == 0 ? 64 : *cap * 2;
	void *p = compile_alloc(c, next * size);
	if (n > 0)
		memcpy(p, old, n * size);
	*cap = next;
	return p;
}

struct ir *
ir_new(struct compile *c)
{
	struct ir *ir = compile_alloc(c, sizeof *ir);

	ir->arena = c->arena;
	ir->compile = c;
	ir->top = compile_alloc(c, sizeof *ir->top);
	ir->top->loop = IR_NONE;
	ir->at = ir->top;
	return ir;
}

void
ir_append(struct ir *ir, struct ir_block *b, ir_id id)
{
	b->value = ir_grow(ir->compile, b->value, &b->cap, b->n, sizeof *b->value);
	b->value[b->n++] = id;
	ir->value[id].block = b;
}

ir_id
ir_add(struct ir *ir, enum ir_op op, uint32_t n_args, const ir_id *args, struct span span)
{
	ir->value = ir_grow(ir->compile, ir->value, &ir->cap, ir->n, sizeof *ir->value);
	ir_id id = ir->n++;
	struct ir_value *v = &ir->value[id];
	memset(v, 0, sizeof *v);
	v->op = (uint16_t)op;
	v->span = span;
	v->of_library = ir->compile->via.line > 0;
	v->n = 1;
	v->slot = SLOT_NONE;
	v->part = UINT32_MAX;
	v->n_args = n_args;
	mpz_init(v->lo);
	mpz_init(v->hi);
	mpz_init(v->err);
	if (n_args > 0)
		v->args = compile_alloc(ir->compile, n_args * sizeof *args);
	for (uint32_t i = 0; i < n_args; i++)
		v->args[i] = args[i];
	v->bits = ir_inherited_bits(ir, v);
	ir_derive_open(ir, id);
	ir_append(ir, ir->at, id);
	return id;
}

void
ir_shape(struct ir *ir, ir_id id, unsigned rank, const uint64_t *dims)
{
	struct ir_value *v = &ir->value[id];
	uint64_t n = 1;

	if (rank > N_RANK_MAX)
		compile_fail(ir->compile, v->span, NULL, NULL, "an array of %u axes; the most is %d", rank,
		    N_RANK_MAX);
	v->rank = (uint8_t)rank;
	for (unsigned i = 0; i < rank; i++) {
		v->dims[i] = dims[i];
		if (__builtin_mul_overflow(n, dims[i], &n) || n > (uint64_t)1 << N_ELEMENT_MAX_LOG2)
			compile_fail(ir->compile, v->span, NULL, NULL,
			    "an array of more than 2^%d elements", N_ELEMENT_MAX_LOG2);
	}
	v->n = n;
}

static void
shape_like(struct ir *ir, ir_id id, ir_id like)
{
	struct ir_value *l = &ir->value[like];
	uint64_t dims[N_RANK_MAX];

	memcpy(dims, l->dims, sizeof dims);
	ir_shape(ir, id, l->rank, dims);
}

/* Elementwise: the shape of the operand that is no scalar; all such agree. */
static void
shape_each(struct ir *ir, ir_id id)
{
	ir_id like = ir->value[id].args[0];

	for (uint32_t i = 0; i < ir->value[id].n_args; i++)
		if (ir->value[ir->value[id].args[i]].rank > ir->value[like].rank)
			like = ir->value[id].args[i];
	for (uint32_t i = 0; i < ir->value[id].n_args; i++) {
		struct ir_value *a = &ir->value[ir->value[id].args[i]], *l = &ir->value[like];
		assert(a->rank == 0 ||
		    (a->rank == l->rank && memcmp(a->dims, l->dims, a->rank * sizeof *a->dims) == 0));
	}
	shape_like(ir, id, like);
}

ir_id
ir_const(struct ir *ir, const mpz_t x, unsigned frac, struct span span)
{
	ir_id id = ir_add(ir, IR_CONST, 0, NULL, span);
	struct ir_value *v = &ir->value[id];

	v->frac = (uint8_t)frac;
	v->data = compile_alloc(ir->compile, sizeof *v->data);
	mpz_init_set(v->data[0], x);
	mpz_set(v->lo, x);
	mpz_set(v->hi, x);
	ir_range_check(ir, id);
	return id;
}

ir_id
ir_const_si(struct ir *ir, int64_t x, unsigned frac, struct span span)
{
	mpz_t z;

	mpz_init_set_si(z, x);
	return ir_const(ir, z, frac, span);
}

ir_id
ir_const_array(struct ir *ir, mpz_t *x, unsigned rank, const uint64_t *dims, unsigned frac,
    struct span span)
{
	ir_id id = ir_add(ir, IR_CONST, 0, NULL, span);

	ir_shape(ir, id, rank, dims);
	struct ir_value *v = &ir->value[id];
	v->frac = (uint8_t)frac;
	v->data = x;
	for (uint64_t i = 0; i < v->n; i++) {
		if (i == 0 || mpz_cmp(x[i], v->lo) < 0)
			mpz_set(v->lo, x[i]);
		if (i == 0 || mpz_cmp(x[i], v->hi) > 0)
			mpz_set(v->hi, x[i]);
	}
	ir_range_check(ir, id);
	return id;
}

ir_id
ir_iota(struct ir *ir, int64_t first, int64_t step, uint64_t n, struct span span)
{
	ir_id id = ir_add(ir, IR_IOTA, 0, NULL, span);

	ir_shape(ir, id, 1, &n);
	ir->value[id].imm[0] = first;
	ir->value[id].imm[1] = step;
	ir_range(ir, id);
	return id;
}

ir_id
ir_input(struct ir *ir, uint32_t input, uint32_t part, unsigned rank, const uint64_t *dims,
    const mpz_t lo, const mpz_t hi, unsigned frac, unsigned bits, struct span span)
{
	ir_id id = ir_add(ir, IR_INPUT, 0, NULL, span);

	ir_shape(ir, id, rank, dims);
	struct ir_value *v = &ir->value[id];
	v->bits = (uint16_t)bits;
	v->imm[0] = input;
	v->imm[1] = part;
	v->frac = (uint8_t)frac;
	v->open = SECRET;
	v->boolean = part > 0;
	mpz_set(v->lo, lo);
	mpz_set(v->hi, hi);
	v->what = compile_printf(ir->compile, "input \"%s\"", ir->input[input].name);
	ir_range_check(ir, id);
	return id;
}

static unsigned
frac_of(const struct ir *ir, const struct ir_value *v)
{
	const struct ir_value *a = &ir->value[v->args[0]];
	const struct ir_value *b = v->n_args > 1 ? &ir->value[v->args[1]] : a;
	int64_t f = a->frac;

	switch ((enum ir_op)v->op) {
	case IR_MUL: case IR_MATMUL: case IR_TNMUL: return a->frac + b->frac;
	case IR_SHL: f += v->imm[0]; break;
	case IR_TRUNC: f -= v->imm[0]; break;
	case IR_DIV: f = a->frac + v->imm[0] - b->frac; break;
	case IR_FDIV: case IR_FLOOR: case IR_ROUND: case IR_SIGN:
	case IR_EQ: case IR_LT: case IR_LE: case IR_RANDOM: case IR_SHUFFLE: case IR_ORDER:
	case IR_ONEHOT: case IR_CIRCUIT:
	case IR_NOT: case IR_AND: case IR_OR: case IR_XOR:
	case IR_SHLB: case IR_SHRB: case IR_ROTLB: case IR_ADDB: case IR_SLICEB: case IR_TOBITS:
	case IR_CATB: case IR_SORT2: case IR_SORTB: case IR_SHUFB:
	case IR_POPCNT: case IR_TONUM: case IR_BITLEN: case IR_NORM:
		return 0;
	case IR_SELECT: return b->frac;
	case IR_CONST: case IR_IOTA: case IR_INPUT: case IR_COUNTER: case IR_ARG: case IR_RESULT:
	case IR_NEG: case IR_ADD: case IR_SUB: case IR_SCALE2: case IR_MOD: case IR_ABS: case IR_SQRT:
	DISTRIBUTIONS
	case IR_RSQRT: case IR_LOG2: case IR_SIN: case IR_COS: case IR_TANH: case IR_SIGMOID: case IR_ERF:
	case IR_EXP: case IR_LOG: case IR_MIN: case IR_MAX: case IR_VIEW: case IR_CONCAT: case IR_HOME:
	case IR_PICK: case IR_TAKE:
	case IR_UPDATE: case IR_GATHER: case IR_PUT: case IR_SUM: case IR_CUMSUM: case IR_MINR:
	case IR_MAXR: case IR_MINM: case IR_MAXM: case IR_REVEAL: case IR_ASSUME: case IR_ASSERT:
	case IR_LOOP: case N_IR_OP:
		break;
	}
	assert(f >= 0 && f < 256);
	return (unsigned)f;
}

static ir_id
each(struct ir *ir, enum ir_op op, uint32_t n, const ir_id *args, int64_t imm0, struct span span)
{
	ir_id id = ir_add(ir, op, n, args, span);

	ir->value[id].imm[0] = imm0;
	ir->value[id].frac = (uint8_t)frac_of(ir, &ir->value[id]);
	shape_each(ir, id);
	ir->value[id].boolean = op == IR_EQ || op == IR_LT || op == IR_LE ||
	    ((op == IR_NOT || op == IR_AND || op == IR_OR || op == IR_XOR) &&
	    ir->value[args[0]].bits == 0);
	ir_range(ir, id);
	return id;
}

ir_id
ir_unary(struct ir *ir, enum ir_op op, ir_id a, int64_t imm0, struct span span)
{
	assert(ir_ops[op].arity == 1 && ir_ops[op].class == CLASS_EACH);
	return each(ir, op, 1, &a, imm0, span);
}

ir_id
ir_binary(struct ir *ir, enum ir_op op, ir_id a, ir_id b, int64_t imm0, struct span span)
{
	ir_id args[2] = { a, b };

	assert(ir_ops[op].arity == 2 && ir_ops[op].class == CLASS_EACH);
	assert(op == IR_MUL || op == IR_DIV || ir->value[a].frac == ir->value[b].frac);
	return each(ir, op, 2, args, imm0, span);
}

ir_id
ir_select(struct ir *ir, ir_id c, ir_id a, ir_id b, struct span span)
{
	ir_id args[3] = { c, a, b };

	assert(ir->value[a].frac == ir->value[b].frac);
	return each(ir, IR_SELECT, 3, args, 0, span);
}

ir_id
ir_distribution(struct ir *ir, enum ir_op op, uint32_t n, const ir_id *args, struct span span)
{
	ir_id id = each(ir, op, n, args, 0, span);

	/* Also of what is public: see place_of in ir_domains.c. */
	ir->value[id].open = SECRET;
	return id;
}

ir_id
ir_reveal(struct ir *ir, ir_id a, struct span span)
{
	ir_id id = ir_add(ir, IR_REVEAL, 1, &a, span);

	shape_like(ir, id, a);
	ir->value[id].frac = ir->value[a].frac;
	ir->value[id].open = PUBLIC;
	ir_range(ir, id);
	return id;
}

ir_id
ir_assume(struct ir *ir, ir_id a, const mpz_t lo, const mpz_t hi, const char *source,
    struct span span)
{
	ir_id id = ir_add(ir, IR_ASSUME, 1, &a, span);

	shape_like(ir, id, a);
	struct ir_value *v = &ir->value[id];
	v->frac = ir->value[a].frac;
	ir_range(ir, id);
	mpz_set(v->lo, lo);
	mpz_set(v->hi, hi);
	v->imm[0] = ir->n_assumptions;
	ir->assumption = ir_grow(ir->compile, ir->assumption, &ir->cap_assumptions, ir->n_assumptions,
	    sizeof *ir->assumption);
	ir->assumption[ir->n_assumptions++] =
	    (struct ir_assumption){ .source = source, .span = span, .value = id };
	ir_range_check(ir, id);
	return id;
}

void
ir_assert(struct ir *ir, ir_id a, struct span span)
{
	ir_id id = ir_add(ir, IR_ASSERT, 1, &a, span);

	shape_like(ir, id, a);
	ir_range(ir, id);
}

/* A bound affine in outer counters: its least and greatest value. */
static void
affine_range(const struct ir *ir, const struct ir_affine *f, mpz_t lo, mpz_t hi)
{
	mpz_t t;

	mpz_init(t);
	mpz_set_si(lo, f->base);
	mpz_set_si(hi, f->base);
	for (uint32_t i = 0; i < f->n; i++) {
		const struct ir_value *c = &ir->value[ir->value[f->term[i].loop].loop->counter];
		int64_t k = f->term[i].coef;
		mpz_mul_si(t, k < 0 ? c->hi : c->lo, k);
		mpz_add(lo, lo, t);
		mpz_mul_si(t, k < 0 ? c->lo : c->hi, k);
		mpz_add(hi, hi, t);
	}
}

ir_id
ir_loop_begin(struct ir *ir, const struct ir_affine *lo, const struct ir_affine *hi,
    uint32_t n_carried, const ir_id *init, mpz_t *lo_range, mpz_t *hi_range, struct span span)
{
	struct compile *c = ir->compile;
	ir_id id = ir_add(ir, IR_LOOP, n_carried, init, span);
	struct ir_loop *l = compile_alloc(c, sizeof *l);
	struct ir_block *outer = ir->at;
	mpz_t least, most, t;

	mpz_inits(least, most, t, NULL);
	ir->value[id].loop = l;
	l->lo = *lo;
	l->hi = *hi;
	affine_range(ir, lo, least, t);
	affine_range(ir, hi, t, most);
	if (!mpz_fits_slong_p(least) || !mpz_fits_slong_p(most))
		compile_fail(c, span, NULL, NULL, "a loop over more than 2^63 steps");
	l->least = mpz_get_si(least);
	l->most = mpz_get_si(most);
	l->body = compile_alloc(c, sizeof *l->body);
	*l->body = (struct ir_block){ .parent = outer, .loop = id, .depth = outer->depth + 1 };
	if (l->body->depth > N_LOOP_MAX)
		compile_fail(c, span, NULL, NULL, "loops nested more than %d deep", N_LOOP_MAX);
	ir->at = l->body;
	l->counter = ir_add(ir, IR_COUNTER, 0, NULL, span);
	struct ir_value *k = &ir->value[l->counter];
	k->imm[0] = id;
	mpz_set_si(k->lo, l->least);
	mpz_set_si(k->hi, l->most > l->least ? l->most - 1 : l->least);
	l->n_carried = n_carried;
	l->arg = compile_alloc(c, (n_carried + 1) * sizeof *l->arg);
	l->yield = compile_alloc(c, (n_carried + 1) * sizeof *l->yield);
	for (uint32_t i = 0; i < n_carried; i++) {
		ir_id a = l->arg[i] = ir_add(ir, IR_ARG, 0, NULL, span);
		shape_like(ir, a, init[i]);
		struct ir_value *v = &ir->value[a], *from = &ir->value[init[i]];
		v->imm[0] = id;
		v->imm[1] = i;
		v->frac = from->frac;
		v->bits = from->bits;
		v->open = from->open;
		v->boolean = from->boolean;
		v->what = from->what;
		mpz_set(v->lo, lo_range[i]);
		mpz_set(v->hi, hi_range[i]);
		mpz_set(v->err, from->err);
	}
	return id;
}

/* Openness and error of what is carried depend on the body, whose own depend on what is carried:
 * derived again until nothing changes.  An error that grows with the trips is bounded by the
 * range. */
static bool
settle(struct ir *ir, const struct ir_loop *l, bool last)
{
	bool changed = false;

	for (uint32_t i = 0; i < l->n_carried; i++) {
		struct ir_value *a = &ir->value[l->arg[i]], *y = &ir->value[l->yield[i]];
		if (y->open > a->open) {
			a->open = y->open;
			changed = true;
		}
		if (mpz_cmp(y->err, a->err) > 0) {
			if (last)
				mpz_sub(a->err, a->hi, a->lo);
			else
				mpz_set(a->err, y->err);
			changed = true;
		}
	}
	return changed;
}

static void
derive_block(struct ir *ir, const struct ir_block *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		struct ir_value *v = &ir->value[b->value[i]];
		if (v->op == IR_LOOP) {
			for (uint32_t k = 0; k < v->n_args; k++) {
				struct ir_value *a = &ir->value[v->loop->arg[k]];
				const struct ir_value *init = &ir->value[v->args[k]];
				if (init->open > a->open)
					a->open = init->open;
				if (mpz_cmp(init->err, a->err) > 0)
					mpz_set(a->err, init->err);
			}
			for (int round = 0; round < 4; round++) {
				derive_block(ir, v->loop->body);
				if (!settle(ir, v->loop, round >= 2))
					break;
			}
		} else {
			ir_derive(ir, b->value[i]);
		}
	}
}

void
ir_loop_end(struct ir *ir, ir_id loop, const ir_id *yield)
{
	struct ir_loop *l = ir->value[loop].loop;

	assert(ir->at == l->body);
	for (uint32_t i = 0; i < l->n_carried; i++) {
		const struct ir_value *a = &ir->value[l->arg[i]], *y = &ir->value[yield[i]];
		assert(a->frac == y->frac && a->n == y->n && a->rank == y->rank);
		/* The range of the variable is a promise: of every value that it ever has. */
		if (y->op != IR_CONST)
			ir_refine(ir, yield[i], a->lo, a->hi);
		l->yield[i] = yield[i];
	}
	for (int round = 0; round < 4 && settle(ir, l, round >= 2); round++)
		derive_block(ir, l->body);
	ir->at = l->body->parent;
}

void
ir_loop_abort(struct ir *ir, ir_id loop)
{
	struct ir_block *outer = ir->value[loop].loop->body->parent;

	assert(outer->n > 0 && outer->value[outer->n - 1] == loop);
	outer->n--;
	while (ir->n_assumptions > 0 && ir->assumption[ir->n_assumptions - 1].value > loop)
		ir->n_assumptions--;
	ir->at = outer;
}

ir_id
ir_result(struct ir *ir, ir_id loop, uint32_t k, struct span span)
{
	ir_id arg = ir->value[loop].loop->arg[k];
	ir_id id = ir_add(ir, IR_RESULT, 1, &loop, span);

	shape_like(ir, id, arg);
	struct ir_value *v = &ir->value[id], *a = &ir->value[arg];
	v->imm[1] = k;
	v->frac = a->frac;
	v->bits = a->bits;
	v->boolean = a->boolean;
	v->what = a->what;
	ir_derive(ir, id);
	return id;
}

bool
ir_is_const(const struct ir *ir, ir_id a, mpz_t *x)
{
	const struct ir_value *v = &ir->value[a];

	while (v->op == IR_VIEW && v->n > 0)
		v = &ir->value[v->args[0]];
	if (v->op != IR_CONST || v->n == 0)
		return false;
	for (uint64_t i = 1; i < v->n; i++)
		if (mpz_cmp(v->data[i], v->data[0]) != 0)
			return false;
	if (x != NULL)
		mpz_set(*x, v->data[0]);
	return true;
}

bool
ir_affine_of(const struct ir *ir, ir_id a, struct ir_affine *f)
{
	const struct ir_value *v = &ir->value[a];
	struct ir_affine g;
	int64_t k = 1;

	*f = (struct ir_affine){ 0 };
	if (v->rank != 0 || v->frac != 0)
		return false;
	switch (v->op) {
	case IR_CONST:
		f->base = mpz_fits_slong_p(v->data[0]) ? mpz_get_si(v->data[0]) : 0;
		return mpz_fits_slong_p(v->data[0]) != 0;
	case IR_COUNTER:
		f->n = 1;
		f->term[0].loop = (ir_id)v->imm[0];
		f->term[0].coef = 1;
		return true;
	case IR_ASSUME:
		return ir_affine_of(ir, v->args[0], f);
	case IR_NEG:
		return ir_affine_of(ir, v->args[0], &g) && ir_affine_add(f, &g, -1);
	case IR_SUB:
		k = -1;     /* fallthrough */
	case IR_ADD:
		return ir_affine_of(ir, v->args[0], f) && ir_affine_of(ir, v->args[1], &g) &&
		    ir_affine_add(f, &g, k);
	case IR_MUL:
		if (!ir_affine_of(ir, v->args[0], f) || !ir_affine_of(ir, v->args[1], &g))
			return false;
		if (f->n > 0 && g.n > 0)
			return false;
		if (f->n > 0) {
			struct ir_affine t = *f;
			*f = g;
			g = t;
		}
		k = f->base;
		*f = (struct ir_affine){ 0 };
		return ir_affine_add(f, &g, k);
	default:
		return false;
	}
}

/* f += k * g; false if a number overflows or there are too many terms. */
bool
ir_affine_add(struct ir_affine *f, const struct ir_affine *g, int64_t k)
{
	int64_t t;

	if (__builtin_mul_overflow(g->base, k, &t) || __builtin_add_overflow(f->base, t, &f->base))
		return false;
	for (uint32_t i = 0; i < g->n; i++) {
		uint32_t j = 0;
		while (j < f->n && f->term[j].loop != g->term[i].loop)
			j++;
		if (j == N_LOOP_MAX)
			return false;
		if (j == f->n) {
			f->term[j].loop = g->term[i].loop;
			f->term[j].coef = 0;
			f->n++;
		}
		if (__builtin_mul_overflow(g->term[i].coef, k, &t) ||
		    __builtin_add_overflow(f->term[j].coef, t, &f->term[j].coef))
			return false;
		if (f->term[j].coef == 0)
			f->term[j] = f->term[--f->n];
	}
	return true;
}

void
ir_note(struct ir *ir, const char *text)
{
	for (uint32_t i = 0; i < ir->n_notes; i++)
		if (strcmp(ir->note[i], text) == 0)
			return;
	ir->note = ir_grow(ir->compile, ir->note, &ir->cap_notes, ir->n_notes, sizeof *ir->note);
	ir->note[ir->n_notes++] = text;
}
