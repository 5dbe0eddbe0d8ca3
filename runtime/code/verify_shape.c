/* verify_shape.c: lengths and immediate operands of each instruction, by its shape.  See verify.h.
 * requires verify_manifest, and operands of the right domains and widths (verify_insn.c). */
#include "verify.h"

#include <string.h>

static const struct partition *
part_of(const struct verify *v, const struct slot *s)
{
	return &v->c->part[s->part];
}

/* Rows of a slot that is local by rows. */
static uint64_t
rows_of(const struct verify *v, const struct slot *s)
{
	return part_rows(v->c, part_of(v, s));
}

/* Immediate operands that are lengths. */
static bool
lengths(struct verify *v, const struct insn *x, unsigned n)
{
	for (unsigned k = 0; v->st == ST_OK && k < n; k++)
		if (x->imm[k] < 0 || x->imm[k] > (int64_t)1 << N_ELEMENT_MAX_LOG2)
			verify_fail(v, "immediate operand %u is no length", k);
	return v->st == ST_OK;
}

/* Whether s has a*b*c elements; each factor at most 2^40. */
static bool
has(const struct slot *s, int64_t a, int64_t b, int64_t c)
{
	return (u128)a * (u128)b * (u128)c == (u128)s->n;
}

void
verify_length(struct verify *v, const struct insn *x, unsigned k)
{
	verify_fail(v, "slot s%u has %llu elements, which do not fit", x->slot[k],
	    (unsigned long long)v->c->slot[x->slot[k]].n);
}

/* What belongs to each row must stay in it: the outer of three axes consists of whole rows. */
static void
outer_rows(struct verify *v, const struct insn *x, int64_t outer)
{
	const struct slot *d = operand(v, x, 0);

	if (!slot_by_rows(v->c, d))
		return;
	uint64_t rows = rows_of(v, d);
	if (rows != 0 && (uint64_t)outer % rows != 0)
		verify_fail(v, "this goes across the rows of several parties");
}

static void
shape_none(struct verify *v, const struct insn *x)
{
	(void)v, (void)x;
}

static void
shape_each(struct verify *v, const struct insn *x)
{
	const struct slot *d = operand(v, x, 0);
	/* What is sent is no single element that stands for many. */
	bool sent = x->op == OP_SHARE || x->op == OP_Y_TO_B ||
	    (insn_table[x->op].rounds[0] > 0 && x->slot[2] == SLOT_NONE);

	for (unsigned k = 1; v->st == ST_OK && k < 4; k++) {
		const struct slot *s = operand(v, x, k);
		if (s != NULL && s->n != d->n && (s->n != 1 || sent))
			verify_length(v, x, k);
	}
	if (v->st == ST_OK)
		verify_bit_widths(v, x);
}

static void
shape_one(struct verify *v, const struct insn *x)
{
	if (operand(v, x, 0)->n != 1)
		verify_length(v, x, 0);
	else if (x->imm[0] < 0 || x->imm[0] >= v->nest.depth)
		verify_fail(v, "there is no loop at depth %lld", (long long)x->imm[0]);
}

/* How many values a party brings of an input. */
static u128
brings(const struct code *c, const struct input *in, uint32_t p)
{
	u128 n = 1;

	if (strcmp(c->party[p].group, in->party) != 0)
		return 0;
	for (uint32_t k = 0; k < in->rank; k++)
		n *= in->dims[k];
	return in->shape == INPUT_ROWS ? n * c->party[p].rows : n;
}

/* How many elements of d are party `party`'s. */
static u128
holds(const struct verify *v, const struct slot *d, uint32_t party)
{
	const struct partition *t = part_of(v, d);
	uint64_t rows = part_rows(v->c, t);
	int p = roles_node(&v->c->roles, party);

	if (p < 0)
		return 0;
	if (t->whole)
		return p == t->owner ? d->n : 0;
	return rows == 0 ? 0 : (u128)(t->start[p + 1] - t->start[p]) * (d->n / rows);
}

/* What all parties brought together; bits as they are, numbers as numbers.  They share it so where
 * one of them is no node, or where shares are the numbers. */
static void
input_shared(struct verify *v, const struct insn *x, const struct input *in, const struct slot *d)
{
	bool bits = in->type.kind == TYPE_BITS && x->imm[1] == 0;
	bool outside = v->c->protocol != NULL && strcmp(v->c->protocol, "clear") == 0;
	u128 all = 0;

	for (uint32_t p = 0; p < v->c->n_parties; p++) {
		all += brings(v->c, in, p);
		outside = outside || (strcmp(v->c->party[p].group, in->party) == 0 &&
		    roles_node(&v->c->roles, p) < 0);
	}
	if (!outside)
		verify_fail(v, "input %lld is not contributed: all who bring it are nodes",
		    (long long)x->imm[0]);
	else if (bits != (d->domain == DOM_B) || (bits && d->width != in->type.bits))
		verify_fail(v, "slot s%u is not of input %lld's kind", x->slot[0],
		    (long long)x->imm[0]);
	else if (all != d->n)
		verify_length(v, x, 0);
}

static void
shape_input(struct verify *v, const struct insn *x)
{
	const struct code *c = v->c;
	const struct slot *d = operand(v, x, 0);

	if (x->imm[0] < 0 || x->imm[0] >= c->n_inputs) {
		verify_fail(v, "there is no input %lld", (long long)x->imm[0]);
		return;
	}
	const struct input *in = &c->input[x->imm[0]];
	int64_t levels = in->type.kind == TYPE_CATEGORY ? (int64_t)in->type.n_levels : 0;
	if (x->imm[1] < 0 || x->imm[1] >= 2 + levels || (x->imm[1] == 1 && !in->type.optional))
		verify_fail(v, "input %lld has no part %lld", (long long)x->imm[0],
		    (long long)x->imm[1]);
	uint64_t each = x->imm[1] == 0 && d->domain == DOM_L ? value_elements(&in->type, d) : 1;
	if (v->st == ST_OK && each == 0)
		verify_fail(v, "slot s%u has no room for the bits of input %lld", x->slot[0],
		    (long long)x->imm[0]);
	if (d->domain == DOM_L)
		for (uint32_t p = 0; v->st == ST_OK && p < c->n_parties; p++)
			if (brings(c, in, p) * each != holds(v, d, p))
				verify_fail(v, "slot s%u does not hold what party %u brings",
				    x->slot[0], p);
	if (d->domain != DOM_L)
		input_shared(v, x, in, d);
	bool number = in->type.kind == TYPE_INT || in->type.kind == TYPE_FIXED;
	i128 limit = (i128)1 << 63;
	if (number && x->imm[1] == 0 && d->width == 64 &&
	    (in->type.lo < -limit || in->type.hi >= limit))
		verify_fail(v, "the range of input %lld does not fit into slot s%u",
		    (long long)x->imm[0], x->slot[0]);
}

/* The least and greatest index that a view reaches; counts are at least 1. */
static void
view_range(i128 *min, i128 *max, int64_t off, const int64_t *stride, const struct view *w)
{
	*min = *max = off;
	for (uint32_t k = 0; k < w->rank; k++) {
		i128 far = (i128)stride[k] * (i128)(w->count[k] - 1);
		if (far < 0)
			*min += far;
		else
			*max += far;
	}
}

static bool
view_empty(const struct view *w)
{
	for (uint32_t k = 0; k < w->rank; k++)
		if (w->count[k] == 0)
			return true;
	return false;
}

bool
view_covers(const struct view *w, uint64_t n)
{
	uint64_t dense = 1;
	bool used[N_RANK_MAX] = { false };

	if (w->doff != 0 || view_empty(w))
		return n == 0;
	/* One axis after the other must go on where those so far end. */
	for (uint32_t done = 0; done < w->rank; done++) {
		uint32_t k = 0;
		while (k < w->rank && (used[k] || (w->count[k] != 1 &&
		    (w->dstride[k] < 0 || (uint64_t)w->dstride[k] != dense))))
			k++;
		if (k == w->rank)
			break;
		used[k] = true;
		dense *= w->count[k];
	}
	return dense == n;
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Whether every element moves within its row.  Axes that go from row to row go so on both sides;
 * what the others reach stays inside one row.  Or both sides are the same all the way. */
static bool
view_in_rows(const struct view *w, int64_t d_inner, int64_t a_inner)
{
	int64_t row = floor_div(w->soff, a_inner);
	struct view in = { .soff = w->soff - row * a_inner, .doff = w->doff - row * d_inner };
	i128 smin, smax, dmin, dmax;
	bool same = d_inner == a_inner && w->soff == w->doff;

	for (uint32_t k = 0; k < w->rank; k++) {
		int64_t s = w->sstride[k], d = w->dstride[k];
		same = same && (s == d || w->count[k] == 1);
		if (s % a_inner == 0 && d % d_inner == 0 && s / a_inner == d / d_inner)
			continue;
		in.count[in.rank] = w->count[k];
		in.sstride[in.rank] = s;
		in.dstride[in.rank++] = d;
	}
	view_range(&smin, &smax, in.soff, in.sstride, &in);
	view_range(&dmin, &dmax, in.doff, in.dstride, &in);
	return same || (smin >= 0 && smax < a_inner && dmin >= 0 && dmax < d_inner);
}

/* Are elements min to max of a within the rows of d's owner? */
static bool
rows_of_owner(const struct verify *v, const struct slot *d, const struct slot *a, i128 min,
    i128 max)
{
	const struct partition *of = part_of(v, a);
	unsigned p = part_of(v, d)->owner;
	i128 inner = (i128)(a->n / rows_of(v, a));

	return min >= (i128)of->start[p] * inner && max < (i128)of->start[p + 1] * inner;
}

static void
shape_copy(struct verify *v, const struct insn *x)
{
	const struct slot *d = operand(v, x, 0), *a = operand(v, x, 1);
	i128 min, max;

	if (x->imm[0] < 0 || x->imm[0] >= v->c->n_views) {
		verify_fail(v, "there is no such view");
		return;
	}
	const struct view *w = &v->c->view[x->imm[0]];
	if (view_empty(w))
		return;
	view_range(&min, &max, w->soff, w->sstride, w);
	if (min < 0 || max >= (i128)a->n)
		verify_fail(v, "view v%lld reads outside of slot s%u", (long long)x->imm[0],
		    x->slot[1]);
	else if (slot_by_rows(v->c, a) && !slot_by_rows(v->c, d) && !rows_of_owner(v, d, a, min, max))
		verify_fail(v, "view v%lld reads rows that the owner of slot s%u does not have",
		    (long long)x->imm[0], x->slot[0]);
	view_range(&min, &max, w->doff, w->dstride, w);
	if (min < 0 || max >= (i128)d->n)
		verify_fail(v, "view v%lld writes outside of slot s%u", (long long)x->imm[0],
		    x->slot[0]);
	if (v->st != ST_OK || !slot_by_rows(v->c, d))
		return;
	/* Both have elements, so there are rows. */
	int64_t rows = (int64_t)rows_of(v, d);
	if (!view_in_rows(w, (int64_t)d->n / rows, (int64_t)a->n / rows))
		verify_fail(v, "view v%lld goes across the rows of several parties",
		    (long long)x->imm[0]);
}

/* GATHER and PUT: no rows of several parties, since an index would go from one to the other. */
static bool
indexed(struct verify *v, const struct insn *x)
{
	if (slot_by_rows(v->c, operand(v, x, 0)))
		verify_fail(v, "this goes across the rows of several parties");
	else if (x->imm[1] != 0 && x->imm[1] != 1)
		verify_fail(v, "immediate operand 1 is neither 0 nor 1");
	return lengths(v, x, 1);
}

static void
shape_gather(struct verify *v, const struct insn *x)
{
	const struct slot *d = operand(v, x, 0), *a = operand(v, x, 1), *b = operand(v, x, 2);
	int64_t inner = x->imm[0];

	if (!indexed(v, x))
		return;
	if (inner == 0 || a->n % (uint64_t)inner != 0)
		verify_length(v, x, 1);
	else if ((u128)b->n * (u128)inner != d->n)
		verify_length(v, x, 0);
	else if (x->imm[1] == 1 && a->n == 0 && d->n != 0)
		verify_fail(v, "there is no nearest row in slot s%u", x->slot[1]);
}

static void
shape_put(struct verify *v, const struct insn *x)
{
	const struct slot *d = operand(v, x, 0), *a = operand(v, x, 1), *b = operand(v, x, 2);
	int64_t inner = x->imm[0];

	if (!indexed(v, x))
		return;
	if (inner == 0 || d->n % (uint64_t)inner != 0)
		verify_length(v, x, 0);
	else if (a->n != (uint64_t)inner)
		verify_length(v, x, 1);
	else if (b->n != 1)
		verify_length(v, x, 2);
}

static void
shape_reduce(struct verify *v, const struct insn *x)
{
	if (!lengths(v, x, 3))
		return;
	if (!has(operand(v, x, 1), x->imm[0], x->imm[1], x->imm[2]))
		verify_length(v, x, 1);
	else if (!has(operand(v, x, 0), x->imm[0], 1, x->imm[2]))
		verify_length(v, x, 0);
	else if ((x->op == OP_MINR_X || x->op == OP_MAXR_X) && x->imm[1] == 0 &&
	    operand(v, x, 0)->n != 0)
		verify_fail(v, "the least and the greatest of nothing are not defined");
	else
		outer_rows(v, x, x->imm[0]);
}

static void
shape_scan(struct verify *v, const struct insn *x)
{
	if (!lengths(v, x, 3))
		return;
	for (unsigned k = 0; v->st == ST_OK && k < 2; k++)
		if (!has(operand(v, x, k), x->imm[0], x->imm[1], x->imm[2]))
			verify_length(v, x, k);
	if (v->st == ST_OK)
		outer_rows(v, x, x->imm[0]);
}

/* A P operand of local rows is as long as they are, so that each has its part. */
static void
shape_onehot(struct verify *v, const struct insn *x)
{
	const struct slot *d = operand(v, x, 0), *a = operand(v, x, 1);

	if (!lengths(v, x, 1))
		return;
	if (!has(d, (int64_t)a->n, x->imm[0], 1))
		verify_length(v, x, 0);
	else
		outer_rows(v, x, (int64_t)a->n);
}

static void
shape_take(struct verify *v, const struct insn *x)
{
	if (!lengths(v, x, 3))
		return;
	for (unsigned k = 0; v->st == ST_OK && k < 3; k++)
		if (!has(operand(v, x, k), x->imm[0], x->imm[1], x->imm[2]))
			verify_length(v, x, k);
	if (v->st == ST_OK)
		outer_rows(v, x, x->imm[0]);
}

static void
shape_matmul(struct verify *v, const struct insn *x)
{
	const int64_t *m = x->imm;

	if (!lengths(v, x, 3))
		return;
	if (!has(operand(v, x, 0), m[0], 1, m[2]))
		verify_length(v, x, 0);
	else if (!has(operand(v, x, 1), m[0], m[1], 1))
		verify_length(v, x, 1);
	else if (!has(operand(v, x, 2), m[1], m[2], 1))
		verify_length(v, x, 2);
	else if (slot_by_rows(v->c, operand(v, x, 0)) &&
	    (operand(v, x, 1)->domain != DOM_L || operand(v, x, 2)->domain != DOM_P))
		verify_fail(v, "of a product of rows only the first factor is local");
	else
		outer_rows(v, x, m[0]);
}

/* d has a row for every member that has rows of a, and for nobody else's. */
static void
members_of(struct verify *v, const struct insn *x)
{
	const struct slot *d = operand(v, x, 0), *a = operand(v, x, 1);
	const struct partition *dt = part_of(v, d), *at = part_of(v, a);

	if (at->whole || !dt->members)
		verify_fail(v, "slot s%u is not one row a member", x->slot[0]);
	for (uint32_t p = 0; v->st == ST_OK && p < code_nodes(v->c); p++)
		if (at->start[p + 1] != at->start[p] && dt->start[p + 1] == dt->start[p])
			verify_fail(v, "slot s%u has no row for party %u", x->slot[0], p);
}

static void
shape_check(struct verify *v, const struct insn *x)
{
	const struct slot *d = operand(v, x, 0), *a = operand(v, x, 1);

	for (unsigned k = 2; k < 4; k++)
		if (operand(v, x, k)->n != 1)
			verify_length(v, x, k);
	if (v->st != ST_OK)
		return;
	if (a->domain != d->domain)
		verify_fail(v, "slots s%u and s%u are of different domains", x->slot[0],
		    x->slot[1]);
	else if (slot_by_rows(v->c, a))
		members_of(v, x);
	else if (a->domain == DOM_L && (!part_of(v, d)->whole ||
	    part_of(v, d)->owner != part_of(v, a)->owner))
		verify_fail(v, "slots s%u and s%u have different owners", x->slot[0], x->slot[1]);
	if (v->st == ST_OK && d->n != (slot_by_rows(v->c, a) ? rows_of(v, d) : 1))
		verify_length(v, x, 0);
}

static void
shape_members(struct verify *v, const struct insn *x)
{
	const struct slot *d = operand(v, x, 0), *a = operand(v, x, 1);

	members_of(v, x);
	if (v->st != ST_OK)
		return;
	uint64_t rows = rows_of(v, a), members = rows_of(v, d);
	if (rows != 0 && (u128)members * (a->n / rows) != d->n)
		verify_length(v, x, 0);
}

static void
shape_tn(struct verify *v, const struct insn *x)
{
	const struct slot *d = operand(v, x, 0), *a = operand(v, x, 1), *b = operand(v, x, 2);
	const int64_t *m = x->imm;

	members_of(v, x);
	if (v->st != ST_OK || !lengths(v, x, 3))
		return;
	if (b->part != a->part || (uint64_t)m[0] != rows_of(v, a))
		verify_fail(v, "slots s%u and s%u have not the same rows", x->slot[1], x->slot[2]);
	else if (!has(a, m[0], m[1], 1))
		verify_length(v, x, 1);
	else if (!has(b, m[0], m[2], 1))
		verify_length(v, x, 2);
	else if (!has(d, (int64_t)rows_of(v, d), m[1], m[2]))
		verify_length(v, x, 0);
}

/* Shifts and numbers of fractional bits. */
static void
check_bits(struct verify *v, const struct insn *x)
{
	const struct slot *d = operand(v, x, 0);
	int64_t min = 0, max = 0;

	if (x->op == OP_SHL_X || x->op == OP_SHR_X || x->op == OP_ROUND_X || x->op == OP_SQRT_X ||
	    (x->op >= OP_EXP_X && x->op <= OP_QF_X) || x->op == OP_DIV_X || x->op == OP_SHL_A)
		max = d->width - 2;
	else if (x->op == OP_REAL)
		max = 126;
	else if (x->op == OP_TRUNC_A)
		min = 1, max = d->width == 64 ? 62 : 64;
	else
		return;
	if (x->imm[0] < min || x->imm[0] > max)
		verify_fail(v, "%lld bits are not within %lld..%lld", (long long)x->imm[0],
		    (long long)min, (long long)max);
}

void
verify_shape(struct verify *v, const struct insn *x)
{
	static void (*const check[])(struct verify *, const struct insn *) = {
		[SH_NONE] = shape_none, [SH_EACH] = shape_each, [SH_ONE] = shape_one,
		[SH_ONLY_A] = shape_none, [SH_INPUT] = shape_input, [SH_COPY] = shape_copy,
		[SH_GATHER] = shape_gather, [SH_PUT] = shape_put, [SH_REDUCE] = shape_reduce,
		[SH_SCAN] = shape_scan, [SH_MATMUL] = shape_matmul, [SH_CHECK] = shape_check,
		[SH_MEMBERS] = shape_members, [SH_TN] = shape_tn, [SH_ONEHOT] = shape_onehot,
		[SH_TAKE] = shape_take, [SH_BITS] = shape_bits, [SH_OPENED] = shape_opened,
		[SH_SPLIT] = shape_split, [SH_SPREAD] = shape_spread, [SH_RANDOM] = shape_none,
		[SH_CIRC] = shape_circ, [SH_SORT] = shape_sort,
	};

	check[insn_table[x->op].shape](v, x);
	if (v->st == ST_OK)
		check_bits(v, x);
}
