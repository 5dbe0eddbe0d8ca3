/* sheet.h: the disclosure sheet, which a data protection officer reads and signs.
 *
 * It is made from the compiled program (every row of it can be checked against the bytecode), and
 * earlier runs from a site's ledger, in plain words, wrapped at 80 columns. */
#ifndef KONSIL_SHEET_H
#define KONSIL_SHEET_H

#include "../protocols/protocol.h"
#include "code/policy.h"
#include "ledger.h"

struct sheet {
	const struct code *code;
	const struct protocol *protocol;
	int me;                         /* the site that reads it, or -1: all of them */
	bool rows_assumed;              /* the row counts are examples (check, explain, compile) */
	const char *const *address;     /* of each party, or NULL */
	const struct policy *policy;    /* what was compiled with, or NULL */
	const struct ledger *ledger;    /* what the site took part in before, or NULL: not known */
};

/* The whole page. */
enum status sheet_text(char **out, const struct sheet *s) MUST_USE;
/* A few lines, for `run`: who learns what, what is opened, safe even if. */
enum status sheet_short(char **out, const struct sheet *s) MUST_USE;
/* The same content as an object, with a newline. */
enum status sheet_json(char **out, const struct sheet *s) MUST_USE;

#endif
