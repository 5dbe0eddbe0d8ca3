/* net.c: see net.h */
#include "net_internal.h"

#include <assert.h>
#include <string.h>

#include "../runtime/base/mem.h"

enum {
	N_TERM_MAX = 64,                /* of the difference of two sums while it is compared */
	N_STEP_MAX = 1024,
	TABLE_CAP = 256,
};

struct arena {
	struct arena *next;
	_Alignas(16) char bytes[];
};

_Noreturn void
net_fail(struct net *n, enum status st)
{
	n->st = st;
	longjmp(n->out, 1);
}

void *
net_alloc(struct net *n, size_t count, size_t size)
{
	struct arena *a;

	if (count > (SIZE_MAX / 2 - sizeof *a) / size)
		net_fail(n, ST_INTERNAL);
	a = mem_zalloc(sizeof *a + count * size);
	if (a == NULL)
		net_fail(n, ST_INTERNAL);
	a->next = n->arena;
	n->arena = a;
	return a->bytes;
}

enum goal
net_goal(const struct net *n)
{
	return n->build->goal;
}

uint32_t
net_level(const struct net *n, wire a)
{
	return n->node[a / 2].level;
}

wire
net_in(const struct net *n, unsigned operand, uint32_t i)
{
	const uint32_t *width = n->build->width;

	assert(operand < 3 && i < width[operand]);
	for (unsigned k = 0; k < operand; k++)
		i += width[k];
	return 2 * (1 + i);
}

/* A permutation of 64-bit numbers that mixes well (splitmix64's). */
static uint64_t
mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static uint64_t
operands_key(wire a, wire b)
{
	return mix((uint64_t)(a / 2) << 32 | b / 2);
}

static uint64_t
key_of(const struct net *n, const struct node_table *t, uint32_t node)
{
	const struct node *x = &n->node[node];

	return t == &n->by_label ? mix(x->label) : operands_key(x->a, x->b);
}

static void
put(const struct net *n, struct node_table *t, uint32_t node)
{
	uint32_t i = (uint32_t)key_of(n, t, node) & (t->cap - 1);

	while (t->slot[i] != 0)
		i = (i + 1) & (t->cap - 1);
	t->slot[i] = node;
	t->used++;
}

static void
enter(struct net *n, struct node_table *t, uint32_t node)
{
	if (2 * (t->used + 1) > t->cap) {
		struct node_table old = *t;
		uint32_t *slot = mem_array(old.cap * 2u, sizeof *slot);
		if (slot == NULL)
			net_fail(n, ST_INTERNAL);
		*t = (struct node_table){ slot, old.cap * 2u, 0 };
		for (uint32_t i = 0; i < old.cap; i++)
			if (old.slot[i] != 0)
				put(n, t, old.slot[i]);
		mem_free(old.slot);
	}
	put(n, t, node);
}

static uint32_t
new_node(struct net *n, struct node x)
{
	if (n->n_nodes == n->cap_nodes) {
		if (n->cap_nodes >= N_NODE_GATE_MAX)
			net_fail(n, ST_DATA);
		struct node *p = mem_realloc(n->node, (size_t)n->cap_nodes * 2 * sizeof *p);
		if (p == NULL)
			net_fail(n, ST_INTERNAL);
		n->node = p;
		n->cap_nodes *= 2;
	}
	if (x.level > N_CIRCUIT_LAYER_MAX)
		net_fail(n, ST_DATA);
	n->node[n->n_nodes] = x;
	enter(n, &n->by_label, n->n_nodes);
	if (x.kind == NODE_AND)
		enter(n, &n->by_operands, n->n_nodes);
	return n->n_nodes++;
}

/* Terms of a sum, each with an odd count, the highest node last. */
struct terms {
	uint32_t node[N_TERM_MAX];
	unsigned n;
};

static bool
toggle(struct terms *t, uint32_t node)
{
	unsigned i = t->n;

	if (node == 0)
		return true;
	while (i > 0 && t->node[i - 1] > node)
		i--;
	if (i > 0 && t->node[i - 1] == node) {
		memmove(&t->node[i - 1], &t->node[i], (t->n - i) * sizeof t->node[0]);
		t->n--;
		return true;
	}
	if (t->n == N_TERM_MAX)
		return false;
	memmove(&t->node[i + 1], &t->node[i], (t->n - i) * sizeof t->node[0]);
	t->node[i] = node;
	t->n++;
	return true;
}

/* Is a ^ b ^ c the constant 0?  Takes sums apart from the highest node down: a term that is no sum
 * and higher than all others cannot cancel any more. */
static bool
is_zero(const struct net *n, uint32_t a, uint32_t b, uint32_t c)
{
	struct terms t = { .n = 0 };

	if (!toggle(&t, a) || !toggle(&t, b) || !toggle(&t, c))
		return false;
	for (unsigned step = 0; t.n > 0; step++) {
		const struct node *x = &n->node[t.node[t.n - 1]];
		if (x->kind != NODE_XOR || step == N_STEP_MAX)
			return false;
		t.n--;
		if (!toggle(&t, x->a / 2) || !toggle(&t, x->b / 2))
			return false;
	}
	return true;
}

/* A node that is a ^ b and no deeper; false if there is none. */
static bool
find_sum(const struct net *n, uint32_t a, uint32_t b, uint64_t label, uint32_t level,
    uint32_t *found)
{
	const struct node_table *t = &n->by_label;

	*found = 0;
	if (label == 0)
		return is_zero(n, a, b, 0);
	for (uint32_t i = (uint32_t)mix(label) & (t->cap - 1); t->slot[i] != 0;
	    i = (i + 1) & (t->cap - 1)) {
		const struct node *x = &n->node[t->slot[i]];
		if (x->label != label || x->level > level)
			continue;
		*found = t->slot[i];
		if ((x->kind == NODE_XOR && x->a == 2 * a && x->b == 2 * b) ||
		    is_zero(n, a, b, *found))
			return true;
	}
	return false;
}

wire
net_xor(struct net *n, wire a, wire b)
{
	uint32_t sign = (a ^ b) & 1, x = a / 2, y = b / 2, found;

	if (x > y) {
		x = b / 2;
		y = a / 2;
	}
	if (x == 0)
		return 2 * y | sign;
	if (x == y)
		return sign;
	uint64_t label = n->node[x].label ^ n->node[y].label;
	uint32_t level = n->node[x].level > n->node[y].level ? n->node[x].level : n->node[y].level;
	if (!find_sum(n, x, y, label, level, &found))
		found = new_node(n, (struct node){ 2 * x, 2 * y, level, NODE_XOR, label });
	return 2 * found | sign;
}

/* The AND of the same two nodes, with whatever signs; 0 if there is none. */
static uint32_t
find_and(const struct net *n, wire a, wire b)
{
	const struct node_table *t = &n->by_operands;

	for (uint32_t i = (uint32_t)operands_key(a, b) & (t->cap - 1); t->slot[i] != 0;
	    i = (i + 1) & (t->cap - 1)) {
		const struct node *x = &n->node[t->slot[i]];
		if (x->a / 2 == a / 2 && x->b / 2 == b / 2)
			return t->slot[i];
	}
	return 0;
}

/* a & b from the AND x of the same nodes: (a' ^ p) & (b' ^ q) = a' & b' ^ p b' ^ q a' ^ p q. */
static wire
resign(struct net *n, uint32_t x, wire a, wire b)
{
	wire a1 = n->node[x].a, b1 = n->node[x].b, d = 2 * x;

	if (a != a1)
		d = net_xor(n, d, b1);
	if (b != b1)
		d = net_xor(n, d, a1);
	return d ^ (a != a1 && b != b1);
}

/* a & b where b's node holds a: true if that says what it is. */
static bool
absorb(struct net *n, wire a, wire b, wire *d)
{
	const struct node x = n->node[b / 2];
	uint32_t sign = b & 1;

	if (x.kind == NODE_XOR && (x.a / 2 == a / 2 || x.b / 2 == a / 2)) {
		wire other = x.a / 2 == a / 2 ? x.b : x.a;
		*d = net_and(n, a, other ^ sign ^ !(a & 1));    /* a & (a ^ y) = a & ~y */
		return true;
	}
	if (x.kind == NODE_AND && (x.a == a || x.b == a)) {
		*d = sign ? net_xor(n, a, b ^ 1) : b;           /* a & ~(a & y) = a ^ a & y */
		return true;
	}
	if (x.kind == NODE_AND && (x.a == net_not(a) || x.b == net_not(a))) {
		*d = sign ? a : WIRE_0;
		return true;
	}
	return false;
}

wire
net_and(struct net *n, wire a, wire b)
{
	wire d;

	if (a / 2 > b / 2) {
		d = a;
		a = b;
		b = d;
	}
	if (a / 2 == 0)
		return a == WIRE_1 ? b : WIRE_0;
	if (a / 2 == b / 2)
		return a == b ? a : WIRE_0;
	uint32_t x = find_and(n, a, b);
	if (x != 0)
		return resign(n, x, a, b);
	if (absorb(n, a, b, &d))
		return d;
	uint32_t la = net_level(n, a), lb = net_level(n, b);
	return 2 * new_node(n, (struct node){ a, b, 1 + (la > lb ? la : lb), NODE_AND,
	    mix(n->n_nodes) });
}

wire
net_or(struct net *n, wire a, wire b)
{
	return net_not(net_and(n, net_not(a), net_not(b)));
}

wire
net_mux(struct net *n, wire s, wire a, wire b)
{
	return net_xor(n, b, net_and(n, s, net_xor(n, a, b)));
}

static enum status
net_init(struct net *n, const struct build *b)
{
	enum status st = ST_OK;

	*n = (struct net){ .build = b };
	n->n_in = b->width[0] + b->width[1] + b->width[2];
	n->cap_nodes = TABLE_CAP;
	while (n->cap_nodes < n->n_in + 1)
		n->cap_nodes *= 2;
	n->node = mem_array(n->cap_nodes, sizeof *n->node);
	n->by_label.cap = n->by_operands.cap = TABLE_CAP;
	n->by_label.slot = mem_array(TABLE_CAP, sizeof(uint32_t));
	n->by_operands.slot = mem_array(TABLE_CAP, sizeof(uint32_t));
	if (n->node == NULL || n->by_label.slot == NULL || n->by_operands.slot == NULL)
		st = ST_INTERNAL;
	n->n_nodes = 1;
	return st;
}

static void
net_fini(struct net *n)
{
	while (n->arena != NULL) {
		struct arena *next = n->arena->next;
		mem_free(n->arena);
		n->arena = next;
	}
	mem_free(n->node);
	mem_free(n->by_label.slot);
	mem_free(n->by_operands.slot);
}

/* Everything that may leave by net_fail. */
static void
net_run(struct net *n, struct circuit *out)
{
	uint32_t n_out;

	for (uint32_t i = 0; i < n->n_in; i++)
		new_node(n, (struct node){ .kind = NODE_INPUT, .label = mix(n->n_nodes) });
	const wire *w = n->build->run(n, n->build->arg, &n_out);
	net_layout(n, out, w, n_out);
}

enum status
net_circuit(struct circuit *out, const struct build *b)
{
	struct net n;
	enum status st = ST_OK;

	*out = (struct circuit){ .width = { b->width[0], b->width[1], b->width[2] } };
	assert(b->width[0] + b->width[1] + b->width[2] > 0);
	TRY(net_init(&n, b));
	if (setjmp(n.out) == 0)
		net_run(&n, out);
	TRY(n.st);
out:
	net_fini(&n);
	if (st != ST_OK)
		circuit_fini(out);
	return st;
}
