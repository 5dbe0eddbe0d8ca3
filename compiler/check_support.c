/* check_support.c: how many rows stand behind a number; see check_support.h
 *
 * It is read off the IR, backwards from the value.  Rows end where something is summed over them:
 * a sum of x where c is true has the rows behind it in which c is true, which is a count of its
 * own.  Whatever is computed of such sums has enough rows behind it if all of them have.  What
 * cannot be followed, such as a median, is told so, and is for the program to guard. */
#include "check_support_impl.h"

#include <string.h>

static const struct ir_value *
value(const struct support *s, ir_id id)
{
	return &s->ck->ir->value[id];
}

ir_id
support_never(struct support *s, const char *why)
{
	if (s->told.why == NULL)
		s->told.why = why;
	return IR_NONE;
}

ir_id
support_cannot(struct support *s, ir_id id, const char *why)
{
	if (s->promised && s->policy->single_rows)
		return IR_NONE;
	if (!s->promised || !value(s, id)->of_library)
		return support_never(s, why);
	support_taken(s, id);
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

static const char weights_why[] = "weights of single rows that are no column of theirs";

static const char picks_why[] = "a function of single rows that may pick some of them out";

/* Sums of x * c + y * d tell those of x from those of y, where the one is much greater. */
static void
keep_apart(struct support *s, ir_id mask, ir_id of)
{
	if (mask == IR_NONE)
		return;
	if (s->n_apart == SUPPORT_APART)
		(void)support_cannot(s, of, "very many conditions");
	else
		s->apart[s->n_apart++] = mask;
}

/* A condition as what tells which rows count: not if the program's guard answers for it. */
static ir_id
taken(const struct support *s, ir_id id)
{
	const struct ir_value *v = value(s, id);

	return s->promised && v->of_library && v->given != GIVEN_ROWS ? IR_NONE : id;
}

/* The same of an operand of an elementwise value, which may be no column: weights of rows. */
static ir_id
counted_operand(struct support *s, ir_id id, ir_id of, struct layout l)
{
	const struct ir_value v = *value(s, of);
	uint32_t first = s->n_apart;

	if (layout_of(s, id).state == LAYOUT_NONE && !rows_alike(s, id, &v, l))
		return is_bool(value(s, id)) ? taken(s, id) : support_cannot(s, of, weights_why);
	ir_id d = like(s, support_rows(s, id), &v);
	for (uint32_t i = first; i < s->n_apart; i++)
		s->apart[i] = like(s, s->apart[i], &v);
	return d;
}

/* A column is 0 where it is missing. */
static ir_id
counted_input(struct support *s, const struct ir_value *v)
{
	if (!s->ck->ir->input[v->imm[0]].type.optional)
		return IR_NONE;
	for (ir_id i = 0; i < s->n; i++)
		if (value(s, i)->op == IR_INPUT && value(s, i)->imm[0] == v->imm[0] &&
		    value(s, i)->imm[1] == 1)
			return i;
	return support_never(s, "values of which it is not known which are missing");
}

static ir_id
counted_each(struct support *s, ir_id id, const struct ir_value *v)
{
	struct layout l = layout_of(s, id);
	/* c ? x : 0, and the like. */
	bool zero = v->op == IR_SELECT && mpz_sgn(value(s, v->args[2])->lo) == 0 &&
	    mpz_sgn(value(s, v->args[2])->hi) == 0;
	bool sum = v->op == IR_ADD || v->op == IR_SUB || (v->op == IR_SELECT && !zero);
	ir_id d = IR_NONE;

	for (uint32_t i = 0; i < v->n_args; i++) {
		ir_id a = counted_operand(s, v->args[i], id, l);
		if (sum)
			keep_apart(s, a, id);
		else
			d = both(s, d, a);
	}
	return d;
}

static ir_id
counted_view(struct support *s, const struct ir_value *v)
{
	uint32_t first = s->n_apart;
	struct ir *ir = s->ck->ir;
	ir_id d = support_rows(s, v->args[0]);

	for (uint32_t i = first; i < s->n_apart; i++)
		s->apart[i] = ir_view(ir, s->apart[i], v->rank, v->dims, v->view, s->at);
	return d == IR_NONE ? d : ir_view(ir, d, v->rank, v->dims, v->view, s->at);
}

/* Parts of a value, side by side. */
static ir_id
counted_parts(struct support *s, ir_id id, const struct ir_value *v)
{
	ir_id *part = compile_alloc(s->ck->c, v->n_args * sizeof *part);
	uint32_t first = s->n_apart;
	bool any = false;

	for (uint32_t i = 0; i < v->n_args; i++) {
		part[i] = support_rows(s, v->args[i]);
		any = any || part[i] != IR_NONE;
	}
	if (s->n_apart > first)
		return support_cannot(s, id, picks_why);
	if (!any)
		return IR_NONE;
	for (uint32_t i = 0; i < v->n_args; i++)
		part[i] = or_one(s, part[i], v->args[i]);
	return v->op == IR_CONCAT ? ir_concat(s->ck->ir, part, v->n_args, s->at) :
	    ir_update(s->ck->ir, part[0], part[1], v->view, s->at);
}

ir_id
support_rows(struct support *s, ir_id id)
{
	const struct ir_value v = *value(s, id);

	if (v.open != SECRET || layout_of(s, id).state != LAYOUT_ROWS)
		return IR_NONE;
	if (is_bool(&v) && taken(s, id) != IR_NONE)
		return id;
	if (ir_ops[v.op].class == CLASS_EACH)
		return counted_each(s, id, &v);
	if (v.op == IR_VIEW)
		return counted_view(s, &v);
	if (v.op == IR_INPUT)
		return counted_input(s, &v);
	if (v.op == IR_ASSUME)
		return support_rows(s, v.args[0]);
	return v.op == IR_UPDATE || v.op == IR_CONCAT ? counted_parts(s, id, &v) : IR_NONE;
}

ir_id
support_all(struct support *s, struct layout l)
{
	if (l.rows < s->policy->cells)
		return support_never(s, "fewer rows than the policy asks for");
	return IR_NONE;
}

ir_id
support_enough(struct support *s, ir_id count, bool zeros)
{
	const struct policy *own = s->policy;
	struct policy p = *own;

	p.zeros = p.zeros && zeros;
	s->policy = &p;
	ir_id ok = support_many(s, count);
	s->policy = own;
	return ok;
}

/* mask, and c if there is one; or c without mask. */
static ir_id
within(struct support *s, ir_id c, ir_id mask, bool inside)
{
	return both(s, c, inside ? mask : not_(s->ck, mask, s->at));
}

static ir_id
summed(struct support *s, const struct ir_value *v, ir_id c)
{
	uint64_t cut[3] = { (uint64_t)v->imm[0], (uint64_t)v->imm[1], (uint64_t)v->imm[2] };
	struct ir *ir = s->ck->ir;
	ir_id n = ir_reduce(ir, IR_SUM, ir_reshape(ir, c, 3, cut, s->at), 1, s->at);

	return ir_reshape(ir, n, v->rank, v->dims, s->at);
}

/* A logarithm is for the program's guard to answer for. */
static bool
picks_few(const struct support *s, const struct ir_value *sum, uint8_t picks)
{
	const bool answered = s->promised && (!s->by_columns || sum->of_library);

	return picks > (answered ? PICKS_BENT : PICKS_NONE);
}

static bool
shares_asked(const struct support *s)
{
	return (s->policy->dominance > 0 || s->policy->p_ratio > 0) && !s->of_model;
}

/* Where shares of single rows are asked about, that finds what stands out. */
static void
picked(struct support *s, ir_id id)
{
	if (!s->promised || !shares_asked(s))
		(void)support_cannot(s, id, picks_why);
}

static ir_id
behind_sum(struct support *s, ir_id id, const struct ir_value *v)
{
	struct layout l = layout_of(s, v->args[0]);

	s->n_apart = 0;
	ir_id c = support_rows(s, v->args[0]);
	if (picks_few(s, v, l.picks) || l.degree > SUPPORT_DEGREE) {
		picked(s, id);
		return dominance_of_sum(s, v);
	}
	ir_id ok = c == IR_NONE ? support_all(s, l) : support_many(s, summed(s, v, c));
	ir_id running = value(s, v->args[0])->running;
	if (running != 0)
		ok = both(s, ok, support_between(s, id, running - 1));
	for (uint32_t i = 0; i < s->n_apart; i++)
		for (int k = 0; k < 2; k++)
			ok = both(s, ok, support_enough(s, summed(s, v, within(s, c, s->apart[i], k == 0)), false));
	return both(s, ok, dominance_of_sum(s, v));
}

/* In which rows an operand of a product counts, of which the rows may be summed over. */
static ir_id
counted_factor(struct support *s, ir_id id, const struct ir_value *v, int i, uint64_t k)
{
	const struct ir_value *w = value(s, v->args[i]);
	struct layout l = layout_of(s, v->args[i]);

	if (l.state == LAYOUT_ROWS)
		return support_rows(s, v->args[i]);
	l.rows = k;
	l.stride = v->op == IR_MATMUL && i == 0 ? 1 : w->n / k;
	if (rows_alike(s, v->args[i], w, l))
		return IR_NONE;
	return is_bool(w) ? v->args[i] : support_cannot(s, id, weights_why);
}

static ir_id
behind_product(struct support *s, ir_id id, const struct ir_value *v)
{
	struct layout l[2] = { layout_of(s, v->args[0]), layout_of(s, v->args[1]) };
	uint64_t k = l[0].state == LAYOUT_ROWS ? l[0].rows : l[1].rows;
	ir_id c[2], ok;
	uint32_t left;

	s->n_apart = 0;
	c[0] = counted_factor(s, id, v, 0, k);
	left = s->n_apart;
	c[1] = counted_factor(s, id, v, 1, k);
	if (picks_few(s, v, l[0].picks) || picks_few(s, v, l[1].picks) ||
	    l[0].degree + l[1].degree > SUPPORT_DEGREE) {
		picked(s, id);
		return dominance_of_product(s, v);
	}
	if (c[0] == IR_NONE && c[1] == IR_NONE)
		ok = support_all(s, l[0].state == LAYOUT_ROWS ? l[0] : l[1]);
	else
		ok = support_many(s, support_product_part(s, v, or_one(s, c[0], v->args[0]),
		    or_one(s, c[1], v->args[1]), 0, k));
	for (uint32_t i = 0; i < 2 * s->n_apart; i++) {
		ir_id d[2] = { c[0], c[1] };
		int side = i / 2 >= left;
		d[side] = within(s, d[side], s->apart[i / 2], i % 2 == 0);
		ok = both(s, ok, support_enough(s, support_product_part(s, v, or_one(s, d[0], v->args[0]),
		    or_one(s, d[1], v->args[1]), 0, k), false));
	}
	return both(s, ok, dominance_of_product(s, v));
}

/* What cannot be followed: for the program's guard, but not what share of it single rows have,
 * unless a function of the library makes a statistic of it that is no sum. */
static ir_id
unfollowed(struct support *s, ir_id id, const char *why)
{
	if (shares_asked(s) && !value(s, id)->of_library && !s->by_library)
		return support_never(s, why);
	return support_cannot(s, id, why);
}

static const char extreme_why[] = "a least or greatest value, which is that of a single row";

static ir_id
extreme(struct support *s)
{
	s->told.extreme |= s->told.why == NULL;
	return support_never(s, extreme_why);
}

static const char order_why[] = "rows in an order, of which single ones are looked at";

/* taken: a guard answers for what a function of the library, or a loop, does with it. */
static ir_id
behind_operand(struct support *s, ir_id id, bool taken)
{
	if (!s->promised || !taken || value(s, id)->of_library ||
	    layout_of(s, id).state == LAYOUT_NONE)
		return support_behind(s, id);
	support_taken(s, id);
	return IR_NONE;
}

/* All elements of all operands: one bool for each element of v. */
static ir_id
behind_all(struct support *s, const struct ir_value *v, const ir_id *arg, uint32_t n, bool taken)
{
	ir_id d = IR_NONE;

	for (uint32_t i = 0; i < n; i++) {
		ir_id a = behind_operand(s, arg[i], taken);
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
	const bool taken = v->of_library || (s->promised && support_loop_follows(s, loop));
	ir_id d = behind_all(s, v, of.args, of.n_args, taken);

	for (uint32_t i = 0; i < body->n; i++) {
		const struct ir_value x = *value(s, body->value[i]);
		if (x.op == IR_LOOP) {
			d = both(s, d, behind_loop(s, body->value[i], v));
			continue;
		}
		for (uint32_t k = 0; k < x.n_args; k++)
			if (x.args[k] < loop)
				d = both(s, d, behind_all(s, v, &x.args[k], 1, taken));
	}
	return d;
}

static ir_id
behind_moved(struct support *s, const struct ir_value *v)
{
	ir_id *part;
	bool any = false;

	if (v->op == IR_VIEW) {
		ir_id a = support_behind(s, v->args[0]);
		return a == IR_NONE ? a : ir_view(s->ck->ir, a, v->rank, v->dims, v->view, s->at);
	}
	part = compile_alloc(s->ck->c, v->n_args * sizeof *part);
	for (uint32_t i = 0; i < v->n_args; i++) {
		part[i] = support_behind(s, v->args[i]);
		any = any || part[i] != IR_NONE;
	}
	if (!any)
		return IR_NONE;
	for (uint32_t i = 0; i < v->n_args; i++)
		part[i] = or_one(s, part[i], v->args[i]);
	return ir_concat(s->ck->ir, part, v->n_args, s->at);
}

static ir_id
behind_by_op(struct support *s, ir_id id, const struct ir_value *v)
{
	struct layout a = { .state = LAYOUT_NONE }, b = a;
	ir_id d = IR_NONE;

	if (v->op == IR_INPUT)
		return IR_NONE;                  /* of no table: nobody's rows */
	if (v->op == IR_VIEW || v->op == IR_CONCAT)
		return behind_moved(s, v);
	if (v->op == IR_RESULT) {
		const bool library = v->of_library || s->by_library;
		if (!s->promised || ((shares_asked(s) || s->by_columns) && !library))
			return support_never(s, "what a loop makes of sums over rows");
		return behind_loop(s, v->args[0], v);
	}
	if (ir_ops[v->op].class == CLASS_EACH) {
		for (uint32_t i = 0; i < v->n_args; i++)
			d = both(s, d, like(s, support_behind(s, v->args[i]), v));
		return d;
	}
	if (v->n_args > 0)
		a = layout_of(s, v->args[0]);
	if (v->op == IR_MATMUL || v->op == IR_TNMUL)
		b = layout_of(s, v->args[1]);
	if (rows_summed(v, a) && v->op == IR_SUM)
		return behind_sum(s, id, v);
	if (rows_summed(v, a) && (v->op == IR_MINR || v->op == IR_MAXR))
		return s->policy->extremes ? behind_sum(s, id, v) : extreme(s);
	if (a.state == LAYOUT_ROWS || b.state == LAYOUT_ROWS)
		return v->op == IR_MATMUL || v->op == IR_TNMUL ? behind_product(s, id, v) :
		    unfollowed(s, id, order_why);
	return behind_all(s, v, v->args, v->n_args, v->of_library);
}

static ir_id
behind(struct support *s, ir_id id)
{
	const struct ir_value v = *value(s, id);

	if (v.open != SECRET || v.n == 0)
		return IR_NONE;
	if (id >= s->n || s->depth == SUPPORT_DEPTH)
		return support_cannot(s, id, "more steps than are followed");
	if (v.of_library && v.given == GIVEN_ROWS)
		return support_never(s, "values of single rows");
	if (v.place == PLACE_END && !s->policy->extremes)
		return extreme(s);
	if (v.place != PLACE_NONE)
		(void)unfollowed(s, id, order_why);
	struct layout l = layout_within(s, id);
	if (l.state == LAYOUT_ROWS || l.state == LAYOUT_MIXED)
		return unfollowed(s, id, l.state == LAYOUT_ROWS ? "values of single rows" : order_why);
	if (s->known[id])
		return s->ok[id];
	bool by_library = s->by_library;
	s->known[id] = 1;
	s->ok[id] = IR_NONE;
	s->depth++;
	s->by_library = v.of_library;
	s->ok[id] = behind_by_op(s, id, &v);
	s->by_library = by_library;
	s->depth--;
	return s->ok[id];
}

ir_id
support_some(struct support *s, ir_id count)
{
	const struct policy *own = s->policy;
	struct policy p = *own;

	p.zeros = true;
	s->policy = &p;
	ir_id ok = support_many(s, count);
	s->policy = own;
	return ok;
}

ir_id
support_behind(struct support *s, ir_id id)
{
	const ir_id rows = value(s, id)->backed;
	ir_id ok = behind(s, id);

	return rows == 0 || s->by_cells ? ok : both(s, ok, support_some(s, rows - 1));
}

ir_id
support_cells(struct check *ck, ir_id v, const struct policy *p, struct span at)
{
	struct support s = support_begin(ck, p, at);

	return value(&s, v)->backed == 0 ? IR_NONE : support_some(&s, value(&s, v)->backed - 1);
}

bool
support_summands(struct support *s, ir_id sum, struct summands *d)
{
	const struct ir_value v = *value(s, sum);
	struct layout l = { .state = LAYOUT_NONE };

	*d = (struct summands){ .counted = { IR_NONE, IR_NONE }, .count = IR_NONE };
	s->told.why = NULL;
	s->n_apart = 0;
	if (v.op == IR_SUM && rows_summed(&v, layout_of(s, v.args[0]))) {
		l = layout_of(s, v.args[0]);
		d->counted[0] = support_rows(s, v.args[0]);
		d->left = s->n_apart;
		if (d->counted[0] != IR_NONE)
			d->count = summed(s, &v, d->counted[0]);
	} else if (v.op == IR_MATMUL || v.op == IR_TNMUL) {
		struct layout a = layout_of(s, v.args[0]), b = layout_of(s, v.args[1]);
		l = a.state == LAYOUT_ROWS ? a : b;
		if ((a.state != LAYOUT_NONE && !rows_contracted(&v, a, true)) ||
		    (b.state != LAYOUT_NONE && !rows_contracted(&v, b, false)))
			return false;
		d->counted[0] = counted_factor(s, sum, &v, 0, l.rows);
		d->left = s->n_apart;
		d->counted[1] = counted_factor(s, sum, &v, 1, l.rows);
		if (d->counted[0] != IR_NONE || d->counted[1] != IR_NONE)
			d->count = support_product_part(s, &v, or_one(s, d->counted[0], v.args[0]),
			    or_one(s, d->counted[1], v.args[1]), 0, l.rows);
	}
	d->n_apart = s->n_apart;
	memcpy(d->apart, s->apart, sizeof d->apart);
	d->group = l.group;
	d->rows = l.rows;
	return l.state == LAYOUT_ROWS && s->told.why == NULL;
}

struct support
support_begin(struct check *ck, const struct policy *p, struct span at)
{
	struct support s = { .ck = ck, .policy = p, .at = at_span(ck, at), .n = ck->ir->n,
		.besides = IR_NONE };

	s.known = compile_alloc(ck->c, s.n + 1);
	s.ok = compile_alloc(ck->c, (s.n + 1) * sizeof *s.ok);
	s.taken = compile_alloc(ck->c, s.n + 1);
	s.own = compile_alloc(ck->c, s.n + 1);
	s.all_of = compile_alloc(ck->c, (ck->c->n_groups + 1) * sizeof *s.all_of);
	for (uint32_t i = 0; i < ck->c->n_groups; i++)
		s.all_of[i] = IR_NONE;
	return s;
}

ir_id
support_of(struct check *ck, ir_id v, const struct policy *p, unsigned flags,
    struct support_told *told, struct span at)
{
	struct support s = support_begin(ck, p, at);

	s.by_columns = (flags & SUPPORT_BY_COLUMNS) != 0;
	s.promised = s.by_columns || (flags & SUPPORT_PROMISED) != 0;
	s.of_model = (flags & SUPPORT_OF_MODEL) != 0;
	s.by_cells = (flags & SUPPORT_BY_CELLS) != 0;
	ir_id ok = support_behind(&s, v);
	support_mixed(&s, v);
	support_all_columns(&s);
	const struct ir_value of = *value(&s, v);

	*told = s.told;
	return both(&s, ok, like(&s, s.besides, &of));
}

ir_id
support_count(struct check *ck, ir_id count, const struct policy *p, unsigned flags,
    struct support_told *told, struct span at)
{
	struct support s = support_begin(ck, p, at);
	const struct ir_value of = *value(&s, count);

	s.by_columns = (flags & SUPPORT_BY_COLUMNS) != 0;
	s.promised = !s.by_columns && (flags & SUPPORT_PROMISED) != 0;
	ir_id ok = support_many(&s, count);      /* of which columns say nothing */
	s.promised = s.promised || s.by_columns;
	support_mixed(&s, count);
	support_all_columns(&s);
	*told = s.told;
	return both(&s, ok, like(&s, s.besides, &of));
}
