/* check_differ_sets.c: over which rows a released number is a sum; see check_differ.h
 *
 * From an element of an output back to elements of sums over rows.  As long as these are only added
 * and subtracted, the number is one sum over what the pieces make together, if that is a set of
 * rows; else each piece is a set by itself. */
#include <string.h>

#include "check_differ_impl.h"

static const struct ir_value *
value(const struct differ_walk *w, ir_id id)
{
	return &w->ck->ir->value[id];
}

void
differ_too_many(struct check *ck, const struct released *r)
{
	compile_forbid(ck->c, r->at, "fewer outputs in one program, or with fewer cells",
	    "the policy does not let %s%s%s out: it and what went out before are too many numbers to "
	    "see what their differences tell", r->d != NULL ? "\"" : "", r->d != NULL ? r->d->name :
	    "this", r->d != NULL ? "\"" : "");
}

static bool
add_column(struct row_key *k, uint32_t input, bool twice)
{
	uint32_t i = 0;

	while (i < k->n && k->input[i] < input)
		i++;
	if (!twice && i < k->n && k->input[i] == input)
		return true;
	if (k->n == N_KEY_MAX) {
		k->many = true;
		return false;
	}
	memmove(&k->input[i + 1], &k->input[i], (k->n - i) * sizeof *k->input);
	k->input[i] = input;
	k->n++;
	return true;
}

/* Columns that a value with rows is made of. */
static void
columns_of(struct check *ck, struct differ *df, ir_id id, struct row_key *k)
{
	uint8_t *seen = compile_alloc(ck->c, (size_t)id + 1);

	seen[id] = 1;
	for (ir_id i = id + 1; i-- > 0;) {
		const struct ir_value *v = &ck->ir->value[i];
		if (!seen[i] || layout_of(&df->support, i).state == LAYOUT_NONE)
			continue;
		if (v->op == IR_INPUT)
			(void)add_column(k, (uint32_t)v->imm[0], false);
		for (uint32_t j = 0; j < v->n_args; j++)
			seen[v->args[j]] = 1;
	}
}

const struct row_key *
differ_columns(struct check *ck, struct differ *df, uint32_t atom)
{
	const struct atom *a = &df->forms->atom[atom];
	struct row_key *k = df->columns[atom];

	if (k != NULL)
		return k;
	k = df->columns[atom] = compile_alloc(ck->c, sizeof *k);
	if (a->kind == ATOM_INPUT)
		(void)add_column(k, a->id, false);
	else if (a->kind != ATOM_SUM)
		columns_of(ck, df, a->id, k);
	return k;
}

/* The rows of an operand that element `at` of a sum takes. */
static struct rows_line
line_of(const struct ir_value *v, unsigned side, ir_id of, uint64_t at)
{
	const int64_t e = (int64_t)at, k = v->imm[1], m = v->imm[2];

	if (v->op == IR_SUM)
		return (struct rows_line){ of, e / m * k * m + e % m, m };
	if (side == 1)
		return (struct rows_line){ of, e % m, m };
	return v->op == IR_TNMUL ? (struct rows_line){ of, e / m, k } :
	    (struct rows_line){ of, e / m * k, 1 };
}

/* What is summed, as a polynomial; false: it is none. */
static bool
summand(struct differ_walk *w, const struct leaf *l, uint64_t rows, struct form *out)
{
	const struct ir_value *v = value(w, l->sum);
	struct forms *f = w->df->forms;
	struct form side[2];

	for (unsigned i = 0; i < v->n_args; i++) {
		struct rows_line x = line_of(v, i, v->args[i], l->at);
		if (!forms_line(f, x.id, x.offset, x.stride, rows, &side[i]))
			return f->full = false;
	}
	*out = v->n_args == 1 ? side[0] : form_product(f, &side[0], &side[1]);
	bool fine = !f->full;
	f->full = false;
	return fine;
}

/* The columns of a monomial that are no conditions. */
static struct row_key
key_of(struct differ_walk *w, uint32_t monomial)
{
	const struct forms *f = w->df->forms;
	const struct monomial *m = &f->monomial[monomial];
	struct row_key k = { 0 };

	for (uint32_t i = 0; i < m->n; i++) {
		if (form_is_bool(f, &f->atom[m->atom[i]]))
			continue;
		const struct row_key *of = differ_columns(w->ck, w->df, m->atom[i]);
		for (uint32_t j = 0; j < of->n; j++)
			(void)add_column(&k, of->input[j], true);
		k.many |= of->many;
	}
	return k;
}

static bool
same_key(const struct row_key *a, const struct row_key *b)
{
	return a->n == b->n && a->many == b->many &&
	    memcmp(a->input, b->input, a->n * sizeof *a->input) == 0;
}

enum { N_KEYS = 16 };                    /* different products in one sum */

/* Which products of columns a leaf sums up; a count if there is none. */
static uint32_t
keys_of(struct differ_walk *w, const struct leaf *l, uint64_t rows, struct row_key *key)
{
	const struct ir_value *v = value(w, l->sum);
	struct row_key all = { 0 };
	struct form f;
	uint32_t n = 0;

	if (!summand(w, l, rows, &f)) {
		for (uint32_t i = 0; i < v->n_args; i++)
			columns_of(w->ck, w->df, v->args[i], &all);
		key[0] = all;
		return 1;
	}
	for (uint32_t i = 0; i < f.n; i++) {
		struct row_key k = key_of(w, f.term[i].monomial);
		bool old = k.n == 0;
		for (uint32_t j = 0; j < n; j++)
			old = old || same_key(&key[j], &k);
		if (!old && n == N_KEYS)
			differ_too_many(w->ck, w->r);
		if (!old)
			key[n++] = k;
	}
	if (n == 0)
		key[n++] = (struct row_key){ 0 };
	return n;
}

/* The rows of a line as a polynomial. */
static bool
line_form(struct differ *df, const struct rows_line *x, uint64_t rows, struct form *out)
{
	if (x->id == IR_NONE)
		*out = form_term(df->forms, 0, 1);
	else if (!forms_line(df->forms, x->id, x->offset, x->stride, rows, out))
		return df->forms->full = false;
	return true;
}

static bool
pieces_form(struct differ *df, const struct row_set *s, struct form *sum)
{
	struct forms *f = df->forms;
	struct form a, b;

	*sum = (struct form){ .n = 0 };
	for (uint32_t i = 0; i < s->n_pieces; i++) {
		const struct piece *p = &s->piece[i];
		if (!line_form(df, &p->line[0], p->rows, &a) || !line_form(df, &p->line[1], p->rows, &b))
			return false;
		a = form_product(f, &a, &b);
		*sum = form_add(f, sum, p->sign > 0 ? 1 : FORM_PRIME - 1, &a);
	}
	bool fine = !f->full;
	f->full = false;
	return fine;
}

/* Which conditions it is made of. */
static void
see_conditions(struct check *ck, struct differ *df, struct row_set *s)
{
	const struct forms *f = df->forms;

	s->n_atoms = 0;
	s->columns = (struct row_key){ 0 };
	for (uint32_t i = 0; s->known && i < s->form.n; i++) {
		const struct monomial *m = &f->monomial[s->form.term[i].monomial];
		for (uint32_t k = 0; k < m->n; k++) {
			uint32_t at = 0;
			while (at < s->n_atoms && s->atom[at] != m->atom[k])
				at++;
			if (at == N_ATOM_SEEN)
				s->known = false;
			else if (at == s->n_atoms)
				s->atom[s->n_atoms++] = m->atom[k];
		}
	}
	for (uint32_t i = 0; !s->known && i < s->n_pieces; i++)
		for (unsigned k = 0; k < 2; k++)
			if (s->piece[i].line[k].id != IR_NONE)
				columns_of(ck, df, s->piece[i].line[k].id, &s->columns);
}

static bool
of_library(const struct check *ck, const struct row_set *s)
{
	bool all = true;

	for (uint32_t i = 0; i < s->n_pieces; i++)
		for (unsigned k = 0; k < 2; k++)
			if (s->piece[i].line[k].id != IR_NONE)
				all = all && ck->ir->value[s->piece[i].line[k].id].of_library;
	return all;
}

static bool
same_set(const struct row_set *a, const struct row_set *b)
{
	return a->cell == b->cell && a->group == b->group &&
	    same_key(&a->key, &b->key) && a->known && b->known && form_equal(&a->form, &b->form);
}

void
differ_add(struct check *ck, struct differ *df, const struct released *r, struct row_set *s)
{
	/* What is revealed is of all rows; what conditions a loop has are no values outside of it. */
	for (uint32_t i = 0; s->d == NULL && i < s->n_pieces; i++)
		if (s->piece[i].line[0].id != IR_NONE || s->piece[i].line[1].id != IR_NONE)
			return;
	see_conditions(ck, df, s);
	if (s->n_pieces > 0)
		s->by_library = of_library(ck, s);
	for (uint32_t i = df->n; i-- > 0 && df->set[i].cell == s->cell;)
		if (same_set(&df->set[i], s))
			return;
	if (df->n == N_ROW_SET_MAX)
		differ_too_many(ck, r);
	df->set = ir_grow(ck->c, df->set, &df->cap, df->n, sizeof *df->set);
	df->set[df->n++] = *s;
}

/* What a set has to do with a condition: a and b of a * condition + b. */
static struct form
factor_of(struct differ_walk *w, const struct row_set *s, uint32_t atom)
{
	struct forms *f = w->df->forms;
	struct form sum = { .n = 0 };

	for (uint32_t i = 0; i < s->form.n; i++) {
		const struct monomial *m = &f->monomial[s->form.term[i].monomial];
		struct form rest = form_term(f, 0, s->form.term[i].coef);
		bool there = false;
		for (uint32_t k = 0; k < m->n; k++) {
			there = there || m->atom[k] == atom;
			const struct atom a = f->atom[m->atom[k]];
			struct form factor = m->atom[k] == atom ? form_term(f, 0, 1) : form_atom(f, &a);
			rest = form_product(f, &rest, &factor);
		}
		if (there)
			sum = form_add(f, &sum, 1, &rest);
	}
	return sum;
}

/* Cells of several histograms of one number, together, tell how many lie between any two of their
 * bounds.  So each set with a bound stands also for that of what is not above it. */
static void
add_bounds(struct differ_walk *w, const struct row_set *s)
{
	struct forms *f = w->df->forms;
	struct form none = { .n = 0 }, *whole = compile_alloc(w->ck->c, sizeof *whole);

	*whole = s->form;
	for (uint32_t i = 0; i < s->n_atoms; i++) {
		const struct atom a = f->atom[s->atom[i]];
		struct row_set below = *s;
		if (a.kind != ATOM_AT_MOST)
			continue;
		struct form bound = form_atom(f, &a), rest = factor_of(w, s, s->atom[i]);
		for (int sign = 0; sign < 2 && !f->full; sign++) {
			struct form square = form_product(f, &rest, &rest);
			below.form = form_product(f, &rest, &bound);
			below.n_pieces = 0;
			below.bound_of = whole;
			if (!f->full && form_equal(&square, &rest) && below.form.n > 0)
				differ_add(w->ck, w->df, w->r, &below);
			rest = form_add(f, &none, FORM_PRIME - 1, &rest);
		}
		f->full = false;
	}
}

static void
keep(struct differ_walk *w, struct row_set *s)
{
	differ_add(w->ck, w->df, w->r, s);
	if (s->known)
		add_bounds(w, s);
}

/* Rows where `also` is true, and where it is not, are told as well: counted by themselves. */
static void
keep_apart(struct differ_walk *w, struct row_set *s, const struct summands *d, const struct leaf *l)
{
	const struct piece *whole = s->piece;
	struct span at = at_span(w->ck, w->r->at);

	for (uint32_t i = 0; i < d->n_apart; i++) {
		unsigned side = i >= d->left;
		struct piece *p = compile_alloc(w->ck->c, sizeof *p);
		ir_id also = d->apart[i];
		*p = *whole;
		if (d->counted[side] != IR_NONE)
			also = and_(w->ck, also, d->counted[side], at);
		p->line[side] = line_of(value(w, l->sum), side, also, l->at);
		p->count = IR_NONE;              /* of rows in both lines */
		p->rows = d->rows;
		p->at = UINT64_MAX;
		s->piece = p;
		s->known = pieces_form(w->df, s, &s->form);
		keep(w, s);
	}
	s->piece = whole;
}

struct noted {
	struct row_key key[N_KEYS];
	uint32_t n_keys;
	struct summands rows;
	struct piece piece;
	bool fine;
};

static const struct summed *
rows_of(struct differ_walk *w, ir_id sum)
{
	struct summed *k = &w->df->summed[sum % N_SUMS_KEPT];

	if (!k->asked || k->sum != sum) {
		*k = (struct summed){ .sum = sum, .asked = true };
		k->fine = support_summands(&w->df->support, sum, &k->rows);
	}
	return k;
}

static struct noted
look_at(struct differ_walk *w, const struct leaf *l)
{
	const struct summed *known = rows_of(w, l->sum);
	struct noted n = { .fine = known->fine, .rows = known->rows };

	if (!n.fine)
		return n;
	const struct ir_value v = *value(w, l->sum);
	n.n_keys = keys_of(w, l, n.rows.rows, n.key);
	n.piece = (struct piece){ .sign = l->sign, .count = n.rows.count, .at = l->at,
		.rows = n.rows.rows };
	for (unsigned i = 0; i < 2; i++)
		n.piece.line[i] = n.rows.counted[i] == IR_NONE ? (struct rows_line){ .id = IR_NONE } :
		    line_of(&v, i, n.rows.counted[i], l->at);
	return n;
}

static struct row_set
set_of(const struct differ_walk *w, uint64_t cell)
{
	struct row_set s = { .d = w->r->d, .to = w->r->to, .size = IR_NONE, .rows = IR_NONE,
		.left = IR_NONE,
		.cell = w->r->cell + (w->r->together ? 0 : cell), .shown = w->r->shown };

	if (s.shown != IR_NONE && value(w, s.shown)->n > 1)
		s.shown_at = cell;
	return s;
}

/* One set of all leaves; false: they make none. */
static bool
note_together(struct differ_walk *w, uint64_t cell)
{
	struct row_set s = set_of(w, cell);
	struct piece *piece = compile_alloc(w->ck->c, w->n * sizeof *piece);
	struct forms *f = w->df->forms;
	struct noted first = { .n_keys = 0 };

	for (uint32_t i = 0; i < w->n; i++) {
		struct noted n = look_at(w, &w->df->leaf[i]);
		if (!n.fine || n.rows.n_apart > 0 || n.n_keys != 1 || (i > 0 && (n.rows.group !=
		    first.rows.group || !same_key(&n.key[0], &first.key[0]))))
			return false;
		first = n;
		piece[i] = n.piece;
	}
	s.key = first.key[0];
	s.group = first.rows.group;
	s.n_rows = first.rows.rows;
	s.n_pieces = w->n;
	s.piece = piece;
	s.known = pieces_form(w->df, &s, &s.form);
	for (int sign = 0; s.known && sign < 2; sign++) {
		struct form square = form_product(f, &s.form, &s.form);
		if (!f->full && form_equal(&square, &s.form)) {
			keep(w, &s);
			return true;
		}
		f->full = false;
		for (uint32_t i = 0; i < w->n; i++)
			piece[i].sign = -piece[i].sign;
		s.known = pieces_form(w->df, &s, &s.form);
	}
	return false;
}

static void
note_leaf(struct differ_walk *w, struct leaf l, uint64_t cell)
{
	struct row_set s = set_of(w, cell);

	l.sign = 1;
	struct noted n = look_at(w, &l);
	/* How many rows a variance is of is not told by it, but by what the program makes of a count. */
	if (!n.fine || (w->bent && n.key[0].n == 0 && !n.key[0].many &&
	    (!w->own || value(w, l.sum)->of_library)))
		return;
	s.group = n.rows.group;
	s.n_rows = n.rows.rows;
	s.n_pieces = 1;
	struct piece *p = compile_alloc(w->ck->c, sizeof *p);
	*p = n.piece;
	s.piece = p;
	for (uint32_t i = 0; i <= n.n_keys; i++) {
		const bool count = i == n.n_keys;
		if (count && (n.rows.n_apart == 0 || n.key[0].n == 0))
			break;
		s.key = count ? (struct row_key){ 0 } : n.key[i];
		s.known = pieces_form(w->df, &s, &s.form);
		if (!count)
			keep(w, &s);
		keep_apart(w, &s, &n.rows, &l);
	}
}

bool
differ_is_count(struct differ_walk *w, const struct leaf *l)
{
	const struct noted n = look_at(w, l);

	return n.fine && n.n_keys == 1 && n.key[0].n == 0 && !n.key[0].many;
}

/* Are all sums of no more than one column? */
static bool
of_one_column(struct differ_walk *w)
{
	struct row_key all = { 0 };

	for (uint32_t i = 0; i < w->n; i++) {
		struct noted n = look_at(w, &w->df->leaf[i]);
		for (uint32_t k = 0; n.fine && k < n.n_keys; k++)
			for (uint32_t j = 0; j < n.key[k].n; j++)
				(void)add_column(&all, n.key[k].input[j], false);
	}
	return all.n == 1 && !all.many;
}

/* Element `at` of id, as what cell i tells. */
static void
note_number(struct check *ck, struct differ *df, const struct released *r, ir_id id, uint64_t at,
    uint64_t i)
{
	struct differ_walk w = { .ck = ck, .df = df, .r = r };

	differ_walk(&w, id, at);
	if (!w.bent && w.steps > N_STEP_MAX)
		differ_too_many(ck, r);
	if (w.own && w.steps > N_STEP_MAX)
		differ_too_many(ck, r);
	if (w.n == 0 || (w.bent && !w.own && (w.steps > N_STEP_MAX || !of_one_column(&w))))
		return;
	if (!w.apart && note_together(&w, i))
		return;
	for (uint32_t k = 0; k < w.n; k++)
		note_leaf(&w, df->leaf[k], i);
}

void
differ_note(struct check *ck, struct differ *df, const struct released *r, uint64_t i)
{
	note_number(ck, df, r, r->v, i, i);
	for (uint32_t k = 0; k < r->n_put; k++) {
		const uint64_t n = ck->ir->value[r->put[k]].n;
		if (n > N_CELL_MAX)
			differ_too_many(ck, r);
		for (uint64_t at = 0; at < n; at++)
			note_number(ck, df, r, r->put[k], at, i);
	}
}
