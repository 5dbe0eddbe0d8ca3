/* check_id.c: identifiers, and what the library `link` looks at in them.
 *
 * An id is a number that only == and != see, and the keys that this makes for the library.  What
 * would open one is refused where values are opened (refuse_id). */
#include "check_impl.h"

void
refuse_id(struct check *ck, const struct val *x, struct span at)
{
	if (x->kind == V_ID)
		compile_fail(ck->c, at, NULL, "output what is computed from it: whether it is present, or "
		    "equals another", "an id is never opened");
}

struct val
to_id(struct check *ck, struct val x, struct span at)
{
	struct span s = at_span(ck, at);

	if (x.kind == V_ID)
		return x;
	if (x.kind != V_MISSING)
		compile_fail(ck->c, at, NULL, "an input brings it: input who : id [] from p",
		    "this is %s, and an id is needed", type_text(ck, &x));
	x = val_ir(ck, V_ID, const_si(ck, 0, s), 0);
	x.p = const_si(ck, 0, s);
	x.masked = true;
	return x;
}

struct val
id_binary(struct check *ck, enum binary op, struct val a, struct val b, struct span at)
{
	struct span s = at_span(ck, at);

	if (op != BIN_EQ && op != BIN_NE)
		compile_fail(ck->c, at, NULL, "== and != compare identifiers; `use link` has more",
		    "%s is not for an id", op_text(op));
	a = to_id(ck, a, at);
	b = to_id(ck, b, at);
	struct val r = result_of(ck, &a, &b, IR_NONE, V_BOOL, 0, at);
	r.v = bin(ck, IR_EQ, a.v, b.v, 0, s);
	if (op == BIN_NE)
		r.v = not_(ck, r.v, s);
	r.masked = false;
	return r;
}
