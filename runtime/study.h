/* study.h: a program on its way to bytecode: loaded, its parties counted, compiled, verified.
 *
 * load, then parties (their names and rows), then compile; each needs the one before.  A study that
 * failed can only be freed.
 *
 * Who computes is chosen with the parties (roles.h).  Where nothing is said every party does; under
 * a protocol for a certain number, and under clear, the first ones where there are more. */
#ifndef KONSIL_STUDY_H
#define KONSIL_STUDY_H

#include "../compiler/compile.h"
#include "../protocols/protocol.h"
#include "net/handshake.h"

struct study_options {
	const char *path;
	const char *source; /* not NULL: the program itself, path being its name */
	struct load_options load;
	const char *protocol, *network;         /* NULL: additive, metro */
	const char *compute;                    /* "a, b, c": who computes; NULL: see above */
	bool no_local, unchecked;
	const struct policy *policy;            /* NULL: none */
};

struct study {
	struct program *program;
	const struct protocol *protocol;
	char *network, *compute;                /* compute: NULL if nothing was said */
	bool local, unchecked, has_policy;
	struct policy policy;                   /* the strictest of all */
	uint32_t n_parties;
	struct party *party; /* in session order; rows are filled in by the caller */
	struct roles roles;                     /* which of them compute; its lists are the study's */
	struct code *code;                      /* after study_compile */
	uint8_t code_hash[32];                  /* H2 */
};

enum status study_load(struct study *s, const struct study_options *o, struct fault *f) MUST_USE;
void study_fini(struct study *s);

/* The index of the group of that name, or -1. */
int study_group(const struct study *s, const char *name);
/* How many parties there may be at most, helpers apart. */
uint32_t study_places(const struct study *s);
/* Makes the parties: members[g] of group g, named site[0], site[1], ...; and a helper of each name
 * among those that compute that is no party's.  Refuses what the program or the protocol does not
 * allow (ST_USAGE, with the names and what is possible). */
enum status study_members(struct study *s, const uint32_t members[], struct fault *f) MUST_USE;
/* The same with names: names[i] belongs to group groups[i]; members count in the order given.  A
 * helper's group is SITE_HELPER, unless the program has a party of that name. */
#define SITE_HELPER "helper"
enum status study_sites(struct study *s, uint32_t n, const char *const names[],
    const char *const groups[], struct fault *f) MUST_USE;
/* Whether party i brings data. */
bool study_brings(const struct study *s, uint32_t i);
/* Whether how many rows it has is secret: of [..k]. */
bool study_hides_rows(const struct study *s, uint32_t i);
/* Whether party i may have so many rows; where their number is secret, it says what they are made
 * up to. */
bool study_rows_ok(const struct study *s, uint32_t i, uint64_t rows);

/* Steps of making parties; see study_nodes.c. */
enum status study_add_helper(struct study *s, const char *name, struct fault *f) MUST_USE;
enum status study_add_helpers(struct study *s, struct fault *f) MUST_USE;
enum status study_choose(struct study *s, struct fault *f) MUST_USE;

/* Compiles with the parties' rows as they now are, verifies, and hashes.  May be called again. */
enum status study_compile(
    struct study *s, const char *dump, char **dump_text, struct fault *f) MUST_USE;

/* What the handshake binds (H1), a component each, so that a difference has a name: sources,
 * parameters, protocol, network, options, policy, version, who computes, and each party with its
 * place and key (key[i]: the token of party i; NULL: no keys), or where there are many, some
 * parties together. */
enum status study_components(struct component list[N_COMPONENT_MAX], size_t *n,
    const struct study *s, const char *const key[], struct fault *f) MUST_USE;
/* The hash of all components: what sites approve. */
void study_hash(uint8_t hash[32], const struct component *list, size_t n);

#endif
