/* circuit.c: see circuit.h */
#include "circuit.h"

#include "../base/mem.h"

uint64_t
circuit_n_ands(const struct circuit *c)
{
	uint64_t n = 0;

	for (uint32_t r = 0; r < c->n_layers; r++)
		n += circuit_ands(c, r);
	return n;
}

void
circuit_fini(struct circuit *c)
{
	mem_free(c->name);
	mem_free(c->out);
	mem_free(c->gate);
	mem_free(c->layer);
	*c = (struct circuit){ .name = NULL };
}

static enum status
check_sizes(const struct circuit *c, struct fault *f)
{
	uint64_t in = (uint64_t)c->width[0] + c->width[1] + c->width[2];

	if (in != c->n_in || c->n_in == 0 || c->n_in > c->n_reg)
		return fault_set(f, ST_DATA, "its input bits do not add up");
	if (c->n_reg - c->n_in > c->n_gates)
		return fault_set(f, ST_DATA, "it has more registers than gates to write them");
	if (c->n_gates > N_CIRCUIT_GATE_MAX || c->n_layers > N_CIRCUIT_LAYER_MAX)
		return fault_set(f, ST_DATA, "it is too large");
	if (c->n_bounds != c->n_layers + 1)
		return fault_set(f, ST_DATA, "it has %u layers and %u bounds", c->n_layers,
		    c->n_bounds);
	return ST_OK;
}

static enum status
check_bounds(const struct circuit *c, struct fault *f)
{
	uint32_t at = 0;

	for (uint32_t r = 0; r <= c->n_layers; r++) {
		if (c->layer[r].linear != at || c->layer[r].and < at || c->layer[r].and > c->n_gates)
			return fault_set(f, ST_DATA, "layer %u begins nowhere", r);
		at = r < c->n_layers ? c->layer[r + 1].linear : c->n_gates;
		if (at < c->layer[r].and || at > c->n_gates)
			return fault_set(f, ST_DATA, "layer %u ends before it begins", r);
		uint32_t ands = at - c->layer[r].and;
		if (ands > N_LAYER_AND_MAX || (ands == 0) != (r == c->n_layers))
			return fault_set(f, ST_DATA, "layer %u has %u ANDs", r, ands);
	}
	return ST_OK;
}

struct marks {
	bool *written;
	uint32_t *read, *wrote;         /* 1 + the layer whose ANDs last did */
};

static bool
readable(const struct circuit *c, const struct marks *m, uint32_t reg)
{
	return reg < c->n_in || (reg < c->n_reg && m->written[reg]);
}

static enum status
check_gate(const struct circuit *c, struct marks *m, uint32_t i, uint32_t r, bool and,
    struct fault *f)
{
	const struct gate *g = &c->gate[i];
	bool unary = !and && g->b == GATE_NOT;

	if (g->d < c->n_in || g->d >= c->n_reg)
		return fault_set(f, ST_DATA, "gate %u writes no register", i);
	if (!readable(c, m, g->a) || (!unary && !readable(c, m, g->b)))
		return fault_set(f, ST_DATA, "gate %u reads what nothing wrote", i);
	if (and) {
		if (m->wrote[g->a] == r + 1 || m->wrote[g->b] == r + 1 || m->wrote[g->d] == r + 1 ||
		    m->read[g->d] == r + 1)
			return fault_set(f, ST_DATA, "gate %u is not independent of its layer", i);
		m->read[g->a] = m->read[g->b] = r + 1;
		if (g->a == g->d || g->b == g->d)
			return fault_set(f, ST_DATA, "gate %u is not independent of its layer", i);
		m->wrote[g->d] = r + 1;
	}
	m->written[g->d] = true;
	return ST_OK;
}

static enum status
check_gates(const struct circuit *c, struct marks *m, struct fault *f)
{
	enum status st = ST_OK;

	for (uint32_t r = 0; r <= c->n_layers; r++)
		for (uint32_t i = c->layer[r].linear; i < circuit_end(c, r); i++)
			TRY(check_gate(c, m, i, r, i >= c->layer[r].and, f));
	for (uint32_t i = 0; i < c->n_out; i++)
		if (!readable(c, m, c->out[i]))
			return fault_set(f, ST_DATA, "output bit %u is a register that nothing wrote", i);
out:
	return st;
}

enum status
circuit_check(const struct circuit *c, struct fault *f)
{
	struct marks m = { NULL, NULL, NULL };
	enum status st = ST_OK;

	TRY(check_sizes(c, f));
	TRY(check_bounds(c, f));
	m.written = mem_array(c->n_reg, sizeof *m.written);
	m.read = mem_array(c->n_reg, sizeof *m.read);
	m.wrote = mem_array(c->n_reg, sizeof *m.wrote);
	if (m.written == NULL || m.read == NULL || m.wrote == NULL)
		TRY(fault_set(f, ST_INTERNAL, "out of memory"));
	TRY(check_gates(c, &m, f));
out:
	mem_free(m.written);
	mem_free(m.read);
	mem_free(m.wrote);
	return st;
}
