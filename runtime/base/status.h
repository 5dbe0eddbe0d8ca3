/* status.h: how a function says that it failed, and how the failure is told.
 *
 * Every fallible function returns an enum status, which must be used.  Where a person will read
 * about it, a struct fault goes along: the first fault sticks, later ones are ignored. */
#ifndef KONSIL_STATUS_H
#define KONSIL_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum status {
#define S(id, number, name, text) id = number,
#include "status.def"
#undef S
};

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/* Inside a function with `enum status st` and one exit `out:`. */
#define TRY(e) do { st = (e); if (st != ST_OK) goto out; } while (0)

enum { FAULT_TEXT_MAX = 1024, FAULT_FILE_MAX = 256 };

/* What went wrong, where, and how to mend it.  Zeroed = no fault. */
struct fault {
	enum status st;
	int line, column;               /* from 1; 0: not tied to a place */
	char file[FAULT_FILE_MAX];
	char message[FAULT_TEXT_MAX];   /* one sentence, no full stop */
	char help[FAULT_TEXT_MAX];      /* "" if there is nothing to say */
	char excerpt[FAULT_TEXT_MAX];   /* source line and carets, ready to print, or "" */
};

/* Records the first fault and returns its status (the first one's, if there was one). */
enum status fault_set(struct fault *f, enum status st, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Adds a place or a help to the fault; does nothing to one that already has it. */
void fault_at(struct fault *f, const char *file, int line, int column);
void fault_help(struct fault *f, const char *fmt, ...) PRINTF_LIKE(2, 3);

const char *status_name(enum status st);   /* "net" */
const char *status_text(enum status st);   /* "a peer was lost, or did not come in time" */

#endif
