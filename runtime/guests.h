/* guests.h: a node's side of the parties that are no nodes: takes what they contribute, agrees with
 * the other nodes that all of it is there, and hands out results.
 *
 * Guests are served by threads of the gate (guests_serve); everything else is the session's thread.
 * A party may come again until the nodes have agreed: its last whole contribution counts.  What is
 * cut, of a wrong length, or not the same at two nodes that hold the same part is as if it had not
 * come, and the session says whose input is missing: it never goes on with fewer.
 *
 * Leaks: to guests, everybody's row counts, once they have results to fetch. */
#ifndef KONSIL_GUESTS_H
#define KONSIL_GUESTS_H

#include "net/gate.h"
#include "progress.h"
#include "stored.h"
#include "vm.h"

struct guests;

/* Which parties are guests, in their order: party[i] is the gate's guest i; returns how many. */
uint32_t guests_list(uint32_t party[N_PARTY_MAX], const struct study *s);
/* Whether some input comes from a group with a guest in it: then all of the group share it so. */
bool guests_contribute(const struct study *s, const char *group);

/* The study is read, and outlives it; node: this one.  progress (may be NULL) is told of those who
 * have contributed, or fetched, while others are waited for. */
enum status guests_new(struct guests **out, const struct study *s, unsigned node,
    struct progress *progress) MUST_USE;
void guests_free(struct guests *g);     /* NULL is fine; the gate must be closed */

/* For struct gate_config; arg is the struct guests. */
void guests_serve(void *arg, unsigned guest, struct guest_link *link);

/* Waits until all guests have contributed and all nodes have the same; then no more is taken.
 * ST_NET naming whose input is missing when the time is up. */
enum status guests_agree(struct guests *g, struct chan *ch, int timeout_ms, struct fault *f)
    MUST_USE;
/* What all nodes agreed on: row count and header of a guest. */
const struct guest_head *guests_head(const struct guests *g, uint32_t party);
/* 32 bytes that stand for all of it. */
void guests_digest(uint8_t hash[32], const struct guests *g);

/* Nodes that are parties of such a group share their own inputs with each other in the same way:
 * table is this node's own. */
enum status guests_exchange(struct guests *g, struct chan *ch, const struct table_set *table,
    struct fault *f) MUST_USE;
/* For struct vm_env: shares of a part of an input (vm_shares without its first argument). */
enum status guests_shares(const struct guests *g, uint32_t input, uint32_t part, void *out,
    size_t stride, size_t n, unsigned width, bool bits, struct fault *f) MUST_USE;

/* The program has run: from now on results can be fetched from the VM, which stays as it is.
 * NULL: it failed, nothing will come. */
void guests_publish(struct guests *g, const struct vm *vm);
/* Waits until all who get something have fetched it, or the time is up; returns how many have not,
 * and writes the first names of them. */
uint32_t guests_wait(struct guests *g, int timeout_ms, char names[256]);

#endif
