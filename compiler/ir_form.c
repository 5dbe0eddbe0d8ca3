/* ir_form.c: sums of products of atoms; see ir_forms.h */
#include <string.h>

#include "internal.h"
#include "ir_forms.h"

enum { TERMS_MAX = 1024 };               /* of a form */

struct forms *
forms_new(const struct ir *ir)
{
	struct forms *f = compile_alloc(ir->compile, sizeof *f);

	f->ir = ir;
	f->atom = compile_alloc(ir->compile, FORMS_MAX * sizeof *f->atom);
	f->monomial = compile_alloc(ir->compile, FORMS_MAX * sizeof *f->monomial);
	f->n_monomials = 1;
	f->levels_most = UINT32_MAX;
	return f;
}

uint64_t
form_times(uint64_t a, uint64_t b)
{
	return (uint64_t)((u128)a * b % FORM_PRIME);
}

uint64_t
form_inverse(uint64_t a)
{
	uint64_t r = 1;

	for (uint64_t e = FORM_PRIME - 2; e > 0; e >>= 1, a = form_times(a, a))
		if ((e & 1) != 0)
			r = form_times(r, a);
	return r;
}

struct form
form_term(const struct forms *f, uint32_t monomial, uint64_t coef)
{
	struct form r = { .n = coef != 0 };

	r.term = compile_alloc(f->ir->compile, sizeof *r.term);
	r.term[0] = (struct term){ monomial, coef };
	return r;
}

struct form
form_add(const struct forms *f, const struct form *a, uint64_t k, const struct form *b)
{
	struct form r = { .n = 0 };
	uint32_t i = 0, j = 0;

	r.term = compile_alloc(f->ir->compile, (a->n + b->n + 1) * sizeof *r.term);
	while (i < a->n || j < b->n) {
		struct term t = { UINT32_MAX, 0 };
		if (i < a->n)
			t.monomial = a->term[i].monomial;
		if (j < b->n && b->term[j].monomial < t.monomial)
			t.monomial = b->term[j].monomial;
		if (i < a->n && a->term[i].monomial == t.monomial)
			t.coef = a->term[i++].coef;
		if (j < b->n && b->term[j].monomial == t.monomial)
			t.coef = (t.coef + form_times(k, b->term[j++].coef)) % FORM_PRIME;
		if (t.coef != 0)
			r.term[r.n++] = t;
	}
	return r;
}

static uint32_t
intern_atom(struct forms *f, const struct atom *a)
{
	for (uint32_t i = 0; i < f->n_atoms; i++) {
		const struct atom *b = &f->atom[i];
		if (a->kind == b->kind && a->id == b->id && a->part == b->part &&
		    a->offset == b->offset && a->stride == b->stride && a->count == b->count)
			return i;
	}
	if (f->n_atoms == FORMS_MAX) {
		f->full = true;
		return 0;
	}
	f->atom[f->n_atoms] = *a;
	return f->n_atoms++;
}

static uint32_t
intern_monomial(struct forms *f, const struct monomial *m)
{
	for (uint32_t i = 0; i < f->n_monomials; i++)
		if (f->monomial[i].n == m->n &&
		    memcmp(f->monomial[i].atom, m->atom, m->n * sizeof *m->atom) == 0)
			return i;
	if (f->n_monomials == FORMS_MAX) {
		f->full = true;
		return 0;
	}
	f->monomial[f->n_monomials] = *m;
	return f->n_monomials++;
}

struct form
form_atom(struct forms *f, const struct atom *a)
{
	const struct monomial m = { 1, { intern_atom(f, a) } };

	return form_term(f, intern_monomial(f, &m), 1);
}

bool
form_is_bool(const struct forms *f, const struct atom *a)
{
	const struct ir_value *v = a->kind == ATOM_VALUE ? &f->ir->value[a->id] : NULL;

	return a->kind == ATOM_AT_MOST ||
	    (a->kind == ATOM_INPUT && (a->part > 0 || f->ir->input[a->id].type.kind == TYPE_BOOL)) ||
	    (v != NULL && v->bits == 0 && v->frac == 0 && mpz_sgn(v->lo) >= 0 &&
	    mpz_cmp_ui(v->hi, 1) <= 0);
}

bool
form_equal(const struct form *a, const struct form *b)
{
	for (uint32_t i = 0; i < a->n && a->n == b->n; i++)
		if (a->term[i].monomial != b->term[i].monomial || a->term[i].coef != b->term[i].coef)
			return false;
	return a->n == b->n;
}

/* What two atoms of one monomial make: 0: nothing in particular; 1: the first alone; 2: the second;
 * -1: 0. */
static int
meet(const struct forms *f, const struct atom *a, const struct atom *b)
{
	bool same = a->kind == b->kind && a->id == b->id && a->offset == b->offset &&
	    a->stride == b->stride && a->count == b->count;

	if (!same)
		return 0;
	if (a->part == b->part)
		return form_is_bool(f, a) ? 1 : 0;
	if (a->kind == ATOM_AT_MOST)
		return a->part < b->part ? 1 : 2;
	if (a->kind != ATOM_INPUT)
		return 0;
	return a->part == 1 ? 2 : b->part == 1 ? 1 : a->part == 0 || b->part == 0 ? 0 : -1;
}

/* m * atom; false: it is 0, or too long (then *full). */
static bool
put_atom(struct forms *f, struct monomial *m, uint32_t atom)
{
	uint32_t i = 0;

	while (i < m->n) {
		int how = meet(f, &f->atom[m->atom[i]], &f->atom[atom]);
		if (how == -1)
			return false;
		if (how == 1)
			return true;
		if (how == 2) {
			memmove(&m->atom[i], &m->atom[i + 1], (--m->n - i) * sizeof *m->atom);
			continue;
		}
		i++;
	}
	if (m->n == ATOMS_MAX) {
		f->full = true;
		return false;
	}
	for (i = m->n++; i > 0 && m->atom[i - 1] > atom; i--)
		m->atom[i] = m->atom[i - 1];
	m->atom[i] = atom;
	return true;
}

struct form
form_product(struct forms *f, const struct form *a, const struct form *b)
{
	struct form r = { .n = 0 };

	for (uint32_t i = 0; i < a->n && !f->full; i++)
		for (uint32_t j = 0; j < b->n && !f->full; j++) {
			struct monomial m = f->monomial[a->term[i].monomial];
			const struct monomial *y = &f->monomial[b->term[j].monomial];
			bool there = true;
			for (uint32_t k = 0; k < y->n && there; k++)
				there = put_atom(f, &m, y->atom[k]);
			if (!there)
				continue;
			struct form t = form_term(f, intern_monomial(f, &m),
			    form_times(a->term[i].coef, b->term[j].coef));
			r = form_add(f, &r, 1, &t);
			f->full = f->full || r.n > TERMS_MAX;
		}
	return r;
}

struct form
form_one_minus(struct forms *f, const struct form *a)
{
	struct form one = form_term(f, 0, 1);

	return form_add(f, &one, FORM_PRIME - 1, a);
}
