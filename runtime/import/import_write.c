/* import_write.c: the program and the owner's file, from the layers that the result needs; see
 * graph.h
 *
 * What the program says of the weights is their shapes and, of each tensor, a power of two that is
 * not exceeded: little more than a model's kind and size. */
#include "graph.h"

#include "../base/mem.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
	EXPONENT_MAX = 40,
	N_WEIGHT_MAX = 8 * 1000 * 1000, /* so that their file is one that can be read as JSON */
};

static const struct layer_row {
	const char *params, *text;
} rows[N_LAYER_KIND] = {
#define L(id, params, text) [LAYER_##id] = { params, text },
#include "layers.def"
#undef L
};

/* Marks and numbers the layers that v is made of; each stands behind what it reads. */
static void
need(struct graph *g, struct value *v)
{
	unsigned serial = 0;

	if (v->made != NULL)
		v->made->needed = true;
	for (struct layer *l = g->last; l != NULL; l = l->prev)
		for (unsigned i = 0; l->needed && i < 2; i++)
			if (l->in[i] != NULL && l->in[i]->made != NULL)
				l->in[i]->made->needed = true;
	for (struct layer *l = g->first; l != NULL; l = l->next)
		if (l->needed)
			l->serial = ++serial;
}

/* The name of param i of a layer: w1, threshold2. */
static void
add_param(struct text *t, const struct layer *l, unsigned i)
{
	const char *s = rows[l->kind].params;

	for (; i > 0; i--)
		s += strcspn(s, " ") + 1;
	text_add(t, "%.*s%u", (int)strcspn(s, " "), s, l->serial);
}

static void
add_value(struct text *t, const struct value *v)
{
	if (v->made == NULL)
		text_add(t, "x");
	else
		text_add(t, "h%u", v->made->serial);
}

/* The least e with |t| <= 2^e, but not less than the last few places; more than EXPONENT_MAX of
 * what is not finite. */
static int
exponent(const struct tensor *t, unsigned frac)
{
	double most = 0;
	int e;

	for (uint64_t i = 0; i < t->n; i++) {
		if (!(fabs(t->v[i]) <= ldexp(1, EXPONENT_MAX)))
			return EXPONENT_MAX + 1;
		most = fmax(most, fabs(t->v[i]));
	}
	if (frexp(most, &e) == 0.5)
		e--;
	return most == 0 || e < 4 - (int)frac ? 4 - (int)frac : e;
}

/* fixed<16> in -0.5..0.5 */
static enum status
add_type(struct text *t, const struct graph *g, const struct tensor *p)
{
	unsigned frac = g->set->frac;
	char lo[DECIMAL_MAX], hi[DECIMAL_MAX];
	i128 one = (i128)1 << frac;
	int e = exponent(p, frac);

	switch (p->kind) {
	case TENSOR_WEIGHTS:
		if (e > EXPONENT_MAX)
			return fault_set(g->fault, ST_COMPILE,
			    "a weight is beyond 2^%d, or made of the number of rows",
			    (int)EXPONENT_MAX);
		decimal_exact(hi, (i128)1 << ((int)frac + e), frac);
		text_add(t, "fixed<%u> in -%s..%s", frac, hi, hi);
		break;
	case TENSOR_THRESHOLDS:
		decimal_exact(lo, g->set->lo - one, frac);
		decimal_exact(hi, g->set->hi, frac);
		if (g->set->whole)
			text_add(t, "int in %s..%s", lo, hi);
		else
			text_add(t, "fixed<%u> in %s..%s", frac, lo, hi);
		break;
	case TENSOR_FEATURES:
		text_add(t, "int in 0..%llu", (unsigned long long)g->data->n - 1);
		break;
	case TENSOR_LEAVES:
		text_add(t, "int in 0..%llu", (unsigned long long)p->dim[1]);
		break;
	}
	return ST_OK;
}

static void
add_dims(struct text *t, unsigned rank, const uint64_t dim[])
{
	for (unsigned i = 0; i < rank; i++)
		text_add(t, "%s%llu", i == 0 ? "" : ", ", (unsigned long long)dim[i]);
}

/* input w1 : fixed<16> in -2..2 [32, 64] from owner */
static enum status
add_inputs(struct text *t, const struct graph *g)
{
	enum status st = ST_OK;

	for (const struct layer *l = g->first; l != NULL; l = l->next)
		for (unsigned i = 0; l->needed && i < N_PARAM && l->param[i] != NULL; i++) {
			text_add(t, "input ");
			add_param(t, l, i);
			text_add(t, " : ");
			TRY(add_type(t, g, l->param[i]));
			if (l->param[i]->rank > 0) {
				text_add(t, " [");
				add_dims(t, l->param[i]->rank, l->param[i]->dim);
				text_add(t, "]");
			}
			text_add(t, " from %s\n", g->set->owner);
		}
out:
	return st;
}

/* A number as far as the program can tell it: a few digits beyond its last place. */
static void
add_number(struct text *t, const struct graph *g, double v)
{
	char out[64];
	int n = snprintf(out, sizeof out, "%.*f", (int)g->set->frac * 301 / 1000 + 4, v);

	assert(n > 0 && n < (int)sizeof out);
	while (out[n - 1] == '0')
		n--;
	n -= out[n - 1] == '.';
	text_put(t, n == 2 && out[0] == '-' && out[1] == '0' ? out + 1 : out, (size_t)n);
}

/* The row's text with its marks replaced; see layers.def. */
static void
add_layer(struct text *t, const struct graph *g, const struct layer *l)
{
	for (const char *s = rows[l->kind].text; *s != '\0'; s++) {
		const char *p = rows[l->kind].params;
		unsigned i = 0;

		if (*s == '#') {
			text_add(t, "%lld", (long long)l->number[*++s - '0']);
		} else if (*s == '%') {
			add_number(t, g, l->real[*++s - '0']);
		} else if (*s == '^') {
			for (unsigned k = 0; k < l->out->rank; k++)
				text_add(t, ", %lld", (long long)l->number[k]);
		} else if (*s == '~') {
			text_add(t, "%s", l->out->rank > 0 ? ", " : "");
			add_dims(t, l->out->rank, l->out->dim);
		} else if (*s != '$') {
			text_put(t, s, 1);
		} else if (*++s == 'x' || *s == 'y') {
			add_value(t, l->in[*s - 'x']);
		} else {
			for (; *p != *s; i++)
				p += strcspn(p, " ") + 1;
			add_param(t, l, i);
		}
	}
}

static void
add_layers(struct text *t, const struct graph *g)
{
	for (const struct layer *l = g->first; l != NULL; l = l->next) {
		char op[CLEAN_MAX], name[CLEAN_MAX];
		if (!l->needed)
			continue;
		text_add(t, "let h%u = ", l->serial);
		add_layer(t, g, l);
		if (l->op != NULL) {
			clean_text(op, l->op, strlen(l->op));
			clean_text(name, l->node, strlen(l->node));
			text_add(t, "   # %s%s%s", op, name[0] == '\0' ? "" : " ", name);
		}
		text_add(t, "\n");
	}
}

static void
add_head(struct text *t, const struct graph *g, uint64_t n)
{
	char file[CLEAN_MAX], producer[CLEAN_MAX], version[CLEAN_MAX];
	const char *by = g->model->producer_name, *of = g->model->producer_version;
	size_t owner = strlen(g->set->owner), client = strlen(g->set->client) + 2;
	int width = (int)(owner > client ? owner : client);

	clean_text(file, g->set->file, strlen(g->set->file));
	clean_text(producer, by, strlen(by));
	clean_text(version, of, strlen(of));
	text_add(t, "# Made by `konsil import` from %s%s%s%s%s: %llu weights, which are secret.\n",
	    file, producer[0] == '\0' ? "" : ", written by ", producer,
	    version[0] == '\0' ? "" : " ", version, (unsigned long long)n);
	text_add(
	    t, "# The ranges of weights are powers of two, so that they tell little of them.\n");
	text_add(t, "study \"%s\"\nuse ml\n\n", file);
	text_add(t, "party %-*s   # has the model\n", width, g->set->owner);
	text_add(t, "party %s%-*s   # %s rows, and alone learns what the model says of them\n\n",
	    g->set->client, width - (int)strlen(g->set->client), g->set->grouped ? "[]" : "",
	    g->set->grouped ? "each brings" : "brings");
}

static const char *
result_name(const struct value *v)
{
	return v->index ? "class" : v->probability ? "probabilities" : "scores";
}

static enum status
add_program(struct text *t, struct graph *g, const struct value *result, uint64_t n)
{
	const struct import_settings *set = g->set;
	char lo[DECIMAL_MAX], hi[DECIMAL_MAX];
	enum status st;

	add_head(t, g, n);
	TRY(add_inputs(t, g));
	decimal_exact(lo, set->lo, set->frac);
	decimal_exact(hi, set->hi, set->frac);
	if (set->whole)
		text_add(t, "input x : int");
	else
		text_add(t, "input x : fixed<%u>", set->frac);
	text_add(t, " in %s..%s [*, %llu] from %s   # columns as the model has them\n\n", lo, hi,
	    (unsigned long long)g->data->n, set->client);
	add_layers(t, g);
	if (result->index && g->labels != NULL)
		text_add(t, "%s", g->labels);
	text_add(t, "%soutput %s = ", g->first == NULL ? "" : "\n", result_name(result));
	add_value(t, result);
	text_add(t, " to %s%s\n", set->grouped ? "each " : "", set->client);
out:
	return st;
}

static void
add_tensor(struct text *t, const struct graph *g, const struct tensor *p)
{
	for (uint64_t i = 0; i < p->n; i++) {
		uint64_t below = 1;
		for (unsigned k = p->rank; k > 0; k--) {
			below *= p->dim[k - 1];
			if (i % below == 0)
				text_put(t, "[", 1);
		}
		add_number(t, g, p->v[i]);
		below = 1;
		for (unsigned k = p->rank; k > 0; k--) {
			below *= p->dim[k - 1];
			if ((i + 1) % below == 0)
				text_put(t, "]", 1);
		}
		if (i + 1 < p->n)
			text_put(t, ", ", 2);
	}
}

static void
add_weights(struct text *t, const struct graph *g)
{
	bool first = true;

	text_put(t, "{", 1);
	for (const struct layer *l = g->first; l != NULL; l = l->next)
		for (unsigned i = 0; l->needed && i < N_PARAM && l->param[i] != NULL; i++) {
			text_add(t, "%s\n\t\"", first ? "" : ",");
			add_param(t, l, i);
			text_add(t, "\": ");
			add_tensor(t, g, l->param[i]);
			first = false;
		}
	text_add(t, "\n}\n");
}

static uint64_t
count_weights(const struct graph *g)
{
	uint64_t n = 0;

	for (const struct layer *l = g->first; l != NULL; l = l->next)
		for (unsigned i = 0; l->needed && i < N_PARAM && l->param[i] != NULL; i++)
			n += l->param[i]->n;
	return n;
}

enum status
write_program(struct imported *out, struct graph *g, struct value *result)
{
	struct text program = { 0 }, weights = { 0 };
	enum status st;

	need(g, result);
	for (const struct layer *l = g->first; l != NULL; l = l->next)
		if (l->needed && l->kind == LAYER_LOG_SOFTMAX) {
			st = fault_set(g->fault, ST_COMPILE,
			    "the logarithm of a probability that may be 0 (LogSoftmax) is needed");
			fault_help(g->fault, "at a model's end: --result scores, probabilities or argmax");
			goto out;
		}
	out->n_weights = count_weights(g);
	if (out->n_weights == 0 || out->n_weights > N_WEIGHT_MAX) {
		st = fault_set(g->fault, ST_COMPILE, out->n_weights == 0 ?
		    "the model has no weights: nothing would be secret" :
		    "the model has more than %d million weights", (int)(N_WEIGHT_MAX / 1000000));
		goto out;
	}
	TRY(add_program(&program, g, result, out->n_weights));
	add_weights(&weights, g);
	TRY(text_take(&out->program, &program));
	TRY(text_take(&out->weights, &weights));
out:
	text_fini(&program);
	if (weights.at != NULL)
		wipe(weights.at, weights.len);
	text_fini(&weights);
	return st;
}
