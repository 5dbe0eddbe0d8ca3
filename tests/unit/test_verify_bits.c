/* test_verify_bits.c: the verifier's rules about bits: circuits, widths, lengths, memory, what is
 * in flight, what is opened.  Each has a program that breaks it and nothing else. */
#include "verify_kit.h"

#define BITS "lift.b s50, s7, 1\nlift.b s55, s7, 1\nlift.b s51, s7, 1\nlift.b s53, s6, 1\n"
#define LABELS "lift.y s52, s7, 1\nlift.y s70, s6, 1\n"

static void
domains(void **state)
{
	(void)state;
	try(BITS LABELS, NULL);
	try("lift.b s52, s7, 1", "slot s52 is of the wrong domain");
	try("lift.y s50, s7, 1", "slot s50 is of the wrong domain");
	try("lift.b s50, s4, 1", "wrong domain");
	try("lift.b s50, s3, 1", "wrong domain");
	try("share.b s50, s3, 1", NULL);
	try("share.b s50, s7, 1", "wrong domain");
	try("share.y s52, s3, 1\nround", NULL);
	try("random.b s50", NULL);
	try("random.b s52", "slot s52 is of the wrong domain");
	try("random.b s8", "slot s8 is of the wrong domain");
	try(BITS "num.a s9, s50\nround", NULL);
	try(BITS "num.a s8, s50\nround", "slot s8 is of the wrong domain");
	try(LABELS "num.a s9, s52\nround", "wrong domain");
	try(LABELS "y.b s57, s52", NULL);
	try(BITS "y.b s57, s50", "wrong domain");
	try(BITS "b.y s58, s50\nround", NULL);
	try(LABELS "b.y s58, s52\nround", "wrong domain");
	try(BITS LABELS "circ.b s57, s50, s52, _, k0", "wrong domain");
	try(BITS LABELS "circ.y s58, s52, s50, _, k0", "wrong domain");
	try(BITS "neg.a s9, s50", "wrong domain");
	try(BITS "add.x s8, s50, s50", "wrong domain");
	try(BITS "copy s8, s50, v0", "wrong domain");
	try(BITS "copy s52, s50, v0", "wrong domain");
	try(BITS "copy s57, s50, v0", NULL);
	try(BITS "reveal s8, s50\nround", "wrong domain");
	try(BITS "reveal.b s9, s50, 1\nround", "wrong domain");
	try("reveal.b s8, s4, 1\nround", "wrong domain");
	try(LABELS "reveal.b s8, s52, 1\nround", "wrong domain");
	try(BITS "open.b s8, s50, 1\nround", "wrong domain");
	try(BITS "spread s65, s50", NULL);
	try("spread s8, s7", "slot s8 is not of single bits");
	try_post("random.b s50", "slot s50 is not opened");
	try_post("random.b s50\ncopy s57, s50, v0", "slot s50 is not opened");
	alter("to=3 value=s21", "to=3 value=s50", "slot s50 is not opened");
	alter("to=3 value=s21", "to=3 value=s52", "slot s52 is not opened");
}

static void
widths(void **state)
{
	(void)state;
	try("lift.b s67, s7, 1", NULL);
	try("lift.b s73, s7, 1", "65 bits are not 1 elements of 64");
	try("cvt s12, s7\nlift.b s73, s12, 1", NULL);
	try("lift.b s60, s66, 2", "slot s66 is read before");
	try("iota s66\nlift.b s60, s66, 2", NULL);
	try("iota s66\nlift.b s60, s66, 1", "100 bits are not 1 elements of 64");
	try("iota s66\nlift.b s60, s66, 3", "100 bits are not 3 elements of 64");
	try("iota s66\nlift.b s60, s66, 0", "100 bits are not 0 elements");
	try("lift.b s50, s7, 0", "8 bits are not 0 elements");
	try("lift.b s50, s7, -1", "8 bits are not -1 elements");
	try("cvt s12, s7\nlift.b s60, s12, 2", "100 bits are not 2 elements of 128");
	try("lift.b s60, s7, 2", "slot s7 has 6 elements");
	try("lift.b s50, s6, 1", "slot s6 has 1 elements");
	try("split.b s61, s4, 8", NULL);
	try("split.b s61, s4, 7", "slot s61 has not 7 bits for each summand");
	try("split.b s61, s4, 0", "0 bits are not within 1..64");
	try("split.b s61, s4, 65", "65 bits are not within 1..64");
	try("split.b s61, s16, 8", "slot s16 has 1 elements");
	try(BITS "num.a s9, s50, 1\nround", NULL);
	try(BITS "num.a s9, s50, 2\nround", "of two's complement or not, not 2");
	try("cvt s12, s7\nlift.b s73, s12, 1\nnum.a s9, s73\nround", "has no room for 65 bits");
	try("cvt s12, s7\nlift.b s73, s12, 1\nnum.a s5, s73\nround", NULL);
	try(BITS "num.a s9, s53\nround", "slot s53 has 1 elements");
	try(BITS "mulb.a s9, s51, s4\nround", NULL);
	try(BITS "mulb.a s9, s50, s4\nround", "slot s50 is not of single bits");
	try(BITS "mulb.a s9, s51, s5\nround", "do not fit in width");
	try(BITS "lift s16, s6\nmulb.a s9, s51, s16\nround", NULL);
	try(BITS "mulb.a s13, s51, s4\nround", "slot s51 has 6 elements");
	try(LABELS "y.b s51, s52", "do not fit in width");
	try(LABELS "y.b s57, s70", "slot s70 has 1 elements");
	try(BITS "b.y s71, s50\nround", "do not fit in width");
	try(BITS "b.y s58, s53\nround", "slot s53 has 1 elements");
	try(BITS "copy s51, s50, v0", "do not fit in width");
	try(BITS "gather s57, s50, s7, 1, 1", NULL);
	try(BITS "cvt s12, s7\ngather s57, s50, s12, 1, 1", NULL);
	try(BITS "gather s51, s50, s7, 1, 1", "do not fit in width");
	try(BITS "put s50, s53, s6, 1", NULL);
	try(BITS "put s50, s53, s7, 1", "slot s7 has 6 elements");
	try(BITS "spread s51, s50", "slot s51 has 6 elements");
	try(BITS "spread s57, s50", "slot s57 is not of single bits");
	/* Limbs of rows: a value is as long as its party's. */
	try("sum.x s10, s1, 4, 3, 1\ncopy s14, s10, v1\nshare.b s60, s14, 2",
	    "this goes across the rows of several parties");
	try("onehot.x s76, s0, 2\nshare.b s77, s76, 2", NULL);
}

static void
circuits(void **state)
{
	(void)state;
	try(BITS "circ.b s57, s50, s55, _, k0", NULL);
	try(BITS "circ.b s57, s50, s53, _, k0", NULL);
	try(BITS "circ.b s53, s50, s55, _, k0", "slot s50 has 6 elements");
	try(BITS "circ.b s57, s50, _, _, k0", "operand b has 0 bits, the circuit's 8");
	try(BITS "circ.b s57, s50, s55, s55, k0", "operand c has 8 bits, the circuit's 0");
	try(BITS "circ.b s57, s51, s55, _, k0", "operand a has 1 bits, the circuit's 8");
	try(BITS "circ.b s57, _, s55, _, k0", "operand a is no slot");
	try(BITS "circ.b _, s50, s55, _, k0", "operand d is no slot");
	try(BITS "circ.b s57, s50, s99, _, k0", "operand b is no slot");
	try(BITS "circ.b s51, s50, s55, _, k0", "slot s51 has 1 bits, the circuit's result 8");
	try(BITS "circ.b s57, s50, s55, _, k3", "there is no such circuit");
	try(BITS "circ.b s57, s50, s55, _, k-1", "there is no such circuit");
	try(BITS "circ.b s57, s51, s50, s53, k2", NULL);
	try(LABELS "circ.y s58, s52, s70, _, k0", NULL);
	try(LABELS "circ.y s71, s52, _, _, k1", NULL);
	/* d is none of the operands, rounds or not. */
	try(BITS "circ.b s50, s50, s55, _, k0", "slot s50 overlaps the operand s50");
	try(LABELS "circ.y s52, s52, s70, _, k0", "slot s52 overlaps the operand s52");
	try(LABELS "y.b s62, s52\ncirc.b s57, s62, s62, _, k0", NULL);
}

/* Circuits that are none. */
static void
malformed(void **state)
{
	(void)state;
	alter("a=8 b=8 in=16", "a=8 b=8 in=17", "circuit k0: its input bits do not add up");
	alter("a=8 b=8 in=16", "b=16 in=16", "circuit k0 has operands of no width");
	alter("a=8 b=8 in=16", "a=4097 b=8 in=4105", "circuit k0 has operands of no width");
	alter("in=16 reg=24", "in=16 reg=25", "it has more registers than gates");
	alter("in=16 reg=24", "in=16 reg=4294967295", "it has more registers than gates");
	alter("in=16 reg=24", "in=16 reg=23", "circuit k0: gate 7 writes no register");
	alter("gates=[16 0 8", "gates=[15 0 8", "gate 0 writes no register");
	alter("gates=[16 0 8", "gates=[16 0 17", "gate 0 reads what nothing wrote");
	alter("gates=[16 0 8", "gates=[16 4294967295 8", "gate 0 reads what nothing wrote");
	alter("gates=[16 0 8", "gates=[16 0 4294967295", NULL);
	alter("out=[16 17", "out=[24 17", "output bit 0 is a register that nothing wrote");
	alter(" out=[9]", "", "circuit k1 has 0 bits as its result");
	alter("layers=2", "layers=1", "it has 1 layers and 3 bounds");
	alter("layers=2", "layers=4294967295", "it is too large");
	alter("bounds=[0 0 1 1 2 2]", "bounds=[0 0 1 1 2 1]", "layer 2 begins nowhere");
	alter("bounds=[0 0 1 1 2 2]", "bounds=[0 0 1 2 2 2]", "layer 1 has 0 ANDs");
	alter("bounds=[0 0 1 1 2 2]", "bounds=[0 0 3 3 2 2]", "layer 0 ends before it begins");
	alter("layers=2 out=[9] bounds=[0 0 1 1 2 2]", "layers=1 out=[9] bounds=[0 0 2 2]",
	    "gate 1 is not independent of its layer");
	alter("bounds=[0 8]", "bounds=[0 7]", "layer 0 has 1 ANDs");
}

/* Bits lie in planes: windows of them are for copies; what is written in part counts as a whole. */
static void
memory(void **state)
{
	(void)state;
	try(BITS "copy s54, s72, v16", NULL);
	try(BITS "copy s57, s54, v0", "view v0 reads outside of slot s54");
	try(BITS "loop f0, f1\ncopy s68, s72, v16\nend @12", NULL);
	try(BITS "circ.b s57, s50, s54, _, k0", "slot s54 is a window of bits");
	try("random.b s54", "slot s54 is a window of bits");
	try(BITS "num.a s41, s54\nround", "slot s54 is a window of bits");
	try(LABELS "y.b s57, s69", "slot s69 is a window of bits");
	try(BITS "gather s57, s54, s7, 1, 1", "slot s54 is a window of bits");
	try(BITS "put s54, s53, s6, 1", "slot s54 is a window of bits");
	try(BITS "spread s65, s54", "slot s54 is a window of bits");
	try(LABELS "copy s69, s52, v16", "slot s69 overlaps the operand s52");
	try("circ.b s57, s50, s55, _, k0", "slot s50 is read before it is written");
	try("lift.b s62, s7, 1\nneg.a s9, s30", "slot s30 is read after slot s62 went over it");
	try("lift.b s62, s7, 1\nassert s31", "slot s31 is read after slot s62 went over it");
	try("lift.b s62, s7, 1\nneg.a s41, s38", "slot s38 is read after slot s62");
	try(BITS "copy s64, s72, v16", NULL);
	try(BITS "iota s31\ncopy s64, s72, v16", NULL);
	try(BITS "neg.a s30, s4\ncopy s64, s72, v16", "s64 is written in part over data of another");
	try("neg.a s30, s4\nlift.b s62, s7, 1\nspread s65, s62", NULL);
	try("lift.b s62, s7, 1\nlift s41, s6\nneg.a s33, s41", "slot s33 is written in part over");
	try("lift.b s62, s7, 1\nlift.y s63, s24, 1\nspread s65, s62", "slot s62 is read after");
	/* The last plane counts. */
	alter("slot s57: b.8 n=6 at=3328", "slot s57: b.9 n=6 at=3328", NULL);
	alter("slot s77: b.100 n=4 at=6912", "slot s77: b.100 n=4 at=18446744073709551552",
	    "slot s77 is not within the arena");
	alter("slot s57: b.8 n=6 at=3328", "slot s57: b.9 kind=const n=6",
	    "slot s57 is constant, but not public");
	alter("b.8 kind=window n=3 of=s50 offset=1", "b.7 kind=window n=3 of=s50 offset=1",
	    "slot s54 is of another kind than s50");
	alter("b.8 kind=window n=3 of=s50 offset=1", "b.8 kind=window n=3 of=s52 offset=1",
	    "slot s54 is of another kind than s52");
}

/* A circuit is in flight for as many rounds as it has layers. */
static void
flight(void **state)
{
	(void)state;
	try(BITS "circ.b s57, s50, s55, _, k0\nspread s65, s57", NULL);
	try(BITS "lift.b s62, s7, 1\ncirc.b s51, s62, _, _, k1\nround\nround\nround\n"
	    "mulb.a s9, s51, s4\nround", NULL);
	try(BITS "circ.b s51, s50, _, _, k1\nround\nmulb.a s9, s51, s4\nround",
	    "slot s51 is used before the round that completes it");
	try(BITS "circ.b s51, s50, _, _, k1\nround\nlift.b s50, s7, 1\nround",
	    "slot s50 is written while an instruction in flight needs it");
	try(BITS "circ.b s51, s50, _, _, k1\nround\ncopy s54, s72, v16\nround",
	    "slot s54 is written while an instruction in flight needs it");
	try(BITS "circ.b s51, s50, _, _, k1\nround\nround\nlift.b s50, s7, 1", NULL);
	try(BITS "circ.b s51, s50, _, _, k1", "an instruction is in flight at the end");
	try(LABELS "circ.y s71, s52, _, _, k1\nlift.y s52, s7, 1", NULL);
	try(BITS "loop f0, f1\ncirc.b s51, s50, _, _, k1\nround\nend @12",
	    "an instruction is in flight");
}

/* Records in order: whole columns, by a key that there is, in as many rounds as that takes. */
static void
orders(void **state)
{
	(void)state;
	try(BITS "shuf.b s57, s50, 3\nround\nround\nround", NULL);
	try(BITS "shuf.b s57, s50, 4\nround\nround\nround", "slot s57 has 6 elements");
	try(BITS "shuf.b s57, s50, 0\nround\nround\nround", "slot s57 has 6 elements");
	try(BITS "shuf.b s57, s50, 3\nround\nround\nspread s65, s57\nround",
	    "slot s57 is used before the round");
	try(BITS "shuf.b s50, s50, 3\nround\nround\nround", "slot s50 overlaps the operand s50");
	try(BITS "shuf.b s51, s50, 3\nround\nround\nround", "slots s51 and s50 do not fit in width");
	try(BITS "sort.b s57, s50, 6, 7, 6\nround\nround\nround\nround\nround", NULL);
	try(BITS "sort.b s57, s50, 6, 4, 3\nround\nround\nround\nround\nround\nround\nround\nround\n"
	    "round\nround\nround\nround\nspread s65, s57", NULL);
	try(BITS "sort.b s57, s50, 6, 4, 3\nround\nround\nround\nround\nround\nround\nround\nround\n"
	    "round\nround\nround\nspread s65, s57\nround", "slot s57 is used before the round");
	try(BITS "sort.b s57, s50, 6, 8, 1\nround", "there is no key to sort by");
	try(BITS "sort.b s57, s50, 6, -1, 1\nround", "there is no key to sort by");
	try(BITS "sort.b s57, s50, 6, 0, 0\nround", "there is no key to sort by");
	try(BITS "sort.b s57, s50, 6, 0, 7\nround", "there is no key to sort by");
	try(BITS "sort.b s57, s53, 6, 0, 1\nround", "slot s53 has");
}

/* What is opened is what the manifest says. */
static void
openings(void **state)
{
	static char more[16384], opened[16384];

	(void)state;
	try(BITS "reveal.b s8, s50, 1 ; t:1\nround", NULL);
	try(BITS "reveal.b s8, s50, 1, 1 ; t:1\nround", NULL);
	try(BITS "reveal.b s8, s50, 1, 2 ; t:1\nround", "of two's complement or not, not 2");
	try(BITS "reveal.b s8, s50, 1 ; t:2\nround", "the manifest lists no such reveal");
	try(BITS "reveal.b s8, s50, 1 ; t:1\nround\nreveal.b s8, s50, 1 ; t:1\nround",
	    "this reveals more often than the manifest says");
	try(BITS "reveal.b s18, s53, 1 ; t:1\nround", "the manifest lists no such reveal");
	/* As many values as there are, in however many elements. */
	try("iota s66\nlift.b s60, s66, 2\nreveal.b s66, s60, 2 ; t:1\nround", NULL);
	try("iota s66\nlift.b s60, s66, 2\nreveal.b s66, s60, 3 ; t:1\nround", "are not 3 elements");
	try("iota s66\nlift.b s60, s66, 2\nreveal.b s8, s60, 2 ; t:1\nround", "slot s8 has 6");
	try(BITS "open.b s56, s50, 1\nround",
	    "slot s56 is opened to a party that no output shows it to");
	replaced(more, sizeof more, small_text, "rank=1 dims=[6] }]",
	    "rank=1 dims=[6] } { to=3 value=s56 rank=1 dims=[6] }]");
	replaced(opened, sizeof opened, more, "here", BITS "open.b s56, s50, 1\nround");
	base = opened;
	change("there", "", NULL);
	replaced(opened, sizeof opened, more, "here", BITS "open.b s56, s50, 1\nround\n"
	    "open.b s56, s50, 1\nround");
	change("there", "", "more is opened to party 0 than outputs show it");
}

/* Shares are numbers under protocol clear only. */
static void
plain_shares(void **state)
{
	static char clear[16384], text[16384];

	(void)state;
	try("min.x s9, s4, s7", "slot s9 is of the wrong domain");
	replaced(clear, sizeof clear, small_text, "source \"t\"",
	    "program protocol=\"clear\"\nsource \"t\"");
	replaced(text, sizeof text, clear, "there", "");
	base = text;
	change("here", "min.x s9, s4, s7", NULL);
	change("here", "min.x s9, s7, s4", NULL);
	change("here", "neg.x s9, s4", NULL);
	change("here", "min.x s9, s4, s3", "wrong domain");
	change("here", "min.x s8, s4, s7", "wrong domain");
	change("here", "min.x s11, s3, s4", "wrong domain");
	change("here", "check.x s16, s4, s6, s6", NULL);
	change("here", "check.x s18, s4, s6, s6", "wrong domain");
	change("here", "lift.b s50, s7, 1\nneg.x s9, s50", "wrong domain");
}

/* Shapes of instructions on plain numbers that came with them. */
static void
lengths(void **state)
{
	(void)state;
	try("onehot.x s66, s7, 2", NULL);
	try("onehot.x s66, s7, 3", "slot s66 has 12 elements");
	try("onehot.x s66, s7, -1", "immediate operand 0 is no length");
	try("onehot.x s14, s0, 3", NULL);
	try("onehot.x s14, s7, 2", "goes across the rows");
	try("order.x s8, s7, 2, 3, 1", NULL);
	try("order.x s8, s7, 2, 2, 1", "slot s8 has 6 elements");
	try("order.x s14, s1, 4, 3, 1", NULL);
	try("order.x s14, s1, 1, 12, 1", "goes across the rows");
	try("take.x s8, s7, s7, 2, 3, 1", NULL);
	try("take.x s8, s7, s6, 2, 3, 1", "slot s6 has 1 elements");
	try("take.x s14, s1, s1, 4, 3, 1", NULL);
	try("take.x s14, s1, s1, 1, 12, 1", "goes across the rows");
	try("not.x s8, s7\nand.x s8, s8, s6", NULL);
	try("erf.x s8, s7, 63", "63 bits are not within");
}

/* Strings of bits that come in and go out: one element a value, or limbs. */
static void
edges(void **state)
{
	static const char in[] = "input name=\"m\" party=\"s\" type={ kind=int hi=9 } shape=rows"
	    " rank=1 dims=[3]";
	static const char none[] = "slot s1 does not hold what party 0 brings";

	(void)state;
	alter(in, "input name=\"m\" party=\"s\" type={ kind=bits bits=64 } shape=rows rank=1"
	    " dims=[3]", NULL);
	alter(in, "input name=\"m\" party=\"s\" type={ kind=bits bits=65 } shape=rows rank=1"
	    " dims=[3]", none);
	alter(in, "input name=\"m\" party=\"s\" type={ kind=bits bits=192 } shape=rows", NULL);
	alter(in, "input name=\"m\" party=\"s\" type={ kind=bits bits=193 } shape=rows", none);
	alter("to=3 value=s21 rank=1 dims=[6]",
	    "to=3 value=s21 type={ kind=bits bits=128 } rank=1 dims=[3]", NULL);
	alter("to=3 value=s21 rank=1 dims=[6]",
	    "to=3 value=s21 type={ kind=bits bits=128 } rank=1 dims=[6]",
	    "slot s21 has not its length");
	alter("to=3 value=s21 rank=1 dims=[6]",
	    "to=3 value=s21 type={ kind=bits bits=64 } rank=1 dims=[6]", NULL);
	alter("to=3 value=s21 rank=1 dims=[6]",
	    "to=3 value=s22 type={ kind=bits bits=64 } rank=1 dims=[6]",
	    "slot s22 has no room for its bits");
	alter("to=3 value=s21 rank=1 dims=[6]",
	    "to=3 value=s12 type={ kind=bits bits=129 } rank=1 dims=[6]",
	    "slot s12 has no room for its bits");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(domains),
		cmocka_unit_test(widths),
		cmocka_unit_test(circuits),
		cmocka_unit_test(malformed),
		cmocka_unit_test(memory),
		cmocka_unit_test(flight),
		cmocka_unit_test(orders),
		cmocka_unit_test(openings),
		cmocka_unit_test(plain_shares),
		cmocka_unit_test(lengths),
		cmocka_unit_test(edges),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
