/* import_tree.c: decision trees and ensembles of them (ai.onnx.ml); see graph.h
 *
 * A tree of any shape becomes a complete one of the depth of the deepest, in heap order: the
 * children of node i are 2 i + 1 and 2 i + 2, left if the feature is at most the threshold.  Below
 * a leaf all leaves are like it.  So the program tells how many trees there are and how deep the
 * deepest is, and nothing of their shapes.
 *
 * Of trees that are deep and sparse, that would be too much: they keep their leaves, and each node
 * says from which leaf to which it reaches; this is as secret as its threshold.  The program tells
 * how many leaves the largest tree has (boosted_paths of the library).
 *
 * Thresholds are moved to where comparisons with data of the declared kind come out as in the
 * model: x < t is x <= the number before t. */
#include "graph.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	DEPTH_MAX = 12,                 /* of complete trees */
	DEPTH_FEW = 6,                  /* up to here trees are made complete in any case */
	DEPTH_LIMIT = 200,              /* of recursion */
	N_LEAF_MAX = 1 << 11,           /* of a tree that is not complete */
	N_PAIR_MAX = 1 << 26,           /* of a node and a leaf, in all such trees */
	AND_COMPARISON = 50,            /* gates, about */
	N_TREE_NODE = 1 << 20,
	N_TREE_MAX = 1 << 14,
};

enum mode { MODE_LEAF, MODE_LEQ, MODE_LT, MODE_GTE, MODE_GT };
static const char *const modes[] = { "LEAF", "BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT" };

struct tree_node {
	int64_t tree, id, feature, yes_id, no_id;
	double value;
	enum mode mode;
	uint32_t yes, no;               /* its children, as places in the list */
	bool child;
	double *vote;                   /* of a leaf, for each class */
};

struct forest {
	struct tree_node *node;         /* by tree, then by id */
	uint32_t n, n_classes, n_trees, depth;      /* n_classes: with a score each */
	uint32_t *root, reached, n_leaves;      /* n_leaves: of the largest tree */
	bool complete;
	struct tensor *feature, *threshold, *start, *end, *leaf;
};

/* The attributes that name votes differ between the two operators. */
struct names {
	const char *trees, *nodes, *ids, *weights;
};

static int
node_order(const void *a, const void *b)
{
	const struct tree_node *x = a, *y = b;

	if (x->tree != y->tree)
		return x->tree < y->tree ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static struct tree_node *
node_at(const struct forest *f, int64_t tree, int64_t id)
{
	struct tree_node key = { .tree = tree, .id = id };

	return bsearch(&key, f->node, f->n, sizeof key, node_order);
}

static enum status
read_mode(enum mode *out, struct graph *g, const struct node *nd, ProtobufCBinaryData s)
{
	char clean[CLEAN_MAX];

	for (unsigned i = 0; i < sizeof modes / sizeof modes[0]; i++)
		if (s.len == strlen(modes[i]) && memcmp(s.data, modes[i], s.len) == 0) {
			*out = (enum mode)i;
			return ST_OK;
		}
	clean_text(clean, s.data, s.len);
	return node_refuse(g, nd, NULL,
	    "a node of mode \"%s\"; LEAF, BRANCH_LEQ, BRANCH_LT, BRANCH_GTE and "
	    "BRANCH_GT can be imported",
	    clean);
}

static enum status
read_nodes(struct forest *f, struct graph *g, struct node *nd)
{
	const int64_t *tree, *id, *feature, *yes, *no;
	const ProtobufCBinaryData *mode;
	const double *value;
	size_t n[7];
	enum status st;

	TRY(attr_int_list(&tree, &n[0], g, nd, "nodes_treeids"));
	TRY(attr_int_list(&id, &n[1], g, nd, "nodes_nodeids"));
	TRY(attr_int_list(&feature, &n[2], g, nd, "nodes_featureids"));
	TRY(attr_int_list(&yes, &n[3], g, nd, "nodes_truenodeids"));
	TRY(attr_int_list(&no, &n[4], g, nd, "nodes_falsenodeids"));
	TRY(attr_text_list(&mode, &n[5], g, nd, "nodes_modes"));
	TRY(attr_float_list(&value, &n[6], g, nd, "nodes_values"));
	attr_skip(nd, "nodes_hitrates");
	attr_skip(nd, "nodes_hitrates_as_tensor");
	attr_skip(nd, "nodes_missing_value_tracks_true");   /* no value of the data is missing */
	for (unsigned i = 0; i < 7; i++)
		if (n[i] != n[0] || n[0] == 0 || n[0] > N_TREE_NODE)
			return node_wrong(g, nd,
			    "its lists of nodes have different lengths, or none, or too many");
	TRY(GRAPH_NEW(g, &f->node, n[0]));
	f->n = (uint32_t)n[0];
	for (uint32_t i = 0; i < f->n; i++) {
		struct tree_node *t = &f->node[i];
		*t = (struct tree_node){ .tree = tree[i], .id = id[i], .feature = feature[i],
			.yes_id = yes[i], .no_id = no[i], .value = value[i] };
		TRY(read_mode(&t->mode, g, nd, mode[i]));
	}
	qsort(f->node, f->n, sizeof *f->node, node_order);
out:
	return st;
}

/* Children become places, each tree has one root. */
static enum status
link_nodes(struct forest *f, struct graph *g, const struct node *nd, uint64_t columns)
{
	enum status st;

	for (uint32_t i = 0; i < f->n; i++) {
		struct tree_node *t = &f->node[i], *yes, *no;
		if (i > 0 && node_order(t - 1, t) == 0)
			return node_wrong(g, nd, "two nodes are the same");
		if (t->mode == MODE_LEAF)
			continue;
		yes = node_at(f, t->tree, t->yes_id);
		no = node_at(f, t->tree, t->no_id);
		if (yes == NULL || no == NULL || yes == no || yes->child || no->child)
			return node_wrong(g, nd, "its nodes are no trees");
		if (t->feature < 0 || (uint64_t)t->feature >= columns)
			return node_wrong(g, nd, "it looks at column %lld of %llu",
			    (long long)t->feature, (unsigned long long)columns);
		yes->child = no->child = true;
		t->yes = (uint32_t)(yes - f->node);
		t->no = (uint32_t)(no - f->node);
	}
	for (uint32_t i = 0; i < f->n; i++)
		f->n_trees += !f->node[i].child;
	if (f->n_trees == 0 || f->n_trees > N_TREE_MAX)
		return node_wrong(g, nd, "%u trees", f->n_trees);
	TRY(GRAPH_NEW(g, &f->root, f->n_trees));
	f->n_trees = 0;
	for (uint32_t i = 0; i < f->n; i++) {
		if (f->node[i].child)
			continue;
		f->root[f->n_trees++] = i;
		if (f->n_trees > 1 && f->node[f->root[f->n_trees - 2]].tree == f->node[i].tree)
			return node_wrong(g, nd, "a tree has two roots");
	}
out:
	return st;
}

/* How deep the tree under a node is, at most DEPTH_LIMIT + 1; counts its nodes. */
static uint32_t
depth_under(struct forest *f, uint32_t at, uint32_t depth)
{
	const struct tree_node *t = &f->node[at];

	f->reached++;
	if (t->mode == MODE_LEAF || depth > DEPTH_LIMIT)
		return depth;
	uint32_t a = depth_under(f, t->yes, depth + 1), b = depth_under(f, t->no, depth + 1);
	return a > b ? a : b;
}

/* Votes of leaves, summed; *positive: none is negative, *single: all are for one class. */
static enum status
read_votes(struct forest *f, struct graph *g, struct node *nd, const struct names *names,
    bool *positive, bool *single)
{
	const int64_t *tree, *id, *class;
	const double *weight;
	size_t n[4];
	double *all;
	enum status st;

	TRY(attr_int_list(&tree, &n[0], g, nd, names->trees));
	TRY(attr_int_list(&id, &n[1], g, nd, names->nodes));
	TRY(attr_int_list(&class, &n[2], g, nd, names->ids));
	TRY(attr_float_list(&weight, &n[3], g, nd, names->weights));
	if (n[0] == 0 || n[1] != n[0] || n[2] != n[0] || n[3] != n[0])
		return node_wrong(g, nd, "its lists of votes have different lengths, or none");
	if (f->n_classes == 0 || f->n_classes > N_TENSOR_MAX / f->n)
		return node_wrong(g, nd, "%u classes", f->n_classes);
	TRY(GRAPH_NEW(g, &all, (size_t)f->n * f->n_classes));
	*positive = *single = true;
	for (size_t i = 0; i < n[0]; i++) {
		struct tree_node *t = node_at(f, tree[i], id[i]);
		if (t == NULL || t->mode != MODE_LEAF || class[i] < 0 || class[i] >= f->n_classes)
			return node_wrong(g, nd, "a vote belongs to no leaf or no class");
		t->vote = all + (size_t)(t - f->node) * f->n_classes;
		t->vote[class[i]] += weight[i];
		*positive = *positive && weight[i] >= 0;
		*single = *single && class[i] == class[0];
	}
out:
	return st;
}

/* The greatest number of the data's kind for which the left side is right: x <= t, or x < t; within
 * one unit below the data's range and its upper end. */
static double
threshold_at(const struct graph *g, double t, bool below)
{
	int frac = (int)g->set->frac, unit = g->set->whole ? 0 : frac;
	double v = below ? ceil(ldexp(t, unit)) - 1 : floor(ldexp(t, unit));
	double lo = ldexp((double)g->set->lo, unit - frac) - 1;
	double hi = ldexp((double)g->set->hi, unit - frac);

	return ldexp(v < lo ? lo : v > hi ? hi : v, -unit);
}

/* The subtree of node `from`, at place `at` of complete tree number `tree`. */
static void
fill(const struct forest *f, const struct graph *g, uint32_t from, uint64_t tree, uint64_t at,
    uint32_t depth)
{
	const struct tree_node *t = &f->node[from];
	uint64_t inner = ((uint64_t)1 << f->depth) - 1, place = tree * inner + at;

	if (depth == f->depth) {
		double *leaf = f->leaf->v + (tree * (inner + 1) + at - inner) * f->n_classes;
		for (uint32_t c = 0; c < f->n_classes && t->vote != NULL; c++)
			leaf[c] = t->vote[c];
		return;
	}
	if (t->mode == MODE_LEAF) {
		f->threshold->v[place] = threshold_at(g, INFINITY, false);
		fill(f, g, from, tree, 2 * at + 1, depth + 1);
		fill(f, g, from, tree, 2 * at + 2, depth + 1);
		return;
	}
	bool yes_left = t->mode == MODE_LEQ || t->mode == MODE_LT;
	f->feature->v[place] = (double)t->feature;
	f->threshold->v[place] =
	    threshold_at(g, t->value, t->mode == MODE_LT || t->mode == MODE_GTE);
	fill(f, g, yes_left ? t->yes : t->no, tree, 2 * at + 1, depth + 1);
	fill(f, g, yes_left ? t->no : t->yes, tree, 2 * at + 2, depth + 1);
}

/* The subtree of node `from`, whose leaves are those from *next on: its inner nodes stand between
 * leaves, from left to right. */
static void
fill_paths(const struct forest *f, const struct graph *g, uint32_t from, uint64_t tree,
    uint64_t *next)
{
	const struct tree_node *t = &f->node[from];
	uint64_t first = *next, inner = f->n_leaves - 1;

	if (t->mode == MODE_LEAF) {
		double *leaf = f->leaf->v + (tree * f->n_leaves + *next) * f->n_classes;
		for (uint32_t c = 0; c < f->n_classes && t->vote != NULL; c++)
			leaf[c] = t->vote[c];
		++*next;
		return;
	}
	bool yes_left = t->mode == MODE_LEQ || t->mode == MODE_LT;
	fill_paths(f, g, yes_left ? t->yes : t->no, tree, next);
	uint64_t at = tree * inner + *next - 1;
	fill_paths(f, g, yes_left ? t->no : t->yes, tree, next);
	f->feature->v[at] = (double)t->feature;
	f->threshold->v[at] = threshold_at(g, t->value, t->mode == MODE_LT || t->mode == MODE_GTE);
	f->start->v[at] = (double)first;
	f->end->v[at] = (double)*next - 1;
}

/* Behind a tree's own leaves stand some that no row reaches. */
static void
fill_behind(const struct forest *f, const struct graph *g, uint64_t tree, uint64_t next)
{
	uint64_t inner = f->n_leaves - 1;

	for (uint64_t i = next - 1; i < inner; i++) {
		f->threshold->v[tree * inner + i] = threshold_at(g, INFINITY, false);
		f->end->v[tree * inner + i] = (double)i + 1;
	}
}

/* Depth and leaves of the trees, and how they are written. */
static enum status
measure(struct forest *f, struct graph *g, const struct node *nd)
{
	for (uint32_t i = 0; i < f->n_trees; i++) {
		uint32_t before = f->reached, d = depth_under(f, f->root[i], 0);
		uint32_t leaves = (f->reached - before + 1) / 2;
		f->depth = d > f->depth ? d : f->depth;
		f->n_leaves = leaves > f->n_leaves ? leaves : f->n_leaves;
	}
	if (f->depth > DEPTH_LIMIT)
		return node_refuse(g, nd, "train it with a limit (max_depth)",
		    "a tree of more than %d levels", (int)DEPTH_LIMIT);
	if (f->reached != f->n)         /* the others are each other's children */
		return node_wrong(g, nd, "its nodes are no trees");
	f->depth = f->depth == 0 ? 1 : f->depth;
	uint64_t n = f->n_leaves, paths = n * AND_COMPARISON + 2 * n * n;
	f->complete = f->depth <= DEPTH_FEW ||
	    (f->depth <= DEPTH_MAX && paths >= (AND_COMPARISON + 1) * ((uint64_t)1 << f->depth));
	if (!f->complete && (n > N_LEAF_MAX || n * n > N_PAIR_MAX / f->n_trees))
		return node_refuse(g, nd,
		    "train it with a limit (max_leaf_nodes, max_depth) or with fewer trees; pairs of a "
		    "node and a leaf are what it costs",
		    "%u trees of %u levels and %llu leaves", f->n_trees, f->depth,
		    (unsigned long long)n);
	return ST_OK;
}

/* Feature and threshold [trees, nodes]; leaf [trees, nodes + 1], or with a last axis of classes;
 * of trees that are not complete start and end, of each node. */
static enum status
write_trees(struct forest *f, struct graph *g, const struct node *nd)
{
	uint64_t dim[3] = { f->n_trees, 0, f->n_classes };
	enum status st;

	TRY(measure(f, g, nd));
	dim[1] = f->complete ? ((uint64_t)1 << f->depth) - 1 : f->n_leaves - 1;
	TRY(tensor_new(&f->feature, g, 2, dim));
	TRY(tensor_new(&f->threshold, g, 2, dim));
	f->feature->kind = TENSOR_FEATURES;
	f->threshold->kind = TENSOR_THRESHOLDS;
	if (!f->complete) {
		TRY(tensor_new(&f->start, g, 2, dim));
		TRY(tensor_new(&f->end, g, 2, dim));
		f->start->kind = f->end->kind = TENSOR_LEAVES;
	}
	dim[1]++;
	TRY(tensor_new(&f->leaf, g, f->n_classes == 1 ? 2 : 3, dim));
	for (uint32_t i = 0; i < f->n_trees; i++) {
		uint64_t next = 0;
		if (f->complete) {
			fill(f, g, f->root[i], i, 0, 0);
			continue;
		}
		fill_paths(f, g, f->root[i], i, &next);
		fill_behind(f, g, i, next);
	}
out:
	return st;
}

/* Adds base[c] to all leaves of the first tree, one of which every row reaches; and scales all. */
static void
adjust(const struct forest *f, const double *base, double factor)
{
	uint64_t leaves = f->leaf->dim[1];

	for (uint64_t i = 0; i < f->leaf->n; i++)
		f->leaf->v[i] *= factor;
	for (uint64_t i = 0; base != NULL && i < leaves * f->n_classes; i++)
		f->leaf->v[i] += base[i % f->n_classes];
}

static enum status
forest_layer(struct value **out, struct graph *g, const struct node *nd, const struct forest *f,
    struct value *x)
{
	uint64_t classes = f->n_classes;
	struct layer *l;
	enum status st;

	TRY(layer_new(&l, g, nd, f->complete ? LAYER_FOREST : LAYER_FOREST_PATHS, x,
	    classes == 1 ? 0 : 1, &classes));
	l->param[0] = f->feature;
	l->param[1] = f->threshold;
	l->param[2] = f->complete ? f->leaf : f->start;
	l->param[3] = f->end;
	l->param[4] = f->complete ? NULL : f->leaf;
	*out = l->out;
out:
	return st;
}

/* The rows that the trees look at: the data themselves, whose bounds the thresholds have. */
static enum status
tree_data(struct value **x, struct graph *g, const struct node *nd)
{
	enum status st;

	TRY(node_data(x, g, nd, 0));
	if (*x != g->data)
		st = node_refuse(
		    g, nd, NULL, "trees of something else than the model's input, rows of columns");
out:
	return st;
}

/* *n numbers, or NULL where there are none or all are 0. */
static enum status
base_values(const double **out, size_t *n, struct graph *g, struct node *nd)
{
	bool any = false;
	enum status st;

	TRY(attr_float_list(out, n, g, nd, "base_values"));
	for (size_t i = 0; i < *n; i++)
		any = any || (*out)[i] != 0;
	if (!any) {
		*out = NULL;
		*n = 0;
	}
out:
	return st;
}

enum status
op_tree_number(struct graph *g, struct node *nd)
{
	static const struct names names = { "target_treeids", "target_nodeids", "target_ids",
		"target_weights" };
	struct forest f = { 0 };
	struct value *x, *y;
	const double *base;
	int64_t targets;
	unsigned mean, transform;
	size_t n;
	bool positive, single;
	enum status st;

	TRY(tree_data(&x, g, nd));
	TRY(attr_int(&targets, g, nd, "n_targets", 1));
	TRY(attr_choice(&mean, g, nd, "aggregate_function", "SUM AVERAGE"));
	TRY(attr_choice(&transform, g, nd, "post_transform", "NONE"));
	TRY(base_values(&base, &n, g, nd));
	if (targets < 1 || targets > N_TENSOR_MAX || (n != 0 && n != (size_t)targets))
		return node_wrong(g, nd, "%lld targets and %zu base values", (long long)targets, n);
	f.n_classes = (uint32_t)targets;
	TRY(read_nodes(&f, g, nd));
	TRY(link_nodes(&f, g, nd, x->n));
	TRY(read_votes(&f, g, nd, &names, &positive, &single));
	TRY(write_trees(&f, g, nd));
	adjust(&f, base, mean == 1 ? 1.0 / f.n_trees : 1);
	TRY(forest_layer(&y, g, nd, &f, x));
	TRY(node_gives(g, nd, 0, y));
out:
	return st;
}

enum status
op_tree_class(struct graph *g, struct node *nd)
{
	static const struct names names = { "class_treeids", "class_nodeids", "class_ids",
		"class_weights" };
	struct forest f = { 0 };
	struct value *x, *s;
	const double *base;
	unsigned transform;
	size_t n;
	bool positive, single, two;
	enum status st;

	TRY(tree_data(&x, g, nd));
	TRY(attr_choice(&transform, g, nd, "post_transform", "NONE SOFTMAX LOGISTIC"));
	TRY(base_values(&base, &n, g, nd));
	TRY(class_labels(&f.n_classes, g, nd, "classlabels_int64s"));
	TRY(read_nodes(&f, g, nd));
	TRY(link_nodes(&f, g, nd, x->n));
	TRY(read_votes(&f, g, nd, &names, &positive, &single));
	two = single && f.n_classes == 2;
	if (n != 0 && n != (two ? 1 : f.n_classes))
		return node_refuse(g, nd, NULL, "%zu base values for %u classes", n, f.n_classes);
	for (uint32_t i = 0; two && i < f.n; i++)       /* one of the votes is 0 */
		if (f.node[i].vote != NULL)
			f.node[i].vote[0] += f.node[i].vote[1];
	f.n_classes = two ? 1 : f.n_classes;
	TRY(write_trees(&f, g, nd));
	adjust(&f, base, 1);
	TRY(forest_layer(&s, g, nd, &f, x));
	TRY(two ? class_of_two(g, nd, s, transform, positive) :
	    class_of_several(g, nd, s, transform, positive));
out:
	return st;
}
