/* compile.h: from source to bytecode.
 *
 * program_load reads, parses and resolves a program and what it uses, and evaluates its
 * parameters; then the inputs and parties are known, so that tables can be looked at and rows
 * counted; program_compile does the rest.  Deterministic.  One compilation is one arena; an
 * error inside ends it (the message is in the fault) and frees everything: compile_fail does not
 * return to its caller but to program_load or program_compile. */
#ifndef KONSIL_COMPILE_H
#define KONSIL_COMPILE_H

#include "../runtime/code/code.h"
#include "../runtime/code/policy.h"
#include "../runtime/code/target.h"

struct program;

struct define {
	const char *name;               /* -D name=text */
	const char *text;               /* a number, true/false, "string", or JSON read from @file */
	bool json;
};

struct load_options {
	const struct define *define;
	uint32_t n_defines;
	const char *const *shown;       /* variables that become outputs to all, for rehearsal */
	uint32_t n_shown;
};

/* path: the program; modules are looked for beside it, then in the embedded library. */
enum status program_load(struct program **out, const char *path, const struct load_options *,
    struct fault *) MUST_USE;
/* The same from memory (tests, fuzzing): `use` then finds only the embedded library. */
enum status program_load_text(struct program **out, const char *name, const char *source,
    size_t len, const struct load_options *, struct fault *) MUST_USE;
void program_free(struct program *);

/* What is declared; valid until program_free.  most 0: no upper bound. */
struct group {
	const char *name;
	bool grouped;
	uint32_t least, most;
	bool has_rows;                  /* some input has [], [*, k] or [..k] */
	uint64_t hidden;                /* inputs have [..k]: k, which each member's rows are made up to;
	                                 * else 0 */
};

/* The row count of a member, of which `rows` is assumed where it is not declared. */
static inline uint64_t
group_rows(const struct group *g, uint64_t rows)
{
	return g->hidden != 0 ? g->hidden : g->has_rows ? rows : 0;
}
const struct group *program_groups(const struct program *, uint32_t *n);
const struct input *program_inputs(const struct program *, uint32_t *n);
const char *program_study(const struct program *);      /* title, or the file's name without .ksl */
/* Source i with its name; NULL: no more. */
const char *program_source(const struct program *, uint32_t i, const char **name, size_t *len);
/* Of the program, each module, each parameter. */
const struct named_hash *program_hashes(const struct program *, uint32_t *n);

struct compile_options {
	const struct target *target;
	const char *protocol, *network;
	bool local, unchecked;
	const struct policy *policy;    /* what may be released; NULL: what the program says */
	uint32_t n_parties;
	const struct party *party;      /* in session order, groups' members in order; rows filled in */
	uint32_t n_nodes;
	const uint32_t *node;           /* see roles.h */
	const char *dump;               /* a step's name (lex parse check fold loops post expand emit), or
	                                 * NULL; the later steps run all the same */
	char **dump_text;               /* the program after it, also if a later step fails; mem_free */
};
enum status program_compile(struct code **out, struct program *, const struct compile_options *,
    struct fault *) MUST_USE;

#endif
