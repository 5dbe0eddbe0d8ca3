/* wording.h: how types, recipients and outputs are named in reports, sheets and explanations. */
#ifndef KONSIL_WORDING_H
#define KONSIL_WORDING_H

#include "code/code.h"
#include "text.h"

/* "fixed?", with range: "int in 0..120", "one of male, female". */
void wording_type(struct text *t, const struct type *type, bool range);
/* The type of an output: "int[2, 4]"; "[*]" where parts differ; "(t: fixed, df: fixed)". */
void wording_output_type(struct text *t, const struct output *o);
/* Some of a program's parties. */
struct who {
	uint64_t bit[N_PARTY_MAX / 64];
};

bool who_has(const struct who *w, uint32_t party);
void who_add(struct who *w, const struct code *c, uint32_t recipients);
/* Everybody but helpers; the computing nodes. */
void who_all(struct who *w, const struct code *c);
void who_nodes(struct who *w, const struct code *c);
/* Parties that are no nodes; helpers; whether there are any. */
void who_guests(struct who *w, const struct code *c);
void who_helpers(struct who *w, const struct code *c);
bool who_any(const struct who *w);
/* All that learn some of an output. */
void wording_recipients(struct who *w, const struct code *c, const struct output *o);
/* "a, b and c" of them; of many, "a, b, c and 997 more". */
void wording_parties(struct text *t, const struct code *c, const struct who *w);
/* "a 60, b 80": parties and their rows; of many, "1,000 sites of h with 20 to 60 rows, 41,000 in
 * all"; nothing if there are no tables with rows. */
void wording_rows(struct text *t, const struct code *c);
/* 0x and ceil(k/4) digits of bits<k>, from numbers of 128 bits, the lowest first. */
enum { BITS_TEXT_MAX = 2 + N_BITS_MAX / 4 + 1 };
void wording_bits(char out[BITS_TEXT_MAX], const struct type *t, const i128 *v);
/* "require", "range" */
const char *wording_rule(unsigned rule);

#endif
