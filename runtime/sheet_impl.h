/* sheet_impl.h: what the sheet says, apart from how it is laid out; see sheet.h */
#ifndef KONSIL_SHEET_IMPL_H
#define KONSIL_SHEET_IMPL_H

#include "sheet.h"
#include "text.h"

/* Sentences of one section, by number; false after the last. */
bool sheet_learned(struct text *t, const struct sheet *s, unsigned i);
bool sheet_inference(struct text *t, const struct sheet *s, unsigned i);

/* "int in 0..120, one value a row", and the columns if they are called differently. */
void sheet_input(struct text *t, const struct input *in);
/* The output as the program has it, on one line. */
void sheet_output(struct text *t, const struct output *o);
/* "every site, in full", "each ward, its own rows", "only bob" */
void sheet_recipients(struct text *t, const struct sheet *s, const struct output *o);
/* "" or when it is withheld */
void sheet_withheld(struct text *t, const struct code *c, const struct output *o);
/* How many assumptions from i on read alike: those on the way of one call of the library. */
uint32_t sheet_alike(const struct code *c, uint32_t i);
/* Whether real numbers of rows will be known later. */
bool sheet_assumes_rows(const struct sheet *s);
/* Whether the output has a value for each row of a group's tables. */
bool sheet_is_rowwise(const struct sheet *s, const struct output *o);
/* What the policy asks for. */
void sheet_policy(struct text *t, const struct policy *p);
void sheet_reveal(struct text *t, const struct sheet *s, const struct reveal *r);
/* Whether some parties do not compute, and it matters: the protocol protects. */
bool sheet_has_guests(const struct sheet *s);
/* Whether it is to be said what holds for sites that compute; that do not. */
bool sheet_for_nodes(const struct sheet *s);
bool sheet_for_guests(const struct sheet *s);
/* Whether the input is the reading site's. */
bool sheet_is_mine(const struct sheet *s, const struct input *in);
/* Sentences about noise and what it spends, by number; false after the last. */
bool sheet_noise(struct text *t, const struct sheet *s, unsigned i);
/* Sentences about earlier runs, if there is a ledger. */
bool sheet_earlier(struct text *t, const struct sheet *s, unsigned i);
/* Of an output part.  Scale: of Laplace noise, or the standard deviation. */
struct noise_figures {
	enum noise_kind noise;
	double spent, sensitivity, scale;        /* 0 without noise */
};
/* Whether the program draws noise of which nothing is known here. */
bool sheet_draws_besides(const struct code *c);
struct noise_figures sheet_noise_of(const struct output_part *p);
/* What all outputs that a party learns spend together, by party (mem_free); NULL: no memory. */
struct budget {
	double epsilon, rho;
};
struct budget *sheet_budgets(const struct code *c);
void sheet_hash(struct text *t, const uint8_t hash[32]);

#endif
