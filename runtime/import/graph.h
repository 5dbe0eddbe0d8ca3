/* graph.h: a model while it is imported: the ONNX graph's values, and the layers made of its nodes.
 *
 * A value is known (a tensor in the file), or it is computed of the data; then it has one row for
 * each row of the data, and dim[] are the other axes.  Each node makes layers, which are the
 * statements of the program; only those are written that the result needs.  Everything lives in the
 * graph's arena. */
#ifndef KONSIL_IMPORT_GRAPH_H
#define KONSIL_IMPORT_GRAPH_H

#include "../../compiler/arena.h"
#include "../text.h"
#include "import.h"
#include "onnx.pb-c.h"

enum {
	TENSOR_RANK_MAX = 6,
	N_TENSOR_MAX = 1 << 24,         /* numbers in a tensor, and in a value's row */
	N_NODE_MAX_GRAPH = 1 << 12,
	N_PORTS_ALL = 1 << 16,          /* inputs of all nodes, and the graph's outputs */
	N_NAME_MAX = 1 << 14,           /* values with a name */
	N_PORT = 8,                     /* inputs of a node, outputs of a node */
	N_PARAM = 5,                    /* tensors of a layer */
	N_NUMBER = 8,                   /* whole numbers of a layer */
};

/* What a tensor's numbers are, which says how the program declares them. */
enum tensor_kind {
	TENSOR_WEIGHTS,
	TENSOR_THRESHOLDS,              /* what data are compared with */
	TENSOR_FEATURES,                /* columns of the data */
	TENSOR_LEAVES,                  /* leaves of a tree, up to the length of an axis */
};

/* Row-major. */
struct tensor {
	enum tensor_kind kind;
	unsigned rank;
	uint64_t dim[TENSOR_RANK_MAX], n;
	double *v;
};

enum layer_kind {
#define L(id, params, text) LAYER_##id,
#include "layers.def"
#undef L
	N_LAYER_KIND
};

struct value {
	const struct tensor *known;     /* or computed: */
	const Onnx__Tensor *texts;      /* names of classes; known is then as long, and not numbers */
	struct layer *made;             /* NULL: the data */
	unsigned rank;
	uint64_t dim[TENSOR_RANK_MAX], n;
	uint32_t uses;                  /* by nodes, and as an output of the model */
	bool index;                     /* whole numbers that name a class */
	bool probability;
	/* Of the same rows: before a softmax; the best class; both may be NULL. */
	struct value *scores, *best, *probabilities;
};

struct layer {
	enum layer_kind kind;
	const char *op, *node;          /* for comments: the operator, the node's name or "" */
	struct value *in[2], *out;
	struct tensor *param[N_PARAM];
	int64_t number[N_NUMBER];       /* sizes, steps; see layers.def */
	double real[2];                 /* bounds and slopes that are no secret */
	bool needed;
	unsigned serial;                /* of its variable, once it is written */
	struct layer *next, *prev;
};

/* A name of the file and what it stands for. */
struct binding {
	const char *name;
	struct value *v;
};

struct graph {
	struct arena *arena;
	struct fault *fault;
	const struct import_settings *set;
	const Onnx__Model *model;
	int64_t opset, opset_ml;        /* 0: not imported */
	uint32_t n_names;
	struct binding name[N_NAME_MAX];
	struct value *data;             /* what the client brings */
	struct layer *first, *last;
	uint64_t n_known;               /* numbers in all tensors */
	const char *labels;             /* which class is which, for people; or NULL */
};

/* A node while its operator looks at it. */
struct node {
	const Onnx__Node *p;
	uint32_t serial;                /* from 1, in the file's order */
	uint32_t n_in, n_out;
	struct value *in[N_PORT];       /* NULL: left out */
	uint64_t taken;                 /* attributes that were looked at, a bit each */
};

/* onnx_read.c: bytes -> messages, with bounded memory.  onnx_free takes NULL. */
enum status onnx_read(Onnx__Model **, const uint8_t *bytes, size_t len, struct fault *) MUST_USE;
void onnx_free(Onnx__Model *);
/* A tensor of the file in doubles; where: what to call it in messages. */
enum status onnx_tensor(struct tensor **, struct graph *, const Onnx__Tensor *, const char *where)
    MUST_USE;

/* graph.c */
/* A name or word of the file, cut off and without what a terminal might obey. */
enum { CLEAN_MAX = 64 };
void clean_text(char out[CLEAN_MAX], const void *text, size_t len);
enum status graph_build(struct graph *) MUST_USE;
/* Arena memory, zeroed; ST_INTERNAL if there is none. */
enum status graph_alloc(void **out, struct graph *, size_t n) MUST_USE;
#define GRAPH_NEW(g, p, n) graph_alloc((void **)(p), (g), (size_t)(n) * sizeof **(p))
enum status tensor_new(struct tensor **, struct graph *, unsigned rank, const uint64_t dim[])
    MUST_USE;
/* A layer of x whose value has rank axes beside the rows.  It gets no name. */
enum status layer_new(struct layer **, struct graph *, const struct node *, enum layer_kind,
    struct value *x, unsigned rank, const uint64_t dim[]) MUST_USE;
/* Output i of the node is this value; does nothing where the model leaves the output out. */
enum status node_gives(struct graph *, const struct node *, uint32_t i, struct value *) MUST_USE;
/* ST_COMPILE: what Konsil cannot do; ST_DATA: what cannot be right.  Both name the node. */
enum status node_refuse(
    struct graph *, const struct node *, const char *help, const char *fmt, ...) PRINTF_LIKE(4, 5);
enum status node_wrong(struct graph *, const struct node *, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Input i computed of the data, and input i known; refused if it is not. */
enum status node_data(struct value **, struct graph *, const struct node *, uint32_t i) MUST_USE;
enum status node_known(
    const struct tensor **, struct graph *, const struct node *, uint32_t i) MUST_USE;
/* n numbers, times a factor, from a tensor that is [], [1], [n] or [1, n]; 0 without one. */
enum status node_vector(struct tensor **, struct graph *, const struct node *,
    const struct tensor *, uint64_t n, double factor) MUST_USE;

/* onnx_attribute.c.  An attribute that is there has its type, or is refused; each one asked for is
 * marked, and node_all_taken refuses what is left. */
enum status attr_int(int64_t *, struct graph *, struct node *, const char *name, int64_t otherwise)
    MUST_USE;
enum status attr_float(
    double *, struct graph *, struct node *, const char *name, double otherwise) MUST_USE;
/* Must be one of the texts in `allowed`, separated by spaces; *which is its place, 0 if not
 * given. */
enum status attr_choice(unsigned *which, struct graph *, struct node *, const char *name,
    const char *allowed) MUST_USE;
/* n numbers, all `otherwise` if not given. */
enum status attr_numbers(int64_t out[], struct graph *, struct node *, const char *name, unsigned n,
    int64_t otherwise) MUST_USE;
/* Lists of any length; *n 0 if not given.  Floats come from NAME or from the tensor
 * NAME_as_tensor. */
enum status attr_int_list(
    const int64_t **, size_t *n, struct graph *, struct node *, const char *name) MUST_USE;
enum status attr_float_list(
    const double **, size_t *n, struct graph *, struct node *, const char *name) MUST_USE;
enum status attr_text_list(const ProtobufCBinaryData **, size_t *n, struct graph *, struct node *,
    const char *name) MUST_USE;
enum status attr_tensor(
    struct tensor **, struct graph *, struct node *, const char *name) MUST_USE;
bool attr_given(const struct node *, const char *name);
/* It may be there; whatever it says makes no difference here. */
void attr_skip(struct node *, const char *name);
enum status node_all_taken(struct graph *, const struct node *) MUST_USE;

/* import_linear.c: a dense layer w [o, i], b [o] or NULL; what scales x before goes into it. */
enum status dense_layer(struct value **, struct graph *, const struct node *, struct value *x,
    struct tensor *w, struct tensor *b) MUST_USE;
/* import_class.c */
/* Classes are counted, and listed if they are called other than 0, 1, ...; whole: the name of the
 * attribute that has numbers. */
enum status class_labels(uint32_t *n, struct graph *, struct node *, const char *whole) MUST_USE;
/* Class and probabilities of k classes with a score each; transform: none, softmax, sigmoid. */
enum status class_of_several(struct graph *, const struct node *, struct value *scores,
    unsigned transform, bool positive) MUST_USE;
/* Of two classes with one score, which is that of the second.  If no vote is negative it is a
 * probability already; else 0 divides the classes. */
enum status class_of_two(struct graph *, const struct node *, struct value *score,
    unsigned transform, bool positive) MUST_USE;

/* The operators: import_*.c. */
#define OP(name, domain, id, least, most) \
	enum status op_##id(struct graph *, struct node *) MUST_USE;
#include "operators.def"
#undef OP

/* import_result.c: the value that the client learns, from the model's output and the settings. */
enum status graph_result(struct value **out, struct graph *) MUST_USE;
/* import_write.c */
enum status write_program(struct imported *, struct graph *, struct value *result) MUST_USE;

#endif
