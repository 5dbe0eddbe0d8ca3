/* import_linear.c: operators that are linear in the data: dense layers, and what scales and shifts;
 * see graph.h
 *
 * A scale or shift behind a layer with weights is folded into these, in double, where nothing else
 * reads what stands between: batch normalisation then costs nothing. */
#include "graph.h"

#include <math.h>
#include <string.h>

/* [o, i] of a matrix that is [i, o] if turned. */
static enum status
matrix(struct tensor **out, struct graph *g, const struct tensor *t, bool turned, double factor)
{
	uint64_t dim[2] = { t->dim[turned ? 1 : 0], t->dim[turned ? 0 : 1] };
	enum status st;

	TRY(tensor_new(out, g, 2, dim));
	for (uint64_t o = 0; o < dim[0]; o++)
		for (uint64_t i = 0; i < dim[1]; i++)
			(*out)->v[o * dim[1] + i] =
			    factor * t->v[turned ? i * dim[0] + o : o * dim[1] + i];
out:
	return st;
}

enum status
node_vector(struct tensor **out, struct graph *g, const struct node *nd, const struct tensor *t,
    uint64_t n, double factor)
{
	enum status st;

	TRY(tensor_new(out, g, 1, &n));
	if (t == NULL)
		goto out;
	if ((t->n != n || (t->rank > 0 && t->dim[t->rank - 1] != n)) && t->n != 1) {
		st = node_wrong(g, nd, "an offset of %llu numbers for %llu outputs",
		    (unsigned long long)t->n, (unsigned long long)n);
		goto out;
	}
	for (uint64_t i = 0; i < n; i++)
		(*out)->v[i] = factor * t->v[t->n == 1 ? 0 : i];
out:
	return st;
}

/* Element i of a scale or shift of a row. */
static double
column_of(const struct tensor *t, uint64_t i)
{
	return t->v[t->n == 1 ? 0 : i];
}

/* What scales and shifts the columns of x, and is read by nothing else, goes into w and b. */
static enum status
absorb(struct value **x, struct tensor **b, struct graph *g, struct tensor *w)
{
	enum status st = ST_OK;

	for (struct layer *l = (*x)->made; l != NULL && (*x)->uses == 1 &&
	    (l->kind == LAYER_SCALE || l->kind == LAYER_FACTOR || l->kind == LAYER_SHIFT);
	    l = (*x)->made) {
		const struct tensor *s = l->kind == LAYER_SHIFT ? NULL : l->param[0];
		const struct tensor *t = l->kind == LAYER_SHIFT ? l->param[0] : l->param[1];
		if (t != NULL && *b == NULL)
			TRY(tensor_new(b, g, 1, w->dim));
		for (uint64_t o = 0; o < w->dim[0]; o++)
			for (uint64_t i = 0; i < w->dim[1]; i++) {
				double *p = &w->v[o * w->dim[1] + i];
				if (t != NULL)
					(*b)->v[o] += *p * column_of(t, i);
				*p *= s == NULL ? 1 : column_of(s, i);
			}
		*x = l->in[0];
	}
out:
	return st;
}

enum status
dense_layer(struct value **out, struct graph *g, const struct node *nd, struct value *x,
    struct tensor *w, struct tensor *b)
{
	struct layer *l;
	enum status st;

	if (x->rank != 1)
		return node_refuse(
		    g, nd, "flatten them first", "a product with rows that have %u axes", x->rank);
	if (x->dim[0] != w->dim[1])
		return node_wrong(g, nd, "a matrix of %llu columns meets rows of %llu values",
		    (unsigned long long)w->dim[1], (unsigned long long)x->n);
	TRY(absorb(&x, &b, g, w));
	TRY(layer_new(&l, g, nd, b == NULL ? LAYER_LINEAR : LAYER_DENSE, x, 1, w->dim));
	l->param[0] = w;
	l->param[1] = b;
	*out = l->out;
out:
	return st;
}

enum status
op_gemm(struct graph *g, struct node *nd)
{
	const struct tensor *b, *c = NULL;
	struct tensor *w, *offset;
	struct value *x;
	int64_t turn_a, turn_b;
	double alpha, beta;
	enum status st;

	TRY(attr_float(&alpha, g, nd, "alpha", 1));
	TRY(attr_float(&beta, g, nd, "beta", 1));
	TRY(attr_int(&turn_a, g, nd, "transA", 0));
	TRY(attr_int(&turn_b, g, nd, "transB", 0));
	TRY(node_data(&x, g, nd, 0));
	TRY(node_known(&b, g, nd, 1));
	if (nd->n_in > 2)
		TRY(node_known(&c, g, nd, 2));
	if (turn_a != 0) {
		st = node_refuse(g, nd, NULL, "transA turns the rows of the data into columns");
		goto out;
	}
	if (b->rank != 2) {
		st = node_wrong(g, nd, "its second input has %u axes", b->rank);
		goto out;
	}
	TRY(matrix(&w, g, b, turn_b == 0, alpha));
	TRY(node_vector(&offset, g, nd, c, w->dim[0], beta));
	TRY(dense_layer(&x, g, nd, x, w, offset));
	TRY(node_gives(g, nd, 0, x));
out:
	return st;
}

enum status
op_matmul(struct graph *g, struct node *nd)
{
	const struct tensor *b;
	struct tensor *w;
	struct value *x;
	enum status st;

	TRY(node_data(&x, g, nd, 0));
	TRY(node_known(&b, g, nd, 1));
	if (b->rank != 2) {
		st = node_refuse(g, nd, NULL,
		    "a product with a tensor of %u axes; of two can be imported", b->rank);
		goto out;
	}
	TRY(matrix(&w, g, b, true, 1));
	TRY(dense_layer(&x, g, nd, x, w, NULL));
	TRY(node_gives(g, nd, 0, x));
out:
	return st;
}

/* Puts y = s * x + t into the layer with weights that made x, if it alone reads x; s and t have one
 * number for each output. */
static bool
fold(struct value *x, const struct tensor *s, struct tensor *t)
{
	struct layer *l = x->made;

	/* A line's channels stay where they are while it is an image. */
	while (l != NULL && l->kind == LAYER_RESHAPE && l->in[0]->made != NULL &&
	    l->in[0]->uses == 1 && l->in[0]->dim[0] == x->dim[0])
		l = l->in[0]->made;
	if (l == NULL || x->uses != 1 || (l->kind != LAYER_DENSE && l->kind != LAYER_LINEAR &&
	    l->kind != LAYER_CONV && l->kind != LAYER_CONV_ANY))
		return false;
	struct tensor *w = l->param[0], *b = l->param[1];
	uint64_t n = w->dim[0], each = w->n / n;
	for (uint64_t o = 0; o < n; o++) {
		for (uint64_t i = 0; i < each; i++)
			w->v[o * each + i] *= s->v[o];
		t->v[o] += b == NULL ? 0 : b->v[o] * s->v[o];
	}
	l->param[1] = t;
	if (l->kind == LAYER_LINEAR)
		l->kind = LAYER_DENSE;
	x->uses = 0;                    /* from now on it is read as the result of this node */
	return true;
}

/* y = s * x + t for each channel (the first axis of a row); NULL s: 1. */
static enum status
channels(
    struct graph *g, const struct node *nd, struct value *x, struct tensor *s, struct tensor *t)
{
	uint64_t dim[TENSOR_RANK_MAX] = { x->dim[0], 1, 1, 1, 1, 1 };
	struct layer *l;
	enum status st;

	if (fold(x, s, t))
		return node_gives(g, nd, 0, x);
	TRY(layer_new(&l, g, nd, LAYER_SCALE, x, x->rank, x->dim));
	s->rank = t->rank = x->rank;
	memcpy(s->dim, dim, sizeof dim);
	memcpy(t->dim, dim, sizeof dim);
	l->param[0] = s;
	l->param[1] = t;
	TRY(node_gives(g, nd, 0, l->out));
out:
	return st;
}

enum status
op_batch_norm(struct graph *g, struct node *nd)
{
	const struct tensor *p[4];
	struct tensor *s, *t;
	struct value *x;
	int64_t training, spatial;
	double epsilon;
	enum status st;

	TRY(node_data(&x, g, nd, 0));
	TRY(attr_float(&epsilon, g, nd, "epsilon", 1e-5));
	TRY(attr_int(&training, g, nd, "training_mode", 0));
	TRY(attr_int(&spatial, g, nd, "spatial", 1));
	attr_skip(nd, "momentum");      /* of training */
	if (training != 0 || spatial != 1) {
		st = node_refuse(g, nd, "export the model in evaluation mode", "%s = %lld",
		    training != 0 ? "training_mode" : "spatial",
		    (long long)(training != 0 ? training : spatial));
		goto out;
	}
	if (x->rank == 0) {
		st = node_wrong(g, nd, "its rows have no channels");
		goto out;
	}
	for (unsigned i = 0; i < 4; i++) {
		TRY(node_known(&p[i], g, nd, i + 1));
		if (p[i]->n != x->dim[0])
			TRY(node_wrong(g, nd, "its input %u has %llu numbers for %llu channels",
			    i + 1, (unsigned long long)p[i]->n, (unsigned long long)x->dim[0]));
	}
	TRY(tensor_new(&s, g, 1, x->dim));
	TRY(tensor_new(&t, g, 1, x->dim));
	for (uint64_t i = 0; i < s->n; i++) {
		double under = p[3]->v[i] + epsilon;
		if (!(under > 0))
			TRY(node_wrong(g, nd, "a variance is not positive"));
		s->v[i] = p[0]->v[i] / sqrt(under);
		t->v[i] = p[1]->v[i] - p[2]->v[i] * s->v[i];
	}
	TRY(channels(g, nd, x, s, t));
out:
	return st;
}

/* (x - offset) * scale, of each column. */
enum status
op_scaler(struct graph *g, struct node *nd)
{
	const double *offset, *scale;
	struct tensor *s, *t;
	struct value *x;
	size_t n, m;
	enum status st;

	TRY(node_data(&x, g, nd, 0));
	TRY(attr_float_list(&offset, &n, g, nd, "offset"));
	TRY(attr_float_list(&scale, &m, g, nd, "scale"));
	if (x->rank != 1 || (n > 1 && n != x->n) || (m > 1 && m != x->n))
		return node_wrong(g, nd, "%zu offsets and %zu scales for rows of %llu values", n, m,
		    (unsigned long long)x->n);
	TRY(tensor_new(&s, g, 1, x->dim));
	TRY(tensor_new(&t, g, 1, x->dim));
	for (uint64_t i = 0; i < s->n; i++) {
		s->v[i] = m == 0 ? 1 : scale[m == 1 ? 0 : i];
		t->v[i] = n == 0 ? 0 : -offset[n == 1 ? 0 : i] * s->v[i];
	}
	TRY(channels(g, nd, x, s, t));
out:
	return st;
}

/* The axes of a known tensor that stand against those of a row of x; false if it has others, or
 * would make x greater. */
static bool
against_row(uint64_t dim[TENSOR_RANK_MAX], const struct tensor *t, const struct value *x)
{
	unsigned skip = t->rank > x->rank ? t->rank - x->rank : 0;

	for (unsigned i = 0; i < skip; i++)
		if (t->dim[i] != 1)
			return false;
	for (unsigned i = 0; i < x->rank; i++) {
		unsigned from_end = x->rank - i;
		dim[i] = from_end > t->rank ? 1 : t->dim[t->rank - from_end];
		if (dim[i] != 1 && dim[i] != x->dim[i])
			return false;
	}
	return true;
}

/* s or t, where the other one is NULL, of x's shape but for axes of length 1. */
static enum status
by_known(struct graph *g, const struct node *nd, struct value *x, const struct tensor *known,
    bool product, double power, double sign)
{
	uint64_t dim[TENSOR_RANK_MAX] = { 0 }, each = 1;
	struct tensor *s, *t;
	struct layer *l;
	enum status st;

	if (!against_row(dim, known, x))
		return node_refuse(g, nd, NULL, "a constant that does not have the shape of a row");
	for (unsigned i = 1; i < x->rank; i++)
		each *= dim[i];
	if (x->rank > 0 && each == 1) {
		TRY(tensor_new(&s, g, 1, x->dim));
		TRY(tensor_new(&t, g, 1, x->dim));
		for (uint64_t i = 0; i < s->n; i++) {
			double v = known->v[known->n == 1 ? 0 : i];
			s->v[i] = product ? pow(v, power) : 1;
			t->v[i] = product ? 0 : sign * v;
		}
		if (fold(x, s, t))
			return node_gives(g, nd, 0, x);
	}
	TRY(tensor_new(&s, g, x->rank, dim));
	for (uint64_t i = 0; i < s->n; i++)
		s->v[i] = product ? pow(known->v[i], power) : sign * known->v[i];
	TRY(layer_new(&l, g, nd, product ? LAYER_FACTOR : LAYER_SHIFT, x, x->rank, x->dim));
	l->param[0] = s;
	TRY(node_gives(g, nd, 0, l->out));
out:
	return st;
}

/* Both are computed of the data. */
static enum status
by_data(struct graph *g, const struct node *nd, enum layer_kind kind)
{
	uint64_t dim[TENSOR_RANK_MAX] = { 0 };
	struct value *x, *y;
	struct layer *l;
	enum status st;

	TRY(node_data(&x, g, nd, 0));
	TRY(node_data(&y, g, nd, 1));
	for (unsigned i = 0; i < x->rank && i < y->rank; i++)
		dim[i] = x->dim[i] == 1 ? y->dim[i] : x->dim[i];
	for (unsigned i = 0; i < x->rank && i < y->rank; i++)
		if (y->dim[i] != 1 && y->dim[i] != dim[i])
			return node_refuse(g, nd, NULL, "its inputs have different shapes");
	if (x->rank != y->rank)
		return node_refuse(g, nd, NULL, "its inputs have different shapes");
	TRY(layer_new(&l, g, nd, kind, x, x->rank, dim));
	l->in[1] = y;
	TRY(node_gives(g, nd, 0, l->out));
out:
	return st;
}

/* One input is known, which one is *i; 2: none is. */
static enum status
known_side(unsigned *i, struct graph *g, const struct node *nd)
{
	*i = 2;
	for (unsigned k = 0; k < 2; k++)
		if (nd->in[k] == NULL)
			return node_wrong(g, nd, "input %u is missing", k);
	if (nd->in[0]->known != NULL)
		*i = 0;
	else if (nd->in[1]->known != NULL)
		*i = 1;
	return ST_OK;
}

enum status
op_add(struct graph *g, struct node *nd)
{
	struct value *x;
	unsigned i;
	enum status st;

	TRY(known_side(&i, g, nd));
	if (i == 2)
		return by_data(g, nd, LAYER_ADD);
	TRY(node_data(&x, g, nd, 1 - i));
	TRY(by_known(g, nd, x, nd->in[i]->known, false, 1, 1));
out:
	return st;
}

/* A constant minus data. */
static enum status
from_known(struct graph *g, const struct node *nd)
{
	uint64_t dim[TENSOR_RANK_MAX] = { 0 };
	const struct tensor *known = nd->in[0]->known;
	struct tensor *t;
	struct value *x;
	struct layer *l;
	enum status st;

	TRY(node_data(&x, g, nd, 1));
	if (!against_row(dim, known, x))
		return node_refuse(g, nd, NULL, "a constant that does not have the shape of a row");
	TRY(tensor_new(&t, g, x->rank, dim));
	memcpy(t->v, known->v, t->n * sizeof *t->v);
	TRY(layer_new(&l, g, nd, LAYER_FROM, x, x->rank, x->dim));
	l->param[0] = t;
	TRY(node_gives(g, nd, 0, l->out));
out:
	return st;
}

enum status
op_sub(struct graph *g, struct node *nd)
{
	struct value *x;
	unsigned i;
	enum status st;

	TRY(known_side(&i, g, nd));
	if (i == 2)
		return by_data(g, nd, LAYER_SUB);
	if (i == 0)
		return from_known(g, nd);
	TRY(node_data(&x, g, nd, 0));
	TRY(by_known(g, nd, x, nd->in[1]->known, false, 1, -1));
out:
	return st;
}

enum status
op_mul(struct graph *g, struct node *nd)
{
	struct value *x;
	unsigned i;
	enum status st;

	TRY(known_side(&i, g, nd));
	if (i == 2)
		return by_data(g, nd, LAYER_MUL);
	TRY(node_data(&x, g, nd, 1 - i));
	TRY(by_known(g, nd, x, nd->in[i]->known, true, 1, 1));
out:
	return st;
}

enum status
op_div(struct graph *g, struct node *nd)
{
	const struct tensor *known;
	struct value *x;
	enum status st;

	TRY(node_data(&x, g, nd, 0));
	TRY(node_known(&known, g, nd, 1));
	for (uint64_t i = 0; i < known->n; i++)
		if (known->v[i] == 0)
			TRY(node_wrong(g, nd, "it divides by 0"));
	TRY(by_known(g, nd, x, known, true, -1, 1));
out:
	return st;
}
