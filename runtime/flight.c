/* flight.c: see flight.h */
#include "flight.h"

#include "base/mem.h"

struct walk {
	struct flight f;
	struct delay delay;
	flight_fn *fn;
	void *arg;
};

static uint64_t
scratch_of(const struct flight *f, const struct insn *x)
{
	const struct proto_row *row = f->protocol->row[x->op];
	uint64_t owner_lo[N_NODE_MAX + 1];
	struct operands ops;

	if (row == NULL || row->scratch == NULL || !insn_on_shares(x))
		return 0;
	protocol_shape(&ops, owner_lo, f->code, x, code_nodes(f->code));
	return row->scratch(&ops, code_nodes(f->code));
}

/* Nothing is in flight where a loop begins or ends, so one pass over its body is like any other. */
static void
issue(struct flight *f, const struct insn *x)
{
	const unsigned rounds = insn_rounds(f->code, x);
	const uint64_t scratch = scratch_of(f, x);

	f->scratch += scratch;
	f->peak = f->scratch > f->peak ? f->scratch : f->peak;
	if (rounds > 0)
		f->at[f->n++] = (struct flying){ x, scratch, rounds };
	else
		f->scratch -= scratch;
}

static void
land(struct flight *f)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < f->n; i++) {
		f->at[i].left--;
		if (f->at[i].left == 0)
			f->scratch -= f->at[i].scratch;
		else
			f->at[kept++] = f->at[i];
	}
	f->n = kept;
}

static void
step(void *arg, const struct insn *x, uint64_t times)
{
	struct walk *w = arg;
	unsigned delay;

	if (times == 0)
		return;
	delay = delay_step(&w->delay, w->f.code, x);
	if (w->fn != NULL)
		w->fn(w->arg, &w->f, x, times, delay);
	if (x->op == OP_ROUND)
		land(&w->f);
	else
		issue(&w->f, x);
}

enum status
flight_walk(uint64_t *peak, const struct code *c, const struct protocol *p, flight_fn *fn,
    void *arg)
{
	struct walk w = { .f = { .code = c, .protocol = p }, .fn = fn, .arg = arg };
	enum status st;

	*peak = 0;
	w.f.at = mem_array(c->n_code, sizeof *w.f.at);
	if (w.f.at == NULL)
		return ST_INTERNAL;
	st = code_walk(c, step, &w);
	*peak = w.f.peak;
	mem_free(w.f.at);
	return st;
}
