/* explain_lines.h: what each line of a program costs.
 *
 * Online bytes add up to the run's.  A round counts for every line that has an instruction in
 * flight in it, and its time is shared among them.  What a line needs prepared is reckoned as if it
 * were alone; the rounds of preparing, and of setting up, are nobody's. */
#ifndef KONSIL_EXPLAIN_LINES_H
#define KONSIL_EXPLAIN_LINES_H

#include <cjson/cJSON.h>

#include "code/estimate.h"
#include "text.h"

enum { N_LINK_SPEED = 3 };
extern const struct link_speed *const explain_links[N_LINK_SPEED];      /* lan, metro, wan */

struct line_cost {
	uint16_t file;
	uint32_t line;
	uint64_t instructions, rounds;
	uint64_t bytes, offline_bytes;
	uint64_t ands, garbled;
	uint32_t domains;               /* of what is computed on shares: a bit for each enum domain */
	double delays;                  /* its share of half round trips */
	double seconds[N_LINK_SPEED];
	char *text;                     /* the line itself, without indentation; NULL: not known */
};

struct explain_lines {
	const struct code *code;
	uint32_t n, room;
	struct line_cost *at;           /* in the order of the source */
};

/* Source i of the program, len bytes; NULL if it is not known. */
typedef const char *line_source(void *arg, uint32_t i, size_t *len);

/* l is zeroed; source may be NULL.  The code must have passed code_verify. */
enum status lines_make(struct explain_lines *l, const struct code *c, const struct target *t,
    line_source *source, void *arg) MUST_USE;
void lines_fini(struct explain_lines *l);
void lines_text(struct text *t, const struct explain_lines *l);
/* [{"file", "line", "text", "instructions", "rounds", "bytes", "offline_bytes", "ands", "garbled",
 * "domains": ["numbers" | "bits" | "garbled"], "seconds": {"lan", "metro", "wan"}}] */
cJSON *lines_json(const struct explain_lines *l);

#endif
