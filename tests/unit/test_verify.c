/* test_verify.c: every rule of the verifier about the manifest and about single instructions has a
 * program that breaks it and nothing else.  What programs do to memory: test_verify_memory.c. */
#include "verify_kit.h"

static void
sample(void **state)
{
	(void)state;
	judge(sample_text, AS_IT_IS, NULL);
}

static void
manifest(void **state)
{
	(void)state;
	base = sample_text;
	change("group=\"site\" member=1", "group=\"site\" member=2",
	    "party 1 is not the next member");
	change("group=\"lab\"\n", "group=\"site\" member=2\n", "party 2 is not the next member");
	change("name=\"lab\"", "name=\"site[0]\"", "a party is there twice");
	change("grouped=yes rows=3", "grouped=yes rows=4",
	    "partition p1 has not the rows of node 0");
	change("start=[0 1 2 2]", "start=[0 1 2 3]", "slot s2 is not made of rows");
	change("start=[0 1 2 2]", "start=[0 2 3 3]", "partition p0 has not the rows of node 0");
	change("start=[0 3 5 5]", "start=[1 3 5 5]", "partition p1 does not begin at 0");
	change("start=[0 3 5 5]", "start=[0 3 2 5]", "partition p1 runs backwards");
	change("owner=2 start=[0 0 0 1]", "owner=2 start=[0 0 1 1]", "does not fit its owner");
	change("owner=2 start=[0 0 0 1]", "owner=3 start=[0 0 0 1]", "partition p2 has no owner");
	change("shape=array rank=1 dims=[2]", "shape=array rank=1 dims=[1099511627777]",
	    "input 2 is too long");
	change("shape=array rank=1", "shape=scalar rank=1", "input 2 has no shape");
	change("shape=array rank=1 dims=[2]", "shape=array", "input 2 has no shape");
	change("columns=[\"Sex\"]", "columns=[\"Sex\" \"x\"]", "input 1 has not as many columns");
	change("columns=[\"Sex\"]", "rank=1 dims=[3] columns=[\"a\" \"b\" \"c\"]", NULL);
	change("columns=[\"Sex\"]", "rank=1 dims=[3] columns=[\"a\"]", "input 1 has not as many");
	change("dims=[2] line", "dims=[2] columns=[\"a\" \"b\"] line", NULL);
	change("dims=[2] line", "dims=[2] columns=[\"a\" \"b\" \"c\"] line",
	    "has not as many columns");
	change("party=\"lab\" type", "party=\"site[0]\" type", "input 2 comes from nobody");
	change("lo=-524288 hi=524288", "lo=3 hi=2", "input 2 has an empty range");
	change(" levels=[\n    { name=\"f\" text=\"2\" }\n"
	    "    { name=\"m\" text=\"M\xc3\xa4nner\" }]", "", "input 1 has no levels");
	change("to=7 value=s14", "to=15 value=s14", "output 0 has no recipients, or some that");
	change("{ to=7 value=s14", "{ value=s14", "output 0 has no recipients");
	change("value=s14 guard", "value=s99 guard", "output 0 has no slot s99");
	change("value=s14 guard", "guard", "output 0 has no slot");
	change("value=s14 guard", "value=s4 guard", "output 0: slot s4 is not opened");
	change("value=s14 guard=s11", "value=s14 guard=s16",
	    "output 0: slot s16 has not its length");
	change("each=1 to=2 value=s13", "each=1 to=3 value=s13",
	    "output 1: slot s13 is not opened to all its recipients");
	change("each=1", "each=3", "output 1 is the part of no party");
	change("rule=require ", "", "output 0 is guarded by no rule");
	change("cells=s15 cell_rule=suppress", "cells=s15", "output 1 is guarded by no rule");
	change("cells=s15 cell_rule=suppress", "cells=s15 cell_rule=require",
	    "output 1 is guarded by no rule");
	change("cells=s15 cell_rule", "cells=s4 cell_rule", "output 1: slot s4 is not opened");
	change("cells=s15 cell_rule", "cells=s99 cell_rule", "output 1 has no slot s99");
	change("cells=s15 cell_rule", "cells=s11 cell_rule", "output 1: slot s11 has not its length");
	change("to=1 value=s12 type={ kind=int", "to=1 value=s12 certain=cell type={ kind=bool",
	    "output 1 has flags that it cannot have");
	change("rank=1 dims=[4]", "rank=1 dims=[3]", "output 1: slot s12 has not its length");
}

static void
slots(void **state)
{
	(void)state;
	base = sample_text;
	change("slot s4: a.64 n=1 at=256", "slot s4: a.64 n=1 at=264",
	    "slot s4 is not within the arena");
	change("slot s30: r.64 part=7 n=1 at=1536", "slot s30: r.64 part=7 n=1 at=1728",
	    "slot s30 is not within the arena");
	change("slot s30: r.64 part=7 n=1 at=1536",
	    "slot s30: r.64 part=7 n=1 at=18446744073709551552",
	    "slot s30 is not within the arena");
	change("arena=1672", "arena=1737", "the arena is larger than the slots need");
	change("arena=1672", "arena=1543", "slot s30 is not within the arena");
	change("slot s7: a.64 n=8", "slot s7: a.64 n=1099511627777", "slot s7 is too long");
	change("slot s7: a.64 n=8", "slot s7: a.64 n=1099511627776",
	    "slot s7 is not within the arena");
	change("slot s2: l.64 n=2", "slot s2: l.64 part=3 n=2", "slot s2 has no partition");
	change("slot s0: l.64 part=1 n=5", "slot s0: l.64 part=1 n=6",
	    "slot s0 is not made of rows");
	change("slot s15: o.64 part=2 n=4", "slot s15: o.64 n=4", "slot s15 has no recipients");
	change("slot s15: o.64 part=2 n=4", "slot s15: o.64 part=10 n=4",
	    "slot s15 has no recipients");
	change("slot s19: r.64", "slot s19: r.128", "slot s19 has width 128");
	change("slot s9: p.64 kind=const", "slot s9: a.64 kind=const",
	    "slot s9 is constant, but not public");
	change("n=1 at=32", "n=3 at=32", "slot s20 is not within the constants");
	change("n=1 at=32", "n=1 at=40", "slot s20 is not within the constants");
	change("n=1 at=32", "n=1 at=64", "slot s20 is not within the constants");
	change("kind=window n=2 of=s7", "kind=window n=2 of=s8", "slot s8 is a window of no slot");
	change("kind=window n=2 of=s7", "kind=window n=2 of=s99", "slot s8 is a window of no slot");
	change("kind=window n=2 of=s7", "kind=window n=2 of=s21",
	    "slot s8 is of another kind than s21");
	change("kind=window n=2 of=s7", "kind=window n=9 of=s7", "slot s8 is longer than s7");
}

/* Which kinds of slots each operand may be. */
static void
domains(void **state)
{
	(void)state;
	try("", NULL);
	try("add.a s9, s4, s4", NULL);
	try("add.a s9, s4, s8", "wrong domain");
	try("add.a s9, s3, s4", "wrong domain");
	try("add.a s8, s4, s4", "slot s8 is of the wrong domain");
	try("addp.a s9, s4, s7", NULL);
	try("addp.a s9, s4, s4", "wrong domain");
	try("add.x s8, s7, s4", "wrong domain");
	try("add.x s9, s7, s7", "slot s9 is of the wrong domain");
	try("add.x s10, s0, s0", NULL);
	try("add.x s10, s0, s6", NULL);
	try("add.x s8, s3, s3", "wrong domain");
	try("add.x s11, s3, s0", "wrong domain");
	try("add.x s17, s3, s3", "wrong domain, partition");
	try("input s8, 0", "slot s8 is of the wrong domain");
	try("input s4, 1", "slot s4 is of the wrong domain");
	try("share s9, s7", "wrong domain");
	try("lift s9, s3", "wrong domain");
	try("lift s9, s4", "wrong domain");
	try("iota s9", "wrong domain");
	try("copy s8, s3, v0", "wrong domain");
	try("copy s8, s4, v0", "wrong domain");
	try("copy s9, s4, v0", NULL);
	try("copy s21, s4, v0", "wrong domain");
	try("gather s9, s4, s3, 1", "wrong domain");
	try("gather s9, s4, s4, 1", "wrong domain");
	try("assert s4", "wrong domain");
	try("assert s3", "wrong domain");
	try("assert s7", NULL);
	try("reveal s9, s4", "wrong domain");
	try("reveal s8, s3\nround", "wrong domain");
	try("open s8, s4", "wrong domain");
	try("open s21, s3", "wrong domain");
	try("open s21, s7", "wrong domain");
	try("sum.l s8, s0", "wrong domain");
	try("sum.x s8, s3, 1, 6, 1", "wrong domain");
	try("copy s22, s22, v0", "slot s22 is real");
	try("real s22, s21", "this is for the post section");
	try("add.a _, s4, s4", "operand d is no slot");
	try("add.a s9, s4, s99", "operand b is no slot");
	try("add.x s6, s18, s18", "slot s6 is constant");
	try("add.x s24, s18, s18", "slot s24 is constant");
	try("round ; @7:1", "source 7 is not there");
}

static void
widths(void **state)
{
	(void)state;
	try("add.a s5, s4, s4", "do not fit in width");
	try("add.a s9, s4, s5", "do not fit in width");
	try("lift s4, s7", NULL);
	try("cvt s12, s7", NULL);
	try("neg.x s12, s7", "do not fit in width");
	try("narrow s9, s5", NULL);
	try("narrow s9, s4", "do not fit in width");
	try("narrow s29, s29", "do not fit in width");
	try("addp.a s5, s5, s7", "do not fit in width");
	try("mul.a s9, s5, s5", "do not fit in width");
	try("share s5, s3", NULL);
}

static void
lengths(void **state)
{
	(void)state;
	try("add.a s9, s4, s19", "slot s19 has 12 elements");
	try("add.a s16, s4, s4", "slot s4 has 6 elements");
	try("lift s16, s6\nadd.a s9, s4, s16", NULL);
	try("sum.l s28, s0\nshare s25, s28", NULL);
	try("iota s18\nlift s25, s18", NULL);
	try("lift s16, s6\ntrunc.a s9, s16, 3\nround", "slot s16 has 1 elements");
	try("share s9, s2", "slot s2 has 2 elements");
	try("sum.a s16, s4, 1, 6, 1", NULL);
	try("sum.a s16, s4, 1, 5, 1", "slot s4 has 6 elements");
	try("sum.a s16, s4, 2, 3, 1", "slot s16 has 1 elements");
	try("sum.a s25, s4, 2, 3, 1", NULL);
	try("sum.a s16, s4, -1, -6, 1", "immediate operand 0 is no length");
	try("sum.a s16, s4, 1, 6, 1099511627777", "immediate operand 2 is no length");
	try("sum.a s16, s4, 1099511627776, 1099511627776, 1099511627776", "slot s4 has 6");
	try("cumsum.a s9, s4, 2, 3, 1", NULL);
	try("cumsum.a s9, s4, 2, 3, 2", "slot s9 has 6 elements");
	try("cumsum.a s19, s4, 2, 3, 1", "slot s19 has 12 elements");
	try("matmul.a s9, s4, s19, 3, 2, 2\nround", "slot s19 has 12 elements");
	try("matmul.a s16, s4, s4, 1, 6, 1\nround", NULL);
	try("matmul.a s16, s4, s4, 1, 5, 1\nround", "slot s4 has 6");
	try("matp.a s9, s19, s7, 2, 6, 1", "slot s9 has 6");
	try("matp.a s25, s19, s7, 2, 6, 1", NULL);
	try("pmat.a s25, s7, s19, 1, 6, 2", NULL);
	try("pmat.a s25, s19, s7, 1, 6, 2", "wrong domain");
	try("minr.x s18, s7, 1, 6, 1", NULL);
	try("minr.x s18, s49, 1, 0, 1", "the least and the greatest of nothing");
	try("sum.x s18, s49, 1, 0, 1", NULL);
	try("gather s8, s49, s7, 1, 1", "there is no nearest row in slot s49");
	try("gather s8, s49, s7, 1", NULL);
	try("gather s9, s4, s6, 6", NULL);
	try("gather s9, s4, s7, 1", NULL);
	try("gather s9, s4, s7, 2", "slot s9 has 6");
	try("gather s9, s4, s7, 4", "slot s4 has 6");
	try("gather s9, s4, s7, 0", "slot s4 has 6");
	try("gather s9, s4, s7, 1, 2", "immediate operand 1 is neither");
	try("lift s16, s6\nput s4, s16, s6, 1", NULL);
	try("lift s16, s6\nput s4, s16, s7, 1", "slot s7 has 6");
	try("lift s16, s6\nput s4, s16, s6, 2", "slot s16 has 1");
	try("lift s16, s6\nput s4, s16, s6, 4", "slot s4 has 6");
	try("put s9, s16, s6, 1", "read before");
	try("trip s18", "there is no loop at depth 0");
	try("loop f0, f1\ntrip s18\nend @8", NULL);
	try("loop f0, f1\ntrip s18, 1\nend @8", "there is no loop at depth 1");
	try("loop f0, f1\ntrip s8\nend @8", "slot s8 has 6");
	try("check.x s18, s7, s6, s6", NULL);
	try("check.x s18, s7, s7, s6", "slot s7 has 6");
	try("check.x s8, s7, s6, s6", "slot s8 has 6");
}

static void
views(void **state)
{
	(void)state;
	try("copy s9, s4, v2", NULL);
	try("copy s9, s4, v3", "view v3 reads outside of slot s4");
	try("copy s9, s4, v4", "view v4 writes outside of slot s9");
	try("copy s9, s4, v10", NULL);
	try("copy s9, s4, v12", "view v12 reads outside of slot s4");
	try("copy s9, s4, v18", "there is no such view");
	try("copy s9, s4, v-1", "there is no such view");
	alter("count=[1024 1024 1024 1 1 1 1 1]", "count=[1099511627776 2 1 1 1 1 1 1]",
	    "view 12 is too long");
}

static void
bits(void **state)
{
	(void)state;
	try("trunc.a s9, s4, 1\nround", NULL);
	try("trunc.a s9, s4, 62\nround", NULL);
	try("trunc.a s9, s4, 63\nround", "63 bits are not within 1..62");
	try("trunc.a s9, s4, 0\nround", "0 bits are not within 1..62");
	try("shl.a s9, s4, 62", NULL);
	try("shl.a s9, s4, 63", "63 bits are not within 0..62");
	try("cvt s12, s7\nshr.x s12, s12, 126", NULL);
	try("cvt s12, s7\nshr.x s12, s12, 127", "127 bits are not within 0..126");
	try("round.x s8, s7, -1", "-1 bits are not within");
	try("div.x s8, s7, s6, 63", "63 bits are not within");
	try("exp.x s8, s7, 63", "63 bits are not within");
	try_post("real s22, s21, 126", NULL);
	try_post("real s22, s21, 127", "127 bits are not within 0..126");
}

/* Local values: what is one member's never meets another's. */
static void
rows(void **state)
{
	(void)state;
	try("copy s14, s0, v1", NULL);                  /* a row's value to all its columns */
	try("copy s14, s1, v8", NULL);                  /* all of it */
	try("copy s14, s1, v11", NULL);                 /* the same, by columns */
	try("copy s10, s1, v5", NULL);                  /* the last column */
	try("copy s14, s1, v9", "view v9 goes across the rows");
	try("copy s10, s0, v7", "view v7 goes across the rows");
	try("copy s10, s1, v6", "view v6 reads outside");
	try("copy s11, s3, v2", NULL);                  /* one owner: as it likes */
	try("copy s17, s1, v0", NULL);                  /* the rows of one, to it */
	try("copy s17, s1, v2", NULL);
	try("copy s17, s1, v5", "reads rows that the owner of slot s17 does not have");
	try("copy s11, s1, v0", "reads rows that the owner of slot s11 does not have");
	try("copy s10, s3, v0", "wrong domain, partition or recipients");
	try("gather s10, s0, s7, 1", "goes across the rows");
	try("gather s11, s3, s7, 1", NULL);
	try("put s0, s0, s6, 4", "goes across the rows");
	try("sum.x s10, s1, 4, 3, 1", NULL);
	try("sum.x s10, s1, 1, 3, 4", "goes across the rows");
	try("sum.x s11, s3, 1, 1, 6", NULL);
	try("cumsum.x s14, s1, 4, 3, 1", NULL);
	try("cumsum.x s14, s1, 1, 12, 1", "goes across the rows");
	try("matmul.x s10, s1, s24, 4, 3, 1", NULL);
	try("matmul.x s14, s1, s1, 4, 3, 3", "slot s1 has 12");
	try("matmul.x s10, s1, s24, 1, 3, 4", "slot s1 has 12");
	try("matmul.x s14, s0, s24, 4, 1, 3", NULL);
	try("matmul.x s14, s24, s0, 3, 1, 4", "only the first factor is local");
	try("sum.l s15, s1", NULL);
	try("sum.l s2, s1", "slot s2 has 2");
	try("sum.l s10, s0", "slot s10 is not one row a member");
	try("sum.l s11, s3", "slot s11 is not one row a member");
	try("tn.l s15, s0, s1, 4, 1, 3", NULL);
	try("tn.l s26, s1, s1, 4, 3, 3", NULL);
	try("tn.l s26, s1, s1, 2, 6, 6", "have not the same rows");
	try("tn.l s26, s1, s0, 4, 3, 3", "slot s0 has 4");
	try("tn.l s15, s1, s1, 4, 3, 3", "slot s15 has 6");
	try("check.x s28, s0, s6, s6", NULL);
	try("check.x s15, s0, s6, s6", "slot s15 has 6");
	try("check.x s10, s0, s6, s6", "slot s10 is not one row a member");
	try("check.x s18, s0, s6, s6", "wrong domain");
	try("check.x s28, s7, s6, s6", "are of different domains");
	try("check.x s17, s3, s6, s6", "have different owners");
	alter("part p1: members=yes start=[0 1 2 2]", "part p1: members=yes start=[0 1 1 1]",
	    "slot s2 has no row for party 1");
	alter("slot s28: l.64 part=1 n=2 at=1984", "slot s28: l.64 kind=window n=4 of=s0",
	    "slot s28 is a window of rows that several parties hold");
}

static void
inputs(void **state)
{
	(void)state;
	try("input s10, 0", NULL);
	try("input s14, 0", "slot s14 does not hold what party 0 brings");
	try("input s11, 0", "slot s11 does not hold what party 0 brings");
	try("input s17, 1", "slot s17 does not hold what party 0 brings");
	try("input s14, 2", NULL);
	try("input s15, 2", "slot s15 does not hold what party 0 brings");
	try("input s10, 3", "there is no input 3");
	try("input s10, -1", "there is no input -1");
	try("input s10, 0, 1", "input 0 has no part 1");
	try("input s10, 0, 2", "input 0 has no part 2");
	try("input s11, 1, 3", NULL);
	try("input s11, 1, 4", "input 1 has no part 4");
	alter("party=\"s\" type={ kind=int hi=9 } shape=rows\n",
	    "party=\"s\" type={ kind=int hi=9223372036854775808 } shape=rows\n",
	    "the range of input 0 does not fit");
}

static void
loops(void **state)
{
	(void)state;
	try("loop f0, f1\nround\nend @8", NULL);
	try("loop f0, f1\nround\nend @7", "this ends the loop at 8");
	try("loop f0, f1\nround", "the loop at 8 does not end");
	try("end @8", "there is no loop to end");
	try("loop f0, f5\nend @8", "there is no such affine");
	try("loop f0, f2\nend @8", "a bound uses a counter that is not outside");
	try("loop f0, f1\nloop f0, f2\nend @9\nend @8", NULL);
	try("loop f0, f1\nloop f0, f4\nend @9\nend @8", "or overflows");
	try("loop f0, f1\nloop f0, f1\nloop f0, f1\nloop f0, f1\nloop f0, f1\nloop f0, f1\n"
	    "loop f0, f1\nloop f0, f1\nend @15\nend @14\nend @13\nend @12\nend @11\nend @10\n"
	    "end @9\nend @8", NULL);
	try("loop f0, f1\nloop f0, f1\nloop f0, f1\nloop f0, f1\nloop f0, f1\nloop f0, f1\n"
	    "loop f0, f1\nloop f0, f1\nloop f0, f1\nend @16", "loops nest deeper than 8");
	try("loop f0, f3\nmul.a s9, s4, s4\nround\nend @8", "the demand does not fit into 64 bits");
	try("loop f0, f3\nloop f0, f3\nend @9\nend @8", "the loops run too often to be counted");
}

/* The window s20 of s19 (12 elements) is 6 long; `offset` is where it stands in two loops of 4. */
static void
window(const char *offset, const char *message)
{
	static char moved[16384], looped[16384];
	char line[64];

	(void)snprintf(line, sizeof line, "of=s19 offset=%s", offset);
	replaced(moved, sizeof moved, small_text, "of=s19 offset=6", line);
	replaced(looped, sizeof looped, moved, "here",
	    "loop f0, f1\nloop f2, f1\nneg.a s20, s4\nend @9\nend @8");
	base = looped;
	change("there", "", message);
}

static void
windows(void **state)
{
	(void)state;
	window("6", NULL);
	window("7", "slot s20 goes outside: elements 7 to 13 of s19, which has 12");
	window("-1", "slot s20 goes outside: elements -1 to 5 of s19");
	window("2*c0", NULL);
	window("1+2*c0", "slot s20 goes outside: elements 1 to 13");
	window("-1+2*c0", "slot s20 goes outside: elements -1 to 11");
	window("6-2*c1", NULL);
	window("5-2*c1", "elements -1 to 11");
	window("c0+c1", NULL);
	window("1+c0+c1", "elements 1 to 13");
	/* The inner counter runs from the outer one, so that their difference is never negative. */
	window("2*c1-2*c0", NULL);
	window("-1+2*c1-2*c0", "elements -1 to 11");
	window("c2", "uses a counter that is not there, or overflows");
	window("4611686018427387904*c0", "uses a counter that is not there, or overflows");
	window("9223372036854775807", "uses a counter that is not there, or overflows");
	try("neg.a s20, s4", NULL);
	alter("rank=1 dims=[6] }]", "rank=1 dims=[6] } { to=3 value=s24 rank=1 dims=[3] }]", NULL);
	alter("slot s24: p.64 kind=window n=3 of=s7 offset=1",
	    "slot s24: p.64 kind=window n=3 of=s7 offset=4", NULL);
	alter("to=3 value=s21 rank=1 dims=[6] }]",
	    "to=3 value=s21 rank=1 dims=[6] } { to=3 value=s42 rank=1 dims=[1] }]",
	    "slot s42 is not opened");
}

/* A window that an output shows stands still, and inside. */
static void
shown_windows(void **state)
{
	static const char part[] = " } { to=3 value=s24 rank=1 dims=[3] }]";
	static const char *const offset[] = { "3", "4", "-1", "c0" };
	(void)state;

	for (unsigned i = 0; i < 4; i++) {
		static char shown[16384], bare[16384], last[16384];
		char line[64];
		replaced(shown, sizeof shown, small_text, " }]\nview", part);
		char *p = strstr(shown, part) + strlen(part);
		(void)snprintf(line, sizeof line, "of=s7 offset=%s", offset[i]);
		assert_non_null(p);
		memmove(p + 5, p, strlen(p) + 1);
		memcpy(p, "\nview", 5);
		replaced(last, sizeof last, shown, "of=s7 offset=1", line);
		replaced(bare, sizeof bare, last, "here", "");
		base = bare;
		change("there", "",
		    i == 0 ? NULL : "slot s24 is a window that moves, or is outside");
	}
}

static void
demands(void **state)
{
	(void)state;
	base = sample_text;
	change("mul.a width=64 count=8", "mul.a width=64 count=7", "the demand section is not");
	change("mul.a width=64 count=8", "mul.a width=64 m=1 count=8", "the demand section is not");
	change("demand mul.a width=64 count=8\n", "", "the demand section is not");
	change("demand reveal width=64 count=8\n", "demand mul.a width=64\nreveal\n", "demand");
	change("demand open width=64 count=14\n",
	    "demand open width=64 count=14\ndemand open width=128 count=1\n", "the demand section");
	change("demand open", "demand trunc.a width=64 k=3 count=1\ndemand open",
	    "the demand section");
}

/* What neither the text nor the container can hold, a compiler's own mistake might. */
static void
spoil(struct code *c, unsigned i)
{
	switch (i) {
	case 0:
		c->n_parties = 0;
		break;
	case 1:
		c->n_parties = N_PARTY_MAX + 1;
		break;
	case 2:
		c->const_bytes = 60;
		break;
	case 3:
		c->party[1].group[0] = '\x1b';
		break;
	case 4:
		c->party[0].rows = c->part[1].start[1] = UINT64_MAX;
		break;
	case 5:
		c->slot[3].domain = N_DOMAIN;
		break;
	case 6:
		c->input[0].type.kind = TYPE_ID + 1;
		break;
	case 7:
		c->input[0].type.frac = 127;
		break;
	case 8:
		c->input[0].type.kind = TYPE_BITS;
		break;
	case 9:
		c->input[2].rank = N_RANK_MAX + 1;
		break;
	case 10:
		c->output[0].n_labels = N_RANK_MAX + 1;
		break;
	case 11:
		c->code[3].op = N_INSN;
		break;
	}
}

/* Names that are not there; the string is kept to be freed. */
static char **
missing(struct code *c, unsigned i)
{
	char **const name[] = { &c->party[1].name, &c->party[1].group, &c->source[1],
		&c->input[1].name, &c->input[1].column[0], &c->input[1].type.level[1].text,
		&c->output[1].name, &c->output[1].source, &c->output[1].label[1].name[1] };

	return i < sizeof name / sizeof *name ? name[i] : NULL;
}

/* Of an output that is withheld beforehand nothing need be there, and then nothing may be. */
static void
withheld(void **state)
{
	static const char shown[] = "source=\"\" parts=[{ to=3 value=s21 rank=1 dims=[6] }]";
	static const char none[] = "is withheld, but not all of it";

	(void)state;
	alter(shown, "source=\"\" withheld=yes parts=[{ to=3 guard=s99999999 rule=require }]", none);
	alter(shown, "source=\"\" withheld=yes parts=[{ to=3 present=s99999999 }]", none);
	alter(shown, "source=\"\" withheld=yes parts=[{ to=3 cells=s99999999 cell_rule=either }]", none);
	alter(shown, "source=\"\" withheld=yes parts=[{ to=3 value=s99999999 }]",
	    "has no slot s99999999");
	alter(shown, "source=\"\" withheld=yes parts=[{ to=3 rank=1 dims=[6] }]",
	    "slot s21 is opened to a party that no output shows it to");
}

static void
spoiled(void **state)
{
	static const char *const message[] = { "there is no party", "party: 4097 are too many",
		"the constants are too long, or cut", "party 1 has no name",
		"party 0 has too many rows", "slot s3 is of no kind", "input 0 is of no type",
		"input 0 is of no type", "input 0 has 0 bits", "input 2 has rank 9",
		"output 0 has labels for 9 axes", "there is no such instruction" };
	static const char *const unnamed[] = { "party 1 has no name", "party 1 has no name",
		"source 1 has no name", "input 1 comes from nobody",
		"input 1 has a column without a name", "input 1 has a level without a name",
		"output 1 has no name", "output 1 has no name", "output 1 lacks a label" };
	(void)state;

	for (unsigned i = 0; i < sizeof message / sizeof *message; i++) {
		struct code *c = assemble(sample_text);
		uint32_t n_parties = c->n_parties;
		spoil(c, i);
		refused(c, message[i]);
		c->n_parties = n_parties;
		c->output[0].n_labels = 0;
		code_free(c);
	}
	for (unsigned i = 0; i < sizeof unnamed / sizeof *unnamed; i++) {
		struct code *c = assemble(sample_text);
		char **name = missing(c, i), *kept = *name;
		*name = NULL;
		refused(c, unnamed[i]);
		*name = kept;
		code_free(c);
	}
}

/* Messages say where: section, number, name, file and line. */
static void
places(void **state)
{
	(void)state;
	base = sample_text;
	change("mul.a      s8, s6, s6", "mul.a      s8, s6, s7",
	    "instruction 11 (mul.a, age.ksl:12): slot s7 has 8 elements");
	change("div.r      s14, s19, s29", "div.r      s14, s19, s10",
	    "instruction post 3 (div.r, age.ksl:9): slot s10 is of the wrong domain");
}

static void
out_of_memory(void **state)
{
	struct code *c = assemble(sample_text);
	struct fault f = { 0 };
	(void)state;

	mem_fail_at(0);
	assert_int_equal(code_verify(c, &f), ST_OK);
	uint64_t n = mem_count();
	assert_true(n > 5);
	for (uint64_t i = 1; i <= n; i++) {
		memset(&f, 0, sizeof f);
		mem_fail_at(i);
		assert_int_equal(code_verify(c, &f), ST_INTERNAL);
	}
	mem_fail_at(0);
	code_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sample),
		cmocka_unit_test(manifest),
		cmocka_unit_test(slots),
		cmocka_unit_test(domains),
		cmocka_unit_test(widths),
		cmocka_unit_test(lengths),
		cmocka_unit_test(views),
		cmocka_unit_test(bits),
		cmocka_unit_test(rows),
		cmocka_unit_test(inputs),
		cmocka_unit_test(loops),
		cmocka_unit_test(windows),
		cmocka_unit_test(shown_windows),
		cmocka_unit_test(demands),
		cmocka_unit_test(withheld),
		cmocka_unit_test(spoiled),
		cmocka_unit_test(places),
		cmocka_unit_test(out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
