/* test_session.c: studies and sessions in one process: parties as threads, row counts that change
 * between compilation and session, and every allocation failing once. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../runtime/base/mem.h"
#include "../../runtime/session.h"
#include "../../runtime/vm.h"

enum { N = 3 };

static const char program[] =
    "party site[]\n"
    "input age : int in 0..120 [] from site\n"
    "output total = sum(age) to all\n"
    "output squares = sum(age * age) to site[0]\n";

struct site {
	struct study study;
	struct session session;
	struct table_set *table[N];
	struct result *result;
	enum status st;
	struct fault f;
	pthread_t thread;
};

static enum status
load(struct study *s, const char *source, const char *protocol, unsigned n, struct fault *f)
{
	const struct study_options o = { .path = "t.ksl", .source = source, .protocol = protocol };
	const uint32_t members[1] = { n };
	enum status st = study_load(s, &o, f);

	return st == ST_OK ? study_members(s, members, f) : st;
}

static enum status
draw(struct table_set **t, const struct study *s, unsigned i, uint64_t rows)
{
	uint32_t n;
	const struct input *in = program_inputs(s->program, &n);

	return table_synthetic(t, in, n, s->party[i].group, rows, i);
}

static i128
sum_of(const struct table_set *t, bool squared)
{
	i128 sum = 0;

	for (uint64_t k = 0; k < t->value[0].n; k++)
		sum += (i128)t->value[0].at.v64[k] * (squared ? t->value[0].at.v64[k] : 1);
	return sum;
}

static void *
site_main(void *arg)
{
	struct site *s = arg;

	s->st = session_agree(&s->session, &s->f);
	if (s->st == ST_OK)
		s->st = session_compute(&s->result, &s->session, &s->f);
	chan_free(s->session.ch);
	return NULL;
}

/* All sites; site i has rows[i] rows, and believes at first that all others have as many. */
static void
run(struct site site[N], const char *source, const uint64_t rows[N])
{
	struct chan *end[N];

	assert_int_equal(chan_mem_new(end, N), ST_OK);
	memset(site, 0, N * sizeof *site);
	for (unsigned i = 0; i < N; i++) {
		struct site *s = &site[i];

		assert_int_equal(load(&s->study, source, "additive", N, &s->f), ST_OK);
		assert_int_equal(draw(&s->table[i], &s->study, i, rows[i]), ST_OK);
		for (unsigned k = 0; k < N; k++)
			s->study.party[k].rows = rows[i];
		if (i != 1)
			assert_int_equal(study_compile(&s->study, NULL, NULL, &s->f), ST_OK);
		s->session = (struct session){ .study = &s->study, .ch = end[i], .me = (int)i,
			.table = s->table };
	}
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(pthread_create(&site[i].thread, NULL, site_main, &site[i]), 0);
	for (unsigned i = 0; i < N; i++)
		pthread_join(site[i].thread, NULL);
}

static void
fini(struct site site[N])
{
	for (unsigned i = 0; i < N; i++) {
		result_free(site[i].result);
		table_free(site[i].table[i]);
		study_fini(&site[i].study);
	}
}

static void
test_rows(void **state)
{
	static const uint64_t rows[2][N] = { { 5, 5, 5 }, { 7, 0, 1000 } };
	struct site site[N];

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		i128 total = 0, squares = 0;

		run(site, program, rows[k]);
		for (unsigned i = 0; i < N; i++) {
			total += sum_of(site[i].table[i], false);
			squares += sum_of(site[i].table[i], true);
		}
		for (unsigned i = 0; i < N; i++) {
			const struct result_part *part;

			if (site[i].st != ST_OK)
				fail_msg("%u: %s", i, site[i].f.message);
			part = site[i].result->part;
			assert_int_equal(part[0].state, RESULT_VALUE);
			assert_true(part[0].whole[0] == total);
			assert_int_equal(part[1].state, i == 0 ? RESULT_VALUE : RESULT_ELSEWHERE);
			assert_memory_equal(site[i].study.code_hash, site[0].study.code_hash, 32);
		}
		assert_true(site[0].result->part[1].whole[0] == squares);
		fini(site);
	}
}

/* What fails is the same at all: nobody is left waiting, nobody blames another. */
static void
test_all_fail_alike(void **state)
{
	static const uint64_t rows[N] = { 5, 6, 7 };
	struct site site[N];

	(void)state;
	run(site, "party site[]\ninput age : int in 0..120 [] from site\nassert len(age) != 18\n"
	    "output total = sum(age) to all\n", rows);
	for (unsigned i = 0; i < N; i++) {
		assert_int_equal(site[i].st, ST_COMPILE);
		assert_int_equal(site[i].f.line, 3);
		assert_null(site[i].result);
	}
	fini(site);
}

static void
test_refusals(void **state)
{
	struct study s;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(load(&s, program, "none", 3, &f), ST_USAGE);
	assert_non_null(strstr(f.help, "additive"));
	study_fini(&s);
	memset(&f, 0, sizeof f);
	assert_int_equal(load(&s, program, "additive", 17, &f), ST_USAGE);
	assert_non_null(strstr(f.message, "2 to 16"));
	study_fini(&s);
	memset(&f, 0, sizeof f);
	assert_int_equal(load(&s, "party p[2..3]\ninput x : int from p\noutput o = sum(x) to all\n",
	    "clear", 4, &f), ST_USAGE);
	assert_non_null(strstr(f.message, "2 to 3"));
	study_fini(&s);
}

/* Components differ in exactly what differs. */
static void
test_components(void **state)
{
	static const char *const key[N] = { "k0", "k1", "k2" };
	static const char *const other[N] = { "k0", "k1", "kx" };
	struct component a[N_COMPONENT_MAX], b[N_COMPONENT_MAX];
	struct study s;
	struct fault f = { 0 };
	size_t n, m, differ = 0;
	uint8_t ha[32], hb[32];

	(void)state;
	assert_int_equal(load(&s, program, NULL, N, &f), ST_OK);
	assert_int_equal(study_components(a, &n, &s, key, &f), ST_OK);
	assert_int_equal(study_components(b, &m, &s, other, &f), ST_OK);
	assert_int_equal(n, m);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(a[i].name, b[i].name);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(a[i].name, a[k].name);
		if (memcmp(a[i].hash, b[i].hash, 32) != 0) {
			assert_string_equal(a[i].name, "party site[2]");
			differ++;
		}
	}
	assert_int_equal(differ, 1);
	study_hash(ha, a, n);
	study_hash(hb, b, n);
	assert_memory_not_equal(ha, hb, 32);
	study_fini(&s);
}

/* The whole way in the clear; whatever was made is freed, also after a failure. */
static enum status
rehearse(struct fault *f)
{
	struct study s = { 0 };
	struct table_set *table[N] = { NULL };
	struct session session = { .study = &s, .me = VM_ALL, .table = table };
	struct result *result = NULL;
	enum status st = load(&s, program, "clear", N, f);

	for (unsigned i = 0; i < N && st == ST_OK; i++) {
		st = draw(&table[i], &s, i, 4);
		s.party[i].rows = 4;
	}
	if (st == ST_OK)
		st = study_compile(&s, NULL, NULL, f);
	if (st == ST_OK)
		st = session_compute(&result, &session, f);
	result_free(result);
	for (unsigned i = 0; i < N; i++)
		table_free(table[i]);
	study_fini(&s);
	return st;
}

static void
test_no_memory(void **state)
{
	struct fault f;
	enum status st = ST_INTERNAL;
	uint64_t n;

	(void)state;
	for (n = 1; st != ST_OK; n++) {
		memset(&f, 0, sizeof f);
		mem_fail_at(n);
		st = rehearse(&f);
		mem_fail_at(0);
		if (st != ST_OK)
			assert_int_equal(st, ST_INTERNAL);
		assert_true(n < 100000);
	}
	assert_true(n > 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows), cmocka_unit_test(test_all_fail_alike),
		cmocka_unit_test(test_refusals), cmocka_unit_test(test_components),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
