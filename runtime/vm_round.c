/* vm_round.c: instructions on shares: those without rounds run at once, the others wait for ROUND,
 * which exchanges for all of them.
 *
 * What is pending is cut into bundles that need at most PARCEL_MAX bytes a link.  While a bundle's
 * messages travel the next one is made and posted; only when correlated randomness must be made
 * first is the bundle under way completed before.  Where the cuts are follows from public numbers
 * alone, the same at all nodes, so that both ends of a link agree on every length. */
#include "vm_state.h"

#include "base/mem.h"

#include <string.h>

static struct operands
operands_now(struct vm *vm, const struct step *s)
{
	const struct slot *d = s->slot[0], *a = s->slot[1], *b = s->slot[2];
	struct operands x = { .d = step_at(vm, s, 0), .a = step_at(vm, s, 1),
		.b = step_at(vm, s, 2), .c = step_at(vm, s, 3), .n = d->n, .width = d->width,
		.na = a != NULL ? a->n : 0, .awidth = a != NULL ? a->width : 0,
		.nb = b != NULL ? b->n : 0, .nc = s->slot[3] != NULL ? s->slot[3]->n : 0,
		.imm = { s->insn->imm[0], s->insn->imm[1], s->insn->imm[2] },
		.circuit = s->circuit, .owner_lo = s->owner_lo };

	for (unsigned k = 0; k < 4; k++)
		x.part[k] = s->part[k];
	if (d->domain == DOM_O && vm->box[s->insn->slot[0]] != NULL) {
		x.box = vm->box[s->insn->slot[0]];
		x.box_bytes = vm_box_bytes(vm->code, s->insn);
	}
	x.seq = vm->seq++;
	x.recipients = d->domain == DOM_O ? recipients_nodes(&vm->code->roles, d->part) :
	    (uint32_t)((1u << vm->n_nodes) - 1);
	return x;
}

static enum status
pending_room(struct vm *vm)
{
	uint32_t room = vm->room_pending == 0 ? 16 : 2 * vm->room_pending;
	struct pending *grown;

	if (vm->n_pending < vm->room_pending)
		return ST_OK;
	grown = mem_realloc(vm->pending, room * sizeof *grown);
	if (grown == NULL)
		return ST_INTERNAL;
	vm->pending = grown;
	vm->room_pending = room;
	return ST_OK;
}

/* Memory for the instruction to work in, if it wants some. */
static enum status
give_scratch(struct vm *vm, const struct proto_row *row, struct operands *x, uint64_t *bytes)
{
	*bytes = row->scratch == NULL ? 0 : row->scratch(x, vm->n_nodes);
	if (*bytes == 0)
		return ST_OK;
	x->scratch = scratch_take(&vm->scratch, *bytes);
	return x->scratch == NULL ? ST_INTERNAL : ST_OK;
}

enum status
exec_shares(struct vm *vm, const struct step *s)
{
	const struct proto_row *row = vm->env.protocol->row[s->insn->op];
	struct operands x = operands_now(vm, s);
	uint64_t bytes;
	enum status st = ST_OK;

	TRY(pending_room(vm));
	TRY(give_scratch(vm, row, &x, &bytes));
	if (s->rounds == 0) {
		st = row->run(vm->env.proto, &x);
		scratch_give(&vm->scratch, x.scratch, bytes);
		return st;
	}
	vm->pending[vm->n_pending++] = (struct pending){ .step = s, .row = row, .ops = x,
		.units = row->rounds > 0 ? row->units(&x) : 0, .scratch = bytes };
out:
	return st;
}

/* Where the next bundle begins. */
struct cursor {
	uint32_t item;
	uint64_t unit;
};

/* How many units of a pending instruction from lo on still go into `room` bytes. */
static uint64_t
units_in(const struct vm *vm, const struct pending *p, uint64_t lo, uint64_t room, uint64_t *bytes)
{
	uint64_t each = p->row->step_bytes(&p->ops, vm->n_nodes), step = p->row->step;
	uint64_t steps = (p->units - lo + step - 1) / step;

	assert(each <= PARCEL_MAX);
	if (each > 0 && steps > room / each)
		steps = room / each;
	*bytes = each;
	return steps >= (p->units - lo + step - 1) / step ? p->units : lo + steps * step;
}

/* Fills a bundle from the cursor on; it is empty when nothing is left. */
static void
bundle_fill(struct vm *vm, struct bundle *b, struct cursor *c)
{
	uint64_t room = PARCEL_MAX, each, hi;

	b->n = 0;
	while (c->item < vm->n_pending && b->n < BUNDLE_RANGES) {
		const struct pending *p = &vm->pending[c->item];
		if (p->row->rounds == 0 || c->unit == p->units) {
			c->item++;
			c->unit = 0;
			continue;
		}
		hi = units_in(vm, p, c->unit, room, &each);
		if (hi > c->unit && p->row->prepare != NULL)
			hi = p->row->prepare(vm->env.proto, &p->ops, p->round, c->unit, hi);
		assert(hi > c->unit || b->n > 0);
		if (hi == c->unit)
			return;
		b->range[b->n++] = (struct range){ c->item, c->unit, hi };
		each *= (hi - c->unit + p->row->step - 1) / p->row->step;
		room = each < room ? room - each : 0;
		c->unit = hi;
		if (hi < p->units)
			return;
	}
}

/* Exact length of the bundle's message over a link. */
static size_t
bundle_bytes(const struct vm *vm, const struct bundle *b, unsigned from, unsigned to)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < b->n; i++) {
		const struct range *r = &b->range[i];
		const struct pending *p = &vm->pending[r->item];
		sum += p->row->bytes(&p->ops, vm->n_nodes, p->round, from, to, r->lo, r->hi);
	}
	assert(sum <= PARCEL_MAX);
	return sum;
}

static void
parcel_init(struct parcel *p, uint8_t *buffer, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		p->at[i] = buffer + (size_t)i * PARCEL_MAX;
}

static enum status
bundle_begin(struct vm *vm, const struct bundle *b)
{
	unsigned me = (unsigned)vm->env.me;
	struct parcel out;
	size_t len;
	enum status st = ST_OK;

	parcel_init(&out, vm->out, vm->n_nodes);
	for (uint32_t i = 0; i < b->n; i++) {
		const struct range *r = &b->range[i];
		const struct pending *p = &vm->pending[r->item];
		TRY(p->row->begin(vm->env.proto, &p->ops, p->round, r->lo, r->hi, &out));
	}
	for (unsigned j = 0; j < vm->n_nodes; j++) {
		if (j == me)
			continue;
		len = bundle_bytes(vm, b, me, j);
		assert(out.at[j] == vm->out + (size_t)j * PARCEL_MAX + len);
		if (len > 0)
			TRY(chan_post(vm->env.ch, j, vm->out + (size_t)j * PARCEL_MAX, len));
	}
out:
	return st;
}

/* Of all its work, what is done when the units of this round up to `unit` are. */
static uint64_t
work_until(const struct pending *p, uint64_t unit)
{
	u128 done = (u128)p->units * p->round + unit, all = (u128)p->units * p->step->rounds;

	return (uint64_t)(p->step->work * done / all);
}

static enum status
bundle_end(struct vm *vm, const struct bundle *b)
{
	unsigned me = (unsigned)vm->env.me;
	struct parcel in;
	size_t len;
	enum status st = ST_OK;

	parcel_init(&in, vm->in, vm->n_nodes);
	for (unsigned j = 0; j < vm->n_nodes; j++) {
		len = j == me ? 0 : bundle_bytes(vm, b, j, me);
		if (len > 0)
			TRY(chan_wait(vm->env.ch, j, in.at[j], len));
	}
	for (uint32_t i = 0; i < b->n; i++) {
		const struct range *r = &b->range[i];
		const struct pending *p = &vm->pending[r->item];
		TRY(p->row->end(vm->env.proto, &p->ops, p->round, r->lo, r->hi, &in));
		vm_progress(vm, work_until(p, r->hi) - work_until(p, r->lo));
	}
out:
	return st;
}

static enum status
refill(struct vm *vm)
{
	enum status st = vm->env.protocol->refill(vm->env.proto);

	chan_phase(vm->env.ch, PHASE_ONLINE);
	return st;
}

/* All bundles of this round, at most two between begin and end. */
static enum status
exchange(struct vm *vm)
{
	const struct protocol *proto = vm->env.protocol;
	struct bundle *next = &vm->bundle[0], *under_way = NULL;
	struct cursor c = { 0, 0 };
	enum status st = ST_OK;

	for (bundle_fill(vm, next, &c); next->n > 0; bundle_fill(vm, next, &c)) {
		if (proto->ready != NULL && !proto->ready(vm->env.proto)) {
			if (under_way != NULL)
				TRY(bundle_end(vm, under_way));
			under_way = NULL;
			TRY(refill(vm));
		}
		TRY(bundle_begin(vm, next));
		if (under_way != NULL)
			TRY(bundle_end(vm, under_way));
		under_way = next;
		next = under_way == &vm->bundle[0] ? &vm->bundle[1] : &vm->bundle[0];
	}
	if (under_way != NULL)
		TRY(bundle_end(vm, under_way));
out:
	return st;
}

/* Counts the round for all that is pending, runs what needs no exchange, drops what is done. */
static enum status
retire(struct vm *vm)
{
	uint32_t kept = 0;
	enum status st = ST_OK;

	for (uint32_t i = 0; i < vm->n_pending; i++) {
		struct pending *p = &vm->pending[i];
		bool done = ++p->round == p->step->rounds && st == ST_OK;
		if (done && p->row->rounds == 0) {
			st = p->row->run(vm->env.proto, &p->ops);
			vm_progress(vm, p->step->work);
		}
		if (done)
			scratch_give(&vm->scratch, p->ops.scratch, p->scratch);
		else
			vm->pending[kept++] = *p;
	}
	vm->n_pending = kept;
	return st;
}

enum status
exec_round(struct vm *vm, const struct step *s)
{
	enum status st = ST_OK;

	(void)s;
	vm->rounds++;
	if (vm->env.ch != NULL) {
		TRY(exchange(vm));
		chan_round(vm->env.ch);
	}
	TRY(retire(vm));
out:
	return st;
}
