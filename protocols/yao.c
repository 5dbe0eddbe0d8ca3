/* yao.c: protocol yao: two nodes, secrets as labels of garbled circuits.
 *
 * Security: semi-honest, static, either node.  [Yao 1986; Lindell, Pinkas 2009] with half-gates and
 * free XOR: garble.h has sources and assumption.  Node 0, the first party, garbles; node 1
 * evaluates; nothing depends on which of them provides what.
 * Departures: node 0's inputs and public values take no message (garble.h); outputs are opened as
 * XOR shares, the labels' colours, by gmw_exchange.c: to node 0, to node 1 or to both, so node 1
 * does not learn what only node 0 may see.
 * Invariant: node 1's label is node 0's, xor value * Delta.
 *
 * The state is additive's, which has the keys of openings, and a garbling session; protocol mixed
 * has all of additive's instructions, too.  The session's base OTs are made only if the program has
 * a bit of node 1 or an AND to garble. */
#include "yao.h"

#include "../runtime/base/mem.h"

void
yao_close(struct proto *p)
{
	if (p == NULL)
		return;
	if (p->y != NULL) {
		garble_fini(p->y);
		mem_secret_free(p->y);
		p->y = NULL;
	}
	protocol_additive.close(p);
}

/* Whether node 0 and node 1 need COTs and a hash in common. */
static bool
has_session(const struct code *c)
{
	for (uint32_t i = 0; i < c->n_demand; i++) {
		uint16_t op = c->demand[i].op;

		if (c->demand[i].count > 0 && (op == OP_SHARE_Y || op == OP_SPLIT_Y ||
		    op == OP_B_TO_Y || op == OP_CIRC_Y))
			return true;
	}
	return false;
}

enum status
yao_open(struct proto **out, const struct proto_env *env, struct fault *f)
{
	struct proto *p = NULL;
	enum status st = ST_OK;

	*out = NULL;
	TRY(protocol_additive.open(&p, env, f));
	p->y = mem_secret(sizeof *p->y);
	if (p->y == NULL)
		TRY(fault_set(f, ST_INTERNAL, "out of locked memory for the keys of a run"));
	*p->y = (struct garbling){ .work = NULL };
	if (garble_init(p->y, env->ch) != ST_OK)
		TRY(fault_set(f, ST_INTERNAL, "out of memory"));
	if (has_session(env->code)) {
		chan_phase(env->ch, PHASE_SETUP);
		TRY(garble_setup(p->y, env->sid));
		chan_phase(env->ch, PHASE_ONLINE);
	}
	*out = p;
	p = NULL;
out:
	yao_close(p);
	return st;
}

/* Which elements of d are whose; see code.h. */
static void
owners(uint64_t lo[3], const struct code *c, const struct insn *x)
{
	const struct slot *d = &c->slot[x->slot[0]], *a = &c->slot[x->slot[1]];
	const struct partition *part = &c->part[a->part];
	uint64_t rows = part->start[code_nodes(c)];

	for (unsigned p = 0; p < 2; p++)
		lo[p] = rows == 0 ? 0 : d->n / rows * part->start[p];
	lo[2] = d->n;
}

static void
cost_inputs(struct tally *t, const struct code *c, const struct insn *x,
    const struct proto_row *row, uint64_t times)
{
	const struct slot *d = &c->slot[x->slot[0]], *a = &c->slot[x->slot[1]];
	uint64_t lo[3] = { 0, 0, 0 }, bytes;

	if (x->op == OP_SHARE_Y)
		owners(lo, c, x);
	const struct operands ops = { .n = d->n, .na = a->n, .width = d->width,
		.awidth = a->width, .imm = { x->imm[0] }, .owner_lo = lo };

	bytes = row->bytes(&ops, 2, 0, 1, 0, 0, row->units(&ops));
	t->online[1][0] = plus_or_full(t->online[1][0], times_or_full(bytes, times));
	t->ots = plus_or_full(t->ots, times_or_full(bytes / WORD_COTS_BYTES * 64, times));
}

static void
cost_circuit(struct tally *t, const struct code *c, const struct insn *x, uint64_t times)
{
	uint64_t n = times_or_full(c->slot[x->slot[0]].n, times);
	uint64_t ands = times_or_full(n, circuit_n_ands(insn_circuit(c, x)));

	t->garbled = plus_or_full(t->garbled, ands);
	t->online[0][1] = plus_or_full(t->online[0][1], times_or_full(ands, AND_BYTES));
}

void
yao_cost(struct tally *t, const struct code *c, const struct insn *x, uint64_t times,
    unsigned n_nodes)
{
	additive_target.cost(t, c, x, times, n_nodes);
	if (x->op == OP_SHARE_Y)
		cost_inputs(t, c, x, &yao_share, times);
	else if (x->op == OP_SPLIT_Y)
		cost_inputs(t, c, x, &yao_split, times);
	else if (x->op == OP_B_TO_Y)
		cost_inputs(t, c, x, &yao_from_b, times);
	else if (x->op == OP_CIRC_Y)
		cost_circuit(t, c, x, times);
}

void
yao_cost_demand(struct tally *t, const struct code *c, unsigned n_nodes)
{
	additive_target.cost_demand(t, c, n_nodes);
	if (!has_session(c))
		return;
	t->setup_rounds += OT_SETUP_ROUNDS;
	t->setup[0][1] += garble_setup_bytes(0);
	t->setup[1][0] += garble_setup_bytes(1);
}

static const struct target yao_target = {
	.name = "yao",
	.held = 1,
	.and_bits = 66,
	.lone_bit = 1,
	.product = 100,
	.number_bits = 98,
	.has_local = true,
	.has_y = true,
	.cost = yao_cost,
	.cost_demand = yao_cost_demand,
};

const struct protocol protocol_yao = {
	.name = "yao",
	.model = "semi-honest, two parties, either of them",
	.assumptions = "Both sites follow the protocol; then neither learns anything but the "
	    "results.",
	.leaves = "It leaves the site only inside a garbled circuit: as encrypted tables and masked "
	    "bits, in which the other site reads nothing about it.",
	.safe_even_if = "the other site keeps and studies everything that it saw",
	.unsafe_if = "this site's own computer is broken into, or a site runs other software than "
	    "was agreed on",
	.n_min = 2,
	.n_max = 2,
	.secure = true,
	.target = &yao_target,
	.row = {
		[OP_SHARE_Y] = &yao_share, [OP_LIFT_Y] = &yao_lift, [OP_CIRC_Y] = &yao_circuit,
		[OP_Y_TO_B] = &yao_to_b, [OP_REVEAL_B] = &additive_open_b,
		[OP_OPEN_B] = &additive_open_b,
		/* Bits that nobody knows: each node's own, as labels. */
		[OP_RANDOM_B] = &additive_random_b, [OP_B_TO_Y] = &yao_from_b,
	},
	.open = yao_open,
	.close = yao_close,
};
