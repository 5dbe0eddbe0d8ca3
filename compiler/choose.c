/* choose.c: bits as XOR shares or as garbled labels, where the protocol has both: whichever the
 * cost model says is sooner done on the network that the program is compiled for.
 *
 * XOR shares send less and need a round for every layer of ANDs; garbled labels need hardly any
 * rounds.  Both versions of the program are made, and what they are estimated to take compared;
 * then the heaviest parts of the program that belong together are each tried the other way. */
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
	estimate(&e, &y, net, code_nodes(c), 0);
	return e.us;
}

static uint64_t
try(struct compile *c, struct ir *ir, const struct homes_choice *choice)
{
	const struct link_speed *net = network_find(c->options->network);

	ir_domains(ir);
	ir_homes(ir, choice);
	struct low *low = ir_lower(ir, choice->bits);
	low_schedule(low);
	low_place(low);
	struct code *code = low_emit(low);
	uint64_t us = predicted_us(code, c->options->target, net != NULL ? net : &link_metro);
	c->code = NULL;
	code_free(code);
	return us;
}

/* Values in bits that are made of each other belong together: a region, named by one of them. */
struct regions {
	struct ir *ir;
	ir_id *root;
	uint64_t *weight;                /* of a region: its bits, all elements */
};

static ir_id
region_of(struct regions *r, ir_id id)
{
	while (r->root[id] != id)
		id = r->root[id] = r->root[r->root[id]];
	return id;
}

static bool
in_bits(const struct ir *ir, ir_id id)
{
	return ir->value[id].domain == DOM_B || ir->value[id].domain == DOM_Y;
}

static void
join(struct regions *r, ir_id a, ir_id b)
{
	if (in_bits(r->ir, a) && in_bits(r->ir, b))
		r->root[region_of(r, a)] = region_of(r, b);
}

static void
find_regions(struct regions *r, const struct ir_block *b)
{
	const struct ir *ir = r->ir;

	for (uint32_t i = 0; i < b->n; i++) {
		ir_id id = b->value[i];
		const struct ir_value *v = &ir->value[id];
		if (v->op == IR_RESULT)
			join(r, id, ir->value[v->args[0]].loop->arg[v->imm[1]]);
		for (uint32_t k = 0; k < v->n_args && v->op != IR_LOOP && v->op != IR_RESULT; k++)
			join(r, id, v->args[k]);
		for (uint32_t k = 0; v->op == IR_LOOP && k < v->loop->n_carried; k++) {
			join(r, v->loop->arg[k], v->args[k]);
			join(r, v->loop->arg[k], v->loop->yield[k]);
		}
		if (v->op == IR_LOOP)
			find_regions(r, v->loop->body);
	}
}

/* The heaviest region that was not tried. */
static ir_id
heaviest(const struct regions *r, const bool *done)
{
	ir_id best = IR_NONE;

	for (ir_id i = 0; i < r->ir->n; i++)
		if (r->root[i] == i && r->weight[i] > 0 && !done[i] &&
		    (best == IR_NONE || r->weight[i] > r->weight[best]))
			best = i;
	return best;
}

enum {
	N_REGION_TRY = 8,                /* regions that are tried the other way, the heaviest first */
	N_VALUE_TRY = 20000,             /* programs beyond this would take long to make so often */
};

/* Each of the heaviest regions the other way, if that is sooner done. */
static void
turn_regions(struct compile *c, struct ir *ir, struct homes_choice *choice, uint64_t us)
{
	struct regions r = { .ir = ir };
	uint8_t *of = compile_alloc(c, ir->n + 1);
	bool *done = compile_alloc(c, ir->n + 1);
	uint8_t other = choice->bits == DOM_B ? DOM_Y : DOM_B;

	r.root = compile_alloc(c, (ir->n + 1) * sizeof *r.root);
	r.weight = compile_alloc(c, (ir->n + 1) * sizeof *r.weight);
	for (ir_id i = 0; i < ir->n; i++)
		r.root[i] = i;
	ir_domains(ir);
	ir_homes(ir, choice);
	find_regions(&r, ir->top);
	for (ir_id i = 0; i < ir->n; i++)
		if (in_bits(ir, i))
			r.weight[region_of(&r, i)] += ir->value[i].n * low_bits(&ir->value[i]) + 1;
	choice->of = of;
	for (unsigned k = 0; k < N_REGION_TRY; k++) {
		ir_id region = heaviest(&r, done);
		if (region == IR_NONE)
			return;
		done[region] = true;
		for (ir_id i = 0; i < ir->n; i++)
			if (region_of(&r, i) == region)
				of[i] = other;
		uint64_t now = try(c, ir, choice);
		for (ir_id i = 0; i < ir->n && now >= us; i++)
			if (region_of(&r, i) == region)
				of[i] = 0;
		us = now < us ? now : us;
	}
}

struct homes_choice
choose_bits(struct compile *c, struct ir *ir)
{
	const struct target *t = c->options->target;
	struct homes_choice b = { .bits = DOM_B }, y = { .bits = DOM_Y };

	if (!t->has_y)
		return b;
	if (!t->has_a || !t->has_b)
		return y;
	uint64_t us_b = try(c, ir, &b), us_y = try(c, ir, &y);
	struct homes_choice *best = us_y < us_b ? &y : &b;
	if (us_b != us_y && ir->n <= N_VALUE_TRY)
		turn_regions(c, ir, best, us_y < us_b ? us_y : us_b);
	return *best;
}
