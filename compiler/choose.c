/* choose.c: bits as XOR shares or as garbled labels, where the protocol has both: whichever the
 * cost model says is sooner done on the network that the program is compiled for.
 *
 * XOR shares send less and need a round for every layer of ANDs; garbled labels need hardly any
 * rounds.  Both versions of the program are made and their exact costs compared. */
#include "choose.h"

#include <string.h>

#include "low.h"

struct sum {
	struct tally tally;
	const struct code *code;
	const struct target *target;
};

static void
add_insn(void *arg, const struct insn *x, uint64_t times)
{
	struct sum *s = arg;

	s->target->cost(&s->tally, s->code, x, times, s->code->n_parties);
}

/* Micro-seconds of rounds, and of the bytes of the link that carries most. */
static uint64_t
predicted_us(const struct code *c, const struct target *t, const struct link_speed *net)
{
	struct sum s = { .code = c, .target = t };
	const struct tally *y = &s.tally;
	uint64_t us, most = 0;

	if (code_walk(c, add_insn, &s) != ST_OK)
		return UINT64_MAX;
	t->cost_demand(&s.tally, c, c->n_parties);
	us = (y->online_rounds + y->offline_rounds + y->setup_rounds) * net->rtt_us / 2;
	for (unsigned i = 0; i < c->n_parties; i++)
		for (unsigned k = 0; k < c->n_parties; k++) {
			uint64_t bytes = y->online[i][k] + y->offline[i][k] + y->setup[i][k];
			most = bytes > most ? bytes : most;
		}
	return us + (uint64_t)((u128)most * 8 * 1000000 / net->bits_per_s);
}

static uint64_t
try(struct compile *c, struct ir *ir, enum domain bits)
{
	const struct link_speed *net = network_find(c->options->network);

	ir_domains(ir);
	ir_homes(ir, bits);
	struct low *low = ir_lower(ir, bits);
	low_schedule(low);
	low_place(low);
	struct code *code = low_emit(low);
	uint64_t us = predicted_us(code, c->options->target, net != NULL ? net : &link_metro);
	c->code = NULL;
	code_free(code);
	return us;
}

enum domain
choose_bits(struct compile *c, struct ir *ir)
{
	const struct target *t = c->options->target;

	if (!t->has_a)
		return t->has_y ? DOM_Y : DOM_B;
	if (!t->has_b || !t->has_y)
		return t->has_y ? DOM_Y : DOM_B;
	uint64_t b = try(c, ir, DOM_B), y = try(c, ir, DOM_Y);
	return y < b ? DOM_Y : DOM_B;
}
