/* ir_post.c: which secrets are opened for the outputs, and what is computed after opening.
 *
 * An output made from one secret by invertible steps with public operands opens that secret:
 * whoever learns the one learns the other.  What is missing tells nothing, so a step with an
 * operand that may be missing is not invertible, and what is opened as it is, is 0 where it is
 * missing.  What is opened for what depends on an assumption is its own: it is withheld with it.
 * So is what is opened under a guard: 0 if it is withheld.  Where cells are withheld by themselves,
 * what is opened for each stands where the cell does, so only steps that keep elements apart may
 * stand between.
 * What is a function of opened secrets (to the same recipients, unguarded) and of public values is
 * computed by each recipient in IEEE double, but whole numbers that outgrow its 53 bits.
 * Everything else is opened as it is, so that whole numbers stay exact.
 * requires: domains.  sets: roots; assumed, value_post, present_post.  breaks: nothing. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "ir_const.h"

enum derived { UNASKED, FREE, NOT, BY_CELLS };   /* BY_CELLS: of what is 0 in withheld cells */

struct post {
	struct ir *ir;
	const struct ir_part *part;      /* the output part looked at */
	uint8_t *cheap;                  /* on shares?  0: not asked, 1: yes, 2: no */
	bool all;                        /* whatever it takes: nothing counts as dear any more */
	uint8_t *derived;                /* a function of what is opened? enum derived, for this part */
	uint8_t *there;                  /* never missing after opening? likewise, for this part */
	const uint8_t *assumed;          /* see ir_assumed */
};

/* Do shares do it for little, by sums and products?  Everything else takes circuits or polynomials,
 * and is better done after opening if what it is made of is opened anyway. */
static bool
is_cheap(const struct ir *ir, const struct ir_value *v)
{
	switch ((enum ir_op)v->op) {
	case IR_DIV:
		return ir->value[v->args[1]].domain == DOM_P;
	case IR_FDIV: case IR_MOD: case IR_FLOOR: case IR_ROUND: case IR_ABS: case IR_SIGN: case IR_SQRT:
	case IR_EXP: case IR_LOG: case IR_MIN: case IR_MAX: case IR_EQ: case IR_LT: case IR_LE:
	case IR_MINR: case IR_MAXR: case IR_MINM: case IR_MAXM:
	case IR_RANDOM: case IR_SHUFFLE: case IR_CIRCUIT: case IR_PICK:
	case IR_TAKE: case IR_ONEHOT: case IR_ORDER: case IR_HOME:
	case IR_SHLB: case IR_SHRB: case IR_ROTLB: case IR_ADDB: case IR_SLICEB: case IR_TOBITS:
	case IR_CATB: case IR_SORT2: case IR_SORTB: case IR_SHUFB:
	case IR_POPCNT: case IR_TONUM: case IR_BITLEN: case IR_NORM:
	DISTRIBUTIONS
	case IR_RSQRT: case IR_LOG2: case IR_SIN: case IR_COS: case IR_TANH: case IR_SIGMOID: case IR_ERF:
		return false;
	case IR_CONST: case IR_IOTA: case IR_INPUT: case IR_COUNTER: case IR_ARG: case IR_RESULT:
	case IR_NEG: case IR_ADD: case IR_SUB: case IR_MUL: case IR_SHL: case IR_SCALE2: case IR_TRUNC:
	case IR_SELECT: case IR_VIEW: case IR_CONCAT: case IR_UPDATE: case IR_GATHER: case IR_PUT:
	case IR_SUM: case IR_CUMSUM: case IR_MATMUL: case IR_TNMUL: case IR_REVEAL: case IR_ASSUME:
	case IR_NOT: case IR_AND: case IR_OR: case IR_XOR:
	case IR_ASSERT: case IR_LOOP: case N_IR_OP:
		return true;
	}
	return true;
}

/* Is it, and all that it is made of? */
static bool
all_cheap(struct post *p, ir_id id)
{
	const struct ir_value *v = &p->ir->value[id];

	if (v->domain != DOM_A || p->all)
		return true;
	if (p->cheap[id] == 0) {
		p->cheap[id] = is_cheap(p->ir, v) ? 1 : 2;
		for (uint32_t i = 0; i < v->n_args && p->cheap[id] == 1; i++)
			if (!all_cheap(p, v->args[i]))
				p->cheap[id] = 2;
	}
	return p->cheap[id] == 1;
}

static bool
opened(const struct post *p, ir_id id)
{
	uint32_t root;
	uint64_t offset;

	return ir_opened(p->ir, p->part, id, &root, &offset);
}

/* A double holds the number exactly. */
static bool
is_exact(const struct ir_value *v)
{
	return v->bits == 0 && mpz_sizeinbase(v->lo, 2) <= 53 && mpz_sizeinbase(v->hi, 2) <= 53;
}

/* What goes by whole numbers, so that a rounded operand could change the result altogether. */
static bool
is_whole(const struct ir_value *v)
{
	return v->op == IR_EQ || v->op == IR_LT || v->op == IR_LE || v->op == IR_FDIV || v->op == IR_MOD ||
	    v->op == IR_FLOOR || v->op == IR_ROUND || v->op == IR_SIGN;
}

/* Whether it is 0, and its sign, outlast rounding; not so what sums leave over. */
static bool
with_zero(const struct ir *ir, const struct ir_value *v)
{
	for (uint32_t i = 0; i < v->n_args; i++) {
		const struct ir_value *a = &ir->value[v->args[i]];
		if (a->op == IR_ADD || a->op == IR_SUB || a->op == IR_SUM || v->op == IR_MOD)
			return false;
		if (mpz_sgn(a->lo) == 0 && mpz_sgn(a->hi) == 0 && v->n_args == 2)
			return true;
	}
	return v->op == IR_SIGN;
}

static bool
has_real(const struct ir *ir, const struct ir_value *v)
{
	for (uint32_t i = 0; i < v->n_args; i++)
		if (ir->value[v->args[i]].bits > 0 || (is_whole(v) && !with_zero(ir, v) &&
		    !is_exact(&ir->value[v->args[i]])))
			return false;
	/* What is to be checked is checked before anything is opened. */
	if (v->op == IR_ASSUME && !ir->compile->options->unchecked)
		return false;
	if (v->op == IR_VIEW || v->op == IR_CONCAT || v->op == IR_TRUNC || v->op == IR_SHL ||
	    v->op == IR_SCALE2 || v->op == IR_FDIV || v->op == IR_ASSUME ||
	    ((v->op == IR_NOT || v->op == IR_XOR) && v->bits == 0))
		return v->view == NULL || v->view->offset.n == 0;
	return ir_real_insn(v->op) != N_INSN && v->bits == 0;
}

/* A whole number of an output of whole numbers that a double does not hold exactly. */
static bool
outgrows(const struct post *p, const struct ir_value *v)
{
	return p->part->type.kind != TYPE_FIXED && v->frac == 0 && !is_exact(v);
}

/* Of a part with cells: does each element of `id` stand where a cell does, and come from the same
 * element of its operand `a` alone? */
static bool
by_cells(const struct post *p, ir_id id, ir_id a)
{
	const struct ir *ir = p->ir;
	const struct ir_value *v = &ir->value[id];

	return p->part->cells == IR_NONE || (v->n == ir->value[p->part->cells].n &&
	    ir->value[a].n == v->n &&
	    (ir_ops[v->op].class == CLASS_EACH || ir_same_elements(ir, id, a)));
}

static uint8_t
opened_how(const struct post *p, ir_id id)
{
	uint32_t root;
	uint64_t offset;

	if (!ir_opened(p->ir, p->part, id, &root, &offset))
		return UNASKED;
	return p->part->cells != IR_NONE && p->ir->root[root].part != NULL ? BY_CELLS : FREE;
}

/* Is it a function of what these recipients know already, and of what of that? */
static uint8_t
how_derived(struct post *p, ir_id id)
{
	const struct ir_value *v = &p->ir->value[id];
	uint8_t how = v->open != SECRET ? FREE : opened_how(p, id);

	if (how != UNASKED)
		return how;
	if (p->derived[id] == UNASKED) {
		how = has_real(p->ir, v) && !outgrows(p, v) && v->n_args > 0 &&
		    v->block == p->ir->top ? FREE : NOT;
		for (uint32_t i = 0; i < v->n_args && how != NOT; i++) {
			uint8_t a = how_derived(p, v->args[i]);
			if (a == BY_CELLS && !by_cells(p, id, v->args[i]))
				a = NOT;
			how = a == FREE ? how : a;
		}
		p->derived[id] = how;
	}
	return p->derived[id];
}

static bool
derived(struct post *p, ir_id id)
{
	return how_derived(p, id) != NOT;
}

static bool
never_zero(const struct ir_value *v)
{
	return v->n > 0 && (mpz_sgn(v->lo) > 0 || mpz_sgn(v->hi) < 0);
}

bool
ir_defined(const struct ir *ir, const struct ir_value *v)
{
	switch (v->op) {
	case IR_DIV: case IR_FDIV: case IR_MOD:
		return never_zero(&ir->value[v->args[1]]);
	case IR_SQRT:
		return mpz_sgn(ir->value[v->args[0]].lo) >= 0;
	case IR_LOG: case IR_LOG2: case IR_RSQRT:
		return mpz_sgn(ir->value[v->args[0]].lo) > 0;
	default:
		return true;
	}
}

/* Is a derived value never missing (NaN, in post)?  What was opened, or is public, is a number. */
static bool
there(struct post *p, ir_id id)
{
	const struct ir_value *v = &p->ir->value[id];

	if (v->open != SECRET || opened(p, id))
		return true;
	if (p->there[id] == 0) {
		p->there[id] = ir_defined(p->ir, v) ? 1 : 2;
		for (uint32_t i = 0; i < v->n_args && p->there[id] == 1; i++)
			if (!there(p, v->args[i]))
				p->there[id] = 2;
	}
	return p->there[id] == 1;
}

/* Do the recipients know it, each of its elements, and as a number? */
static bool
known(struct post *p, ir_id id)
{
	return derived(p, id) && there(p, id);
}

static int
by_stride(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return x[0] < y[0] ? -1 : x[0] > y[0];
}

/* Does the view show every element of its operand? */
static bool
shows_all(const struct ir *ir, const struct ir_value *v)
{
	const struct ir_value *a = &ir->value[v->args[0]];
	int64_t axis[N_RANK_MAX][2], expect = 1;
	unsigned n = 0;

	if (a->n == 1 && v->n >= 1)
		return true;
	if (v->n == 0)
		return a->n == 0;
	if (v->view->offset.n > 0 || v->view->offset.base != 0)
		return false;
	for (unsigned i = 0; i < v->rank; i++) {
		if (v->dims[i] == 1 || v->view->stride[i] == 0)
			continue;
		axis[n][0] = v->view->stride[i];
		axis[n++][1] = (int64_t)v->dims[i];
	}
	qsort(axis, n, sizeof axis[0], by_stride);
	for (unsigned i = 0; i < n; i++) {
		if (axis[i][0] != expect)
			return false;
		expect *= axis[i][1];
	}
	return expect == (int64_t)a->n;
}

static ir_id
undone(struct post *p, const struct ir_value *v)
{
	const struct ir *ir = p->ir;
	ir_id a = v->n_args > 0 ? v->args[0] : IR_NONE, b = v->n_args > 1 ? v->args[1] : IR_NONE;

	switch (v->op) {
	case IR_NEG: case IR_NOT: case IR_SHL: case IR_SCALE2:
		return a;
	case IR_ADD: case IR_SUB:
		return known(p, b) ? a : known(p, a) ? b : IR_NONE;
	case IR_MUL:
		if (known(p, b) && never_zero(&ir->value[b]))
			return a;
		return known(p, a) && never_zero(&ir->value[a]) ? b : IR_NONE;
	case IR_DIV:
		/* imm1: a is 0, too, where b is 0 or missing. */
		if (v->imm[1] == 1)
			return derived(p, b) ? a : IR_NONE;
		return known(p, b) && never_zero(&ir->value[b]) ? a : IR_NONE;
	case IR_SQRT:
		return mpz_sgn(ir->value[a].lo) >= 0 ? a : IR_NONE;
	DISTRIBUTIONS
		for (uint32_t i = 1; i < v->n_args; i++)
			if (!known(p, v->args[i]))
				return IR_NONE;
		return a;
	case IR_VIEW:
		return shows_all(ir, v) ? a : IR_NONE;
	default:
		return IR_NONE;
	}
}

/* The operand that an invertible step leaves secret; IR_NONE if it is none.  A result without
 * elements tells nothing. */
static ir_id
inverse(struct post *p, const struct ir_value *v)
{
	ir_id a = undone(p, v);

	if (a != IR_NONE && !by_cells(p, (ir_id)(v - p->ir->value), a))
		return IR_NONE;
	return a != IR_NONE && v->n == 0 && p->ir->value[a].n > 0 ? IR_NONE : a;
}

/* Is there a division or a root on the way to the secret, or something that is dear on shares? */
static bool
wants_post(struct post *p, ir_id id)
{
	const struct ir_value *v = &p->ir->value[id];

	if (v->open != SECRET)
		return false;
	if (ir_is_distribution(v->op) || !all_cheap(p, id))
		return true;
	if (v->op == IR_CONCAT) {
		for (uint32_t i = 0; i < v->n_args; i++)
			if (wants_post(p, v->args[i]))
				return true;
		return false;
	}
	ir_id a = inverse(p, v);
	return a != IR_NONE && (v->op == IR_DIV || v->op == IR_SQRT || wants_post(p, a));
}

static void
add_root(struct post *p, ir_id id, ir_id mask)
{
	struct ir *ir = p->ir;

	if (opened(p, id))
		return;
	if (ir->n_roots == ir->cap_roots) {
		uint32_t cap = ir->cap_roots == 0 ? 64 : 2 * ir->cap_roots;
		struct ir_root *r = compile_alloc(ir->compile, cap * sizeof *r);
		if (ir->n_roots > 0)
			memcpy(r, ir->root, ir->n_roots * sizeof *r);
		ir->root = r;
		ir->cap_roots = cap;
	}
	ir->root[ir->n_roots++] = (struct ir_root){ .value = id, .recipients = p->part->recipients,
		.part = ir_shown(p->part) == IR_NONE && mask == IR_NONE ? NULL : p->part,
		.mask = mask, .assumed = p->part->assumed };
}

/* Finds what must be opened so that id can be had in post; false if that is not possible now. */
static bool
strip(struct post *p, ir_id id)
{
	const struct ir_value *v = &p->ir->value[id];

	/* Of no elements nothing needs to be known. */
	if (v->n == 0 || derived(p, id))
		return true;
	bool real = v->block == p->ir->top && !outgrows(p, v);
	if (v->op == IR_CONCAT && real && p->part->cells == IR_NONE) {
		for (uint32_t i = 0; i < v->n_args; i++)
			if (!strip(p, v->args[i]))
				return false;
		return true;
	}
	ir_id a = real && wants_post(p, id) ? inverse(p, v) : IR_NONE;
	if (a != IR_NONE && strip(p, a))
		return true;
	if (!all_cheap(p, id))
		return false;
	add_root(p, id, IR_NONE);
	return true;
}

/* What hides the missing elements of an output's value. */
static ir_id
mask_of(const struct ir_part *part, ir_id id)
{
	return id == part->value && !part->masked ? part->present : IR_NONE;
}

/* One value of an output: done, or not possible as long as no more is opened. */
static bool
resolve(struct post *p, ir_id id, bool real, bool *in_post)
{
	uint32_t before = p->ir->n_roots;

	*in_post = false;
	if (id == IR_NONE || p->ir->value[id].open != SECRET)
		return true;
	memset(p->derived, 0, p->ir->n);
	memset(p->there, 0, p->ir->n);
	if (opened(p, id))
		return true;
	/* A double holds no bits, not even none of them. */
	if ((p->ir->value[id].bits > 0 && p->ir->value[id].n == 0) ||
	    (all_cheap(p, id) && !wants_post(p, id) && !(real && derived(p, id)))) {
		add_root(p, id, mask_of(p->part, id));
		return true;
	}
	*in_post = true;
	if (strip(p, id))
		return true;
	p->ir->n_roots = before;
	*in_post = false;
	return false;
}

static bool
is_assumed(const struct post *p, ir_id id)
{
	return id != IR_NONE && p->assumed[id] != 0;
}

/* Guard bits are opened as they are. */
static void
open_guard(struct post *p, const struct ir_part *part, ir_id id)
{
	if (id == IR_NONE || p->ir->value[id].open != SECRET)
		return;
	const struct ir_part bits = ir_guard_part(part, id, is_assumed(p, id));
	p->part = &bits;
	add_root(p, id, IR_NONE);
}

static bool
resolve_part(struct post *p, struct ir_part *part)
{
	open_guard(p, part, part->guard);
	open_guard(p, part, part->cells);
	p->part = part;
	part->assumed = is_assumed(p, part->value) || is_assumed(p, part->present) ||
	    is_assumed(p, part->guard) || is_assumed(p, part->cells);
	bool real = part->type.kind == TYPE_FIXED;
	bool v = resolve(p, part->value, real, &part->value_post);
	/* Where shares would have to compare, and not only add up, what is known says it as well; but
	 * not of what may be withheld. */
	bool known_too = p->all && ir_shown(part) == IR_NONE;
	return resolve(p, part->present, known_too, &part->present_post) && v;
}

/* Is there a probability or a quantile in it? */
static bool *
with_distribution(struct ir *ir)
{
	bool *with = compile_alloc(ir->compile, ir->n + 1);

	for (ir_id id = 0; id < ir->n; id++) {
		const struct ir_value *v = &ir->value[id];
		with[id] = ir_is_distribution(v->op);
		for (uint32_t i = 0; i < v->n_args; i++)
			with[id] |= with[v->args[i]];
	}
	return with;
}

/* Which roots one value of an output is made of; p->derived says where we have been. */
static void
mark_used(struct post *p, ir_id id, bool in_post, bool *used)
{
	const struct ir_value *v = id == IR_NONE ? NULL : &p->ir->value[id];
	uint32_t root;
	uint64_t offset;

	if (v == NULL || v->open != SECRET || p->derived[id] != 0 || (in_post && v->n == 0))
		return;
	p->derived[id] = 1;
	if (ir_opened(p->ir, p->part, id, &root, &offset)) {
		used[root] = true;
		return;
	}
	for (uint32_t i = 0; in_post && i < v->n_args; i++)
		mark_used(p, v->args[i], true, used);
}

static void
mark_guard(struct post *p, const struct ir_part *part, ir_id id, bool *used)
{
	if (id == IR_NONE)
		return;
	const struct ir_part bits = ir_guard_part(part, id, is_assumed(p, id));
	p->part = &bits;
	memset(p->derived, 0, p->ir->n);
	mark_used(p, id, false, used);
}

static void
mark_part(struct post *p, const struct ir_part *part, bool *used)
{
	mark_guard(p, part, part->guard, used);
	mark_guard(p, part, part->cells, used);
	p->part = part;
	memset(p->derived, 0, p->ir->n);
	mark_used(p, part->value, part->value_post, used);
	memset(p->derived, 0, p->ir->n);
	mark_used(p, part->present, part->present_post, used);
}

/* What one output opens in parts, a later one may open as a whole: then the parts are not. */
static void
drop_unused(struct post *p)
{
	struct ir *ir = p->ir;
	bool *used = compile_alloc(ir->compile, ir->n_roots + 1);
	uint32_t n = 0;

	for (uint32_t i = 0; i < ir->n_outputs; i++)
		for (uint32_t k = 0; k < ir->output[i].n_parts && !ir->output[i].withheld; k++)
			mark_part(p, &ir->output[i].part[k], used);
	for (uint32_t i = 0; i < ir->n_roots; i++)
		if (used[i])
			ir->root[n++] = ir->root[i];
	ir->n_roots = n;
}

void
ir_post(struct ir *ir)
{
	struct post p = { .ir = ir, .assumed = ir_assumed(ir) };
	uint32_t n = 0, left, before = UINT32_MAX;

	p.cheap = compile_alloc(ir->compile, ir->n + 1);
	p.derived = compile_alloc(ir->compile, ir->n + 1);
	p.there = compile_alloc(ir->compile, ir->n + 1);
	for (uint32_t i = 0; i < ir->n_outputs; i++)
		n += ir->output[i].n_parts;
	bool *done = compile_alloc(ir->compile, (n + 1) * sizeof *done);
	/* Each round may open what another output waits for. */
	for (left = n; left != before;) {
		uint32_t at = 0;
		before = left;
		left = 0;
		for (uint32_t i = 0; i < ir->n_outputs; i++)
			for (uint32_t k = 0; k < ir->output[i].n_parts; k++, at++) {
				if (!ir->output[i].withheld && !done[at])
					done[at] = resolve_part(&p, &ir->output[i].part[k]);
				if (!ir->output[i].withheld && !done[at])
					left++;
			}
	}
	/* What remains takes work on shares: it is no function of anything that is opened.  Last what
	 * shares never are, as it may be of what else is opened by then. */
	const bool *late = with_distribution(ir);
	p.all = true;
	for (int last = 0; last < 2; last++) {
		uint32_t at = 0;
		for (uint32_t i = 0; i < ir->n_outputs; i++)
			for (uint32_t k = 0; k < ir->output[i].n_parts; k++, at++) {
				struct ir_part *part = &ir->output[i].part[k];
				if (!done[at] && !ir->output[i].withheld && late[part->value] == (last == 1))
					(void)resolve_part(&p, part);
			}
	}
	drop_unused(&p);
}
