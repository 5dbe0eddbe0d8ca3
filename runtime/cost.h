/* cost.h: what a run costs, predicted from the code or metered: the same numbers, the same JSON.
 *
 * Three phases: set-up (keys, base OTs, shares of nodes' inputs where they are made before the
 * program runs), offline (correlated randomness), online.  Bytes are payload, without framing. */
#ifndef KONSIL_COST_H
#define KONSIL_COST_H

#include <cjson/cJSON.h>

#include "code/code.h"
#include "code/estimate.h"
#include "net/chan.h"

enum cost_phase { COST_SETUP, COST_OFFLINE, COST_ONLINE, N_COST_PHASE };
extern const char *const cost_phase_name[N_COST_PHASE];

/* What one node metered. */
struct cost_node {
	uint64_t rounds[N_COST_PHASE];
	uint64_t sent[N_COST_PHASE][N_NODE_MAX];
	uint64_t us[N_COST_PHASE];      /* time spent in each */
	uint64_t total_us;
	uint64_t memory_bytes;          /* the VM's arena, and the peak of what instructions worked in */
};

/* Of a party that is no node: bytes to all nodes and from them, heads of messages included. */
struct cost_guest {
	uint64_t sent, got;
};

struct cost {
	unsigned n_nodes;
	uint64_t rounds[N_COST_PHASE];
	uint64_t bytes[N_COST_PHASE][N_NODE_MAX][N_NODE_MAX];   /* from, to */
	uint64_t memory_bytes;
	uint64_t us[N_COST_PHASE], total_us;    /* metered: the slowest node's */
	bool metered;
	double predicted_s;             /* metered, links shaped: what was predicted for them; or 0 */
	struct tally tally;             /* predicted: gates, correlated randomness, ... */
	const struct cost_guest *guest; /* cost_guests', the caller's, or NULL */
};

/* Exact prediction: rounds, bytes, memory.  target NULL (protocol clear): no rounds, no bytes. */
enum status cost_predict(struct cost *out, const struct code *c, const struct target *t) MUST_USE;
/* Adds what node metered; begin with a zeroed struct whose n_nodes is set. */
void cost_add(struct cost *c, unsigned node, const struct cost_node *m);
/* From a meter; times are the caller's. */
void cost_of_meter(struct cost_node *out, const struct meter *m, unsigned n_nodes);

/* Of a prediction, what estimate.h says; cpus as there.  From when all agreed to the result. */
double cost_seconds(const struct cost *c, const struct link_speed *link, unsigned cpus);

/* Of a prediction, what is counted, in the order of tables. */
struct cost_count {
	const char *name, *text;        /* in JSON and in a table */
	uint64_t n;
};
enum { N_COST_COUNT = 11 };
unsigned cost_counts(struct cost_count out[N_COST_COUNT], const struct cost *c);

/* Adds what nodes send each other of their own inputs, where others of their group are no nodes. */
enum status cost_nodes_inputs(struct tally *t, const struct code *c) MUST_USE;
/* By party, of those that are no nodes, exactly (mem_free); NULL if every party computes, or
 * nothing is sent. */
enum status cost_guests(struct cost_guest **out, const struct code *c) MUST_USE;
void cost_guests_total(struct cost_guest *sum, const struct cost_guest *all, const struct code *c);
/* A table; of many parties by group. */
struct text;
void cost_guests_text(struct text *t, const struct cost_guest *all, const struct code *c);
/* {party: {"sent", "received"}} */
cJSON *cost_guests_json(const struct cost_guest *all, const struct code *c);

/* The `cost` object: {"rounds", "bytes_sent": {party: n}, "setup" | "offline" | "online":
 * {"rounds", "bytes": {from: {to: n}}}, "memory"}; of a prediction also "randomness" and
 * "seconds": {network: s}; "guests" (cost_guests_json) where parties are no nodes; of a run
 * "offline_s", "online_s", "total_s", and "predicted_s" where links were shaped.  NULL if there is
 * no memory. */
cJSON *cost_json(const struct cost *c, const struct code *code);

#endif
