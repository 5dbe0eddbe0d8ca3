/* check_differ_guard.c: is it few rows that two numbers tell?  See check_differ.h
 *
 * Of all pairs that are compared, how many rows are in one set only is one vector, so that all are
 * compared with the threshold at once. */
#include "check_differ_impl.h"

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

/* Does all of a line go out?  IR_NONE: it does. */
static ir_id
line_shown(struct pairs *p, struct row_set *s)
{
	ir_id n = IR_NONE;

	if (!s->guarded || s->shown != IR_NONE)
		return s->shown;
	for (uint32_t i = 0; i < s->n_members; i++) {
		const struct row_set *m = &p->df->set[s->member[i]];
		n = added(p, n, m->shown == IR_NONE ? const_si(p->ck, 1, p->at) :
		    element(p, m->shown, m->shown_at), 1);
	}
	s->shown_at = 0;
	return s->shown = bin(p->ck, IR_EQ, n, const_si(p->ck, s->n_members, p->at), 0, p->at);
}

/* How many rows are in what goes out of a line. */
static int64_t
line_left(struct pairs *p, struct row_set *s)
{
	ir_id sum = IR_NONE;

	for (uint32_t i = 0; i < s->n_members && s->left == IR_NONE; i++) {
		struct row_set *m = &p->df->set[s->member[i]];
		(void)set_size(p, m);
		ir_id n = element(p, m->size, m->size_at);
		if (m->shown != IR_NONE)
			n = bin(p->ck, IR_MUL, n, element(p, m->shown, m->shown_at), 0, p->at);
		sum = added(p, sum, n, 1);
	}
	if (s->left == IR_NONE) {
		refine_si(p->ck, sum, 0, (int64_t)s->n_rows);
		s->left = sum;
	}
	return pooled(p, &p->sizes, s->left, 0);
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
		struct pair *x = &p->pair[i];
		struct row_set *a = &p->df->set[x->later], *b = &p->df->set[x->before];
		index[0][i] = x->how == REL_RIGHT ? line_left(p, a) : set_size(p, a);
		index[1][i] = x->how == REL_LEFT ? line_left(p, b) : x->how == REL_ALONE ?
		    pooled(p, &p->sizes, const_si(p->ck, 0, p->at), 0) : set_size(p, b);
		index[2][i] = x->how == REL_RIGHT ? index[0][i] : x->how == REL_LEFT ||
		    x->how == REL_ALONE ? index[1][i] : meet_size(p, x);
		rows = (int64_t)a->n_rows > rows ? (int64_t)a->n_rows : rows;
	}
	ir_id all = pool_array(p, &p->sizes);
	for (unsigned k = 0; k < 3; k++)
		of[k] = picked(p, all, index[k], p->n);
	ir_id d = bin(p->ck, IR_SUB, bin(p->ck, IR_ADD, of[0], of[1], 0, p->at),
	    un(p->ck, IR_SCALE2, of[2], 1, p->at), 0, p->at);
	refine_si(p->ck, d, 0, rows);
	return d;
}

/* Where a set of each pair, the earlier or the later one, goes out as far as is known; IR_NONE:
 * everywhere.  Of a cell that is being decided nothing is asked, nor of what is counted itself. */
static ir_id
shown_of(struct pairs *p, bool later)
{
	int64_t *index = compile_alloc(p->ck->c, p->n * sizeof *index);
	ir_id always = const_si(p->ck, 1, p->at);
	struct pool pool = { 0 };
	bool any = false;

	for (uint32_t i = 0; i < p->n; i++) {
		const struct pair *x = &p->pair[i];
		struct row_set *s = &p->df->set[later ? x->later : x->before];
		ir_id id = x->how == (later ? REL_RIGHT : REL_LEFT) || x->how == REL_ALONE ||
		    (later && s->n_members == 0) ? IR_NONE : line_shown(p, s);
		any = any || id != IR_NONE;
		index[i] = pooled(p, &pool, id == IR_NONE ? always : id, id == IR_NONE ? 0 : s->shown_at);
	}
	return any ? picked(p, pool_array(p, &pool), index, p->n) : IR_NONE;
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
	ir_id d = differences(p), before = shown_of(p, false), later = shown_of(p, true);
	ir_id few = bin(p->ck, IR_LT, d, const_si(p->ck, (int64_t)policy->cells, p->at), 0, p->at);
	ir_id some = bin(p->ck, IR_LE, ir_const_array(p->ck->ir, least, 1, &n, 0, p->at), d, 0, p->at);
	few = and_(p->ck, few, some, p->at);
	if (before != IR_NONE)
		few = and_(p->ck, few, before, p->at);
	return later == IR_NONE ? few : and_(p->ck, few, later, p->at);
}

/* Of each of n cells or lines from `first` on, whose pairs stand one after another: does none tell
 * too few?  An array of n. */
static ir_id
none_tells(struct pairs *p, uint64_t first, uint64_t n)
{
	int64_t *to = compile_alloc(p->ck->c, 2 * n * sizeof *to), *place = &to[n];
	uint64_t n_told = 0, most = 0;
	const uint64_t one = 1;
	ir_id part[2], sum;

	/* to[k]: pairs of the first k cells that have any; place: of each cell, 0: it has none. */
	int64_t *end = compile_alloc(p->ck->c, (n + 1) * sizeof *end);
	for (uint32_t i = 0; i < p->n; i++) {
		uint64_t cell = p->df->set[p->pair[i].later].cell - first;
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


ir_id
differ_cells_guard(struct pairs *p, uint64_t n)
{
	return none_tells(p, p->r->cell, n);
}

/* Cells of lines that have pairs, line by line. */
struct places {
	uint32_t n;
	int64_t *cell, *line, *end;     /* of each: its cell, its line, the last place of its line */
	const struct row_set **set;
};

static struct places
places_of(struct pairs *p)
{
	bool *paired = compile_alloc(p->ck->c, p->r->n_lines * sizeof *paired);
	const struct row_set *line = &p->df->set[p->r->first_line];
	uint32_t most = 0;
	struct places d = { .n = 0 };

	for (uint32_t i = 0; i < p->n; i++)
		paired[p->pair[i].later - p->r->first_line] = true;
	for (uint32_t l = 0; l < p->r->n_lines; l++)
		most += paired[l] ? line[l].n_members : 0;
	d.cell = compile_alloc(p->ck->c, most * sizeof *d.cell);
	d.line = compile_alloc(p->ck->c, most * sizeof *d.line);
	d.end = compile_alloc(p->ck->c, most * sizeof *d.end);
	d.set = compile_alloc(p->ck->c, most * sizeof(struct row_set *));
	for (uint32_t l = 0; l < p->r->n_lines; l++)
		for (uint32_t i = 0, n = paired[l] ? line[l].n_members : 0; i < n; i++) {
			d.set[d.n] = &p->df->set[line[l].member[i]];
			d.cell[d.n] = (int64_t)(d.set[d.n]->cell - p->r->cell);
			d.line[d.n] = l;
			d.end[d.n] = (int64_t)(d.n - i + n - 1);
			d.n++;
		}
	return d;
}

/* The last cell of each line that goes out and is not empty. */
static ir_id
last_shown(struct pairs *p, const struct places *d)
{
	int64_t *size = compile_alloc(p->ck->c, d->n * sizeof *size);
	int64_t *shown = compile_alloc(p->ck->c, d->n * sizeof *shown);
	ir_id always = const_si(p->ck, 1, p->at), some, sum;
	struct pool pool = { 0 };

	for (uint32_t i = 0; i < d->n; i++) {
		const struct row_set *s = d->set[i];
		size[i] = set_size(p, &p->df->set[s - p->df->set]);
		shown[i] = pooled(p, &pool, s->shown == IR_NONE ? always : s->shown,
		    s->shown == IR_NONE ? 0 : s->shown_at);
	}
	some = picked(p, pool_array(p, &p->sizes), size, d->n);
	some = bin(p->ck, IR_LT, const_si(p->ck, 0, p->at), some, 0, p->at);
	some = and_(p->ck, some, picked(p, pool_array(p, &pool), shown, d->n), p->at);
	sum = ir_reduce(p->ck->ir, IR_CUMSUM, some, 0, p->at);
	sum = bin(p->ck, IR_SUB, picked(p, sum, d->end, d->n), sum, 0, p->at);
	refine_si(p->ck, sum, 0, N_LINE_CELLS);
	return and_(p->ck, some, bin(p->ck, IR_EQ, sum, const_si(p->ck, 0, p->at), 0, p->at), p->at);
}

/* Of each cell, what is said of the k-th place that it has, or 1; false: no cell has so many. */
static bool
kth_place(struct pairs *p, const struct places *d, ir_id ok, uint64_t n, uint32_t k, ir_id *out)
{
	const uint64_t one = 1;
	int64_t *index = compile_alloc(p->ck->c, n * sizeof *index);
	uint32_t *seen = compile_alloc(p->ck->c, n * sizeof *seen);
	bool any = false;

	for (uint64_t i = 0; i < n; i++)
		index[i] = d->n;
	for (uint32_t i = 0; i < d->n; i++)
		if (seen[d->cell[i]]++ == k) {
			index[d->cell[i]] = i;
			any = true;
		}
	if (!any)
		return false;
	ir_id part[2] = { ok, ir_broadcast(p->ck->ir, const_si(p->ck, 1, p->at), 1, &one, p->at) };
	*out = picked(p, ir_concat(p->ck->ir, part, 2, p->at), index, n);
	return true;
}

ir_id
differ_lines_guard(struct pairs *p, uint64_t n)
{
	const struct places d = places_of(p);
	ir_id ok = none_tells(p, p->r->cell + n, p->r->n_lines), all, more;

	ok = or_(p->ck, picked(p, ok, d.line, d.n), not_(p->ck, last_shown(p, &d), p->at), p->at);
	(void)kth_place(p, &d, ok, n, 0, &all);
	for (uint32_t k = 1; kth_place(p, &d, ok, n, k, &more); k++)
		all = and_(p->ck, all, more, p->at);
	return all;
}
