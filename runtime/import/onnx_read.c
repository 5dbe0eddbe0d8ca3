/* onnx_read.c: an ONNX file becomes messages and tensors; see graph.h
 *
 * protobuf-c parses.  A file of n bytes can describe many times n bytes of messages (an empty one
 * takes two bytes in the file and a hundred in memory), so its memory is counted and ends. */
#include "graph.h"

#include "../base/mem.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
	PARSE_BYTES_MAX = 1 << 30,
	HEAD_BYTES = 16,
	PIECE_BYTES = HEAD_BYTES + 16,  /* what a piece of no bytes takes, about */
};

/* Numbers of ONNX's TensorProto.DataType. */
enum data_type {
	DATA_FLOAT = 1, DATA_UINT8 = 2, DATA_INT8 = 3, DATA_UINT16 = 4, DATA_INT16 = 5,
	DATA_INT32 = 6, DATA_INT64 = 7, DATA_BOOL = 9, DATA_DOUBLE = 11,
};

/* Its length stands before each piece, which holds weights and is wiped. */
static void *
counted_alloc(void *left, size_t n)
{
	size_t *l = left;
	bool room = *l >= PIECE_BYTES && n <= *l - PIECE_BYTES;
	char *p = room ? mem_alloc(HEAD_BYTES + n) : NULL;

	if (p == NULL)
		return NULL;
	*l -= PIECE_BYTES + n;
	memcpy(p, &n, sizeof n);
	return p + HEAD_BYTES;
}

static void
counted_free(void *left, void *p)
{
	char *head = (char *)p - HEAD_BYTES;
	size_t n;

	(void)left;
	if (p == NULL)
		return;
	memcpy(&n, head, sizeof n);
	wipe(p, n);
	mem_free(head);
}

enum status
onnx_read(Onnx__Model **out, const uint8_t *bytes, size_t len, struct fault *f)
{
	size_t left = PARSE_BYTES_MAX;
	ProtobufCAllocator a = { counted_alloc, counted_free, &left };

	*out = NULL;
	if (len > IMPORT_BYTES_MAX)
		return fault_set(f, ST_DATA,
		    "more than %d MiB; models with fewer weights can be imported",
		    IMPORT_BYTES_MAX >> 20);
	*out = len == 0 ? NULL : onnx__model__unpack(&a, len, bytes);
	if (*out == NULL || (*out)->graph == NULL || (*out)->graph->n_node == 0) {
		onnx_free(*out);
		*out = NULL;
		(void)fault_set(f, ST_DATA, "this is no ONNX model, or it is damaged");
		fault_help(f, "the file must be a ModelProto with a graph, as onnx.save writes it");
		return ST_DATA;
	}
	return ST_OK;
}

void
onnx_free(Onnx__Model *m)
{
	size_t none = 0;
	ProtobufCAllocator a = { counted_alloc, counted_free, &none };

	if (m != NULL)
		onnx__model__free_unpacked(m, &a);
}

/* Element i of little-endian bytes. */
static double
raw_at(const uint8_t *p, enum data_type type, size_t i)
{
	float f;
	double d;
	int16_t h;
	uint16_t u;
	int32_t w;
	int64_t l;

	switch (type) {
	case DATA_FLOAT: return memcpy(&f, p + 4 * i, sizeof f), (double)f;
	case DATA_DOUBLE: return memcpy(&d, p + 8 * i, sizeof d), d;
	case DATA_INT16: return memcpy(&h, p + 2 * i, sizeof h), (double)h;
	case DATA_UINT16: return memcpy(&u, p + 2 * i, sizeof u), (double)u;
	case DATA_INT32: return memcpy(&w, p + 4 * i, sizeof w), (double)w;
	case DATA_INT64: return memcpy(&l, p + 8 * i, sizeof l), (double)l;
	case DATA_INT8: return (double)(int8_t)p[i];
	case DATA_UINT8: case DATA_BOOL: return (double)p[i];
	}
	return 0;
}

static size_t
width_of(enum data_type type)
{
	switch (type) {
	case DATA_DOUBLE: case DATA_INT64: return 8;
	case DATA_FLOAT: case DATA_INT32: return 4;
	case DATA_INT16: case DATA_UINT16: return 2;
	case DATA_INT8: case DATA_UINT8: case DATA_BOOL: return 1;
	}
	return 0;
}

/* Element i of the field in which a type is kept if it is not raw; *n is how many there are. */
static double
listed_at(const Onnx__Tensor *t, enum data_type type, size_t i, size_t *n)
{
	switch (type) {
	case DATA_FLOAT: *n = t->n_float_data; return i < *n ? (double)t->float_data[i] : 0;
	case DATA_DOUBLE: *n = t->n_double_data; return i < *n ? t->double_data[i] : 0;
	case DATA_INT64: *n = t->n_int64_data; return i < *n ? (double)t->int64_data[i] : 0;
	case DATA_INT8: case DATA_UINT8: case DATA_INT16: case DATA_UINT16: case DATA_INT32:
	case DATA_BOOL: *n = t->n_int32_data; return i < *n ? (double)t->int32_data[i] : 0;
	}
	*n = 0;
	return 0;
}

static enum status
fill(struct tensor *to, struct fault *f, const Onnx__Tensor *t, const char *where)
{
	enum data_type type = (enum data_type)t->data_type;
	bool raw = t->has_raw_data != 0;
	size_t n;

	(void)listed_at(t, type, 0, &n);
	if (raw && t->raw_data.len != to->n * width_of(type))
		return fault_set(f, ST_DATA, "%s has %zu bytes for %llu numbers", where,
		    t->raw_data.len, (unsigned long long)to->n);
	if (!raw && n != to->n)
		return fault_set(f, ST_DATA, "%s has %zu numbers for a shape of %llu", where, n,
		    (unsigned long long)to->n);
	for (size_t i = 0; i < to->n; i++) {
		to->v[i] = raw ? raw_at(t->raw_data.data, type, i) : listed_at(t, type, i, &n);
		if (!isfinite(to->v[i]))
			return fault_set(f, ST_DATA, "%s has a number that is not finite", where);
	}
	return ST_OK;
}

enum status
onnx_tensor(struct tensor **out, struct graph *g, const Onnx__Tensor *t, const char *where)
{
	uint64_t dim[TENSOR_RANK_MAX] = { 0 };
	enum status st;

	*out = NULL;
	if (t->n_external_data > 0 || t->data_location != 0) {
		(void)fault_set(
		    g->fault, ST_COMPILE, "the numbers of %s are in another file", where);
		fault_help(g->fault, "save the model as one file: onnx.save(onnx.load(f), out)");
		return ST_COMPILE;
	}
	if (t->has_segment)
		return fault_set(g->fault, ST_COMPILE, "%s comes in segments", where);
	if (width_of((enum data_type)t->data_type) == 0)
		return fault_set(g->fault, ST_COMPILE,
		    "%s has elements of ONNX's type %d; float, double and whole numbers can be "
		    "imported", where, (int)t->data_type);
	if (t->n_dims > TENSOR_RANK_MAX)
		return fault_set(g->fault, ST_COMPILE, "%s has %zu axes", where, t->n_dims);
	for (size_t i = 0; i < t->n_dims; i++) {
		if (t->dims[i] < 0 || t->dims[i] > N_TENSOR_MAX)
			return fault_set(g->fault, ST_DATA, "%s has an axis of %lld", where,
			    (long long)t->dims[i]);
		dim[i] = (uint64_t)t->dims[i];
	}
	TRY(tensor_new(out, g, (unsigned)t->n_dims, dim));
	TRY(fill(*out, g->fault, t, where));
out:
	return st;
}
