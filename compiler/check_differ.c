/* check_differ.c: which numbers are withheld since others went out before; see check_differ.h */
#include "check_differ_impl.h"

#include <string.h>

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

/* Cells of one output that have no row in common are no ways to tell one thing; lines are compared
 * with what others tell, and bounds with bounds or numbers. */
static bool
to_compare(struct differ *df, const struct row_set *a, const struct row_set *b)
{
	const struct form *x = a->bound_of != NULL ? a->bound_of : &a->form;
	const struct form *y = b->bound_of != NULL ? b->bound_of : &b->form;

	if (a->n_members > 0 || b->n_members > 0)
		return a->d != b->d && a->bound_of == NULL && b->bound_of == NULL;
	if (a->d == NULL || a->d != b->d)
		return true;
	if (a->by_library && b->by_library)
		return false;
	if (!a->known || !b->known || (a->bound_of == NULL && b->bound_of == NULL))
		return true;
	struct form both = form_product(df->forms, x, y);
	bool apart = !df->forms->full && both.n == 0;
	df->forms->full = false;
	return !apart;
}

/* One number made of sums over a set, and over another one: only where the program made them. */
static bool
within_one(const struct row_set *a, const struct row_set *b)
{
	return a->cell == b->cell && (a->bound_of != NULL || b->bound_of != NULL || a->d == NULL ||
	    (a->by_library && b->by_library));
}

/* Is their difference to be looked at? */
static bool
compared(struct check *ck, struct differ *df, const struct row_set *a, const struct row_set *b,
    enum relation *how)
{
	const bool count = a->key.n == 0 && !a->key.many;

	if (within_one(a, b) || a->group != b->group || a->key.n != b->key.n ||
	    a->key.many != b->key.many ||
	    memcmp(a->key.input, b->key.input, a->key.n * sizeof *a->key.input) != 0 ||
	    !some_learn_both(ck, a, b) || !to_compare(df, a, b) || (count && !alike(ck, df, a, b)))
		return false;
	*how = relation(df, a, b);
	if (*how == REL_APART || (*how == REL_SAME && !a->guarded && !b->guarded))
		return false;
	return *how == REL_SAME || !count || *how != REL_CROSSING || unclear(ck, df, a, b);
}

static void
add_pair(struct pairs *p, uint32_t later, uint32_t before, enum relation how)
{
	p->n_meets += how == REL_CROSSING;
	if (p->n == N_PAIR_MAX || p->n_meets > N_MEET_MAX)
		differ_too_many(p->ck, p->r);
	p->pair = ir_grow(p->ck->c, p->pair, &p->cap, p->n, sizeof *p->pair);
	p->pair[p->n++] = (struct pair){ later, before, how };
}

/* Sums of which some are subtracted: what they make together may be few rows, though each has
 * enough.  Of counts the number itself says so. */
static bool
is_difference(const struct row_set *s)
{
	bool minus = false;

	for (uint32_t i = 0; i < s->n_pieces; i++)
		minus = minus || s->piece[i].sign < 0;
	return minus && s->n_members == 0 && s->bound_of == NULL && (s->key.n > 0 || s->key.many);
}

/* Of sets from..to with all before. */
static void
find_pairs(struct pairs *p, uint32_t from, uint32_t to)
{
	struct differ *df = p->df;
	enum relation how;

	p->n = p->n_meets = 0;
	p->sizes = (struct pool){ 0 };
	for (uint32_t i = from; i < to; i++) {
		if (is_difference(&df->set[i]))
			add_pair(p, i, i, REL_ALONE);
		for (uint32_t k = 0; k < i; k++) {
			const struct row_set *a = &df->set[i], *b = &df->set[k];
			if (!compared(p->ck, df, a, b, &how))
				continue;
			/* What is left of a line may tell something where all of it does not. */
			if (a->guarded && (how == REL_SAME || how == REL_INSIDE))
				add_pair(p, i, k, REL_RIGHT);
			if (b->guarded && (how == REL_SAME || how == REL_AROUND))
				add_pair(p, i, k, REL_LEFT);
			if (how != REL_SAME)
				add_pair(p, i, k, how);
		}
	}
}

static struct differ *
differ_of(struct check *ck, struct span at)
{
	if (ck->differ != NULL)
		return ck->differ;
	ck->differ = compile_alloc(ck->c, sizeof *ck->differ);
	ck->differ->support = support_begin(ck, ck->c->options->policy, at);
	ck->differ->forms = forms_new(ck->ir);
	ck->differ->forms->levels_most = N_LEVEL_SUM;
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
	r->n_put = n > 0 ? mixed_sums(ck, r->v, &r->put) : 0;
	for (uint64_t i = 0; i < n; i++)
		differ_note(ck, ck->differ, r, i);
	if (!r->together)
		ck->differ->n_cells += n;
}

/* How many decisions those of the pairs wait for. */
static uint32_t
depth_of(const struct pairs *p)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < p->n; i++) {
		const struct row_set *s = &p->df->set[p->pair[i].before];
		for (uint32_t k = 0; k < s->n_members; k++) {
			uint32_t d = p->df->set[s->member[k]].depth;
			most = d > most ? d : most;
		}
		most = s->depth > most ? s->depth : most;
	}
	return most + 1;
}

/* What is withheld for what went out before tells nothing of what follows. */
static void
withhold(struct pairs *p, uint32_t first, uint32_t end, ir_id ok, uint64_t n)
{
	for (uint32_t i = first; i < end; i++) {
		struct row_set *s = &p->df->set[i];
		ir_id shown = ok;
		if (s->shown != IR_NONE) {
			shown = ir_reshape(p->ck->ir, s->shown, 1, &p->ck->ir->value[s->shown].n, p->at);
			shown = and_(p->ck, ok, ir_broadcast(p->ck->ir, shown, 1, &n, p->at), p->at);
		}
		s->shown = shown;
		s->shown_at = s->cell - p->r->cell;
	}
	for (uint32_t i = end; i < p->df->n; i++) {
		p->df->set[i].guarded = true;
		p->df->set[i].shown = p->df->set[i].left = IR_NONE;
	}
}

/* First what each of n cells tells by itself, then what those that are left tell together. */
static ir_id
settled(struct pairs *p, uint32_t first, uint64_t n)
{
	struct differ *df = p->df;
	const uint32_t end = p->r->n_lines > 0 ? p->r->first_line : df->n;
	ir_id ok = IR_NONE;

	find_pairs(p, first, end);
	uint32_t depth = p->n > 0 ? depth_of(p) : 0;
	if (p->n > 0)
		ok = differ_cells_guard(p, n);
	if (p->n > 0 && depth <= N_WAIT_MAX)
		withhold(p, first, end, ok, n);
	find_pairs(p, end, df->n);
	if (p->n > 0) {
		ir_id lines = differ_lines_guard(p, n);
		uint32_t of_lines = depth_of(p);
		depth = of_lines > depth ? of_lines : depth;
		if (depth <= N_WAIT_MAX)
			withhold(p, first, end, lines, n);
		ok = ok == IR_NONE ? lines : and_(p->ck, ok, lines, p->at);
	}
	for (uint32_t i = first; i < end && depth <= N_WAIT_MAX; i++)
		df->set[i].depth = depth;
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
	differ_lines(ck, ck->differ, &r, first);
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
		const struct val x = policy_field(ck, &record->of[i], d->span);
		if (x.v == IR_NONE || x.axis == AXIS_ROWS || policy_counts(ck, &x))
			continue;
		r.v = x.v;
		note_all(ck, &r);
	}
	ck->differ->n_cells++;
	ir_id ok = settled(&p, first, 1);
	return ok == IR_NONE ? ok : ir_reshape(ck->ir, ok, 0, NULL, p.at);
}

ir_id
differ_rows(struct check *ck, const struct decl *d, ir_id v, ir_id shown)
{
	struct released r = release(ck, d, v, shown, d->name_span);
	struct pairs p = { .ck = ck, .df = ck->differ, .r = &r, .at = at_span(ck, d->span) };
	const uint32_t first = ck->differ->n;

	r.together = true;
	r.n_put = mixed_sums(ck, v, &r.put);
	if (r.n_put > 0)
		differ_note(ck, ck->differ, &r, 0);
	ck->differ->n_cells++;
	ir_id ok = settled(&p, first, 1);
	return ok == IR_NONE ? ok : ir_reshape(ck->ir, ok, 0, NULL, p.at);
}

void
differ_revealed(struct check *ck, ir_id v, struct span at)
{
	struct released r = release(ck, NULL, v, IR_NONE, at);
	struct pairs p = { .ck = ck, .df = ck->differ, .r = &r, .at = at_span(ck, at) };
	const uint32_t first = ck->differ->n;

	note_all(ck, &r);
	find_pairs(&p, first, ck->differ->n);
	if (p.n > 0)
		compile_forbid(ck->c, at, "reveal it before the outputs; then they can be withheld",
		    "the policy does not let this be revealed: beside what went out before it may tell "
		    "few rows");
}
