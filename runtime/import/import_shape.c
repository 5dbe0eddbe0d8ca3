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

/* The axes that a node adds or takes away, a bit each, from the attribute or input 1; of rank + 1
 * with the rows.  All: none are given. */
static enum status
read_places(unsigned *bits, struct graph *g, struct node *nd, unsigned axes)
{
	const struct tensor *t = NULL;
	const int64_t *list;
	size_t n;
	enum status st;

	*bits = 0;
	TRY(attr_int_list(&list, &n, g, nd, "axes"));
	if (nd->n_in > 1) {
		TRY(node_known(&t, g, nd, 1));
		n = (size_t)t->n;
	}
	for (size_t i = 0; i < n; i++) {
		double v = t == NULL ? (double)list[i] : t->v[i];
		v += v < 0 ? axes : 0;
		if (!(v >= 0 && v < axes))
			return node_wrong(g, nd, "an axis that is not there");
		*bits |= 1u << (unsigned)v;
	}
out:
	return st;
}

/* The same numbers in other axes. */
static enum status
gives_axes(struct graph *g, const struct node *nd, unsigned rank, const uint64_t dim[])
{
	const struct tensor *from = nd->in[0]->known;
	struct tensor *t;
	struct layer *l;
	enum status st;

	if (from != NULL) {
		TRY(tensor_new(&t, g, rank, dim));
		memcpy(t->v, from->v, t->n * sizeof *t->v);
		TRY(gives_known(g, nd, t));
		goto out;
	}
	TRY(layer_new(&l, g, nd, LAYER_RESHAPE, nd->in[0], rank, dim));
	TRY(node_gives(g, nd, 0, l->out));
out:
	return st;
}

/* Unsqueeze and Squeeze; the rows stay the first axis. */
static enum status
change_axes(struct graph *g, struct node *nd, bool add)
{
	uint64_t from[TENSOR_RANK_MAX + 1] = { 0 }, to[2 * TENSOR_RANK_MAX + 2] = { 0 };
	const struct value *v = nd->in[0];
	unsigned bits, first, rank, n = 0, k = 0, least = 0;
	enum status st;

	if (v == NULL)
		return node_wrong(g, nd, "input 0 is missing");
	attr_skip(nd, "axes");
	if (v->index) {                         /* a class has but one shape */
		nd->in[0]->uses--;
		return node_gives(g, nd, 0, nd->in[0]);
	}
	first = v->known == NULL;
	rank = first + (v->known == NULL ? v->rank : v->known->rank);
	memcpy(from + first, v->known == NULL ? v->dim : v->known->dim,
	    (rank - first) * sizeof *from);
	TRY(read_places(&bits, g, nd, add ? 2 * TENSOR_RANK_MAX : rank));
	for (unsigned i = 0; add && i < 2 * TENSOR_RANK_MAX; i++)
		least += bits >> i & 1;
	if (add && least + rank > TENSOR_RANK_MAX)
		return node_refuse(g, nd, NULL, "more than %d axes", (int)TENSOR_RANK_MAX);
	if (add)                                /* places are those of the result */
		TRY(read_places(&bits, g, nd, least + rank));
	for (unsigned i = 0; add && k < least + rank && i < 2 * TENSOR_RANK_MAX; i++)
		to[k++] = bits >> i & 1 ? 1 : n < rank ? from[n++] : 1;
	for (unsigned i = 0; !add && i < rank; i++) {
		bool gone = bits == 0 ? from[i] == 1 : (bits >> i & 1) != 0;
		if (gone && from[i] != 1)
			return node_refuse(g, nd, NULL, "it drops an axis that is longer than 1, or rows");
		if (!gone)
			to[k++] = from[i];
	}
	if (first && to[0] != 0)
		return node_refuse(g, nd, NULL, "the rows do not stay the first axis");
	TRY(gives_axes(g, nd, k - first, to + first));
out:
	return st;
}

enum status
op_unsqueeze(struct graph *g, struct node *nd)
{
	return change_axes(g, nd, true);
}

enum status
op_squeeze(struct graph *g, struct node *nd)
{
	return change_axes(g, nd, false);
}

/* Rows and columns of a known matrix. */
static enum status
turn_known(struct graph *g, const struct node *nd, const struct tensor *from)
{
	uint64_t dim[2] = { from->dim[1], from->dim[0] };
	struct tensor *t;
	enum status st;

	TRY(tensor_new(&t, g, 2, dim));
	for (uint64_t i = 0; i < t->n; i++)
		t->v[i] = from->v[i % dim[1] * dim[0] + i / dim[1]];
	TRY(gives_known(g, nd, t));
out:
	return st;
}

/* Other orders of the axes behind the rows, as between Keras' images and PyTorch's. */
enum status
op_transpose(struct graph *g, struct node *nd)
{
	uint64_t dim[TENSOR_RANK_MAX] = { 0 };
	const int64_t *perm;
	struct layer *l;
	struct value *x = nd->in[0];
	unsigned seen = 0;
	size_t n;
	enum status st;

	TRY(attr_int_list(&perm, &n, g, nd, "perm"));
	if (x != NULL && x->known != NULL && x->known->rank == 2 &&
	    (n == 0 || (n == 2 && perm[0] == 1 && perm[1] == 0)))
		return turn_known(g, nd, x->known);
	TRY(node_data(&x, g, nd, 0));
	if (n != x->rank + 1 || perm[0] != 0)
		return node_refuse(g, nd, NULL, "the rows do not stay the first axis");
	for (unsigned i = 1; i < n; i++) {
		if (perm[i] < 1 || perm[i] > x->rank)
			return node_wrong(g, nd, "an axis that is not there");
		seen |= 1u << perm[i];
		dim[i - 1] = x->dim[perm[i] - 1];
	}
	if (seen + 2 != 2u << x->rank)
		return node_wrong(g, nd, "an axis stands twice");
	TRY(layer_new(&l, g, nd, LAYER_TRANSPOSE, x, x->rank, dim));
	for (unsigned i = 1; i < n; i++)
		l->number[i - 1] = perm[i];
	TRY(node_gives(g, nd, 0, l->out));
out:
	return st;
}

/* 1 - p beside p: the probabilities of two classes, as scikit-learn's models end in. */
static bool
is_pair(const struct node *nd, int64_t axis)
{
	const struct value *a = nd->in[0], *b = nd->in[1];

	return nd->n_in == 2 && axis == 1 && a != NULL && b != NULL && a->made != NULL &&
	    a->made->kind == LAYER_FROM && a->made->in[0] == b && a->made->param[0]->n == 1 &&
	    a->made->param[0]->v[0] == 1 && b->probability && b->rank == 1 && b->n == 1;
}

static enum status
gives_pair(struct graph *g, const struct node *nd)
{
	struct value *p = nd->in[1], *s = p->scores;
	struct layer *l, *best;
	enum status st;

	TRY(layer_new(&l, g, nd, LAYER_PAIR, p, 1, &(uint64_t){ 2 }));
	l->out->probability = true;
	if (s != NULL) {
		s->uses++;
		TRY(layer_new(&best, g, nd, LAYER_RESHAPE, s, 0, NULL));
		best->out->uses = 1;
		TRY(layer_new(&best, g, nd, LAYER_ABOVE, best->out, 0, NULL));
		best->out->index = true;
		best->out->scores = s;
		s->best = best->out;
		s->probabilities = l->out;
	}
	l->out->scores = s;
	TRY(node_gives(g, nd, 0, l->out));
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
	if (is_pair(nd, axis))
		return gives_pair(g, nd);
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
