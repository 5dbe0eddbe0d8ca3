/* test_verify_memory.c: what the verifier says of memory that is reused, of what is in flight, of
 * the post section, and of what is opened. */
#include "verify_kit.h"

/* What is read was written. */
static void
memory(void **state)
{
	(void)state;
	try("neg.a s9, s30", "slot s30 is read before it is written");
	try("neg.a s20, s4\nneg.a s19, s19", NULL);
	try("assert s18", "slot s18 is read before it is written");
	try("loop f0, f1\nadd.x s18, s18, s6\nend @8",
	    "slot s18 is read where it may not have been written");
	try("add.x s18, s6, s6\nloop f0, f1\nadd.x s18, s18, s6\nend @9\nassert s18", NULL);
	/* Written in a loop that surely runs, and in one that may not. */
	try("loop f0, f1\nadd.x s18, s6, s6\nend @8\nassert s18", NULL);
	try("loop f0, f1\nloop f0, f2\nadd.x s18, s6, s6\nend @9\nend @8\nassert s18",
	    "slot s18 is read where it may not have been written");
	try("loop f1, f0\nadd.x s18, s6, s6\nend @8\nassert s18",
	    "where it may not have been written");
	alter("open s21, s4\n", "", "slot s21 is read before it is written");
	alter("value=s21 rank=1", "value=s22 rank=1", NULL);
	alter("value=s21 rank=1", "value=s22 present=s22 guard=s18 rule=range rank=1",
	    "slot s18 is read before it is written");
}

/* One place for several slots: who wrote last may be read, and nobody else. */
static void
reuse(void **state)
{
	(void)state;
	try("neg.a s30, s4\nneg.a s9, s30", NULL);
	try("neg.a s30, s4\nneg.a s9, s32", "slot s32 is read after slot s30 went over it");
	try("neg.a s30, s4\nadd.x s31, s7, s7\nneg.a s9, s30", "slot s30 is read after slot s31");
	try("neg.a s30, s4\nadd.x s31, s7, s7\nassert s31", NULL);
	/* Shares must not be read as public numbers. */
	try("neg.a s30, s4\nassert s31", "slot s31 is read after slot s30 went over it");
	/* In part: over nothing, over one's own kind, over public numbers; not over shares. */
	try("lift s41, s6\nneg.a s33, s41\nneg.a s9, s32", NULL);
	try("lift s41, s6\nneg.a s30, s4\nneg.a s33, s41\nneg.a s9, s32", NULL);
	try("lift s41, s6\nadd.x s31, s7, s7\nneg.a s33, s41\nneg.a s9, s32", NULL);
	try("neg.a s30, s4\nadd.x s34, s24, s24",
	    "slot s34 is written in part over data of another kind");
	try("neg.a s30, s4\ncopy s31, s7, v0\nadd.x s34, s24, s24\nassert s31", NULL);
	try("neg.a s30, s4\niota s18\nput s31, s18, s6, 1", "slot s31 is read after slot s30");
	try("iota s31\niota s18\nput s31, s18, s6, 1\nassert s31", NULL);
	/* A view that leaves elements out, and one that does not. */
	try("neg.a s30, s4\ncopy s31, s7, v2", NULL);
	try("neg.a s30, s4\ncopy s31, s24, v14", "slot s31 is written in part");
	/* Whose it is counts, too: recipients, owners, rows. */
	try("lift s41, s6\nopen s36, s4\nround\nopen s37, s41\nround",
	    "slot s37 is written in part over data of another kind");
	try("copy s44, s3, v0\ncopy s44, s3, v14\nshare s9, s44", NULL);
	try("copy s45, s0, v15\nshare s13, s45", NULL);
	try("copy s46, s0, v15\ncopy s45, s0, v16", "slot s45 is written in part");
	try("copy s46, s0, v15\nshare s13, s45", "slot s45 is read after slot s46");
}

/* What holds in the first iteration holds in the second. */
static void
reuse_in_loops(void **state)
{
	(void)state;
	try("neg.a s30, s4\nloop f0, f1\nneg.a s9, s30\nend @9", NULL);
	try("neg.a s30, s4\nloop f0, f1\nneg.a s9, s30\nadd.x s31, s7, s7\nend @9",
	    "slot s30 is read where it may not have been written");
	try("neg.a s30, s4\nloop f0, f1\nneg.a s9, s30\nneg.a s32, s4\nend @9",
	    "slot s30 is read where it may not have been written");
	try("loop f0, f1\nneg.a s30, s4\nneg.a s9, s30\nadd.x s31, s7, s7\nassert s31\nend @8",
	    NULL);
	try("loop f0, f1\nneg.a s30, s4\nneg.a s9, s30\nadd.x s31, s7, s7\nend @8\nassert s31",
	    NULL);
	try("loop f0, f1\nneg.a s30, s4\nneg.a s9, s30\nadd.x s31, s7, s7\nend @8\nneg.a s9, s30",
	    "slot s30 is read after slot s31");
	/* In part, over what the end of the body left there. */
	try("lift s41, s6\nloop f0, f1\nneg.a s33, s41\nneg.a s9, s32\nneg.a s30, s4\nend @9",
	    NULL);
	try("loop f0, f1\nadd.x s34, s24, s24\nneg.a s30, s4\nend @8",
	    "slot s34 is written in part over data of another kind");
	/* Written by an inner loop that may not run: what was there before may still be. */
	try("neg.a s30, s4\nloop f0, f1\nloop f0, f2\nadd.x s31, s7, s7\nend @10\nend @9\n"
	    "assert s31",
	    "slot s31 is read where it may not have been written");
	try("neg.a s30, s4\nloop f0, f1\nloop f0, f2\nadd.x s31, s7, s7\nend @10\nend @9\n"
	    "neg.a s9, s30",
	    "slot s30 is read where it may not have been written");
	try("neg.a s30, s4\nloop f0, f1\nloop f0, f2\nneg.a s30, s4\nend @10\nend @9\n"
	    "neg.a s9, s30",
	    NULL);
}

static void
overlaps(void **state)
{
	(void)state;
	try("neg.a s4, s4", NULL);
	try("add.a s4, s4, s4", NULL);
	try("neg.a s39, s40", "slot s39 overlaps the operand s40");
	try("neg.a s39, s20", NULL);
	try("neg.a s30, s4\nneg.a s32, s30", "slot s32 overlaps the operand s30");
	try("cumsum.a s4, s4, 1, 6, 1", "slot s4 overlaps the operand s4");
	try("copy s4, s4, v0", "slot s4 overlaps the operand s4");
	try("mul.a s4, s4, s9", "slot s9 is read before");
	try("mul.a s4, s4, s39\nround", "slot s4 overlaps the operand s4");
	try("trunc.a s4, s4, 3\nround", "slot s4 overlaps the operand s4");
	/* An element that stands for many must not be one of them. */
	try("lift s16, s6\nadd.a s4, s4, s16", NULL);
	try("loop f0, f1\nadd.a s19, s19, s42\nend @8", "slot s19 overlaps the operand s42");
	try("loop f0, f1\nadd.a s43, s42, s42\nend @8", NULL);
	try("loop f0, f1\nadd.a s42, s42, s43\nend @8", NULL);
	try("loop f0, f1\nneg.a s39, s42\nend @8", "slot s39 overlaps the operand s42");
}

static void
flight(void **state)
{
	(void)state;
	try("mul.a s9, s4, s4\nround\nneg.a s9, s9", NULL);
	try("mul.a s9, s4, s4", NULL);                  /* the round that follows is late enough */
	try("mul.a s9, s4, s4\nneg.a s30, s9\nround", "slot s9 is used before the round");
	try("mul.a s9, s4, s4\nneg.a s9, s4\nround", "slot s9 is used before the round");
	try("mul.a s9, s4, s4\nneg.a s4, s4\nround",
	    "slot s4 is written while an instruction in flight");
	try("mul.a s9, s4, s4\nneg.a s30, s4\nround", NULL);
	try("mul.a s9, s4, s4\nmul.a s30, s4, s4\nround", NULL);
	try("mul.a s9, s4, s4\nmul.a s9, s4, s4\nround", "slot s9 is used before the round");
	try("mul.a s30, s4, s4\nneg.a s32, s4\nround", "slot s32 is used before the round");
	try("mul.a s30, s4, s4\niota s31\nround", "slot s31 is used before the round");
	try("iota s31\nmul.a s39, s4, s4\nmul.a s20, s4, s4\nround", NULL);
	try("mul.a s39, s4, s4\nneg.a s9, s20\nround", NULL);
	try("mul.a s39, s4, s4\nneg.a s9, s40\nround", "slot s40 is used before the round");
	try("loop f0, f1\nmul.a s42, s16, s16\nround\nend @8", "slot s16 is read before");
	try("lift s16, s6\nloop f0, f1\nmul.a s42, s16, s16\nmul.a s43, s16, s16\nround\nend @9",
	    NULL);
	try("lift s16, s6\nloop f0, f1\nmul.a s42, s16, s16\nneg.a s9, s39\nround\nend @9",
	    "slot s39 is used before the round");
	try("mul.a s9, s4, s4\nloop f0, f1\nround\nend @9", "an instruction is in flight");
	try("loop f0, f1\nmul.a s9, s4, s4\nend @8\nround", "an instruction is in flight");
	alter("open s21, s4\nround", "open s21, s4", "an instruction is in flight at the end");
	try("reveal s8, s4\nadd.x s18, s6, s6\nassert s8\nround ; t:1", "slot s8 is used before");
}

static void
post(void **state)
{
	(void)state;
	try_post("add.r s22, s22, s22", NULL);
	try_post("add.r s23, s22, s22", NULL);
	try_post("real s23, s21\nadd.r s22, s22, s23", "wrong domain, partition or recipients");
	try_post("real s27, s21", "wrong domain, partition or recipients");
	try_post("real s27, s7", NULL);
	try_post("real s22, s4", "wrong domain");
	try_post("real s22, s3", "wrong domain");
	try_post("real s22, s22", "wrong domain");
	try_post("add.r s22, s22, s21", "wrong domain");
	try_post("add.x s8, s7, s7", NULL);
	try_post("add.a s9, s4, s4", "slot s9 is not opened");
	try_post("add.x s11, s3, s3", "slot s11 is not opened");
	try_post("mul.a s9, s4, s4", "this is not for the post section");
	try_post("reveal s8, s4", "this is not for the post section");
	try_post("round", "this is not for the post section");
	try_post("loop f0, f1\nend @1", "this is not for the post section");
	try_post("assert s7", "this is not for the post section");
	try_post("copy s23, s22, v0", NULL);
	try_post("real s23, s21\ncopy s22, s23, v0", "wrong domain, partition or recipients");
	try_post("neg.r s23, s23", "slot s23 is read before it is written");
}

/* What is opened is listed. */
static void
openings(void **state)
{
	(void)state;
	try("reveal s8, s4 ; t:1\nround", NULL);
	try("reveal s8, s4 ; t:2\nround", "the manifest lists no such reveal");
	try("reveal s8, s4 ; t:1\nround\nreveal s8, s4 ; t:1\nround", "reveals more often than");
	try("lift s16, s6\nreveal s18, s16 ; t:1\nround", "the manifest lists no such reveal");
	try("loop f0, f1\nreveal s8, s4 ; t:1\nround\nend @8", "reveals more often than");
	try("loop f1, f0\nreveal s8, s4 ; t:1\nround\nend @8", NULL);
	alter("elements=6 times=1\n", "elements=6 times=1\nreveal line=2 elements=6\n", NULL);
	try("open s35, s4\nround", "slot s35 is opened to a party that no output shows it to");
	try("open s35, s4\nround\ncopy s21, s35, v0", NULL);
	try("open s36, s4\nround", "slot s36 is opened to a party");
	alter("{ to=3 value=s21", "{ to=1 value=s21", "slot s21 is opened to a party");
	alter("{ to=3 value=s21", "{ to=3 value=s22", NULL);
	alter("{ to=3 value=s21", "{ to=1 value=s22", "slot s21 is opened to a party");
	alter("{ to=3 value=s21", "{ to=1 value=s22", "slot s21 is opened to a party");
	try("open s21, s4\nround", "more is opened to party 0 than outputs show it");
	try("loop f0, f1\nopen s21, s4\nround\nend @8", "more is opened to party 0");
	try("loop f1, f0\nopen s21, s4\nround\nend @8", NULL);
	base = sample_text;
	change("elements=2 times=4", "elements=2 times=3", "instruction 13 (reveal, age.ksl:12): "
	    "this reveals more often than the manifest says");
	change("elements=2 times=4", "elements=3 times=4", "the manifest lists no such reveal");
	change("line=12 elements=2 times=4", "line=12 elements=2 times=1\n"
	    "reveal line=12 elements=2 times=3", NULL);
	change("value=s14 guard=s11 rule=require", "value=s14", "slot s11 is opened to a party");
}

/* The small program, its output in these parts instead and s35 opened in these ways. */
static void
show_and_open(const char *parts, const char *opened, const char *message)
{
	static const char one[] = "{ to=3 value=s21 rank=1 dims=[6] }";
	static char more[16384], shown[16384], text[16384];

	replaced(more, sizeof more, small_text, "view v0:",
	    "slot s78: o.64 kind=window part=3 n=3 of=s35 offset=3\n"
	    "slot s79: o.64 kind=window part=3 n=3 of=s35 offset=c0\nview v0:");
	replaced(shown, sizeof shown, more, one, parts);
	replaced(text, sizeof text, shown, "open s21, s4\n", "");
	replaced(more, sizeof more, text, "real s22, s21, 3\n", "");
	replaced(shown, sizeof shown, more, "there\n", "");
	replaced(text, sizeof text, shown, "here", opened);
	trying = opened;
	judge(text, FIT, message);
}

/* Each node is shown as much as is opened to it, of every slot. */
static void
no_more_is_opened_than_shown(void **state)
{
	static const char all[] = "{ to=3 value=s37 rank=1 dims=[3] }"
	    " { to=3 value=s78 rank=1 dims=[3] }";
	static const char apart[] = "{ to=1 value=s37 rank=1 dims=[3] }"
	    " { to=2 value=s78 rank=1 dims=[3] }";
	static const char twice[] = "{ to=3 value=s37 rank=1 dims=[3] }"
	    " { to=3 value=s37 rank=1 dims=[3] } { to=3 value=s37 rank=1 dims=[3] }";
	static const char three[] = "lift s41, s6\nopen s37, s41\nround";
	static const char both[] = "lift s41, s6\nopen s37, s41\nround\nopen s78, s41\nround";

	(void)state;
	show_and_open(all, "open s35, s4\nround", NULL);
	show_and_open(all, both, NULL);
	show_and_open(all, "lift s41, s6\nloop f0, f1\nopen s79, s41\nround\nend @9",
	    "more is opened to party 0");
	show_and_open(apart, "open s35, s4\nround", "more is opened to party 0");
	show_and_open("{ to=2 value=s37 rank=1 dims=[3] }", three, "slot s37 is opened to a party");
	show_and_open("{ to=3 value=s37 rank=1 dims=[3] }", both, "more is opened to party 0");
	show_and_open(twice, "lift s41, s6\nopen s37, s41\nround\nopen s78, s41\nround\n"
	    "open s37, s41\nround", "more is opened to party 0");
}

/* A program on which the memory check would work for minutes is refused: one slot over many, each
 * written in turn with it. */
static void
too_large(void **state)
{
	enum { N = 20000 };
	struct code *c = assemble("konsil bytecode 1\nsource \"t\"\n"
	    "party name=\"a\" group=\"a\"\n");
	(void)state;

	c->n_slots = N + 1;
	c->slot = mem_realloc(c->slot, c->n_slots * sizeof *c->slot);
	c->n_code = 2 * N;
	c->code = mem_realloc(c->code, c->n_code * sizeof *c->code);
	c->arena_bytes = 64 * (N + 1);
	memset(c->slot, 0, c->n_slots * sizeof *c->slot);
	memset(c->code, 0, c->n_code * sizeof *c->code);
	for (uint32_t i = 0; i <= N; i++)
		c->slot[i] = (struct slot){ .domain = DOM_P, .width = 64, .n = 1, .at = 64 * i };
	c->slot[0].n = 8 * N;
	for (uint32_t i = 0; i < 2 * N; i++)
		c->code[i] = (struct insn){ .op = OP_IOTA,
			.slot = { i % 2 == 0 ? 0 : i / 2 + 1, SLOT_NONE, SLOT_NONE, SLOT_NONE } };
	refused(c, "the program is too large to be verified");
	c->n_code = 100;
	struct fault f = { 0 };
	assert_int_equal(code_verify(c, &f), ST_OK);
	code_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory),
		cmocka_unit_test(reuse),
		cmocka_unit_test(reuse_in_loops),
		cmocka_unit_test(overlaps),
		cmocka_unit_test(flight),
		cmocka_unit_test(post),
		cmocka_unit_test(openings),
		cmocka_unit_test(no_more_is_opened_than_shown),
		cmocka_unit_test(too_large),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
