/* ledger.h: what a site took part in, run by run: a file of its own, which only grows.
 *
 * It holds no data: of each run when it was, the study's name and hash, the protocol, who
 * receives, the noise that was spent, how many rows took part, and these rows as keyed hashes
 * (cohort.h; equal cohorts are written once).  A run is written before any share leaves and
 * counts from then on, whatever becomes of it: others may have opened its outputs.
 *
 * Text, a JSON object a line; the last member of each is `seal`, BLAKE2b of the seal before and
 * the line so far, keyed.  Keys are derived from the site's secret key.  So a line that was
 * changed, removed, added or moved is found by who has that key (ST_DATA), unless it is the end
 * of the file that was removed, in whole lines: a ledger is kept where those who could want
 * that cannot write.
 *
 *     {"ledger":1,"seal":...}
 *     {"cohort":1,"by":"..","rows":60,"hashes":"..","seal":...}   8 bytes each, base64
 *     {"run":1,"at":"2026-11-22T07:05:54Z","study":"lung-2026","hash":"..","protocol":"additive",
 *      "rows":60,"cohort":1,"noise":"counted","to":[{"name":"west","key":"..","epsilon":0.5}],
 *      "seal":...}
 *     {"end":1,"at":"..","status":0,"seal":...}
 *
 * The file has mode 0600 and is refused with any other.  While it is open it is locked (flock),
 * and who finds it so waits some seconds.  A line is on the disk when the call returns, or not
 * there. */
#ifndef KONSIL_LEDGER_H
#define KONSIL_LEDGER_H

#include "base/status.h"

enum {
	LEDGER_KEY = 32, LEDGER_PEER = 16,
	LEDGER_AT = 21,                 /* "2026-11-22T07:05:54Z" */
	LEDGER_WAIT_MS = 10000,
	LEDGER_BYTES_MAX_LOG2 = 32,     /* 300 cohorts of 10^6 rows each */
};

/* What a ledger's key is derived for (identity_derive). */
#define LEDGER_PURPOSE "konsil ledger"

/* What of a run's outputs is noise. */
enum ledger_noise {
	LEDGER_COUNTED,                 /* all that others learn: it is in `spent` */
	LEDGER_EXACT,                   /* some goes out without noise */
	LEDGER_UNKNOWN,                 /* the program draws its own, or could not be compiled yet */
	N_LEDGER_NOISE,
};

/* Somebody else who receives. */
struct ledger_peer {
	char *name;
	uint8_t key[LEDGER_PEER];       /* hash of the public key: names may change */
	double epsilon, rho;            /* of noise, in this run */
};

struct ledger_run {
	uint64_t number;                /* from 1; set by ledger_add */
	char at[LEDGER_AT];             /* set by ledger_add */
	char *study, *protocol;
	uint8_t hash[32];               /* H1 */
	uint64_t rows;
	uint64_t cohort;                /* 0: its data are no rows of a table; set by ledger_add */
	enum ledger_noise noise;
	uint32_t n_peers;
	struct ledger_peer *peer;
	int ended;                      /* the status that it ended with; -1: nothing was written */
};

/* Rows of one run or several. */
struct ledger_cohort {
	uint64_t by, rows;
	uint64_t at, len;               /* its line */
};

struct ledger {
	const char *path;
	uint64_t n_runs, n_cohorts;
	struct ledger_run *run;         /* run[i].number is i + 1 */
	struct ledger_cohort *cohort;
	/* inside */
	int fd;
	uint8_t key[32], seal[32];      /* the last line's */
	char *text;
	uint64_t len, room, lines;
};

/* Opens and locks it, and reads all; with `begin` an empty file becomes a ledger.  One that is not
 * there is never made: a wrong name must not be a fresh start.  The path stays the caller's.
 * ST_USAGE if it cannot be opened or is in use, ST_DATA if it is not as it was written, or was made
 * with another key. */
enum status ledger_open(struct ledger **out, const char *path, const uint8_t key[LEDGER_KEY],
    bool begin, struct fault *f) MUST_USE;
void ledger_close(struct ledger *l);

/* The rows of cohort number k, from 1 (mem_unmap). */
enum status ledger_rows(uint64_t **row, const struct ledger *l, uint64_t k, struct fault *f)
    MUST_USE;

/* Writes a run and, if no run had these rows, its cohort (NULL: none); writes how a run ended.  All
 * or nothing; afterwards the ledger can only be closed. */
struct cohort;
enum status ledger_add(struct ledger *l, struct ledger_run *run, const struct cohort *c,
    struct fault *f) MUST_USE;
enum status ledger_end(struct ledger *l, uint64_t run, enum status st, struct fault *f) MUST_USE;

void ledger_run_fini(struct ledger_run *run);
/* A second of now, in UTC. */
void ledger_now(char at[LEDGER_AT]);

/* ledger_line.c: lines as they are written (text and a newline; mem_free), and read. */
enum status ledger_line_head(char **out) MUST_USE;
enum status ledger_line_cohort(char **out, uint64_t number, const struct cohort *c) MUST_USE;
enum status ledger_line_run(char **out, const struct ledger_run *run) MUST_USE;
enum status ledger_line_end(char **out, uint64_t run, const char *at, enum status st) MUST_USE;
/* Takes a line into l; ST_DATA if it is none. */
enum status ledger_line_take(struct ledger *l, uint64_t at, uint64_t len) MUST_USE;

#endif
