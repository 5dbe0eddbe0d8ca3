/* pool.c: see pool.h */
#include "pool_layout.h"

#include "../runtime/base/mem.h"
#include "../runtime/base/random.h"

#include <assert.h>
#include <string.h>

/* Columns of a kind's entries; a size of 0 ends the list. */
enum { N_COLUMN_MAX = 3 };

static const size_t column_size[N_CORR][N_COLUMN_MAX] = {
	[CORR_TRIPLE64] = { 8, 8, 8 },
	[CORR_TRIPLE128] = { 16, 16, 16 },
	[CORR_WRAP] = { 8, 1 },
	[CORR_BIT64] = { 8 },
	[CORR_BIT128] = { 16 },
};

/* Entries of one kind: first..end are made and not taken. */
struct store {
	uint8_t *mem;                   /* column after column, `room` entries each */
	size_t room, first, end;
	uint64_t to_make;               /* of the demand */
};

struct pool {
	struct chan *ch;
	enum status st;                 /* the first error sticks */
	struct store store[N_CORR];
	struct ot_pair *pair;           /* [peer] */
	struct gilboa_work *work;
	/* For random bits: this node's own bits, packed, and its shares of a product. */
	uint8_t *bit;
	uint8_t *product;
	size_t bit_room;
};

static size_t
entry_size(enum corr kind)
{
	size_t sum = 0;

	for (int i = 0; i < N_COLUMN_MAX; i++)
		sum += column_size[kind][i];
	return sum;
}

/* Column i of a store at entry e. */
static void *
column(const struct pool *p, enum corr kind, int i, size_t e)
{
	const struct store *s = &p->store[kind];
	size_t before = 0;

	if (s->mem == NULL)
		return NULL;
	for (int j = 0; j < i; j++)
		before += column_size[kind][j];
	return s->mem + before * s->room + column_size[kind][i] * e;
}

size_t
pool_capacity(enum corr kind)
{
	return STORE_CHUNKS * chunk_of(kind);
}

size_t
pool_available(const struct pool *p, enum corr kind)
{
	return p->store[kind].end - p->store[kind].first;
}

/* Holds any left-over that is too small for a request, and one more chunk. */
static size_t
room_for(enum corr kind, uint64_t demand)
{
	size_t most = (STORE_CHUNKS + 1) * chunk_of(kind);

	return demand < most ? (size_t)demand : most;
}

/* The largest chunk of what is made of single bits, in whole words. */
static size_t
bit_room_for(const uint64_t demand[N_CORR])
{
	static const enum corr kind[] = { CORR_WRAP, CORR_BIT64, CORR_BIT128 };
	uint64_t most = 0;

	for (int i = 0; i < 3; i++)
		if (demand[kind[i]] > most)
			most = demand[kind[i]];
	return most > CHUNK_BIT ? CHUNK_BIT : (size_t)(most + 63) / 64 * 64;
}

static enum status
make_room(struct pool *p, const uint64_t demand[N_CORR])
{
	enum status st = ST_OK;

	for (enum corr kind = 0; kind < N_CORR; kind++) {
		struct store *s = &p->store[kind];

		s->to_make = demand[kind];
		s->room = room_for(kind, demand[kind]);
		if (s->room == 0)
			continue;
		s->mem = mem_map(s->room * entry_size(kind));
		if (s->mem == NULL)
			TRY(ST_INTERNAL);
	}
	p->bit_room = bit_room_for(demand);
	if (p->bit_room > 0) {
		p->bit = mem_map(p->bit_room / 8);
		p->product = mem_map(p->bit_room * 16);
		if (p->bit == NULL || p->product == NULL)
			TRY(ST_INTERNAL);
	}
out:
	return st;
}

enum status
pool_open(struct pool **out, struct chan *ch, const uint8_t sid[32], const uint64_t demand[N_CORR])
{
	enum status st = ST_OK;
	struct pool *p = mem_zalloc(sizeof *p);

	*out = NULL;
	assert(ch->n >= 2 && ch->n <= N_NODE_MAX);
	if (p == NULL)
		TRY(ST_INTERNAL);
	p->ch = ch;
	if (demand[CORR_WRAP] > 0 && ch->n != 2)
		TRY(ST_INTERNAL);
	if (any_demand(demand)) {
		TRY(make_room(p, demand));
		p->pair = mem_map(ch->n * sizeof *p->pair);
		p->work = mem_map(sizeof *p->work);
		if (p->pair == NULL || p->work == NULL)
			TRY(ST_INTERNAL);
		chan_phase(ch, PHASE_SETUP);
		TRY(ot_setup(p->pair, ch, sid));
		chan_phase(ch, PHASE_ONLINE);
	}
	*out = p;
	p = NULL;
out:
	pool_close(p);
	return st;
}

static void
unmap(void *m, size_t n)
{
	if (m != NULL)
		mem_unmap(m, n);
}

void
pool_close(struct pool *p)
{
	if (p == NULL)
		return;
	for (enum corr kind = 0; kind < N_CORR; kind++)
		unmap(p->store[kind].mem, p->store[kind].room * entry_size(kind));
	unmap(p->pair, p->ch->n * sizeof *p->pair);
	unmap(p->work, sizeof *p->work);
	unmap(p->bit, p->bit_room / 8);
	unmap(p->product, p->bit_room * 16);
	wipe(p, sizeof *p);
	mem_free(p);
}

/* Peers in the order me + 1, me + 2, ...: not all nodes begin with the same one. */
static unsigned
peer_at(const struct chan *ch, unsigned i)
{
	return (ch->me + i) % ch->n;
}

/* Adds to c->out, over all pairs and both directions, this node's shares of x y: two rounds. */
static enum status
cross_all(struct pool *p, const struct cross *c)
{
	struct chan *ch = p->ch;
	enum status st = ST_OK;

	for (unsigned i = 1; i < ch->n; i++)
		TRY(gilboa_choose(c, &p->pair[peer_at(ch, i)], p->work, ch, peer_at(ch, i)));
	chan_round(ch);
	for (unsigned i = 1; i < ch->n; i++)
		TRY(gilboa_correct(c, &p->pair[peer_at(ch, i)], p->work, ch, peer_at(ch, i)));
	chan_round(ch);
	for (unsigned i = 1; i < ch->n; i++)
		TRY(gilboa_finish(c, p->work, ch, peer_at(ch, i)));
out:
	return st;
}

/* c = (sum a_i)(sum b_i) = sum a_i b_i + sum over pairs a_i b_j; the first is local. */
static enum status
make_triples(struct pool *p, enum corr kind, size_t at, size_t n)
{
	unsigned ring_bits = kind == CORR_TRIPLE64 ? 64 : 128;
	void *a = column(p, kind, 0, at), *b = column(p, kind, 1, at), *c = column(p, kind, 2, at);
	struct cross job = { .ring_bits = ring_bits, .hi = n, .s = 1, .x = b, .y = a, .out = c };

	random_bytes(a, n * ring_bits / 8);
	random_bytes(b, n * ring_bits / 8);
	for (size_t i = 0; i < n; i++) {
		if (ring_bits == 64)
			((ashare64 *)c)[i].v = ((ashare64 *)a)[i].v * ((ashare64 *)b)[i].v;
		else
			((ashare128 *)c)[i].v = ((ashare128 *)a)[i].v * ((ashare128 *)b)[i].v;
	}
	return cross_all(p, &job);
}

/* Node 0 sends by its bit as a number, node 1 chooses by its own. */
static enum status
make_wraps(struct pool *p, size_t at, size_t n)
{
	uint64_t *share = column(p, CORR_WRAP, 0, at), *y = (uint64_t *)p->product;
	sbit *bit = column(p, CORR_WRAP, 1, at);
	struct chan *ch = p->ch;
	unsigned peer = 1 - ch->me;
	enum status st = ST_OK;

	random_bytes(p->bit, (n + 7) / 8);
	for (size_t i = 0; i < n; i++) {
		bit[i].v = p->bit[i / 8] >> i % 8 & 1;
		y[i] = bit[i].v;
	}
	memset(share, 0, n * sizeof *share);
	if (ch->me == 1)
		TRY(bitmul_choose(64, share, p->bit, n, &p->pair[peer], p->work, ch, peer));
	chan_round(ch);
	if (ch->me == 0)
		TRY(bitmul_correct(64, share, y, n, &p->pair[peer], p->work, ch, peer));
	chan_round(ch);
	if (ch->me == 1)
		TRY(bitmul_finish(64, share, p->bit, n, p->work, ch, peer));
out:
	return st;
}

/* x = b + x - 2 x b, where this node's part of x is old and its share of the product is z. */
static void
xor_in(unsigned ring_bits, void *x, const void *z, const uint8_t *bit, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t b = bit == NULL ? 0 : (uint64_t)(bit[i / 8] >> i % 8 & 1);

		if (ring_bits == 64)
			((uint64_t *)x)[i] += b - 2 * ((const uint64_t *)z)[i];
		else
			((u128 *)x)[i] += b - 2 * ((const u128 *)z)[i];
	}
}

/* Node j adds its bit: the nodes before it send by their shares of the XOR so far. */
static enum status
add_bit_of(struct pool *p, unsigned j, unsigned ring_bits, void *x, size_t n)
{
	struct chan *ch = p->ch;
	enum status st = ST_OK;

	if (ch->me < j) {
		TRY(bitmul_correct(ring_bits, p->product, x, n, &p->pair[j], p->work, ch, j));
		xor_in(ring_bits, x, p->product, NULL, n);
	}
	for (unsigned i = 0; i < j && ch->me == j; i++)
		TRY(bitmul_finish(ring_bits, p->product, p->bit, n, p->work, ch, i));
	if (ch->me == j)
		xor_in(ring_bits, x, p->product, p->bit, n);
out:
	return st;
}

/* daBits: x is the XOR of a bit of each node, as a number.  All choices go first, in one round;
 * then one round a node. */
static enum status
make_bits(struct pool *p, enum corr kind, size_t at, size_t n)
{
	unsigned ring_bits = kind == CORR_BIT64 ? 64 : 128;
	void *x = column(p, kind, 0, at);
	struct chan *ch = p->ch;
	enum status st = ST_OK;

	random_bytes(p->bit, (n + 7) / 8);
	memset(x, 0, n * ring_bits / 8);
	memset(p->product, 0, n * ring_bits / 8);
	if (ch->me == 0)
		xor_in(ring_bits, x, p->product, p->bit, n);
	for (unsigned i = 0; i < ch->me; i++)
		TRY(bitmul_choose(ring_bits, p->product, p->bit, n, &p->pair[i], p->work, ch, i));
	chan_round(ch);
	for (unsigned j = 1; j < ch->n; j++) {
		TRY(add_bit_of(p, j, ring_bits, x, n));
		chan_round(ch);
	}
out:
	return st;
}

/* n entries from entry `at` on. */
static enum status
make(struct pool *p, enum corr kind, size_t at, size_t n)
{
	switch (kind) {
	case CORR_TRIPLE64:
	case CORR_TRIPLE128:
		return make_triples(p, kind, at, n);
	case CORR_WRAP:
		return make_wraps(p, at, n);
	case CORR_BIT64:
	case CORR_BIT128:
		return make_bits(p, kind, at, n);
	case CORR_AND:
	case CORR_MULB64:
	case CORR_MULB128:
	case CORR_MATRIX:
	case N_CORR:
		break;
	}
	return ST_INTERNAL;
}

/* What is left moves to the front; what was taken is overwritten or wiped. */
static void
compact(struct pool *p, enum corr kind)
{
	struct store *s = &p->store[kind];
	size_t left = s->end - s->first;

	for (int i = 0; i < N_COLUMN_MAX && column_size[kind][i] > 0; i++) {
		size_t size = column_size[kind][i];

		memmove(column(p, kind, i, 0), column(p, kind, i, s->first), left * size);
		wipe(column(p, kind, i, left), (s->end - left) * size);
	}
	s->first = 0;
	s->end = left;
}

static enum status
refill(struct pool *p, enum corr kind)
{
	struct store *s = &p->store[kind];
	size_t n = s->to_make < chunk_of(kind) ? (size_t)s->to_make : chunk_of(kind);
	enum status st;

	compact(p, kind);
	assert(s->end + n <= s->room);
	chan_phase(p->ch, PHASE_OFFLINE);
	TRY(make(p, kind, s->end, n));
	chan_phase(p->ch, PHASE_ONLINE);
	s->end += n;
	s->to_make -= n;
out:
	return st;
}

enum status
pool_ensure(struct pool *p, enum corr kind, size_t n)
{
	enum status st = p->st;
	size_t have = pool_available(p, kind);

	if (st != ST_OK || n <= have)
		return st;
	if (n > pool_capacity(kind) || n - have > p->store[kind].to_make)
		st = ST_INTERNAL;
	while (st == ST_OK && pool_available(p, kind) < n)
		st = refill(p, kind);
	p->st = st;
	return st;
}

/* The number of the first of the next n entries, which are from now on used. */
static size_t
take(struct pool *p, enum corr kind, size_t n)
{
	struct store *s = &p->store[kind];
	size_t at = s->first;

	assert(p->st == ST_OK && n <= s->end - s->first);
	s->first += n;
	return at;
}

struct triples64
pool_take_triples64(struct pool *p, size_t n)
{
	size_t at = take(p, CORR_TRIPLE64, n);

	return (struct triples64){ column(p, CORR_TRIPLE64, 0, at), column(p, CORR_TRIPLE64, 1, at),
		column(p, CORR_TRIPLE64, 2, at) };
}

struct triples128
pool_take_triples128(struct pool *p, size_t n)
{
	size_t at = take(p, CORR_TRIPLE128, n);

	return (struct triples128){ column(p, CORR_TRIPLE128, 0, at),
		column(p, CORR_TRIPLE128, 1, at), column(p, CORR_TRIPLE128, 2, at) };
}

struct wraps
pool_take_wraps(struct pool *p, size_t n)
{
	size_t at = take(p, CORR_WRAP, n);

	return (struct wraps){ .share = column(p, CORR_WRAP, 0, at),
		.bit = column(p, CORR_WRAP, 1, at) };
}

const ashare64 *
pool_take_bits64(struct pool *p, size_t n)
{
	return column(p, CORR_BIT64, 0, take(p, CORR_BIT64, n));
}

const ashare128 *
pool_take_bits128(struct pool *p, size_t n)
{
	return column(p, CORR_BIT128, 0, take(p, CORR_BIT128, n));
}

/* d (n x m) = a' for an a of m x n. */
static void
transpose(unsigned ring_bits, void *d, const void *a, size_t m, size_t n)
{
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++) {
			if (ring_bits == 64)
				((uint64_t *)d)[j * m + i] = ((const uint64_t *)a)[i * n + j];
			else
				((u128 *)d)[j * m + i] = ((const u128 *)a)[i * n + j];
		}
}

/* out = x y over all nodes, x of rows x k, y of k x s; out is zero before. */
static enum status
matrix_cross(struct pool *p, unsigned ring_bits, const struct matrix_plan *plan, size_t k,
    const void *x, const void *y, void *out)
{
	struct cross job = { .ring_bits = ring_bits, .k = k, .s = plan->s, .x = x, .y = y,
		.out = out };
	enum status st = ST_OK;

	/* x is this node's alone, so here it is a plain number. */
	if (ring_bits == 64)
		ring64_matmul_ps(out, x, y, plan->rows, k, plan->s);
	else
		ring128_matmul_ps(out, x, y, plan->rows, k, plan->s);
	for (job.lo = 0; job.lo < plan->terms; job.lo = job.hi) {
		job.hi = plan->terms - job.lo < plan->chunk ? plan->terms : job.lo + plan->chunk;
		TRY(cross_all(p, &job));
	}
out:
	return st;
}

/* C' = B' A'. */
static enum status
matrix_turned(struct pool *p, unsigned ring_bits, const struct matrix_plan *plan, size_t k,
    const void *a, const void *b, void *c)
{
	size_t m = plan->s, n = plan->rows, bytes = ring_bits / 8;
	size_t len = (n * k + k * m + n * m) * bytes;
	uint8_t *x = mem_map(len), *y, *out;
	enum status st = ST_OK;

	if (x == NULL)
		TRY(ST_INTERNAL);
	y = x + n * k * bytes;
	out = y + k * m * bytes;
	transpose(ring_bits, x, b, k, n);
	transpose(ring_bits, y, a, m, k);
	TRY(matrix_cross(p, ring_bits, plan, k, x, y, out));
	transpose(ring_bits, c, out, n, m);
out:
	unmap(x, len);
	return st;
}

enum status
pool_matrix(struct pool *p, unsigned ring_bits, size_t m, size_t k, size_t n, void *a, void *b,
    void *c)
{
	struct matrix_plan plan = matrix_plan(ring_bits, m, k, n);
	size_t bytes = ring_bits / 8;
	enum status st = p->st;

	memset(c, 0, m * n * bytes);
	if (st == ST_OK && p->store[CORR_MATRIX].to_make == 0)
		st = ST_INTERNAL;
	TRY(st);
	p->store[CORR_MATRIX].to_make--;
	random_bytes(a, m * k * bytes);
	random_bytes(b, k * n * bytes);
	chan_phase(p->ch, PHASE_OFFLINE);
	if (plan.turned)
		TRY(matrix_turned(p, ring_bits, &plan, k, a, b, c));
	else
		TRY(matrix_cross(p, ring_bits, &plan, k, a, b, c));
	chan_phase(p->ch, PHASE_ONLINE);
out:
	p->st = st;
	if (st != ST_OK) {
		wipe(a, m * k * bytes);
		wipe(b, k * n * bytes);
		wipe(c, m * n * bytes);
	}
	return st;
}
