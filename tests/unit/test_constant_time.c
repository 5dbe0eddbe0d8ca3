/* test_constant_time.c: no branch and no address in protocols additive, replicated, yao and mixed,
 * and in contributions, depends on a secret.
 *
 * The test starts itself again under valgrind [the method of Langley's ctgrind, 2010]: all random
 * bytes (keys, Delta, triples, masks, bits) and all inputs are marked as undefined, and memcheck
 * reports whatever decides or indexes by them.  What a node receives is public, so it is defined on
 * arrival.  Exceptions, declared below: libsodium checks that points which it is given are valid,
 * and ours always are; whether the peer proved its base OTs, or what was opened compares equal,
 * ends the run or does not.  Records are shuffled in orders that two nodes drew, whose memory
 * accesses tell these orders and nothing else (rep_shuffle.h), and sorted by places that were
 * opened in such an order.  Without valgrind, with clang and under the sanitizers the same programs
 * only run.
 *
 * It shows the kernels that this CPU has under valgrind, which knows AES but not AVX-512; the
 * portable ones are asked for by name. */
#include "../../runtime/net/chan.h"

enum status chan_mem_tainted(struct chan *ends[], unsigned n);
#define chan_mem_new chan_mem_tainted
#define parcel mem_parcel
#include "../../runtime/net/chan_mem.c"
#undef chan_mem_new
#undef parcel

#include "additive_kit.h"
#include "gmw_kit.h"

#include "../../protocols/ot_chosen.h"
#include "../../runtime/base/bitmatrix.h"
#include "../../runtime/base/random.h"
#include "../../runtime/stored.h"

#include <sodium.h>
#include <unistd.h>

#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif
#endif
#ifndef RUNNING_ON_VALGRIND
#define RUNNING_ON_VALGRIND 0
#define VALGRIND_COUNT_ERRORS 0u
#define VALGRIND_MAKE_MEM_UNDEFINED(p, n) ((void)(p), (void)(n))
#define VALGRIND_MAKE_MEM_DEFINED(p, n) ((void)(p), (void)(n))
#endif

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED 0
#endif

/* Valgrind cannot read what clang says about lines. */
#ifdef __clang__
#define READABLE 0
#else
#define READABLE 1
#endif

static const char exceptions[] =
    "{\n  libsodium_branches\n  Memcheck:Cond\n  obj:*libsodium*\n}\n"
    "{\n  libsodium_values\n  Memcheck:Value8\n  obj:*libsodium*\n}\n"
    "{\n  points_are_valid\n  Memcheck:Cond\n  fun:must\n}\n"
    "{\n  proof_holds\n  Memcheck:Cond\n  fun:ot_base_consume_challenge\n}\n"
    "{\n  answer_holds\n  Memcheck:Cond\n  fun:ot_base_consume_answer\n}\n"
    "{\n  opened_alike\n  Memcheck:Cond\n  fun:rep_check\n}\n"
    "{\n  order_is_drawn_again\n  Memcheck:Cond\n  fun:draw_below\n}\n"
    "{\n  order_is_drawn\n  Memcheck:Value8\n  fun:draw_orders\n}\n"
    "{\n  rows_by_the_order\n  Memcheck:Value8\n  fun:add_rows\n}\n"
    "{\n  places_by_the_order\n  Memcheck:Value8\n  fun:begin_places\n}\n"
    "{\n  places_are_opened\n  Memcheck:Cond\n  fun:place_records\n}\n"
    "{\n  rows_by_opened_places\n  Memcheck:Value8\n  fun:place_records\n}\n";

/* In place of the library's: secret from here on. */
void
random_bytes(void *out, size_t len)
{
	randombytes_buf(out, len);
	VALGRIND_MAKE_MEM_UNDEFINED(out, len);
}

static enum status
wait_public(struct chan *c, unsigned peer, void *buf, size_t len)
{
	enum status st = mem_wait(c, peer, buf, len);

	VALGRIND_MAKE_MEM_DEFINED(buf, len);
	return st;
}

enum status
chan_mem_new(struct chan *ends[], unsigned n)
{
	static struct chan_ops ops;
	enum status st = chan_mem_tainted(ends, n);

	ops = mem_ops;
	ops.wait = wait_public;
	for (unsigned i = 0; i < n && st == ST_OK; i++)
		ends[i]->ops = &ops;
	return st;
}

/* How many reports there were before. */
static unsigned before;

static void
watch(void)
{
	before = VALGRIND_COUNT_ERRORS;
}

static void
assert_quiet(void)
{
	assert_int_equal(VALGRIND_COUNT_ERRORS, before);
}

/* That it can fail: a branch on a random byte is seen. */
static void
a_secret_branch_is_seen(void **state)
{
	volatile uint8_t x, sum = 0;
	uint8_t secret;

	(void)state;
	if (!RUNNING_ON_VALGRIND)
		skip();
	watch();
	random_bytes(&secret, 1);
	x = secret;
	if (x > 100)
		sum = 1;
	(void)sum;
	assert_int_not_equal(VALGRIND_COUNT_ERRORS, before);
}

/* Where a node holds two parts of a share, inputs take a round, and products of bits one more. */
static void
round_if_held(struct kit *k)
{
	if (k->c.held == N_HELD_MAX)
		KIT_ROUND(k);
}

/* Products, matrix products, truncations and their openings in one ring. */
static void
everything(struct kit *k, unsigned n, unsigned width, uint64_t len)
{
	uint64_t rows[N_NODE_MAX];
	int x, y, d = kit_slot(k, DOM_A, width, len, 0), e = kit_slot(k, DOM_A, width, len, 0);
	int m = kit_slot(k, DOM_A, width, 1, 0);

	for (unsigned i = 0; i < n; i++)
		rows[i] = len * (i + 1) / n - len * i / n;
	x = share(k, kit_input(k, 0, width, len, kit_owner(k, 0), value_x), width);
	y = share(k, kit_input(k, 1, width, len, kit_rows(k, rows, false), value_y), width);
	round_if_held(k);
	KIT_OP(k, MUL_A, d, x, y);
	kit_op(k, OP_TRUNC_A, e, x, KIT_NONE, KIT_NONE, 16, 0, 0);
	kit_op(k, OP_MATMUL_A, m, x, y, KIT_NONE, 1, (int64_t)len, 1);
	KIT_ROUND(k);
	KIT_OP(k, ADD_A, d, d, e);
	KIT_OP(k, NEG_A, e, e, KIT_NONE);
	(void)reveal(k, d);
	(void)reveal(k, e);
	(void)reveal(k, m);
	KIT_ROUND(k);
}

/* NOTs and XORs, with 70 ANDs of them if there is a layer, and some of both as results. */
static struct circuit
gates(struct made *m, uint32_t a, uint32_t b, bool layer, uint32_t outs)
{
	made_init(m, a, b, 0);
	made_linear(m);
	for (uint32_t i = 0; i < 9; i++)
		made_gate(m, i % m->c.n_reg, i % 3 == 0 ? GATE_NOT : (2 * i + 1) % m->c.n_reg);
	made_ands(m);
	for (uint32_t i = 0, n = m->c.n_reg; i < 70 && layer; i++)
		made_gate(m, i % n, (7 * i + 3) % n);
	if (layer) {
		made_linear(m);
		made_gate(m, 0, m->c.n_reg - 1);
		made_ands(m);
	}
	for (uint32_t i = 0; i < outs; i++)
		made_out(m, m->c.n_reg - 1 - i);
	made_done(m);
	return made_copy(m);
}

/* Numbers to bits, through ANDs, XORs and a NOT, and back, in every way. */
static void
bits(struct kit *k, unsigned width, uint64_t len)
{
	enum { BITS = 5 };
	const uint32_t split = BITS * split_parts(&k->c);
	int x = share(k, kit_input(k, 2, width, len, kit_owner(k, 0), value_x), width);
	int y = kit_input(k, 3, width, len, kit_owner(k, 1), value_y);
	int parts = kit_slot(k, DOM_B, split, len, 0), own = kit_slot(k, DOM_B, BITS, len, 0);
	int d = kit_slot(k, DOM_B, 2 * BITS, len, 0), low = kit_slot(k, DOM_B, 1, len, 0);
	int number = kit_slot(k, DOM_A, width, len, 0), times = kit_slot(k, DOM_A, width, len, 0);
	int out = kit_slot(k, DOM_O, width, len, 1);
	struct made *m = made_new();

	round_if_held(k);
	kit_op(k, OP_SPLIT_B, parts, x, KIT_NONE, KIT_NONE, BITS, 0, 0);
	kit_op(k, OP_SHARE_B, own, y, KIT_NONE, KIT_NONE, 1, 0, 0);
	round_if_held(k);
	kit_op(k, OP_CIRC_B, d, parts, own, KIT_NONE,
	    kit_circuit(k, gates(m, split, BITS, true, 2 * BITS)), 0, 0);
	kit_op(k, OP_CIRC_B, low, own, KIT_NONE, KIT_NONE,
	    kit_circuit(k, gates(m, BITS, 0, false, 1)), 0, 0);
	KIT_ROUND(k);
	kit_op(k, OP_NUM_A, number, d, KIT_NONE, KIT_NONE, 1, 0, 0);
	KIT_OP(k, MULB_A, times, low, x);
	kit_op(k, OP_OPEN_B, out, d, KIT_NONE, KIT_NONE, 1, 1, 0);
	KIT_ROUND(k);
	round_if_held(k);
	(void)reveal(k, number);
	(void)reveal(k, times);
	KIT_ROUND(k);
	mem_free(m);
}

/* Records sorted by some of their bits, and shuffled, in columns and as one. */
static void
orders(struct kit *k, uint64_t len)
{
	enum { BITS = 70, KEY = 67, DIGIT = 2 };
	int x = kit_input(k, 2, 64, 2 * len, kit_owner(k, 1), value_x);
	int own = kit_slot(k, DOM_B, BITS, len, 0), d = kit_slot(k, DOM_B, BITS, len, 0);
	int e = kit_slot(k, DOM_B, BITS, len, 0), out = kit_slot(k, DOM_O, 64, 2 * len, 1);

	kit_op(k, OP_SHARE_B, own, x, KIT_NONE, KIT_NONE, 2, 0, 0);
	KIT_ROUND(k);
	kit_op(k, OP_SORT_B, d, own, KIT_NONE, KIT_NONE, (int64_t)len / 5, KEY, DIGIT);
	for (unsigned r = code_sort_rounds(BITS - KEY, DIGIT); r > 0; r--)
		KIT_ROUND(k);
	kit_op(k, OP_SHUF_B, e, d, KIT_NONE, KIT_NONE, (int64_t)len, 0, 0);
	for (unsigned r = 0; r < 3; r++)
		KIT_ROUND(k);
	kit_op(k, OP_OPEN_B, out, e, KIT_NONE, KIT_NONE, 2, 0, 0);
	KIT_ROUND(k);
}

/* Labels from inputs of both, from numbers and from bits; ANDs, XORs and NOTs; colours. */
static void
labels(struct kit *k, uint64_t len)
{
	enum { BITS = 5 };
	const uint64_t rows[] = { len / 3, len - len / 3 };
	int x = kit_input(k, 4, 64, len, kit_rows(k, rows, false), value_x);
	int own = kit_slot(k, DOM_Y, BITS, len, 0), one = kit_number(k, 64, 13);
	int a = share(k, x, 64), b = kit_slot(k, DOM_B, BITS, len, 0);
	int parts = kit_slot(k, DOM_Y, 2 * BITS, len, 0), public = kit_slot(k, DOM_Y, BITS, 1, 0);
	int again = kit_slot(k, DOM_Y, BITS, len, 0), d = kit_slot(k, DOM_Y, 2 * BITS, len, 0);
	int e = kit_slot(k, DOM_Y, 1, len, 0), low = kit_slot(k, DOM_B, 1, len, 0);
	int out = kit_slot(k, DOM_O, 64, len, 1);
	struct made *m = made_new();

	kit_op(k, OP_SHARE_Y, own, x, KIT_NONE, KIT_NONE, 1, 0, 0);
	kit_op(k, OP_SHARE_B, b, x, KIT_NONE, KIT_NONE, 1, 0, 0);
	kit_op(k, OP_SPLIT_Y, parts, a, KIT_NONE, KIT_NONE, BITS, 0, 0);
	kit_op(k, OP_LIFT_Y, public, one, KIT_NONE, KIT_NONE, 1, 0, 0);
	KIT_OP(k, B_TO_Y, again, b);
	KIT_ROUND(k);
	kit_op(k, OP_CIRC_Y, d, parts, own, KIT_NONE,
	    kit_circuit(k, gates(m, 2 * BITS, BITS, true, 2 * BITS)), 0, 0);
	kit_op(k, OP_CIRC_Y, e, again, public, KIT_NONE,
	    kit_circuit(k, gates(m, BITS, BITS, true, 1)), 0, 0);
	KIT_OP(k, Y_TO_B, low, e);
	kit_op(k, OP_OPEN_B, out, low, KIT_NONE, KIT_NONE, 1, 1, 0);
	KIT_ROUND(k);
	mem_free(m);
}

/* And all that is needed beforehand. */
static void
whole_protocol(const struct protocol *protocol, unsigned n, uint64_t len)
{
	struct kit_node t[N_NODE_MAX];
	struct kit k;

	kit_init(&k, n);
	k.c.held = protocol->target->held;
	if (protocol == &protocol_mixed) {
		labels(&k, len);
	} else {
		everything(&k, n, 64, len);
		everything(&k, n, 128, len);
		bits(&k, 64, len);
		bits(&k, 128, len);
	}
	if (protocol == &protocol_replicated)
		orders(&k, len);
	watch();
	VALGRIND_MAKE_MEM_UNDEFINED(value_x, sizeof value_x);
	VALGRIND_MAKE_MEM_UNDEFINED(value_y, sizeof value_y);
	kit_run(t, &k, protocol);
	kit_ok(t, n);
	for (unsigned i = 0; i < n; i++)
		kit_node_fini(&t[i]);
	kit_fini(&k);
	assert_quiet();
}

static void
the_protocol_is_constant_time(void **state)
{
	(void)state;
	draw(40, 5);
	whole_protocol(&protocol_additive, 2, 65);
	whole_protocol(&protocol_additive, 3, 5);
	whole_protocol(&protocol_replicated, 3, 65);
	whole_protocol(&protocol_replicated, 3, 5);
	whole_protocol(&protocol_mixed, 2, 5);
	whole_protocol(&protocol_mixed, 2, 70);
}

/* A contribution made of a table, stored by its holders, taken for numbers and strings of bits. */
static void
contributions_are_constant_time(void **state)
{
	enum { ROWS = 67, PARTS = 3, CORRECTION = 1 };
	struct type level = { .kind = TYPE_CATEGORY, .optional = true, .n_levels = 3, .hi = 2 };
	struct input input[] = {
		{ .party = "h", .shape = INPUT_ROWS, .type = { .kind = TYPE_INT, .hi = 900 } },
		{ .party = "h", .shape = INPUT_ROWS, .type = level },
		{ .party = "h", .shape = INPUT_ROWS, .type = { .kind = TYPE_BITS, .bits = 70 } },
	};
	uint8_t key[PARTS][CONTRIBUTION_KEY_BYTES];
	static uint64_t out[4 * ROWS], planes[70 * 2];
	struct stored s = { .part = { { .stream = true }, { .stream = false } } };
	struct prg prg[PARTS];
	struct table_set *t;
	uint8_t *vector;

	(void)state;
	assert_int_equal(table_synthetic(&t, input, 3, "h", ROWS, 5), ST_OK);
	assert_int_equal(contribution_plan(&s.plan, input, 3, "h", ROWS), ST_OK);
	vector = mem_alloc(s.plan.bytes);
	watch();
	for (unsigned i = 0; i < 3; i++)
		VALGRIND_MAKE_MEM_UNDEFINED(t->value[i].at.v64, ROWS * 8 * (i == 2 ? 2 : 1));
	VALGRIND_MAKE_MEM_UNDEFINED(t->value[1].present, ROWS);
	random_bytes(key, sizeof key);
	for (unsigned k = 0; k < PARTS; k++)
		prg_init(&prg[k], key[k]);
	contribution_make(vector, &s.plan, t, prg, PARTS, CORRECTION, 0, s.plan.bytes);
	for (unsigned h = 0; h < 2; h++)
		stored_key(&s, h, key[h]);
	assert_int_equal(stored_append(&s, CORRECTION, vector, s.plan.bytes), ST_OK);
	stored_done(&s);
	for (unsigned h = 0; h < 2; h++) {
		for (uint32_t part = 0; part < 5; part++)
			stored_numbers(out, part % 2 == 0 ? 64 : 128, &s, h, 1, part, ROWS);
		stored_limbs(out, &s, h, 2, ROWS);
		stored_planes(planes, 70, out, 2, ROWS);
	}
	assert_quiet();
	stored_fini(&s);
	mem_free(vector);
	table_free(t);
}

static struct cot_sender sender;
static struct cot_receiver receiver;
static struct cot_scratch scratch;
static block key[N_BASE_OT][2], one[N_BASE_OT], pad[COT_BATCH], pad0[COT_BATCH], pad1[COT_BATCH];
static uint8_t msg[COT_MSG_MAX];

/* Trees, extension and pads from secret base OTs, on either kind of kernels. */
static void
extend(unsigned k, bool portable)
{
	uint8_t choice[COT_BATCH / 8];
	block delta, s;

	random_bytes(key, sizeof key);
	random_bytes(&delta, sizeof delta);
	random_bytes(choice, sizeof choice);
	randombytes_buf(&s, sizeof s);
	for (size_t j = 0; j < N_BASE_OT; j++)
		one[j] = block_select(delta.w[j / 64] >> j % 64 & 1, key[j][0], key[j][1]);
	scratch.portable = portable;
	watch();
	cot_create_setup(&receiver, k, msg, (const block (*)[2])key, s);
	VALGRIND_MAKE_MEM_DEFINED(msg, sizeof msg);
	cot_consume_setup(&sender, k, msg, one, delta, s);
	cot_create_pads(&receiver, &scratch, msg, pad, choice, 1000);
	VALGRIND_MAKE_MEM_DEFINED(msg, sizeof msg);
	cot_consume_pads(&sender, &scratch, pad0, pad1, msg, 1000);
	assert_quiet();
	/* And it computed what it should. */
	VALGRIND_MAKE_MEM_DEFINED(choice, sizeof choice);
	VALGRIND_MAKE_MEM_DEFINED(pad, sizeof pad);
	VALGRIND_MAKE_MEM_DEFINED(pad0, sizeof pad0);
	VALGRIND_MAKE_MEM_DEFINED(pad1, sizeof pad1);
	for (size_t j = 0; j < 1000; j++)
		assert_memory_equal(&pad[j], choice[j / 8] >> j % 8 & 1 ? &pad1[j] : &pad0[j], 16);
}

/* Chosen transfers, with secret choices, indices and messages, after extend(). */
static void
transfer(void)
{
	enum { BITS = 4, COUNT = 70, LEN = 5 };
	static struct ot_work work;
	static uint8_t m[COUNT * LEN << BITS], answer[COUNT * 2 * 16 + sizeof m], out[COUNT * LEN];
	static block m0[COUNT], m1[COUNT];
	uint8_t index[COUNT], wanted[COUNT];

	watch();
	random_bytes(m0, sizeof m0);
	random_bytes(m1, sizeof m1);
	random_bytes(m, sizeof m);
	random_bytes(index, sizeof index);
	for (size_t j = 0; j < COUNT; j++)
		wanted[j] = index[j] & 15;
	ot_create_choice(&receiver, &work, msg, pad, index, COUNT);
	ot_create_answer(&sender, &work, answer, msg, m0, m1, COUNT);
	ot_consume_answer(pad, pad, index, answer, COUNT);
	otn_create_choice(&receiver, &work, msg, pad, wanted, BITS, COUNT);
	otn_create_answer(&sender, &work, answer, msg, m, BITS, LEN, COUNT);
	otn_consume_answer(out, pad, wanted, answer, BITS, LEN, COUNT);
	rot_create_pads(&receiver, &scratch, msg, pad, index, COUNT);
	rot_consume_pads(&sender, &scratch, pad0, pad1, msg, COUNT);
	assert_quiet();
}

static void
ot_extension_is_constant_time(void **state)
{
	(void)state;
	for (unsigned k = 2; k <= 8; k *= 2) {
		extend(k, false);
		extend(k, true);
		transfer();
	}
}

static void
portable_aes_is_constant_time(void **state)
{
	static block in[64], out[64];
	struct aes_key k;
	block secret;

	(void)state;
	watch();
	random_bytes(&secret, sizeof secret);
	random_bytes(in, sizeof in);
	aes_ref()->expand(&k, secret);
	aes_ref()->ecb(out, in, &k, 64);
	aes_ref()->ctr(out, &k, 1, 2, 63);
	aes_ref()->ctr_keys(out, in, 4, 1, 16);
	aes_ref()->hash2(out, in, in, secret, secret, 7, 64);
	aes_ref()->garble(out, in, in, in, secret, secret, 9, 31);
	aes_ref()->evaluate(out, in, in, in, secret, 9, 31);
	bitmatrix_ref(out, (const uint8_t *)in, 8, 64);
	bitplane_turn_ref((uint64_t *)out, (const uint64_t *)in, 2);
	assert_quiet();
	VALGRIND_MAKE_MEM_DEFINED(out, sizeof out);
}

static bool
on_path(const char *name)
{
	const char *at = getenv("PATH");
	char path[4096];

	while (at != NULL && *at != '\0') {
		size_t len = strcspn(at, ":");

		(void)snprintf(path, sizeof path, "%.*s/%s", (int)len, at, name);
		if (access(path, X_OK) == 0)
			return true;
		at += len + (at[len] == ':');
	}
	return false;
}

/* Comes back only if there is no valgrind to run under. */
static void
go_under_valgrind(char **argv)
{
	char file[] = "/tmp/konsil-exceptions-XXXXXX", option[64];
	int fd;

	if (RUNNING_ON_VALGRIND || SANITIZED || !READABLE || argv[1] != NULL || !on_path("valgrind"))
		return;
	fd = mkstemp(file);
	if (fd < 0 || write(fd, exceptions, sizeof exceptions - 1) < 0)
		return;
	(void)close(fd);
	(void)snprintf(option, sizeof option, "--suppressions=%s", file);
	(void)execlp("valgrind", "valgrind", "-q", option, argv[0], file, (char *)NULL);
	(void)unlink(file);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_branch_is_seen),
		cmocka_unit_test(portable_aes_is_constant_time),
		cmocka_unit_test(ot_extension_is_constant_time),
		cmocka_unit_test(the_protocol_is_constant_time),
		cmocka_unit_test(contributions_are_constant_time),
	};

	go_under_valgrind(argv);
	if (argc == 2)
		(void)unlink(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
