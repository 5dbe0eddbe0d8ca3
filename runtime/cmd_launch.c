/* cmd_launch.c: see cmd_launch.h.
 *
 * A frame on the socket between child and parent is a struct frame_head and its bytes; both are one
 * binary on one machine, so structs travel as they are.  Signals are blocked except while the
 * parent waits, so that the private directory is removed on every path. */
#define _GNU_SOURCE             /* ppoll */
#include "cmd_launch.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

enum {
	GRACE_MS = 1500,                /* after the first failure: for the others to notice */
	FRAME_MAX_LOG2 = 34,
	READ_BYTES = 64 << 10,
};

enum frame_kind { FRAME_GATHER = 1, FRAME_READY, FRAME_RESULT, FRAME_FAULT };

struct frame_head {
	uint64_t kind, len;
};

struct child {
	pid_t pid;
	int fd;                         /* -1: closed */
	uint8_t *buf;                   /* what has come of the next frame */
	size_t len, room;
	uint8_t *gather;                /* what it gave, while others have not */
	size_t gather_len;
	uint8_t *result;
	size_t result_len;
	bool ready, done, killed;
	struct fault fault;             /* its own, or how it died */
	bool died;
	unsigned failed_as;             /* 1: the first that failed, ... */
};

struct parent {
	const struct launch *l;
	unsigned n;                     /* children in all */
	struct child *child;
	struct pollfd *fds;             /* room for as many as there are at a time */
	unsigned *which;
	unsigned next;                  /* the next to be started */
	unsigned gone;                  /* all before it that are no nodes have ended */
	unsigned n_ready, n_failed;
	char dir[LAUNCH_DIR_MAX];
	sigset_t old_mask;
	struct sigaction old_int, old_term, old_hup;
};

static volatile sig_atomic_t caught;

static void
on_signal(int sig)
{
	caught = sig;
}

/* The child behind i that may be there: of a thousand that come and go, a few at a time are. */
static unsigned
behind(const struct parent *p, unsigned i)
{
	i++;
	return i >= p->l->n && i < p->gone ? p->gone : i;
}

/* Signals. */

static void
signals_hold(struct parent *p)
{
	struct sigaction a = { .sa_handler = on_signal };
	sigset_t set;

	caught = 0;
	(void)sigemptyset(&a.sa_mask);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &set, &p->old_mask);
	(void)sigaction(SIGINT, &a, &p->old_int);
	(void)sigaction(SIGTERM, &a, &p->old_term);
	(void)sigaction(SIGHUP, &a, &p->old_hup);
}

static void
signals_release(struct parent *p)
{
	(void)sigaction(SIGINT, &p->old_int, NULL);
	(void)sigaction(SIGTERM, &p->old_term, NULL);
	(void)sigaction(SIGHUP, &p->old_hup, NULL);
	(void)sigprocmask(SIG_SETMASK, &p->old_mask, NULL);
}

/* Frames. */

static bool
write_full(int fd, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	while (len > 0) {
		ssize_t k = send(fd, at, len, MSG_NOSIGNAL);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		at += k;
		len -= (size_t)k;
	}
	return true;
}

static bool
read_full(int fd, void *bytes, size_t len)
{
	uint8_t *at = bytes;

	while (len > 0) {
		ssize_t k = recv(fd, at, len, 0);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		at += k;
		len -= (size_t)k;
	}
	return true;
}

static bool
frame_write(int fd, enum frame_kind kind, const void *bytes, size_t len)
{
	struct frame_head h = { kind, len };

	return write_full(fd, &h, sizeof h) && write_full(fd, bytes, len);
}

/* The child. */

enum status
launch_gather(struct launch_child *c, void *all, const void *mine, size_t len, struct fault *f)
{
	struct frame_head h;

	if (frame_write(c->fd, FRAME_GATHER, mine, len) && read_full(c->fd, &h, sizeof h) &&
	    h.kind == FRAME_GATHER && h.len == c->n * len && read_full(c->fd, all, c->n * len))
		return ST_OK;
	return fault_set(f, ST_NET, "the process that started this one is gone");
}

void
launch_ready(struct launch_child *c)
{
	/* If the parent is gone, this process is, too. */
	(void)frame_write(c->fd, FRAME_READY, NULL, 0);
}

static _Noreturn void
child_main(struct parent *p, unsigned me, int fd, pid_t parent_pid)
{
	struct launch_child c = { .me = me, .n = p->l->n, .dir = p->dir, .fd = fd };
	struct fault f = { 0 };
	uint8_t *out = NULL;
	size_t len = 0;
	enum status st;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned i = 0; i < p->next; i = behind(p, i))
		if (p->child[i].fd >= 0)
			(void)close(p->child[i].fd);
	signals_release(p);
	if (getppid() != parent_pid)
		_exit(ST_NET);
	st = p->l->body(p->l->arg, &c, &out, &len, &f);
	if (st == ST_OK) {
		(void)frame_write(fd, FRAME_RESULT, out, len);
	} else {
		(void)fault_set(&f, st, "%s", status_text(st));
		(void)frame_write(fd, FRAME_FAULT, &f, sizeof f);
	}
	if (out != NULL)
		wipe(out, len);
	mem_free(out);
	_exit((int)st);
}

static enum status
child_start(struct parent *p, unsigned i, struct fault *f)
{
	pid_t self = getpid(), pid;
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) != 0)
		return fault_set(f, ST_INTERNAL, "cannot make a pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		(void)close(sv[0]);
		child_main(p, i, sv[1], self);
	}
	(void)close(sv[1]);
	p->child[i].fd = sv[0];
	p->child[i].pid = pid;
	if (pid < 0)
		return fault_set(f, ST_INTERNAL, "cannot start a process: %s", strerror(errno));
	return ST_OK;
}

/* The parent. */

static void
child_failed(struct parent *p, struct child *c)
{
	if (c->failed_as == 0)
		c->failed_as = ++p->n_failed;
}

/* A frame is complete: bytes are c->buf behind its head. */
static void
frame_take(struct parent *p, struct child *c, const struct frame_head *h)
{
	uint8_t *bytes = mem_alloc(h->len);

	if (bytes == NULL) {
		(void)fault_set(&c->fault, ST_INTERNAL, "out of memory");
		child_failed(p, c);
		return;
	}
	memcpy(bytes, c->buf + sizeof *h, h->len);
	if (h->kind == FRAME_GATHER && c->gather == NULL) {
		c->gather = bytes;
		c->gather_len = h->len;
		return;
	}
	if (h->kind == FRAME_RESULT && c->result == NULL) {
		c->result = bytes;
		c->result_len = h->len;
		c->done = true;
		return;
	}
	if (h->kind == FRAME_READY && !c->ready) {
		c->ready = true;
		p->n_ready += c - p->child < p->l->n;
	}
	if (h->kind == FRAME_FAULT && h->len == sizeof c->fault) {
		memcpy(&c->fault, bytes, sizeof c->fault);
		c->done = true;
		child_failed(p, c);
	}
	mem_free(bytes);
}

/* Sends everybody's bytes to all as soon as all have given theirs. */
static void
gather_answer(struct parent *p)
{
	struct frame_head h = { FRAME_GATHER, 0 };
	unsigned n = p->l->n;

	for (unsigned i = 0; i < n; i++) {
		if (p->child[i].gather == NULL)
			return;
		h.len += p->child[i].gather_len;
	}
	for (unsigned i = 0; i < n; i++) {
		bool ok = p->child[i].fd >= 0 && write_full(p->child[i].fd, &h, sizeof h);
		for (unsigned k = 0; ok && k < n; k++)
			ok = write_full(p->child[i].fd, p->child[k].gather, p->child[k].gather_len);
	}
	for (unsigned i = 0; i < n; i++) {
		mem_free(p->child[i].gather);
		p->child[i].gather = NULL;
	}
}

/* Waits for the process, which has closed its end, and says how it died if it did. */
static void
child_reap(struct parent *p, struct child *c)
{
	const char *name = p->l->name[c - p->child];
	int how = 0;

	if (c->pid <= 0)
		return;
	while (waitpid(c->pid, &how, 0) < 0 && errno == EINTR)
		;
	c->pid = 0;
	if (!c->died)
		return;
	if (WIFSIGNALED(how))
		(void)fault_set(&c->fault, ST_NET, "the process of %s was ended by signal %d (%s)",
		    name, WTERMSIG(how), strsignal(WTERMSIG(how)));
	else
		(void)fault_set(
		    &c->fault, ST_NET, "the process of %s ended without a result", name);
}

static void
child_closed(struct parent *p, struct child *c)
{
	(void)close(c->fd);
	c->fd = -1;
	if (c->buf != NULL)
		wipe(c->buf, c->room);
	mem_free(c->buf);
	c->buf = NULL;
	c->len = c->room = 0;
	if (!c->done) {
		c->died = !c->killed;
		child_failed(p, c);
	}
	child_reap(p, c);
	while (p->gone < p->next && p->child[p->gone].fd < 0)
		p->gone++;
}

/* Reads what there is and takes complete frames. */
static void
child_read(struct parent *p, struct child *c)
{
	struct frame_head h;
	ssize_t k;

	if (c->room - c->len < READ_BYTES) {
		size_t room = c->room * 2 + READ_BYTES;
		uint8_t *more = mem_realloc(c->buf, room);
		if (more == NULL) {
			child_closed(p, c);
			return;
		}
		c->buf = more;
		c->room = room;
	}
	k = recv(c->fd, c->buf + c->len, c->room - c->len, MSG_DONTWAIT);
	if (k < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (k <= 0) {
		child_closed(p, c);
		return;
	}
	c->len += (size_t)k;
	while (c->len >= sizeof h) {
		memcpy(&h, c->buf, sizeof h);
		assert(h.len >> FRAME_MAX_LOG2 == 0);
		if (c->len - sizeof h < h.len)
			break;
		frame_take(p, c, &h);
		c->len -= sizeof h + h.len;
		memmove(c->buf, c->buf + sizeof h + h.len, c->len);
	}
	gather_answer(p);
}

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
kill_all(struct parent *p)
{
	for (unsigned i = 0; i < p->next; i = behind(p, i)) {
		struct child *c = &p->child[i];
		if (c->pid > 0 && c->fd >= 0 && !c->done && !c->killed) {
			c->killed = true;
			(void)kill(c->pid, SIGKILL);
		}
	}
}

/* Whether the next child may start: nodes at once, others when their time has come and there is
 * room. */
static bool
may_start(const struct parent *p)
{
	const struct launch *l = p->l;
	const unsigned late = l->n + l->n_early;
	unsigned running = 0;

	if (p->next == p->n || p->n_failed > 0 || caught != 0)
		return false;
	if (p->next < l->n)
		return true;
	for (unsigned i = p->gone; i < p->next; i++)
		running += p->child[i].fd >= 0;
	if (p->next < late)
		return running < l->at_once;
	return p->n_ready == l->n && running < (p->next == late ? 1 : l->at_once);
}

static void
start_some(struct parent *p)
{
	struct child *c;

	while (may_start(p)) {
		c = &p->child[p->next];
		if (child_start(p, p->next, &c->fault) != ST_OK)
			child_failed(p, c);
		p->next++;
	}
}

/* Until every child has closed its end. */
static void
parent_loop(struct parent *p)
{
	int64_t until = -1;

	for (;;) {
		struct timespec wait = { 0, 100 * 1000000L };
		unsigned n = 0;

		start_some(p);
		for (unsigned i = 0; i < p->next; i = behind(p, i)) {
			if (p->child[i].fd < 0)
				continue;
			p->fds[n] = (struct pollfd){ .fd = p->child[i].fd, .events = POLLIN };
			p->which[n++] = i;
		}
		if (n == 0)
			return;
		if (ppoll(p->fds, n, p->n_failed > 0 ? &wait : NULL, &p->old_mask) > 0)
			for (unsigned k = 0; k < n; k++)
				if (p->fds[k].revents != 0)
					child_read(p, &p->child[p->which[k]]);
		if (p->n_failed > 0 && until < 0)
			until = now_ms() + GRACE_MS;
		if (caught != 0 || (until >= 0 && now_ms() > until))
			kill_all(p);
	}
}

/* The fault that explains the others: see launch_run. */
static const struct child *
first_cause(const struct parent *p)
{
	const struct child *best = NULL;
	unsigned best_rank = 0, rank;

	for (unsigned i = 0; i < p->n; i++) {
		const struct child *c = &p->child[i];

		if (c->failed_as == 0 || c->fault.st == ST_OK)
			continue;
		rank = c->died ? 3 : c->fault.st != ST_NET ? 2 : 1;
		if (best == NULL || rank > best_rank ||
		    (rank == best_rank && c->failed_as < best->failed_as)) {
			best = c;
			best_rank = rank;
		}
	}
	return best;
}

static enum status
outcome(struct launch_result *out, struct parent *p, struct fault *f)
{
	const struct child *cause = first_cause(p);

	out->signal = caught;
	if (caught != 0)
		return fault_set(f, ST_NET, "interrupted");
	if (cause != NULL) {
		*f = cause->fault;
		return f->st;
	}
	out->bytes = mem_array(p->n, sizeof *out->bytes);
	out->len = mem_array(p->n, sizeof *out->len);
	if (out->bytes == NULL || out->len == NULL)
		return fault_set(f, ST_INTERNAL, "out of memory");
	out->n = p->n;
	for (unsigned i = 0; i < p->n; i++) {
		if (p->child[i].result == NULL)
			return fault_set(f, ST_INTERNAL, "no result of %s", p->l->name[i]);
		out->bytes[i] = p->child[i].result;
		out->len[i] = p->child[i].result_len;
		p->child[i].result = NULL;
	}
	return ST_OK;
}

static void
child_fini(struct child *c)
{
	if (c->buf != NULL)
		wipe(c->buf, c->room);
	mem_free(c->buf);
	mem_free(c->gather);
	if (c->result != NULL)
		wipe(c->result, c->result_len);
	mem_free(c->result);
}

static void
parent_free(struct parent *p)
{
	for (unsigned i = 0; p->child != NULL && i < p->n; i++)
		child_fini(&p->child[i]);
	mem_free(p->child);
	mem_free(p->fds);
	mem_free(p->which);
	mem_free(p);
}

static struct parent *
parent_new(const struct launch *l)
{
	struct parent *p = mem_zalloc(sizeof *p);
	const size_t at_once = (size_t)l->n + l->at_once;

	if (p == NULL)
		return NULL;
	p->l = l;
	p->n = l->n + l->n_early + l->n_late;
	p->gone = l->n;
	p->child = mem_array(p->n, sizeof *p->child);
	p->fds = mem_array(at_once, sizeof *p->fds);
	p->which = mem_array(at_once, sizeof *p->which);
	for (unsigned i = 0; p->child != NULL && i < p->n; i++)
		p->child[i].fd = -1;
	if (p->child != NULL && p->fds != NULL && p->which != NULL)
		return p;
	parent_free(p);
	return NULL;
}

enum status
launch_run(struct launch_result *out, const struct launch *l, struct fault *f)
{
	struct parent *p = parent_new(l);
	enum status st;

	assert(l->n >= 1 && (l->n_early + l->n_late == 0 || l->at_once >= 1));
	*out = (struct launch_result){ 0 };
	if (p == NULL)
		return fault_set(f, ST_INTERNAL, "out of memory");
	signals_hold(p);
	st = launch_dir_make(p->dir, f);
	if (st == ST_OK)
		parent_loop(p);
	launch_dir_remove(p->dir);
	if (st == ST_OK)
		st = outcome(out, p, f);
	signals_release(p);
	parent_free(p);
	return st;
}

void
launch_fini(struct launch_result *r)
{
	for (unsigned i = 0; i < r->n; i++) {
		if (r->bytes[i] != NULL)
			wipe(r->bytes[i], r->len[i]);
		mem_free(r->bytes[i]);
	}
	mem_free(r->bytes);
	mem_free(r->len);
	*r = (struct launch_result){ 0 };
}
