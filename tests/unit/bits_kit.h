/* bits_kit.h: numbers into planes of bits and back, for the tests of the VM on bits. */
#ifndef KONSIL_BITS_KIT_H
#define KONSIL_BITS_KIT_H

#include "vm_kit.h"

static uint64_t seed = 1;

static const uint64_t sizes[] = { 0, 1, 63, 64, 65, 200 };
enum { N_SIZES = sizeof sizes / sizeof *sizes };

static inline void
run_clear(struct kit_node *t, struct kit *k)
{
	kit_clear(t, k);
	kit_ok(t, 1);
}

static inline void
finish(struct kit_node *t, struct kit *k)
{
	kit_node_fini(t);
	kit_fini(k);
}

static inline i128
low_bits(i128 x, unsigned bits, bool is_signed)
{
	u128 up = (u128)x << (128 - bits);

	return is_signed ? (i128)up >> (128 - bits) : (i128)(up >> (128 - bits));
}

static inline int
random_numbers(struct kit *k, unsigned width, uint64_t n)
{
	i128 x[256];

	for (uint64_t i = 0; i < n; i++)
		x[i] = kit_value(&seed, width - 1);
	return kit_const(k, width, n, x);
}

static inline int
lift(struct kit *k, int a, unsigned width)
{
	int b = kit_slot(k, DOM_B, width, k->slot[a].n, 0);

	kit_op(k, OP_LIFT_B, b, a, -1, -1, 1, 0, 0);
	return b;
}

static inline int
reveal(struct kit *k, int b, unsigned width, bool is_signed)
{
	int p = kit_slot(k, DOM_P, width, k->slot[b].n, 0);

	kit_op(k, OP_REVEAL_B, p, b, -1, -1, 1, is_signed, 0);
	KIT_ROUND(k);
	return p;
}

static inline void
same(const struct kit_node *t, int p, int q)
{
	const struct slot *s = &t->k->slot[p];

	assert_int_equal(s->n, t->k->slot[q].n);
	for (uint64_t i = 0; i < s->n; i++)
		if (vm_int(t->vm, (uint32_t)p, i) != vm_int(t->vm, (uint32_t)q, i))
			fail_msg("slots %d and %d differ at %zu", p, q, (size_t)i);
}

#endif
