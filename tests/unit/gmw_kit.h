/* gmw_kit.h: nodes as threads that call the rows of a protocol directly, cut into ranges of any
 * length; and circuits, made by hand and evaluated bit by bit. */
#ifndef KONSIL_GMW_KIT_H
#define KONSIL_GMW_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <string.h>

#include "../../protocols/protocol.h"
#include "../../runtime/base/bitplane.h"
#include "../../runtime/base/mem.h"
#include "../../runtime/base/random.h"

enum { GATES_MAX = 1 << 17, LAYERS_MAX = 64, OUT_MAX = 512, ITEMS_MAX = 64 };

static const uint64_t lengths[] = { 0, 1, 2, 63, 64, 65, 128, 1000 };
enum { N_LENGTHS = sizeof lengths / sizeof lengths[0] };

static inline uint64_t *
words(size_t n)
{
	uint64_t *p = mem_array(n + 1, sizeof *p);

	assert_non_null(p);
	return p;
}

static inline unsigned
bit(const uint64_t *a, size_t i)
{
	return a[i / 64] >> (i % 64) & 1;
}

struct made {
	struct circuit c;
	struct gate gate[GATES_MAX];
	struct layer layer[LAYERS_MAX];
	uint32_t out[OUT_MAX];
};

static inline struct made *
made_new(void)
{
	struct made *m = mem_alloc(sizeof *m);

	assert_non_null(m);
	return m;
}

static inline void
made_init(struct made *m, uint32_t a, uint32_t b, uint32_t c)
{
	m->c = (struct circuit){ .width = { a, b, c }, .n_in = a + b + c, .n_reg = a + b + c,
		.gate = m->gate, .layer = m->layer, .out = m->out };
}

static inline uint32_t
made_gate(struct made *m, uint32_t a, uint32_t b)
{
	assert_true(m->c.n_gates < GATES_MAX);
	m->gate[m->c.n_gates++] = (struct gate){ m->c.n_reg, a, b };
	return m->c.n_reg++;
}

/* Linear gates of the next layer follow; or its ANDs do. */
static inline void
made_linear(struct made *m)
{
	m->layer[m->c.n_bounds++].linear = m->c.n_gates;
}

static inline void
made_ands(struct made *m)
{
	m->layer[m->c.n_bounds - 1].and = m->c.n_gates;
}

static inline void
made_out(struct made *m, uint32_t reg)
{
	m->out[m->c.n_out++] = reg;
}

static inline void
made_done(struct made *m)
{
	struct fault f;

	m->c.n_layers = m->c.n_bounds - 1;
	assert_int_equal(circuit_check(&m->c, &f), ST_OK);
}

/* On the heap, for who frees it with circuit_fini. */
static inline struct circuit
made_copy(const struct made *m)
{
	struct circuit c = m->c;

	c.gate = mem_array(c.n_gates + 1, sizeof *c.gate);
	c.layer = mem_array(c.n_bounds, sizeof *c.layer);
	c.out = mem_array(c.n_out, sizeof *c.out);
	assert_true(c.gate != NULL && c.layer != NULL && c.out != NULL);
	memcpy(c.gate, m->gate, c.n_gates * sizeof *c.gate);
	memcpy(c.layer, m->layer, c.n_bounds * sizeof *c.layer);
	memcpy(c.out, m->out, c.n_out * sizeof *c.out);
	return c;
}

/* a + b modulo 2^w, the carry rippling: w - 1 layers, c' = c ^ (a ^ c)(b ^ c). */
static inline void
made_adder(struct made *m, uint32_t w)
{
	uint32_t carry = GATE_NOT, last = 0;

	made_init(m, w, w, 0);
	for (uint32_t i = 0; i < w; i++) {
		uint32_t a = i, b = w + i, sum;

		made_linear(m);
		sum = made_gate(m, a, b);
		if (i > 0) {
			carry = i == 1 ? last : made_gate(m, carry, last);
			sum = made_gate(m, sum, carry);
			a = made_gate(m, a, carry);
			b = made_gate(m, b, carry);
		}
		made_out(m, sum);
		made_ands(m);
		if (i + 1 < w)
			last = made_gate(m, a, b);
	}
	made_done(m);
}

static inline uint32_t
below(uint32_t n)
{
	uint32_t x;

	random_bytes(&x, sizeof x);
	return x % n;
}

/* Any gates: `linear` XORs and NOTs and `ands` ANDs a layer, some in place. */
static inline void
made_any(struct made *m, const uint32_t width[3], uint32_t layers, uint32_t linear, uint32_t ands,
    uint32_t outs)
{
	made_init(m, width[0], width[1], width[2]);
	for (uint32_t r = 0; r <= layers; r++) {
		uint32_t known;

		made_linear(m);
		for (uint32_t i = 0; i < linear; i++) {
			uint32_t b = below(5) == 0 ? GATE_NOT : below(m->c.n_reg);
			uint32_t d = made_gate(m, below(m->c.n_reg), b);

			if (d > m->c.n_in && below(4) == 0)
				m->gate[m->c.n_gates++] = (struct gate){ d - 1, d, d - 1 };
		}
		made_ands(m);
		known = m->c.n_reg;
		for (uint32_t i = 0; i < ands && r < layers; i++)
			made_gate(m, below(known), below(known));
	}
	for (uint32_t i = 0; i < outs; i++)
		made_out(m, below(m->c.n_reg));
	made_done(m);
}

/* One lane in the clear; bits as bytes. */
static inline void
made_eval(const struct circuit *c, uint8_t *out, const uint8_t *in)
{
	uint8_t *reg = mem_zalloc(c->n_reg);

	assert_non_null(reg);
	memcpy(reg, in, c->n_in);
	for (uint32_t r = 0; r <= c->n_layers; r++)
		for (uint32_t i = c->layer[r].linear; i < circuit_end(c, r); i++) {
			const struct gate *g = &c->gate[i];

			if (i >= c->layer[r].and)
				reg[g->d] = reg[g->a] & reg[g->b];
			else
				reg[g->d] = reg[g->a] ^ (g->b == GATE_NOT ? 1 : reg[g->b]);
		}
	for (uint32_t i = 0; i < c->n_out; i++)
		out[i] = reg[c->out[i]];
	mem_free(reg);
}

struct play {
	const struct protocol *protocol;        /* NULL: additive */
	unsigned n;
	struct code code;               /* circuits and demand */
	uint64_t cut;                   /* steps of a range at most */
	/* What every node does with each item. */
	void (*script)(struct play *, unsigned me, const void *item);
	const void *item;
	size_t n_items, size;
	struct chan *ch[N_NODE_MAX];
	struct proto *proto[N_NODE_MAX];
	uint64_t seq[N_NODE_MAX];
	uint8_t *message[N_NODE_MAX][2];        /* out, in */
	uint8_t failed[N_NODE_MAX];
};

struct play_thread {
	struct play *play;
	unsigned me;
};

static inline void
play_must(struct play *p, unsigned me, bool ok)
{
	if (!ok)
		p->failed[me] = 1;
}

static inline void
play_parcel(struct play *p, unsigned me, int which, struct parcel *parcel)
{
	for (unsigned j = 0; j < p->n; j++)
		parcel->at[j] = p->message[me][which] + (size_t)j * PARCEL_MAX;
}

static inline void
play_begin(struct play *p, unsigned me, const struct proto_row *row, const struct operands *x,
    unsigned r, uint64_t lo, uint64_t hi)
{
	struct parcel out;

	play_parcel(p, me, 0, &out);
	play_must(p, me, row->begin(p->proto[me], x, r, lo, hi, &out) == ST_OK);
	for (unsigned j = 0; j < p->n; j++) {
		const uint8_t *from = p->message[me][0] + (size_t)j * PARCEL_MAX;
		size_t len = row->bytes(x, p->n, r, me, j, lo, hi);

		play_must(p, me, out.at[j] == from + len);
		if (len > 0)
			play_must(p, me, chan_post(p->ch[me], j, from, len) == ST_OK);
	}
}

static inline void
play_end(struct play *p, unsigned me, const struct proto_row *row, const struct operands *x,
    unsigned r, uint64_t lo, uint64_t hi)
{
	struct parcel in;

	play_parcel(p, me, 1, &in);
	for (unsigned j = 0; j < p->n; j++) {
		size_t len = row->bytes(x, p->n, r, j, me, lo, hi);

		if (len > 0)
			play_must(p, me, chan_wait(p->ch[me], j, in.at[j], len) == ST_OK);
	}
	play_must(p, me, row->end(p->proto[me], x, r, lo, hi, &in) == ST_OK);
}

/* One round: a range's messages travel while the next one's are made. */
static inline void
play_round(struct play *p, unsigned me, const struct proto_row *row, const struct operands *x,
    unsigned r)
{
	uint64_t units = row->units(x), lo = 0, before = 0, hi;
	uint64_t most = row->step_bytes(x, p->n);

	most = most == 0 ? p->cut : PARCEL_MAX / most;
	if (p->cut < most)
		most = p->cut;
	for (; lo < units; before = lo, lo = hi) {
		hi = units - lo > most * row->step ? lo + most * row->step : units;
		if (row->prepare != NULL)
			hi = row->prepare(p->proto[me], x, r, lo, hi);
		play_must(p, me, hi > lo);
		if (p->protocol->ready != NULL && !p->protocol->ready(p->proto[me])) {
			if (before < lo)
				play_end(p, me, row, x, r, before, lo);
			before = lo;
			play_must(p, me, p->protocol->refill(p->proto[me]) == ST_OK);
			chan_phase(p->ch[me], PHASE_ONLINE);
		}
		play_begin(p, me, row, x, r, lo, hi);
		if (before < lo)
			play_end(p, me, row, x, r, before, lo);
	}
	if (before < lo)
		play_end(p, me, row, x, r, before, lo);
	chan_round(p->ch[me]);
}

static inline void
play_op(struct play *p, unsigned me, enum insn_id op, struct operands x)
{
	const struct proto_row *row = p->protocol->row[op];
	unsigned rounds = insn_table[op].rounds[p->protocol->target->held - 1];
	size_t len = row->scratch != NULL ? row->scratch(&x, p->n) : 0;

	if (x.circuit != NULL)
		rounds = x.circuit->n_layers;
	if (op == OP_SORT_B)
		rounds = code_sort_rounds(x.width - (unsigned)x.imm[1], (unsigned)x.imm[2]);
	x.scratch = mem_map(len > 0 ? len : 1);
	x.seq = p->seq[me]++;
	if (x.recipients == 0)
		x.recipients = (uint32_t)((1u << p->n) - 1);
	if (rounds == 0)
		play_must(p, me, row->run(p->proto[me], &x) == ST_OK);
	for (unsigned r = 0; r < rounds; r++)
		play_round(p, me, row, &x, r);
	mem_unmap(x.scratch, len > 0 ? len : 1);
}

static inline void *
play_main(void *arg)
{
	struct play_thread *t = arg;
	struct play *p = t->play;
	struct proto_env env = { .ch = p->ch[t->me], .me = t->me, .n = p->n, .code = &p->code };
	struct fault f;

	p->message[t->me][0] = mem_map((size_t)p->n * PARCEL_MAX);
	p->message[t->me][1] = mem_map((size_t)p->n * PARCEL_MAX);
	play_must(p, t->me, p->protocol->open(&p->proto[t->me], &env, &f) == ST_OK);
	for (size_t i = 0; i < p->n_items && p->failed[t->me] == 0; i++)
		p->script(p, t->me, p->size == 0 ? NULL : (const uint8_t *)p->item + i * p->size);
	p->protocol->close(p->proto[t->me]);
	mem_unmap(p->message[t->me][0], (size_t)p->n * PARCEL_MAX);
	mem_unmap(p->message[t->me][1], (size_t)p->n * PARCEL_MAX);
	return NULL;
}

/* n nodes; setting up takes the time, so many items share it. */
static inline void
play(struct play *p)
{
	struct play_thread t[N_NODE_MAX];
	pthread_t thread[N_NODE_MAX];

	if (p->cut == 0)
		p->cut = 1 << 20;
	if (p->protocol == NULL)
		p->protocol = &protocol_additive;
	assert_int_equal(chan_mem_new(p->ch, p->n), ST_OK);
	for (unsigned i = 0; i < p->n; i++) {
		t[i] = (struct play_thread){ p, i };
		assert_int_equal(pthread_create(&thread[i], NULL, play_main, &t[i]), 0);
	}
	for (unsigned i = 0; i < p->n; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	for (unsigned i = 0; i < p->n; i++) {
		assert_int_equal(p->failed[i], 0);
		chan_free(p->ch[i]);
	}
}

#endif
