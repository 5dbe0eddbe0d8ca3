/* choose.h: where bits are computed with. */
#ifndef KONSIL_CHOOSE_H
#define KONSIL_CHOOSE_H

#include "ir.h"

/* B or Y for each value.  requires: ir_expand.  breaks: domains and slots, which are as some try
 * left them: run ir_domains and ir_homes anew. */
struct homes_choice choose_bits(struct compile *, struct ir *);

#endif
