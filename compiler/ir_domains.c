/* ir_domains.c: where each value lives: public (P), in the clear at its owner (L), or shared.
 *
 * A value stays L as long as it depends on one party's rows, or row by row on the members', and on
 * public values only; what is reduced over all rows is shared there.  So are some of the rows; but
 * those of one member that are put in an order stay there: a stratum of a site's own rows is sorted
 * at the site.  Loops are settled from P upwards, P < L < shared.
 * requires: any valid IR.  sets: domain (A for all that is shared, until ir_homes says as what),
 * part.  breaks: what ir_homes set. */
#include <string.h>

#include "internal.h"
#include "ir_build.h"

struct place {
	uint8_t domain;
	uint32_t part;
};

static const struct place shared = { DOM_A, UINT32_MAX }, open_to_all = { DOM_P, UINT32_MAX };

static struct place
place_of(const struct ir *ir, ir_id id)
{
	return (struct place){ ir->value[id].domain, ir->value[id].part };
}

static struct place
join(struct place a, struct place b)
{
	if (a.domain == DOM_P)
		return b;
	if (b.domain == DOM_P)
		return a;
	if (a.domain == DOM_L && b.domain == DOM_L && a.part == b.part)
		return a;
	return shared;
}

static bool
by_rows(const struct ir *ir, struct place p)
{
	return p.domain == DOM_L && !ir->part[p.part].whole;
}

static uint64_t
rows_of(const struct ir *ir, struct place p)
{
	return ir->part[p.part].start[16];
}

/* Does a view of these counts go from row to row of `inner` elements, and stay within each? */
static bool
keeps_rows(const struct ir_view *w, const struct ir_value *of, uint64_t rows, int64_t inner)
{
	int64_t least = w->offset.base, most = least;

	if (rows == 0 || of->rank == 0 || of->dims[0] != rows || w->offset.n > 0)
		return false;
	if (of->n == 0)
		return true;
	if (rows > 1 && w->stride[0] != inner)
		return false;
	for (unsigned i = 1; i < of->rank; i++) {
		int64_t reach = w->stride[i] * (int64_t)(of->dims[i] - 1);
		if (reach < 0)
			least += reach;
		else
			most += reach;
	}
	return least >= 0 && most < inner;
}

static bool
view_keeps_rows(const struct ir *ir, const struct ir_value *v, uint64_t rows)
{
	return rows > 0 && keeps_rows(v->view, v, rows, (int64_t)(ir->value[v->args[0]].n / rows));
}

/* A view of one member's rows: at that member, or shared. */
static struct place
place_member_rows(struct ir *ir, const struct ir_value *v, struct place of)
{
	const struct ir_view *w = v->view;
	uint64_t rows = rows_of(ir, of);
	int64_t inner = rows == 0 ? 0 : (int64_t)(ir->value[v->args[0]].n / rows);
	int64_t least = w->offset.base, most = least;

	if (inner == 0 || w->offset.n > 0 || v->n == 0)
		return shared;
	for (unsigned i = 0; i < v->rank; i++) {
		int64_t reach = w->stride[i] * (int64_t)(v->dims[i] - 1);
		least += reach < 0 ? reach : 0;
		most += reach > 0 ? reach : 0;
	}
	uint32_t part = ir_partition_of_member(ir, of.part, (uint64_t)(least / inner),
	    (uint64_t)(most / inner));
	return part == UINT32_MAX ? shared : (struct place){ DOM_L, part };
}

/* Are rows written into the same rows? */
static bool
update_keeps_rows(const struct ir *ir, const struct ir_value *v, uint64_t rows)
{
	return rows > 0 && v->rank > 0 && v->dims[0] == rows &&
	    keeps_rows(v->view, &ir->value[v->args[1]], rows, (int64_t)(v->n / rows));
}

bool
ir_sum_of_members(const struct ir *ir, const struct ir_value *v)
{
	bool some = false;

	if ((v->op != IR_SUM && v->op != IR_MATMUL && v->op != IR_TNMUL) || !ir->compile->options->local)
		return false;
	if (v->op == IR_SUM && v->imm[0] != 1)
		return false;
	if (v->op == IR_MATMUL && (v->imm[0] != 1 || v->imm[2] != 1))
		return false;
	uint32_t part = UINT32_MAX;
	for (uint32_t i = 0; i < v->n_args; i++) {
		const struct ir_value *a = &ir->value[v->args[i]];
		if (a->domain == DOM_P)
			continue;
		if (a->domain != DOM_L || ir->part[a->part].whole || (some && a->part != part))
			return false;
		some = true;
		part = a->part;
	}
	uint64_t rows = v->op == IR_TNMUL ? (uint64_t)v->imm[0] : (uint64_t)v->imm[1];
	return some && rows == ir->part[part].start[16];
}

static struct place
place_each(const struct ir *ir, const struct ir_value *v)
{
	struct place p = open_to_all;

	for (uint32_t i = 0; i < v->n_args; i++)
		p = join(p, place_of(ir, v->args[i]));
	if (by_rows(ir, p))
		for (uint32_t i = 0; i < v->n_args; i++)
			if (ir->value[v->args[i]].domain == DOM_L && ir->value[v->args[i]].rank != v->rank)
				return shared;
	return p;
}

static struct place
place_reduce(const struct ir *ir, const struct ir_value *v)
{
	struct place a = place_of(ir, v->args[0]);
	uint64_t rows;

	if (!by_rows(ir, a))
		return a;
	rows = rows_of(ir, a);
	if (rows > 0 && v->imm[0] > 0 && (uint64_t)v->imm[0] % rows == 0 && v->rank > 0 &&
	    v->dims[0] == rows)
		return a;
	return shared;
}

static struct place
place_product(const struct ir *ir, const struct ir_value *v)
{
	struct place a = place_of(ir, v->args[0]), b = place_of(ir, v->args[1]), p = join(a, b);

	if (!by_rows(ir, p))
		return p;
	if (v->op == IR_MATMUL && by_rows(ir, a) && b.domain == DOM_P && v->rank > 0 &&
	    (uint64_t)v->imm[0] == rows_of(ir, a))
		return a;
	return shared;
}

/* Bits are computed with on shares only. */
static bool
of_bits(const struct ir *ir, const struct ir_value *v)
{
	bool any = v->bits > 0;

	for (uint32_t i = 0; i < v->n_args; i++)
		any |= ir->value[v->args[i]].bits > 0;
	return any;
}

static struct place
place_value(struct ir *ir, const struct ir_value *v, const bool *ordered)
{
	const struct compile_options *o = ir->compile->options;
	struct place a = v->n_args > 0 ? place_of(ir, v->args[0]) : open_to_all;

	if (v->open != SECRET)
		return open_to_all;
	if (v->op != IR_INPUT && of_bits(ir, v))
		return shared;
	switch ((enum ir_op)v->op) {
	case IR_INPUT:
		if (!o->local || !o->target->has_local || ir_contributed(ir, (uint32_t)v->imm[0]))
			return shared;
		return (struct place){ DOM_L, ir_partition_rows(ir, (uint32_t)v->imm[0]) };
	case IR_VIEW:
		if (!by_rows(ir, a) || view_keeps_rows(ir, v, rows_of(ir, a)))
			return a;
		return ordered[v - ir->value] ? place_member_rows(ir, v, a) : shared;
	case IR_TAKE: {
		struct place p = place_each(ir, v);
		return by_rows(ir, p) ? shared : p;
	}
	case IR_UPDATE: {
		struct place p = join(a, place_of(ir, v->args[1]));
		return by_rows(ir, p) && !update_keeps_rows(ir, v, rows_of(ir, p)) ? shared : p;
	}
	case IR_CONCAT: case IR_GATHER: case IR_PUT: {
		struct place p = place_each(ir, v);
		return by_rows(ir, p) ? shared : p;
	}
	case IR_SUM: case IR_CUMSUM: case IR_MINR: case IR_MAXR:
		return place_reduce(ir, v);
	case IR_MINM: case IR_MAXM:
		return (struct place){ DOM_L, ir_partition_members(ir, a.part) };
	case IR_MATMUL: case IR_TNMUL:
		return place_product(ir, v);
	case IR_ASSUME:
		return a;
	case IR_ARG: case IR_RESULT:
		return place_of(ir, (ir_id)(v - ir->value));
	case IR_NEG: case IR_ADD: case IR_SUB: case IR_MUL: case IR_SHL: case IR_SCALE2: case IR_TRUNC:
	case IR_DIV: case IR_FDIV: case IR_MOD: case IR_FLOOR: case IR_ROUND: case IR_ABS: case IR_SIGN:
	case IR_SQRT: case IR_EXP: case IR_LOG: case IR_MIN: case IR_MAX: case IR_EQ: case IR_LT:
	case IR_LE: case IR_SELECT: case IR_HOME:
	case IR_NOT: case IR_AND: case IR_OR: case IR_XOR:
	case IR_RSQRT: case IR_LOG2: case IR_SIN: case IR_COS: case IR_TANH: case IR_SIGMOID: case IR_ERF:
		return place_each(ir, v);
	DISTRIBUTIONS {
		/* What is open to all goes to post as well: nodes must not differ by a rounding. */
		struct place p = place_each(ir, v);
		return p.domain == DOM_P ? shared : p;
	}
	case IR_RANDOM: case IR_SHUFFLE: case IR_CIRCUIT: case IR_POPCNT: case IR_TONUM: case IR_PICK:
	case IR_SHLB: case IR_SHRB: case IR_ROTLB: case IR_ADDB: case IR_SLICEB: case IR_TOBITS:
	case IR_CATB: case IR_SORT2: case IR_SORTB: case IR_SHUFB: case IR_BITLEN: case IR_NORM:
		return shared;
	case IR_ONEHOT: case IR_ORDER:
		return by_rows(ir, a) ? shared : a;
	case IR_CONST: case IR_IOTA: case IR_COUNTER: case IR_REVEAL: case IR_ASSERT: case IR_LOOP:
	case N_IR_OP:
		return open_to_all;
	}
	return shared;
}

static bool
settle(struct ir *ir, ir_id id, struct place p)
{
	struct ir_value *v = &ir->value[id];

	if (v->domain == p.domain && v->part == p.part)
		return false;
	v->domain = p.domain;
	v->part = p.part;
	return true;
}

static void place_block(struct ir *ir, const struct ir_block *b, const bool *ordered);

/* A carried variable lives where its first value and every later one can: P, then L, then A, so
 * this ends after three rounds at most for each. */
static void
place_loop(struct ir *ir, ir_id loop, const bool *ordered)
{
	struct ir_loop *l = ir->value[loop].loop;
	bool changed = true;

	for (uint32_t k = 0; k < l->n_carried; k++) {
		struct place p = place_of(ir, ir->value[loop].args[k]);
		if (p.domain == DOM_L && ir->value[l->arg[k]].bits > 0)
			p = shared;
		(void)settle(ir, l->arg[k], p);
	}
	while (changed) {
		changed = false;
		place_block(ir, l->body, ordered);
		for (uint32_t k = 0; k < l->n_carried; k++) {
			struct place a = place_of(ir, l->arg[k]), p = join(a, place_of(ir, l->yield[k]));
			if (settle(ir, l->arg[k], p))
				changed = true;
		}
	}
}

static void
place_block(struct ir *ir, const struct ir_block *b, const bool *ordered)
{
	for (uint32_t i = 0; i < b->n; i++) {
		ir_id id = b->value[i];
		struct ir_value *v = &ir->value[id];
		if (v->op == IR_LOOP)
			place_loop(ir, id, ordered);
		else if (v->op == IR_RESULT)
			(void)settle(ir, id, place_of(ir, ir->value[v->args[0]].loop->arg[v->imm[1]]));
		else if (v->op != IR_ARG)
			(void)settle(ir, id, place_value(ir, v, ordered));
	}
}

void
ir_domains(struct ir *ir)
{
	bool *ordered = compile_alloc(ir->compile, ir->n + 1);

	for (ir_id i = 0; i < ir->n; i++)
		if (ir->value[i].op == IR_ORDER || ir->value[i].op == IR_TAKE)
			ordered[ir->value[i].args[0]] = true;
	/* What ir_partition_of_member and ir_partition_members go by. */
	for (uint32_t i = 0; i < ir->n_inputs; i++)
		if (!ir_contributed(ir, i))
			(void)ir_partition_rows(ir, i);
	place_block(ir, ir->top, ordered);
}
