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

	return (t->flags & F_DEPTH) != 0 && k != NULL ? k->n_layers : t->rounds;
}

bool
width_ok(enum domain domain, unsigned width)
{
	if (domain == DOM_B || domain == DOM_Y)
		return width >= 1 && width <= N_BITS_MAX;
	return width == 64 || width == 128;
}

uint64_t
slot_bytes(const struct slot *s)
{
	if (s->domain == DOM_B)
		return s->width * plane_words(s->n) * 8;
	if (s->domain == DOM_Y)
		return s->width * s->n * 16;
	return s->n * (s->width / 8);
}

const struct insn_info insn_table[N_INSN] = {
#define I(id, name, d, a, b, c, shape, rounds, flags, text) \
	[OP_##id] = { name, #d[0], #a[0], #b[0], #c[0], SH_##shape, rounds, flags, text },
#include "isa.def"
#undef I
};
