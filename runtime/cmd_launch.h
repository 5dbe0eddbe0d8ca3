/* cmd_launch.h: one process for each party of `konsil run`, and what passes between it and the
 * parent: what all children give each other before they connect, and at last a result or a fault.
 *
 * A child is a fork, so that the parent's compilation is there already; it dies with the parent.
 * Children are ended by their process ids only. */
#ifndef KONSIL_CMD_LAUNCH_H
#define KONSIL_CMD_LAUNCH_H

#include "base/status.h"

enum { N_CHILD_MAX = 16, LAUNCH_DIR_MAX = 80 };

struct launch_child {
	unsigned me, n;
	const char *dir; /* private to the run, gone when it ends; short enough for ipc */
	int fd;
};

struct launch {
	unsigned n;
	const char *const *name;        /* of each party, for messages */
	/* Runs in the child; *out (mem_*) goes to the parent if it returns ST_OK, else *f does. */
	enum status (*body)(
	    void *arg, struct launch_child *, uint8_t **out, size_t *len, struct fault *f);
	void *arg;
};

/* What the children brought; launch_fini frees it. */
struct launch_result {
	unsigned n;
	uint8_t *bytes[N_CHILD_MAX];
	size_t len[N_CHILD_MAX];
	int signal; /* a signal that ended the run, or 0; the caller raises it again */
};

/* Returns when all children are gone.  On failure *f is the first cause: a child that died, before
 * an error of its own, before a lost peer. */
enum status launch_run(struct launch_result *out, const struct launch *l, struct fault *f) MUST_USE;
void launch_fini(struct launch_result *r);

/* In a child: gives len bytes, and gets those of all children, in their order. */
enum status launch_gather(struct launch_child *c, void *all, const void *mine, size_t len,
    struct fault *f) MUST_USE;

#endif
