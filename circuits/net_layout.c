/* net_layout.c: a net as layers, gates and registers.
 *
 * Live nodes only.  Every AND has the earliest layer that its operands and N_LAYER_AND_MAX allow;
 * the late plan then moves it to the last layer that serves its readers, without more layers.  Sums
 * stand where they are first read.  Both plans are made, and the one with fewer registers stays:
 * early is better where many bits make few (a tree), late where few make many (partial products).
 *
 * While gates are listed, they name values: the wires of the net, so that a node and its inverse
 * are two values.  A register is then given, in that order, to each value, and is free again when
 * its last reader has gone; a linear gate may write over its operand, the ANDs of a layer free
 * theirs together. */
#include "net_internal.h"

#include <string.h>

#include "../runtime/base/mem.h"

enum { NEVER = UINT32_MAX };

struct plan {
	struct net *n;
	const wire *out;
	uint32_t n_out, n_layers, n_reg, n_gates;
	bool *live;
	uint32_t *ready;        /* node: the first layer that can read it */
	uint32_t *due;          /* node: the first layer that does */
	uint32_t *place;        /* node: its layer */
	uint32_t *count;        /* layer: ANDs */
	uint32_t *order, *bound;        /* nodes by layer, sums before ANDs; where each half begins */
	bool *made;             /* wire: some gate writes it */
	struct gate *gate;      /* of values, then of registers */
	struct layer *layer;
	uint32_t *last, *reg;   /* wire: the time of its last reader; its register */
	uint32_t *free, n_free;
};

static void
mark_live(struct plan *p)
{
	const struct net *n = p->n;

	for (uint32_t i = 0; i < p->n_out; i++)
		p->live[p->out[i] / 2] = true;
	for (uint32_t x = n->n_nodes - 1; x > n->n_in; x--)
		if (p->live[x])
			p->live[n->node[x].a / 2] = p->live[n->node[x].b / 2] = true;
}

static void
place_early(struct plan *p)
{
	const struct net *n = p->n;

	for (uint32_t x = n->n_in + 1; x < n->n_nodes; x++) {
		const struct node *v = &n->node[x];
		uint32_t a = p->ready[v->a / 2], b = p->ready[v->b / 2], t = a > b ? a : b;
		if (!p->live[x])
			continue;
		if (v->kind == NODE_AND) {
			while (p->count[t] == N_LAYER_AND_MAX)
				t++;
			p->count[t]++;
			p->place[x] = t++;
			if (t > p->n_layers)
				p->n_layers = t;
		}
		p->ready[x] = t;
	}
	if (p->n_layers > N_CIRCUIT_LAYER_MAX)
		net_fail(p->n, ST_DATA);
}

/* The last layer that serves whoever reads node x.  No layer is left empty. */
static void
move_late(struct plan *p, uint32_t x)
{
	uint32_t from = p->place[x], t = p->due[x] - 1;

	while (t > from && p->count[t] == N_LAYER_AND_MAX)
		t--;
	if (t > from && p->count[from] > 1) {
		p->count[from]--;
		p->count[t]++;
		p->place[x] = t;
	}
}

static void
lower(uint32_t *d, uint32_t v)
{
	if (*d > v)
		*d = v;
}

static void
place_late(struct plan *p, bool late_ands)
{
	const struct net *n = p->n;

	memset(p->due, 0xff, n->n_nodes * sizeof *p->due);
	for (uint32_t i = 0; i < p->n_out; i++)
		p->due[p->out[i] / 2] = p->n_layers;
	for (uint32_t x = n->n_nodes - 1; x > n->n_in; x--) {
		if (!p->live[x])
			continue;
		if (n->node[x].kind == NODE_XOR)
			p->place[x] = p->due[x];
		else if (late_ands)
			move_late(p, x);
		lower(&p->due[n->node[x].a / 2], p->place[x]);
		lower(&p->due[n->node[x].b / 2], p->place[x]);
	}
}

/* 2 * layer for a sum, one more for an AND. */
static uint32_t
half_of(const struct plan *p, uint32_t x)
{
	return 2 * p->place[x] + (p->n->node[x].kind == NODE_AND);
}

static void
sort_by_layer(struct plan *p)
{
	const struct net *n = p->n;
	uint32_t n_halves = 2 * (p->n_layers + 1), sum = 0;

	p->bound = net_alloc(p->n, n_halves + 1u, sizeof *p->bound);
	for (uint32_t x = n->n_in + 1; x < n->n_nodes; x++)
		if (p->live[x])
			p->bound[half_of(p, x)]++;
	for (uint32_t h = 0; h <= n_halves; h++) {
		uint32_t k = p->bound[h];
		p->bound[h] = sum;
		sum += k;
	}
	p->order = net_alloc(p->n, sum + 1u, sizeof *p->order);
	for (uint32_t x = n->n_in + 1; x < n->n_nodes; x++)
		if (p->live[x])
			p->order[p->bound[half_of(p, x)]++] = x;
	memmove(p->bound + 1, p->bound, n_halves * sizeof *p->bound);
	p->bound[0] = 0;
}

static void
list_gate(struct plan *p, wire d, wire a, wire b)
{
	p->made[d] = true;
	p->gate[p->n_gates++] = (struct gate){ d, a, b };
}

/* A gate for the inverse of a node, unless there is one. */
static void
list_inverse(struct plan *p, wire w)
{
	if ((w & 1) != 0 && !p->made[w])
		list_gate(p, w, w ^ 1, GATE_NOT);
}

static void
list_layer(struct plan *p, uint32_t r)
{
	const struct node *node = p->n->node;
	const uint32_t *half = &p->bound[2 * r];

	p->layer[r].linear = p->n_gates;
	for (uint32_t i = half[0]; i < half[1]; i++)
		list_gate(p, 2 * p->order[i], node[p->order[i]].a, node[p->order[i]].b);
	for (uint32_t i = half[1]; i < half[2]; i++) {
		list_inverse(p, node[p->order[i]].a);
		list_inverse(p, node[p->order[i]].b);
	}
	for (uint32_t i = 0; r == p->n_layers && i < p->n_out; i++) {
		if (p->out[i] / 2 == 0 && !p->made[WIRE_0])
			list_gate(p, WIRE_0, 2, 2);     /* a constant: an input with itself */
		list_inverse(p, p->out[i]);
	}
	p->layer[r].and = p->n_gates;
	for (uint32_t i = half[1]; i < half[2]; i++)
		list_gate(p, 2 * p->order[i], node[p->order[i]].a, node[p->order[i]].b);
}

static void
release(struct plan *p, wire w, uint32_t time)
{
	if (w / 2 > p->n->n_in || w / 2 == 0 || (w & 1) != 0)
		if (p->last[w] == time) {
			p->last[w] = NEVER;
			p->free[p->n_free++] = p->reg[w];
		}
}

static uint32_t
take(struct plan *p, wire w)
{
	p->reg[w] = p->n_free > 0 ? p->free[--p->n_free] : p->n_reg++;
	return p->reg[w];
}

static uint32_t
layer_end(const struct plan *p, uint32_t r)
{
	return r < p->n_layers ? p->layer[r + 1].linear : p->n_gates;
}

static void
find_last(struct plan *p)
{
	for (uint32_t r = 0; r <= p->n_layers; r++) {
		uint32_t end = layer_end(p, r);
		for (uint32_t i = p->layer[r].linear; i < end; i++) {
			uint32_t time = i < p->layer[r].and ? i : end - 1;
			p->last[p->gate[i].a] = time;
			if (p->gate[i].b != GATE_NOT)
				p->last[p->gate[i].b] = time;
		}
	}
	for (uint32_t i = 0; i < p->n_out; i++)
		p->last[p->out[i]] = NEVER;
}

static void
assign_linear(struct plan *p, uint32_t i)
{
	struct gate *g = &p->gate[i], v = *g;

	g->a = p->reg[v.a];
	if (v.b != GATE_NOT)
		g->b = p->reg[v.b];
	release(p, v.a, i);
	if (v.b != GATE_NOT)
		release(p, v.b, i);
	g->d = take(p, v.d);
}

/* The operands' values are needed after the registers are in place: they are freed by value. */
static void
assign_ands(struct plan *p, uint32_t begin, uint32_t end)
{
	for (uint32_t i = begin; i < end; i++)
		take(p, p->gate[i].d);
	for (uint32_t i = begin; i < end; i++) {
		struct gate *g = &p->gate[i], v = *g;
		*g = (struct gate){ p->reg[v.d], p->reg[v.a], p->reg[v.b] };
		release(p, v.a, end - 1);
		release(p, v.b, end - 1);
	}
}

static void
assign_registers(struct plan *p)
{
	p->n_reg = p->n->n_in;
	for (uint32_t i = 0; i < p->n->n_in; i++)
		p->reg[2 * (i + 1)] = i;
	find_last(p);
	for (uint32_t r = 0; r <= p->n_layers; r++) {
		for (uint32_t i = p->layer[r].linear; i < p->layer[r].and; i++)
			assign_linear(p, i);
		assign_ands(p, p->layer[r].and, layer_end(p, r));
	}
}

static struct plan
make_plan(struct net *n, const wire *out, uint32_t n_out, bool late)
{
	size_t nodes = n->n_nodes;
	struct plan p = { .n = n, .out = out, .n_out = n_out };

	p.live = net_alloc(n, nodes, sizeof *p.live);
	p.ready = net_alloc(n, nodes, sizeof *p.ready);
	p.due = net_alloc(n, nodes, sizeof *p.due);
	p.place = net_alloc(n, nodes, sizeof *p.place);
	p.count = net_alloc(n, nodes + 1, sizeof *p.count);
	mark_live(&p);
	place_early(&p);
	place_late(&p, late);
	sort_by_layer(&p);
	p.made = net_alloc(n, 2 * nodes, sizeof *p.made);
	p.gate = net_alloc(n, 2 * nodes, sizeof *p.gate);
	p.layer = net_alloc(n, p.n_layers + 1u, sizeof *p.layer);
	p.last = net_alloc(n, 2 * nodes, sizeof *p.last);
	p.reg = net_alloc(n, 2 * nodes, sizeof *p.reg);
	p.free = net_alloc(n, 2 * nodes, sizeof *p.free);
	for (uint32_t r = 0; r <= p.n_layers; r++)
		list_layer(&p, r);
	assign_registers(&p);
	return p;
}

static void *
copy_of(struct net *n, const void *from, size_t count, size_t size)
{
	void *d = mem_alloc(count * size);

	if (d == NULL)
		net_fail(n, ST_INTERNAL);
	if (count > 0)
		memcpy(d, from, count * size);
	return d;
}

void
net_layout(struct net *n, struct circuit *c, const wire *out, uint32_t n_out)
{
	struct plan early = make_plan(n, out, n_out, false), late = make_plan(n, out, n_out, true);
	const struct plan *p = late.n_reg <= early.n_reg ? &late : &early;

	c->n_in = n->n_in;
	c->n_reg = p->n_reg;
	c->n_out = n_out;
	c->n_gates = p->n_gates;
	c->n_layers = p->n_layers;
	c->n_bounds = p->n_layers + 1;
	c->name = copy_of(n, n->build->name, strlen(n->build->name) + 1, 1);
	c->gate = copy_of(n, p->gate, p->n_gates, sizeof *p->gate);
	c->layer = copy_of(n, p->layer, c->n_bounds, sizeof *p->layer);
	c->out = copy_of(n, out, n_out, sizeof *out);
	for (uint32_t i = 0; i < n_out; i++)
		c->out[i] = p->reg[out[i]];
}
