/* garble.c: circuits over many lanes, garbled at node 0 and evaluated at node 1.  See garble.h. */
#include "garble.h"

#include "../runtime/base/mem.h"
#include "../runtime/base/random.h"

#include <assert.h>
#include <string.h>

/* A tile of lanes on its way through a circuit. */
struct walk {
	struct garbling *g;
	const struct circuit *c;
	const block **in;               /* the tile's lanes of each input bit */
	block *work;                    /* registers, `stride` lanes each */
	size_t stride, n;               /* n: lanes of this tile */
	bool fast;
};

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Lanes of a full tile: as many tiles as must be, all but the last alike and whole registers. */
static size_t
tile_lanes(const struct circuit *c, size_t n)
{
	size_t most = TILE_BYTES / sizeof(block) / c->n_reg, tiles;

	most = most < TILE_MIN ? TILE_MIN : least(most / 4 * 4, TILE_MAX);
	if (n <= most)
		return n;
	tiles = (n + most - 1) / most;
	return ((n + tiles - 1) / tiles + 3) / 4 * 4;
}

static uint64_t
register_bytes(const struct circuit *c, size_t n)
{
	return (uint64_t)c->n_reg * tile_lanes(c, n) * sizeof(block);
}

uint64_t
garble_scratch(const struct circuit *c, size_t n)
{
	return register_bytes(c, n) + (uint64_t)c->n_in * sizeof(block *);
}

uint64_t
garble_bytes(const struct circuit *c, size_t n)
{
	uint64_t len;

	return __builtin_mul_overflow(circuit_n_ands(c) * AND_BYTES, n, &len) ? UINT64_MAX : len;
}

static const block *
source(const struct walk *w, uint32_t r)
{
	return r < w->c->n_in ? w->in[r] : w->work + r * w->stride;
}

static block *
target(const struct walk *w, uint32_t r)
{
	return w->work + r * w->stride;
}

/* 64 bytes: one register where the CPU has such.  Labels are aligned as a block is. */
typedef uint64_t wide __attribute__((vector_size(64), aligned(16), may_alias));

enum { WIDE = sizeof(wide) / sizeof(block) };

static inline __attribute__((always_inline)) void
xor_lanes(block *d, const block *a, const block *b, size_t n)
{
	size_t i = 0;

	for (; n - i >= WIDE; i += WIDE)
		*(wide *)&d[i] = *(const wide *)&a[i] ^ *(const wide *)&b[i];
	for (; i < n; i++)
		d[i] = block_xor(a[i], b[i]);
}

/* Node 0's label of 0 becomes that of 1; node 1, whose delta is 0, keeps its label. */
static inline __attribute__((always_inline)) void
not_lanes(block *d, const block *a, block delta, size_t n)
{
	const uint64_t p = delta.w[0], q = delta.w[1];
	const wide many = { p, q, p, q, p, q, p, q };
	size_t i = 0;

	for (; n - i >= WIDE; i += WIDE)
		*(wide *)&d[i] = *(const wide *)&a[i] ^ many;
	for (; i < n; i++)
		d[i] = block_xor(a[i], delta);
}

static inline __attribute__((always_inline)) void
linear_gates(const struct walk *w, const struct gate *g, const struct gate *end)
{
	for (; g < end; g++)
		if (g->b == GATE_NOT)
			not_lanes(target(w, g->d), source(w, g->a), w->g->delta, w->n);
		else
			xor_lanes(target(w, g->d), source(w, g->a), source(w, g->b), w->n);
}

#if defined(__x86_64__)
#define FAST __attribute__((target("avx512f")))
#else
#define FAST
#endif

FAST static void
linear_fast(const struct walk *w, const struct gate *g, const struct gate *end)
{
	linear_gates(w, g, end);
}

/* A few lanes: less than a call of memcpy. */
static inline void
copy_lanes(block *d, const block *a, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i] = a[i];
}

/* Of a few lanes the inputs are in registers, too, so nothing has to be looked up. */
static inline __attribute__((always_inline)) void
linear_gates_few(const struct walk *w, const struct gate *g, const struct gate *end, size_t n)
{
	const block delta = w->g->delta;
	block *const work = w->work;

	for (; g < end; g++) {
		block *d = work + g->d * n;
		const block *a = work + g->a * n, *b = work;

		if (g->b != GATE_NOT)
			b += g->b * n;
		for (size_t i = 0; i < n; i++)
			d[i] = block_xor(a[i], g->b == GATE_NOT ? delta : b[i]);
	}
}

static void
linear(const struct walk *w, const struct gate *g, const struct gate *end)
{
	if (w->n == 1 && w->stride == 1)
		linear_gates_few(w, g, end, 1);
	else if (w->n < LANES_FEW && w->n == w->stride)
		linear_gates_few(w, g, end, w->n);
	else if (w->fast)
		linear_fast(w, g, end);
	else
		linear_gates(w, g, end);
}

/* n independent ANDs, side by side, through as many messages as their tables take. */
static enum status
and_gates(struct garbling *g, block *d, const block *a, const block *b, size_t n)
{
	bool garbler = g->ch->me == 0;
	const uint8_t *there;
	uint8_t *room;
	size_t len;
	enum status st = ST_OK;

	for (size_t i = 0, m; i < n; i += m) {
		assert(g->next <= UINT64_MAX - 2 * n);
		if (garbler) {
			len = flow_room(&g->work->flow, &room, (n - i) * AND_BYTES);
			m = len / AND_BYTES;
			g->aes->garble(d + i, (block *)(void *)room, a + i, b + i, g->delta, g->s,
			    g->next, m);
			TRY(flow_done(&g->work->flow, len));
		} else {
			TRY(flow_peek(&g->work->flow, &there, &len, (n - i) * AND_BYTES));
			m = len / AND_BYTES;
			g->aes->evaluate(d + i, (const block *)(const void *)there, a + i, b + i,
			    g->s, g->next, m);
			flow_skip(&g->work->flow, len);
		}
		g->next += 2 * m;
	}
out:
	return st;
}

/* Copies to where labels lie side by side, and back. */
static enum status
and_gathered(struct walk *w, const struct gate *gate, size_t count)
{
	struct garble_work *k = w->g->work;
	size_t n = w->n;
	enum status st = ST_OK;

	for (size_t i = 0; i < count; i++) {
		copy_lanes(k->a + i * n, target(w, gate[i].a), n);
		copy_lanes(k->b + i * n, target(w, gate[i].b), n);
	}
	TRY(and_gates(w->g, k->d, k->a, k->b, count * n));
	for (size_t i = 0; i < count; i++)
		copy_lanes(target(w, gate[i].d), k->d + i * n, n);
out:
	return st;
}

static enum status
and_layer(struct walk *w, const struct gate *gate, size_t count)
{
	size_t each = w->n < LANES_FEW ? GATHER_MAX / w->n : 1, m;
	enum status st = ST_OK;

	for (; count > 0; count -= m, gate += m) {
		m = least(count, each);
		if (w->n < LANES_FEW)
			TRY(and_gathered(w, gate, m));
		else
			TRY(and_gates(w->g, target(w, gate->d), source(w, gate->a),
			    source(w, gate->b), w->n));
	}
out:
	return st;
}

/* Where the tile from lane lo on finds each input bit: in the operand, or, if lanes are few or that
 * is one element for many, in copies of it in the input's register. */
static void
place_inputs(struct walk *w, const struct labels in[3], size_t lo)
{
	uint32_t r = 0;

	for (unsigned k = 0; k < 3; k++)
		for (uint32_t i = 0; i < w->c->width[k]; i++, r++) {
			const block *from = in[k].at + i * in[k].n;
			block *copy = target(w, r);

			w->in[r] = copy;
			if (in[k].n != 1 && w->n >= LANES_FEW)
				w->in[r] = from + lo;
			else if (in[k].n != 1)
				copy_lanes(copy, from + lo, w->n);
			else
				for (size_t j = 0; j < w->n; j++)
					copy[j] = *from;
		}
}

static enum status
walk_tile(struct walk *w)
{
	const struct circuit *c = w->c;
	enum status st = ST_OK;

	for (uint32_t r = 0; r <= c->n_layers; r++) {
		const struct gate *and = c->gate + c->layer[r].and;

		linear(w, c->gate + c->layer[r].linear, and);
		TRY(and_layer(w, and, circuit_ands(c, r)));
	}
out:
	return st;
}

enum status
garble_circuit(struct garbling *g, const struct circuit *c, block *d, size_t n,
    const struct labels in[3], void *scratch)
{
	struct walk w = { .g = g, .c = c, .work = scratch, .stride = tile_lanes(c, n),
		.fast = g->aes == aes_vaes() };
	uint64_t total = garble_bytes(c, n);
	enum status st = ST_OK;

	if (total == UINT64_MAX)
		return ST_INTERNAL;
	w.in = (const block **)(void *)((uint8_t *)scratch + register_bytes(c, n));
	flow_begin(&g->work->flow, g->ch, 1 - g->ch->me, total);
	for (size_t lo = 0; lo < n; lo += w.n) {
		w.n = least(w.stride, n - lo);
		place_inputs(&w, in, lo);
		TRY(walk_tile(&w));
		for (uint32_t i = 0; i < c->n_out; i++)
			memcpy(d + i * n + lo, source(&w, c->out[i]), w.n * sizeof *d);
	}
out:
	return st;
}

enum status
garble_init(struct garbling *g, struct chan *ch)
{
	assert(ch->n == 2);
	*g = (struct garbling){ .aes = aes_best(), .ch = ch, .work = mem_map(sizeof *g->work) };
	if (g->work == NULL)
		return ST_INTERNAL;
	if (ch->me == 0) {
		random_bytes(&g->delta, sizeof g->delta);
		g->delta.w[0] |= 1;
	}
	return ST_OK;
}

enum status
garble_setup(struct garbling *g, const uint8_t sid[32])
{
	struct garble_work *w = g->work;
	enum status st = ot_setup_one(&w->cot.send, &w->cot.recv, g->ch, sid, "garbling",
	    GARBLE_COT_K, 0, &g->delta);

	/* Nothing else has the keys from this start: COTs that are labels are not hashed. */
	if (st == ST_OK)
		g->s = g->ch->me == 0 ? w->cot.send.s : w->cot.recv.s;
	return st;
}

uint64_t
garble_setup_bytes(unsigned from)
{
	return ot_setup_one_bytes(GARBLE_COT_K, 0, from);
}

void
garble_fini(struct garbling *g)
{
	if (g->work != NULL)
		mem_unmap(g->work, sizeof *g->work);
	wipe(g, sizeof *g);
}
