/* check_support.c: how many rows stand behind a number; see check_support.h
 *
 * It is read off the IR, backwards from the value.  Rows end where something is summed over them:
 * a sum of x where c is true has the rows behind it in which c is true, which is a count of its
 * own.  Whatever is computed of such sums has enough rows behind it if all of them have.  What
 * cannot be followed, such as a place in a sorted list, is told so, and is for the program to
 * guard. */
#include "check_support_impl.h"

#include <string.h>

static const struct ir_value *
value(const struct support *s, ir_id id)
{
	return &s->ck->ir->value[id];
}

static ir_id
cannot(struct support *s, const char *why)
{
	if (s->why == NULL)
		s->why = why;
	return IR_NONE;
}

static ir_id
both(struct support *s, ir_id a, ir_id b)
{
	if (a == IR_NONE || b == IR_NONE || a == b)
		return a == IR_NONE ? b : a;
	return and_(s->ck, a, b, s->at);
}

static ir_id
like(struct support *s, ir_id b, const struct ir_value *v)
{
	return b == IR_NONE || value(s, b)->rank == v->rank ? b :
	    ir_broadcast(s->ck->ir, b, v->rank, v->dims, s->at);
}

static bool
is_bool(const struct ir_value *v)
{
	return v->bits == 0 && v->frac == 0 && mpz_sgn(v->lo) >= 0 && mpz_cmp_ui(v->hi, 1) <= 0;
}

/* b, or true everywhere. */
static ir_id
or_one(struct support *s, ir_id b, ir_id shape)
{
	return b != IR_NONE ? b : full_like(s->ck, shape, 1, 0, s->at);
}

/* In which rows x, of the layout of rows, counts: bools of its shape; IR_NONE: in all. */
static ir_id
counted(struct support *s, ir_id id)
{
	const struct ir_value v = *value(s, id);
	ir_id d = IR_NONE;

	if (v.open != SECRET || layout_of(s, id).state != LAYOUT_ROWS)
		return IR_NONE;
	if (is_bool(&v))
		return id;
	if (ir_ops[v.op].class == CLASS_EACH) {
		/* c ? x : 0, and the like. */
		bool zero = v.op == IR_SELECT && mpz_sgn(value(s, v.args[2])->lo) == 0 &&
		    mpz_sgn(value(s, v.args[2])->hi) == 0;
		for (uint32_t i = v.op == IR_SELECT && !zero ? 1 : 0; i < v.n_args; i++)
			d = both(s, d, like(s, counted(s, v.args[i]), &v));
		return d;
	}
	if (v.op == IR_VIEW) {
		d = counted(s, v.args[0]);
		return d == IR_NONE ? d : ir_view(s->ck->ir, d, v.rank, v.dims, v.view, s->at);
	}
	if (v.op == IR_ASSUME)
		return counted(s, v.args[0]);
	if (v.op == IR_UPDATE) {
		ir_id in = counted(s, v.args[1]);
		d = counted(s, v.args[0]);
		if (in == IR_NONE && d == IR_NONE)
			return IR_NONE;
		return ir_update(s->ck->ir, or_one(s, d, v.args[0]), or_one(s, in, v.args[1]), v.view,
		    s->at);
	}
	if (v.op == IR_CONCAT) {
		ir_id *part = compile_alloc(s->ck->c, v.n_args * sizeof *part);
		for (uint32_t i = 0; i < v.n_args; i++) {
			part[i] = or_one(s, counted(s, v.args[i]), v.args[i]);
		}
		return ir_concat(s->ck->ir, part, v.n_args, s->at);
	}
	return IR_NONE;
}

/* The same over rows from..from + count only. */
static ir_id
sum_part(struct support *s, const struct ir_value *v, ir_id a, uint64_t from, uint64_t count)
{
	struct ir *ir = s->ck->ir;
	uint64_t cut[3] = { (uint64_t)v->imm[0], (uint64_t)v->imm[1], (uint64_t)v->imm[2] };
	struct ir_affine first = { .base = (int64_t)from };

	a = ir_slice(ir, ir_reshape(ir, a, 3, cut, s->at), 1, &first, count, false, s->at);
	return ir_reshape(ir, ir_reduce(ir, IR_SUM, a, 1, s->at), v->rank, v->dims, s->at);
}

static ir_id
product_part(struct support *s, const struct ir_value *v, ir_id a, ir_id b, uint64_t from,
    uint64_t count)
{
	struct ir *ir = s->ck->ir;
	bool tn = v->op == IR_TNMUL;
	uint64_t k = (uint64_t)(tn ? v->imm[0] : v->imm[1]), n = (uint64_t)v->imm[2];
	uint64_t left[2] = { tn ? k : (uint64_t)v->imm[0], tn ? (uint64_t)v->imm[1] : k };
	uint64_t right[2] = { k, n };
	struct ir_affine first = { .base = (int64_t)from };

	a = ir_slice(ir, ir_reshape(ir, a, 2, left, s->at), tn ? 0 : 1, &first, count, false, s->at);
	b = ir_slice(ir, ir_reshape(ir, b, 2, right, s->at), 0, &first, count, false, s->at);
	ir_id d = tn ? ir_tnmul(ir, a, b, s->at) : ir_matmul(ir, a, b, s->at);
	return ir_reshape(ir, d, v->rank, v->dims, s->at);
}

/* A count without the rows of one member; IR_NONE: it cannot be told. */
static ir_id
without(struct support *s, ir_id id, uint32_t group, uint64_t from, uint64_t count)
{
	struct check *ck = s->ck;
	const struct ir_value v = *value(s, id);
	struct layout a = { 0 }, b = { 0 };
	ir_id *arg;

	if (v.open != SECRET)
		return id;
	if (v.op == IR_SUM || v.op == IR_MATMUL || v.op == IR_TNMUL) {
		a = layout_of(s, v.args[0]);
		b = v.n_args > 1 ? layout_of(s, v.args[1]) : a;
	}
	if (v.op == IR_SUM && rows_summed(&v, a))
		return a.group != group ? id : bin(ck, IR_SUB, id,
		    sum_part(s, &v, v.args[0], from, count), 0, s->at);
	if (a.state == LAYOUT_NONE)
		a.group = b.group;
	if ((v.op == IR_MATMUL || v.op == IR_TNMUL) && a.state + b.state > 2 * LAYOUT_NONE &&
	    (a.state == LAYOUT_NONE || rows_contracted(&v, a, true)) &&
	    (b.state == LAYOUT_NONE || rows_contracted(&v, b, false)))
		return a.group != group ? id : bin(ck, IR_SUB, id,
		    product_part(s, &v, v.args[0], v.args[1], from, count), 0, s->at);
	if (v.n_args == 0 || s->depth == SUPPORT_DEPTH)
		return IR_NONE;
	arg = compile_alloc(ck->c, v.n_args * sizeof *arg);
	s->depth++;
	for (uint32_t i = 0; i < v.n_args; i++) {
		arg[i] = without(s, v.args[i], group, from, count);
		if (arg[i] == IR_NONE) {
			s->depth--;
			return IR_NONE;
		}
	}
	s->depth--;
	if (v.op == IR_VIEW)
		return ir_view(ck->ir, arg[0], v.rank, v.dims, v.view, s->at);
	if (v.op == IR_CONCAT)
		return ir_concat(ck->ir, arg, v.n_args, s->at);
	if (v.op == IR_ADD || v.op == IR_SUB)
		return bin(ck, v.op, arg[0], arg[1], 0, s->at);
	return IR_NONE;
}

/* 0, unless that is too few as well, or at least so many. */
static ir_id
enough(struct support *s, ir_id v)
{
	ir_id some = not_(s->ck, bin(s->ck, IR_LT, v,
	    const_si(s->ck, (int64_t)s->policy->cells, s->at), 0, s->at), s->at);

	return s->policy->zeros ? some :
	    or_(s->ck, some, bin(s->ck, IR_EQ, v, const_si(s->ck, 0, s->at), 0, s->at), s->at);
}

static ir_id
enough_rows(struct support *s, ir_id count)
{
	const struct ir *ir = s->ck->ir;
	ir_id ok = enough(s, count);

	if (!s->policy->without_any_site || value(s, count)->open != SECRET)
		return ok;
	for (uint32_t g = 0; g < s->ck->c->n_groups; g++) {
		uint64_t from = 0;
		if (!s->ck->c->group[g].has_rows)
			continue;
		for (uint32_t i = 0; i < ir->n_parties; i++) {
			if (strcmp(ir->party[i].group, s->ck->c->group[g].name) != 0)
				continue;
			ir_id rest = without(s, count, g, from, ir->party[i].rows);
			from += ir->party[i].rows;
			if (rest == IR_NONE)
				return cannot(s, "a count of which the part of one site cannot be told");
			if (rest != count)
				ok = both(s, ok, enough(s, rest));
		}
	}
	return ok;
}

/* How many rows are behind a sum of all: public. */
static ir_id
all_rows(struct support *s, struct layout l)
{
	if (l.rows < s->policy->cells)
		return cannot(s, "fewer rows than the policy asks for");
	return IR_NONE;
}

static ir_id
behind_sum(struct support *s, const struct ir_value *v)
{
	ir_id c = counted(s, v->args[0]);
	struct layout l = layout_of(s, v->args[0]);

	if (c == IR_NONE)
		return all_rows(s, l);
	uint64_t cut[3] = { (uint64_t)v->imm[0], (uint64_t)v->imm[1], (uint64_t)v->imm[2] };
	struct ir *ir = s->ck->ir;
	ir_id n = ir_reduce(ir, IR_SUM, ir_reshape(ir, c, 3, cut, s->at), 1, s->at);
	return enough_rows(s, ir_reshape(ir, n, v->rank, v->dims, s->at));
}

static ir_id
behind_product(struct support *s, const struct ir_value *v)
{
	struct layout l[2] = { layout_of(s, v->args[0]), layout_of(s, v->args[1]) };
	ir_id c[2];

	for (int i = 0; i < 2; i++)
		c[i] = counted(s, v->args[i]);
	if (c[0] == IR_NONE && c[1] == IR_NONE)
		return all_rows(s, l[0].state == LAYOUT_ROWS ? l[0] : l[1]);
	for (int i = 0; i < 2; i++)
		c[i] = or_one(s, c[i], v->args[i]);
	uint64_t k = l[0].state == LAYOUT_ROWS ? l[0].rows : l[1].rows;
	return enough_rows(s, product_part(s, v, c[0], c[1], 0, k));
}

static ir_id behind(struct support *, ir_id);

/* All elements of all operands: one bool for each element of v. */
static ir_id
behind_all(struct support *s, const struct ir_value *v, const ir_id *arg, uint32_t n)
{
	ir_id d = IR_NONE;

	for (uint32_t i = 0; i < n; i++) {
		ir_id a = behind(s, arg[i]);
		if (a == IR_NONE || value(s, a)->n == 0)
			continue;
		int64_t of = (int64_t)value(s, a)->n;
		a = bin(s->ck, IR_EQ, reduce_all(s->ck, IR_SUM, a, s->at),
		    const_si(s->ck, of, s->at), 0, s->at);
		d = both(s, d, a);
	}
	return like(s, d, v);
}

/* What a loop is made of: the values from outside that its body reads. */
static ir_id
behind_loop(struct support *s, ir_id loop, const struct ir_value *v)
{
	const struct ir_block *body = value(s, loop)->loop->body;
	const struct ir_value of = *value(s, loop);
	ir_id d = behind_all(s, v, of.args, of.n_args);

	for (uint32_t i = 0; i < body->n; i++) {
		const struct ir_value x = *value(s, body->value[i]);
		if (x.op == IR_LOOP) {
			d = both(s, d, behind_loop(s, body->value[i], v));
			continue;
		}
		for (uint32_t k = 0; k < x.n_args; k++)
			if (x.args[k] < loop)
				d = both(s, d, behind_all(s, v, &x.args[k], 1));
	}
	return d;
}

static ir_id
behind_moved(struct support *s, const struct ir_value *v)
{
	ir_id *part;
	bool any = false;

	if (v->op == IR_VIEW) {
		ir_id a = behind(s, v->args[0]);
		return a == IR_NONE ? a : ir_view(s->ck->ir, a, v->rank, v->dims, v->view, s->at);
	}
	part = compile_alloc(s->ck->c, v->n_args * sizeof *part);
	for (uint32_t i = 0; i < v->n_args; i++) {
		part[i] = behind(s, v->args[i]);
		any = any || part[i] != IR_NONE;
	}
	if (!any)
		return IR_NONE;
	for (uint32_t i = 0; i < v->n_args; i++)
		part[i] = or_one(s, part[i], v->args[i]);
	return ir_concat(s->ck->ir, part, v->n_args, s->at);
}

static ir_id
behind_by_op(struct support *s, const struct ir_value *v)
{
	struct layout a = { .state = LAYOUT_NONE }, b = a;
	ir_id d = IR_NONE;

	if (v->op == IR_INPUT)
		return IR_NONE;                  /* of no table: nobody's rows */
	if (v->op == IR_VIEW || v->op == IR_CONCAT)
		return behind_moved(s, v);
	if (v->op == IR_RESULT)
		return behind_loop(s, v->args[0], v);
	if (ir_ops[v->op].class == CLASS_EACH) {
		for (uint32_t i = 0; i < v->n_args; i++)
			d = both(s, d, like(s, behind(s, v->args[i]), v));
		return d;
	}
	if (v->n_args > 0)
		a = layout_of(s, v->args[0]);
	if (v->op == IR_MATMUL || v->op == IR_TNMUL)
		b = layout_of(s, v->args[1]);
	if (rows_summed(v, a) && v->op == IR_SUM)
		return behind_sum(s, v);
	if (rows_summed(v, a) && (v->op == IR_MINR || v->op == IR_MAXR))
		return s->policy->extremes ? behind_sum(s, v) :
		    cannot(s, "a least or greatest value, which is that of a single row");
	if (a.state == LAYOUT_ROWS || b.state == LAYOUT_ROWS)
		return v->op == IR_MATMUL || v->op == IR_TNMUL ? behind_product(s, v) :
		    cannot(s, "rows in an order, of which single ones are looked at");
	return behind_all(s, v, v->args, v->n_args);
}

static ir_id
behind(struct support *s, ir_id id)
{
	const struct ir_value v = *value(s, id);

	if (v.open != SECRET || v.n == 0)
		return IR_NONE;
	if (id >= s->n || s->depth == SUPPORT_DEPTH)
		return cannot(s, "more steps than are followed");
	if (s->known[id])
		return s->ok[id];
	struct layout l = layout_of(s, id);
	s->known[id] = 1;
	s->depth++;
	s->ok[id] = l.state == LAYOUT_ROWS ? cannot(s, "values of single rows") :
	    l.state == LAYOUT_MIXED || v.placed ?
	    cannot(s, "rows in an order, of which single ones are looked at") :
	    behind_by_op(s, &v);
	s->depth--;
	return s->ok[id];
}

static struct support
support_begin(struct check *ck, const struct policy *p, struct span at)
{
	struct support s = { .ck = ck, .policy = p, .at = at_span(ck, at), .n = ck->ir->n };

	s.known = compile_alloc(ck->c, s.n + 1);
	s.ok = compile_alloc(ck->c, (s.n + 1) * sizeof *s.ok);
	return s;
}

ir_id
support_of(struct check *ck, ir_id v, const struct policy *p, const char **why, struct span at)
{
	struct support s = support_begin(ck, p, at);
	ir_id ok = behind(&s, v);

	*why = s.why;
	return ok;
}

ir_id
support_count(struct check *ck, ir_id count, const struct policy *p, const char **why,
    struct span at)
{
	struct support s = support_begin(ck, p, at);
	ir_id ok = enough_rows(&s, count);

	*why = s.why;
	return ok;
}

/* c < count, and the like, of a known number. */
static bool
is_least(struct check *ck, ir_id bound, ir_id count, int64_t least)
{
	mpz_t z;

	mpz_init(z);
	return ir_is_const(ck->ir, bound, &z) && ck->ir->value[bound].frac == 0 &&
	    mpz_cmp_si(z, least) >= 0 && is_count(ck, count);
}

/* That none, or all, of n bools are true: their sum is 0, or n. */
static bool
promised_sum(struct check *ck, const struct ir_value *eq, bool truth, uint32_t least)
{
	const struct ir_value *sum = &ck->ir->value[eq->args[0]];
	mpz_t z;

	mpz_init(z);
	if (!truth || sum->op != IR_SUM || !ir_is_const(ck->ir, eq->args[1], &z))
		return false;
	if (mpz_sgn(z) == 0)
		return support_promised(ck, sum->args[0], false, least);
	return mpz_cmp_ui(z, ck->ir->value[sum->args[0]].n) == 0 && sum->n == 1 &&
	    support_promised(ck, sum->args[0], true, least);
}

bool
support_promised(struct check *ck, ir_id c, bool truth, uint32_t least)
{
	const struct ir_value *v = &ck->ir->value[c];
	int64_t n = (int64_t)least;

	switch ((enum ir_op)v->op) {
	case IR_NOT:
		return support_promised(ck, v->args[0], !truth, least);
	case IR_VIEW:
		return support_promised(ck, v->args[0], truth, least);
	case IR_CONCAT:
		for (uint32_t i = 0; i < v->n_args; i++)
			if (!support_promised(ck, v->args[i], truth, least))
				return false;
		return v->n_args > 0;
	case IR_AND: case IR_MUL:
		return truth && (support_promised(ck, v->args[0], true, least) ||
		    support_promised(ck, v->args[1], true, least));
	case IR_OR:
		return !truth && (support_promised(ck, v->args[0], false, least) ||
		    support_promised(ck, v->args[1], false, least));
	case IR_EQ:
		return promised_sum(ck, v, truth, least);
	case IR_LT:                             /* bound < count; not count < bound */
		return truth ? is_least(ck, v->args[0], v->args[1], n - 1) :
		    is_least(ck, v->args[1], v->args[0], n);
	case IR_LE:                             /* bound <= count; not count <= bound */
		return truth ? is_least(ck, v->args[0], v->args[1], n) :
		    is_least(ck, v->args[1], v->args[0], n - 1);
	default:
		return false;
	}
}
