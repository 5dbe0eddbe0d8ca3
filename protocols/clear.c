/* clear.c: every instruction on plain values, in one process that plays all parties.
 *
 * Security: none.  It is the oracle that tests compare other protocols with, and a rehearsal with
 * invented data; `join` refuses it.  A "share" here is the value itself. */
#include "clear_bits.h"

#include "../runtime/code/plain_op.h"

#include <assert.h>

/* The row's kernel, found by instruction: the table below makes one run function an instruction. */
static enum status
apply(enum insn_id op, const struct operands *x)
{
	const struct plain p = { .d = x->d, .a = x->a, .b = x->b, .n = x->n, .na = x->na,
		.nb = x->nb, .imm = { x->imm[0], x->imm[1], x->imm[2] } };
	plain_fn *fn = plain_kernel(op, x->width);

	assert(fn != NULL);
	if (x->n > 0)
		fn(&p);
	return ST_OK;
}

/* Into shares, between rings, and out: the value stays what it is. */
static enum status
pass(struct proto *unused, const struct operands *x)
{
	const struct plain p = { .d = x->d, .a = x->a, .n = x->n, .na = x->na };

	(void)unused;
	if (x->n > 0)
		plain_cvt(&p, x->width, x->awidth);
	return ST_OK;
}

static const struct proto_row pass_row = { .run = pass };

#define APPLIED(X) \
	X(ADD_A) X(SUB_A) X(NEG_A) X(SHL_A) X(ADDP_A) X(MULP_A) X(SUM_A) X(CUMSUM_A) X(MATP_A) \
	X(PMAT_A) X(MUL_A) X(MATMUL_A) X(TRUNC_A)

#define X(op) \
static enum status \
run_##op(struct proto *unused, const struct operands *x) \
{ \
	(void)unused; \
	return apply(OP_##op, x); \
} \
static const struct proto_row row_##op = { .run = run_##op };
APPLIED(X)
#undef X

/* There is no state: any address does, as long as it is not NULL. */
static char nothing;

static enum status
clear_open(struct proto **out, const struct proto_env *env, struct fault *f)
{
	(void)env;
	(void)f;
	*out = (struct proto *)(void *)&nothing;
	return ST_OK;
}

static void
clear_close(struct proto *p)
{
	(void)p;
}

/* Rounds are those of the program; nothing is sent. */
static void
clear_cost(struct tally *t, const struct code *c, const struct insn *x, uint64_t times,
    unsigned n_nodes)
{
	(void)c;
	(void)n_nodes;
	if (x->op == OP_ROUND)
		t->online_rounds += times;
}

static void
clear_cost_demand(struct tally *t, const struct code *c, unsigned n_nodes)
{
	(void)t;
	(void)c;
	(void)n_nodes;
}

static const struct target clear_target = {
	.name = "clear",
	.held = 1,
	.and_bits = 66,
	.lone_bit = 1,
	.product = 100,
	.number_bits = 98,
	.has_local = true,
	.has_guests = true,
	.has_a = true,
	.has_b = true,
	.plain_shares = true,
	.cost = clear_cost,
	.cost_demand = clear_cost_demand,
};

const struct protocol protocol_clear = {
	.name = "clear",
	.model = "none: one process sees everything",
	.assumptions = "For tests and rehearsal only; it protects nothing.",
	.leaves = "This is a rehearsal without protection: never with real data of several sites.",
	.safe_even_if = NULL,
	.unsafe_if = "real data are used: one process sees everything",
	.n_min = 1,
	.n_max = N_NODE_MAX,
	.secure = false,
	.target = &clear_target,
	.row = {
#define X(op) [OP_##op] = &row_##op,
		APPLIED(X)
#undef X
		[OP_SHARE] = &pass_row, [OP_LIFT] = &pass_row, [OP_NARROW] = &pass_row,
		[OP_REVEAL] = &pass_row, [OP_OPEN] = &pass_row,
		[OP_SHARE_B] = &clear_into_bits, [OP_LIFT_B] = &clear_into_bits,
		[OP_SPLIT_B] = &clear_split_bits, [OP_RANDOM_B] = &clear_random_bits,
		[OP_CIRC_B] = &clear_circuit, [OP_NUM_A] = &clear_number_of_bits,
		[OP_MULB_A] = &clear_mul_bit, [OP_REVEAL_B] = &clear_from_bits,
		[OP_OPEN_B] = &clear_from_bits,
	},
	.open = clear_open,
	.close = clear_close,
};
