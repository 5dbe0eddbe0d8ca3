/* test_verify_guard.c: what a guard may withhold is opened as a product with that guard, or not at
 * all. */
#include "verify_kit.h"

/* x and y are numbers, g and h guards, in shares and in bits; `here` opens them. */
static const char guarded_text[] =
"konsil bytecode 1\n"
"source \"t\"\n"
"party name=\"a\" group=\"a\"\n"
"party name=\"b\" group=\"b\"\n"
"output name=\"o\" source=\"\" parts=[\n"
"    { to=1 value=s10 guard=s11 rule=require type={ kind=int hi=9 } rank=1 dims=[2] }]\n"
"output name=\"p\" source=\"\" parts=[\n"
"    { to=1 value=s12 cells=s13 cell_rule=suppress type={ kind=int hi=9 } rank=1 dims=[2] }]\n"
"const 1 0 2 3 4 5 6 0\n"
"slot s0: p.64 n=1 at=1408\n"
"slot s1: p.64 n=2 at=1472\n"
"slot s2: a.64 n=2\n"                          /* x */
"slot s3: a.64 n=1 at=64\n"                    /* g */
"slot s4: a.64 n=2 at=128\n"                   /* h */
"slot s5: a.64 n=2 at=192\n"
"slot s6: a.64 n=2 at=256\n"
"slot s7: b.1 n=1 at=320\n"                    /* g */
"slot s8: b.4 n=2 at=384\n"                    /* x */
"slot s9: b.4 n=2 at=448\n"
"slot s10: o.64 part=1 n=2 at=512\n"
"slot s11: o.64 part=1 n=1 at=576\n"
"slot s12: o.64 part=1 n=2 at=640\n"
"slot s13: o.64 part=1 n=2 at=704\n"
"slot s14: a.64 n=4 at=768\n"
"slot s15: a.64 kind=window n=2 of=s14 offset=0\n"
"slot s16: a.64 kind=window n=2 of=s14 offset=2\n"
"slot s17: o.64 part=3 n=2 at=832\n"
"slot s18: b.1 n=1 at=896\n"
"slot s19: b.1 n=1 at=960\n"
"slot s20: a.64 n=1 at=1024\n"
"slot s21: r.64 part=1 n=1 at=1088\n"
"slot s22: r.64 part=1 n=1 at=1152\n"
"slot s23: o.64 part=1 n=1 at=1216\n"
"slot s24: r.64 part=1 n=2 at=1280\n"
"slot s25: r.64 part=1 n=1 at=1344\n"
"slot s26: p.64 kind=const n=2 at=32\n"
"slot s27: p.64 n=1 at=1536\n"
"slot s28: p.64 n=1 at=1600\n"
"slot s29: b.4 n=2 at=1664\n"
"view v0: rank=1 count=[2] sstride=[1] dstride=[1]\n"
"affine f0: 0\n"
"affine f1: 2\n"
"circuit k0: name=\"and\" a=1 b=4 in=5 reg=9 layers=1 out=[5 6 7 8] bounds=[0 0 4 4]"
" gates=[5 0 1 6 0 2 7 0 3 8 0 4]\n"
"circuit k1: name=\"xor\" a=1 b=4 in=5 reg=9 out=[5 6 7 8] bounds=[0 4]"
" gates=[5 0 1 6 0 2 7 0 3 8 0 4]\n"
"circuit k2: name=\"all but one\" a=1 b=4 in=5 reg=8 layers=1 out=[5 6 7 4] bounds=[0 0 3 3]"
" gates=[5 0 1 6 0 2 7 0 3]\n"
"circuit k3: name=\"and\" a=1 b=1 in=2 reg=3 layers=1 out=[2] bounds=[0 0 1 1] gates=[2 0 1]\n"
"code\n"
"iota s0, 0, 1\n"
"iota s1, 0, 1\n"
"iota s27, 0, 1\n"
"iota s28, 0, 1\n"
"lift s2, s26\n"
"lift s3, s0\n"
"lift s4, s1\n"
"lift.b s7, s28, 1\n"
"lift.b s8, s26, 1\n"
"lift.b s18, s27, 1\n"
"here\n"
"post\n"
"there\n";

/* g and h as they are; what is opened of x under them is `what`. */
static void
opens(const char *what, const char *there, const char *message)
{
	static char text[16384];
	char last[16384];

	replaced(last, sizeof last, guarded_text, "here", what);
	replaced(text, sizeof text, last, "there", there);
	trying = what;
	judge(text, FIT, message);
}

#define G "open s11, s3\n"
#define H "open s13, s4\nopen s12, s4\nround"
static const char bare[] = "is opened to party 0 whatever its guard says";

static void
products(void **state)
{
	(void)state;
	opens("mul.a s5, s2, s3\nround\nopen s10, s5\n" G H, "", NULL);
	opens("mul.a s5, s3, s2\nround\nmul.a s6, s5, s4\nround\nopen s10, s6\n" G H, "", NULL);
	opens("mulp.a s5, s3, s1\nround\nopen s10, s5\n" G H, "", NULL);
	opens("open s10, s2\n" G H, "", bare);
	opens("add.a s5, s2, s3\nopen s10, s5\n" G H, "", bare);
	opens("mul.a s5, s2, s4\nround\nopen s10, s5\n" G H, "", bare);
	opens("mul.a s5, s2, s3\nround\nadd.a s6, s5, s2\nopen s10, s6\n" G H, "", bare);
}

static void
cells(void **state)
{
	static const char rest[] = "mul.a s6, s2, s3\nround\nopen s10, s6\n" G "round\n";
	char what[1024];
	const struct { const char *code, *message; } row[] = {
		{ "mul.a s5, s2, s4\nround\nopen s12, s5\nopen s13, s4\nround", NULL },
		{ "mul.a s5, s2, s3\nround\nopen s12, s5\nopen s13, s4\nround", bare },
		{ "copy s15, s4, v0\ncopy s16, s2, v0\nmul.a s5, s2, s15\nround\nopen s12, s5\n"
		  "open s13, s15\nround", NULL },
		{ "copy s15, s4, v0\ncopy s16, s2, v0\nmul.a s5, s2, s15\nround\nopen s12, s5\n"
		  "open s13, s16\nround", bare },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		(void)snprintf(what, sizeof what, "%s%s", rest, row[i].code);
		opens(what, "", row[i].message);
	}
}

/* The guard is another one by the time that it is opened, or the product is. */
static void
overwritten(void **state)
{
	(void)state;
	opens("mul.a s5, s2, s3\nround\nlift s3, s27\nopen s10, s5\n" G H, "", bare);
	opens("mul.a s5, s2, s3\nround\nneg.a s5, s2\nopen s10, s5\n" G H, "", bare);
	opens("mul.a s5, s2, s3\nround\ncopy s5, s2, v0\nopen s10, s5\n" G H, "", bare);
	opens("loop f0, f1\nmul.a s5, s2, s3\nround\nend @10\nopen s10, s5\n" G H, "", bare);
	opens("mul.a s5, s2, s3\nround\nloop f0, f1\nneg.a s5, s5\nend @12\nopen s10, s5\n" G H, "", bare);
}

static void
bits(void **state)
{
	(void)state;
	opens("circ.b s9, s7, s8, _, k0\nround\nopen.b s10, s9, 1\nopen.b s11, s7, 1\n" H, "", NULL);
	opens("circ.b s9, s7, s8, _, k0\nround\ncirc.b s29, s18, s9, _, k0\nround\nopen.b s10, s29, 1\n"
	    "open.b s11, s7, 1\n" H, "", NULL);
	opens("circ.b s9, s7, s8, _, k1\nopen.b s10, s9, 1\nopen.b s11, s7, 1\n" H, "", bare);
	opens("circ.b s9, s7, s8, _, k2\nround\nopen.b s10, s9, 1\nopen.b s11, s7, 1\n" H, "", bare);
	opens("circ.b s9, s18, s8, _, k0\nround\nopen.b s10, s9, 1\nopen.b s11, s7, 1\n" H, "", bare);
	opens("mulb.a s5, s7, s2\nround\nopen s10, s5\nopen.b s11, s7, 1\n" H, "", NULL);
	opens("num.a s20, s7\nround\nmul.a s5, s2, s20\nround\nopen s10, s5\nopen.b s11, s7, 1\n" H, "",
	    NULL);
	opens("num.a s20, s7\nround\nmulb.a s5, s7, s2\nround\nopen s10, s5\nopen s11, s20\n" H, "", NULL);
	/* A guard of two conditions, each of which hides it; and of one that does not. */
	opens("circ.b s19, s7, s18, _, k3\nround\nmulb.a s5, s7, s2\nround\nmulb.a s6, s18, s5\nround\n"
	    "open s10, s6\nopen.b s11, s19, 1\n" H, "", NULL);
	opens("circ.b s19, s7, s18, _, k3\nround\nmulb.a s5, s7, s2\nround\n"
	    "open s10, s5\nopen.b s11, s19, 1\n" H, "", bare);
}

/* Who sees it anyway sees it; nobody else does. */
static void
shown_anyway(void **state)
{
	static char text[16384];

	(void)state;
	base = guarded_text;
	replaced(text, sizeof text, guarded_text, "const 1", "output name=\"q\" source=\"\" parts=[\n"
	    "    { to=1 value=s17 type={ kind=int hi=9 } rank=1 dims=[2] }]\nconst 1");
	base = text;
	change("here\npost\nthere",
	    "mul.a s5, s2, s3\nround\nopen s10, s5\n" G H "\nopen s17, s2\nround\npost",
	    "slot s17 is opened to a party that no output shows it to");
	static char both[16384];
	replaced(both, sizeof both, text, "{ to=1 value=s17", "{ to=3 value=s17");
	base = both;
	change("here\npost\nthere",
	    "mul.a s5, s2, s3\nround\nopen s10, s5\n" G H "\nopen s17, s2\nround\npost",
	    NULL);
	/* To the one without a guard, to the other with it. */
	static char one[16384];
	replaced(one, sizeof one, both, "{ to=3 value=s17",
	    "{ to=1 value=s17 type={ kind=int hi=9 } rank=1 dims=[2] }\n"
	    "    { to=2 value=s17 guard=s0 rule=require");
	base = one;
	change("here\npost\nthere",
	    "mul.a s5, s2, s3\nround\nopen s10, s5\n" G H "\nopen s17, s2\nround\npost",
	    "slot s17 is opened to party 1 whatever its guard says");
}

/* A guard that is known before the run: numbers that are 0 where it is hide as well, in any width;
 * where it is nowhere 0 there is nothing to hide. */
static void
known(void **state)
{
	static char text[16384], zero[16384];

	(void)state;
	replaced(text, sizeof text, guarded_text, "guard=s11", "guard=s30");
	replaced(zero, sizeof zero, text, "view v0:", "slot s30: p.64 kind=const n=1 at=64\n"
	    "slot s31: p.64 kind=const n=2 at=80\n"
	    "slot s32: p.64 kind=const n=1 at=32\nview v0:");
	replaced(text, sizeof text, zero, "3 4 5 6 0\n", "3 4 5 6 0 0 0 0 0 0\n");
	base = text;
	change("here\npost\nthere", "mulp.a s5, s2, s30\nopen s10, s5\n" H "\npost", NULL);
	change("here\npost\nthere", "mulp.a s5, s2, s31\nopen s10, s5\n" H "\npost", NULL);
	change("here\npost\nthere", "mulp.a s5, s2, s1\nopen s10, s5\n" H "\npost", bare);
	change("here\npost\nthere", "open s10, s2\n" H "\npost", bare);
	replaced(zero, sizeof zero, text, "guard=s30", "guard=s32");
	base = zero;
	change("here\npost\nthere", "open s10, s2\n" H "\npost", NULL);
}

/* A guard that recipients compute of two that were opened: each hides what is withheld. */
static void
after_opening(void **state)
{
	static char text[16384];

	(void)state;
	replaced(text, sizeof text, guarded_text, "guard=s11", "guard=s25");
	base = text;
	change("here\npost\nthere", "mul.a s5, s2, s3\nround\nmulb.a s6, s7, s5\nround\nopen s10, s6\n"
	    "open.b s23, s7, 1\n" G H "\npost\nreal s21, s11\nreal s22, s23\nadd.r s25, s22, s21", NULL);
	change("here\npost\nthere", "mul.a s5, s2, s3\nround\nopen s10, s5\nopen.b s23, s7, 1\n" G H
	    "\npost\nreal s21, s11\nreal s22, s23\nadd.r s25, s22, s21", bare);
	replaced(text, sizeof text, guarded_text, "value=s10", "value=s24");
	change("here\npost\nthere", "mul.a s5, s2, s3\nround\nopen s10, s5\n" G H "\npost\nreal s24, s10",
	    NULL);
	change("here\npost\nthere", "open s10, s2\n" G H "\npost\nreal s24, s10", bare);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(products),
		cmocka_unit_test(cells),
		cmocka_unit_test(overwritten),
		cmocka_unit_test(bits),
		cmocka_unit_test(shown_anyway),
		cmocka_unit_test(known),
		cmocka_unit_test(after_opening),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
