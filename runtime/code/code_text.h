/* code_text.h: what the text form of a program is made of, common to asm.c and disasm.c. */
#ifndef KONSIL_CODE_TEXT_H
#define KONSIL_CODE_TEXT_H

#include "code.h"

enum { N_SHOWN_MAX = 4 };               /* values of a constant in the comment beside its slot */

/* Letters of the domains, in the order of enum domain. */
extern const char text_domains[N_DOMAIN + 1];

/* The letter before immediate operand i: v for a view, f for an affine, k for a circuit, @ for an
 * instruction. */
char text_imm_mark(unsigned op, unsigned i);

/* Whether the name of a source may stand after `;` as it is. */
bool text_plain(const char *s);

#endif
