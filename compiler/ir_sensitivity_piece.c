/* ir_sensitivity_piece.c: norms of what rows contribute; see ir_sensitivity.h */
#include <string.h>

#include "internal.h"
#include "ir_sensitivity_impl.h"

enum { N_COUNTED_MAX = 1 << 22 };

struct dep
dep_unknown(const char *why)
{
	return (struct dep){ .kind = DEP_UNKNOWN, .why = why };
}

static void
piece_init(struct piece *p)
{
	*p = (struct piece){ .n_facts = 0 };
	mpz_inits(p->n1, p->n2, p->d1, p->d2, NULL);
}

static void
piece_set(struct piece *d, const struct piece *a)
{
	*d = *a;
	mpz_init_set(d->n1, a->n1);
	mpz_init_set(d->n2, a->n2);
	mpz_init_set(d->d1, a->d1);
	mpz_init_set(d->d2, a->d2);
}

static struct piece *
pieces_new(struct ir *ir, uint32_t n)
{
	return compile_alloc(ir->compile, (n + 1u) * sizeof(struct piece));
}

static void
least(mpz_t d, const mpz_t a)
{
	if (mpz_cmp(a, d) < 0)
		mpz_set(d, a);
}

struct dep
dep_of_range(struct ir *ir, enum dep_kind kind, uint64_t cells, const mpz_t lo, const mpz_t hi)
{
	struct dep d = { .kind = kind, .n = 1, .piece = pieces_new(ir, 1),
		.negative = mpz_sgn(lo) < 0 };
	struct piece *p = &d.piece[0];

	piece_init(p);
	mpz_abs(p->n1, mpz_cmpabs(lo, hi) > 0 ? lo : hi);
	mpz_mul(p->n2, p->n1, p->n1);
	mpz_sub(p->d1, hi, lo);
	mpz_mul(p->d2, p->d1, p->d1);
	dep_repeat(&d, cells);
	return d;
}

void
piece_least(struct piece *d, const struct piece *a)
{
	least(d->n1, a->n1);
	least(d->n2, a->n2);
	least(d->d1, a->d1);
	least(d->d2, a->d2);
}

void
dep_cap(struct dep *d, uint64_t cells, const mpz_t lo, const mpz_t hi)
{
	mpz_t x;

	if (d->n != 1)
		return;
	mpz_init(x);
	mpz_sub(x, hi, lo);
	mpz_mul_ui(x, x, cells);
	least(d->piece[0].d1, x);
	mpz_sub(x, hi, lo);
	mpz_mul(x, x, x);
	mpz_mul_ui(x, x, cells);
	least(d->piece[0].d2, x);
	mpz_clear(x);
}

struct dep
dep_copy(struct ir *ir, const struct dep *a)
{
	struct dep d = *a;

	d.piece = pieces_new(ir, a->n);
	for (uint32_t i = 0; i < a->n; i++)
		piece_set(&d.piece[i], &a->piece[i]);
	return d;
}

void
dep_scale(struct dep *d, const mpz_t by)
{
	mpz_t size;

	mpz_init(size);
	mpz_abs(size, by);
	d->negative |= mpz_sgn(by) < 0;
	for (uint32_t i = 0; i < d->n; i++) {
		struct piece *p = &d->piece[i];
		mpz_mul(p->n1, p->n1, size);
		mpz_mul(p->d1, p->d1, size);
		mpz_mul(p->n2, p->n2, size);
		mpz_mul(p->n2, p->n2, size);
		mpz_mul(p->d2, p->d2, size);
		mpz_mul(p->d2, p->d2, size);
	}
	mpz_clear(size);
}

void
dep_repeat(struct dep *d, uint64_t times)
{
	for (uint32_t i = 0; i < d->n; i++) {
		struct piece *p = &d->piece[i];
		mpz_mul_ui(p->n1, p->n1, times);
		mpz_mul_ui(p->n2, p->n2, times);
		mpz_mul_ui(p->d1, p->d1, times);
		mpz_mul_ui(p->d2, p->d2, times);
	}
}

void
dep_add_up(struct dep *d)
{
	for (uint32_t i = 0; i < d->n; i++) {
		mpz_mul(d->piece[i].n2, d->piece[i].n1, d->piece[i].n1);
		mpz_mul(d->piece[i].d2, d->piece[i].d1, d->piece[i].d1);
	}
}

struct dep
dep_join(struct ir *ir, const struct dep *a, const struct dep *b)
{
	struct dep d = *a;

	if (a->n + b->n > N_PIECE_MAX)
		return dep_sum(ir, a, b);        /* an upper bound, too */
	d.negative |= b->negative;
	d.n = a->n + b->n;
	d.piece = pieces_new(ir, d.n);
	for (uint32_t i = 0; i < a->n; i++)
		piece_set(&d.piece[i], &a->piece[i]);
	for (uint32_t i = 0; i < b->n; i++)
		piece_set(&d.piece[a->n + i], &b->piece[i]);
	return d;
}

/* As if it were one piece: what is n is d here, as nothing is known of single rows. */
struct dep
dep_sum(struct ir *ir, const struct dep *a, const struct dep *b)
{
	struct dep d = *a;
	mpz_t l1, l2;

	mpz_inits(l1, l2, NULL);
	d.negative = true;
	d.n = 1;
	d.piece = pieces_new(ir, 1);
	piece_init(&d.piece[0]);
	dep_distance(ir, a, d.piece[0].d1, d.piece[0].d2);
	dep_distance(ir, b, l1, l2);
	mpz_add(d.piece[0].d1, d.piece[0].d1, l1);
	mpz_add(d.piece[0].d2, d.piece[0].d2, l2);
	mpz_mul_ui(d.piece[0].d2, d.piece[0].d2, 2);     /* |x + y|^2 <= 2 |x|^2 + 2 |y|^2 */
	mpz_set(d.piece[0].n1, d.piece[0].d1);
	mpz_set(d.piece[0].n2, d.piece[0].d2);
	mpz_clears(l1, l2, NULL);
	return d;
}

static int64_t
level_of(const struct piece *p, uint32_t input)
{
	for (uint32_t i = 0; i < p->n_facts; i++)
		if (p->fact[i].input == input)
			return p->fact[i].level;
	return -1;
}

/* What is 0 unless a column has two levels is 0. */
static void
add_facts(struct piece *d, const struct piece *a)
{
	bool never = false;

	for (uint32_t i = 0; i < a->n_facts; i++) {
		int64_t level = level_of(d, a->fact[i].input);
		never |= level >= 0 && level != a->fact[i].level;
		if (level < 0 && d->n_facts < N_FACT_MAX)
			d->fact[d->n_facts++] = a->fact[i];
	}
	if (never) {
		mpz_set_ui(d->n1, 0);
		mpz_set_ui(d->n2, 0);
		mpz_set_ui(d->d1, 0);
		mpz_set_ui(d->d2, 0);
	}
}

struct dep
dep_product(struct ir *ir, const struct dep *a, const struct dep *b)
{
	struct dep d = *a;

	if ((uint64_t)a->n * b->n > N_PIECE_MAX)
		return dep_unknown("it multiplies very many columns");
	d.negative |= b->negative;
	d.n = a->n * b->n;
	d.piece = pieces_new(ir, d.n);
	for (uint32_t i = 0; i < a->n; i++)
		for (uint32_t j = 0; j < b->n; j++) {
			struct piece *p = &d.piece[i * b->n + j];
			const struct piece *x = &a->piece[i], *y = &b->piece[j];
			piece_init(p);
			mpz_mul(p->n1, x->n1, y->n1);
			mpz_mul(p->n2, x->n2, y->n2);
			mpz_mul_ui(p->d1, p->n1, 2);
			mpz_mul_ui(p->d2, p->n2, 4);
			add_facts(p, x);
			add_facts(p, y);
		}
	return d;
}

/* Columns whose level is settled already. */
struct used {
	uint32_t n, input[N_FACT_MAX];
};

static bool
is_used(const struct used *u, uint32_t input)
{
	for (uint32_t i = 0; i < u->n; i++)
		if (u->input[i] == input)
			return true;
	return false;
}

/* Of the first piece's columns the one that most pieces have a level of; 0: there is none. */
static uint32_t
common_input(const struct piece *const *p, uint32_t n, const struct used *u, uint32_t *input)
{
	uint32_t most = 0;

	for (uint32_t k = 0; n > 0 && k < p[0]->n_facts; k++) {
		uint32_t with = 0;
		for (uint32_t i = 0; i < n && !is_used(u, p[0]->fact[k].input); i++)
			with += level_of(p[i], p[0]->fact[k].input) >= 0;
		if (with > most) {
			most = with;
			*input = p[0]->fact[k].input;
		}
	}
	return most;
}

static void norms(struct ir *, const struct piece *const *, uint32_t n, const struct used *,
    mpz_t n1, mpz_t n2);

/* The pieces that have a level of the column, of which one level's are not 0; they leave the
 * list. */
static void
norms_of_column(struct ir *ir, const struct piece **p, uint32_t *n, const struct used *u,
    uint32_t input, mpz_t n1, mpz_t n2)
{
	struct used inside = *u;
	mpz_t a, b, most1, most2;
	uint32_t left = 0, k;
	const struct piece **one = compile_alloc(ir->compile, *n * sizeof *one);

	mpz_inits(a, b, most1, most2, NULL);
	inside.input[inside.n++] = input;
	for (uint32_t i = 0; i < *n; i++) {
		int64_t level = p[i] != NULL ? level_of(p[i], input) : -1;
		k = 0;
		for (uint32_t j = i; j < *n && level >= 0; j++)
			if (p[j] != NULL && level_of(p[j], input) == level) {
				one[k++] = p[j];
				p[j] = NULL;
			}
		norms(ir, one, k, &inside, a, b);
		if (mpz_cmp(a, most1) > 0)
			mpz_set(most1, a);
		if (mpz_cmp(b, most2) > 0)
			mpz_set(most2, b);
	}
	for (uint32_t i = 0; i < *n; i++)
		if (p[i] != NULL)
			p[left++] = p[i];
	*n = left;
	mpz_add(n1, n1, most1);
	mpz_add(n2, n2, most2);
	mpz_clears(a, b, most1, most2, NULL);
}

/* Norms of all pieces together.  Of those that have a level of one column, those of one level
 * count together, and of levels the one with the greatest norm; within a level another column
 * decides.
 * What has no level of it comes on top. */
static void
norms(struct ir *ir, const struct piece *const *p, uint32_t n, const struct used *u, mpz_t n1,
    mpz_t n2)
{
	const struct piece **list = compile_alloc(ir->compile, (n + 1u) * sizeof *list);
	uint32_t input = 0;

	mpz_set_ui(n1, 0);
	mpz_set_ui(n2, 0);
	memcpy(list, p, n * sizeof *list);
	while (n > 0) {
		if (u->n < N_FACT_MAX && common_input(list, n, u, &input) > 1) {
			norms_of_column(ir, list, &n, u, input, n1, n2);
			continue;
		}
		mpz_add(n1, n1, list[0]->n1);
		mpz_add(n2, n2, list[0]->n2);
		list[0] = list[--n];
	}
}

/* |f - g| <= |f| + |g|; where neither is negative, |f - g|^2 <= |f|^2 + |g|^2, else twice that. */
void
dep_distance(struct ir *ir, const struct dep *d, mpz_t l1, mpz_t l2)
{
	const struct piece **p = compile_alloc(ir->compile, (d->n + 1u) * sizeof *p);
	const struct used none = { 0 };
	mpz_t d1, d2;

	mpz_inits(d1, d2, NULL);
	for (uint32_t i = 0; i < d->n; i++) {
		p[i] = &d->piece[i];
		mpz_add(d1, d1, p[i]->d1);
		mpz_add(d2, d2, p[i]->d2);
	}
	norms(ir, p, d->n, &none, l1, l2);
	mpz_mul_ui(l1, l1, 2);
	mpz_mul_ui(l2, l2, d->negative ? 4 : 2);
	least(l1, d1);
	least(l2, d2);
	mpz_mul(d1, l1, l1);
	least(l2, d1);
	mpz_clears(d1, d2, NULL);
}

uint64_t
view_multiplicity(const struct ir *ir, const struct ir_value *v, uint64_t n)
{
	uint64_t most = 0, index[N_RANK_MAX] = { 0 };

	if (n > N_COUNTED_MAX || v->n > N_COUNTED_MAX)
		return 0;
	uint32_t *count = compile_alloc(ir->compile, (n + 1) * sizeof *count);
	for (uint64_t k = 0; k < v->n; k++) {
		int64_t at = v->view->offset.base;
		for (unsigned i = 0; i < v->rank; i++)
			at += (int64_t)index[i] * v->view->stride[i];
		if (++count[at] > most)
			most = count[at];
		for (unsigned i = v->rank; i-- > 0 && ++index[i] == v->dims[i];)
			index[i] = 0;
	}
	return most;
}

/* An axis whose step is no longer than all of the shorter ones reach takes some elements again. */
uint64_t
view_overlaps(const struct ir_value *v)
{
	uint64_t most = 1;

	for (unsigned i = 0; i < v->rank; i++) {
		uint64_t reach = 0, s = (uint64_t)v->view->stride[i];
		for (unsigned k = 0; k < v->rank; k++) {
			uint64_t t = (uint64_t)v->view->stride[k];
			if (k != i && (t < s || (t == s && k < i)))
				reach += (v->dims[k] - 1) * t;
		}
		if (s > 0 && v->dims[i] > 1 && reach >= s)
			most *= v->dims[i];
	}
	return most;
}
