/* progress.h: how far long work is, on standard error.
 *
 * On a terminal a bar that is drawn over (phase, percent, time left, bytes); elsewhere a plain line
 * at the beginning of a phase and then rarely.  Drawn at most ten times a second, so that it may be
 * called often; what ends at once draws nothing but the full bar.  Leaks: sizes, times. */
#ifndef KONSIL_PROGRESS_H
#define KONSIL_PROGRESS_H

#include "base/status.h"

struct progress;

enum progress_mode {
	PROGRESS_OFF,                   /* --json, --quiet */
	PROGRESS_AUTO,                  /* a bar if fd is a terminal, lines otherwise */
	PROGRESS_LINES,
	PROGRESS_BAR,
};

/* NULL if there is no memory: all calls take that as PROGRESS_OFF. */
struct progress *progress_new(int fd, enum progress_mode mode);
/* A new phase of `total` units of work (0: not known). */
void progress_phase(struct progress *p, const char *name, uint64_t total);
/* done units of the phase, and bytes sent since the beginning. */
void progress_at(struct progress *p, uint64_t done, uint64_t bytes);
/* All is done: on a terminal the full bar stays. */
void progress_done(struct progress *p);
/* Clears the bar, before anything else is written. */
void progress_clear(struct progress *p);
void progress_free(struct progress *p);

#endif
