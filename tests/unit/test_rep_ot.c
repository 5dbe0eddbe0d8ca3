/* test_rep_ot.c: three-party oblivious transfer among three states without channels: who holds what
 * afterwards, exact lengths, and that single messages look random. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../protocols/rep_ot.h"
#include "../../runtime/base/random.h"

enum { LINK_MAX = 2 * REP_TURN * 16 };

/* Three nodes, their links, and what they hold: d[node][part]. */
struct trio {
	struct proto node[REP_NODES];
	uint8_t link[REP_NODES][REP_NODES][LINK_MAX];
	union {
		ashare64 s64[REP_TURN];
		ashare128 s128[REP_TURN];
	} m[2], d[REP_NODES][2];
	uint64_t choice[REP_TURN / 64];
};

static void
trio_init(struct trio *t)
{
	uint8_t key[16];

	memset(t, 0, sizeof *t);
	for (unsigned i = 0; i < REP_NODES; i++) {
		t->node[i].me = i;
		for (unsigned use = 0; use < N_REP_USE; use++) {
			random_bytes(key, sizeof key);
			prg_init(&t->node[i].with[0][use], key);
			prg_init(&t->node[rep_prev(i)].with[1][use], key);
		}
	}
	random_bytes(t->m, sizeof t->m);
	random_bytes(t->choice, sizeof t->choice);
}

static void
begin(struct trio *t, const struct rep_ot *o, unsigned width, unsigned i, struct parcel *out)
{
	const bool sends = i == o->sender;
	const uint64_t *choice = sends ? NULL : t->choice;

	if (width == 64) {
		ashare64 *const d[2] = { t->d[i][0].s64, t->d[i][1].s64 };
		rep_ot64_begin(&t->node[i], o, d, sends ? t->m[0].s64 : NULL,
		    sends ? t->m[1].s64 : NULL, choice, out);
	} else {
		ashare128 *const d[2] = { t->d[i][0].s128, t->d[i][1].s128 };
		rep_ot128_begin(&t->node[i], o, d, sends ? t->m[0].s128 : NULL,
		    sends ? t->m[1].s128 : NULL, choice, out);
	}
}

static void
end(struct trio *t, const struct rep_ot *o, unsigned width, unsigned i, struct parcel *in)
{
	const uint64_t *choice = i == o->sender ? NULL : t->choice;

	if (width == 64) {
		ashare64 *const d[2] = { t->d[i][0].s64, t->d[i][1].s64 };
		rep_ot64_end(&t->node[i], o, d, choice, in);
	} else {
		ashare128 *const d[2] = { t->d[i][0].s128, t->d[i][1].s128 };
		rep_ot128_end(&t->node[i], o, d, choice, in);
	}
}

/* Runs it; every message is as long as rep_ot_bytes says. */
static void
run(struct trio *t, const struct rep_ot *o, unsigned width)
{
	struct parcel p;

	for (unsigned i = 0; i < REP_NODES; i++) {
		for (unsigned j = 0; j < REP_NODES; j++)
			p.at[j] = t->link[i][j];
		begin(t, o, width, i, &p);
		for (unsigned j = 0; j < REP_NODES; j++)
			assert_int_equal(p.at[j] - t->link[i][j],
			    o->n * rep_ot_bytes(o->sender, o->bytes, i, j));
	}
	for (unsigned i = 0; i < REP_NODES; i++) {
		for (unsigned j = 0; j < REP_NODES; j++)
			p.at[j] = t->link[j][i];
		end(t, o, width, i, &p);
		for (unsigned j = 0; j < REP_NODES; j++)
			assert_int_equal(p.at[j] - t->link[j][i],
			    o->n * rep_ot_bytes(o->sender, o->bytes, j, i));
	}
}

static u128
value(const struct trio *t, unsigned width, unsigned node, unsigned part, size_t i)
{
	return width == 64 ? t->d[node][part].s64[i].v : t->d[node][part].s128[i].v;
}

static void
expect(const struct trio *t, const struct rep_ot *o, unsigned width)
{
	const u128 mask = ~(u128)0 >> (128 - 8 * o->bytes);

	for (size_t i = 0; i < o->n; i++) {
		const unsigned c = t->choice[i / 64] >> i % 64 & 1;
		const u128 want = width == 64 ? t->m[c].s64[i].v : t->m[c].s128[i].v;
		u128 sum = 0;
		for (unsigned k = 0; k < REP_NODES; k++) {
			sum += value(t, width, k, 0, i);
			assert_true(value(t, width, k, 1, i) == value(t, width, rep_next(k), 0, i));
		}
		assert_true(((sum ^ want) & mask) == 0);
	}
}

static void
test_all(void **state)
{
	static const size_t length[] = { 0, 1, 63, 64, 65, REP_TURN };
	static struct trio t;

	(void)state;
	for (unsigned width = 64; width <= 128; width += 64)
		for (unsigned bytes = 1; bytes <= width / 8; bytes++)
			for (size_t l = 0; l < sizeof length / sizeof *length; l++)
				for (unsigned s = 0; s < REP_NODES; s++) {
					const struct rep_ot o = { .sender = s, .bytes = bytes, .n = length[l],
						.stream = rep_stream(7, 0, 1), .first = l * REP_TURN };
					trio_init(&t);
					run(&t, &o, width);
					expect(&t, &o, width);
				}
}

/* The ends of the range, all choices alike. */
static void
test_extremes(void **state)
{
	static const uint64_t value[] = { 0, 1, UINT64_MAX, (uint64_t)1 << 63 };
	static struct trio t;

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		for (unsigned c = 0; c < 2; c++) {
			const struct rep_ot o = { .sender = i % 3, .bytes = 8, .n = 100,
				.stream = rep_stream(i, 0, 0), .first = 64 };
			trio_init(&t);
			for (size_t k = 0; k < o.n; k++) {
				t.m[0].s64[k].v = value[i];
				t.m[1].s64[k].v = value[3 - i];
			}
			memset(t.choice, c == 0 ? 0 : 0xff, sizeof t.choice);
			run(&t, &o, 64);
			expect(&t, &o, 64);
		}
}

/* How often each value of a byte occurs is as of random bytes: 255 degrees of freedom, mean 255,
 * deviation 23. */
static void
expect_random(const uint64_t count[256])
{
	double expect = 0, chi = 0;

	for (unsigned v = 0; v < 256; v++)
		expect += (double)count[v] / 256;
	for (unsigned v = 0; v < 256; v++)
		chi += ((double)count[v] - expect) * ((double)count[v] - expect) / expect;
	assert_true(chi > 255 - 8 * 23 && chi < 255 + 8 * 23);
}

static void
count_bytes(uint64_t count[256], const uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		count[at[i]]++;
}

/* Constant numbers: every link, every part that a node holds, and the message that a receiver did
 * not choose, after what it knows is taken off, still look random. */
static void
test_views(void **state)
{
	enum { TURNS = 64 };
	static uint64_t link[REP_NODES][REP_NODES][256], part[REP_NODES][256], other[256];
	static struct trio t;

	(void)state;
	trio_init(&t);
	memset(t.m, 0, sizeof t.m);
	memset(t.choice, 0, sizeof t.choice);
	for (unsigned turn = 0; turn < TURNS; turn++) {
		const struct rep_ot o = { .sender = 1, .bytes = 8, .n = REP_TURN,
			.stream = rep_stream(3, 0, 2), .first = turn * REP_TURN };
		run(&t, &o, 64);
		expect(&t, &o, 64);
		for (unsigned i = 0; i < REP_NODES; i++) {
			count_bytes(part[i], (const uint8_t *)t.d[i][0].s64, sizeof t.d[i][0].s64);
			for (unsigned j = 0; j < REP_NODES; j++)
				count_bytes(link[i][j], t.link[i][j],
				    REP_TURN * rep_ot_bytes(1, 8, i, j));
		}
		for (size_t i = 0; i < REP_TURN; i++) {
			uint64_t pair[2], pad;
			memcpy(&pair[0], t.link[1][2] + 8 * i, 8);
			memcpy(&pair[1], t.link[1][2] + 8 * (REP_TURN + i), 8);
			memcpy(&pad, t.link[0][2] + 8 * i, 8);
			assert_true(pair[0] - pad == t.d[2][1].s64[i].v);
			pair[1] -= pad;
			count_bytes(other, (const uint8_t *)&pair[1], 8);
		}
	}
	expect_random(other);
	for (unsigned i = 0; i < REP_NODES; i++) {
		expect_random(part[i]);
		for (unsigned j = 0; j < REP_NODES; j++)
			if (rep_ot_bytes(1, 8, i, j) > 0)
				expect_random(link[i][j]);
	}
}

/* Turns go round, and are counted as they are taken. */
static void
test_turns(void **state)
{
	static const uint64_t end[] = { 0, 1, 64, 511, 512, 513, 1024, 1536, 1600, 3000, 4608, 10000 };

	(void)state;
	for (size_t a = 0; a < sizeof end / sizeof *end; a++)
		for (size_t b = a; b < sizeof end / sizeof *end; b++) {
			uint64_t count[REP_NODES] = { 0 };
			for (uint64_t i = end[a]; i < end[b]; i++)
				count[rep_sender(i)]++;
			for (unsigned s = 0; s < REP_NODES; s++)
				assert_int_equal(rep_turns(s, end[a], end[b]), count[s]);
			for (uint64_t i = end[a]; i < end[b]; i += rep_turn(i, end[b]))
				assert_int_equal(rep_sender(i),
				    rep_sender(i + rep_turn(i, end[b]) - 1));
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
