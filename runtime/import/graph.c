/* graph.c: from ONNX's graph to values and layers, a node after the other; see graph.h */
#include "graph.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { OPSET_LEAST = 7, OPSET_MOST = 24, OPSET_ML_MOST = 5 };
enum { TYPE_STRING = 8, TYPE_BOOL = 9, TYPE_DOUBLE = 11 };

static const struct operator {
	const char *name, *domain;
	uint32_t least, most;
	enum status (*import)(struct graph *, struct node *);
} operators[] = {
#define OP(name, domain, id, least, most) { name, domain, least, most, op_##id },
#include "operators.def"
#undef OP
};

enum { N_OPERATOR = sizeof operators / sizeof operators[0] };

enum status
graph_alloc(void **out, struct graph *g, size_t n)
{
	*out = arena_alloc(g->arena, n == 0 ? 1 : n);
	return *out == NULL ? fault_set(g->fault, ST_INTERNAL, "out of memory") : ST_OK;
}

enum status
tensor_new(struct tensor **out, struct graph *g, unsigned rank, const uint64_t dim[])
{
	struct tensor *t;
	enum status st;

	*out = NULL;
	TRY(GRAPH_NEW(g, &t, 1));
	assert(rank <= TENSOR_RANK_MAX);
	t->rank = rank;
	t->n = 1;
	for (unsigned i = 0; i < rank; i++) {
		t->dim[i] = dim[i];
		if (dim[i] == 0 || dim[i] > N_TENSOR_MAX / t->n)
			t->n = 0;
		t->n *= dim[i];
		if (t->n == 0)
			return fault_set(g->fault, ST_COMPILE,
			    "a tensor with an axis of length 0, or of more than %d numbers",
			    (int)N_TENSOR_MAX);
	}
	g->n_known += t->n;
	if (g->n_known > 4 * (uint64_t)N_TENSOR_MAX)
		return fault_set(g->fault, ST_COMPILE, "more than %d million numbers",
		    4 * (N_TENSOR_MAX >> 20));
	TRY(GRAPH_NEW(g, &t->v, t->n));
	*out = t;
out:
	return st;
}

void
clean_text(char out[CLEAN_MAX], const void *text, size_t len)
{
	const char *s = text;
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < CLEAN_MAX; i++)
		out[n++] = s[i] >= ' ' && s[i] < 127 && s[i] != '"' && s[i] != '\\' ? s[i] : '?';
	out[n] = '\0';
}

/* Conv "conv1" (node 3): MESSAGE */
static enum status
node_fault(struct graph *g, const struct node *nd, enum status st, const char *help,
    const char *fmt, va_list ap)
{
	char what[512], op[CLEAN_MAX], name[CLEAN_MAX];

	(void)vsnprintf(what, sizeof what, fmt, ap);
	clean_text(op, nd->p->op_type, strlen(nd->p->op_type));
	clean_text(name, nd->p->name, strlen(nd->p->name));
	st = fault_set(g->fault, st, "%s \"%s\" (node %u): %s", op, name, nd->serial, what);
	if (help != NULL)
		fault_help(g->fault, "%s", help);
	return st;
}

enum status
node_refuse(struct graph *g, const struct node *nd, const char *help, const char *fmt, ...)
{
	va_list ap;
	enum status st;

	va_start(ap, fmt);
	st = node_fault(g, nd, ST_COMPILE, help, fmt, ap);
	va_end(ap);
	return st;
}

enum status
node_wrong(struct graph *g, const struct node *nd, const char *fmt, ...)
{
	va_list ap;
	enum status st;

	va_start(ap, fmt);
	st = node_fault(g, nd, ST_DATA, NULL, fmt, ap);
	va_end(ap);
	return st;
}

static struct value *
value_of(const struct graph *g, const char *name)
{
	for (uint32_t i = 0; i < g->n_names; i++)
		if (strcmp(g->name[i].name, name) == 0)
			return g->name[i].v;
	return NULL;
}

/* How often a name is read. */
static uint32_t
uses_of(const struct graph *g, const char *name)
{
	const Onnx__Graph *p = g->model->graph;
	uint32_t n = 0;

	for (size_t i = 0; i < p->n_node; i++)
		for (size_t k = 0; k < p->node[i]->n_input; k++)
			n += strcmp(p->node[i]->input[k], name) == 0;
	for (size_t i = 0; i < p->n_output; i++)
		n += strcmp(p->output[i]->name, name) == 0;
	return name[0] == '\0' ? 0 : n;
}

static enum status
bind_name(struct graph *g, const char *name, struct value *v)
{
	char clean[CLEAN_MAX];

	clean_text(clean, name, strlen(name));
	if (g->n_names == N_NAME_MAX)
		return fault_set(g->fault, ST_COMPILE, "more than %d values", (int)N_NAME_MAX);
	if (value_of(g, name) != NULL)
		return fault_set(g->fault, ST_DATA, "two values are called \"%s\"", clean);
	g->name[g->n_names++] = (struct binding){ name, v };
	v->uses += uses_of(g, name);
	return ST_OK;
}

enum status
node_gives(struct graph *g, const struct node *nd, uint32_t i, struct value *v)
{
	if (i >= nd->n_out || nd->p->output[i][0] == '\0')
		return ST_OK;
	return bind_name(g, nd->p->output[i], v);
}

enum status
layer_new(struct layer **out, struct graph *g, const struct node *nd, enum layer_kind kind,
    struct value *x, unsigned rank, const uint64_t dim[])
{
	struct layer *l;
	struct value *v;
	enum status st;

	*out = NULL;
	TRY(GRAPH_NEW(g, &l, 1));
	TRY(GRAPH_NEW(g, &v, 1));
	assert(rank <= TENSOR_RANK_MAX);
	*l = (struct layer){ .kind = kind, .in = { x }, .out = v };
	if (nd != NULL) {
		l->op = nd->p->op_type;
		l->node = nd->p->name;
	}
	v->made = l;
	v->rank = rank;
	v->n = 1;
	for (unsigned i = 0; i < rank; i++) {
		v->dim[i] = dim[i];
		if (dim[i] == 0 || dim[i] > N_TENSOR_MAX / v->n)
			return fault_set(g->fault, ST_COMPILE,
			    "a layer whose result is empty or has more than %d numbers a row",
			    (int)N_TENSOR_MAX);
		v->n *= dim[i];
	}
	if (g->last == NULL)
		g->first = l;
	else
		g->last->next = l;
	l->prev = g->last;
	g->last = l;
	*out = l;
out:
	return st;
}

enum status
node_data(struct value **out, struct graph *g, const struct node *nd, uint32_t i)
{
	*out = i < nd->n_in ? nd->in[i] : NULL;
	if (*out == NULL)
		return node_wrong(g, nd, "input %u is missing", i);
	if ((*out)->known != NULL)
		return node_refuse(g, nd,
		    "simplify the model first (constant folding), with onnxsim, say",
		    "input %u does not depend on the data", i);
	if ((*out)->index)
		return node_refuse(g, nd, NULL, "it computes with the number of a class");
	return ST_OK;
}

enum status
node_known(const struct tensor **out, struct graph *g, const struct node *nd, uint32_t i)
{
	const struct value *v = i < nd->n_in ? nd->in[i] : NULL;

	*out = NULL;
	if (v == NULL)
		return node_wrong(g, nd, "input %u is missing", i);
	if (v->known == NULL)
		return node_refuse(
		    g, nd, NULL, "input %u is computed of the data; it must be a constant", i);
	*out = v->known;
	return ST_OK;
}

static enum status
bind_known(struct graph *g, const Onnx__Tensor *t)
{
	char where[CLEAN_MAX + 16], clean[CLEAN_MAX];
	struct tensor *known;
	struct value *v;
	enum status st;

	clean_text(clean, t->name, strlen(t->name));
	(void)snprintf(where, sizeof where, "tensor \"%s\"", clean);
	TRY(GRAPH_NEW(g, &v, 1));
	if (t->data_type == TYPE_STRING && t->n_string_data > 0) {
		TRY(tensor_new(&known, g, 1, &(uint64_t){ t->n_string_data }));
		for (uint64_t i = 0; i < known->n; i++)
			known->v[i] = NAN;
		v->texts = t;
	} else {
		TRY(onnx_tensor(&known, g, t, where));
	}
	v->known = known;
	TRY(bind_name(g, t->name, v));
out:
	return st;
}

static bool
numbers(const Onnx__ValueInfo *p)
{
	int32_t type = p->type->tensor_type->elem_type;

	return type != TYPE_STRING && type != TYPE_BOOL && type <= TYPE_DOUBLE;
}

/* The data: rows of values as one axis; a first layer gives it the shape that the model wants. */
static enum status
bind_data(struct graph *g, const Onnx__ValueInfo *p)
{
	const Onnx__Shape *s = p->type == NULL || p->type->tensor_type == NULL ? NULL :
	    p->type->tensor_type->shape;
	uint64_t dim[TENSOR_RANK_MAX] = { 0 }, n = 1;
	struct layer *l;
	struct value *v;
	char name[CLEAN_MAX];
	enum status st;

	clean_text(name, p->name, strlen(p->name));
	if (s == NULL || s->n_dim < 2 || s->n_dim > TENSOR_RANK_MAX)
		return fault_set(g->fault, ST_COMPILE,
		    "the model's input \"%s\" must have a first axis of rows, and more behind it",
		    name);
	if (!numbers(p))
		return fault_set(
		    g->fault, ST_COMPILE, "the model's input \"%s\" is no tensor of numbers", name);
	for (size_t i = 1; i < s->n_dim; i++) {
		int64_t d = s->dim[i]->has_dim_value ? s->dim[i]->dim_value : 0;
		if (d < 1 || d > N_TENSOR_MAX / (int64_t)n) {
			st = fault_set(g->fault, ST_COMPILE,
			    "axis %zu of the model's input \"%s\" has no known length, or is too long",
			    i, name);
			fault_help(g->fault, "export the model with only its first axis dynamic");
			return st;
		}
		dim[i - 1] = (uint64_t)d;
		n *= (uint64_t)d;
	}
	TRY(GRAPH_NEW(g, &v, 1));
	v->rank = 1;
	v->dim[0] = v->n = n;
	g->data = v;
	if (s->n_dim > 2) {
		TRY(layer_new(&l, g, NULL, LAYER_RESHAPE, v, (unsigned)s->n_dim - 1, dim));
		v->uses = 1;
		v = l->out;
	}
	TRY(bind_name(g, p->name, v));
out:
	return st;
}

static enum status
bind_inputs(struct graph *g)
{
	const Onnx__Graph *p = g->model->graph;
	enum status st = ST_OK;

	if (p->n_sparse_initializer > 0)
		return fault_set(g->fault, ST_COMPILE, "the model has sparse tensors");
	for (size_t i = 0; i < p->n_initializer; i++)
		TRY(bind_known(g, p->initializer[i]));
	for (size_t i = 0; i < p->n_input; i++) {
		if (value_of(g, p->input[i]->name) != NULL)
			continue;               /* an initialiser's, as old files list them */
		if (g->data != NULL)
			return fault_set(g->fault, ST_COMPILE,
			    "the model has several inputs; models with one can be imported");
		TRY(bind_data(g, p->input[i]));
	}
	if (g->data == NULL)
		st = fault_set(g->fault, ST_DATA, "the model has no input");
out:
	return st;
}

static enum status
check_versions(struct graph *g)
{
	const Onnx__Model *m = g->model;

	if (m->n_functions > 0)
		return fault_set(g->fault, ST_COMPILE, "the model defines functions of its own");
	for (size_t i = 0; i < m->n_opset_import; i++) {
		const char *domain = m->opset_import[i]->domain;
		int64_t version = m->opset_import[i]->version;
		bool ml = strcmp(domain, "ai.onnx.ml") == 0;
		if (domain[0] != '\0' && strcmp(domain, "ai.onnx") != 0 && !ml)
			continue;
		if (version < (ml ? 1 : OPSET_LEAST) || version > (ml ? OPSET_ML_MOST : OPSET_MOST))
			return fault_set(g->fault, ST_COMPILE,
			    "the model is written for version %lld of the operators%s; versions %d to %d "
			    "can be imported",
			    (long long)version, ml ? " of ai.onnx.ml" : "", ml ? 1 : OPSET_LEAST,
			    ml ? OPSET_ML_MOST : OPSET_MOST);
		*(ml ? &g->opset_ml : &g->opset) = version;
	}
	return ST_OK;
}

static const struct operator *
operator_of(const Onnx__Node *p)
{
	const char *domain = strcmp(p->domain, "ai.onnx") == 0 ? "" : p->domain;

	for (size_t i = 0; i < N_OPERATOR; i++)
		if (strcmp(operators[i].name, p->op_type) == 0 &&
		    strcmp(operators[i].domain, domain) == 0)
			return &operators[i];
	return NULL;
}

static enum status
operator_unknown(struct graph *g, const struct node *nd)
{
	char list[FAULT_TEXT_MAX];
	size_t n = 0;

	for (size_t i = 0; i < N_OPERATOR && n < sizeof list; i++)
		n += (size_t)snprintf(list + n, sizeof list - n, "%s %s", i == 0 ? "" : ",",
		    operators[i].name);
	(void)node_refuse(g, nd, NULL, "this operator cannot be imported");
	fault_help(g->fault,
	    "possible:%s; replace it by these before the model is exported, or write "
	    "its part of the program by hand",
	    list);
	return ST_COMPILE;
}

static enum status
add_node(struct graph *g, struct node *nd)
{
	const struct operator *op = operator_of(nd->p);
	enum status st = ST_OK;

	if (op == NULL)
		return operator_unknown(g, nd);
	if ((op->domain[0] == '\0' ? g->opset : g->opset_ml) == 0)
		return node_wrong(
		    g, nd, "the model does not say which version of the operator it means");
	while (nd->n_in > 0 && nd->p->input[nd->n_in - 1][0] == '\0')
		nd->n_in--;
	if (nd->n_in < op->least || nd->n_in > op->most || nd->n_out < 1 || nd->n_out > N_PORT)
		return node_wrong(g, nd, "%u inputs and %u outputs", nd->n_in, nd->n_out);
	for (uint32_t i = 0; i < nd->n_in; i++) {
		if (nd->p->input[i][0] == '\0')
			continue;
		nd->in[i] = value_of(g, nd->p->input[i]);
		if (nd->in[i] == NULL)
			return node_wrong(g, nd, "input %u is computed nowhere before", i);
	}
	TRY(op->import(g, nd));
	TRY(node_all_taken(g, nd));
	for (uint32_t i = 0; i < nd->n_out; i++)
		if (value_of(g, nd->p->output[i]) == NULL && uses_of(g, nd->p->output[i]) > 0)
			TRY(node_refuse(g, nd, NULL, "output %u cannot be imported", i));
out:
	return st;
}

/* Each name that is given is looked for in all that are read: so there must not be too many. */
static enum status
check_size(struct graph *g)
{
	const Onnx__Graph *p = g->model->graph;
	uint64_t ports = p->n_output;

	if (p->n_node > N_NODE_MAX_GRAPH)
		return fault_set(g->fault, ST_COMPILE, "more than %d nodes", (int)N_NODE_MAX_GRAPH);
	for (size_t i = 0; i < p->n_node; i++)
		ports += p->node[i]->n_input;
	if (ports > N_PORTS_ALL)
		return fault_set(g->fault, ST_COMPILE, "nodes with more than %d inputs together",
		    (int)N_PORTS_ALL);
	return ST_OK;
}

enum status
graph_build(struct graph *g)
{
	const Onnx__Graph *p = g->model->graph;
	enum status st = ST_OK;

	TRY(check_size(g));
	TRY(check_versions(g));
	TRY(bind_inputs(g));
	for (size_t i = 0; i < p->n_node; i++) {
		struct node nd = { .p = p->node[i], .serial = (uint32_t)i + 1 };
		nd.n_in = (uint32_t)(nd.p->n_input < UINT32_MAX ? nd.p->n_input : UINT32_MAX);
		nd.n_out = (uint32_t)(nd.p->n_output < UINT32_MAX ? nd.p->n_output : UINT32_MAX);
		TRY(add_node(g, &nd));
	}
out:
	return st;
}
