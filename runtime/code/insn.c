/* insn.c: the rows of isa.def as data, for whoever walks the table.  See code.h. */
#include "code.h"

const struct insn_info insn_table[N_INSN] = {
#define I(id, name, d, a, b, c, shape, rounds, flags, text) \
	[OP_##id] = { name, #d[0], #a[0], #b[0], #c[0], SH_##shape, rounds, flags, text },
#include "isa.def"
#undef I
};
