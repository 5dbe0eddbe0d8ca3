/* check_taken.c: what the library takes of rows, and what rows get for themselves; see
 * check_support_impl.h.
 *
 * In a function of the library rows are often put in order or gone through in loops, where nobody
 * can follow them.  A guard of the program answers for that.  It does not answer for what the
 * program hands over: each column is looked at as if it was summed up, so that a median, or one of
 * two groups, is not that of a few rows which the program has picked. */
#include "check_support_impl.h"

static const struct ir_value *
value(const struct support *s, ir_id id)
{
	return &s->ck->ir->value[id];
}

/* Everything that is asked for here holds for the value as a whole. */
void
support_demand(struct support *s, ir_id ok)
{
	struct check *ck = s->ck;

	if (ok == IR_NONE || value(s, ok)->n == 0)
		return;
	if (value(s, ok)->rank > 0)
		ok = bin(ck, IR_EQ, reduce_all(ck, IR_SUM, ok, s->at),
		    const_si(ck, (int64_t)value(s, ok)->n, s->at), 0, s->at);
	s->besides = s->besides == IR_NONE ? ok : and_(ck, s->besides, ok, s->at);
}

static bool
is_all_true(const struct ir_value *v)
{
	for (uint64_t i = 0; v->op == IR_CONST && i < v->n; i++)
		if (mpz_cmp_ui(v->data[i], 1) != 0)
			return false;
	return v->op == IR_CONST;
}

/* Only which values a file has, or all: of a matrix with columns that cannot be missing. */
static bool
is_presence(const struct support *s, ir_id id)
{
	const struct ir_value *v = value(s, id);

	if (v->op == IR_INPUT)
		return v->imm[1] == 1;
	if (v->op == IR_CONST)
		return is_all_true(v);
	if (v->op != IR_VIEW && v->op != IR_AND && v->op != IR_MUL && v->op != IR_CONCAT &&
	    v->op != IR_UPDATE)
		return false;
	for (uint32_t i = 0; i < v->n_args; i++)
		if (!is_presence(s, v->args[i]))
			return false;
	return true;
}

/* A mask without what only says which values a file has, each column of a matrix by itself. */
static ir_id
beside_presence(struct support *s, ir_id id)
{
	const struct ir_value v = *value(s, id);
	ir_id *part;

	if (is_presence(s, id))
		return ir_broadcast(s->ck->ir, const_si(s->ck, 1, s->at), v.rank, v.dims, s->at);
	if (v.op != IR_UPDATE && v.op != IR_CONCAT)
		return id;
	part = compile_alloc(s->ck->c, v.n_args * sizeof *part);
	for (uint32_t i = 0; i < v.n_args; i++)
		part[i] = beside_presence(s, v.args[i]);
	return v.op == IR_CONCAT ? ir_concat(s->ck->ir, part, v.n_args, s->at) :
	    ir_update(s->ck->ir, part[0], part[1], v.view, s->at);
}

/* How many rows a mask has, for each column. */
static ir_id
count_rows(struct support *s, ir_id mask, struct layout l)
{
	uint64_t each = l.rows * l.stride;
	uint64_t cut[3] = { value(s, mask)->n / each, l.rows, l.stride };

	return ir_reduce(s->ck->ir, IR_SUM, ir_reshape(s->ck->ir, mask, 3, cut, s->at), 1, s->at);
}

/* Of a mask of bools, or of a column, by row: is it true in all of its places? */
static ir_id
whole_rows(struct support *s, ir_id mask, struct layout l)
{
	struct ir *ir = s->ck->ir;
	uint64_t cut[3] = { value(s, mask)->n / (l.rows * l.stride), l.rows, l.stride };
	uint64_t line[1] = { l.rows };

	if (cut[0] * cut[2] == 1)
		return ir_reshape(ir, mask, 1, line, s->at);
	ir_id n = ir_reduce(ir, IR_SUM, ir_reshape(ir, mask, 3, cut, s->at), 2, s->at);
	n = ir_reshape(ir, ir_reduce(ir, IR_SUM, n, 0, s->at), 1, line, s->at);
	return bin(s->ck, IR_EQ, n, const_si(s->ck, (int64_t)(cut[0] * cut[2]), s->at), 0, s->at);
}

/* Rows without this column are left out of what is made of several. */
static void
add_column(struct support *s, ir_id mask, struct layout l)
{
	ir_id *all = &s->all_of[l.group];

	mask = whole_rows(s, mask, l);
	*all = *all == IR_NONE ? mask : and_(s->ck, *all, mask, s->at);
}

void
support_all_columns(struct support *s)
{
	for (uint32_t g = 0; g < s->ck->c->n_groups; g++)
		if (s->all_of[g] != IR_NONE)
			support_demand(s, support_enough(s, ir_reduce(s->ck->ir, IR_SUM, s->all_of[g], 0, s->at), true));
}

/* Of those whom a condition leaves out a model or a test tells as much as of the others. */
static void
take_column(struct support *s, ir_id id)
{
	const struct support before = *s;
	const struct layout l = layout_of(s, id);
	ir_id apart[SUPPORT_APART], c;
	uint32_t n;

	if (l.picks > PICKS_STEPS || l.degree > SUPPORT_DEGREE)
		(void)support_never(s, "a function of single rows that may pick some of them out");
	s->n_apart = 0;
	c = support_rows(s, id);
	n = s->n_apart;
	for (uint32_t i = 0; i < n; i++)
		apart[i] = s->apart[i];
	s->n_apart = before.n_apart;
	for (uint32_t i = 0; i < before.n_apart; i++)
		s->apart[i] = before.apart[i];
	if (c != IR_NONE && (c != id || is_presence(s, c) || value(s, c)->tells_presence))
		add_column(s, c, l);
	support_demand(s, c == IR_NONE ? support_all(s, l) : support_enough(s, count_rows(s, c, l), true));
	if (c != IR_NONE && !is_presence(s, c) && !value(s, id)->few_false) {
		ir_id out = not_(s->ck, beside_presence(s, c), s->at);
		support_demand(s, support_enough(s, count_rows(s, out, l), false));
	}
	for (uint32_t i = 0; i < 2 * n; i++) {
		ir_id m = i % 2 == 0 ? apart[i / 2] : not_(s->ck, apart[i / 2], s->at);
		m = c == IR_NONE ? m : and_(s->ck, c, m, s->at);
		support_demand(s, support_enough(s, count_rows(s, m, l), false));
	}
}

static bool
is_bool(const struct ir_value *v)
{
	return v->bits == 0 && v->frac == 0 && mpz_sgn(v->lo) >= 0 && mpz_cmp_ui(v->hi, 1) <= 0;
}

/* Does it give the same to each element? */
static bool
is_same_for_all(const struct support *s, ir_id id)
{
	const struct ir_value *v = value(s, id);

	if (v->n == 1)
		return true;
	for (unsigned i = 0; i < v->rank; i++)
		if (v->op != IR_VIEW || (v->dims[i] > 1 && v->view->stride[i] != 0))
			return false;
	return v->op == IR_VIEW;
}

/* Rows of several tables one behind another: bools are counted, weights of single rows refused. */
static void
take_mixed(struct support *s, ir_id id)
{
	const struct ir_value v = *value(s, id);
	bool each = ir_ops[v.op].class == CLASS_EACH;

	if (each && is_bool(&v)) {
		ir_id no = not_(s->ck, id, s->at);
		support_demand(s, support_enough(s, reduce_all(s->ck, IR_SUM, id, s->at), true));
		support_demand(s, support_enough(s, reduce_all(s->ck, IR_SUM, no, s->at), false));
		return;
	}
	if (!each && v.op != IR_CONCAT && v.op != IR_ASSUME) {
		(void)support_never(s, "rows in an order, of which single ones are looked at");
		return;
	}
	for (uint32_t i = 0; i < v.n_args; i++)
		if (value(s, v.args[i])->open == SECRET)
			support_taken(s, v.args[i]);
		else if (each && !is_same_for_all(s, v.args[i]))
			(void)support_never(s, "weights of single rows that are no column of theirs");
}

bool
support_loop_follows(struct support *s, ir_id loop)
{
	const struct ir_block *body = value(s, loop)->loop->body;

	for (uint32_t i = 0; i < body->n; i++) {
		const struct ir_value v = *value(s, body->value[i]);
		struct layout l = layout_of(s, body->value[i]);
		if (v.op == IR_LOOP && !support_loop_follows(s, body->value[i]))
			return false;
		if (v.of_library || v.op == IR_LOOP || l.state == LAYOUT_NONE)
			continue;
		if (l.state != LAYOUT_ROWS || is_bool(&v) || l.picks > PICKS_BENT ||
		    l.degree > SUPPORT_DEGREE)
			return false;
		for (uint32_t k = 0; k < v.n_args; k++)
			if (layout_of(s, v.args[k]).state == LAYOUT_NONE && !rows_alike(s, v.args[k], &v, l))
				return false;
	}
	return true;
}

static void
take_loop(struct support *s, ir_id loop)
{
	const struct ir_value of = *value(s, loop);
	const struct ir_block *body = of.loop->body;

	for (uint32_t i = 0; i < of.n_args; i++)
		support_taken(s, of.args[i]);
	for (uint32_t i = 0; i < body->n; i++) {
		const struct ir_value x = *value(s, body->value[i]);
		if (x.op == IR_LOOP)
			take_loop(s, body->value[i]);
		for (uint32_t k = 0; x.op != IR_LOOP && k < x.n_args; k++)
			if (x.args[k] < loop)
				support_taken(s, x.args[k]);
	}
}

void
support_taken(struct support *s, ir_id id)
{
	const struct ir_value v = *value(s, id);

	if (v.open != SECRET || v.n == 0 || (id < s->n && s->taken[id]))
		return;
	if (id >= s->n || s->depth == SUPPORT_DEPTH) {
		(void)support_never(s, "more steps than are followed");
		return;
	}
	s->taken[id] = 1;
	s->depth++;
	if (v.op == IR_RESULT && v.of_library)
		take_loop(s, v.args[0]);
	else if (v.of_library)
		for (uint32_t i = 0; i < v.n_args; i++)
			support_taken(s, v.args[i]);
	else if (layout_of(s, id).state == LAYOUT_NONE)
		support_demand(s, support_behind(s, id));
	else if (layout_of(s, id).state == LAYOUT_ROWS)
		take_column(s, id);
	else
		take_mixed(s, id);
	s->depth--;
}

/* A value of each row, for those who have the row: of other rows it is made of sums only. */
static void
own_rows(struct support *s, ir_id id)
{
	const struct ir_value v = *value(s, id);
	struct layout l;

	if (v.open != SECRET || v.n == 0 || (id < s->n && s->own[id]))
		return;
	if (id >= s->n || s->depth == SUPPORT_DEPTH) {
		(void)support_never(s, "more steps than are followed");
		return;
	}
	s->own[id] = 1;
	l = layout_of(s, id);
	s->depth++;
	if (l.state == LAYOUT_NONE)
		support_demand(s, support_behind(s, id));
	else if (l.state == LAYOUT_MIXED)
		support_demand(s, support_cannot(s, id, "rows in an order, of which single ones are looked at"));
	for (uint32_t i = 0; l.state == LAYOUT_ROWS && i < v.n_args; i++)
		own_rows(s, v.args[i]);
	s->depth--;
}

ir_id
support_own(struct check *ck, ir_id v, const struct policy *p, bool promised,
    struct support_told *told, struct span at)
{
	struct support s = support_begin(ck, p, at);

	s.promised = promised;
	own_rows(&s, v);
	support_all_columns(&s);
	*told = s.told;
	return s.besides;
}
