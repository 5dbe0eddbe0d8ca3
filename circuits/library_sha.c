/* library_sha.c: SHA-256's compression of one block [FIPS 180-4, 6.2.2].
 *
 * Ch and Maj are one AND a bit.  What a round adds up is one heap of bits: ripple adders if small,
 * carry-save adders and one prefix adder if shallow. */
#include "library.h"
#include "word.h"

enum { WORD = 32, ROUNDS = 64 };

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes [4.2.2] and of
 * the square roots of the first 8 [5.3.3]. */
static const uint32_t round_constant[ROUNDS] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};
static const uint32_t first_state[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

struct w32 {
	wire b[WORD];
};

static struct w32
constant(uint32_t v)
{
	struct w32 d;

	for (unsigned i = 0; i < WORD; i++)
		d.b[i] = (v >> i & 1) != 0 ? WIRE_1 : WIRE_0;
	return d;
}

/* Word i of `count`: the first is the most significant. */
static struct w32
input(const struct net *n, unsigned operand, unsigned count, unsigned i)
{
	struct w32 d;

	for (unsigned k = 0; k < WORD; k++)
		d.b[k] = net_in(n, operand, WORD * (count - 1 - i) + k);
	return d;
}

/* x rotated right by a, by b, and rotated or shifted right by c, added (XOR). */
static struct w32
sigma(struct net *n, const struct w32 *x, unsigned a, unsigned b, unsigned c, bool shifted)
{
	struct w32 d;

	for (unsigned i = 0; i < WORD; i++) {
		d.b[i] = net_xor(n, x->b[(i + a) % WORD], x->b[(i + b) % WORD]);
		if (!shifted || i + c < WORD)
			d.b[i] = net_xor(n, d.b[i], x->b[(i + c) % WORD]);
	}
	return d;
}

static struct w32
sum(struct net *n, const struct w32 *const *term, unsigned count)
{
	struct heap *h = heap_new(n, WORD);
	struct w32 d;

	for (unsigned j = 0; j < count; j++)
		for (unsigned i = 0; i < WORD; i++)
			heap_add(h, i, term[j]->b[i]);
	const wire *w = heap_sum(h);
	for (unsigned i = 0; i < WORD; i++)
		d.b[i] = w[i];
	return d;
}

#define SUM(n, ...) sum(n, (const struct w32 *const[]){ __VA_ARGS__ }, \
	sizeof (const struct w32 *const[]){ __VA_ARGS__ } / sizeof (const struct w32 *))

static void
schedule(struct net *n, struct w32 *w)
{
	for (unsigned t = 16; t < ROUNDS; t++) {
		struct w32 s0 = sigma(n, &w[t - 15], 7, 18, 3, true);
		struct w32 s1 = sigma(n, &w[t - 2], 17, 19, 10, true);
		w[t] = SUM(n, &w[t - 16], &s0, &w[t - 7], &s1);
	}
}

/* v holds a .. h.  Small: T1 is made once, for e and for a; shallow: both are sums of all terms. */
static void
sha_round(struct net *n, struct w32 v[8], const struct w32 *w, uint32_t k)
{
	struct w32 s1 = sigma(n, &v[4], 6, 11, 25, false), s0 = sigma(n, &v[0], 2, 13, 22, false);
	struct w32 ch, maj, kw = constant(k), a, e, t1;

	for (unsigned i = 0; i < WORD; i++) {
		wire x = v[0].b[i], y = v[1].b[i], z = v[2].b[i];
		ch.b[i] = net_mux(n, v[4].b[i], v[5].b[i], v[6].b[i]);
		maj.b[i] = net_xor(n, z, net_and(n, net_xor(n, x, z), net_xor(n, y, z)));
	}
	if (net_goal(n) == GOAL_SMALL) {
		t1 = SUM(n, &v[7], &s1, &ch, &kw, w);
		e = SUM(n, &v[3], &t1);
		a = SUM(n, &t1, &s0, &maj);
	} else {
		e = SUM(n, &v[3], &v[7], &s1, &ch, &kw, w);
		a = SUM(n, &v[7], &s1, &ch, &kw, w, &s0, &maj);
	}
	for (unsigned j = 7; j > 0; j--)
		v[j] = v[j - 1];
	v[4] = e;
	v[0] = a;
}

static void
compress(struct net *n, wire *out, const struct w32 state[8], unsigned block)
{
	struct w32 *w = net_alloc(n, ROUNDS, sizeof *w), v[8];

	for (unsigned t = 0; t < 16; t++)
		w[t] = input(n, block, 16, t);
	schedule(n, w);
	for (unsigned j = 0; j < 8; j++)
		v[j] = state[j];
	for (unsigned t = 0; t < ROUNDS; t++)
		sha_round(n, v, &w[t], round_constant[t]);
	for (unsigned j = 0; j < 8; j++) {
		struct w32 d = SUM(n, &state[j], &v[j]);
		for (unsigned i = 0; i < WORD; i++)
			out[WORD * (7 - j) + i] = d.b[i];
	}
}

void
library_sha_256(struct net *n, wire *out)
{
	struct w32 state[8];

	for (unsigned j = 0; j < 8; j++)
		state[j] = constant(first_state[j]);
	compress(n, out, state, 0);
}

void
library_sha_256_compress(struct net *n, wire *out)
{
	struct w32 state[8];

	for (unsigned j = 0; j < 8; j++)
		state[j] = input(n, 0, 8, j);
	compress(n, out, state, 1);
}
