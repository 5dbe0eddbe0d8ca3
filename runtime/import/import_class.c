/* import_class.c: what ends a classifier: classes and probabilities of scores, names of classes,
 * and the linear models of ai.onnx.ml; see graph.h */
#include "graph.h"

#include "../base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static enum status
then(struct value **v, struct graph *g, const struct node *nd, enum layer_kind kind,
    struct value *x, unsigned rank, uint64_t dim)
{
	struct layer *l;
	enum status st;

	TRY(layer_new(&l, g, nd, kind, x, rank, &dim));
	*v = l->out;
out:
	return st;
}

enum status
class_of_several(struct graph *g, const struct node *nd, struct value *s, unsigned transform,
    bool positive)
{
	static const enum layer_kind kind[] = { LAYER_ARGMAX, LAYER_SOFTMAX, LAYER_SIGMOID };
	struct value *p = s, *best;
	enum status st;

	if (transform != 0) {
		TRY(then(&p, g, nd, kind[transform], s, 1, s->dim[0]));
		p->scores = s;
	}
	p->probability = transform != 0 || positive;
	TRY(then(&best, g, nd, LAYER_ARGMAX, s, 0, 0));
	best->index = true;
	best->scores = s;
	s->best = best;
	s->probabilities = p->probability ? p : NULL;
	TRY(node_gives(g, nd, 0, best));
	TRY(node_gives(g, nd, 1, p));
out:
	return st;
}

enum status
class_of_two(struct graph *g, const struct node *nd, struct value *s, unsigned transform,
    bool positive)
{
	struct value *p = s, *best;
	enum status st;

	if (!positive && transform != 2)
		return node_refuse(
		    g, nd, NULL, "two classes with one score, and no LOGISTIC behind it");
	if (!positive)
		TRY(then(&p, g, nd, LAYER_SIGMOID, s, 0, 0));
	TRY(then(&p, g, nd, LAYER_PAIR, p, 1, 2));
	p->probability = true;
	TRY(then(&best, g, nd, positive ? LAYER_ABOVE_HALF : LAYER_ABOVE, s, 0, 0));
	best->index = true;
	p->scores = best->scores = s;
	s->best = best;
	s->probabilities = p;
	TRY(node_gives(g, nd, 0, best));
	TRY(node_gives(g, nd, 1, p));
out:
	return st;
}

enum status
class_labels(uint32_t *n, struct graph *g, struct node *nd, const char *whole)
{
	const ProtobufCBinaryData *texts;
	const int64_t *ints;
	struct text t = { 0 };
	char clean[CLEAN_MAX], *list = NULL;
	size_t k, m;
	bool plain = true;
	enum status st;

	TRY(attr_int_list(&ints, &k, g, nd, whole));
	TRY(attr_text_list(&texts, &m, g, nd, "classlabels_strings"));
	*n = (uint32_t)(k > 0 ? k : m);
	if ((k > 0) == (m > 0) || k + m < 2 || k + m > N_TENSOR_MAX) {
		st = node_wrong(g, nd, "%zu and %zu names of classes", k, m);
		goto out;
	}
	for (size_t i = 0; i < *n; i++) {
		if (k > 0)
			(void)snprintf(clean, sizeof clean, "%lld", (long long)ints[i]);
		else
			clean_text(clean, texts[i].data, texts[i].len);
		plain = plain && k > 0 && ints[i] == (int64_t)i;
		text_add(&t, "# class %zu is %s\n", i, clean);
	}
	st = text_take(&list, &t);
	if (st == ST_OK && !plain) {
		char *copy = NULL;
		st = graph_alloc((void **)&copy, g, strlen(list) + 1);
		if (st == ST_OK)
			g->labels = memcpy(copy, list, strlen(list) + 1);
	}
out:
	text_fini(&t);
	mem_free(list);
	return st;
}

/* [k, d] of a list of coefficients, and k intercepts or none. */
static enum status
linear_weights(struct tensor **w, struct tensor **b, struct graph *g, struct node *nd,
    const struct value *x, uint64_t k)
{
	uint64_t dim[2] = { k, x->n };
	const double *coefficients, *intercepts;
	size_t n, m;
	enum status st;

	TRY(attr_float_list(&coefficients, &n, g, nd, "coefficients"));
	TRY(attr_float_list(&intercepts, &m, g, nd, "intercepts"));
	if (x->rank != 1 || k == 0 || k > N_TENSOR_MAX || n != k * x->n || (m != 0 && m != k))
		return node_wrong(g, nd, "%zu coefficients and %zu intercepts for %llu results of "
		    "%llu columns", n, m, (unsigned long long)k, (unsigned long long)x->n);
	TRY(tensor_new(w, g, 2, dim));
	TRY(tensor_new(b, g, 1, dim));
	memcpy((*w)->v, coefficients, n * sizeof *coefficients);
	if (m != 0)
		memcpy((*b)->v, intercepts, m * sizeof *intercepts);
out:
	return st;
}

enum status
op_linear_number(struct graph *g, struct node *nd)
{
	struct tensor *w, *b;
	struct value *x, *y;
	int64_t targets;
	unsigned transform;
	enum status st;

	TRY(node_data(&x, g, nd, 0));
	TRY(attr_int(&targets, g, nd, "targets", 1));
	TRY(attr_choice(&transform, g, nd, "post_transform", "NONE"));
	TRY(linear_weights(&w, &b, g, nd, x, targets < 1 ? 0 : (uint64_t)targets));
	TRY(dense_layer(&y, g, nd, x, w, b));
	TRY(node_gives(g, nd, 0, y));
out:
	return st;
}

/* Two rows that are each other's negatives, as a classifier of two classes has them; the second is
 * then enough. */
static bool
opposite(const struct tensor *w, const struct tensor *b)
{
	bool so = w->dim[0] == 2 && b->v[0] == -b->v[1];

	for (uint64_t i = 0; so && i < w->dim[1]; i++)
		so = w->v[i] == -w->v[w->dim[1] + i];
	return so;
}

/* The second row alone, times a factor: softmax of (-s, s) is the sigmoid of 2 s. */
static enum status
second_row(struct tensor **w, struct tensor **b, struct graph *g, double factor)
{
	uint64_t dim[2] = { 1, (*w)->dim[1] };
	struct tensor *one, *offset;
	enum status st;

	TRY(tensor_new(&one, g, 2, dim));
	TRY(tensor_new(&offset, g, 1, dim));
	for (uint64_t i = 0; i < dim[1]; i++)
		one->v[i] = factor * (*w)->v[dim[1] + i];
	offset->v[0] = factor * (*b)->v[1];
	*w = one;
	*b = offset;
out:
	return st;
}

enum status
op_linear_class(struct graph *g, struct node *nd)
{
	struct tensor *w, *b;
	struct value *x, *s;
	unsigned transform;
	uint32_t k;
	enum status st;

	TRY(node_data(&x, g, nd, 0));
	TRY(attr_choice(&transform, g, nd, "post_transform", "NONE SOFTMAX LOGISTIC"));
	TRY(class_labels(&k, g, nd, "classlabels_ints"));
	attr_skip(nd, "multi_class");   /* the coefficients say it */
	TRY(linear_weights(&w, &b, g, nd, x, k));
	if (transform == 0 || !opposite(w, b)) {
		TRY(dense_layer(&s, g, nd, x, w, b));
		return class_of_several(g, nd, s, transform, false);
	}
	TRY(second_row(&w, &b, g, transform == 1 ? 2 : 1));
	TRY(dense_layer(&s, g, nd, x, w, b));
	s->uses = 1;
	TRY(then(&s, g, nd, LAYER_RESHAPE, s, 0, 0));
	TRY(class_of_two(g, nd, s, 2, false));
out:
	return st;
}

/* Probabilities made to sum to 1: those of a softmax, or of two classes, do already. */
enum status
op_normalizer(struct graph *g, struct node *nd)
{
	struct value *x, *y;
	unsigned norm;
	enum status st;

	TRY(node_data(&x, g, nd, 0));
	TRY(attr_choice(&norm, g, nd, "norm", "MAX L1 L2"));
	if (norm != 1 || !x->probability || x->rank != 1 || x->made == NULL)
		return node_refuse(g, nd, "give it data that are normalised already",
		    "another norm than L1 of a classifier's probabilities");
	if (x->made->kind != LAYER_SIGMOID) {
		x->uses--;
		return node_gives(g, nd, 0, x);
	}
	TRY(then(&y, g, nd, LAYER_SHARES, x, 1, x->n));
	y->scores = x;
	y->probability = true;
	TRY(node_gives(g, nd, 0, y));
out:
	return st;
}

/* Names of classes, and which one it is: the program has the number, and lists the names. */
enum status
op_feature(struct graph *g, struct node *nd)
{
	struct text t = { 0 };
	char clean[CLEAN_MAX], *list = NULL;
	const struct tensor *names;
	const Onnx__Tensor *texts;
	enum status st;

	if (nd->in[1] == NULL || !nd->in[1]->index)
		return node_refuse(g, nd, "choose the columns before the model, in the data",
		    "it takes something else than the name of a class");
	TRY(node_known(&names, g, nd, 0));
	texts = nd->in[0]->texts;
	for (uint64_t i = 0; i < names->n; i++) {
		if (texts == NULL)
			(void)snprintf(clean, sizeof clean, "%.0f", names->v[i]);
		else
			clean_text(clean, texts->string_data[i].data, texts->string_data[i].len);
		text_add(&t, "# class %llu is %s\n", (unsigned long long)i, clean);
	}
	TRY(text_take(&list, &t));
	char *copy;
	TRY(graph_alloc((void **)&copy, g, strlen(list) + 1));
	g->labels = memcpy(copy, list, strlen(list) + 1);
	nd->in[1]->uses--;
	TRY(node_gives(g, nd, 0, nd->in[1]));
out:
	text_fini(&t);
	mem_free(list);
	return st;
}
