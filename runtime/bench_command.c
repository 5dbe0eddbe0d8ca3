/* bench_command.c: the executable from start to result, as a user waits for it.  See bench.h.
 *
 * Runs this very binary on files in a private directory. */
#define _GNU_SOURCE             /* environ */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/random.h"
#include "bench.h"
#include "bench_link.h"

enum { N_SITE_FILE = 3, COMMAND_ARG_MAX = 16, COMMAND_PATH = 128 };

static const char trivial[] =
    "party a\nparty b\ninput x : int in 0..1000 from a\ninput y : int in 0..1000 from b\n"
    "output o = x * y to all\n";

/* The study of examples/lung/, on tables that are drawn here. */
static const char lung[] =
    "study \"Lung cancer patients of three sites\"\nuse stats\nparty site[3]\n"
    "input age    : int in 0..120  [] from site\n"
    "input time   : int in 0..4000 [] from site\n"
    "input status : oneof(\"alive\"=\"1\", \"dead\"=\"2\") [] from site\n"
    "input sex    : oneof(\"male\"=\"1\", \"female\"=\"2\") [] from site\n"
    "input ecog   : oneof(\"0\", \"1\", \"2\", \"3\")? [] from site as \"ph.ecog\"\n"
    "output n = len(age) to all\n"
    "output deaths = sum(status == \"dead\") to all\n"
    "output mean_age = mean(age) to all\n"
    "output var_age = var(age) to all\n"
    "output sd_age = sd(age) to all\n"
    "output mean_time = mean(time) to all\n"
    "output var_time = var(time) to all\n"
    "output sd_time = sd(time) to all\n"
    "output cov = covariance(age, time) to all\n"
    "output r = correlation(age, time) to all\n"
    "output by_sex = counts(sex) to all\n"
    "output by_ecog = counts(ecog) to all\n";

static enum status
put_file(const char *dir, const char *name, const char *text, size_t len, struct fault *f)
{
	char path[COMMAND_PATH];
	FILE *out;
	bool ok;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	out = fopen(path, "we");
	if (out == NULL)
		return fault_set(f, ST_INTERNAL, "cannot write \"%s\": %s", path, strerror(errno));
	ok = fwrite(text, 1, len, out) == len;
	ok = fclose(out) == 0 && ok;
	return ok ? ST_OK : fault_set(f, ST_INTERNAL, "cannot write \"%s\"", path);
}

/* A site's table with plausible patients. */
static enum status
put_table(const char *dir, unsigned site, uint64_t rows, struct fault *f)
{
	enum { ROW_MAX = 48 };
	size_t room = (size_t)rows * ROW_MAX + 64, at;
	char name[16], *text = mem_alloc(room);
	static const char *const ecog[8] = { "0", "1", "2", "3", "0", "1", "NA", "1" };
	uint8_t *draw = mem_alloc(rows * 8);
	enum status st = ST_INTERNAL;

	if (text == NULL || draw == NULL)
		goto out;
	random_bytes(draw, rows * 8);
	at = (size_t)snprintf(text, room, "age,time,status,sex,ph.ecog\n");
	for (uint64_t i = 0; i < rows; i++) {
		const uint8_t *d = draw + i * 8;
		at += (size_t)snprintf(text + at, room - at, "%u,%u,%u,%u,%s\n", 30u + d[0] % 60,
		    (d[1] * 256u + d[2]) % 4001, 1u + d[3] % 2, 1u + d[4] % 2, ecog[d[5] % 8]);
	}
	(void)snprintf(name, sizeof name, "%u.csv", site);
	st = put_file(dir, name, text, at, f);
out:
	mem_free(text);
	mem_free(draw);
	return st;
}

/* Runs this binary with its output thrown away; *s is how long it took. */
static enum status
command_time(double *s, const char *const args[], struct fault *f)
{
	double began = bench_seconds();
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int how = 0, err;

	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	err = posix_spawn(
	    &pid, "/proc/self/exe", &actions, NULL, (char *const *)(uintptr_t)args, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (err != 0)
		return fault_set(f, ST_INTERNAL, "cannot start a process: %s", strerror(err));
	while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
		;
	*s = bench_seconds() - began;
	if (!WIFEXITED(how) || WEXITSTATUS(how) != 0)
		return fault_set(f, ST_INTERNAL, "a command of the benchmark failed");
	return ST_OK;
}

static enum status
commands_time(struct figures *fs, const char *name, const char *const args[], unsigned repeat,
    struct fault *f)
{
	double v[N_REPEAT_MAX];
	enum status st = ST_OK;

	for (unsigned i = 0; i < repeat && st == ST_OK; i++)
		st = command_time(&v[i], args, f);
	if (st == ST_OK)
		bench_add(fs, 0, name, "ms", bench_median(v, repeat) * 1e3);
	return st;
}

static enum status
trivial_time(const struct bench *b, const char *dir, struct figures *fs, struct fault *f)
{
	char program[COMMAND_PATH], x[COMMAND_PATH + 8], y[COMMAND_PATH + 8];
	const char *args[] = { "konsil", "run", program, "--input", x, "--input", y, "--json",
		NULL };
	enum status st;

	(void)snprintf(program, sizeof program, "%s/trivial.ksl", dir);
	(void)snprintf(x, sizeof x, "a=%s/x.json", dir);
	(void)snprintf(y, sizeof y, "b=%s/y.json", dir);
	TRY(put_file(dir, "trivial.ksl", trivial, sizeof trivial - 1, f));
	TRY(put_file(dir, "x.json", "{\"x\": 6}", 8, f));
	TRY(put_file(dir, "y.json", "{\"y\": 7}", 8, f));
	TRY(commands_time(fs, "konsil run, two parties, one product", args, b->quick ? 1 : 11, f));
out:
	return st;
}

/* The main job, from tables in CSV to the result. */
static enum status
lung_time(const struct bench *b, const char *dir, const char *name, uint64_t rows, bool local,
    struct figures *fs, struct fault *f)
{
	char program[COMMAND_PATH], site[N_SITE_FILE][COMMAND_PATH + 8];
	const char *args[COMMAND_ARG_MAX] = { "konsil", "run", program, "--json" };
	unsigned n = 4;
	enum status st;

	(void)snprintf(program, sizeof program, "%s/lung.ksl", dir);
	TRY(put_file(dir, "lung.ksl", lung, sizeof lung - 1, f));
	for (unsigned i = 0; i < N_SITE_FILE; i++) {
		TRY(put_table(dir, i, rows, f));
		(void)snprintf(site[i], sizeof site[i], "site=%s/%u.csv", dir, i);
		args[n++] = "--input";
		args[n++] = site[i];
	}
	if (!local)
		args[n] = "--no-local";
	TRY(commands_time(fs, name, args, b->quick ? 1 : 3, f));
out:
	return st;
}

static enum status
commands_body(const struct bench *b, struct launch_child *c, struct figures *fs, struct fault *f)
{
	enum status st;

	TRY(trivial_time(b, c->dir, fs, f));
	TRY(lung_time(b, c->dir,
	    b->quick ? "main job, 1000 rows a site" : "main job, 10^6 rows a site",
	    b->quick ? 1000 : 1000000, true, fs, f));
	TRY(lung_time(b, c->dir, b->quick ? "main job, 100 rows a site, --no-local" :
	    "main job, 10,000 rows a site, --no-local", b->quick ? 100 : 10000, false, fs, f));
out:
	return st;
}

enum status
bench_commands(struct bench *b, struct fault *f)
{
	unsigned from = b->figures.n;
	enum status st = bench_launch(b, 1, commands_body, 1, f);

	for (unsigned i = from; i < b->figures.n; i++)
		b->figures.at[i].nodes = i == from ? 2 : 3;
	return st;
}
