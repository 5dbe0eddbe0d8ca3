/* guests_impl.h: the inside of guests*.c; see guests.h */
#ifndef KONSIL_GUESTS_IMPL_H
#define KONSIL_GUESTS_IMPL_H

#include "guests.h"

#include <pthread.h>
#include <time.h>

struct visitor {
	uint32_t party;
	bool brings, gets;              /* inputs; outputs, known when the program is compiled */
	bool fetched;
	bool whole;                     /* all nodes have the same of it */
};

struct guests {
	const struct study *study;
	unsigned node, n_nodes, held;
	pthread_mutex_t lock;
	pthread_cond_t event;
	struct progress *progress;
	uint32_t n;
	struct visitor *visitor;
	struct stored *stored;          /* by party; of nodes, too */
	uint64_t taken, most;           /* bytes that contributions take, also unfinished ones */
	bool comparing;                 /* nodes compare what they have: contributions wait */
	bool closed;                    /* contributions are no longer taken */
	bool failed;                    /* no results will come */
	const struct vm *vm;            /* results; NULL: not yet */
};

/* Room for n more bytes of a contribution; ST_DATA if this machine has not so much to give: else
 * who sends without end ends the node.  drop: stored_fini, and gives the room back.  With the lock
 * held. */
enum status guests_grant(struct guests *g, struct stored *s, uint64_t n) MUST_USE;
void guests_drop(struct guests *g, struct stored *s);

typedef bool guests_which(const struct guests *, uint32_t);

struct timespec guests_deadline(int timeout_ms);
/* How many guests are as fn says; the first names. */
uint32_t guests_names(const struct guests *g, guests_which *fn, char names[256]);
/* Waits until none of the `all` whom it is about is, or the time is up; returns how many are.  With
 * the lock held. */
uint32_t guests_until(struct guests *g, guests_which *fn, uint32_t all, struct timespec end,
    char names[256]);
guests_which guests_missing;            /* has not contributed what it brings */

#endif
