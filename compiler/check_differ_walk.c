/* check_differ_walk.c: from a released number back to the sums over rows that it is made of */
#include "check_differ_impl.h"

static const struct ir_value *
value(const struct differ_walk *w, ir_id id)
{
	return &w->ck->ir->value[id];
}

static void walk(struct differ_walk *, ir_id, uint64_t at, int sign, bool alone);

/* Operand k, elementwise. */
static void
walk_operand(struct differ_walk *w, const struct ir_value *v, uint32_t k, uint64_t at, int sign,
    bool alone)
{
	walk(w, v->args[k], value(w, v->args[k])->rank == 0 ? 0 : at, sign, alone);
}

static bool
is_open(const struct differ_walk *w, ir_id id)
{
	return value(w, id)->open != SECRET;
}

/* A function of sums that the program made, and not the library. */
static void
bend(struct differ_walk *w, const struct ir_value *v)
{
	w->bent = w->apart = true;
	w->own |= !v->of_library;
}

/* What divides a number, or hides it where it is missing.  Of how many rows a mean is may be told,
 * but not two sums by their quotient. */
static void
walk_besides(struct differ_walk *w, const struct ir_value *v, uint32_t k, uint64_t at)
{
	const struct differ_walk before = *w;
	uint32_t kept = w->n;

	walk_operand(w, v, k, at, 1, false);
	if (w->bent && !before.bent && !w->own) {
		w->bent = false;
		w->n = before.n;
	}
	for (uint32_t i = kept; i < w->n; i++)
		if (!differ_is_count(w, &w->df->leaf[i]))
			w->df->leaf[kept++] = w->df->leaf[i];
	w->apart = before.apart || kept > before.n;
	w->n = kept;
}

/* A mean tells the sum that it divides; a number of which the reciprocal is told, itself. */
static void
walk_quotient(struct differ_walk *w, const struct ir_value *v, uint64_t at, int sign, bool alone)
{
	uint32_t before = w->n;

	walk_operand(w, v, 0, at, sign, alone);
	if (w->n == before)
		walk_operand(w, v, 1, at, sign, alone);
	else if (!v->of_library)
		walk_besides(w, v, 1, at);
}

static bool
is_truth(const struct differ_walk *w, ir_id id)
{
	const struct ir_value *v = value(w, id);

	return v->bits == 0 && v->frac == 0 && mpz_sgn(v->lo) >= 0 && mpz_cmp_ui(v->hi, 1) <= 0;
}

/* A number where a bool is true. */
static bool
walk_hidden(struct differ_walk *w, const struct ir_value *v, uint64_t at, int sign, bool alone)
{
	if (v->op != IR_MUL || v->of_library || is_open(w, v->args[0]) || is_open(w, v->args[1]) ||
	    is_truth(w, v->args[0]) == is_truth(w, v->args[1]))
		return false;
	const uint32_t k = is_truth(w, v->args[0]) ? 1 : 0;
	w->apart |= !alone;
	walk_operand(w, v, k, at, sign, alone);
	walk_besides(w, v, !k, at);
	return true;
}

static void
walk_each(struct differ_walk *w, const struct ir_value *v, uint64_t at, int sign, bool alone)
{
	switch ((enum ir_op)v->op) {
	case IR_ADD: case IR_SUB:
		if (is_open(w, v->args[0]) || is_open(w, v->args[1]))
			break;
		walk_operand(w, v, 0, at, sign, false);
		walk_operand(w, v, 1, at, v->op == IR_SUB ? -sign : sign, false);
		return;
	case IR_NEG: case IR_HOME:
		walk_operand(w, v, 0, at, v->op == IR_NEG ? -sign : sign, alone);
		return;
	case IR_DIV:
		w->apart |= !alone;
		walk_quotient(w, v, at, sign, alone);
		return;
	case IR_SCALE2: case IR_FDIV: case IR_FLOOR: case IR_ROUND: case IR_ABS:
		w->apart |= !alone;
		break;
	case IR_MUL: case IR_SHL: case IR_TRUNC:
		break;
	default:
		bend(w, v);
		break;
	}
	if (walk_hidden(w, v, at, sign, alone))
		return;
	/* Scaled, shifted or rounded by what is known. */
	uint32_t secret = 0;
	for (uint32_t i = 0; i < v->n_args; i++)
		secret += !is_open(w, v->args[i]);
	if (secret > 1)
		bend(w, v);
	w->apart |= !alone && v->op == IR_MUL;
	for (uint32_t i = 0; i < v->n_args; i++)
		walk_operand(w, v, i, at, i > 0 && v->op == IR_SUB ? -sign : sign, alone);
}

static void
walk_view(struct differ_walk *w, const struct ir_value *v, uint64_t at, int sign, bool alone)
{
	int64_t p = v->view->offset.base;

	if (v->view->offset.n > 0)
		return;
	for (unsigned i = v->rank; i-- > 0; at /= v->dims[i])
		p += (int64_t)(at % v->dims[i]) * v->view->stride[i];
	walk(w, v->args[0], (uint64_t)p, sign, alone);
}

static void
walk_concat(struct differ_walk *w, const struct ir_value *v, uint64_t at, int sign, bool alone)
{
	for (uint32_t i = 0; i < v->n_args; i++) {
		uint64_t n = value(w, v->args[i])->n;
		if (at < n) {
			walk(w, v->args[i], at, sign, alone);
			return;
		}
		at -= n;
	}
}

/* Over what is no row: cells of a table. */
static void
walk_sum(struct differ_walk *w, const struct ir_value *v, uint64_t at, int sign)
{
	uint64_t m = (uint64_t)v->imm[2], k = (uint64_t)v->imm[1], from = at / m * k * m + at % m;

	if (v->op == IR_CUMSUM) {
		from = at / (k * m) * (k * m) + at % m;
		k = at / m % k + 1;
	}
	for (uint64_t i = 0; i < k; i++)
		walk(w, v->args[0], from + i * m, sign, false);
}

static void
walk_product(struct differ_walk *w, const struct ir_value *v, uint64_t at, int sign)
{
	uint64_t m = (uint64_t)v->imm[2], k = (uint64_t)v->imm[1], n = (uint64_t)v->imm[0];
	bool tn = v->op == IR_TNMUL;

	w->apart = true;
	if (!is_open(w, v->args[0]) && !is_open(w, v->args[1]))
		bend(w, v);
	for (uint64_t i = 0; i < (tn ? n : k); i++) {
		walk(w, v->args[0], tn ? i * k + at / m : at / m * k + i, sign, false);
		walk(w, v->args[1], i * m + at % m, sign, false);
	}
}

/* Row b[i] of a, b known. */
static void
walk_gather(struct differ_walk *w, const struct ir_value *v, uint64_t at, int sign, bool alone)
{
	const struct ir_value *b = value(w, v->args[1]);
	uint64_t row = (uint64_t)v->imm[0];
	const uint64_t k = row == 0 ? 0 : at / row;

	if (b->op == IR_CONST && k < b->n && mpz_fits_ulong_p(b->data[k]))
		walk(w, v->args[0], mpz_get_ui(b->data[k]) * row + at % row, sign, alone);
}

/* Sums in an order, or one of them that another one says: any of them, and what says which. */
static void
walk_among(struct differ_walk *w, const struct ir_value *v)
{
	for (uint32_t i = 0; i < v->n_args; i++)
		if (layout_of(&w->df->support, v->args[i]).state != LAYOUT_NONE)
			return;
	bend(w, v);
	for (uint32_t i = 0; i < v->n_args; i++)
		for (uint64_t k = 0; k < value(w, v->args[i])->n && w->steps <= N_STEP_MAX; k++)
			walk(w, v->args[i], k, 1, false);
}

static void
walk_inner(struct differ_walk *w, const struct ir_value *v, uint64_t at, int sign, bool alone)
{
	if (ir_ops[v->op].class == CLASS_EACH) {
		walk_each(w, v, at, sign, alone);
		return;
	}
	switch ((enum ir_op)v->op) {
	case IR_VIEW:
		walk_view(w, v, at, sign, alone);
		return;
	case IR_CONCAT:
		walk_concat(w, v, at, sign, alone);
		return;
	case IR_ASSUME:
		walk(w, v->args[0], at, sign, alone);
		return;
	case IR_GATHER:
		if (is_open(w, v->args[1]))
			walk_gather(w, v, at, sign, alone);
		else if (!v->of_library)
			walk_among(w, v);
		return;
	case IR_ORDER: case IR_TAKE: case IR_PICK: case IR_MINR: case IR_MAXR:
		if (!v->of_library)
			walk_among(w, v);
		return;
	case IR_SUM: case IR_CUMSUM:
		walk_sum(w, v, at, sign);
		return;
	case IR_MATMUL: case IR_TNMUL:
		walk_product(w, v, at, sign);
		return;
	default:
		return;                         /* an order, a loop: no sum */
	}
}

static void
walk(struct differ_walk *w, ir_id id, uint64_t at, int sign, bool alone)
{
	const struct ir_value v = *value(w, id);
	struct support *s = &w->df->support;
	bool rows = false, mixed = false;

	if (v.open != SECRET || at >= v.n || w->depth == SUPPORT_DEPTH || w->steps > N_STEP_MAX)
		return;
	w->steps++;
	if (v.op == IR_SUM || v.op == IR_CUMSUM || v.op == IR_MATMUL || v.op == IR_TNMUL)
		for (uint32_t i = 0; i < v.n_args; i++) {
			rows |= layout_of(s, v.args[i]).state == LAYOUT_ROWS;
			mixed |= layout_of(s, v.args[i]).state == LAYOUT_MIXED;
		}
	if (mixed)
		return;
	if (rows) {
		if (w->n == N_PIECE_MAX)
			w->steps = N_STEP_MAX + 1;
		if (w->n == N_PIECE_MAX)
			return;
		w->df->leaf[w->n++] = (struct leaf){ id, at, sign };
		return;
	}
	if (layout_of(s, id).state != LAYOUT_NONE || v.place != PLACE_NONE)
		return;                         /* of rows, in whatever order: no sum */
	w->depth++;
	walk_inner(w, &v, at, sign, alone);
	w->depth--;
}

void
differ_walk(struct differ_walk *w, ir_id id, uint64_t at)
{
	walk(w, id, at, 1, true);
}
