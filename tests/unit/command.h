/* command.h: runs the executable as a user would, for tests of commands.
 *
 * The binary is the one of the same build: a test is BUILD/tests/NAME, the binary BUILD/konsil.
 * Every test has a directory of its own under /tmp, into which it also writes its files. */
#ifndef KONSIL_TEST_COMMAND_H
#define KONSIL_TEST_COMMAND_H

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
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
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <cjson/cJSON.h>

enum { N_ARGS_MAX = 48, OUT_MAX = 1 << 20, PATH_BYTES = 4096 };

static char binary[PATH_BYTES], work[64];

/* A command that runs or has run. */
struct command {
	pid_t pid;
	char out_path[128], err_path[128];
	int status;                     /* exit status; 1000 + signal */
	char *out, *err;
};

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void
nap(double s)
{
	struct timespec t = { (time_t)s, (long)((s - (double)(time_t)s) * 1e9) };

	nanosleep(&t, NULL);
}

/* Cmocka group fixtures. */
static int
work_make(void **state)
{
	ssize_t n = readlink("/proc/self/exe", binary, sizeof binary - 16);
	char *slash;

	(void)state;
	assert_true(n > 0);
	binary[n] = '\0';
	for (int up = 0; up < 2; up++) {
		slash = strrchr(binary, '/');
		assert_non_null(slash);
		*slash = '\0';
	}
	strcat(binary, "/konsil");
	if (access(binary, X_OK) != 0)
		fail_msg("%s is not built", binary);
	strcpy(work, "/tmp/konsil-test-XXXXXX");
	assert_non_null(mkdtemp(work));
	return chdir(work);
}

static int
work_remove(void **state)
{
	char line[PATH_BYTES];

	(void)state;
	snprintf(line, sizeof line, "rm -rf '%s'", work);
	return chdir("/") == 0 ? system(line) : -1;
}

__attribute__((unused)) static void
put_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	fclose(f);
}

static char *
get_file(const char *name)
{
	FILE *f = fopen(name, "r");
	char *text = calloc(1, OUT_MAX);
	size_t n;

	assert_non_null(text);
	if (f != NULL) {
		n = fread(text, 1, OUT_MAX - 1, f);
		text[n] = '\0';
		fclose(f);
	}
	return text;
}

/* How many entries a directory has; -1 if it is not there. */
__attribute__((unused)) static int
entries(const char *dir)
{
	DIR *d = opendir(dir);
	int n = 0;

	if (d == NULL)
		return -1;
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

/* Starts the binary; the arguments end with NULL. */
static void
command_start(struct command *c, const char *const *args)
{
	static int serial;
	char *argv[N_ARGS_MAX] = { binary };
	int out, err;

	memset(c, 0, sizeof *c);
	for (int i = 0; args[i] != NULL; i++) {
		assert_true(i + 2 < N_ARGS_MAX);
		argv[i + 1] = (char *)(uintptr_t)args[i];
	}
	serial++;
	snprintf(c->out_path, sizeof c->out_path, "%s/%d.out", work, serial);
	snprintf(c->err_path, sizeof c->err_path, "%s/%d.err", work, serial);
	fflush(NULL);
	c->pid = fork();
	assert_true(c->pid >= 0);
	if (c->pid > 0)
		return;
	out = open(c->out_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	err = open(c->err_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(out, 1);
	dup2(err, 2);
	execv(binary, argv);
	_exit(127);
}

/* A command that takes longer fails its test: none does on a busy machine with sanitizers. */
enum { END_S = 600 };

/* Waits for the end. */
static void
command_end(struct command *c)
{
	double until = seconds() + END_S;
	int how = 0;

	while (waitpid(c->pid, &how, WNOHANG) == 0) {
		if (seconds() > until) {
			kill(c->pid, SIGKILL);
			waitpid(c->pid, &how, 0);
			fail_msg("still running after %d s: %s", END_S, get_file(c->err_path));
		}
		nap(0.005);
	}
	c->status = WIFSIGNALED(how) ? 1000 + WTERMSIG(how) : WEXITSTATUS(how);
	c->out = get_file(c->out_path);
	c->err = get_file(c->err_path);
}

static void
command_free(struct command *c)
{
	free(c->out);
	free(c->err);
	c->out = c->err = NULL;
}

/* Runs to the end. */
__attribute__((unused)) static void
command_run(struct command *c, const char *const *args)
{
	command_start(c, args);
	command_end(c);
}

#define RUN(c, ...) command_run(c, (const char *const[]){ __VA_ARGS__, NULL })
#define START(c, ...) command_start(c, (const char *const[]){ __VA_ARGS__, NULL })

__attribute__((unused)) static void
expect_status(const struct command *c, int status)
{
	if (c->status != status)
		fail_msg("status %d, not %d\n%s\n%s", c->status, status, c->out, c->err);
}

__attribute__((unused)) static void
expect_says(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("does not say \"%s\":\n%s", part, text);
}

/* An output's value in a JSON result; the caller owns the object that *top gets. */
__attribute__((unused)) static const cJSON *
output_of(cJSON **top, const char *json, const char *name)
{
	const cJSON *o;

	*top = cJSON_Parse(json);
	if (*top == NULL)
		fail_msg("no JSON: %s", json);
	cJSON_ArrayForEach(o, cJSON_GetObjectItem(*top, "outputs"))
		if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(o, "name")), name) == 0)
			return cJSON_GetObjectItem(o, "value");
	fail_msg("no output %s in %s", name, json);
	return NULL;
}

__attribute__((unused)) static void
expect_number(const char *json, const char *name, double want)
{
	cJSON *top;
	const cJSON *v = output_of(&top, json, name);

	if (!cJSON_IsNumber(v) || v->valuedouble != want)
		fail_msg("%s is not %g in %s", name, want, json);
	cJSON_Delete(top);
}

#endif
