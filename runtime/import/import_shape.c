/* import_shape.c: operators that compute shapes, of which PyTorch makes the target of a Reshape;
 * and Pad that does not pad; see graph.h
 *
 * All of it is known but the number of rows: that is NaN, which nothing but the first number of a
 * Reshape's target accepts. */
#include "graph.h"

#include <math.h>
#include <string.h>

static enum status
gives_known(struct graph *g, const struct node *nd, const struct tensor *t)
{
	struct value *v;
	enum status st;

	TRY(GRAPH_NEW(g, &v, 1));
	v->known = t;
	TRY(node_gives(g, nd, 0, v));
out:
	return st;
}

/* [rows, axes ...] of the data, or of a tensor. */
enum status
op_shape(struct graph *g, struct node *nd)
{
	const struct value *x = nd->in[0];
	struct tensor *t;
	uint64_t n;
	enum status st;

	if (x == NULL || x->index)
		return node_refuse(g, nd, NULL, "the shape of classes");
	unsigned first = x->known == NULL ? 1 : 0, rank = first == 0 ? x->known->rank : x->rank;
	n = rank + first;
	TRY(tensor_new(&t, g, 1, &n));
	if (first == 1)
		t->v[0] = NAN;
	for (unsigned i = 0; i < rank; i++)
		t->v[i + first] = (double)(first == 0 ? x->known->dim[i] : x->dim[i]);
	TRY(gives_known(g, nd, t));
out:
	return st;
}

enum status
op_gather(struct graph *g, struct node *nd)
{
	const struct tensor *from, *at;
	struct tensor *t;
	int64_t axis;
	enum status st;

	TRY(node_known(&from, g, nd, 0));
	TRY(node_known(&at, g, nd, 1));
	TRY(attr_int(&axis, g, nd, "axis", 0));
	if (from->rank != 1 || axis != 0) {
		st = node_refuse(g, nd, NULL, "elements of something else than a list");
		goto out;
	}
	TRY(tensor_new(&t, g, at->rank, at->dim));
	for (uint64_t i = 0; i < at->n; i++) {
		double k = at->v[i] < 0 ? at->v[i] + (double)from->n : at->v[i];
		if (!(k >= 0 && k < (double)from->n))
			return node_wrong(g, nd, "an index beyond the end");
		t->v[i] = from->v[(uint64_t)k];
	}
	TRY(gives_known(g, nd, t));
out:
	return st;
}

/* A number becomes a list of one. */
enum status
op_unsqueeze(struct graph *g, struct node *nd)
{
	const struct tensor *from;
	const uint64_t one = 1;
	struct tensor *t;
	enum status st;

	TRY(node_known(&from, g, nd, 0));
	attr_skip(nd, "axes");          /* of a number, or a list of one, there is one place */
	if (from->rank != 0) {
		st = node_refuse(g, nd, NULL, "new axes of something else than a number");
		goto out;
	}
	TRY(tensor_new(&t, g, 1, &one));
	t->v[0] = from->v[0];
	TRY(gives_known(g, nd, t));
out:
	return st;
}

enum status
op_concat(struct graph *g, struct node *nd)
{
	const struct tensor *part;
	struct tensor *t;
	uint64_t n = 0;
	int64_t axis;
	enum status st;

	TRY(attr_int(&axis, g, nd, "axis", 0));
	for (uint32_t i = 0; i < nd->n_in; i++) {
		TRY(node_known(&part, g, nd, i));
		if (part->rank != 1 || axis != 0)
			return node_refuse(g, nd, NULL, "something else than lists");
		n += part->n;
	}
	TRY(tensor_new(&t, g, 1, &n));
	n = 0;
	for (uint32_t i = 0; i < nd->n_in; i++) {
		TRY(node_known(&part, g, nd, i));
		memcpy(t->v + n, part->v, part->n * sizeof *t->v);
		n += part->n;
	}
	TRY(gives_known(g, nd, t));
out:
	return st;
}

/* Pads by nothing: PyTorch writes one before each AveragePool. */
enum status
op_pad(struct graph *g, struct node *nd)
{
	const int64_t *list;
	const struct tensor *pads = NULL;
	struct value *x;
	size_t n;
	bool any = false;
	enum status st;

	TRY(node_data(&x, g, nd, 0));
	TRY(attr_int_list(&list, &n, g, nd, "pads"));
	attr_skip(nd, "mode");          /* with which values it does not pad */
	attr_skip(nd, "value");
	if (nd->n_in > 1)
		TRY(node_known(&pads, g, nd, 1));
	for (size_t i = 0; i < n; i++)
		any = any || list[i] != 0;
	for (uint64_t i = 0; pads != NULL && i < pads->n; i++)
		any = any || pads->v[i] != 0;
	if (any) {
		st = node_refuse(g, nd, "give the padding to the convolution", "padding that is not 0");
		goto out;
	}
	x->uses--;
	TRY(node_gives(g, nd, 0, x));
out:
	return st;
}
