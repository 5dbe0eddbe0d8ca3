/* choose.c: bits as XOR shares or as garbled labels, where the protocol has both: whichever the
 * cost model says is sooner done on the network that the program is compiled for.
 *
 * XOR shares send less and need a round for every layer of ANDs; garbled labels need hardly any
 * rounds.  Both versions of the program are made, and what they are estimated to take compared. */
#include "choose.h"

#include "../runtime/code/estimate.h"
#include "low.h"

static uint64_t
predicted_us(const struct code *c, const struct target *t, const struct link_speed *net)
{
	struct tally y;
	struct estimate e;

	if (tally_code(&y, c, t) != ST_OK)
		return UINT64_MAX;
	estimate(&e, &y, net, c->n_parties, 0);
	return e.us;
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
