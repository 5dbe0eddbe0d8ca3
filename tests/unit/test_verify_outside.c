/* test_verify_outside.c: programs with parties that are no nodes: what the verifier refuses, so
 * that such a party gets what its outputs show and nothing else. */
#include "verify_kit.h"

#include "../../runtime/delivery.h"

/* Nodes a and b; c contributes x and learns o; d learns r, which is made of a public number. */
static const char outside_text[] =
"konsil bytecode 1\n"
"program protocol=\"additive\"\n"
"source \"t\"\n"
"party name=\"a\" group=\"a\"\n"
"party name=\"b\" group=\"b\"\n"
"party name=\"c\" group=\"c\"\n"
"party name=\"d\" group=\"d\"\n"
"node\n"
"node party=1\n"
"set parties=[2]\n"
"set parties=[3]\n"
"set parties=[1 3]\n"
"input name=\"x\" party=\"c\" type={ kind=int hi=9 } shape=array rank=1 dims=[4]\n"
"input name=\"y\" party=\"a\" type={ kind=int hi=9 } shape=array rank=1 dims=[4]\n"
"output name=\"o\" source=\"o\" parts=[\n"
"    { to=2147483648 value=s1 type={ kind=int hi=9 } rank=1 dims=[4] }]\n"
"output name=\"r\" source=\"r\" parts=[{ to=2147483649 value=s6 type={ kind=fixed hi=9 } }]\n"
"output name=\"w\" source=\"w\" parts=[{ to=1 value=s11 type={ kind=int hi=9 } }]\n"
"reveal line=1 elements=1 times=1\n"
"part p0: whole=yes owner=0 start=[0 1 1]\n"
"slot s0: a.64 n=4\n"
"slot s1: o.64 part=2147483648 n=4 at=64\n"
"slot s2: o.64 kind=window part=2147483648 n=2 of=s1\n"
"slot s3: o.64 kind=window part=2147483648 n=2 of=s1 offset=2\n"
"slot s4: a.64 n=1 at=128\n"
"slot s5: p.64 n=1 at=192\n"
"slot s6: r.64 part=2147483649 n=1 at=256\n"
"slot s7: r.64 part=2147483649 n=1 at=320\n"
"slot s8: o.64 part=2147483649 n=1 at=384\n"
"slot s9: b.1 n=4 at=448\n"
"slot s10: b.64 n=4 at=512\n"
"slot s11: o.64 part=1 n=1 at=1024\n"
"slot s12: a.64 kind=window n=2 of=s0\n"
"slot s13: a.64 kind=window n=2 of=s0 offset=2\n"
"slot s14: o.64 part=2147483648 n=4 at=1088\n"
"slot s15: a.64 n=4 at=1152\n"
"slot s16: p.64 n=1 at=1216\n"
"slot s17: r.64 part=1 n=1 at=192\n"
"view v0: rank=1 count=[4] sstride=[1] dstride=[1]\n"
"affine f0: 0\n"
"affine f1: 1\n"
"code\n"
"  input.a s0, 0, 0\n"
"  sum.a s4, s0, 1, 4, 1\n"
"  open s1, s0\n"
"  reveal s5, s4 ; t:1\n"
"  open s8, s4\n"
"  open s11, s4\n"
"  round\n"
"post\n"
"  real s6, s5, 0\n"
"  real s7, s8, 0\n"
"  mul.r s6, s6, s7\n";

#define OPENED "  open s1, s0\n"
#define LAST "  mul.r s6, s6, s7\n"

static void
opened_whole(void **state)
{
	(void)state;
	base = outside_text;
	change(OPENED, OPENED, NULL);
	change(OPENED, "  open s2, s12\n  open s3, s13\n", "not opened as a whole, once");
	change(OPENED, "  open s1, s0\n  round\n  open s1, s0\n", "not opened as a whole, once");
	change(OPENED, "  round\n  loop f0, f1\n  open s1, s0\n  round\n  end @3\n",
	    "not opened as a whole, once");
	/* Of two widths: boxes would have the size of the first, which never runs. */
	change(OPENED, "  random.b s9\n  random.b s10\n  round\n  loop f0, f0\n  open.b s1, s9, 1\n"
	    "  round\n  end @5\n  open.b s1, s10, 1\n", "not opened as a whole, once");
	/* Opened, and then moved by the nodes: the party would see zeros. */
	change(OPENED, "  open s14, s0\n  round\n  copy s1, s14, v0\n", "is not opened to it");
	change(OPENED, "  open s1, s0\n  open s14, s0\n", "s14 is opened to a party that no output");
}

/* What c and d are handed of public numbers is what nodes had before post code. */
static void
public_stays(void **state)
{
	(void)state;
	base = outside_text;
	change(LAST, LAST "  real s17, s11, 0\n", "s5 is read after slot s17 went over it");
	change("slot s17: r.64 part=1 n=1 at=192", "slot s17: r.64 part=1 n=1 at=1280", NULL);
	change(LAST, LAST "  neg.x s5, s5\n", "s5 is public, and parties that are no nodes");
	change(LAST, LAST "  neg.x s16, s5\n", "s16 is public, and parties that are no nodes");
}

static void
contributed(void **state)
{
	(void)state;
	base = outside_text;
	change("  sum.a s4", "  input.a s15, 0, 0\n  sum.a s4", NULL);
	change("  sum.a s4", "  input.a s15, 1, 0\n  sum.a s4", "input 1 is not contributed");
	change("program protocol=\"additive\"", "program protocol=\"clear\"", NULL);
}

static uint64_t
public_of(const struct code *c, uint32_t party, uint64_t *opened)
{
	struct delivery d;
	uint64_t bytes;

	assert_int_equal(delivery_plan(&d, c, party), ST_OK);
	bytes = d.public_bytes;
	*opened = d.bytes;
	delivery_fini(&d);
	return bytes;
}

/* A revealed number goes to d, whose output is made of it, and not to c. */
static void
delivered(void **state)
{
	struct code *c = assemble(outside_text);
	struct fault f = { 0 };
	uint64_t opened;

	(void)state;
	fit(c);
	assert_int_equal(code_verify(c, &f), ST_OK);
	assert_int_equal(public_of(c, 2, &opened), 0);
	assert_int_equal(opened, 32);
	assert_int_equal(public_of(c, 3, &opened), 16);
	assert_int_equal(opened, 16);
	assert_true(delivery_any(c, 2) && delivery_any(c, 3) && !delivery_any(c, 1));
	code_free(c);
}

static uint64_t rng = 88172645463325252u;

static uint64_t
draw(uint64_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng % n;
}

/* Up to three digits of the program are others. */
static void
mutate(char *text, size_t len)
{
	for (uint64_t left = 1 + draw(3); left > 0;) {
		char *p = &text[draw(len)];

		if (*p < '0' || *p > '9' || p < strstr(text, "node"))
			continue;
		*p = (char)('0' + draw(10));
		left--;
	}
}

/* A receiver takes what it is due, and runs what is left to do. */
static void
receive(const struct code *c, uint32_t party)
{
	const struct vm_env env = { .code = c, .protocol = &protocol_additive, .me = VM_GUEST,
		.guest = party };
	struct fault f = { 0 };
	struct delivery d;
	struct vm *vm;

	assert_int_equal(delivery_plan(&d, c, party), ST_OK);
	if (vm_new(&vm, &env, &f) == ST_OK) {
		for (uint32_t i = 0; i < d.n; i++) {
			const uint64_t room = slot_part_bytes(&c->slot[d.item[i].slot]);
			if (d.item[i].insn == NULL || d.item[i].insn->op == OP_OPEN)
				assert_true(d.item[i].bytes <= room);
			memset(vm_fill(vm, d.item[i].slot), 1, room);
		}
		assert_int_equal(vm_post(vm, &f), ST_OK);
		vm_free(vm);
	}
	delivery_fini(&d);
}

/* Whatever the verifier accepts. */
static void
mutants(void **state)
{
	static char text[sizeof outside_text];
	unsigned passed = 0;

	(void)state;
	for (unsigned i = 0; i < 8000; i++) {
		struct fault f = { 0 };
		struct code *c;

		memcpy(text, outside_text, sizeof text);
		mutate(text, sizeof text - 1);
		if (code_asm(&c, text, "test", &f) != ST_OK)
			continue;
		fit(c);
		if (c->arena_bytes < 1 << 20 && code_verify(c, &f) == ST_OK) {
			passed++;
			for (uint32_t p = 0; p < c->n_parties; p++)
				if (roles_node(&c->roles, p) < 0)
					receive(c, p);
		}
		code_free(c);
	}
	assert_true(passed > 300);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opened_whole),
		cmocka_unit_test(public_stays),
		cmocka_unit_test(contributed),
		cmocka_unit_test(delivered),
		cmocka_unit_test(mutants),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
