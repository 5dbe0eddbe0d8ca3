/* check_without.c: counts of rows against a policy's threshold, all in all and without the rows of
 * any one member; see check_support_impl.h */
#include <string.h>

#include "check_support_impl.h"

static const struct ir_value *
value(const struct support *s, ir_id id)
{
	return &s->ck->ir->value[id];
}

/* v, a sum over the rows of a, over rows from..from + count only. */
static ir_id
sum_part(struct support *s, const struct ir_value *v, ir_id a, uint64_t from, uint64_t count)
{
	struct ir *ir = s->ck->ir;
	uint64_t cut[3] = { (uint64_t)v->imm[0], (uint64_t)v->imm[1], (uint64_t)v->imm[2] };
	struct ir_affine first = { .base = (int64_t)from };

	a = ir_slice(ir, ir_reshape(ir, a, 3, cut, s->at), 1, &first, count, false, s->at);
	return ir_reshape(ir, ir_reduce(ir, IR_SUM, a, 1, s->at), v->rank, v->dims, s->at);
}

ir_id
support_product_part(struct support *s, const struct ir_value *v, ir_id a, ir_id b, uint64_t from,
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

ir_id
support_without(struct support *s, ir_id id, uint32_t group, uint64_t from, uint64_t count)
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
		    support_product_part(s, &v, v.args[0], v.args[1], from, count), 0, s->at);
	if (v.n_args == 0 || s->depth == SUPPORT_DEPTH)
		return IR_NONE;
	arg = compile_alloc(ck->c, v.n_args * sizeof *arg);
	s->depth++;
	for (uint32_t i = 0; i < v.n_args; i++) {
		arg[i] = support_without(s, v.args[i], group, from, count);
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
	s->told.rows = true;
	ir_id some = not_(s->ck, bin(s->ck, IR_LT, v,
	    const_si(s->ck, (int64_t)s->policy->cells, s->at), 0, s->at), s->at);

	return s->policy->zeros ? some :
	    or_(s->ck, some, bin(s->ck, IR_EQ, v, const_si(s->ck, 0, s->at), 0, s->at), s->at);
}

ir_id
support_many(struct support *s, ir_id count)
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
			ir_id rest = support_without(s, count, g, from, ir->party[i].rows);
			from += ir->party[i].rows;
			/* What answers for the library does so for the part of a site, and not for the whole. */
			if (rest == IR_NONE && !s->promised)
				return support_never(s, "a count of which the part of one site cannot be told");
			if (rest != IR_NONE && rest != count)
				ok = and_(s->ck, ok, enough(s, rest), s->at);
		}
	}
	return ok;
}
