/* test_contribution.c: what parties contribute adds up to their tables; what a node receives says
 * nothing by itself; row counts and heads travel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../runtime/base/mem.h"
#include "../../runtime/base/plain.h"
#include "../../runtime/base/random.h"
#include "../../runtime/stored.h"

static const char source[] =
    "party h[]\n"
    "input a : int in -5..900 [] from h\n"
    "input b : int? in -100000000000000000000..100000000000000000000 [] from h\n"
    "input c : oneof(\"x\", \"y\", \"z\")? [] from h\n"
    "input d : bits<70> [] from h\n"
    "input e : fixed in -4..4 [2] from h\n"
    "input f : bits<3> from h\n"
    "output n = len(a) to all\n";

enum { N_PARTIES = 5 };

struct world {
	struct study study;
	struct table_set *table[N_PARTIES];
	unsigned nodes, held, parts;
};

static void
world_init(struct world *w, const char *protocol, uint32_t n_nodes, const uint64_t rows[N_PARTIES])
{
	const struct study_options o = { .path = "t.ksl", .source = source, .protocol = protocol };
	const uint32_t members[] = { N_PARTIES };
	struct fault f = { 0 };
	uint32_t n;
	const struct input *input;

	memset(w, 0, sizeof *w);
	assert_int_equal(study_load(&w->study, &o, &f), ST_OK);
	w->study.roles.node = mem_array(n_nodes, sizeof *w->study.roles.node);
	w->study.roles.n_nodes = n_nodes;
	if (study_members(&w->study, members, &f) != ST_OK)
		fail_msg("%s", f.message);
	if (w->study.roles.node == NULL) {
		w->study.roles.node = mem_array(n_nodes, sizeof *w->study.roles.node);
		w->study.roles.n_nodes = n_nodes;
	}
	for (uint32_t i = 0; i < n_nodes; i++)
		w->study.roles.node[i] = i;
	input = program_inputs(w->study.program, &n);
	for (unsigned i = 0; i < N_PARTIES; i++) {
		w->study.party[i].rows = rows[i];
		assert_int_equal(table_synthetic(&w->table[i], input, n, "h", rows[i], i), ST_OK);
	}
	w->nodes = n_nodes;
	w->held = w->study.protocol->target->held;
	w->parts = contribution_parts(w->held, n_nodes);
}

static void
world_fini(struct world *w)
{
	for (unsigned i = 0; i < N_PARTIES; i++)
		table_free(w->table[i]);
	study_fini(&w->study);
}

/* What node `node` stores of a party, the correction in pieces of different lengths. */
static void
store(struct stored *s, const struct world *w, uint32_t party, unsigned node,
    const struct contribution_keys *k)
{
	const struct guest_head head = { .purpose = GUEST_CONTRIBUTE,
		.rows = w->study.party[party].rows };
	const unsigned correction = contribution_correction(w->parts, party);
	uint64_t sent = GUEST_HEAD_BYTES;
	uint8_t piece[1024];

	assert_int_equal(stored_init(s, &w->study, party, &head, node), ST_OK);
	for (unsigned h = 0; h < w->held; h++) {
		const unsigned part = contribution_held(w->held, w->nodes, node, h);
		stored_key(s, h, k->key[part]);
		sent += CONTRIBUTION_KEY_BYTES;
		assert_int_equal(s->part[h].stream, part != correction);
		for (uint64_t at = 0, n; part == correction && at < s->plan.bytes; at += n) {
			n = 16 * (1 + at / 16 % 64);
			n = n < s->plan.bytes - at ? n : s->plan.bytes - at;
			contribution_make(piece, &s->plan, w->table[party], k->prg, w->parts,
			    correction, at, n);
			assert_int_equal(stored_append(s, h, piece, n), ST_OK);
			sent += n;
		}
	}
	stored_done(s);
	assert_int_equal(sent, contribution_bytes(&s->plan, w->held, w->nodes, node, party));
}

/* The sum over parts of an item, from those who hold them; both holders have the same. */
static void
compare_numbers(const struct world *w, struct stored *s, uint32_t party, uint32_t input,
    uint32_t part, unsigned width, uint64_t n)
{
	u128 sum[200] = { 0 }, one[200], want[200];

	assert_true(n <= 200);
	for (unsigned node = 0; node < w->nodes; node++) {
		stored_numbers(one, width, &s[node], 0, input, part, n);
		for (uint64_t i = 0; i < n; i++)
			sum[i] += (u128)plain_load(one, i, width);
		if (w->held == 1)
			continue;
		stored_numbers(one, width, &s[(node + w->nodes - 1) % w->nodes], 1, input, part, n);
		stored_numbers(want, width, &s[node], 0, input, part, n);
		assert_memory_equal(one, want, n * (width / 8));
	}
	table_part(want, width, w->table[party], input, part, 0, n);
	for (uint64_t i = 0; i < n; i++) {
		i128 got = width == 64 ? (int64_t)(uint64_t)sum[i] : (i128)sum[i];
		assert_true(got == plain_load(want, i, width));
	}
}

static void
compare_bits(const struct world *w, struct stored *s, uint32_t party, uint32_t input,
    uint32_t limbs, uint64_t n)
{
	uint64_t sum[400] = { 0 }, one[400], want[400];

	assert_true(n * limbs <= 400);
	for (unsigned node = 0; node < w->nodes; node++) {
		stored_limbs(one, &s[node], 0, input, n);
		for (uint64_t i = 0; i < n * limbs; i++)
			sum[i] ^= one[i];
	}
	table_part(want, 64, w->table[party], input, 0, 0, n * limbs);
	assert_memory_equal(sum, want, n * limbs * sizeof *want);
}

static void
add_up(const char *protocol, uint32_t n_nodes)
{
	static const uint64_t rows[N_PARTIES] = { 0, 1, 63, 64, 130 };
	struct world w;
	struct contribution_keys *k;

	world_init(&w, protocol, n_nodes, rows);
	for (uint32_t party = 0; party < N_PARTIES; party++) {
		struct stored s[N_NODES_MAX];
		const uint64_t n = rows[party];

		k = contribution_keys_new();
		assert_non_null(k);
		for (unsigned node = 0; node < n_nodes; node++)
			store(&s[node], &w, party, node, k);
		compare_numbers(&w, s, party, 0, 0, 64, n);
		compare_numbers(&w, s, party, 0, 0, 128, n);
		compare_numbers(&w, s, party, 1, 0, 128, n);
		compare_numbers(&w, s, party, 1, 1, 64, n);
		for (uint32_t part = 0; part < 5; part++)
			compare_numbers(&w, s, party, 2, part, part % 2 == 0 ? 64 : 128, n);
		compare_bits(&w, s, party, 3, 2, n);
		compare_numbers(&w, s, party, 4, 0, 64, 2);
		compare_bits(&w, s, party, 5, 1, 1);
		/* Both holders of a part have the same hash of it, and no two parts one. */
		for (unsigned node = 0; node < n_nodes && w.held == 2; node++) {
			const struct stored *next = &s[(node + 1) % n_nodes];
			assert_memory_equal(s[node].part[1].hash, next->part[0].hash, 16);
			assert_memory_not_equal(s[node].part[0].hash, next->part[0].hash, 16);
		}
		for (unsigned node = 0; node < n_nodes; node++)
			stored_fini(&s[node]);
		mem_secret_free(k);
	}
	world_fini(&w);
}

static void
additive(void **state)
{
	(void)state;
	add_up("additive", 2);
	add_up("additive", 3);
	add_up("additive", 4);
}

static void
replicated(void **state)
{
	(void)state;
	add_up("replicated", 3);
}

/* n bits to planes, against looking at each. */
static void
planes(void **state)
{
	enum { N = 70, W = 70 };
	uint64_t a[N][2], plane[W * 2];
	(void)state;

	random_bytes(a, sizeof a);
	memset(plane, 0, sizeof plane);
	stored_planes(plane, W, &a[0][0], 2, N);
	for (unsigned i = 0; i < N; i++)
		for (unsigned j = 0; j < W; j++)
			assert_int_equal(plane[j * 2 + i / 64] >> i % 64 & 1,
			    a[i][j / 64] >> j % 64 & 1);
}

static void
wire(void **state)
{
	static const uint64_t counts[] = { 0, 1, 127, 128, 16383, 16384, (UINT64_C(1) << 40) - 1 };
	enum { N = sizeof counts / sizeof counts[0] };
	struct party in[N] = { { 0 } }, out[N] = { { 0 } };
	static uint8_t msg[GUEST_ROWS_BYTES_MAX];
	struct guest_head h = { .purpose = GUEST_COLLECT, .rows = 77, .header = { 1 }, .id = { 2 } };
	struct guest_head g;
	uint8_t head[GUEST_HEAD_BYTES];
	size_t len;
	(void)state;

	for (unsigned i = 0; i < N; i++)
		in[i].rows = counts[i];
	len = guest_rows_create(msg, in, N);
	assert_int_equal(guest_rows_consume(out, N, msg, len), ST_OK);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(out[i].rows, counts[i]);
	assert_int_equal(guest_rows_consume(out, N, msg, len - 1), ST_ABORT);
	assert_int_equal(guest_rows_consume(out, N - 1, msg, len), ST_ABORT);
	memset(msg, 255, 8);
	assert_int_equal(guest_rows_consume(out, 1, msg, 8), ST_ABORT);
	guest_head_create(head, &h);
	assert_int_equal(guest_head_consume(&g, head), ST_OK);
	assert_int_equal(g.rows, 77);
	assert_memory_equal(g.id, h.id, sizeof g.id);
	head[0] = 3;
	assert_int_equal(guest_head_consume(&g, head), ST_ABORT);
	head[0] = 1;
	head[8] = 1;                    /* 2^56 rows */
	assert_int_equal(guest_head_consume(&g, head), ST_ABORT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(additive), cmocka_unit_test(replicated), cmocka_unit_test(planes),
		cmocka_unit_test(wire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
