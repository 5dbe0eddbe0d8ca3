/* result.c: see result.h */
#include "result.h"

#include "base/mem.h"
#include "net/wire.h"

#include <assert.h>
#include <string.h>

enum { FORMAT_VERSION = 2 };

uint32_t
result_index(const struct code *c, uint32_t output, uint32_t part)
{
	uint32_t at = part;

	assert(output < c->n_outputs && part < c->output[output].n_parts);
	for (uint32_t i = 0; i < output; i++)
		at += c->output[i].n_parts;
	return at;
}

static uint32_t
count_parts(const struct code *c)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->n_outputs; i++)
		n += c->output[i].n_parts;
	return n;
}

static uint64_t
part_elements(const struct output_part *p)
{
	uint64_t n = 1;

	for (uint32_t k = 0; k < p->rank; k++)
		n *= p->dims[k];
	return n;
}

static enum status
result_new(struct result **out, const struct code *c)
{
	struct result *r = mem_array(1, sizeof *r);

	*out = r;
	if (r == NULL)
		return ST_INTERNAL;
	r->part = mem_array(count_parts(c), sizeof *r->part);
	r->n_parts = r->part == NULL ? 0 : count_parts(c);
	return r->part == NULL ? ST_INTERNAL : ST_OK;
}

static void
part_clear(struct result_part *p)
{
	if (p->whole != NULL)
		wipe(p->whole, p->n * p->each * sizeof *p->whole);
	if (p->real != NULL)
		wipe(p->real, p->n * sizeof *p->real);
	mem_free(p->whole);
	mem_free(p->real);
	mem_free(p->present);
	mem_free(p->shown);
	memset(p, 0, sizeof *p);
}

void
result_free(struct result *r)
{
	if (r == NULL)
		return;
	for (uint32_t i = 0; i < r->n_parts; i++)
		part_clear(&r->part[i]);
	mem_free(r->part);
	mem_free(r);
}

static uint32_t
part_each(const struct output_part *o)
{
	return o->type.kind == TYPE_BITS ? (o->type.bits + 127) / 128 : 1;
}

static enum status
part_alloc(struct result_part *p, const struct output_part *o, uint64_t n, bool is_real,
    bool optional, bool cells)
{
	p->n = n;
	p->each = part_each(o);
	p->is_real = is_real;
	if (is_real)
		p->real = mem_array(n, sizeof *p->real);
	else
		p->whole = mem_array(n * p->each, sizeof *p->whole);
	if (optional)
		p->present = mem_array(n, 1);
	if (cells)
		p->shown = mem_array(n, 1);
	return (p->real == NULL && p->whole == NULL) || (optional && p->present == NULL) ||
	    (cells && p->shown == NULL) ? ST_INTERNAL : ST_OK;
}

/* Element i of a slot of one or many elements. */
static i128
whole_at(const struct slot *s, const void *at, uint64_t i)
{
	if (s->n == 1)
		i = 0;
	assert(i < s->n);
	if (s->domain == DOM_R)
		return ((const double *)at)[i] != 0;
	return s->width == 64 ? ((const int64_t *)at)[i] : ((const i128 *)at)[i];
}

/* Value i of a slot of bits, in `each` numbers of 128: from one element, or from limbs of 64. */
static void
take_bits(i128 *d, const struct result_part *r, const struct type *t, const struct slot *s,
    const void *at, uint64_t i)
{
	uint64_t limbs = t->bits <= s->width ? 1 : (t->bits + 63) / 64;

	for (uint32_t k = 0; k < r->each; k++) {
		uint64_t lo = i * limbs + 2 * k;
		u128 x = (u128)whole_at(s, at, lo);
		if (limbs > 1)
			x = (uint64_t)x;
		if (limbs > 2 * k + 1)
			x |= (u128)(uint64_t)whole_at(s, at, lo + 1) << 64;
		if (t->bits < 128 * (k + 1))
			x &= ((u128)1 << (t->bits - 128 * k)) - 1;
		d[k] = (i128)x;
	}
}

/* 1, 0 or -1: see struct output_part. */
static int
guard_of(const struct slot *s, const void *at)
{
	const double real = s->domain == DOM_R ? *(const double *)at : 0;

	if (s->domain == DOM_R)
		return (real > 0) - (real < 0);
	return whole_at(s, at, 0) != 0;
}

/* Which cells are shown; what stands in the others is nothing. */
static void
take_cells(struct result_part *d, const struct slot *s, const void *at)
{
	for (uint64_t i = 0; i < d->n; i++) {
		d->shown[i] = whole_at(s, at, i) != 0;
		if (d->shown[i] != 0)
			continue;
		if (d->is_real)
			d->real[i] = 0;
		else
			memset(d->whole + i * d->each, 0, d->each * sizeof *d->whole);
		if (d->present != NULL)
			d->present[i] = 0;
	}
}

static void
take_values(struct result_part *d, const struct output_part *p, const struct slot *value,
    const void *at)
{
	for (uint64_t i = 0; i < d->n; i++) {
		if (d->is_real)
			d->real[i] = ((const double *)at)[value->n == 1 ? 0 : i];
		else if (p->type.kind == TYPE_BITS)
			take_bits(d->whole + i * d->each, d, &p->type, value, at, i);
		else
			d->whole[i] = whole_at(value, at, i);
	}
}

static enum status
take_part(struct result_part *d, const struct code *c, const struct output_part *p,
    result_slot slot,
    void *arg)
{
	const struct slot *value = &c->slot[p->value];
	enum status st = ST_OK;
	const void *at = NULL;
	int guard = 1;

	if (p->guard != SLOT_NONE)
		guard = guard_of(&c->slot[p->guard], slot(arg, p->guard));
	if (guard <= 0) {
		d->state = RESULT_WITHHELD;
		d->rule = guard == 0 ? p->rule : (uint8_t)RULE_RANGE;
		return ST_OK;
	}
	TRY(part_alloc(d, p, part_elements(p), value->domain == DOM_R, p->present != SLOT_NONE,
	    p->cells != SLOT_NONE));
	d->state = RESULT_VALUE;
	d->cell_rule = p->cell_rule;
	if (d->n == 0)
		return ST_OK;
	take_values(d, p, value, slot(arg, p->value));
	if (d->present != NULL)
		at = slot(arg, p->present);
	for (uint64_t i = 0; i < d->n && d->present != NULL; i++)
		d->present[i] = whole_at(&c->slot[p->present], at, i) != 0;
	if (d->shown != NULL)
		take_cells(d, &c->slot[p->cells], slot(arg, p->cells));
out:
	return st;
}

enum status
result_take(struct result **out, const struct code *c, int me, result_slot slot, void *arg)
{
	struct result *r = NULL;
	enum status st = ST_OK;
	uint32_t at = 0;

	*out = NULL;
	TRY(result_new(&r, c));
	for (uint32_t i = 0; i < c->n_outputs; i++) {
		for (uint32_t k = 0; k < c->output[i].n_parts; k++, at++) {
			const struct output_part *p = &c->output[i].part[k];
			if (me >= 0 && !recipients_have(&c->roles, p->recipients, (uint32_t)me))
				continue;
			if (c->output[i].withheld) {
				r->part[at].state = RESULT_WITHHELD;
				r->part[at].rule = RULE_REQUIRE;
				continue;
			}
			TRY(take_part(&r->part[at], c, p, slot, arg));
		}
	}
	*out = r;
	r = NULL;
out:
	result_free(r);
	return st;
}

/* Through a pipe: version, cost, number of parts, then each part: state, rule, real?, optional?,
 * cells?, n, values (16 bytes, or of bits as many times as it takes, or 8 of a double), presence,
 * which cells are shown. */

static size_t
part_bytes(const struct result_part *p)
{
	return 13 + p->n * (p->is_real ? 8 : 16 * p->each) + (p->present != NULL ? p->n : 0) +
	    (p->shown != NULL ? p->n : 0);
}

static void
put_cost(struct wire_writer *w, const struct cost_node *m)
{
	for (unsigned p = 0; p < N_COST_PHASE; p++) {
		wire_put_u64(w, m->rounds[p]);
		wire_put_u64(w, m->us[p]);
		for (unsigned i = 0; i < N_NODE_MAX; i++)
			wire_put_u64(w, m->sent[p][i]);
	}
	wire_put_u64(w, m->total_us);
	wire_put_u64(w, m->memory_bytes);
}

static void
get_cost(struct cost_node *m, struct wire_reader *x)
{
	for (unsigned p = 0; p < N_COST_PHASE; p++) {
		m->rounds[p] = wire_get_u64(x);
		m->us[p] = wire_get_u64(x);
		for (unsigned i = 0; i < N_NODE_MAX; i++)
			m->sent[p][i] = wire_get_u64(x);
	}
	m->total_us = wire_get_u64(x);
	m->memory_bytes = wire_get_u64(x);
}

static void
put_part(struct wire_writer *w, const struct result_part *p)
{
	wire_put_u8(w, p->state);
	wire_put_u8(w, p->rule);
	wire_put_u8(w, p->is_real);
	wire_put_u8(w, p->present != NULL);
	wire_put_u8(w, p->shown != NULL);
	wire_put_u64(w, p->n);
	for (uint64_t i = 0; i < (p->is_real ? p->n : p->n * p->each); i++) {
		uint64_t bits = 0;
		if (p->is_real) {
			memcpy(&bits, &p->real[i], 8);
			wire_put_u64(w, bits);
		} else {
			wire_put_u64(w, (uint64_t)p->whole[i]);
			wire_put_u64(w, (uint64_t)((u128)p->whole[i] >> 64));
		}
	}
	if (p->present != NULL)
		wire_put_bytes(w, p->present, p->n);
	if (p->shown != NULL)
		wire_put_bytes(w, p->shown, p->n);
}

enum status
result_write(uint8_t **out, size_t *len, const struct result *r)
{
	size_t room = 5 + 8 * (N_COST_PHASE * (2 + N_NODE_MAX) + 2);
	struct wire_writer w;

	for (uint32_t i = 0; i < r->n_parts; i++)
		room += part_bytes(&r->part[i]);
	*len = 0;
	*out = mem_alloc(room);
	if (*out == NULL)
		return ST_INTERNAL;
	wire_writer_init(&w, *out, room);
	wire_put_u8(&w, FORMAT_VERSION);
	put_cost(&w, &r->cost);
	wire_put_u32(&w, r->n_parts);
	for (uint32_t i = 0; i < r->n_parts; i++)
		put_part(&w, &r->part[i]);
	*len = w.len;
	return wire_writer_status(&w);
}

/* Shapes are the program's: whatever else the bytes say is refused before memory is asked for. */
static enum status
get_part(struct result_part *p, const struct code *c, const struct output_part *o,
    struct wire_reader *x)
{
	uint8_t state = wire_get_u8(x), rule = wire_get_u8(x), real = wire_get_u8(x);
	uint8_t optional = wire_get_u8(x), cells = wire_get_u8(x);
	uint64_t n = wire_get_u64(x), want = state == RESULT_VALUE ? part_elements(o) : 0;
	enum status st = ST_OK;

	if (state > RESULT_WITHHELD || rule >= N_RULE ||
	    real > 1 || optional > 1 || cells > 1 || n != want || n > wire_left(x))
		return ST_DATA;
	if (state == RESULT_VALUE && ((real == 1) != (c->slot[o->value].domain == DOM_R) ||
	    (cells == 1) != (o->cells != SLOT_NONE)))
		return ST_DATA;
	p->state = state;
	p->rule = rule;
	if (state != RESULT_VALUE)
		return ST_OK;
	p->cell_rule = o->cell_rule;
	TRY(part_alloc(p, o, n, real == 1, optional == 1, cells == 1));
	for (uint64_t i = 0; i < (real == 1 ? n : n * p->each); i++) {
		uint64_t lo = wire_get_u64(x);
		if (real == 1)
			memcpy(&p->real[i], &lo, 8);
		else
			p->whole[i] = (i128)((u128)wire_get_u64(x) << 64 | lo);
	}
	if (p->present != NULL)
		wire_get_bytes(x, p->present, n);
	if (p->shown != NULL)
		wire_get_bytes(x, p->shown, n);
out:
	return st;
}

enum status
result_read(struct result **out, const struct code *c, const uint8_t *in, size_t len,
    struct fault *f)
{
	struct result *r = NULL;
	struct wire_reader x;
	enum status st = ST_OK;
	uint32_t at = 0;

	*out = NULL;
	wire_reader_init(&x, in, len);
	TRY(result_new(&r, c));
	uint8_t version = wire_get_u8(&x);
	get_cost(&r->cost, &x);
	if (version != FORMAT_VERSION || wire_get_u32(&x) != r->n_parts) {
		st = ST_DATA;
		goto out;
	}
	for (uint32_t i = 0; i < c->n_outputs; i++)
		for (uint32_t k = 0; k < c->output[i].n_parts; k++, at++)
			TRY(get_part(&r->part[at], c, &c->output[i].part[k], &x));
	TRY(wire_reader_end(&x, ST_DATA));
	*out = r;
	r = NULL;
out:
	result_free(r);
	return st == ST_OK ? st : fault_set(f, st, "a party's result is not one of this program");
}

static bool
same_real(const double *a, const double *b, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		if (!(a[i] == b[i] || (a[i] != a[i] && b[i] != b[i])))
			return false;
	return true;
}

static bool
same_whole(const i128 *a, const i128 *b, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

static bool
same_part(const struct result_part *a, const struct result_part *b)
{
	if (a->state != b->state || a->rule != b->rule || a->is_real != b->is_real || a->n != b->n)
		return false;
	if ((a->present == NULL) != (b->present == NULL) || (a->shown == NULL) != (b->shown == NULL))
		return false;
	for (uint64_t i = 0; i < a->n; i++)
		if ((a->present != NULL && a->present[i] != b->present[i]) ||
		    (a->shown != NULL && a->shown[i] != b->shown[i]))
			return false;
	return a->is_real ? same_real(a->real, b->real, a->n) :
	    same_whole(a->whole, b->whole, a->n * a->each);
}

enum status
result_merge(struct result **into, struct result *r, const struct code *c, unsigned node,
    struct fault *f)
{
	enum status st = ST_OK;
	uint32_t at = 0;

	if (*into == NULL) {
		*into = r;
		return ST_OK;
	}
	for (uint32_t i = 0; i < c->n_outputs; i++) {
		for (uint32_t k = 0; k < c->output[i].n_parts; k++, at++) {
			struct result_part *a = &(*into)->part[at], *b = &r->part[at];
			if (a->state == RESULT_ELSEWHERE) {
				*a = *b;
				memset(b, 0, sizeof *b);
			} else if (b->state != RESULT_ELSEWHERE && !same_part(a, b)) {
				st = fault_set(f, ST_INTERNAL,
				    "%s got another value of output \"%s\" than others did",
				    c->party[node].name, c->output[i].name);
				goto out;
			}
		}
	}
out:
	result_free(r);
	return st;
}

uint64_t
result_hidden(const struct result_part *p)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < p->n && p->shown != NULL; i++)
		n += p->shown[i] == 0;
	return n;
}

/* Does any part of an output say something?  Beside fields whose cells are guarded stand only such
 * as everybody knows. */
static bool
says_something(const struct result_part *p, uint32_t n)
{
	bool cells = false;

	for (uint32_t i = 0; i < n; i++)
		cells |= p[i].shown != NULL;
	for (uint32_t i = 0; i < n; i++)
		if (p[i].state == RESULT_VALUE && (p[i].n == 0 || result_hidden(&p[i]) < p[i].n) &&
		    !(cells && p[i].shown == NULL))
			return true;
	return false;
}

bool
result_all_withheld(const struct result *r, const struct code *c)
{
	const struct result_part *p = r->part;
	uint32_t withheld = 0;

	for (uint32_t i = 0; i < c->n_outputs; p += c->output[i].n_parts, i++) {
		if (says_something(p, c->output[i].n_parts))
			return false;
		for (uint32_t k = 0; k < c->output[i].n_parts; k++)
			withheld += p[k].state != RESULT_ELSEWHERE;
	}
	return withheld > 0;
}
