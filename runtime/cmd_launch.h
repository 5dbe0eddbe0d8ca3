/* cmd_launch.h: one process for each party of `konsil run`, and what passes between it and the
 * parent: what all children give each other before they connect, and at last a result or a fault.
 *
 * Some children live as long as the run: the nodes.  Others come and go, so many at a time: first
 * the early ones, which contribute; then, when every node has said that it is ready and no early
 * one is left, the late ones, which receive.
 *
 * A child is a fork, so that the parent's compilation is there already; it dies with the parent.
 * Children are ended by their process ids only. */
#ifndef KONSIL_CMD_LAUNCH_H
#define KONSIL_CMD_LAUNCH_H

#include "base/status.h"

enum { LAUNCH_DIR_MAX = 80 };

struct launch_child {
	unsigned me;                    /* nodes come first, then early ones, then late ones */
	unsigned n;                     /* how many nodes there are */
	const char *dir; /* private to the run, gone when it ends; short enough for ipc */
	int fd;
};

struct launch {
	unsigned n;                     /* nodes */
	unsigned n_early, n_late;
	unsigned at_once;               /* how many of these at a time; 1 at least, if there are any */
	const char *const *name;        /* of each child, for messages */
	/* Runs in the child; *out (mem_*) goes to the parent if it returns ST_OK, else *f does. */
	enum status (*body)(
	    void *arg, struct launch_child *, uint8_t **out, size_t *len, struct fault *f);
	void *arg;
};

/* What the children brought; launch_fini frees it. */
struct launch_result {
	unsigned n;
	uint8_t **bytes;
	size_t *len;
	int signal; /* a signal that ended the run, or 0; the caller raises it again */
};

/* Returns when all children are gone.  On failure *f is the first cause: a child that died, before
 * an error of its own, before a lost peer. */
enum status launch_run(struct launch_result *out, const struct launch *l, struct fault *f) MUST_USE;
void launch_fini(struct launch_result *r);

/* In a node: gives len bytes, and gets those of all nodes, in their order. */
enum status launch_gather(struct launch_child *c, void *all, const void *mine, size_t len,
    struct fault *f) MUST_USE;
/* In a node, once: late children may come. */
void launch_ready(struct launch_child *c);

/* The private directory, for launch_run; "" is none. */
enum status launch_dir_make(char dir[LAUNCH_DIR_MAX], struct fault *f) MUST_USE;
void launch_dir_remove(const char *dir);

#endif
