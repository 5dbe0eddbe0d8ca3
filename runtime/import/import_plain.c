/* import_plain.c: operators without weights: activations, shapes, and what does nothing
 * when a model is used; see graph.h */
#include "graph.h"

#include <math.h>
#include <string.h>

enum { BOUND_MOST = 1 << 30 };          /* of numbers that the program says */

/* The node's result is what it is given. */
static enum status
passes(struct graph *g, const struct node *nd)
{
	struct value *v = nd->in[0];

	if (v == NULL)
		return node_wrong(g, nd, "input 0 is missing");
	v->uses--;                      /* by this node; who reads its result is counted instead */
	return node_gives(g, nd, 0, v);
}

static enum status
same_shape(struct value **out, struct graph *g, const struct node *nd, enum layer_kind kind)
{
	struct value *x;
	struct layer *l;
	enum status st;

	*out = NULL;
	TRY(node_data(&x, g, nd, 0));
	TRY(layer_new(&l, g, nd, kind, x, x->rank, x->dim));
	*out = l->out;
	TRY(node_gives(g, nd, 0, l->out));
out:
	return st;
}

enum status
op_relu(struct graph *g, struct node *nd)
{
	struct value *y;

	return same_shape(&y, g, nd, LAYER_RELU);
}

/* relu with a slope below 0, which is no secret: it belongs to the model's kind. */
enum status
op_leaky(struct graph *g, struct node *nd)
{
	struct value *y;
	double alpha;
	enum status st;

	TRY(same_shape(&y, g, nd, LAYER_LEAKY));
	TRY(attr_float(&alpha, g, nd, "alpha", 0.01));
	if (!(fabs(alpha) <= BOUND_MOST))
		return node_refuse(g, nd, NULL, "alpha = %g", alpha);
	y->made->real[0] = 1 - alpha;
	y->made->real[1] = alpha;
out:
	return st;
}

/* A bound from input i, or from an attribute; false if it is not given, or beyond all values. */
static enum status
bound(bool *given, double *out, struct graph *g, struct node *nd, uint32_t i, const char *name)
{
	const struct tensor *t;
	enum status st;

	TRY(attr_float(out, g, nd, name, 0));
	*given = attr_given(nd, name);
	if (i < nd->n_in && nd->in[i] != NULL) {
		TRY(node_known(&t, g, nd, i));
		if (t->n != 1 || isnan(t->v[0]))
			return node_refuse(g, nd, NULL, "a bound that is not one number");
		*given = true;
		*out = t->v[0];
	}
	*given = *given && fabs(*out) < BOUND_MOST;
out:
	return st;
}

/* The bounds are no secret, either: they are mostly 0 and 6. */
static enum status
clip(struct graph *g, struct node *nd, uint32_t lower, uint32_t upper)
{
	struct value *y;
	double lo, hi;
	bool low, high;
	enum status st;

	TRY(bound(&low, &lo, g, nd, lower, "min"));
	TRY(bound(&high, &hi, g, nd, upper, "max"));
	if (!low && !high)
		return passes(g, nd);
	if (low && high && lo > hi)
		return node_wrong(g, nd, "its bounds cross");
	TRY(same_shape(&y, g, nd, low && high ? LAYER_CLAMP : low ? LAYER_FLOOR : LAYER_CEILING));
	y->made->real[0] = low ? lo : hi;
	y->made->real[1] = hi;
out:
	return st;
}

enum status
op_clip(struct graph *g, struct node *nd)
{
	return clip(g, nd, 1, 2);
}

enum status
op_max(struct graph *g, struct node *nd)
{
	return clip(g, nd, 1, N_PORT);
}

enum status
op_min(struct graph *g, struct node *nd)
{
	return clip(g, nd, N_PORT, 1);
}

enum status
op_tanh(struct graph *g, struct node *nd)
{
	struct value *y;

	return same_shape(&y, g, nd, LAYER_TANH);
}

enum status
op_sigmoid(struct graph *g, struct node *nd)
{
	struct value *y;
	enum status st;

	TRY(same_shape(&y, g, nd, LAYER_SIGMOID));
	y->scores = nd->in[0];
	y->probability = true;
out:
	return st;
}

/* Whether axis is the last one of the rows of x, the rows themselves being axis 0. */
static bool
is_last(const struct value *x, int64_t axis)
{
	return axis == -1 || (axis > 0 && axis == (int64_t)x->rank);
}

static enum status
softmax(struct value **out, struct graph *g, struct node *nd, enum layer_kind kind)
{
	struct value *y;
	int64_t axis;
	enum status st;

	TRY(same_shape(&y, g, nd, kind));
	TRY(attr_int(&axis, g, nd, "axis", g->opset < 13 ? 1 : -1));
	if (y->rank == 0 || !is_last(y, axis) || (g->opset < 13 && y->rank != 1)) {
		st = node_refuse(g, nd, NULL, "axis = %lld; only the last axis can be imported",
		    (long long)axis);
		goto out;
	}
	y->scores = nd->in[0];
	*out = y;
out:
	return st;
}

enum status
op_softmax(struct graph *g, struct node *nd)
{
	struct value *y;
	enum status st;

	TRY(softmax(&y, g, nd, LAYER_SOFTMAX));
	y->probability = true;
out:
	return st;
}

/* Its scores, class and probabilities can be had; its logarithms of what may round to 0 cannot. */
enum status
op_log_softmax(struct graph *g, struct node *nd)
{
	struct value *y;

	return softmax(&y, g, nd, LAYER_LOG_SOFTMAX);
}

enum status
op_argmax(struct graph *g, struct node *nd)
{
	struct value *x;
	struct layer *l;
	int64_t axis, keep, last;
	enum status st;

	TRY(node_data(&x, g, nd, 0));
	TRY(attr_int(&axis, g, nd, "axis", 0));
	TRY(attr_int(&keep, g, nd, "keepdims", 1));
	TRY(attr_int(&last, g, nd, "select_last_index", 0));
	if (x->rank != 1 || !is_last(x, axis) || last != 0) {
		st = node_refuse(g, nd, NULL,
		    "axis = %lld, select_last_index = %lld; the first of the "
		    "best along the only axis of a row can be imported",
		    (long long)axis, (long long)last);
		goto out;
	}
	if (x->best != NULL || (x->scores != NULL && x->scores->best != NULL))
		return node_gives(g, nd, 0, x->best != NULL ? x->best : x->scores->best);
	/* The greatest probability is that of the greatest score. */
	if (x->made != NULL && (x->made->kind == LAYER_SOFTMAX || x->made->kind == LAYER_LOG_SOFTMAX))
		x = x->scores;
	TRY(layer_new(&l, g, nd, LAYER_ARGMAX, x, 0, NULL));
	l->out->index = true;
	l->out->scores = x;
	TRY(node_gives(g, nd, 0, l->out));
out:
	return st;
}

static enum status
shaped(struct graph *g, const struct node *nd, struct value *x, unsigned rank, const uint64_t dim[])
{
	struct layer *l;
	enum status st;

	if (rank == x->rank && memcmp(dim, x->dim, rank * sizeof *dim) == 0)
		return passes(g, nd);
	TRY(layer_new(&l, g, nd, LAYER_RESHAPE, x, rank, dim));
	TRY(node_gives(g, nd, 0, l->out));
out:
	return st;
}

enum status
op_flatten(struct graph *g, struct node *nd)
{
	struct value *x;
	int64_t axis;
	enum status st;

	TRY(node_data(&x, g, nd, 0));
	TRY(attr_int(&axis, g, nd, "axis", 1));
	if (axis != 1 && axis != -(int64_t)x->rank) {
		st = node_refuse(g, nd, NULL,
		    "axis = %lld mixes the rows; axis = 1 can be imported", (long long)axis);
		goto out;
	}
	TRY(shaped(g, nd, x, 1, &x->n));
out:
	return st;
}

/* The axes behind the rows that a Reshape means; false if it does not keep the rows. */
static bool
new_axes(uint64_t dim[TENSOR_RANK_MAX], const struct tensor *to, const struct value *x, bool zero)
{
	uint64_t n = 1;
	int free_axis = -1;

	if (to->n < 1 || to->n > TENSOR_RANK_MAX + 1)
		return false;
	for (unsigned i = 1; i < to->n; i++) {
		double d = to->v[i];
		if (d == 0 && !zero)
			d = i <= x->rank ? (double)x->dim[i - 1] : 0;
		if (d == -1 && free_axis < 0)
			free_axis = (int)i - 1;
		else if (!(d >= 1 && d <= (double)(N_TENSOR_MAX / n)))
			return false;
		dim[i - 1] = d == -1 ? 1 : (uint64_t)d;
		n *= dim[i - 1];
	}
	if (free_axis >= 0) {
		dim[free_axis] = x->n / n;
		n *= dim[free_axis];
	}
	return n == x->n;
}

enum status
op_reshape(struct graph *g, struct node *nd)
{
	uint64_t dim[TENSOR_RANK_MAX] = { 0 };
	const struct tensor *to;
	struct value *x;
	int64_t zero;
	enum status st;

	attr_skip(nd, "allowzero");
	if (nd->in[0] != NULL && nd->in[0]->index)      /* a class has but one shape */
		return passes(g, nd);
	TRY(node_data(&x, g, nd, 0));
	TRY(node_known(&to, g, nd, 1));
	TRY(attr_int(&zero, g, nd, "allowzero", 0));
	if (!new_axes(dim, to, x, zero != 0)) {
		st = node_refuse(g, nd,
		    "its shape must be [-1, ...], with as many values in a row as before",
		    "the rows do not stay rows");
		goto out;
	}
	TRY(shaped(g, nd, x, (unsigned)to->n - 1, dim));
out:
	return st;
}

enum status
op_identity(struct graph *g, struct node *nd)
{
	return passes(g, nd);
}

enum status
op_zip_map(struct graph *g, struct node *nd)
{
	attr_skip(nd, "classlabels_int64s");    /* the classifier's own */
	attr_skip(nd, "classlabels_strings");
	return passes(g, nd);
}

static bool
is_whole(const struct value *v)
{
	if (v->known == NULL)
		return v->index;
	for (uint64_t i = 0; i < v->known->n; i++)
		if (!isnan(v->known->v[i]) && v->known->v[i] != trunc(v->known->v[i]))
			return false;
	return true;
}

enum status
op_cast(struct graph *g, struct node *nd)
{
	enum { TO_FLOAT = 1, TO_INT32 = 6, TO_INT64 = 7, TO_DOUBLE = 11 };
	int64_t to;
	enum status st;

	TRY(attr_int(&to, g, nd, "to", 0));
	attr_skip(nd, "saturate");      /* of 8-bit floats */
	bool real = to == TO_FLOAT || to == TO_DOUBLE, whole = to == TO_INT32 || to == TO_INT64;
	if (nd->in[0] == NULL || !(real || (whole && is_whole(nd->in[0])))) {
		st = node_refuse(g, nd, NULL, "a conversion to ONNX's type %lld changes values",
		    (long long)to);
		goto out;
	}
	TRY(passes(g, nd));
out:
	return st;
}

enum status
op_dropout(struct graph *g, struct node *nd)
{
	const struct tensor *training;
	enum status st = ST_OK;

	attr_skip(nd, "ratio");
	attr_skip(nd, "seed");
	if (nd->n_in > 2) {
		TRY(node_known(&training, g, nd, 2));
		if (training->n != 1 || training->v[0] != 0)
			TRY(node_refuse(
			    g, nd, "export the model in evaluation mode", "training_mode"));
	}
	TRY(passes(g, nd));
out:
	return st;
}

enum status
op_constant(struct graph *g, struct node *nd)
{
	const int64_t *ints;
	const double *floats;
	struct tensor *t;
	struct value *v;
	int64_t i;
	size_t n, k;
	double f;
	enum status st;

	TRY(attr_tensor(&t, g, nd, "value"));
	TRY(attr_int_list(&ints, &n, g, nd, "value_ints"));
	TRY(attr_float_list(&floats, &k, g, nd, "value_floats"));
	TRY(attr_int(&i, g, nd, "value_int", 0));
	TRY(attr_float(&f, g, nd, "value_float", 0));
	if (t == NULL) {
		bool one = attr_given(nd, "value_int") || attr_given(nd, "value_float");
		uint64_t len = one ? 1 : n + k;
		if (len == 0 || (!one && n > 0 && k > 0)) {
			st = node_refuse(
			    g, nd, NULL, "its value is of a kind that cannot be imported");
			goto out;
		}
		TRY(tensor_new(&t, g, one ? 0 : 1, &len));
		for (uint64_t j = 0; j < len; j++)
			t->v[j] = one ? (double)i + f : n > 0 ? (double)ints[j] : floats[j];
	}
	TRY(GRAPH_NEW(g, &v, 1));
	v->known = t;
	TRY(node_gives(g, nd, 0, v));
out:
	return st;
}
