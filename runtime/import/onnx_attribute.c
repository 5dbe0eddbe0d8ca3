/* onnx_attribute.c: the attributes of a node; see graph.h */
#include "graph.h"

#include "../base/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N_ATTRIBUTE_MAX = 64, ATTR_NAME_MAX = 64 };

/* Numbers of ONNX's AttributeProto.AttributeType; 0 in files of before it had one. */
enum attr_type { ATTR_FLOAT = 1, ATTR_INT = 2, ATTR_TEXT = 3, ATTR_TENSOR = 4, ATTR_FLOATS = 6,
	ATTR_INTS = 7, ATTR_TEXTS = 8 };

/* The attribute of that name and type, which then counts as looked at; NULL if it is not given. */
static enum status
attr_find(const Onnx__Attribute **out, struct graph *g, struct node *nd, const char *name,
    enum attr_type type)
{
	*out = NULL;
	for (size_t i = 0; i < nd->p->n_attribute && i < N_ATTRIBUTE_MAX; i++) {
		const Onnx__Attribute *a = nd->p->attribute[i];
		if (a->name == NULL || strcmp(a->name, name) != 0)
			continue;
		nd->taken |= (uint64_t)1 << i;
		if (*out != NULL)
			return node_wrong(g, nd, "attribute \"%s\" stands twice", name);
		if (a->ref_attr_name != NULL && a->ref_attr_name[0] != '\0')
			return node_wrong(g, nd, "attribute \"%s\" refers to a function's", name);
		if (a->type != 0 && a->type != (int32_t)type)
			return node_wrong(g, nd, "attribute \"%s\" has the wrong type", name);
		*out = a;
	}
	return ST_OK;
}

bool
attr_given(const struct node *nd, const char *name)
{
	for (size_t i = 0; i < nd->p->n_attribute; i++)
		if (nd->p->attribute[i]->name != NULL &&
		    strcmp(nd->p->attribute[i]->name, name) == 0)
			return true;
	return false;
}

void
attr_skip(struct node *nd, const char *name)
{
	for (size_t i = 0; i < nd->p->n_attribute && i < N_ATTRIBUTE_MAX; i++)
		if (nd->p->attribute[i]->name != NULL &&
		    strcmp(nd->p->attribute[i]->name, name) == 0)
			nd->taken |= (uint64_t)1 << i;
}

enum status
attr_int(int64_t *out, struct graph *g, struct node *nd, const char *name, int64_t otherwise)
{
	const Onnx__Attribute *a;
	enum status st;

	*out = otherwise;
	TRY(attr_find(&a, g, nd, name, ATTR_INT));
	if (a != NULL)
		*out = a->i;
out:
	return st;
}

enum status
attr_float(double *out, struct graph *g, struct node *nd, const char *name, double otherwise)
{
	const Onnx__Attribute *a;
	enum status st;

	*out = otherwise;
	TRY(attr_find(&a, g, nd, name, ATTR_FLOAT));
	if (a != NULL)
		*out = (double)a->f;
	if (!isfinite(*out))
		st = node_wrong(g, nd, "attribute \"%s\" is not finite", name);
out:
	return st;
}

enum status
attr_choice(
    unsigned *which, struct graph *g, struct node *nd, const char *name, const char *allowed)
{
	const Onnx__Attribute *a;
	const char *s = allowed;
	char given[CLEAN_MAX];
	enum status st;

	*which = 0;
	TRY(attr_find(&a, g, nd, name, ATTR_TEXT));
	for (unsigned i = 0; a != NULL && *s != '\0'; i++) {
		size_t len = strcspn(s, " ");
		if (a->s.len == len && memcmp(a->s.data, s, len) == 0) {
			*which = i;
			goto out;
		}
		s += len + (s[len] == ' ');
	}
	if (a != NULL) {
		clean_text(given, a->s.data, a->s.len);
		st = node_refuse(g, nd, NULL, "%s = \"%s\" cannot be imported; possible: %s", name,
		    given, allowed);
	}
out:
	return st;
}

enum status
attr_numbers(int64_t out[], struct graph *g, struct node *nd, const char *name, unsigned n,
    int64_t otherwise)
{
	const int64_t *list;
	size_t given;
	enum status st;

	for (unsigned i = 0; i < n; i++)
		out[i] = otherwise;
	TRY(attr_int_list(&list, &given, g, nd, name));
	if (given != 0 && given != n) {
		st = node_refuse(
		    g, nd, NULL, "%s has %zu numbers; %u can be imported", name, given, n);
		goto out;
	}
	for (size_t i = 0; i < given; i++)
		out[i] = list[i];
out:
	return st;
}

enum status
attr_int_list(const int64_t **out, size_t *n, struct graph *g, struct node *nd, const char *name)
{
	const Onnx__Attribute *a;
	enum status st;

	*out = NULL;
	*n = 0;
	TRY(attr_find(&a, g, nd, name, ATTR_INTS));
	if (a != NULL) {
		*out = a->ints;
		*n = a->n_ints;
	}
out:
	return st;
}

enum status
attr_tensor(struct tensor **out, struct graph *g, struct node *nd, const char *name)
{
	const Onnx__Attribute *a;
	char where[ATTR_NAME_MAX + 32];
	enum status st;

	*out = NULL;
	TRY(attr_find(&a, g, nd, name, ATTR_TENSOR));
	if (a == NULL)
		goto out;
	if (a->t == NULL) {
		st = node_wrong(g, nd, "attribute \"%s\" is empty", name);
		goto out;
	}
	(void)snprintf(where, sizeof where, "node %u's attribute \"%s\"", nd->serial, name);
	TRY(onnx_tensor(out, g, a->t, where));
out:
	return st;
}

enum status
attr_float_list(const double **out, size_t *n, struct graph *g, struct node *nd, const char *name)
{
	const Onnx__Attribute *a;
	char wide[ATTR_NAME_MAX];
	struct tensor *t;
	double *v = NULL;
	enum status st;

	*out = NULL;
	*n = 0;
	(void)snprintf(wide, sizeof wide, "%s_as_tensor", name);
	TRY(attr_tensor(&t, g, nd, wide));
	TRY(attr_find(&a, g, nd, name, ATTR_FLOATS));
	if (t != NULL && a != NULL && a->n_floats > 0) {
		st = node_wrong(g, nd, "%s and %s are both given", name, wide);
		goto out;
	}
	if (a != NULL && a->n_floats > 0) {
		TRY(GRAPH_NEW(g, &v, a->n_floats));
		for (size_t i = 0; i < a->n_floats && st == ST_OK; i++) {
			v[i] = (double)a->floats[i];
			if (!isfinite(v[i]))
				st = node_wrong(g, nd, "%s has a number that is not finite", name);
		}
		*out = v;
		*n = a->n_floats;
	} else if (t != NULL) {
		*out = t->v;
		*n = t->n;
	}
out:
	return st;
}

enum status
attr_text_list(const ProtobufCBinaryData **out, size_t *n, struct graph *g, struct node *nd,
    const char *name)
{
	const Onnx__Attribute *a;
	enum status st;

	*out = NULL;
	*n = 0;
	TRY(attr_find(&a, g, nd, name, ATTR_TEXTS));
	if (a != NULL) {
		*out = a->strings;
		*n = a->n_strings;
	}
out:
	return st;
}

enum status
node_all_taken(struct graph *g, const struct node *nd)
{
	if (nd->p->n_attribute > N_ATTRIBUTE_MAX)
		return node_wrong(g, nd, "more than %d attributes", (int)N_ATTRIBUTE_MAX);
	for (size_t i = 0; i < nd->p->n_attribute; i++) {
		char name[CLEAN_MAX];
		clean_text(name, nd->p->attribute[i]->name, strlen(nd->p->attribute[i]->name));
		if ((nd->taken >> i & 1) == 0)
			return node_refuse(
			    g, nd, NULL, "attribute \"%s\" cannot be imported", name);
	}
	return ST_OK;
}
