/* session.h: one node's part of a run, from a channel to its results.
 *
 * `konsil run` and `konsil join` do the same here; they differ in how the channel came to be.  The
 * channel stays the caller's.  A failed session has given no result. */
#ifndef KONSIL_SESSION_H
#define KONSIL_SESSION_H

#include "guests.h"
#include "net/chan.h"
#include "progress.h"
#include "result.h"
#include "study.h"
#include "table.h"

struct session {
	struct study *study;            /* parties named; own rows known */
	struct chan *ch;                /* NULL: protocol clear, everyone in this process */
	struct chan *meter;             /* the metering layer of ch, or NULL */
	int me;                         /* node, or VM_ALL */
	/* Where some parties are no nodes; else NULL.  The gate, which the session closes, serves them. */
	struct guests *guests;
	struct gate *gate;
	uint32_t timeout_ms;            /* for them to contribute, and to fetch their results */
	void (*ready)(void *arg);       /* called when they can; may be NULL */
	void *ready_arg;
	char left[256];                 /* set: who had not fetched them in time, "" if nobody */
	struct table_set *const
	    *table; /* by party; NULL for one that brings nothing, or is elsewhere */
	uint8_t h1[32];
	uint8_t sid[32];                /* set by session_agree */
	struct progress *progress;      /* or NULL */
	uint64_t total;                 /* of the progress last shown */
};

/* Members of a group must have the same header where columns are taken by their order: ST_DATA. */
enum status session_headers(const struct study *study, const uint8_t header[][32], struct fault *f)
    MUST_USE;

/* Announces the own row count, takes the others', refuses headers of a group that differ (ST_DATA),
 * compiles unless the study is compiled for these counts already, and compares the bytecode. */
enum status session_agree(struct session *s, struct fault *f) MUST_USE;

/* Opens the protocol, runs the program, closes the session.  *out carries the cost, too. */
enum status session_compute(struct result **out, struct session *s, struct fault *f) MUST_USE;

#endif
