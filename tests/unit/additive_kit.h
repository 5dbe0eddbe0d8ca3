/* additive_kit.h: running a program under protocol additive, or another one, and in the clear, and
 * comparing results and costs. */
#ifndef KONSIL_ADDITIVE_KIT_H
#define KONSIL_ADDITIVE_KIT_H

#include "vm_kit.h"

enum { LEN_MAX = 100000 };

static i128 value_x[LEN_MAX], value_y[LEN_MAX];

/* bits: how large values may be. */
static inline void
draw(unsigned bits, uint64_t seed)
{
	for (size_t i = 0; i < LEN_MAX; i++) {
		value_x[i] = kit_value(&seed, bits);
		value_y[i] = kit_value(&seed, bits);
	}
}

/* Every node's slot holds what the clear run has; with slack, or up to as many units more. */
static inline void
expect_slot(const struct kit_node *t, unsigned n, const struct kit_node *clear, int slot,
    i128 slack)
{
	uint64_t count = clear->k->slot[slot].n;

	for (unsigned p = 0; p < n; p++)
		for (uint64_t i = 0; i < count; i++) {
			i128 want = vm_int(clear->vm, (uint32_t)slot, i);
			i128 got = vm_int(t[p].vm, (uint32_t)slot, i);
			if (got < want || got > want + slack)
				fail_msg("node %u, slot %d, element %zu of %zu differs by %lld", p, slot,
				    (size_t)i, (size_t)count, (long long)(got - want));
		}
}

struct cost_sum {
	struct tally tally;
	const struct target *target;
	const struct code *code;
	unsigned n;
};

static inline void
add_cost(void *arg, const struct insn *x, uint64_t times)
{
	struct cost_sum *s = arg;

	s->target->cost(&s->tally, s->code, x, times, s->n);
}

/* Rounds and bytes of every link are what the cost functions say. */
static inline void
expect_cost(const struct kit_node *t, const struct kit *k)
{
	const struct protocol *protocol = t[0].protocol;
	struct cost_sum s = { .target = protocol->target, .code = &k->c, .n = k->c.n_parties };
	const unsigned checks = protocol->check != NULL ? 1 : 0;
	struct meter m;

	assert_int_equal(code_walk(&k->c, add_cost, &s), ST_OK);
	protocol->target->cost_demand(&s.tally, &k->c, s.n);
	for (unsigned i = 0; i < s.n; i++) {
		chan_meter_get(t[i].ch, &m);
		assert_int_equal(m.rounds[PHASE_ONLINE], s.tally.online_rounds);
		assert_int_equal(m.rounds[PHASE_OFFLINE], s.tally.offline_rounds);
		assert_int_equal(m.rounds[PHASE_SETUP], s.tally.setup_rounds);
		assert_int_equal(vm_rounds(t[i].vm) + checks, s.tally.online_rounds);
		for (unsigned j = 0; j < s.n; j++) {
			if (i == j)
				continue;
			assert_int_equal(m.sent[PHASE_ONLINE][j], s.tally.online[i][j]);
			assert_int_equal(m.sent[PHASE_OFFLINE][j], s.tally.offline[i][j]);
			assert_int_equal(m.sent[PHASE_SETUP][j], s.tally.setup[i][j]);
		}
	}
}

/* Runs it both ways; compares slots out[0 .. n_out], each with the slack that goes with it. */
static inline void
compare_under(const struct protocol *protocol, struct kit *k, const int *out, const int *slack,
    unsigned n_out)
{
	struct kit_node clear, t[N_NODE_MAX];
	unsigned n = k->c.n_parties;

	k->c.held = protocol_clear.target->held;
	kit_clear(&clear, k);
	kit_ok(&clear, 1);
	k->c.held = protocol->target->held;
	kit_run(t, k, protocol);
	kit_ok(t, n);
	for (unsigned i = 0; i < n_out; i++)
		expect_slot(t, n, &clear, out[i], slack == NULL ? 0 : slack[i]);
	expect_cost(t, k);
	for (unsigned i = 0; i < n; i++)
		kit_node_fini(&t[i]);
	kit_node_fini(&clear);
	kit_fini(k);
}

static inline void
compare(struct kit *k, const int *out, const int *slack, unsigned n_out)
{
	compare_under(&protocol_additive, k, out, slack, n_out);
}

static inline int
reveal(struct kit *k, int a)
{
	int d = kit_slot(k, DOM_P, k->slot[a].width, k->slot[a].n, 0);

	KIT_OP(k, REVEAL, d, a);
	return d;
}

static inline int
share(struct kit *k, int a, unsigned width)
{
	int d = kit_slot(k, DOM_A, width, k->slot[a].n, 0);

	KIT_OP(k, SHARE, d, a);
	return d;
}

/* x from the first party, y row by row from all. */
static inline void
two_inputs(struct kit *k, unsigned n, unsigned width, uint64_t len, int *x, int *y)
{
	uint64_t rows[N_NODE_MAX];

	kit_init(k, n);
	for (unsigned i = 0; i < n; i++)
		rows[i] = len * (i + 1) / n - len * i / n;
	*x = share(k, kit_input(k, 0, width, len, kit_owner(k, 0), value_x), width);
	*y = share(k, kit_input(k, 1, width, len, kit_rows(k, rows, false), value_y), width);
}

#endif
