/* bench_example.c: what was predicted for the examples, and how long they took, on links shaped
 * like lan, metro and wan.  See bench.h.
 *
 * Runs DIR/NAME/run.sh, which hands its options to `konsil run`; what a run says of itself is
 * compared.  All parties share this machine, and so does the prediction.  Of several runs the
 * fastest counts: the others were disturbed. */
#define _GNU_SOURCE             /* environ, pipe2 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "bench.h"
#include "code/network.h"

enum { EXAMPLE_MAX_S = 20, N_EXAMPLE_RUN = 3, N_EXAMPLE_MAX = 64, OUTPUT_MAX = 1 << 20,
	EXAMPLE_PATH = 512 };

struct example {
	char name[48], path[EXAMPLE_PATH];
};

/* Starts a command whose standard output is *fd. */
static enum status
start(pid_t *pid, int *fd, const char *const args[], struct fault *f)
{
	posix_spawn_file_actions_t actions;
	int pipe_fd[2], err;

	if (pipe2(pipe_fd, O_CLOEXEC) != 0)
		return fault_set(f, ST_INTERNAL, "no pipe: %s", strerror(errno));
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, pipe_fd[1], STDOUT_FILENO);
	(void)posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	err = posix_spawn(pid, args[0], &actions, NULL, (char *const *)(uintptr_t)args, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(pipe_fd[1]);
	*fd = pipe_fd[0];
	if (err == 0)
		return ST_OK;
	(void)close(*fd);
	return fault_set(f, ST_INTERNAL, "cannot start \"%s\": %s", args[0], strerror(err));
}

/* Reads until the end or the time limit; false: it took too long. */
static bool
collect(int fd, char *out, size_t room)
{
	const double until = bench_seconds() + EXAMPLE_MAX_S;
	size_t n = 0;

	out[0] = '\0';
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		const double left = until - bench_seconds();
		ssize_t got;

		if (left <= 0 || (poll(&p, 1, (int)(left * 1000) + 1) == 0))
			return false;
		got = read(fd, out + n, room - 1 - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return true;
		n += (size_t)got;
		out[n] = '\0';
	}
}

/* Its cost object's numbers; false: the output is something else. */
static bool
times_of(double *predicted, double *measured, const char *text)
{
	cJSON *top = cJSON_Parse(text);
	const cJSON *cost = cJSON_GetObjectItemCaseSensitive(top, "cost");
	const cJSON *said = cJSON_GetObjectItemCaseSensitive(cost, "predicted_s");
	const cJSON *took = cJSON_GetObjectItemCaseSensitive(cost, "total_s");
	bool ok = cJSON_IsNumber(said) && cJSON_IsNumber(took);

	if (ok) {
		*predicted = said->valuedouble;
		*measured = took->valuedouble;
	}
	cJSON_Delete(top);
	return ok;
}

/* One run.  *there is false if it took too long, or failed. */
static enum status
example_once(bool *there, double *predicted, double *measured, const struct example *x,
    const struct link_speed *link, struct fault *f)
{
	char net[48], *out = mem_alloc(OUTPUT_MAX);
	const char *const args[] = { x->path, "--json", "--network", link->name, "--net", net, NULL };
	bool in_time;
	pid_t pid = 0;
	int fd = -1, how = 0;
	enum status st;

	*there = false;
	if (out == NULL)
		return ST_INTERNAL;
	(void)snprintf(net, sizeof net, "%lluus,%llubit", (unsigned long long)link->rtt_us,
	    (unsigned long long)link->bits_per_s);
	TRY(start(&pid, &fd, args, f));
	in_time = collect(fd, out, OUTPUT_MAX);
	if (!in_time)
		(void)kill(pid, SIGTERM);
	while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
		continue;
	(void)close(fd);
	*there = in_time && WIFEXITED(how) && WEXITSTATUS(how) == 0 &&
	    times_of(predicted, measured, out);
out:
	mem_free(out);
	return st;
}

static enum status
example_measure(struct bench *b, const struct example *x, const struct link_speed *link,
    struct fault *f)
{
	double predicted = 0, measured = 0, least = 0;
	char name[64];
	bool there = true;
	enum status st = ST_OK;

	for (unsigned i = 0; i < (b->quick ? 1 : N_EXAMPLE_RUN) && there; i++) {
		TRY(example_once(&there, &predicted, &measured, x, link, f));
		least = i == 0 || measured < least ? measured : least;
	}
	if (!there) {
		bench_note(b, "%s on %s: no result within %u s", x->name, link->name,
		    (unsigned)EXAMPLE_MAX_S);
		return ST_OK;
	}
	(void)snprintf(name, sizeof name, "%s on %s", x->name, link->name);
	bench_add(&b->figures, 0, name, "s", least);
	bench_add(&b->figures, 0, "  predicted", "s", predicted);
	bench_add(&b->figures, 0, "  predicted / measured", "", predicted / least);
	bench_tell(b);
out:
	return st;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct example *)a)->name, ((const struct example *)b)->name);
}

/* The folders in b->examples that have a run.sh. */
static enum status
find(struct example list[N_EXAMPLE_MAX], unsigned *n, const struct bench *b, struct fault *f)
{
	DIR *dir = opendir(b->examples);
	const struct dirent *e;

	*n = 0;
	if (dir == NULL)
		return fault_set(f, ST_USAGE, "cannot read the folder \"%s\": %s", b->examples,
		    strerror(errno));
	while (*n < N_EXAMPLE_MAX && (e = readdir(dir)) != NULL) {
		struct example *x = &list[*n];
		if (e->d_name[0] == '.' || strlen(e->d_name) >= sizeof x->name)
			continue;
		(void)snprintf(x->name, sizeof x->name, "%.47s", e->d_name);
		(void)snprintf(x->path, sizeof x->path, "%s/%s/run.sh", b->examples, e->d_name);
		*n += access(x->path, X_OK) == 0;
	}
	(void)closedir(dir);
	qsort(list, *n, sizeof *list, by_name);
	return ST_OK;
}

enum status
bench_examples(struct bench *b, struct fault *f)
{
	static const struct link_speed *const links[] = { &link_lan, &link_metro, &link_wan };
	struct example *list = mem_array(N_EXAMPLE_MAX, sizeof *list);
	unsigned n;
	enum status st = ST_OK;

	if (list == NULL)
		return ST_INTERNAL;
	TRY(find(list, &n, b, f));
	if (n == 0)
		TRY(fault_set(f, ST_USAGE, "no folder in \"%s\" has a run.sh", b->examples));
	for (unsigned i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof links / sizeof links[0]; k++)
			TRY(example_measure(b, &list[i], links[k], f));
out:
	mem_free(list);
	return st;
}
