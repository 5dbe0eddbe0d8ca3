/* pool.c: see pool.h */
#include "pool_layout.h"
#include "pool_make.h"

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
	[CORR_AND] = { 8, 8, 8 },
	[CORR_MULB64] = { 8, 8, 8 },
	[CORR_MULB128] = { 16, 16, 16 },
};

/* Entries of one kind: first..end are made and not taken. */
struct store {
	uint8_t *mem;                   /* column after column, `room` entries each */
	size_t room, first, end;
	uint64_t to_make;               /* of the demand */
};

struct pool {
	enum status st;                 /* the first error sticks */
	struct store store[N_CORR];
	struct maker maker;
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

/* Entries of the largest chunk of a kind. */
static size_t
most_at_once(const uint64_t demand[N_CORR], enum corr kind)
{
	return demand[kind] < chunk_of(kind) ? (size_t)demand[kind] : chunk_of(kind);
}

/* Room for what is made of single bits: the bits, in whole words, and up to two numbers each. */
static enum status
make_bit_room(struct maker *m, const uint64_t demand[N_CORR])
{
	static const struct { enum corr kind; uint8_t numbers; } use[] = {
		{ CORR_WRAP, 1 }, { CORR_BIT64, 1 }, { CORR_BIT128, 1 },
		{ CORR_MULB64, 2 }, { CORR_MULB128, 2 },
	};
	enum status st = ST_OK;

	for (size_t i = 0; i < sizeof use / sizeof *use; i++) {
		size_t n = (most_at_once(demand, use[i].kind) + 63) / 64 * 64;

		m->bit_len = n / 8 > m->bit_len ? n / 8 : m->bit_len;
		n *= use[i].numbers * (size_t)16;
		m->product_len = n > m->product_len ? n : m->product_len;
	}
	if (m->bit_len > 0) {
		m->bit = mem_map(m->bit_len);
		m->product = mem_map(m->product_len);
		if (m->bit == NULL || m->product == NULL)
			TRY(ST_INTERNAL);
	}
out:
	return st;
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
	TRY(make_bit_room(&p->maker, demand));
out:
	return st;
}

enum status
pool_open(struct pool **out, struct chan *ch, const uint8_t sid[32], const uint64_t demand[N_CORR],
    unsigned cot_k)
{
	enum status st = ST_OK;
	struct pool *p = mem_zalloc(sizeof *p);

	*out = NULL;
	assert(ch->n >= 2 && ch->n <= N_NODE_MAX);
	assert(cot_k == 2 || cot_k == 4 || cot_k == 8);
	if (p == NULL)
		TRY(ST_INTERNAL);
	p->maker.ch = ch;
	p->maker.cot_k = cot_k;
	if (demand[CORR_WRAP] > 0 && ch->n != 2)
		TRY(ST_INTERNAL);
	if (any_demand(demand)) {
		TRY(make_room(p, demand));
		p->maker.pair = mem_map(ch->n * sizeof *p->maker.pair);
		p->maker.work = mem_map(sizeof *p->maker.work);
		if (p->maker.pair == NULL || p->maker.work == NULL)
			TRY(ST_INTERNAL);
		chan_phase(ch, PHASE_SETUP);
		TRY(ot_setup(p->maker.pair, ch, sid, cot_k));
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
	struct maker *m;

	if (p == NULL)
		return;
	m = &p->maker;
	for (enum corr kind = 0; kind < N_CORR; kind++)
		unmap(p->store[kind].mem, p->store[kind].room * entry_size(kind));
	unmap(m->pair, m->ch->n * sizeof *m->pair);
	unmap(m->work, sizeof *m->work);
	unmap(m->bit, m->bit_len);
	unmap(m->product, m->product_len);
	wipe(p, sizeof *p);
	mem_free(p);
}

/* n entries from entry `at` on. */
static enum status
make(struct pool *p, enum corr kind, size_t at, size_t n)
{
	void *d[N_COLUMN_MAX];

	for (int i = 0; i < N_COLUMN_MAX; i++)
		d[i] = column(p, kind, i, at);
	switch (kind) {
	case CORR_TRIPLE64:
		return make_triples(&p->maker, 64, d[0], d[1], d[2], n);
	case CORR_TRIPLE128:
		return make_triples(&p->maker, 128, d[0], d[1], d[2], n);
	case CORR_WRAP:
		return make_wraps(&p->maker, d[0], d[1], n);
	case CORR_BIT64:
		return make_bits(&p->maker, 64, d[0], n);
	case CORR_BIT128:
		return make_bits(&p->maker, 128, d[0], n);
	case CORR_AND:
		return make_ands(&p->maker, d[0], d[1], d[2], n);
	case CORR_MULB64:
		return make_mulbs(&p->maker, 64, d[0], d[1], d[2], n);
	case CORR_MULB128:
		return make_mulbs(&p->maker, 128, d[0], d[1], d[2], n);
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
	chan_phase(p->maker.ch, PHASE_OFFLINE);
	TRY(make(p, kind, s->end, n));
	chan_phase(p->maker.ch, PHASE_ONLINE);
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

#define TAKE_THREE(type, kind) \
struct type \
pool_take_##type(struct pool *p, size_t n) \
{ \
	size_t at = take(p, kind, n); \
\
	return (struct type){ column(p, kind, 0, at), column(p, kind, 1, at), \
		column(p, kind, 2, at) }; \
}

TAKE_THREE(triples64, CORR_TRIPLE64)
TAKE_THREE(triples128, CORR_TRIPLE128)
TAKE_THREE(ands, CORR_AND)
TAKE_THREE(mulbs64, CORR_MULB64)
TAKE_THREE(mulbs128, CORR_MULB128)

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
		TRY(make_cross(&p->maker, &job));
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
	struct matrix_plan plan = matrix_plan(p->maker.cot_k, ring_bits, m, k, n);
	size_t bytes = ring_bits / 8;
	enum status st = p->st;

	memset(c, 0, m * n * bytes);
	if (st == ST_OK && p->store[CORR_MATRIX].to_make == 0)
		st = ST_INTERNAL;
	TRY(st);
	p->store[CORR_MATRIX].to_make--;
	random_bytes(a, m * k * bytes);
	random_bytes(b, k * n * bytes);
	chan_phase(p->maker.ch, PHASE_OFFLINE);
	if (plan.turned)
		TRY(matrix_turned(p, ring_bits, &plan, k, a, b, c));
	else
		TRY(matrix_cross(p, ring_bits, &plan, k, a, b, c));
	chan_phase(p->maker.ch, PHASE_ONLINE);
out:
	p->st = st;
	if (st != ST_OK) {
		wipe(a, m * k * bytes);
		wipe(b, k * n * bytes);
		wipe(c, m * n * bytes);
	}
	return st;
}
