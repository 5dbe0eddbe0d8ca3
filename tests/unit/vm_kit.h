/* vm_kit.h: programs made in memory, and nodes as threads that run them, for the tests of the VM
 * and of protocols. */
#ifndef KONSIL_VM_KIT_H
#define KONSIL_VM_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "../../runtime/base/mem.h"
#include "../../runtime/base/plain.h"
#include "../../runtime/vm.h"

enum { KIT_MAX = 256, KIT_INPUTS = 8, KIT_NONE = -1 };

struct kit_input {
	const i128 *value;              /* of all parties together */
	struct partition part;
	uint64_t n;
};

struct kit {
	struct code c;
	struct slot slot[KIT_MAX];
	struct insn code[KIT_MAX], post[KIT_MAX];
	struct partition part[KIT_MAX];
	struct view view[KIT_MAX];
	struct affine affine[KIT_MAX];
	struct circuit circuit[KIT_MAX];
	struct party party[N_NODE_MAX];
	struct kit_input input[KIT_INPUTS];
	char *source[1];
	uint8_t *constant;
};

static inline void
kit_init(struct kit *k, unsigned n_parties)
{
	static char name[] = "kit.ksl";

	memset(k, 0, sizeof *k);
	k->source[0] = name;
	k->constant = mem_alloc(1 << 16);
	assert_non_null(k->constant);
	k->c = (struct code){ .n_sources = 1, .source = k->source, .n_parties = n_parties,
		.held = 1,
		.party = k->party, .slot = k->slot, .code = k->code, .post = k->post,
		.part = k->part, .view = k->view, .affine = k->affine, .circuit = k->circuit,
		.constant = k->constant };
}

static inline void
kit_fini(struct kit *k)
{
	for (uint32_t i = 0; i < k->c.n_circuits; i++)
		circuit_fini(&k->circuit[i]);
	mem_free(k->constant);
	mem_free(k->c.demand);
}

static inline uint32_t
kit_add(struct kit *k, struct slot s)
{
	assert_true(k->c.n_slots < KIT_MAX);
	k->slot[k->c.n_slots] = s;
	return k->c.n_slots++;
}

/* In the arena; part: of an L slot its partition, of O and R the mask of recipients. */
static inline int
kit_slot(struct kit *k, enum domain domain, unsigned width, uint64_t n, uint32_t part)
{
	struct slot s = { .domain = (uint8_t)domain, .width = (uint16_t)width, .kind = SLOT_MEMORY,
		.part = part, .n = n, .at = k->c.arena_bytes, .of = SLOT_NONE };

	k->c.arena_bytes += (slot_bytes(&k->c, &s) + 63) / 64 * 64;
	return (int)kit_add(k, s);
}

static inline int
kit_const(struct kit *k, unsigned width, uint64_t n, const i128 *value)
{
	struct slot s = { .domain = DOM_P, .width = (uint16_t)width, .kind = SLOT_CONST, .n = n,
		.at = k->c.const_bytes, .of = SLOT_NONE };

	assert_true(s.at + n * (width / 8) <= 1 << 16);
	for (uint64_t i = 0; i < n; i++)
		plain_store(k->constant + s.at, i, width, value[i]);
	k->c.const_bytes += (n * (width / 8) + 15) / 16 * 16;
	return (int)kit_add(k, s);
}

static inline int
kit_number(struct kit *k, unsigned width, i128 value)
{
	return kit_const(k, width, 1, &value);
}

/* n elements of slot `of` from base + step * counter of the outermost loop. */
static inline int
kit_window(struct kit *k, int of, uint64_t n, int64_t base, int64_t step)
{
	struct slot s = k->slot[of];

	s.kind = SLOT_WINDOW;
	s.of = (uint32_t)of;
	s.n = n;
	s.offset = (struct affine){ .base = base, .coef = { step } };
	return (int)kit_add(k, s);
}

static inline uint32_t
kit_owner(struct kit *k, unsigned owner)
{
	struct partition p = { .whole = true, .owner = (uint16_t)owner };

	for (unsigned i = owner + 1; i < 17; i++)
		p.start[i] = 1;
	k->part[k->c.n_parts] = p;
	return k->c.n_parts++;
}

/* rows[p] rows at party p. */
static inline uint32_t
kit_rows(struct kit *k, const uint64_t *rows, bool members)
{
	struct partition p = { .members = members };

	for (unsigned i = 0; i < k->c.n_parties; i++)
		p.start[i + 1] = p.start[i] + rows[i];
	k->part[k->c.n_parts] = p;
	return k->c.n_parts++;
}

static inline uint32_t
kit_view(struct kit *k, struct view v)
{
	k->view[k->c.n_views] = v;
	return k->c.n_views++;
}

/* The kit owns what hangs on the circuit from here on. */
static inline int64_t
kit_circuit(struct kit *k, struct circuit c)
{
	assert_true(k->c.n_circuits < KIT_MAX);
	k->circuit[k->c.n_circuits] = c;
	return k->c.n_circuits++;
}

static inline int64_t
kit_affine(struct kit *k, int64_t base, int64_t coef)
{
	k->affine[k->c.n_affines] = (struct affine){ .base = base, .coef = { coef } };
	return k->c.n_affines++;
}

static inline struct insn
kit_insn(struct kit *k, enum insn_id op, int d, int a, int b, int c, int64_t i0, int64_t i1,
    int64_t i2)
{
	return (struct insn){ .op = (uint16_t)op, .line = 100 + k->c.n_code,
		.slot = { (uint32_t)d, (uint32_t)a, (uint32_t)b, (uint32_t)c },
		.imm = { i0, i1, i2 } };
}

static inline void
kit_op(struct kit *k, enum insn_id op, int d, int a, int b, int c, int64_t i0, int64_t i1,
    int64_t i2)
{
	assert_true(k->c.n_code < KIT_MAX);
	k->code[k->c.n_code] = kit_insn(k, op, d, a, b, c, i0, i1, i2);
	k->c.n_code++;
}

static inline void
kit_post(struct kit *k, enum insn_id op, int d, int a, int b, int c, int64_t i0)
{
	assert_true(k->c.n_post < KIT_MAX);
	k->post[k->c.n_post] = kit_insn(k, op, d, a, b, c, i0, 0, 0);
	k->c.n_post++;
}

#define KIT_OP(k, op, ...) KIT_OP_(k, op, __VA_ARGS__, KIT_NONE, KIT_NONE, KIT_NONE, KIT_NONE)
#define KIT_OP_(k, op, d, a, b, c, ...) kit_op(k, OP_##op, d, a, b, c, 0, 0, 0)
#define KIT_ROUND(k) kit_op(k, OP_ROUND, KIT_NONE, KIT_NONE, KIT_NONE, KIT_NONE, 0, 0, 0)

/* An L slot that holds input number `input`, of n elements in all. */
static inline int
kit_input(struct kit *k, unsigned input, unsigned width, uint64_t n, uint32_t part,
    const i128 *value)
{
	int d = kit_slot(k, DOM_L, width, n, part);

	k->input[input] = (struct kit_input){ value, k->part[part], n };
	kit_op(k, OP_INPUT, d, KIT_NONE, KIT_NONE, KIT_NONE, input, 0, 0);
	return d;
}

static inline enum status
kit_get(void *arg, uint32_t input, uint32_t part, unsigned party, void *out, size_t n,
    unsigned width, struct fault *f)
{
	const struct kit *k = arg;
	const struct kit_input *in = &k->input[input];
	uint64_t rows = in->part.start[k->c.n_parties];
	uint64_t lo = in->part.whole ? 0 : in->part.start[party] * (in->n / rows);

	(void)f;
	(void)part;
	for (size_t i = 0; i < n; i++)
		plain_store(out, i, width, in->value[lo + i]);
	return ST_OK;
}

/* One node's run; vm stays for looking at results. */
struct kit_node {
	const struct kit *k;
	const struct protocol *protocol;
	struct chan *ch;
	int me;
	struct vm *vm;
	struct proto *proto;
	enum status st;
	struct fault fault;
};

static inline void *
kit_node_main(void *arg)
{
	struct kit_node *t = arg;
	const struct code *c = &t->k->c;
	struct proto_env pe = { .ch = t->ch, .me = (unsigned)t->me, .n = c->n_parties, .sid = { 7 },
		.code = c };
	struct vm_env ve = { .code = c, .protocol = t->protocol, .ch = t->ch, .me = t->me,
		.get = kit_get, .get_arg = (void *)(uintptr_t)t->k };
	enum status st = ST_OK;

	TRY(t->protocol->open(&t->proto, &pe, &t->fault));
	ve.proto = t->proto;
	TRY(vm_new(&t->vm, &ve, &t->fault));
	TRY(vm_run(t->vm, &t->fault));
	if (t->ch != NULL)
		TRY(chan_finish(t->ch));
out:
	t->st = st;
	if (st != ST_OK) {
		/* So that the others notice. */
		vm_free(t->vm);
		t->protocol->close(t->proto);
		chan_free(t->ch);
		t->vm = NULL;
		t->proto = NULL;
		t->ch = NULL;
	}
	return NULL;
}

static inline void
kit_node_fini(struct kit_node *t)
{
	vm_free(t->vm);
	if (t->protocol != NULL)
		t->protocol->close(t->proto);
	chan_free(t->ch);
}

/* Runs it in the clear. */
static inline void
kit_clear(struct kit_node *t, struct kit *k)
{
	assert_int_equal(code_demand(&k->c), ST_OK);
	memset(t, 0, sizeof *t);
	t->k = k;
	t->protocol = &protocol_clear;
	t->me = VM_ALL;
	(void)kit_node_main(t);
}

/* Runs it with a node for each party, over metered channels; the fail-th allocation fails. */
static inline void
kit_run_failing(struct kit_node *t, struct kit *k, const struct protocol *protocol, uint64_t fail)
{
	unsigned n = k->c.n_parties;
	struct chan *end[N_NODE_MAX];
	pthread_t thread[N_NODE_MAX];

	mem_free(k->c.demand);
	k->c.demand = NULL;
	assert_int_equal(code_demand(&k->c), ST_OK);
	assert_int_equal(chan_mem_new(end, n), ST_OK);
	for (unsigned i = 0; i < n; i++) {
		t[i] = (struct kit_node){ .k = k, .protocol = protocol, .me = (int)i };
		assert_int_equal(chan_meter_new(&t[i].ch, end[i]), ST_OK);
		chan_meter_hash(t[i].ch, false);
	}
	mem_fail_at(fail);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, kit_node_main, &t[i]), 0);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
}

static inline void
kit_run(struct kit_node *t, struct kit *k, const struct protocol *protocol)
{
	kit_run_failing(t, k, protocol, 0);
}

static inline void
kit_ok(const struct kit_node *t, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (t[i].st != ST_OK)
			fail_msg("node %u: %s: %s", i, status_name(t[i].st), t[i].fault.message);
}

/* Numbers without a pattern, the same every time. */
static inline uint64_t
kit_random(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Of any size below 2^bits in magnitude, ends and small numbers often. */
static inline i128
kit_value(uint64_t *seed, unsigned bits)
{
	uint64_t how = kit_random(seed);
	u128 x = (u128)kit_random(seed) << 64 | kit_random(seed);
	const i128 end = (i128)(((u128)1 << (bits - 1)) - 1) * 2 + 1;

	x >>= 128 - bits;
	x >>= how % 4 == 0 ? how / 4 % bits : 0;
	if (how % 16 == 1)
		return (how & 256) != 0 ? end : -end;
	if (how % 16 == 2)
		return (i128)(how / 512 % 3) - 1;
	return (how & 256) != 0 ? (i128)x : -(i128)x;
}

#endif
