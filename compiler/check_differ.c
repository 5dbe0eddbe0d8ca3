/* check_differ.c: which numbers are withheld since others went out before; see check_differ.h
 *
 * Of all pairs that are compared, how many rows are in one set only is one vector, so that all are
 * compared with the threshold at once. */
#include "check_differ_impl.h"

#include <string.h>

enum relation { REL_SAME, REL_APART, REL_INSIDE, REL_AROUND, REL_CROSSING };

/* A number that may have to be withheld, and one that went out before. */
struct pair {
	uint32_t later, before;
	enum relation how;
};

/* Elements of several arrays as those of one. */
struct pool {
	uint32_t n, cap;
	ir_id *id;
	uint64_t *from, length;
};

struct pairs {
	struct check *ck;
	struct differ *df;
	const struct released *r;
	struct span at;
	uint32_t n, cap, n_meets;
	struct pair *pair;
	struct pool sizes, shown;
};

/* Of the set a as it stands to b. */
static enum relation
relation(struct differ *df, const struct row_set *a, const struct row_set *b)
{
	struct forms *f = df->forms;

	if (!a->known || !b->known)
		return REL_CROSSING;
	if (form_equal(&a->form, &b->form))
		return REL_SAME;
	struct form both = form_product(f, &a->form, &b->form);
	if (f->full) {
		f->full = false;
		return REL_CROSSING;
	}
	return both.n == 0 ? REL_APART : form_equal(&both, &a->form) ? REL_INSIDE :
	    form_equal(&both, &b->form) ? REL_AROUND : REL_CROSSING;
}

static bool
some_shared(const struct row_key *a, const struct row_key *b)
{
	for (uint32_t i = 0; i < a->n; i++)
		for (uint32_t k = 0; k < b->n; k++)
			if (a->input[i] == b->input[k])
				return true;
	return (a->many && b->n > 0) || (b->many && a->n > 0);
}

static bool
same_line(const struct atom *a, const struct atom *b)
{
	return a->kind == b->kind && a->id == b->id && a->offset == b->offset &&
	    a->stride == b->stride;
}

/* The columns of the conditions of a set, but for presence and for what is like `not_of`. */
static struct row_key
conditions(struct check *ck, struct differ *df, const struct row_set *s, const struct atom *not_of)
{
	struct row_key all = s->columns;

	for (uint32_t i = 0; i < s->n_atoms; i++) {
		const struct atom *a = &df->forms->atom[s->atom[i]];
		const struct row_key *k = differ_columns(ck, df, s->atom[i]);
		if ((a->kind == ATOM_INPUT && a->part == 1) || (not_of != NULL && same_line(a, not_of)) ||
		    (not_of != NULL && not_of->kind == ATOM_INPUT && a->kind == ATOM_INPUT))
			continue;
		for (uint32_t j = 0; j < k->n && all.n < N_KEY_MAX; j++)
			all.input[all.n++] = k->input[j];
		all.many |= k->many || all.n == N_KEY_MAX;
	}
	return all;
}

/* Do they have a condition of one kind, or ones about one column of which it is not seen how they
 * are related? */
static bool
alike(struct check *ck, struct differ *df, const struct row_set *a, const struct row_set *b)
{
	const struct forms *f = df->forms;

	for (uint32_t i = 0; i < a->n_atoms; i++)
		for (uint32_t k = 0; k < b->n_atoms; k++) {
			const struct atom *x = &f->atom[a->atom[i]], *y = &f->atom[b->atom[k]];
			if (same_line(x, y))
				return true;
		}
	struct row_key p = conditions(ck, df, a, NULL), q = conditions(ck, df, b, NULL);
	return some_shared(&p, &q);
}

static bool
unclear(struct check *ck, struct differ *df, const struct row_set *a, const struct row_set *b)
{
	if (!a->known || !b->known)
		return true;
	for (uint32_t i = 0; i < a->n_atoms; i++) {
		const struct atom *x = &df->forms->atom[a->atom[i]];
		struct row_key q = conditions(ck, df, b, x);
		if ((x->kind != ATOM_INPUT || x->part != 1) &&
		    some_shared(differ_columns(ck, df, a->atom[i]), &q))
			return true;
	}
	return false;
}

static bool
some_learn_both(const struct check *ck, const struct row_set *a, const struct row_set *b)
{
	for (uint32_t i = 0; i < ck->ir->n_parties; i++)
		if (a->to[i] && b->to[i])
			return true;
	return false;
}

/* Is their difference to be looked at? */
static bool
compared(struct check *ck, struct differ *df, const struct row_set *a, const struct row_set *b,
    enum relation *how)
{
	const bool count = a->key.n == 0 && !a->key.many;

	if (a->cell == b->cell || a->group != b->group || a->key.n != b->key.n ||
	    a->key.many != b->key.many ||
	    memcmp(a->key.input, b->key.input, a->key.n * sizeof *a->key.input) != 0 ||
	    (a->d != NULL && a->d == b->d && a->by_library && b->by_library) ||
	    !some_learn_both(ck, a, b) || (count && !alike(ck, df, a, b)))
		return false;
	*how = relation(df, a, b);
	if (*how == REL_SAME || *how == REL_APART)
		return false;
	return !count || *how != REL_CROSSING || unclear(ck, df, a, b);
}

static void
find_pairs(struct pairs *p, uint32_t first)
{
	struct differ *df = p->df;
	enum relation how;

	for (uint32_t i = first; i < df->n; i++)
		for (uint32_t k = 0; k < i; k++) {
			if (!compared(p->ck, df, &df->set[i], &df->set[k], &how))
				continue;
			p->n_meets += how == REL_CROSSING;
			if (p->n == N_PAIR_MAX || p->n_meets > N_MEET_MAX)
				differ_too_many(p->ck, p->r);
			p->pair = ir_grow(p->ck->c, p->pair, &p->cap, p->n, sizeof *p->pair);
			p->pair[p->n++] = (struct pair){ i, k, how };
		}
}

/* Where an element stands in the pool. */
static int64_t
pooled(struct pairs *p, struct pool *pool, ir_id id, uint64_t at)
{
	uint32_t i = 0;

	while (i < pool->n && pool->id[i] != id)
		i++;
	if (i < pool->n)
		return (int64_t)(pool->from[i] + at);
	if (pool->n == pool->cap) {
		uint32_t room = pool->cap;
		pool->id = ir_grow(p->ck->c, pool->id, &room, pool->n, sizeof *pool->id);
		pool->from = ir_grow(p->ck->c, pool->from, &pool->cap, pool->n, sizeof *pool->from);
	}
	pool->id[pool->n] = id;
	pool->from[pool->n++] = pool->length;
	pool->length += p->ck->ir->value[id].n;
	return (int64_t)(pool->from[i] + at);
}

static ir_id
pool_array(struct pairs *p, const struct pool *pool)
{
	ir_id *part = compile_alloc(p->ck->c, pool->n * sizeof *part);

	for (uint32_t i = 0; i < pool->n; i++) {
		uint64_t n = p->ck->ir->value[pool->id[i]].n;
		part[i] = ir_reshape(p->ck->ir, pool->id[i], 1, &n, p->at);
	}
	return pool->n == 1 ? part[0] : ir_concat(p->ck->ir, part, pool->n, p->at);
}

static ir_id
picked(struct pairs *p, ir_id a, const int64_t *index, uint64_t n)
{
	mpz_t *z = compile_alloc(p->ck->c, n * sizeof *z);

	for (uint64_t i = 0; i < n; i++)
		mpz_init_set_si(z[i], index[i]);
	return ir_gather(p->ck->ir, a, ir_const_array(p->ck->ir, z, 1, &n, 0, p->at), false, p->at);
}

/* Is a row in it? */
static ir_id
piece_rows(struct pairs *p, const struct piece *x)
{
	ir_id d = IR_NONE;

	for (unsigned k = 0; k < 2; k++) {
		struct ir_view view = { .offset.base = x->line[k].offset, .stride = { x->line[k].stride } };
		if (x->line[k].id == IR_NONE)
			continue;
		ir_id a = ir_view(p->ck->ir, x->line[k].id, 1, &x->rows, &view, p->at);
		d = d == IR_NONE ? a : and_(p->ck, d, a, p->at);
	}
	return d != IR_NONE ? d : ir_broadcast(p->ck->ir, const_si(p->ck, 1, p->at), 1, &x->rows, p->at);
}

static ir_id
added(struct pairs *p, ir_id sum, ir_id a, int sign)
{
	if (sum == IR_NONE)
		sum = full_like(p->ck, a, 0, 0, p->at);
	return bin(p->ck, sign > 0 ? IR_ADD : IR_SUB, sum, a, 0, p->at);
}

/* Is a condition true of a row? */
static ir_id
atom_rows(struct pairs *p, const struct atom *a, uint64_t rows)
{
	struct ir_view view = { .offset.base = a->offset, .stride = { a->stride } };
	ir_id id = a->id;

	if (a->kind == ATOM_INPUT)
		for (id = 0; p->ck->ir->value[id].op != IR_INPUT || p->ck->ir->value[id].imm[0] != a->id ||
		    p->ck->ir->value[id].imm[1] != a->part;)
			id++;
	id = ir_view(p->ck->ir, id, 1, &rows, &view, p->at);
	if (a->kind != ATOM_AT_MOST)
		return id;
	mpz_t z;
	mpz_init_set_si(z, a->part);
	return bin(p->ck, IR_LE, id, ir_const(p->ck->ir, z, ir_frac(p->ck, id), p->at), 0, p->at);
}

/* A form of conditions that is 0 or 1, of each row. */
static ir_id
form_rows(struct pairs *p, const struct form *f, uint64_t rows)
{
	const struct forms *of = p->df->forms;
	ir_id sum = IR_NONE;

	for (uint32_t i = 0; i < f->n; i++) {
		const struct monomial *m = &of->monomial[f->term[i].monomial];
		const bool minus = f->term[i].coef > FORM_PRIME / 2;
		ir_id d = m->n == 0 ? ir_broadcast(p->ck->ir, const_si(p->ck, 1, p->at), 1, &rows, p->at) :
		    atom_rows(p, &of->atom[m->atom[0]], rows);
		for (uint32_t k = 1; k < m->n; k++)
			d = and_(p->ck, d, atom_rows(p, &of->atom[m->atom[k]], rows), p->at);
		int64_t coef = (int64_t)(minus ? FORM_PRIME - f->term[i].coef : f->term[i].coef);
		if (coef != 1)
			d = bin(p->ck, IR_MUL, d, const_si(p->ck, coef, p->at), 0, p->at);
		sum = i == 0 && !minus ? d : added(p, sum, d, minus ? -1 : 1);
	}
	if (f->n > 1)
		refine_si(p->ck, sum, 0, 1);
	return sum;
}

static ir_id
set_rows(struct pairs *p, struct row_set *s)
{
	ir_id d = IR_NONE;

	if (s->rows != IR_NONE)
		return s->rows;
	if (s->n_pieces == 0)
		return s->rows = form_rows(p, &s->form, s->n_rows);
	for (uint32_t i = 0; i < s->n_pieces; i++) {
		ir_id a = piece_rows(p, &s->piece[i]);
		d = s->n_pieces == 1 && s->piece[i].sign > 0 ? a : added(p, d, a, s->piece[i].sign);
	}
	if (s->n_pieces > 1)
		refine_si(p->ck, d, 0, 1);
	return s->rows = d;
}

static ir_id
element(struct pairs *p, ir_id a, uint64_t at)
{
	struct ir_view view = { .offset.base = (int64_t)at };

	return ir_view(p->ck->ir, a, 0, NULL, &view, p->at);
}

/* How many rows are in a piece: an element of *id. */
static ir_id
piece_size(struct pairs *p, const struct piece *x, uint64_t *at)
{
	*at = 0;
	if (x->count == IR_NONE && x->at != UINT64_MAX)
		return const_si(p->ck, (int64_t)x->rows, p->at);
	if (x->count == IR_NONE)
		return reduce_all(p->ck, IR_SUM, piece_rows(p, x), p->at);
	*at = x->at;
	return x->count;
}

static int64_t
set_size(struct pairs *p, struct row_set *s)
{
	ir_id d = IR_NONE;

	if (s->size == IR_NONE && s->n_pieces == 0) {
		s->size = reduce_all(p->ck, IR_SUM, set_rows(p, s), p->at);
	} else if (s->size == IR_NONE && s->n_pieces == 1 && s->piece[0].sign > 0) {
		s->size = piece_size(p, &s->piece[0], &s->size_at);
	} else if (s->size == IR_NONE) {
		for (uint32_t i = 0; i < s->n_pieces; i++) {
			uint64_t at;
			ir_id a = piece_size(p, &s->piece[i], &at);
			d = added(p, d, element(p, a, at), s->piece[i].sign);
		}
		refine_si(p->ck, d, 0, (int64_t)s->n_rows);
		s->size = d;
	}
	return pooled(p, &p->sizes, s->size, s->size_at);
}

static int64_t
meet_size(struct pairs *p, struct pair *x)
{
	struct row_set *a = &p->df->set[x->later], *b = &p->df->set[x->before];

	if (x->how == REL_INSIDE)
		return set_size(p, a);
	if (x->how == REL_AROUND)
		return set_size(p, b);
	ir_id both = and_(p->ck, set_rows(p, a), set_rows(p, b), p->at);
	return pooled(p, &p->sizes, reduce_all(p->ck, IR_SUM, both, p->at), 0);
}

/* How many rows are in just one of each pair's sets. */
static ir_id
differences(struct pairs *p)
{
	int64_t *index[3], rows = 0;
	ir_id of[3];

	for (unsigned k = 0; k < 3; k++)
		index[k] = compile_alloc(p->ck->c, p->n * sizeof *index[k]);
	for (uint32_t i = 0; i < p->n; i++) {
		struct row_set *s = &p->df->set[p->pair[i].later];
		index[0][i] = set_size(p, s);
		index[1][i] = set_size(p, &p->df->set[p->pair[i].before]);
		index[2][i] = meet_size(p, &p->pair[i]);
		rows = (int64_t)s->n_rows > rows ? (int64_t)s->n_rows : rows;
	}
	ir_id all = pool_array(p, &p->sizes);
	for (unsigned k = 0; k < 3; k++)
		of[k] = picked(p, all, index[k], p->n);
	ir_id d = bin(p->ck, IR_SUB, bin(p->ck, IR_ADD, of[0], of[1], 0, p->at),
	    un(p->ck, IR_SCALE2, of[2], 1, p->at), 0, p->at);
	refine_si(p->ck, d, 0, rows);
	return d;
}

/* Where the earlier one goes out, as far as is known without this rule; IR_NONE: everywhere. */
static ir_id
shown_before(struct pairs *p)
{
	int64_t *index = compile_alloc(p->ck->c, p->n * sizeof *index);
	ir_id always = const_si(p->ck, 1, p->at);
	bool any = false;

	for (uint32_t i = 0; i < p->n; i++) {
		const struct row_set *s = &p->df->set[p->pair[i].before];
		any = any || s->shown != IR_NONE;
		index[i] = s->shown == IR_NONE ? pooled(p, &p->shown, always, 0) :
		    pooled(p, &p->shown, s->shown, s->shown_at);
	}
	return any ? picked(p, pool_array(p, &p->shown), index, p->n) : IR_NONE;
}

/* Of each pair: does it tell too few? */
static ir_id
telling(struct pairs *p)
{
	const struct policy *policy = p->ck->c->options->policy;
	mpz_t *least = compile_alloc(p->ck->c, p->n * sizeof *least);
	const uint64_t n = p->n;

	for (uint32_t i = 0; i < p->n; i++)
		mpz_init_set_si(least[i], policy->zeros && p->df->set[p->pair[i].later].key.n == 0 ? 0 : 1);
	ir_id d = differences(p), shown = shown_before(p);
	ir_id few = bin(p->ck, IR_LT, d, const_si(p->ck, (int64_t)policy->cells, p->at), 0, p->at);
	ir_id some = bin(p->ck, IR_LE, ir_const_array(p->ck->ir, least, 1, &n, 0, p->at), d, 0, p->at);
	few = and_(p->ck, few, some, p->at);
	return shown == IR_NONE ? few : and_(p->ck, few, shown, p->at);
}

/* Of each of n cells, whose pairs stand one after another: does none tell too few? */
static ir_id
none_tells(struct pairs *p, uint64_t n)
{
	int64_t *to = compile_alloc(p->ck->c, 2 * n * sizeof *to), *place = &to[n];
	uint64_t n_told = 0, most = 0;
	const uint64_t one = 1;
	ir_id part[2], sum;

	/* to[k]: pairs of the first k cells that have any; place: of each cell, 0: it has none. */
	int64_t *end = compile_alloc(p->ck->c, (n + 1) * sizeof *end);
	for (uint32_t i = 0; i < p->n; i++) {
		uint64_t cell = p->df->set[p->pair[i].later].cell - p->r->cell;
		if (place[cell] == 0)
			place[cell] = (int64_t)++n_told;
		end[n_told] = i + 1;
		uint64_t pairs = (uint64_t)(end[n_told] - end[n_told - 1]);
		most = pairs > most ? pairs : most;
	}
	part[0] = ir_broadcast(p->ck->ir, const_si(p->ck, 0, p->at), 1, &one, p->at);
	part[1] = ir_reduce(p->ck->ir, IR_CUMSUM, telling(p), 0, p->at);
	sum = ir_concat(p->ck->ir, part, 2, p->at);
	sum = bin(p->ck, IR_SUB, picked(p, sum, &end[1], n_told), picked(p, sum, end, n_told), 0, p->at);
	refine_si(p->ck, sum, 0, (int64_t)most);
	part[0] = ir_broadcast(p->ck->ir, const_si(p->ck, 1, p->at), 1, &one, p->at);
	part[1] = bin(p->ck, IR_EQ, sum, const_si(p->ck, 0, p->at), 0, p->at);
	return picked(p, ir_concat(p->ck->ir, part, 2, p->at), place, n);
}

static struct differ *
differ_of(struct check *ck, struct span at)
{
	if (ck->differ != NULL)
		return ck->differ;
	ck->differ = compile_alloc(ck->c, sizeof *ck->differ);
	ck->differ->support = support_begin(ck, ck->c->options->policy, at);
	ck->differ->forms = forms_new(ck->ir);
	ck->differ->forms->levels_apart = true;
	ck->differ->leaf = compile_alloc(ck->c, N_PIECE_MAX * sizeof *ck->differ->leaf);
	ck->differ->summed = compile_alloc(ck->c, N_SUMS_KEPT * sizeof *ck->differ->summed);
	ck->differ->columns = compile_alloc(ck->c, FORMS_MAX * sizeof(struct row_key *));
	return ck->differ;
}

static struct released
release(struct check *ck, const struct decl *d, ir_id v, ir_id shown, struct span at)
{
	bool *to = compile_alloc(ck->c, (ck->ir->n_parties + 1) * sizeof *to);
	struct differ *df = differ_of(ck, at);
	struct released r = { .d = d, .to = to, .v = v, .shown = shown, .at = at, .cell = df->n_cells };

	for (uint32_t i = 0; d == NULL && i < ck->ir->n_parties; i++)
		to[i] = true;
	if (d != NULL)
		output_learners(ck, d, to);
	df->support.at = at_span(ck, at);
	return r;
}

static void
note_all(struct check *ck, struct released *r)
{
	const uint64_t n = ck->ir->value[r->v].open == SECRET ? ck->ir->value[r->v].n : 0;

	if (n > N_CELL_MAX)
		differ_too_many(ck, r);
	for (uint64_t i = 0; i < n; i++)
		differ_note(ck, ck->differ, r, i);
	if (!r->together)
		ck->differ->n_cells += n;
}

/* What is withheld for what went out before tells nothing of what follows. */
static ir_id
settled(struct pairs *p, uint32_t first, uint64_t n)
{
	struct differ *df = p->df;
	ir_id ok, shown;

	find_pairs(p, first);
	if (p->n == 0)
		return IR_NONE;
	ok = shown = none_tells(p, n);
	if (p->r->shown != IR_NONE) {
		shown = ir_reshape(p->ck->ir, p->r->shown, 1, &p->ck->ir->value[p->r->shown].n, p->at);
		shown = and_(p->ck, ok, ir_broadcast(p->ck->ir, shown, 1, &n, p->at), p->at);
	}
	for (uint32_t i = first; i < df->n; i++) {
		df->set[i].shown = shown;
		df->set[i].shown_at = df->set[i].cell - p->r->cell;
	}
	return ok;
}

ir_id
differ_cells(struct check *ck, const struct decl *d, ir_id v, ir_id shown)
{
	const struct ir_value x = ck->ir->value[v];

	if (ck->c->options->policy == NULL || x.open != SECRET)
		return IR_NONE;
	struct released r = release(ck, d, v, shown, d->name_span);
	struct pairs p = { .ck = ck, .df = ck->differ, .r = &r, .at = at_span(ck, d->span) };
	const uint32_t first = ck->differ->n;
	note_all(ck, &r);
	ir_id ok = settled(&p, first, x.n);
	return ok == IR_NONE ? ok : ir_reshape(ck->ir, ok, x.rank, x.dims, p.at);
}

ir_id
differ_record(struct check *ck, const struct decl *d, const struct val *record, ir_id shown)
{
	struct released r = release(ck, d, IR_NONE, shown, d->name_span);
	struct pairs p = { .ck = ck, .df = ck->differ, .r = &r, .at = at_span(ck, d->span) };
	const uint32_t first = ck->differ->n;

	r.together = true;
	for (uint32_t i = 0; i < record->n_fields; i++) {
		const struct val x = settle(ck, concrete(ck, record->of[i], d->span), d->span);
		if (x.v == IR_NONE || x.axis == AXIS_ROWS || (x.kind == V_INT && is_count(ck, x.v)))
			continue;
		r.v = x.v;
		note_all(ck, &r);
	}
	ck->differ->n_cells++;
	ir_id ok = settled(&p, first, 1);
	return ok == IR_NONE ? ok : element(&p, ok, 0);
}

void
differ_revealed(struct check *ck, ir_id v, struct span at)
{
	struct released r = release(ck, NULL, v, IR_NONE, at);
	struct pairs p = { .ck = ck, .df = ck->differ, .r = &r, .at = at_span(ck, at) };
	const uint32_t first = ck->differ->n;

	note_all(ck, &r);
	find_pairs(&p, first);
	if (p.n > 0)
		compile_forbid(ck->c, at, "reveal it before the outputs; then they can be withheld",
		    "the policy does not let this be revealed: beside what went out before it may tell "
		    "few rows");
}
