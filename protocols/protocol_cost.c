/* protocol_cost.c: what instructions cost, by the same functions that cut and measure their
 * messages when they run; see protocol.h */
#include "protocol.h"

void
protocol_shape(struct operands *x, uint64_t owner_lo[N_NODE_MAX + 1], const struct code *c,
    const struct insn *insn, unsigned n_nodes)
{
	const struct slot *s[4];

	for (unsigned k = 0; k < 4; k++)
		s[k] = insn->slot[k] == SLOT_NONE ? NULL : &c->slot[insn->slot[k]];
	*x = (struct operands){
		.n = s[0] != NULL ? s[0]->n : 0, .width = s[0] != NULL ? s[0]->width : 0,
		.na = s[1] != NULL ? s[1]->n : 0, .awidth = s[1] != NULL ? s[1]->width : 0,
		.nb = s[2] != NULL ? s[2]->n : 0, .nc = s[3] != NULL ? s[3]->n : 0,
		.imm = { insn->imm[0], insn->imm[1], insn->imm[2] },
		.circuit = insn_circuit(c, insn), .owner_lo = owner_lo,
		.recipients = s[0] != NULL && s[0]->domain == DOM_O ?
		    recipients_nodes(&c->roles, s[0]->part) :
		    (uint32_t)((1u << n_nodes) - 1),
	};
	for (unsigned i = 0; i <= n_nodes; i++)
		owner_lo[i] = i < n_nodes && s[1] != NULL && s[1]->domain == DOM_L ?
		    code_owner_lo(c, s[1], x->n, i) : x->n;
}

/* Online bytes of round r. */
static void
cost_round(struct tally *t, const struct proto_row *row, const struct operands *ops, unsigned r,
    uint64_t times, unsigned n_nodes)
{
	for (unsigned i = 0; i < n_nodes; i++)
		for (unsigned j = 0; j < n_nodes; j++) {
			uint64_t bytes = row->bytes(ops, n_nodes, r, i, j, 0, row->units(ops));

			t->online[i][j] = plus_or_full(t->online[i][j],
			    times_or_full(bytes, times));
		}
}

void
protocol_cost(struct tally *t, const struct protocol *p, const struct code *c,
    const struct insn *x, uint64_t times, unsigned n_nodes)
{
	const struct proto_row *row = p->row[x->op];
	uint64_t owner_lo[N_NODE_MAX + 1];
	struct operands ops;

	if (x->op == OP_ROUND)
		t->online_rounds = plus_or_full(t->online_rounds, times);
	if (row == NULL || row->rounds == 0)
		return;
	protocol_shape(&ops, owner_lo, c, x, n_nodes);
	for (unsigned r = 0; r < insn_rounds(c, x); r++)
		cost_round(t, row, &ops, r, times, n_nodes);
}
