/* import_window.c: operators that look at an image through windows: convolutions and pools; see
 * graph.h
 *
 * A line [c, w] is an image [c, 1, w], and so are its windows.  Padding that is not the same on
 * all sides stands before a convolution as a layer of its own; a pool does not count what is
 * outside. */
#include "graph.h"

#include <string.h>

/* Of an image's height and width; pads are above, left, below, right. */
struct frame {
	int64_t size[2], step[2], apart[2], pads[4];
	unsigned automatic, axes;       /* axes: of the model's value, 1 or 2 */
	bool same;                      /* both ways, on all sides */
};

enum { PAD_NOT_SET, PAD_VALID, PAD_UPPER, PAD_LOWER };

static bool
within(const int64_t v[], unsigned n, int64_t least)
{
	for (unsigned i = 0; i < n; i++)
		if (v[i] < least || v[i] > N_TENSOR_MAX)
			return false;
	return true;
}

/* n numbers for each axis of the model's value; a line's are those of the width. */
static enum status
read_axes(int64_t out[], struct graph *g, struct node *nd, const struct frame *f, const char *name,
    unsigned n, int64_t otherwise)
{
	int64_t v[4];
	enum status st;

	TRY(attr_numbers(v, g, nd, name, n * f->axes, otherwise));
	for (unsigned i = 0; i < n; i++) {
		out[2 * i] = f->axes == 1 ? otherwise : v[2 * i];
		out[2 * i + 1] = f->axes == 1 ? v[i] : v[2 * i + 1];
	}
out:
	return st;
}

/* The attributes that convolutions and pools share; size is what the kernels have, or {0, 0}. */
static enum status
read_frame(struct frame *f, struct graph *g, struct node *nd, const struct value *x,
    const int64_t size[2])
{
	enum status st;

	if (x->rank != 2 && x->rank != 3)
		return node_refuse(g, nd, NULL,
		    "rows with %u axes; images [n, c, h, w] and lines [n, c, w] can be imported",
		    x->rank);
	f->axes = x->rank - 1;
	TRY(attr_choice(&f->automatic, g, nd, "auto_pad", "NOTSET VALID SAME_UPPER SAME_LOWER"));
	TRY(read_axes(f->size, g, nd, f, "kernel_shape", 1, 1));
	TRY(read_axes(f->step, g, nd, f, "strides", 1, 1));
	TRY(read_axes(f->apart, g, nd, f, "dilations", 1, 1));
	TRY(read_axes(f->pads, g, nd, f, "pads", 2, 0));
	if (size[0] != 0 && attr_given(nd, "kernel_shape") &&
	    (size[0] != f->size[0] || size[1] != f->size[1]))
		return node_wrong(g, nd, "kernel_shape is not the shape of its kernels");
	if (size[0] != 0)
		memcpy(f->size, size, sizeof f->size);
	if (!within(f->size, 2, 1) || !within(f->step, 2, 1) || !within(f->apart, 2, 1) ||
	    !within(f->pads, 4, 0))
		st = node_refuse(g, nd, NULL,
		    "a kernel, strides or dilations below 1, or negative pads, or some beyond %d",
		    (int)N_TENSOR_MAX);
	if (f->automatic != PAD_NOT_SET)
		memset(f->pads, 0, sizeof f->pads);
out:
	return st;
}

/* How far a window reaches. */
static int64_t
reach(const struct frame *f, unsigned i)
{
	return (f->size[i] - 1) * f->apart[i] + 1;
}

/* The pads that SAME_UPPER and SAME_LOWER mean. */
static void
pad_same(struct frame *f, const uint64_t image[2])
{
	for (unsigned i = 0; i < 2 && f->automatic >= PAD_UPPER; i++) {
		int64_t in = (int64_t)image[i], out = (in + f->step[i] - 1) / f->step[i];
		int64_t all = (out - 1) * f->step[i] + reach(f, i) - in;
		all = all < 0 ? 0 : all;
		f->pads[i] = f->automatic == PAD_UPPER ? all / 2 : all - all / 2;
		f->pads[i + 2] = all - f->pads[i];
	}
}

/* How many windows there are along each axis of an image; pads are final. */
static enum status
count_windows(uint64_t dim[3], struct frame *f, struct graph *g, const struct node *nd,
    const uint64_t image[3])
{
	uint64_t padded[2];

	for (unsigned i = 0; i < 2; i++) {
		padded[i] = image[i + 1] + (uint64_t)(f->pads[i] + f->pads[i + 2]);
		if ((uint64_t)reach(f, i) > padded[i])
			return node_wrong(g, nd,
			    "its windows do not fit an image of %llu x %llu x %llu",
			    (unsigned long long)image[0], (unsigned long long)image[1],
			    (unsigned long long)image[2]);
		dim[i + 1] = (padded[i] - (uint64_t)reach(f, i)) / (uint64_t)f->step[i] + 1;
	}
	if (padded[0] > N_TENSOR_MAX / image[0] || padded[1] > N_TENSOR_MAX / (image[0] * padded[0]))
		return node_refuse(g, nd, NULL, "an image of more than %d values with its padding",
		    (int)N_TENSOR_MAX);
	f->same = f->step[0] == f->step[1] && f->size[0] == f->size[1] && f->pads[0] == f->pads[1] &&
	    f->pads[0] == f->pads[2] && f->pads[0] == f->pads[3];
	return ST_OK;
}

/* A layer between two others of the same node. */
static enum status
between(struct layer **l, struct value **x, struct graph *g, const struct node *nd,
    enum layer_kind kind, unsigned rank, const uint64_t dim[])
{
	enum status st;

	TRY(layer_new(l, g, nd, kind, *x, rank, dim));
	(*l)->out->uses = 1;
	*x = (*l)->out;
out:
	return st;
}

/* A line becomes an image. */
static enum status
as_image(struct value **x, struct graph *g, const struct node *nd)
{
	uint64_t dim[3] = { (*x)->dim[0], 1, (*x)->dim[1] };
	struct layer *l;

	return (*x)->rank == 3 ? ST_OK : between(&l, x, g, nd, LAYER_RESHAPE, 3, dim);
}

/* The node's result, as a line again if it was one. */
static enum status
give(struct graph *g, const struct node *nd, const struct frame *f, struct value *y)
{
	uint64_t dim[2] = { y->dim[0], y->dim[2] };
	struct layer *l;
	enum status st;

	if (f->axes == 1) {
		y->uses = 1;
		TRY(layer_new(&l, g, nd, LAYER_RESHAPE, y, 2, dim));
		y = l->out;
	}
	TRY(node_gives(g, nd, 0, y));
out:
	return st;
}

/* Zeros around the image, as a layer. */
static enum status
pad_image(struct value **x, struct frame *f, struct graph *g, const struct node *nd)
{
	uint64_t dim[3] = { (*x)->dim[0] };
	struct layer *l;
	enum status st;

	for (unsigned i = 0; i < 2; i++)
		dim[i + 1] = (*x)->dim[i + 1] + (uint64_t)(f->pads[i] + f->pads[i + 2]);
	TRY(between(&l, x, g, nd, LAYER_PAD, 3, dim));
	memcpy(l->number, f->pads, sizeof f->pads);
	memset(f->pads, 0, sizeof f->pads);
out:
	return st;
}

/* conv2d, in few words where few will do. */
static enum status
conv_layer(struct layer **l, struct graph *g, const struct node *nd, struct frame *f,
    struct value *x, int64_t groups, const uint64_t dim[3])
{
	bool square = f->pads[0] == f->pads[1] && f->pads[0] == f->pads[2] && f->pads[0] == f->pads[3];
	enum status st = ST_OK;

	if (!square)
		TRY(pad_image(&x, f, g, nd));
	if (f->step[0] == f->step[1] && f->apart[0] == 1 && f->apart[1] == 1 && groups == 1) {
		TRY(layer_new(l, g, nd, LAYER_CONV, x, 3, dim));
		(*l)->number[0] = f->step[0];
		(*l)->number[1] = f->pads[0];
	} else {
		TRY(layer_new(l, g, nd, LAYER_CONV_ANY, x, 3, dim));
		memcpy((*l)->number, f->step, sizeof f->step);
		(*l)->number[2] = f->pads[0];
		memcpy((*l)->number + 3, f->apart, sizeof f->apart);
		(*l)->number[5] = groups;
	}
out:
	return st;
}

/* [o, i, kh, kw] of the file's kernels, of which a line's have no kh. */
static enum status
conv_kernels(struct tensor **out, struct graph *g, const struct tensor *k)
{
	uint64_t dim[4] = { k->dim[0], k->dim[1], k->rank == 3 ? 1 : k->dim[2], k->dim[k->rank - 1] };
	enum status st;

	TRY(tensor_new(out, g, 4, dim));
	memcpy((*out)->v, k->v, k->n * sizeof *k->v);
out:
	return st;
}

enum status
op_conv(struct graph *g, struct node *nd)
{
	const struct tensor *k, *b = NULL;
	struct frame f = { 0 };
	struct tensor *w, *offset;
	struct layer *l;
	struct value *x;
	int64_t groups;
	uint64_t dim[3];
	enum status st;

	TRY(node_data(&x, g, nd, 0));
	TRY(node_known(&k, g, nd, 1));
	if (nd->n_in > 2)
		TRY(node_known(&b, g, nd, 2));
	TRY(attr_int(&groups, g, nd, "group", 1));
	if (k->rank != x->rank + 1)
		return node_refuse(g, nd, NULL,
		    "kernels with %u axes for rows with %u; images [n, c, h, w] and lines [n, c, w] "
		    "can be imported", k->rank, x->rank);
	TRY(conv_kernels(&w, g, k));
	TRY(read_frame(&f, g, nd, x, (int64_t[]){ (int64_t)w->dim[2], (int64_t)w->dim[3] }));
	TRY(as_image(&x, g, nd));
	if (groups < 1 || groups > N_TENSOR_MAX || x->dim[0] != w->dim[1] * (uint64_t)groups ||
	    w->dim[0] % (uint64_t)groups != 0)
		return node_wrong(g, nd, "%llu kernels of %llu channels do not fit %llu channels "
		    "in %lld groups", (unsigned long long)w->dim[0], (unsigned long long)w->dim[1],
		    (unsigned long long)x->dim[0], (long long)groups);
	pad_same(&f, x->dim + 1);
	dim[0] = w->dim[0];
	TRY(count_windows(dim, &f, g, nd, x->dim));
	TRY(node_vector(&offset, g, nd, b, dim[0], 1));
	TRY(conv_layer(&l, g, nd, &f, x, groups, dim));
	l->param[0] = w;
	l->param[1] = offset;
	TRY(give(g, nd, &f, l->out));
out:
	return st;
}

/* With ceil_mode the last window may stand out of the image, but begins in it. */
static void
round_up(struct frame *f, const uint64_t image[2])
{
	for (unsigned i = 0; i < 2; i++) {
		int64_t in = (int64_t)image[i] + f->pads[i], all = in + f->pads[i + 2];
		int64_t n = (all - f->size[i] + f->step[i] - 1) / f->step[i];
		n -= n * f->step[i] >= in;
		int64_t end = n * f->step[i] + f->size[i];
		if (all >= f->size[i] && end > all)
			f->pads[i + 2] += end - all;
	}
}

/* The attributes of a pool.  Zeros that count (AveragePool's count_include_pad) become a layer. */
static enum status
pool_frame(struct frame *f, struct value **x, struct graph *g, struct node *nd)
{
	int64_t up, count, order;
	enum status st;

	TRY(read_frame(f, g, nd, *x, (int64_t[]){ 0, 0 }));
	TRY(attr_int(&up, g, nd, "ceil_mode", 0));
	TRY(attr_int(&count, g, nd, "count_include_pad", 0));
	TRY(attr_int(&order, g, nd, "storage_order", 0));
	if (!attr_given(nd, "kernel_shape"))
		return node_wrong(g, nd, "it has no kernel_shape");
	if (f->apart[0] != 1 || f->apart[1] != 1)
		return node_refuse(g, nd, "take a convolution with dilations, and pool after it",
		    "dilations other than 1");
	if (order != 0)
		return node_refuse(g, nd, NULL, "storage_order = %lld", (long long)order);
	TRY(as_image(x, g, nd));
	pad_same(f, (*x)->dim + 1);
	for (unsigned i = 0; i < 4; i++)
		if (f->pads[i] >= f->size[i % 2])
			return node_refuse(g, nd, "pads are at most half a window in PyTorch",
			    "windows that lie outside of the image");
	if (count != 0 && (f->pads[0] | f->pads[1] | f->pads[2] | f->pads[3]) != 0)
		TRY(pad_image(x, f, g, nd));
	if (up != 0)
		round_up(f, (*x)->dim + 1);
out:
	return st;
}

static enum status
pool(struct value **out, struct graph *g, const struct node *nd, bool greatest, struct frame *f,
    struct value *x)
{
	uint64_t dim[3] = { x->dim[0] };
	struct layer *l;
	enum status st;

	TRY(count_windows(dim, f, g, nd, x->dim));
	if (f->same && f->pads[0] == 0) {
		TRY(layer_new(&l, g, nd, greatest ? LAYER_MAXPOOL : LAYER_AVGPOOL, x, 3, dim));
		l->number[0] = f->size[0];
		l->number[1] = f->step[0];
	} else {
		TRY(layer_new(&l, g, nd, greatest ? LAYER_MAXPOOL_ANY : LAYER_AVGPOOL_ANY, x, 3, dim));
		memcpy(l->number, f->size, sizeof f->size);
		memcpy(l->number + 2, f->step, sizeof f->step);
		memcpy(l->number + 4, f->pads, sizeof f->pads);
	}
	*out = l->out;
out:
	return st;
}

enum status
op_average_pool(struct graph *g, struct node *nd)
{
	struct frame f = { 0 };
	struct value *x;
	enum status st;

	TRY(node_data(&x, g, nd, 0));
	TRY(pool_frame(&f, &x, g, nd));
	TRY(pool(&x, g, nd, false, &f, x));
	TRY(give(g, nd, &f, x));
out:
	return st;
}

/* Behind a relu that nothing else reads, the greatest is taken first: of what is left there are
 * fewer signs to find. */
enum status
op_max_pool(struct graph *g, struct node *nd)
{
	const struct layer *relu;
	struct frame f = { 0 };
	struct value *x;
	struct layer *l;
	enum status st;

	TRY(node_data(&x, g, nd, 0));
	relu = x->made != NULL && x->made->kind == LAYER_RELU && x->uses == 1 ? x->made : NULL;
	if (relu != NULL)
		x = relu->in[0];
	TRY(pool_frame(&f, &x, g, nd));
	TRY(pool(&x, g, nd, true, &f, x));
	if (relu != NULL) {
		TRY(layer_new(&l, g, nd, LAYER_RELU, x, x->rank, x->dim));
		l->op = relu->op;
		l->node = relu->node;
		x = l->out;
	}
	TRY(give(g, nd, &f, x));
out:
	return st;
}

/* One window, which is all of the image; keep: what is left are images of 1 x 1. */
static enum status
pool_all(struct graph *g, struct node *nd, bool greatest, bool keep)
{
	struct frame f = { .step = { 1, 1 }, .apart = { 1, 1 }, .axes = 2 };
	struct value *x;
	struct layer *l;
	unsigned rank;
	enum status st;

	TRY(node_data(&x, g, nd, 0));
	rank = x->rank;
	if (rank != 2 && rank != 3)
		return node_refuse(g, nd, NULL,
		    "rows with %u axes; images [n, c, h, w] and lines [n, c, w] can be imported", rank);
	TRY(as_image(&x, g, nd));
	f.size[0] = f.step[0] = (int64_t)x->dim[1];
	f.size[1] = f.step[1] = (int64_t)x->dim[2];
	TRY(pool(&x, g, nd, greatest, &f, x));
	if (!keep || rank == 2) {
		x->uses = 1;
		TRY(layer_new(&l, g, nd, LAYER_RESHAPE, x, keep ? 2 : 1, x->dim));
		x = l->out;
	}
	TRY(node_gives(g, nd, 0, x));
out:
	return st;
}

enum status
op_global_average(struct graph *g, struct node *nd)
{
	return pool_all(g, nd, false, true);
}

enum status
op_global_max(struct graph *g, struct node *nd)
{
	return pool_all(g, nd, true, true);
}

/* The mean over all of an image, as PyTorch writes global pooling; or no mean that can be had. */
enum status
op_reduce_mean(struct graph *g, struct node *nd)
{
	const struct tensor *t;
	const int64_t *list;
	struct value *x;
	int64_t keep, none;
	size_t n;
	unsigned seen = 0;
	enum status st;

	TRY(node_data(&x, g, nd, 0));
	TRY(attr_int_list(&list, &n, g, nd, "axes"));
	TRY(attr_int(&keep, g, nd, "keepdims", 1));
	TRY(attr_int(&none, g, nd, "noop_with_empty_axes", 0));
	if (nd->n_in > 1) {
		TRY(node_known(&t, g, nd, 1));
		for (uint64_t i = 0; i < t->n; i++)
			for (unsigned a = 2; a <= x->rank; a++)
				seen |= (unsigned)(t->v[i] == a || t->v[i] == (double)a - x->rank - 1) << a;
		n = (size_t)t->n;
	} else {
		for (size_t i = 0; i < n; i++)
			for (unsigned a = 2; a <= x->rank; a++)
				seen |= (unsigned)(list[i] == a || list[i] == (int64_t)a - x->rank - 1) << a;
	}
	if (x->rank < 2 || n + 1 != x->rank || seen + 4 != (unsigned)2 << x->rank)
		return node_refuse(g, nd, NULL,
		    "a mean over other axes than all of an image [n, c, h, w] or a line [n, c, w]");
	TRY(pool_all(g, nd, false, keep != 0));
out:
	return st;
}
