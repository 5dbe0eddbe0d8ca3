/* insn.c: the rows of isa.def as data, for whoever walks the table.  See code.h. */
#include "code.h"

const struct circuit *
insn_circuit(const struct code *c, const struct insn *x)
{
	if (x->op >= N_INSN || insn_table[x->op].shape != SH_CIRC || x->imm[0] < 0 ||
	    x->imm[0] >= c->n_circuits)
		return NULL;
	return &c->circuit[x->imm[0]];
}

static bool
is_share(char kind)
{
	return kind == 'A' || kind == 'B' || kind == 'Y';
}

bool
insn_on_shares(const struct insn *x)
{
	return is_share(insn_table[x->op].d) || is_share(insn_table[x->op].a);
}

unsigned
insn_rounds(const struct code *c, const struct insn *x)
{
	const struct insn_info *t = &insn_table[x->op];
	const struct circuit *k = insn_circuit(c, x);

	if ((t->flags & F_DEPTH) != 0 && k != NULL)
		return k->n_layers;
	if ((t->flags & F_SORT) != 0 && x->imm[2] > 0 && x->imm[2] <= N_SORT_DIGIT_MAX)
		return code_sort_rounds(c->slot[x->slot[0]].width - (unsigned)x->imm[1],
		    (unsigned)x->imm[2]);
	return t->rounds[c->held == N_HELD_MAX];
}

unsigned
code_sort_layers(unsigned digit)
{
	unsigned layers = 0;

	while (1u << layers < digit)
		layers++;
	return layers;
}

/* A pass: the layers of ANDs that say which digit it is, one to make numbers of these bits, one to
 * count, three to shuffle and open where each record goes. */
unsigned
code_sort_rounds(unsigned bits, unsigned digit)
{
	unsigned rest = bits % digit;

	return bits / digit * (code_sort_layers(digit) + N_SORT_PASS_ROUNDS) +
	    (rest == 0 ? 0 : code_sort_layers(rest) + N_SORT_PASS_ROUNDS);
}

/* A pass: flags as numbers of as many bits as a row's number, four at three nodes for each of the
 * digit's values but one; 11 of their products and places; two records; the products of the digit's
 * bits. */
uint64_t
code_sort_bits(uint64_t rows, unsigned width, unsigned bits, unsigned digit)
{
	const unsigned number = rows < 2 ? 1 : 64 - (unsigned)__builtin_clzll(rows - 1);
	uint64_t sum = 0;

	for (unsigned at = 0; at < bits; at += digit) {
		unsigned c = bits - at < digit ? bits - at : digit;
		sum += ((4 * ((uint64_t)1 << c) + 7) * number + 2) / 3 + 2 * (uint64_t)width +
		    (1u << c) - c - 1;
	}
	return sum;
}

unsigned
split_parts(const struct code *c)
{
	return c->held == N_HELD_MAX ? 2 : code_nodes(c);
}

uint64_t
code_owner_lo(const struct code *c, const struct slot *a, uint64_t n, unsigned p)
{
	const struct partition *t = &c->part[a->part];
	uint64_t rows = t->start[code_nodes(c)];

	if (t->whole)
		return p <= t->owner ? 0 : n;
	return rows == 0 ? 0 : t->start[p] * (n / rows);
}

bool
width_ok(enum domain domain, unsigned width)
{
	if (domain == DOM_B || domain == DOM_Y)
		return width >= 1 && width <= N_BITS_MAX;
	return width == 64 || width == 128;
}

uint64_t
slot_bytes(const struct code *c, const struct slot *s)
{
	bool twice = c->held == N_HELD_MAX && (s->domain == DOM_A || s->domain == DOM_B);

	return slot_part_bytes(s) * (twice ? N_HELD_MAX : 1);
}

uint64_t
slot_part_bytes(const struct slot *s)
{
	if (s->domain == DOM_B)
		return s->width * plane_words(s->n) * 8;
	if (s->domain == DOM_Y)
		return s->width * s->n * 16;
	return s->n * (s->width / 8);
}

const struct insn_info insn_table[N_INSN] = {
#define I(id, name, d, a, b, c, shape, rounds, held2, flags, text) \
	[OP_##id] = { name, #d[0], #a[0], #b[0], #c[0], SH_##shape, { rounds, held2 }, flags, text },
#include "isa.def"
#undef I
};
