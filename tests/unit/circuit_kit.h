/* circuit_kit.h: circuits made by hand or at random, and what they compute in the clear, one lane
 * at a time: for the tests of protocols that run circuits. */
#ifndef KONSIL_CIRCUIT_KIT_H
#define KONSIL_CIRCUIT_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../runtime/base/mem.h"
#include "../../runtime/base/random.h"
#include "../../runtime/code/circuit.h"

enum { MADE_GATES = 4096, MADE_REGS = 2048, MADE_LAYERS = 128, MADE_OUT = 256 };

/* A circuit under construction; gates are added layer by layer. */
struct made {
	struct circuit c;
	struct gate gate[MADE_GATES];
	struct layer layer[MADE_LAYERS];
	uint32_t out[MADE_OUT];
	char name[8];
};

static inline void
made_begin(struct made *m, uint32_t wa, uint32_t wb, uint32_t wc)
{
	memset(m, 0, sizeof *m);
	m->c = (struct circuit){ .name = strcpy(m->name, "made"), .width = { wa, wb, wc },
		.n_in = wa + wb + wc, .n_reg = wa + wb + wc, .out = m->out, .gate = m->gate,
		.layer = m->layer, .n_bounds = 1 };
}

static inline void
made_gate(struct made *m, uint32_t d, uint32_t a, uint32_t b)
{
	assert_true(m->c.n_gates < MADE_GATES);
	m->gate[m->c.n_gates++] = (struct gate){ d, a, b };
	if (d >= m->c.n_reg)
		m->c.n_reg = d + 1;
}

/* From here on, the current layer's gates are ANDs. */
static inline void
made_ands(struct made *m)
{
	m->layer[m->c.n_layers].and = m->c.n_gates;
}

/* The current layer is complete. */
static inline void
made_next(struct made *m)
{
	m->c.n_layers++;
	m->c.n_bounds++;
	assert_true(m->c.n_layers < MADE_LAYERS);
	m->layer[m->c.n_layers].linear = m->c.n_gates;
}

static inline void
made_out(struct made *m, uint32_t reg)
{
	assert_true(m->c.n_out < MADE_OUT);
	m->out[m->c.n_out++] = reg;
}

static inline void
made_end(struct made *m)
{
	struct fault f = { .st = ST_OK };

	made_ands(m);
	if (circuit_check(&m->c, &f) != ST_OK)
		fail_msg("%s", f.message);
}

/* a + b modulo 2^k by a ripple of carries, k > 1: carry' = ((a ^ c) & (b ^ c)) ^ c. */
static inline void
made_adder(struct made *m, uint32_t k)
{
	uint32_t next = 2 * k, carry = UINT32_MAX;

	made_begin(m, k, k, 0);
	for (uint32_t i = 0; i < k; i++) {
		uint32_t a = i, b = k + i, sum = next++;

		made_gate(m, sum, a, b);
		if (carry != UINT32_MAX) {
			made_gate(m, sum, sum, carry);
			made_gate(m, next, a, carry);
			made_gate(m, next + 1, b, carry);
			a = next++;
			b = next++;
		}
		made_out(m, sum);
		if (i == k - 1)
			break;
		made_ands(m);
		made_gate(m, next, a, b);
		made_next(m);
		if (carry != UINT32_MAX)
			made_gate(m, next, next, carry);
		carry = next++;
	}
	made_end(m);
}

static inline uint32_t
made_draw(uint32_t below)
{
	uint32_t x;

	random_bytes(&x, sizeof x);
	return x % below;
}

/* Layers of random gates, which read any register and sometimes write one again. */
static inline void
made_random(struct made *m, uint32_t layers, uint32_t linear, uint32_t ands, uint32_t n_out)
{
	made_begin(m, 3, 2, 4);
	for (uint32_t r = 0; r <= layers; r++) {
		for (uint32_t i = 0; i < linear; i++) {
			uint32_t n = m->c.n_reg, old = n > m->c.n_in ? m->c.n_in +
			    made_draw(n - m->c.n_in) : n, a = made_draw(n), b = made_draw(n);
			made_gate(m, made_draw(3) == 0 ? old : n, a,
			    made_draw(4) == 0 ? GATE_NOT : b);
		}
		if (r == layers)
			break;
		made_ands(m);
		uint32_t n = m->c.n_reg;
		for (uint32_t i = 0; i < ands; i++)
			made_gate(m, n + i, made_draw(n), made_draw(n));
		made_next(m);
	}
	for (uint32_t i = 0; i < n_out; i++)
		made_out(m, made_draw(m->c.n_reg));
	made_end(m);
}

/* One lane: in and out are one bit a byte. */
static inline void
made_eval(const struct circuit *c, uint8_t *out, const uint8_t *in)
{
	static uint8_t v[MADE_REGS];
	uint32_t r = 0;

	assert_true(c->n_reg <= MADE_REGS);
	memcpy(v, in, c->n_in);
	for (uint32_t i = 0; i < c->n_gates; i++) {
		const struct gate *g = &c->gate[i];

		while (r < c->n_layers && i >= circuit_end(c, r))
			r++;
		if (i >= c->layer[r].and)
			v[g->d] = v[g->a] & v[g->b];
		else
			v[g->d] = v[g->a] ^ (g->b == GATE_NOT ? 1 : v[g->b]);
	}
	for (uint32_t i = 0; i < c->n_out; i++)
		out[i] = v[c->out[i]];
}

#endif
