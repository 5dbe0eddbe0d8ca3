/* ir_sensitivity.c: see ir_sensitivity.h */
#include "ir_sensitivity.h"

#include <string.h>

#include "internal.h"
#include "ir_sensitivity_impl.h"

enum { N_PART_LEVEL = 2 };      /* IR_INPUT: part 2 + j is level j */

struct walk {
	struct ir *ir;
	struct dep *of;                  /* by value */
};

static const struct dep *
arg(const struct walk *w, const struct ir_value *v, uint32_t i)
{
	return &w->of[v->args[i]];
}

static bool
is_zero(const struct ir_value *v)
{
	return mpz_sgn(v->lo) == 0 && mpz_sgn(v->hi) == 0;
}

/* Each row's elements, as the ranges bound them. */
static struct dep
rows_of_range(const struct walk *w, const struct ir_value *v, const struct dep *like)
{
	struct dep d = dep_of_range(w->ir, DEP_ROWS, v->n / like->rows, v->lo, v->hi);

	d.table = like->table;
	d.rows = like->rows;
	d.inner = like->inner;
	return d;
}

static struct dep
walk_input(const struct walk *w, const struct ir_value *v)
{
	const struct input *in = &w->ir->input[v->imm[0]];
	struct dep like = { .table = in->party };

	if (in->shape != INPUT_ROWS)
		return dep_unknown(compile_printf(w->ir->compile,
		    "it has input \"%s\", which is no column of a table", in->name));
	if (v->n == 0)
		return (struct dep){ .kind = DEP_NONE };
	like.rows = v->dims[0];
	like.inner = v->n / v->dims[0];
	struct dep d = rows_of_range(w, v, &like);
	/* Of several columns in one input each has a level of its own. */
	if (v->imm[1] >= N_PART_LEVEL && like.inner == 1) {
		d.piece[0].fact[0] = (struct fact){ (uint32_t)v->imm[0], (uint32_t)v->imm[1] };
		d.piece[0].n_facts = 1;
	}
	return d;
}

/* What a value that no rule is for depends on, if anything. */
static struct dep
unruled(const struct walk *w, const struct ir_value *v)
{
	for (uint32_t i = 0; i < v->n_args; i++)
		if (arg(w, v, i)->kind == DEP_UNKNOWN)
			return *arg(w, v, i);
	for (uint32_t i = 0; i < v->n_args; i++)
		if (arg(w, v, i)->kind != DEP_NONE)
			return dep_unknown("it depends on several rows otherwise than by adding up");
	return (struct dep){ .kind = DEP_NONE };
}

/* The operands that depend on rows are of the same rows, element by element. */
static bool
same_rows(const struct walk *w, const struct ir_value *v, const struct dep **like)
{
	*like = NULL;
	for (uint32_t i = 0; i < v->n_args; i++) {
		const struct dep *d = arg(w, v, i);
		if (d->kind == DEP_NONE)
			continue;
		if (d->kind != DEP_ROWS || w->ir->value[v->args[i]].n != v->n)
			return false;
		if (*like != NULL && (strcmp(d->table, (*like)->table) != 0 || d->rows != (*like)->rows ||
		    d->inner != (*like)->inner))
			return false;
		*like = d;
	}
	return *like != NULL;
}

static void
take_facts(struct piece *d, const struct dep *a)
{
	if (a->kind != DEP_ROWS || a->n != 1)
		return;
	for (uint32_t i = 0; i < a->piece[0].n_facts && d->n_facts < N_FACT_MAX; i++)
		d->fact[d->n_facts++] = a->piece[0].fact[i];
}

/* Row by row: any function of a row is one; a product is 0 wherever a factor is. */
static struct dep
walk_rows(const struct walk *w, const struct ir_value *v, const struct dep *like)
{
	const struct dep *a = arg(w, v, 0), *b = v->n_args > 1 ? arg(w, v, 1) : a;
	struct dep d = rows_of_range(w, v, like);
	bool bools = mpz_sgn(v->lo) >= 0 && mpz_cmp_ui(v->hi, 1) <= 0;

	switch ((enum ir_op)v->op) {
	case IR_AND: case IR_MUL:
		take_facts(&d.piece[0], a);
		take_facts(&d.piece[0], b);
		if (!bools)
			break;
		/* Not longer than either: what is zeroed of a table's row leaves it one. */
		if (a->kind == DEP_ROWS && a->n > 1)
			return dep_copy(w->ir, a);
		if (b->kind == DEP_ROWS && b->n > 1)
			return dep_copy(w->ir, b);
		break;
	case IR_SELECT:
		if (!is_zero(&w->ir->value[v->args[2]]))
			break;
		take_facts(&d.piece[0], a);
		take_facts(&d.piece[0], b);
		break;
	default:
		break;
	}
	return d;
}

/* x, in a result of v->n elements: a single one stands for all of them. */
static struct dep
spread(const struct walk *w, const struct ir_value *v, uint32_t i)
{
	struct dep d = dep_copy(w->ir, arg(w, v, i));

	d.kind = DEP_WHOLE;
	if (w->ir->value[v->args[i]].n != v->n)
		dep_repeat(&d, v->n);
	return d;
}

static struct dep
scaled(const struct walk *w, const struct ir_value *v, uint32_t i, const mpz_t by)
{
	struct dep d = spread(w, v, i);

	dep_scale(&d, by);
	return d;
}

static struct dep
both(const struct walk *w, const struct ir_value *v)
{
	struct dep a, b;

	if (arg(w, v, 1)->kind == DEP_NONE)
		return spread(w, v, 0);
	if (arg(w, v, 0)->kind == DEP_NONE)
		return spread(w, v, 1);
	a = spread(w, v, 0);
	b = spread(w, v, 1);
	return dep_sum(w->ir, &a, &b);
}

static struct dep
walk_times(const struct walk *w, const struct ir_value *v)
{
	uint32_t i = arg(w, v, 0)->kind == DEP_NONE;
	const struct ir_value *by = &w->ir->value[v->args[1 - i]];
	mpz_t most;

	if (arg(w, v, 1 - i)->kind != DEP_NONE)
		return dep_unknown("it multiplies sums over rows");
	mpz_init(most);
	mpz_set(most, mpz_cmpabs(by->lo, by->hi) > 0 ? by->lo : by->hi);
	return mpz_sgn(by->lo) < 0 ? (mpz_abs(most, most), mpz_neg(most, most),
	    scaled(w, v, i, most)) : scaled(w, v, i, most);
}

/* Of wholes: what moves by no more than its operands do. */
static struct dep
walk_whole(const struct walk *w, const struct ir_value *v)
{
	struct dep d;
	mpz_t by;

	for (uint32_t i = 0; i < v->n_args; i++)
		if (arg(w, v, i)->kind == DEP_UNKNOWN)
			return *arg(w, v, i);
	mpz_init_set_si(by, -1);
	switch ((enum ir_op)v->op) {
	case IR_ADD: case IR_SUB: case IR_MIN: case IR_MAX:
		d = both(w, v);
		d.negative |= v->op == IR_SUB;
		break;
	case IR_NEG: case IR_ABS:
		d = scaled(w, v, 0, by);
		break;
	case IR_SHL: case IR_SCALE2:
		mpz_set_ui(by, 0);
		mpz_setbit(by, (mp_bitcnt_t)v->imm[0]);
		d = scaled(w, v, 0, by);
		break;
	case IR_MUL:
		d = walk_times(w, v);
		break;
	case IR_HOME:
		d = spread(w, v, 0);
		break;
	default:
		return unruled(w, v);
	}
	if (d.kind == DEP_WHOLE)
		dep_cap(&d, v->n, v->lo, v->hi);
	return d;
}

static struct dep
walk_each(const struct walk *w, const struct ir_value *v)
{
	const struct dep *like;
	bool none = true;

	for (uint32_t i = 0; i < v->n_args; i++)
		none &= arg(w, v, i)->kind == DEP_NONE;
	if (none)
		return (struct dep){ .kind = DEP_NONE };
	return same_rows(w, v, &like) ? walk_rows(w, v, like) : walk_whole(w, v);
}

/* What is withheld if one row is out of a range tells that row, whatever the noise. */
static struct dep
walk_assume(const struct walk *w, const struct ir_value *v)
{
	const struct dep d = unruled(w, v);

	return d.kind == DEP_NONE || arg(w, v, 0)->kind == DEP_UNKNOWN ? d : dep_unknown(
	    "it rests on a range that is checked in the run, and whether that held is learned exactly");
}

static bool
is_identity(const struct ir_value *v, const struct ir_value *a)
{
	int64_t step = 1;

	for (unsigned i = v->rank; i-- > 0; step *= (int64_t)v->dims[i])
		if (v->dims[i] > 1 && v->view->stride[i] != step)
			return false;
	return v->n == a->n && v->view->offset.base == 0;
}

/* Every row in its order, along one axis of the view; the others choose or repeat its elements. */
static struct dep
view_rows(const struct walk *w, const struct ir_value *v, const struct dep *a)
{
	uint64_t all = a->rows * a->inner, copies = 1, inner = 1, at = (uint64_t)v->view->offset.base;
	bool found = false;
	struct dep d;

	if (v->view->offset.base < 0 || at % all >= a->inner)
		return dep_unknown("it takes a part of the rows, or another order");
	at %= all;
	for (unsigned i = v->rank; i-- > 0;) {
		int64_t s = v->view->stride[i];
		if (!found && s == (int64_t)a->inner && v->dims[i] == a->rows)
			found = true;
		else if (s == 0)
			copies *= v->dims[i];
		else if (s < 0 || ((uint64_t)s % all != 0 && (uint64_t)s >= a->inner))
			return dep_unknown("it takes a part of the rows, or another order");
		else if ((uint64_t)s < a->inner)
			at += (v->dims[i] - 1) * (uint64_t)s;
		inner *= found ? 1 : v->dims[i];
	}
	if (!found || at >= a->inner)
		return dep_unknown("it takes a part of the rows, or another order");
	d = dep_copy(w->ir, a);
	dep_repeat(&d, copies * view_overlaps(v));
	d.inner = inner;
	dep_cap(&d, v->n / a->rows, v->lo, v->hi);
	if (d.n == 1) {
		const struct dep bound = rows_of_range(w, v, &d);
		piece_least(&d.piece[0], &bound.piece[0]);
	}
	return d;
}

static struct dep
walk_view(const struct walk *w, const struct ir_value *v)
{
	const struct dep *a = arg(w, v, 0);
	uint64_t times;
	struct dep d;

	if (a->kind == DEP_NONE || a->kind == DEP_UNKNOWN || v->n == 0)
		return a->kind == DEP_UNKNOWN ? *a : (struct dep){ .kind = DEP_NONE };
	if (v->view->offset.n > 0)
		return dep_unknown("it takes a part that a loop chooses");
	if (is_identity(v, &w->ir->value[v->args[0]]))
		return dep_copy(w->ir, a);
	if (a->kind == DEP_ROWS)
		return view_rows(w, v, a);
	times = view_multiplicity(w->ir, v, w->ir->value[v->args[0]].n);
	if (times == 0)
		return dep_unknown("it takes elements of a very large array");
	d = dep_copy(w->ir, a);
	dep_repeat(&d, times);
	return d;
}

/* Elements side by side.  Rows stay rows if each row's elements lie apart by as much in all. */
static struct dep
walk_concat(const struct walk *w, const struct ir_value *v)
{
	struct dep d = { .kind = DEP_NONE };
	bool rows = true;

	for (uint32_t i = 0; i < v->n_args; i++) {
		const struct dep *a = arg(w, v, i), *first = arg(w, v, 0);
		if (a->kind == DEP_UNKNOWN)
			return *a;
		rows &= a->kind == DEP_ROWS && first->kind == DEP_ROWS && a->rows == first->rows &&
		    a->inner == first->inner && strcmp(a->table, first->table) == 0;
	}
	for (uint32_t i = 0; i < v->n_args; i++)
		if (arg(w, v, i)->kind != DEP_NONE)
			d = d.kind == DEP_NONE ? dep_copy(w->ir, arg(w, v, i)) :
			    dep_join(w->ir, &d, arg(w, v, i));
	if (d.kind == DEP_ROWS && !rows)
		d.kind = DEP_WHOLE;
	return d;
}

/* b's rows in a larger array of rows that is 0, or holds other elements of them. */
static struct dep
update_rows(const struct walk *w, const struct ir_value *v, const struct dep *b)
{
	const struct ir_value *part = &w->ir->value[v->args[1]];
	const struct dep *a = arg(w, v, 0);
	uint64_t inner = 1, at = (uint64_t)v->view->offset.base, step = 0;
	struct dep d;

	for (unsigned i = part->rank; i-- > 0;) {
		if (step == 0 && inner == b->inner && part->dims[i] == b->rows && v->view->stride[i] > 0)
			step = (uint64_t)v->view->stride[i];
		else
			at += (part->dims[i] - 1) * (uint64_t)v->view->stride[i];
		inner *= part->dims[i];
	}
	if (step == 0 || at >= step || v->n != b->rows * step || part->n != b->rows * b->inner)
		return dep_unknown("it writes rows into an array");
	if (a->kind == DEP_NONE && is_zero(&w->ir->value[v->args[0]]))
		d = dep_copy(w->ir, b);
	else if (a->kind == DEP_ROWS && a->rows == b->rows && a->inner == step &&
	    strcmp(a->table, b->table) == 0)
		d = dep_join(w->ir, a, b);
	else
		return dep_unknown("it writes rows into an array");
	d.inner = step;
	return d;
}

static struct dep
walk_update(const struct walk *w, const struct ir_value *v)
{
	const struct dep *a = arg(w, v, 0), *b = arg(w, v, 1);
	struct dep d;

	if (a->kind == DEP_UNKNOWN || b->kind == DEP_UNKNOWN)
		return a->kind == DEP_UNKNOWN ? *a : *b;
	if (b->kind == DEP_NONE)
		return a->kind == DEP_NONE ? *a : dep_copy(w->ir, a);
	if (b->kind == DEP_ROWS && v->view->offset.n == 0 && a->kind != DEP_WHOLE)
		return update_rows(w, v, b);
	d = a->kind == DEP_NONE ? dep_copy(w->ir, b) : dep_join(w->ir, a, b);
	d.kind = DEP_WHOLE;
	return d;
}

/* Over the middle of imm0 x imm1 x imm2. */
static struct dep
walk_sum(const struct walk *w, const struct ir_value *v)
{
	const struct dep *a = arg(w, v, 0);
	const struct ir_value *x = &w->ir->value[v->args[0]];
	uint64_t low = (uint64_t)v->imm[2], span = (uint64_t)v->imm[1] * low;
	struct dep d;

	if ((a->kind != DEP_ROWS && a->kind != DEP_WHOLE) || x->n == 0)
		return a->kind == DEP_UNKNOWN ? *a : (struct dep){ .kind = DEP_NONE };
	d = dep_copy(w->ir, a);
	if (v->imm[1] == 1)
		return d;
	if (a->kind == DEP_ROWS && a->inner % span == 0)
		d.inner = a->inner / (uint64_t)v->imm[1];        /* within rows */
	else if (a->kind == DEP_ROWS && low % (a->rows * a->inner) == 0)
		d.inner = a->inner;
	else
		d.kind = DEP_WHOLE;
	/* Over the rows themselves, each of them adds one element to each sum. */
	if (a->kind == DEP_WHOLE || (uint64_t)v->imm[1] != a->rows || low != a->inner)
		dep_add_up(&d);
	return d;
}

/* A row is in all running sums behind it. */
static struct dep
walk_cumsum(const struct walk *w, const struct ir_value *v)
{
	const struct dep *a = arg(w, v, 0);
	struct dep d;

	if (a->kind != DEP_ROWS && a->kind != DEP_WHOLE)
		return *a;
	d = dep_copy(w->ir, a);
	d.kind = DEP_WHOLE;
	dep_add_up(&d);
	dep_repeat(&d, (uint64_t)v->imm[1]);
	return d;
}

/* One product of x and y. */
static void
cap_product(struct dep *d, const struct ir_value *x, const struct ir_value *y)
{
	mpz_t c, lo, hi;

	mpz_inits(c, lo, hi, NULL);
	for (unsigned i = 0; i < 4; i++) {
		mpz_mul(c, i < 2 ? x->lo : x->hi, i % 2 == 0 ? y->lo : y->hi);
		if (i == 0 || mpz_cmp(c, lo) < 0)
			mpz_set(lo, c);
		if (i == 0 || mpz_cmp(c, hi) > 0)
			mpz_set(hi, c);
	}
	dep_cap(d, 1, lo, hi);
	mpz_clears(c, lo, hi, NULL);
}

/* Sums over rows of products of elements of one row. */
static struct dep
walk_product(const struct walk *w, const struct ir_value *v)
{
	const struct dep *a = arg(w, v, 0), *b = arg(w, v, 1);
	const struct ir_value *x = &w->ir->value[v->args[0]], *y = &w->ir->value[v->args[1]];
	uint64_t k = (uint64_t)v->imm[v->op == IR_TNMUL ? 0 : 1];
	struct dep d;

	if (a->kind != DEP_ROWS || b->kind != DEP_ROWS || a->rows != k || b->rows != k ||
	    strcmp(a->table, b->table) != 0 || b->inner != y->n / k ||
	    a->inner != (v->op == IR_TNMUL ? x->n / k : 1))
		return unruled(w, v);
	d = dep_product(w->ir, a, b);
	if (d.kind != DEP_ROWS)
		return d;
	d.kind = DEP_WHOLE;
	if (v->n == 1)
		cap_product(&d, x, y);
	return d;
}

/* An array that a loop fills: each trip's part by itself. */
static struct dep
walk_result(const struct walk *w, const struct ir_value *v)
{
	const struct ir_loop *l = w->ir->value[v->args[0]].loop;
	const struct ir_value *loop = &w->ir->value[v->args[0]];
	const struct ir_value *y = &w->ir->value[l->yield[v->imm[1]]];
	int64_t trips = ir_trips(w->ir, v->args[0]);
	struct dep d;

	if (y->op != IR_UPDATE || y->args[0] != l->arg[v->imm[1]] || trips < 0 ||
	    w->of[loop->args[v->imm[1]]].kind != DEP_NONE)
		return dep_unknown("it uses a variable that a loop changes");
	if (w->of[y->args[1]].kind == DEP_NONE || w->of[y->args[1]].kind == DEP_UNKNOWN)
		return w->of[y->args[1]];
	d = dep_copy(w->ir, &w->of[y->args[1]]);
	d.kind = DEP_WHOLE;
	dep_repeat(&d, (uint64_t)trips);
	return d;
}

/* Counts, of which the checker knows that what a row adds to several sums it adds to one element
 * only: a bin's count is the difference of two of the sums. */
static struct dep
walk_counts(const struct walk *w, const struct ir_value *v)
{
	const struct dep *a = arg(w, v, 0);
	struct dep d = unruled(w, v);
	mpz_t zero, once;

	if (a->kind != DEP_WHOLE)
		return d;
	mpz_inits(zero, once, NULL);
	for (uint32_t i = 0; i < a->n; i++)      /* 1, but for a row that comes twice */
		if (mpz_cmp(a->piece[i].n1, once) > 0)
			mpz_set(once, a->piece[i].n1);
	d = dep_of_range(w->ir, DEP_WHOLE, 1, zero, once);
	if (v->n > 1)
		for (unsigned i = 0; i < 2; i++)
			mpz_mul_2exp(i == 0 ? d.piece[0].d1 : d.piece[0].d2,
			    i == 0 ? d.piece[0].d1 : d.piece[0].d2, 1);
	return d;
}

static struct dep
walk_value(const struct walk *w, ir_id id)
{
	const struct ir_value *v = &w->ir->value[id];

	if (v->rows_once)
		return walk_counts(w, v);
	switch ((enum ir_op)v->op) {
	case IR_INPUT:
		return walk_input(w, v);
	case IR_CONST: case IR_IOTA: case IR_COUNTER: case IR_RANDOM: case IR_SHUFFLE: case IR_LOOP:
	case IR_ASSERT:
		return (struct dep){ .kind = DEP_NONE };
	case IR_ARG:
		return dep_unknown("it uses a variable that a loop changes");
	case IR_RESULT:
		return walk_result(w, v);
	case IR_VIEW:
		return walk_view(w, v);
	case IR_CONCAT:
		return walk_concat(w, v);
	case IR_UPDATE:
		return walk_update(w, v);
	case IR_SUM:
		return walk_sum(w, v);
	case IR_CUMSUM:
		return walk_cumsum(w, v);
	case IR_ASSUME:
		return walk_assume(w, v);
	case IR_MATMUL: case IR_TNMUL:
		return walk_product(w, v);
	default:
		return ir_ops[v->op].class == CLASS_EACH ? walk_each(w, v) : unruled(w, v);
	}
}

static void
need_args(bool *need, const struct ir_value *v)
{
	for (uint32_t i = 0; i < v->n_args; i++)
		need[v->args[i]] = true;
	if (v->op != IR_LOOP)
		return;
	for (uint32_t k = 0; k < v->loop->n_carried; k++)
		need[v->loop->yield[k]] = true;
}

bool
ir_sensitivity(struct ir *ir, ir_id id, struct sensitivity *s, const char **why)
{
	struct walk w = { .ir = ir, .of = compile_alloc(ir->compile, (id + 1u) * sizeof *w.of) };
	bool *need = compile_alloc(ir->compile, id + 1u);

	/* A loop's result needs what its body makes, which stands between the two. */
	need[id] = true;
	for (ir_id i = id + 1; i-- > 0;) {
		const struct ir_value *v = &ir->value[i];
		if (need[i])
			need_args(need, v);
		if (need[i] && v->op == IR_RESULT)
			need_args(need, &ir->value[v->args[0]]);
	}
	for (ir_id i = 0; i <= id; i++)
		if (need[i])
			w.of[i] = walk_value(&w, i);
	mpz_inits(s->l1, s->l2_squared, NULL);
	*why = w.of[id].why;
	if (w.of[id].kind == DEP_UNKNOWN)
		return false;
	dep_distance(ir, &w.of[id], s->l1, s->l2_squared);
	return true;
}
