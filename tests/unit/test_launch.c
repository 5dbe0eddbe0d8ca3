/* test_launch.c: a process for each party: what they give each other, what comes back, and which of
 * several failures is told. */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../runtime/base/mem.h"
#include "../../runtime/cmd_launch.h"

enum { N = 3 };

static const char *const names[N] = { "a", "b", "c" };
static char tmp[64];

static void
nap_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static int
entries(const char *dir)
{
	DIR *d = opendir(dir);
	int n = 0;

	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	if (d != NULL)
		closedir(d);
	return n;
}

typedef enum status body(void *, struct launch_child *, uint8_t **, size_t *, struct fault *);

static enum status
launch(struct launch_result *r, body *b, struct fault *f)
{
	struct launch l = { .n = N, .name = names, .body = b };
	enum status st;

	memset(f, 0, sizeof *f);
	st = launch_run(r, &l, f);
	assert_int_equal(entries(tmp), 0);      /* the private directory is gone */
	return st;
}

/* Everyone learns everyone's number; results are long, so that they come in many pieces. */
static enum status
talk(void *arg, struct launch_child *c, uint8_t **out, size_t *len, struct fault *f)
{
	uint32_t mine = 100 + c->me, all[N];
	char path[128];
	FILE *file;
	struct stat st;

	(void)arg;
	if (stat(c->dir, &st) != 0 || (st.st_mode & 0777) != 0700)
		return ST_INTERNAL;
	snprintf(path, sizeof path, "%s/%u", c->dir, c->me);
	file = fopen(path, "w");
	if (file == NULL || fclose(file) != 0)
		return ST_INTERNAL;
	if (launch_gather(c, all, &mine, sizeof mine, f) != ST_OK ||
	    launch_gather(c, all, &mine, sizeof mine, f) != ST_OK)
		return f->st;
	*len = (size_t)3000000 + c->me;
	*out = mem_alloc(*len);
	memset(*out, (int)(all[0] + all[1] + all[2] + c->me), *len);
	return ST_OK;
}

static void
test_talk(void **state)
{
	struct launch_result r;
	struct fault f;

	(void)state;
	assert_int_equal(launch(&r, talk, &f), ST_OK);
	for (unsigned i = 0; i < N; i++) {
		assert_int_equal(r.len[i], 3000000 + i);
		assert_int_equal(r.bytes[i][0], (uint8_t)(303 + i));
		assert_int_equal(r.bytes[i][r.len[i] - 1], (uint8_t)(303 + i));
	}
	launch_fini(&r);
}

/* b has a fault of its own, later than the others have lost it. */
static enum status
own_fault(void *arg, struct launch_child *c, uint8_t **out, size_t *len, struct fault *f)
{
	(void)arg;
	(void)out;
	(void)len;
	if (c->me != 1)
		return fault_set(f, ST_NET, "b is gone");
	nap_ms(200);
	fault_at(f, "b.csv", 7, 2);
	return fault_set(f, ST_DATA, "bad cell");
}

static void
test_first_cause(void **state)
{
	struct launch_result r;
	struct fault f;

	(void)state;
	assert_int_equal(launch(&r, own_fault, &f), ST_DATA);
	assert_string_equal(f.message, "bad cell");
	assert_string_equal(f.file, "b.csv");
	assert_int_equal(f.line, 7);
	launch_fini(&r);
}

/* c dies; a waits for ever, and b loses it. */
static enum status
dies(void *arg, struct launch_child *c, uint8_t **out, size_t *len, struct fault *f)
{
	uint32_t mine = 0, all[N];

	(void)arg;
	(void)out;
	(void)len;
	if (launch_gather(c, all, &mine, sizeof mine, f) != ST_OK)
		return f->st;
	if (c->me == 2)
		(void)raise(SIGKILL);
	if (c->me == 0)
		for (;;)
			nap_ms(1000);
	return fault_set(f, ST_NET, "c is gone");
}

static void
test_death(void **state)
{
	struct launch_result r;
	struct fault f;

	(void)state;
	assert_int_equal(launch(&r, dies, &f), ST_NET);
	assert_non_null(strstr(f.message, "process of c"));
	launch_fini(&r);
}

/* All give results but one: there are none. */
static enum status
partial(void *arg, struct launch_child *c, uint8_t **out, size_t *len, struct fault *f)
{
	if (c->me == 1)
		return fault_set(f, ST_ABORT, "deviation");
	return talk(arg, c, out, len, f) == ST_OK ? ST_OK : ST_NET;
}

static void
test_no_partial_result(void **state)
{
	struct launch_result r;
	struct fault f;

	(void)state;
	assert_int_equal(launch(&r, partial, &f), ST_ABORT);
	assert_int_equal(r.n, 0);
	assert_null(r.bytes);
	launch_fini(&r);
}

enum { N_EARLY = 40, N_LATE = 25, AT_ONCE = 4 };

static bool
touch(const char *dir, char kind, unsigned i)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof path, "%s/%c%u", dir, kind, i);
	file = fopen(path, "w");
	return file != NULL && fclose(file) == 0;
}

static unsigned
files_of(const char *dir, char kind)
{
	DIR *d = opendir(dir);
	unsigned n = 0;

	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
		n += e->d_name[0] == kind;
	if (d != NULL)
		closedir(d);
	return n;
}

/* Children that come and go: early ones, late ones when all nodes have seen those, never more than
 * AT_ONCE; nodes stay until all are gone.  Files say who began (e, l) and who is there (r). */
static enum status
waves(void *arg, struct launch_child *c, uint8_t **out, size_t *len, struct fault *f)
{
	const bool late = c->me >= N + N_EARLY;
	char path[128];

	*out = mem_alloc(*len = 1);
	(*out)[0] = (uint8_t)c->me;
	if (c->me < N) {
		while (files_of(c->dir, 'e') < N_EARLY)
			nap_ms(5);
		nap_ms(20 * (long)c->me);
		if (files_of(c->dir, 'l') > 0)
			return fault_set(f, ST_INTERNAL, "too early");
		if (arg == NULL || c->me != 1)
			launch_ready(c);
		while (arg == NULL && files_of(c->dir, 'l') < N_LATE)
			nap_ms(5);
		return ST_OK;
	}
	if (!touch(c->dir, late ? 'l' : 'e', c->me) || !touch(c->dir, 'r', c->me))
		return ST_INTERNAL;
	nap_ms(3);
	if (files_of(c->dir, 'r') > AT_ONCE)
		return fault_set(f, ST_INTERNAL, "too many at once");
	snprintf(path, sizeof path, "%s/r%u", c->dir, c->me);
	(void)unlink(path);
	return ST_OK;
}

static enum status
launch_waves(struct launch_result *r, body *b, void *arg, struct fault *f)
{
	static const char *name[N + N_EARLY + N_LATE];
	struct launch l = { .n = N, .n_early = N_EARLY, .n_late = N_LATE, .at_once = AT_ONCE,
		.name = name, .body = b, .arg = arg };
	enum status st;

	for (unsigned i = 0; i < N + N_EARLY + N_LATE; i++)
		name[i] = i < N ? names[i] : i < N + N_EARLY ? "early" : "late";
	memset(f, 0, sizeof *f);
	st = launch_run(r, &l, f);
	assert_int_equal(entries(tmp), 0);
	return st;
}

static void
test_waves(void **state)
{
	struct launch_result r;
	struct fault f;

	(void)state;
	if (launch_waves(&r, waves, NULL, &f) != ST_OK)
		fail_msg("%s", f.message);
	assert_int_equal(r.n, N + N_EARLY + N_LATE);
	for (unsigned i = 0; i < r.n; i++) {
		assert_int_equal(r.len[i], 1);
		assert_int_equal(r.bytes[i][0], i);
	}
	launch_fini(&r);
}

/* One node ends and never said that it is ready: so nobody receives, and there is no result. */
static void
test_never_ready(void **state)
{
	struct launch_result r;
	struct fault f;
	int unready = 1;

	(void)state;
	assert_int_equal(launch_waves(&r, waves, &unready, &f), ST_INTERNAL);
	assert_string_equal(f.message, "no result of late");
	launch_fini(&r);
}

/* A contributor fails: its cause is told, and the nodes that wait for it end. */
static enum status
early_fault(void *arg, struct launch_child *c, uint8_t **out, size_t *len, struct fault *f)
{
	(void)arg;
	(void)out;
	(void)len;
	if (c->me < N)
		for (;;)
			nap_ms(1000);
	return c->me == N + 7 ? fault_set(f, ST_DATA, "bad cell") : ST_OK;
}

static void
test_early_fault(void **state)
{
	struct launch_result r;
	struct fault f;

	(void)state;
	assert_int_equal(launch_waves(&r, early_fault, NULL, &f), ST_DATA);
	assert_string_equal(f.message, "bad cell");
	launch_fini(&r);
}

static int
setup(void **state)
{
	(void)state;
	strcpy(tmp, "/tmp/konsil-launch-XXXXXX");
	return mkdtemp(tmp) == NULL ? -1 : setenv("TMPDIR", tmp, 1);
}

static int
teardown(void **state)
{
	(void)state;
	return rmdir(tmp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_talk),
		cmocka_unit_test(test_first_cause),
		cmocka_unit_test(test_death),
		cmocka_unit_test(test_no_partial_result),
		cmocka_unit_test(test_waves),
		cmocka_unit_test(test_never_ready),
		cmocka_unit_test(test_early_fault),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
