/* test_asm.c: text to program and back, and where a text is wrong. */
#include "../../runtime/base/mem.h"
#include "../../runtime/code/code.h"
#include "../../runtime/code/fields.h"

#include "bytecode_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

static struct code *
assemble(const char *text)
{
	struct fault f = { 0 };
	struct code *c;

	if (code_asm(&c, text, "test", &f) != ST_OK)
		fail_msg("%s:%d:%d: %s", f.file, f.line, f.column, f.message);
	return c;
}

/* The text of the program comes out as it went in. */
static void
text_round_trip(void **state)
{
	struct code *c = assemble(sample_text);
	char *text;
	(void)state;

	assert_int_equal(code_disasm(&text, c), ST_OK);
	assert_string_equal(text, sample_text);
	mem_free(text);
	code_free(c);
}

/* What the text says is in the program, field by field where it is easily mixed up. */
static void
fields(void **state)
{
	struct code *c = assemble(sample_text);
	(void)state;

	assert_string_equal(c->study, "Age, \"all\" sites\n\tand more");
	assert_true(c->local && c->checked);
	assert_int_equal(c->study_hash[31], 0xff);
	assert_int_equal(c->party[1].member, 1);
	assert_true(c->party[1].grouped && !c->party[2].grouped);
	assert_string_equal(c->input[1].type.level[1].text, "M\xc3\xa4nner");
	assert_true(c->input[2].type.lo == -524288);
	assert_true(c->output[0].part[0].type.lo == -((i128)1 << 64));
	assert_int_equal(c->output[0].part[0].each, -1);
	assert_int_equal(c->output[0].part[0].present, SLOT_NONE);
	assert_int_equal(c->output[1].part[1].each, 1);
	assert_int_equal(c->output[1].part[1].dims[1], 2);
	assert_int_equal(c->output[1].label[0].n, 0);
	assert_string_equal(c->output[1].label[1].name[1], "m");
	assert_int_equal(c->const_bytes, 64);
	assert_int_equal(c->constant[32], 0xff);
	assert_int_equal(c->part[1].start[2], 5);
	assert_int_equal(c->slot[8].kind, SLOT_WINDOW);
	assert_int_equal(c->slot[8].of, 7);
	assert_int_equal(c->slot[8].offset.coef[0], 2);
	assert_int_equal(c->slot[21].domain, DOM_A);
	assert_int_equal(c->slot[21].width, 128);
	assert_int_equal(c->view[0].dstride[1], 2);
	assert_int_equal(c->affine[3].base, 4);
	assert_int_equal(c->affine[3].coef[0], -3);
	assert_int_equal(c->affine[3].coef[1], 1);
	assert_int_equal(c->code[5].op, OP_SUM_A);
	assert_int_equal(c->code[5].file, 1);
	assert_int_equal(c->code[5].line, 33);
	assert_int_equal(c->code[5].slot[2], SLOT_NONE);
	assert_int_equal(c->code[5].imm[1], 2);
	assert_int_equal(c->code[15].slot[0], SLOT_NONE);
	assert_int_equal(c->code[15].slot[1], 25);
	assert_int_equal(c->code[16].imm[0], 9);
	assert_int_equal(c->demand[2].count, 8);
	code_free(c);
}

/* Comments, blanks, numbers left out, sections in another order. */
static void
free_form(void **state)
{
	struct code *c = assemble("konsil bytecode 1   # one\n\n# two\n"
	    "slot s0: a.64 n=7 #x\nslot s1: a.64\n"
	    "  code\n add.a s1,s0 , s0;@3:5\r\n\tinput s0, 1, 2\n"
	    "   2: reveal _, s1\n"
	    "input name=\"x\"\nreveal line=3\n"
	    "const 1 18446744073709551615 # three\naffine f0: -c7+3-2*c1\n"
	    "code\nround");
	(void)state;

	assert_int_equal(c->n_code, 4);
	assert_int_equal(c->code[0].file, 3);
	assert_int_equal(c->code[0].line, 5);
	assert_int_equal(c->code[1].op, OP_INPUT);
	assert_int_equal(c->code[1].imm[1], 2);
	assert_int_equal(c->code[2].slot[0], SLOT_NONE);
	assert_int_equal(c->code[3].op, OP_ROUND);
	assert_int_equal(c->n_inputs, 1);
	assert_int_equal(c->n_reveals, 1);
	assert_int_equal(c->const_bytes, 16);
	assert_int_equal(c->affine[0].base, 3);
	assert_int_equal(c->affine[0].coef[7], -1);
	assert_int_equal(c->affine[0].coef[1], -2);
	assert_string_equal(c->study, "");
	code_free(c);
}

/* Sources whose names cannot stand in a line are numbered; numbers at the ends of their ranges. */
static void
odd_programs(void **state)
{
	static const char text[] =
	    "konsil bytecode 1\nprogram arena=18446744073709551615\n"
	    "source \"a b\"\nsource \"x\"\nsource \"x\"\nsource \"\"\nsource \"@1\"\n"
	    "reveal source=\"r\" elements=18446744073709551615\n"
	    "view v0: rank=1 count=[1] sstride=[-9223372036854775808]"
	    " dstride=[9223372036854775807] doff=-1\n"
	    "affine f0: -9223372036854775808-9223372036854775808*c0+9223372036854775807*c7\n"
	    "affine f1: -1*c0\n"
	    "code\n"
	    "     0: iota       _, -5                    ; @0:1\n"
	    "     1: iota       s4294967294, 0, 0, 3     ; x:1\n"
	    "     2: iota       s0                       ; @2:4294967295\n"
	    "     3: iota       s0                       ; @3:0\n"
	    "     4: iota       s0                       ; @4:0\n"
	    "     5: iota       s0                       ; @9:0\n"
	    "     6: iota       s0, 9223372036854775807, -9223372036854775808\n";
	struct code *c = assemble(text);
	char *out;
	(void)state;

	assert_int_equal(code_disasm(&out, c), ST_OK);
	assert_string_equal(out, text);
	mem_free(out);
	code_free(c);
}

/* Slots of bits of any width, circuits and what names them; a circuit without gates, one of some
 * lines. */
static void
circuits(void **state)
{
	static const char text[] =
	    "konsil bytecode 1\nprogram\n"
	    "slot s0: b.1 n=65\nslot s1: y.4096 n=1\nslot s2: b.3 kind=window n=2 of=s0 offset=c0\n"
	    "circuit k0: name=\"wire\" a=2 in=2 reg=2 out=[1 0] bounds=[0 0]\n"
	    "circuit k1: name=\"x\" a=1 b=1 c=1 in=3 reg=9 layers=1 out=[8 7 3]"
	    " bounds=[0 6 7 7] gates=[3 0 1 4 1 2 5 0 4294967295 6 3 4 7 5 0 8 6 7\n"
	    "    3 4 6]\n"
	    "code\n"
	    "     0: circ.b     s0, s0, _, _, k0\n"
	    "     1: circ.y     s1, s1, s1, s1, k1\n"
	    "demand circ.y width=4096 m=1 n=1 count=1\n";
	struct code *c = assemble(text), *d;
	struct fault f = { 0 };
	uint8_t *p;
	size_t n;
	char *out;
	(void)state;

	assert_int_equal(c->slot[1].width, 4096);
	assert_int_equal(c->slot[1].domain, DOM_Y);
	assert_int_equal(c->circuit[1].n_gates, 7);
	assert_int_equal(c->circuit[1].gate[2].b, GATE_NOT);
	assert_int_equal(c->circuit[1].layer[1].linear, 7);
	assert_int_equal(circuit_check(&c->circuit[1], &f), ST_OK);
	assert_int_equal(code_disasm(&out, c), ST_OK);
	assert_string_equal(out, text);
	mem_free(out);
	/* Through the container, too. */
	assert_int_equal(code_write(&p, &n, c), ST_OK);
	assert_int_equal(code_read(&d, p, n, &f), ST_OK);
	assert_int_equal(code_disasm(&out, d), ST_OK);
	assert_string_equal(out, text);
	mem_free(out);
	mem_free(p);
	code_free(c);
	code_free(d);
}

/* line:column and the beginning of the message */
static void
wrong(const char *body, int line, int column, const char *message)
{
	char text[1024] = "konsil bytecode 1\n";
	struct fault f = { 0 };
	struct code *c;

	strcat(text, body);
	assert_int_equal(code_asm(&c, text, "t.txt", &f), ST_DATA);
	assert_null(c);
	assert_string_equal(f.file, "t.txt");
	if (strncmp(f.message, message, strlen(message)) != 0)
		fail_msg("\"%s\" is not \"%s\"", f.message, message);
	if (f.line != line || f.column != column)
		fail_msg("%s: at %d:%d, not %d:%d", body, f.line, f.column, line, column);
}

static void
wrong_texts(void **state)
{
	(void)state;
	wrong("slot s1: a.64\n", 2, 8, "this is slot s0");
	wrong("slot s0: a.63\n", 2, 14, "no slot of this domain");
	wrong("slot s0: a.65\n", 2, 14, "no slot of this domain is 65 bits wide");
	wrong("slot s0: b.4097\n", 2, 12, "this number does not fit");
	wrong("slot s0: y.0\n", 2, 12, "this number does not fit");
	wrong("circuit k0: out=[0 x]\n", 2, 20, "expected a number");
	wrong("circuit k0: gates=[1 2]\n", 2, 23, "expected a number");
	wrong("code\n circ.b s0, s1, _, _, 3\n", 3, 23, "expected `k`");
	wrong("slot s0: q.64\n", 2, 10, "expected a domain");
	wrong("slot s0: a.64 m=1\n", 2, 15, "this is too much on the line");
	wrong("slot s0: a.64 at=1 n=1\n", 2, 20, "this is too much on the line");
	wrong("slot s0: a.64 n=18446744073709551616\n", 2, 17, "this number does not fit");
	wrong("slot s0: a.64 n=-1\n", 2, 17, "this number does not fit");
	wrong("slot s0: a.64 kind=wall\n", 2, 20, "there is no such kind");
	wrong("\n\nnonsense\n", 4, 1, "this is neither");
	wrong("add.a s0, s0, s0\n", 2, 1, "this is neither");
	wrong("code\n 1: round\n", 3, 3, "this is instruction 0");
	wrong("code\n  nop\n", 3, 3, "this is neither");
	wrong("code\n add.a s0, s1\n", 3, 14, "expected `,`");
	wrong("code\n add.a s0, s1, v1\n", 3, 16, "expected `s`");
	wrong("code\n copy s0, s1, 3\n", 3, 15, "expected `v`");
	wrong("code\n round ; x.ksl:3\n", 3, 10, "there is no such source");
	wrong("code\n iota s0, 1, 2, 3, 4\n", 3, 18, "this is too much on the line");
	wrong("note \"x\n", 2, 6, "expected a string");
	wrong("note \"x\x01\"\n", 2, 6, "this is no text");
	wrong("note \"x\xff\"\n", 2, 6, "this is no text");
	wrong("input type={ kind=int\nlo=3 name=\"x\" }\n", 3, 6, "expected `}`");
	wrong("affine f0: 3+c8\n", 2, 16, "loops nest");
	wrong("affine f0: \n", 2, 12, "expected a number");
	wrong("program hash=0123\n", 2, 18, "expected 64 hex digits");
	wrong("demand nop\n", 2, 8, "there is no such instruction");
	wrong("view v0: rank=9\n", 2, 16, "rank is 9");
	struct fault f = { 0 };
	struct code *c;
	assert_int_equal(code_asm(&c, "konsil bytecode 2\n", "t.txt", &f), ST_DATA);
	assert_string_equal(f.message, "this reads version 1");
}

/* Wherever memory ends, the error says so and nothing leaks or is freed twice. */
static void
out_of_memory(void **state)
{
	struct code *c = assemble(sample_text), *d;
	struct fault f = { 0 };
	char *text;
	(void)state;

	mem_fail_at(0);
	assert_int_equal(code_asm(&d, sample_text, "test", &f), ST_OK);
	code_free(d);
	uint64_t n = mem_count();
	assert_true(n > 50);
	for (uint64_t i = 1; i <= n; i++) {
		memset(&f, 0, sizeof f);
		mem_fail_at(i);
		assert_int_equal(code_asm(&d, sample_text, "test", &f), ST_INTERNAL);
		assert_null(d);
	}
	mem_fail_at(0);
	assert_int_equal(code_disasm(&text, c), ST_OK);
	mem_free(text);
	n = mem_count();
	for (uint64_t i = 1; i <= n; i++) {
		mem_fail_at(i);
		assert_int_equal(code_disasm(&text, c), ST_INTERNAL);
	}
	mem_fail_at(0);
	code_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_round_trip),
		cmocka_unit_test(fields),
		cmocka_unit_test(free_form),
		cmocka_unit_test(odd_programs),
		cmocka_unit_test(circuits),
		cmocka_unit_test(wrong_texts),
		cmocka_unit_test(out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
