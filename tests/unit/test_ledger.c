/* test_ledger.c: the file of a ledger (whatever is done to it is found), and what is refused
 * because of it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "../../runtime/base/mem.h"
#include "../../runtime/ledger_judge.h"

enum { TEXT_MAX = 1 << 16 };

static const uint8_t key[LEDGER_KEY] = { 1, 2, 3 };
static char folder[64], path[96];

/* Rows lo .. hi. */
static struct cohort
cohort_of(unsigned lo, unsigned hi)
{
	struct cohort c;
	struct fault f = { 0 };
	char name[] = "id", *names[] = { name };

	cohort_init(&c, key, NULL);
	assert_int_equal(cohort_table(&c, names, 1, hi - lo), ST_OK);
	for (unsigned i = lo; i < hi; i++) {
		char text[16];
		cohort_cell(&c, 0, text, (size_t)snprintf(text, sizeof text, "P%u", i));
		cohort_row(&c);
	}
	cohort_table_end(&c);
	assert_int_equal(cohort_finish(&c, &f), ST_OK);
	return c;
}

static struct ledger *
open_ledger(void)
{
	struct ledger *l;
	struct fault f = { 0 };

	if (ledger_open(&l, path, key, true, &f) != ST_OK)
		fail_msg("%s:%d: %s", f.file, f.line, f.message);
	return l;
}

/* A fresh and empty file. */
static void
begin(void)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fclose(f);
}

/* What a run spends towards east and west. */
struct spends {
	double epsilon[2], rho[2];
	enum ledger_noise noise;
};

static void
fill_run(struct ledger_run *run, const struct spends *s, uint64_t rows)
{
	static const char *const name[] = { "east", "west" };

	*run = (struct ledger_run){ .study = mem_strdup("ages \"2026\""), .rows = rows,
		.protocol = mem_strdup("additive"), .hash = { 0xab, 0xcd }, .noise = s->noise,
		.n_peers = 2, .peer = mem_array(2, sizeof *run->peer), .ended = -1 };
	for (unsigned i = 0; i < 2; i++)
		run->peer[i] = (struct ledger_peer){ mem_strdup(name[i]), { (uint8_t)i },
			s->epsilon[i], s->rho[i] };
}

static const struct spends nothing;

static void
add_run(const struct cohort *c, const struct spends *s)
{
	struct ledger *l = open_ledger();
	struct ledger_run run;
	struct fault f = { 0 };

	fill_run(&run, s, c == NULL ? 0 : c->n);
	assert_int_equal(ledger_add(l, &run, c, &f), ST_OK);
	assert_int_equal(run.number, l->n_runs + 1);
	ledger_run_fini(&run);
	ledger_close(l);
}

static void
add_rows(unsigned lo, unsigned hi)
{
	struct cohort c = cohort_of(lo, hi);

	add_run(&c, &nothing);
	cohort_fini(&c);
}

static size_t
get(char text[TEXT_MAX])
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, TEXT_MAX - 1, f);
	text[n] = '\0';
	fclose(f);
	return n;
}

static void
put(const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	fclose(f);
}

static struct fault
refused(const uint8_t with[LEDGER_KEY], enum status want)
{
	struct ledger *l;
	struct fault f = { 0 };
	enum status st = ledger_open(&l, path, with, true, &f);

	if (st != want)
		fail_msg("%d, not %d: %s", st, want, f.message);
	assert_null(l);
	return f;
}

static void
test_what_is_written(void **state)
{
	const struct spends s = { .epsilon = { 0.1, 1.0 / 3 }, .rho = { 0, 2 }, .noise = LEDGER_EXACT };
	struct cohort c = cohort_of(0, 300);
	struct fault f = { 0 };
	struct ledger *l;
	struct stat about;
	uint64_t *row;

	(void)state;
	begin();
	add_run(&c, &s);
	add_run(NULL, &nothing);
	add_rows(1, 300);
	add_run(&c, &nothing);
	l = open_ledger();
	assert_int_equal(ledger_end(l, 2, ST_NET, &f), ST_OK);
	ledger_close(l);
	l = open_ledger();
	assert_int_equal(l->n_runs, 4);
	assert_int_equal(l->n_cohorts, 2);
	assert_int_equal(l->run[0].cohort, 1);
	assert_int_equal(l->run[1].cohort, 0);
	assert_int_equal(l->run[2].cohort, 2);
	assert_int_equal(l->run[3].cohort, 1);
	assert_int_equal(l->run[0].ended, -1);
	assert_int_equal(l->run[1].ended, ST_NET);
	assert_string_equal(l->run[0].study, "ages \"2026\"");
	assert_string_equal(l->run[0].protocol, "additive");
	assert_int_equal(l->run[0].hash[1], 0xcd);
	assert_int_equal(l->run[0].rows, 300);
	assert_int_equal(l->run[0].noise, LEDGER_EXACT);
	assert_int_equal(l->run[0].n_peers, 2);
	assert_string_equal(l->run[0].peer[1].name, "west");
	assert_true(l->run[0].peer[0].epsilon == 0.1 && l->run[0].peer[1].epsilon == 1.0 / 3);
	assert_true(l->run[0].peer[0].rho == 0 && l->run[0].peer[1].rho == 2);
	assert_int_equal(l->cohort[0].rows, 300);
	assert_int_equal(ledger_rows(&row, l, 1, &f), ST_OK);
	assert_memory_equal(row, c.row, 300 * sizeof *row);
	mem_unmap(row, 301 * sizeof *row);
	ledger_close(l);
	cohort_fini(&c);
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0600);
}

static void
test_files(void **state)
{
	const uint8_t other[LEDGER_KEY] = { 9 };
	struct fault f;

	(void)state;
	(void)unlink(path);
	f = refused(key, ST_USAGE);
	assert_non_null(strstr(f.help, "touch"));
	begin();
	add_rows(0, 5);
	f = refused(other, ST_DATA);
	assert_non_null(strstr(f.message, "another key"));
	assert_int_equal(f.line, 1);
	assert_int_equal(chmod(path, 0640), 0);
	f = refused(key, ST_USAGE);
	assert_non_null(strstr(f.message, "0640"));
	assert_int_equal(chmod(path, 0600), 0);
	ledger_close(open_ledger());
}

/* A byte that changes, anywhere; a line that goes, comes twice, or changes places; half a line. */
static void
test_damage(void **state)
{
	static char text[TEXT_MAX], bad[TEXT_MAX];
	size_t n, line[16], n_lines = 0;

	(void)state;
	begin();
	for (unsigned i = 0; i < 3; i++)
		add_rows(20 * i, 20 * i + 10);
	n = get(text);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || text[i - 1] == '\n')
			line[n_lines++] = i;
	line[n_lines] = n;
	assert_int_equal(n_lines, 7);
	for (size_t i = 0; i < n; i += 1 + randombytes_uniform(20)) {
		memcpy(bad, text, n);
		bad[i] = (char)(bad[i] ^ (1 << randombytes_uniform(7)));
		put(bad, n);
		(void)refused(key, ST_DATA);
	}
	for (size_t k = 0; k + 1 < n_lines; k++) {
		size_t len = line[k + 1] - line[k];

		memcpy(bad, text, line[k]);
		memcpy(bad + line[k], text + line[k + 1], n - line[k + 1]);
		put(bad, n - len);
		assert_int_equal(refused(key, ST_DATA).line, (int)k + 1);
		memcpy(bad, text, line[k + 1]);
		memcpy(bad + line[k + 1], text + line[k], n - line[k]);
		put(bad, n + len);
		assert_int_equal(refused(key, ST_DATA).line, (int)k + 2);
		put(text, line[k + 1] - 1 - randombytes_uniform((uint32_t)len - 1));
		assert_non_null(strstr(refused(key, ST_DATA).message, "not whole"));
	}
	put(text, n);
	ledger_close(open_ledger());
	/* Whole lines that are missing at the end nobody can know of. */
	put(text, line[5]);
	struct ledger *l = open_ledger();
	assert_int_equal(l->n_runs, 2);
	ledger_close(l);
}

/* Many at once: each run has a number of its own, and the chain holds. */
static void
test_together(void **state)
{
	enum { N_CHILD = 6, EACH = 5 };
	struct ledger *l;

	(void)state;
	begin();
	ledger_close(open_ledger());
	fflush(NULL);
	for (unsigned i = 0; i < N_CHILD; i++) {
		if (fork() != 0)
			continue;
		for (unsigned k = 0; k < EACH; k++)
			add_rows(i * 100, i * 100 + 10);
		_exit(0);
	}
	for (unsigned i = 0; i < N_CHILD; i++) {
		int how;
		assert_true(wait(&how) > 0);
		assert_int_equal(how, 0);
	}
	l = open_ledger();
	assert_int_equal(l->n_runs, N_CHILD * EACH);
	assert_int_equal(l->n_cohorts, N_CHILD);
	ledger_close(l);
}

/* Whatever allocation fails, the file is as it was, or has the run. */
static void
test_no_memory(void **state)
{
	struct cohort c = cohort_of(0, 20), d = cohort_of(5, 30);
	uint64_t before = 1;
	bool added = false;

	(void)state;
	begin();
	add_run(&c, &nothing);
	for (uint64_t k = 1; !added; k++) {
		struct ledger_shared shared = { 0 };
		const struct ledger_rules rules = { .cohort = 3, .noise = true, .exact = true, .rho = 1,
			.epsilon = 1 };
		struct ledger_run run;
		struct fault f = { 0 };
		struct ledger *l;
		enum status st;

		fill_run(&run, &nothing, d.n);
		mem_fail_at(k);
		st = ledger_open(&l, path, key, true, &f);
		if (st == ST_OK)
			st = ledger_judge_rows(&shared, l, &d, &rules, &f);
		if (st == ST_OK)
			st = ledger_judge_noise(l, &shared, &run, &rules, &f);
		if (st == ST_OK)
			st = ledger_add(l, &run, &d, &f);
		mem_fail_at(0);
		assert_true(st == ST_OK || st == ST_INTERNAL);
		added = st == ST_OK;
		ledger_shared_fini(&shared);
		ledger_run_fini(&run);
		ledger_close(l);
		l = open_ledger();
		assert_int_equal(l->n_runs, before + added);
		ledger_close(l);
	}
	cohort_fini(&c);
	cohort_fini(&d);
}

/* Whether a run about rows lo .. hi may be; lo > hi: about data that are no rows. */
static enum status
judge(struct fault *f, unsigned lo, unsigned hi, const struct spends *s,
    const struct ledger_rules *rules)
{
	struct cohort c = cohort_of(lo, lo > hi ? lo : hi);
	const struct cohort *rows = lo > hi ? NULL : &c;
	struct ledger *l = open_ledger();
	struct ledger_shared shared = { 0 };
	struct ledger_run run;
	enum status st;

	*f = (struct fault){ 0 };
	fill_run(&run, s, c.n);
	st = ledger_judge_rows(&shared, l, rows, rules, f);
	if (st == ST_OK)
		st = ledger_judge_noise(l, &shared, &run, rules, f);
	ledger_shared_fini(&shared);
	ledger_run_fini(&run);
	ledger_close(l);
	cohort_fini(&c);
	return st;
}

static void
test_differences(void **state)
{
	const struct ledger_rules ten = { .cohort = 10 }, one = { .cohort = 1 };
	static const struct { unsigned lo, hi; bool refused; } with[] = {
		{ 0, 100, false },              /* the same */
		{ 1, 100, true }, { 0, 101, true }, { 1, 101, true }, { 0, 99, true },
		{ 9, 100, true }, { 0, 109, true }, { 4, 105, true },
		{ 10, 100, false }, { 0, 110, false }, { 5, 105, false },
		{ 200, 300, false },
		{ 200, 205, false },            /* that these are few is not for the ledger to say */
		{ 1, 0, false },                /* no rows of a table */
	};
	struct fault f;

	(void)state;
	begin();
	add_rows(0, 100);
	for (unsigned i = 0; i < sizeof with / sizeof with[0]; i++) {
		const enum status want = with[i].refused ? ST_POLICY : ST_OK;
		assert_int_equal(judge(&f, with[i].lo, with[i].hi, &nothing, &ten), want);
		assert_int_equal(judge(&f, with[i].lo, with[i].hi, &nothing, &one), ST_OK);
	}
	assert_int_equal(judge(&f, 9, 100, &nothing, &ten), ST_POLICY);
	assert_non_null(strstr(f.message, "run 1 of 20"));
	assert_non_null(strstr(f.message, "ages \"2026\", study hash abcd0000"));
	/* Any earlier run, not the last alone; a table without rows is one, too. */
	add_rows(200, 300);
	assert_int_equal(judge(&f, 9, 100, &nothing, &ten), ST_POLICY);
	assert_int_equal(judge(&f, 201, 300, &nothing, &ten), ST_POLICY);
	assert_non_null(strstr(f.message, "run 2"));
	add_rows(0, 0);
	assert_int_equal(judge(&f, 200, 205, &nothing, &ten), ST_POLICY);
	assert_int_equal(judge(&f, 0, 0, &nothing, &ten), ST_OK);
}

/* Rows that are equal count as often as they are there. */
static void
test_duplicates(void **state)
{
	const struct ledger_rules rules = { .cohort = 3 };
	char name[] = "id", *names[] = { name };

	(void)state;
	begin();
	for (unsigned k = 0; k < 4; k++) {
		struct ledger_shared shared = { 0 };
		struct fault f = { 0 };
		struct cohort c;
		struct ledger *l;

		cohort_init(&c, key, NULL);
		assert_int_equal(cohort_table(&c, names, 1, 9), ST_OK);
		for (unsigned i = 0; i < 5 + k; i++) {
			cohort_cell(&c, 0, "P", 1);
			cohort_row(&c);
		}
		cohort_table_end(&c);
		assert_int_equal(cohort_finish(&c, &f), ST_OK);
		l = open_ledger();
		assert_int_equal(ledger_judge_rows(&shared, l, &c, &rules, &f),
		    k == 0 || k == 3 ? ST_OK : ST_POLICY);
		ledger_shared_fini(&shared);
		ledger_close(l);
		if (k == 0)
			add_run(&c, &nothing);
		cohort_fini(&c);
	}
}

static void
test_other_columns(void **state)
{
	const struct ledger_rules ten = { .cohort = 10 }, one = { .cohort = 1 };
	struct cohort c = cohort_of(0, 50);
	struct fault f;

	(void)state;
	begin();
	c.by++;
	add_run(&c, &nothing);
	cohort_fini(&c);
	assert_int_equal(judge(&f, 0, 50, &nothing, &ten), ST_POLICY);
	assert_non_null(strstr(f.message, "cannot be compared"));
	assert_int_equal(judge(&f, 0, 50, &nothing, &one), ST_OK);
}

static void
test_runs(void **state)
{
	const struct ledger_rules three = { .cohort = 10, .runs = 3 };
	struct fault f;

	(void)state;
	begin();
	add_rows(0, 50);
	add_rows(0, 50);
	assert_int_equal(judge(&f, 0, 50, &nothing, &three), ST_OK);
	add_rows(0, 30);
	assert_int_equal(judge(&f, 0, 50, &nothing, &three), ST_POLICY);
	assert_non_null(strstr(f.message, "3 runs"));
	assert_int_equal(judge(&f, 29, 80, &nothing, &three), ST_POLICY);
	assert_int_equal(judge(&f, 30, 80, &nothing, &three), ST_OK);    /* shares rows with two */
	assert_int_equal(judge(&f, 50, 80, &nothing, &three), ST_OK);
	/* Data that are no rows count for all, and all for them. */
	assert_int_equal(judge(&f, 1, 0, &nothing, &three), ST_POLICY);
	add_run(NULL, &nothing);
	assert_int_equal(judge(&f, 30, 80, &nothing, &three), ST_POLICY);
	assert_int_equal(judge(&f, 50, 80, &nothing, &three), ST_OK);
}

static void
test_noise(void **state)
{
	const struct ledger_rules rules = { .cohort = 10, .noise = true, .epsilon = 1 };
	const struct ledger_rules lax = { .cohort = 10, .noise = true, .epsilon = 1, .exact = true };
	const struct spends tenth = { .epsilon = { 0.1, 0 } }, west = { .epsilon = { 0, 1 } };
	const struct spends exact = { .noise = LEDGER_EXACT }, unknown = { .noise = LEDGER_UNKNOWN };
	const struct spends rho = { .rho = { 0.5, 0 } };
	struct cohort c = cohort_of(0, 50), d = cohort_of(50, 99);
	struct fault f;

	(void)state;
	begin();
	for (unsigned i = 0; i < 9; i++)
		add_run(&c, &tenth);
	assert_int_equal(judge(&f, 0, 50, &tenth, &rules), ST_OK);       /* ten tenths */
	add_run(&c, &tenth);
	assert_int_equal(judge(&f, 0, 50, &tenth, &rules), ST_POLICY);
	assert_non_null(strstr(f.message, "towards east"));
	assert_int_equal(judge(&f, 50, 99, &tenth, &rules), ST_OK);      /* other rows */
	assert_int_equal(judge(&f, 0, 50, &west, &rules), ST_OK);        /* towards another */
	assert_int_equal(judge(&f, 0, 50, &nothing, &rules), ST_OK);
	assert_int_equal(judge(&f, 0, 50, &rho, &rules), ST_POLICY);     /* of which there is none */
	assert_int_equal(judge(&f, 0, 50, &exact, &rules), ST_POLICY);
	assert_int_equal(judge(&f, 0, 50, &unknown, &rules), ST_POLICY);
	assert_int_equal(judge(&f, 0, 50, &exact, &lax), ST_OK);
	assert_int_equal(judge(&f, 0, 50, &tenth, &lax), ST_POLICY);
	/* What went out exactly is past counting. */
	add_run(&d, &exact);
	assert_int_equal(judge(&f, 50, 99, &tenth, &rules), ST_POLICY);
	assert_non_null(strstr(f.message, "run 11"));
	assert_int_equal(judge(&f, 50, 99, &tenth, &lax), ST_OK);
	assert_int_equal(judge(&f, 0, 50, &nothing, &rules), ST_OK);
	cohort_fini(&c);
	cohort_fini(&d);
}

static void
test_rules_both(void **state)
{
	struct ledger_rules d = { 0 };
	const struct ledger_rules none = { 0 };
	const struct ledger_rules a = { .given = true, .cohort = 5, .runs = 9, .noise = true,
		.epsilon = 1, .exact = true, .key = "id" };
	const struct ledger_rules b = { .given = true, .cohort = 7, .noise = true, .rho = 2 };
	const struct ledger_rules c = { .given = true, .runs = 4, .exact = true, .key = "pid" };

	(void)state;
	ledger_rules_both(&d, &none);
	assert_false(d.given);
	ledger_rules_both(&d, &a);
	ledger_rules_both(&d, &none);
	assert_true(d.epsilon == 1 && d.exact);
	ledger_rules_both(&d, &b);
	assert_true(d.given && d.noise && d.epsilon == 0 && d.rho == 0 && !d.exact && !d.two_keys);
	assert_int_equal(d.cohort, 7);
	assert_int_equal(d.runs, 9);
	assert_string_equal(d.key, "id");
	ledger_rules_both(&d, &c);
	assert_int_equal(d.runs, 4);
	assert_true(d.two_keys);
}

static int
setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/konsil-ledger-XXXXXX");
	if (sodium_init() < 0 || mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof path, "%s/a.ledger", folder);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_written), cmocka_unit_test(test_files),
		cmocka_unit_test(test_damage), cmocka_unit_test(test_together),
		cmocka_unit_test(test_no_memory), cmocka_unit_test(test_differences),
		cmocka_unit_test(test_duplicates), cmocka_unit_test(test_other_columns),
		cmocka_unit_test(test_runs), cmocka_unit_test(test_noise),
		cmocka_unit_test(test_rules_both),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
