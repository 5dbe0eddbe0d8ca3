/* low_bits.c: values as bits: widths, circuits, and the ways between numbers and bits.
 *
 * A value of type bits<k> has k bits; a number has as many as its range needs, in two's complement
 * if the range goes below 0. */
#include <assert.h>
#include <string.h>

#include "ir_const.h"
#include "low.h"

bool
low_signed(const struct ir_value *v)
{
	return v->bits == 0 && mpz_sgn(v->lo) < 0;
}

unsigned
low_bits(const struct ir_value *v)
{
	mpz_t low;

	if (v->bits > 0)
		return v->bits;
	if (mpz_sgn(v->lo) >= 0)
		return mpz_sgn(v->hi) <= 0 ? 1 : (unsigned)mpz_sizeinbase(v->hi, 2);
	mpz_init(low);
	mpz_com(low, v->lo);                     /* -1 - lo: as many bits as lo needs besides the sign */
	size_t a = mpz_sgn(low) == 0 ? 0 : mpz_sizeinbase(low, 2);
	size_t b = mpz_sgn(v->hi) <= 0 ? 0 : mpz_sizeinbase(v->hi, 2);
	return (unsigned)(a > b ? a : b) + 1;
}

int64_t
low_limbs(const struct ir_value *v)
{
	return v->bits > 64 ? (v->bits + 63) / 64 : 1;
}

/* Where a circuit comes from, so that the same is not made twice. */
struct low_circuit {
	struct family_spec spec;
	const uint64_t *constant[3];     /* operands that are known, as limbs, or NULL */
	const void *given;               /* the program's own circuit, or the table that it looks up in */
	struct circuit circuit;
	uint64_t n_ands;
};

static void
take_circuit(struct low *l, struct circuit *d, struct circuit *s, enum status st, struct span span)
{
	struct compile *c = l->c;

	if (st != ST_OK)
		compile_fail(c, span, NULL, NULL, "no circuit could be made for this");
	*d = *s;
	d->name = compile_printf(c, "%s", s->name == NULL ? "" : s->name);
	d->out = compile_alloc(c, (s->n_out + 1) * sizeof *d->out);
	memcpy(d->out, s->out, s->n_out * sizeof *d->out);
	d->gate = compile_alloc(c, ((size_t)s->n_gates + 1) * sizeof *d->gate);
	if (s->n_gates > 0)
		memcpy(d->gate, s->gate, s->n_gates * sizeof *d->gate);
	d->layer = compile_alloc(c, s->n_bounds * sizeof *d->layer);
	memcpy(d->layer, s->layer, s->n_bounds * sizeof *d->layer);
	circuit_fini(s);
}

static uint32_t
add_circuit(struct low *l, const struct low_circuit *x)
{
	l->c->circuit = low_grow(l, l->c->circuit, l->c->n_circuits, &l->c->cap_circuits,
	    sizeof *l->c->circuit);
	l->c->circuit[l->c->n_circuits] = *x;
	l->c->circuit[l->c->n_circuits].n_ands = circuit_n_ands(&x->circuit);
	return l->c->n_circuits++;
}

static bool
same_constant(const uint64_t *a, const uint64_t *b, unsigned width)
{
	if (a == NULL || b == NULL)
		return a == b;
	return memcmp(a, b, (width + 63) / 64 * sizeof *a) == 0;
}

static bool
same_constants(const struct low_circuit *x, const uint64_t *const constant[3])
{
	bool same = true;

	for (int i = 0; i < 3; i++)
		same = same && same_constant(x->constant[i], constant[i], x->spec.in[i].width);
	return same;
}

static bool
same_spec(const struct family_spec *a, const struct family_spec *b)
{
	bool same = a->family == b->family && a->goal == b->goal && a->out == b->out &&
	    a->imm[0] == b->imm[0] && a->imm[1] == b->imm[1];

	for (int i = 0; i < 3; i++)
		same = same && a->in[i].width == b->in[i].width && a->in[i].is_signed == b->in[i].is_signed;
	return same;
}

static uint32_t
circuit_of_goal(struct low *l, const struct family_spec *s, const uint64_t *const constant[3],
    struct span span)
{
	struct low_circuit x = { .spec = *s, .constant = { constant[0], constant[1], constant[2] } };
	struct circuit made = { .name = NULL };

	for (uint32_t i = 0; i < l->c->n_circuits; i++)
		if (l->c->circuit[i].given == NULL && same_spec(&l->c->circuit[i].spec, s) &&
		    same_constants(&l->c->circuit[i], constant))
			return i;
	enum status st = family_circuit_const(&made, s, constant);
	take_circuit(l, &x.circuit, &made, st, span);
	return add_circuit(l, &x);
}

/* Micro-seconds that a circuit takes on n elements of XOR shares: its rounds and its triples. */
static uint64_t
cost_of(const struct low *l, uint32_t i, uint64_t n)
{
	const struct low_circuit *x = &l->c->circuit[i];
	const struct link_speed *net = l->network;
	u128 bits = (u128)x->n_ands * n * l->c->options->target->and_bits;

	return x->circuit.n_layers * exchange_us(net) +
	    (uint64_t)(bits * 1000000 / net->bits_per_s);
}

uint32_t
low_circuit_const(struct low *l, enum domain domain, const struct family_spec *spec,
    const uint64_t *const constant[3], uint64_t n, struct span span)
{
	struct family_spec s = *spec;
	uint32_t small, shallow;

	s.goal = GOAL_SMALL;
	small = circuit_of_goal(l, &s, constant, span);
	if (domain != DOM_B || l->c->circuit[small].circuit.n_layers <= 1)
		return small;
	s.goal = GOAL_SHALLOW;
	shallow = circuit_of_goal(l, &s, constant, span);
	return cost_of(l, shallow, n) < cost_of(l, small, n) ? shallow : small;
}

uint32_t
low_circuit(struct low *l, enum domain domain, const struct family_spec *s, uint64_t n,
    struct span span)
{
	static const uint64_t *const none[3] = { NULL, NULL, NULL };

	return low_circuit_const(l, domain, s, none, n, span);
}

uint32_t
low_table(struct low *l, enum domain domain, const struct family_table_spec *spec, struct span span)
{
	struct family_table_spec s = *spec;
	struct low_circuit x = { .given = spec->entry };
	struct circuit made = { .name = NULL };

	s.goal = domain == DOM_B ? GOAL_SHALLOW : GOAL_SMALL;
	enum status st = family_table_circuit(&made, &s);
	take_circuit(l, &x.circuit, &made, st, span);
	return add_circuit(l, &x);
}

static uint32_t
given(struct low *l, const struct circuit *c)
{
	struct low_circuit x = { .given = c, .circuit = *c };

	for (uint32_t i = 0; i < l->c->n_circuits; i++)
		if (l->c->circuit[i].given == c)
			return i;
	return add_circuit(l, &x);
}

uint32_t
low_own_circuit(struct low *l, enum domain domain, const struct circuit *small,
    const struct circuit *shallow, uint64_t n)
{
	uint32_t a = given(l, small), b = given(l, shallow);

	return domain == DOM_B && cost_of(l, b, n) < cost_of(l, a, n) ? b : a;
}

const struct circuit *
low_circuit_at(const struct low *l, uint32_t i)
{
	return &l->c->circuit[i].circuit;
}

low_id
low_circ(struct low *l, struct low_block *b, uint32_t circuit, low_id x, low_id y, low_id z,
    uint64_t n, struct span span)
{
	enum domain domain = (enum domain)l->slot[x].slot.domain;
	int64_t imm[3] = { circuit, 0, 0 };
	low_id d = low_new(l, domain, l->c->circuit[circuit].circuit.n_out, n, 0);

	low_op(l, b, domain == DOM_B ? OP_CIRC_B : OP_CIRC_Y, d, x, y, z, imm, span);
	return d;
}

low_id
low_resize(struct low *l, struct low_block *b, low_id x, bool is_signed, unsigned width,
    struct span span)
{
	const struct slot s = l->slot[x].slot;
	struct family_spec spec = { .family = FAMILY_COPY, .in = { { s.width, is_signed } },
		.out = (uint16_t)width };

	if (s.width == width)
		return x;
	return low_circ(l, b, low_circuit(l, (enum domain)s.domain, &spec, s.n, span), x, SLOT_NONE,
	    SLOT_NONE, s.n, span);
}

static low_id
convert1(struct low *l, struct low_block *b, enum insn_id op, enum domain to, unsigned width,
    low_id a, uint64_t n, int64_t imm0, struct span span)
{
	int64_t imm[3] = { imm0, 0, 0 };
	low_id d = low_new(l, to, width, n, 0);

	low_op(l, b, op, d, a, SLOT_NONE, SLOT_NONE, imm, span);
	return d;
}

/* The bits of what the nodes' shares of a number add up to, or what a circuit of the family says
 * about that sum. */
low_id
low_split(struct low *l, struct low_block *b, enum domain to, enum family family, low_id a,
    unsigned bits, struct span span)
{
	uint64_t n = l->slot[a].slot.n;
	unsigned parts = l->c->options->target->held == N_HELD_MAX ? 2 :
	    roles_nodes(&l->ir->roles, l->ir->n_parties);
	struct family_spec spec = { .family = family, .in = { { (uint16_t)(bits * parts), false } },
		.out = (uint16_t)(family == FAMILY_PARTS ? bits : 1), .imm = { parts, bits } };

	assert(bits <= l->slot[a].slot.width && bits * parts <= N_BITS_MAX);
	enum insn_id split = to == DOM_B ? OP_SPLIT_B : OP_SPLIT_Y;
	low_id s = convert1(l, b, split, to, bits * parts, a, n, bits, span);
	if (parts == 1)
		return s;
	return low_circ(l, b, low_circuit(l, to, &spec, n, span), s, SLOT_NONE, SLOT_NONE, n, span);
}

low_id
low_to_bits(struct low *l, const struct ir_value *v, low_id from, enum domain to)
{
	struct low_block *b = low_block_of(l, v->block);
	unsigned bits = low_bits(v), had = l->slot[from].slot.width;

	switch ((enum domain)l->slot[from].slot.domain) {
	case DOM_P:
		return convert1(l, b, to == DOM_B ? OP_LIFT_B : OP_LIFT_Y, to, bits, from, v->n,
		    low_limbs(v), v->span);
	case DOM_L:
		return convert1(l, b, to == DOM_B ? OP_SHARE_B : OP_SHARE_Y, to, bits, from, v->n,
		    low_limbs(v), v->span);
	case DOM_A:
		return low_split(l, b, to, FAMILY_PARTS, from, bits, v->span);
	case DOM_B:
		return to == DOM_B ? from : convert1(l, b, OP_B_TO_Y, DOM_Y, had, from, v->n, 0, v->span);
	case DOM_Y:
		return to == DOM_Y ? from : convert1(l, b, OP_Y_TO_B, DOM_B, had, from, v->n, 0, v->span);
	case DOM_O: case DOM_R: case N_DOMAIN:
		break;
	}
	assert(false && "opened values do not become bits");
	return SLOT_NONE;
}

low_id
low_to_number(struct low *l, const struct ir_value *v, low_id from, unsigned width)
{
	struct low_block *b = low_block_of(l, v->block);

	unsigned bits = low_bits(v) < width ? low_bits(v) : width;

	from = low_resize(l, b, low_to_bits(l, v, from, DOM_B), low_signed(v), bits, v->span);
	return convert1(l, b, OP_NUM_A, DOM_A, width, from, v->n, low_signed(v), v->span);
}

low_id
low_bits_open(struct low *l, ir_id id)
{
	const struct ir_value *v = &l->ir->value[id];
	unsigned bits = low_bits(v);

	/* Where B is only there to be opened, sharing and narrowing are done in labels. */
	if (v->domain != DOM_B && !l->c->options->target->has_a)
		return low_to_bits(l, v, low_get(l, id, DOM_Y, bits), DOM_B);
	return low_get(l, id, DOM_B, bits);
}

unsigned
low_rounds(const struct low *l, const struct insn *x)
{
	const struct insn_info *t = &insn_table[x->op];

	if ((t->flags & F_DEPTH) != 0)
		return low_circuit_at(l, (uint32_t)x->imm[0])->n_layers;
	if ((t->flags & F_SORT) != 0)
		return code_sort_rounds(l->slot[x->slot[0]].slot.width - (unsigned)x->imm[1],
		    (unsigned)x->imm[2]);
	return t->rounds[l->c->options->target->held == N_HELD_MAX];
}

low_id
low_element(struct low *l, struct low_block *b, low_id a, uint64_t i, struct span span)
{
	const struct slot s = l->slot[a].slot;
	struct view w;

	if (s.n == 1)
		return a;
	memset(&w, 0, sizeof w);
	w.rank = 1;
	w.count[0] = 1;
	w.sstride[0] = w.dstride[0] = 1;
	w.soff = (int64_t)i;
	low_id d = low_new(l, (enum domain)s.domain, s.width, 1, s.part);
	low_copy_view(l, b, d, a, &w, span);
	return d;
}
