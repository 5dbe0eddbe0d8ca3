/* sheet_noise.c: what noise outputs have, and what they spend; see sheet_impl.h */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "sheet_impl.h"
#include "wording.h"

static double
ratio(const i128 q[2])
{
	return q[1] == 0 ? 0 : (double)q[0] / (double)q[1];
}

struct noise_figures
sheet_noise_of(const struct output_part *p)
{
	struct noise_figures f = { .noise = (enum noise_kind)p->noise, .spent = ratio(p->spent),
		.sensitivity = ratio(p->sensitivity) };

	if (f.noise == NOISE_GAUSSIAN) {
		f.scale = sqrt(f.sensitivity / (2 * f.spent));
		f.sensitivity = sqrt(f.sensitivity);
	} else if (f.noise == NOISE_LAPLACE) {
		f.scale = f.sensitivity / f.spent;
	}
	return f;
}

/* The first part of its field: parts of one field go to several recipients, with one noise. */
static bool
leads(const struct output *o, uint32_t k)
{
	for (uint32_t i = 0; i < k; i++)
		if (strcmp(o->part[i].field, o->part[k].field) == 0)
			return false;
	return true;
}

static void
charge(struct budget *b, const struct code *c, const struct output *o, uint32_t k)
{
	struct who w = { { 0 } };

	for (uint32_t i = k; i < o->n_parts; i++)
		if (strcmp(o->part[i].field, o->part[k].field) == 0)
			who_add(&w, c, o->part[i].recipients);
	for (uint32_t i = 0; i < c->n_parties; i++)
		if (who_has(&w, i))
			*(o->part[k].noise == NOISE_LAPLACE ? &b[i].epsilon : &b[i].rho) +=
			    ratio(o->part[k].spent);
}

struct budget *
sheet_budgets(const struct code *c)
{
	struct budget *b = mem_array(c->n_parties, sizeof *b);

	for (uint32_t i = 0; i < c->n_outputs && b != NULL; i++)
		for (uint32_t k = 0; k < c->output[i].n_parts; k++)
			if (c->output[i].part[k].noise != NOISE_NONE && leads(&c->output[i], k))
				charge(b, c, &c->output[i], k);
	return b;
}

static void
describe(struct text *t, const struct output *o, const struct output_part *p)
{
	const struct noise_figures f = sheet_noise_of(p);

	text_add(t, "%s%s%s: %s noise of %s %.4g (sensitivity %.6g, %s %.6g), drawn by the computing "
	    "sites together, so that nobody knows it.", o->name, p->field[0] != '\0' ? "." : "",
	    p->field, f.noise == NOISE_LAPLACE ? "Laplace" : "Gaussian", f.noise == NOISE_LAPLACE ?
	    "scale" : "standard deviation", f.scale, f.sensitivity, f.noise == NOISE_LAPLACE ?
	    "epsilon" : "rho", f.spent);
	if (p->guard != SLOT_NONE && (p->rule == RULE_REQUIRE || p->rule == RULE_REQUIRE_POLICY))
		text_add(t, " Whether its `require` is met is said of the exact values.");
	if (p->guard != SLOT_NONE && p->rule == RULE_RANGE)
		text_add(t, " Whether what it assumes holds is said of the exact values.");
	if (p->cells != SLOT_NONE && p->cell_rule != RULE_SUPPRESS)
		text_add(t, " What `withhold where` says of cells is said of the exact values.");
}

static bool
same(struct budget a, struct budget b)
{
	return a.epsilon == b.epsilon && a.rho == b.rho;
}

/* Those that learn as much as this one, which is the first of them. */
static bool
spent_towards(struct text *t, const struct code *c, const struct budget *b, uint32_t party)
{
	struct who w = { { 0 } };

	if (b[party].epsilon == 0 && b[party].rho == 0)
		return false;
	for (uint32_t i = 0; i < party; i++)
		if (same(b[i], b[party]))
			return false;
	for (uint32_t i = party; i < c->n_parties && t != NULL; i++)
		if (same(b[i], b[party]))
			w.bit[i / 64] |= UINT64_C(1) << i % 64;
	if (t == NULL)
		return true;
	text_add(t, "Spent by this run, for each row and towards ");
	wording_parties(t, c, &w);
	if (b[party].epsilon > 0)
		text_add(t, ": epsilon %.6g", b[party].epsilon);
	if (b[party].rho > 0)
		text_add(t, "%s rho %.6g", b[party].epsilon > 0 ? " and" : ":", b[party].rho);
	text_add(t, " in all.");
	return true;
}

/* Outputs without noise to somebody who gets some with noise. */
static bool
exact(struct text *t, const struct code *c)
{
	bool any = false;

	for (uint32_t i = 0; i < c->n_outputs; i++) {
		const struct output *o = &c->output[i];
		bool covered = true;
		for (uint32_t k = 0; k < o->n_parts && covered; k++)
			covered = o->part[k].noise != NOISE_NONE || o->part[k].value == SLOT_NONE ||
			    c->slot[o->part[k].value].domain == DOM_P;
		if (covered)
			continue;
		text_add(t, "%s%s", any ? ", " : "Not covered by noise, and exact: ", o->name);
		any = true;
	}
	if (any)
		text_add(t, ". If they tell what a noisy output tells, its noise is in vain.");
	return any;
}

static bool
has_noise(const struct code *c)
{
	for (uint32_t i = 0; i < c->n_outputs; i++)
		for (uint32_t k = 0; k < c->output[i].n_parts; k++)
			if (c->output[i].part[k].noise != NOISE_NONE)
				return true;
	return false;
}

/* (epsilon, delta): samples are within 2^-62 of their distribution. */
static void
small_print(struct text *t, const struct code *c, const struct budget *b)
{
	double samples = 0, epsilon = 0;

	for (uint32_t i = 0; i < c->n_outputs; i++)
		for (uint32_t k = 0; k < c->output[i].n_parts; k++) {
			double n = c->output[i].part[k].noise != NOISE_NONE && leads(&c->output[i], k);
			for (uint32_t j = 0; j < c->output[i].part[k].rank; j++)
				n *= (double)c->output[i].part[k].dims[j];
			samples += n;
		}
	for (uint32_t i = 0; i < c->n_parties; i++)
		epsilon = fmax(epsilon, b[i].epsilon);
	text_add(t, "That is about tables that differ in one row. Samples are drawn with bits: delta "
	    "is not 0, but below %.0e. Earlier runs about the same rows count besides.",
	    2 * samples * (1 + exp(epsilon)) * 0x1p-62);
}

/* Sentence i of those about what is spent. */
static bool
spent_sentence(struct text *t, const struct code *c, const struct budget *b, unsigned i)
{
	unsigned n = 0;

	for (uint32_t j = 0; j < c->n_parties; j++)
		if (spent_towards(NULL, c, b, j) && n++ == i)
			return spent_towards(t, c, b, j);
	if (n++ == i) {
		small_print(t, c, b);
		return true;
	}
	return n == i && exact(t, c);
}

bool
sheet_draws_besides(const struct code *c)
{
	static const char begin[] = NOISE_UNCOUNTED ".";

	for (uint32_t i = 0; i < c->n_circuits; i++)
		if (strncmp(c->circuit[i].name, begin, sizeof begin - 1) == 0)
			return true;
	return false;
}

/* The program asks for noise, and there is none, as no row can change the number. */
static bool
asks_in_vain(const struct output *o)
{
	for (uint32_t k = 0; k < o->n_parts; k++)
		if (o->part[k].noise != NOISE_NONE)
			return false;
	return !o->withheld && (strstr(o->source, "noise laplace") != NULL ||
	    strstr(o->source, "noise gaussian") != NULL);
}

/* t NULL: is there something to say? */
static bool
without_need(struct text *t, const struct code *c)
{
	bool any = false;

	for (uint32_t i = 0; i < c->n_outputs; i++) {
		if (!asks_in_vain(&c->output[i]))
			continue;
		if (t != NULL)
			text_add(t, "%s%s", any ? ", " : "", c->output[i].name);
		any = true;
	}
	if (any && t != NULL)
		text_add(t, ": exact, though the program asks for noise. No row's values change it: how "
		    "many rows each site has is public.");
	return any;
}

bool
sheet_noise(struct text *t, const struct sheet *s, unsigned i)
{
	const struct code *c = s->code;
	unsigned n = 0;
	bool more;

	if (sheet_draws_besides(c) && i-- == 0) {
		text_add(t, "The program draws noise by itself (`use dp`): what that spends is not counted "
		    "here.");
		return true;
	}
	if (without_need(NULL, c) && i-- == 0)
		return without_need(t, c);
	if (!has_noise(c)) {
		if (i == 0 && !sheet_draws_besides(c))
			text_add(t, "No noise is added, so no epsilon is spent.");
		return i == 0 && !sheet_draws_besides(c);
	}
	for (uint32_t j = 0; j < c->n_outputs; j++)
		for (uint32_t k = 0; k < c->output[j].n_parts; k++)
			if (c->output[j].part[k].noise != NOISE_NONE && leads(&c->output[j], k) && n++ == i) {
				describe(t, &c->output[j], &c->output[j].part[k]);
				return true;
			}
	struct budget *b = sheet_budgets(c);
	t->failed |= b == NULL;
	more = b != NULL && spent_sentence(t, c, b, i - n);
	mem_free(b);
	return more;
}
