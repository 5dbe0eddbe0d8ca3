/* test_vm_safe.c: what the verifier lets pass is safe to run: programs with a few numbers changed,
 * in the clear.  `make test` runs this under sanitizers, too. */
#include "verify_kit.h"

#include "../../runtime/base/plain.h"
#include "../../runtime/vm.h"

enum { N_PROGRAMS = 2000 };

static uint64_t seed = 99;

static uint64_t
draw(void)
{
	uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static enum status
any_input(void *arg, uint32_t input, uint32_t part, unsigned party, void *out, size_t n,
    unsigned width, struct fault *f)
{
	(void)arg;
	(void)input;
	(void)part;
	(void)party;
	(void)f;
	for (size_t i = 0; i < n; i++)
		plain_store(out, i, width, (int64_t)draw() >> draw() % 64);
	return ST_OK;
}

static void
nudge(int64_t *x, uint64_t by)
{
	*x = (int64_t)((uint64_t)*x + by - 2);
}

/* Changes one number of the program: mostly by a little, or to that of a neighbour. */
static void
mutate(struct code *c)
{
	uint64_t what = draw(), by = draw() % 5;
	struct insn *x = &c->code[draw() % c->n_code];
	struct slot *s = &c->slot[draw() % c->n_slots];
	struct affine *a = &c->affine[c->n_affines == 0 ? 0 : draw() % c->n_affines];
	struct view *v = &c->view[c->n_views == 0 ? 0 : draw() % c->n_views];

	if (what % 8 < 2)
		x->slot[what / 8 % 4] = (uint32_t)(draw() % c->n_slots);
	else if (what % 8 == 2)
		x->op = (uint16_t)(draw() % N_INSN);
	else if (what % 8 == 3)
		nudge(&x->imm[what / 8 % 3], by);
	else if (what % 8 == 4)
		s->n += by - 2;
	else if (what % 8 == 5 && c->n_affines > 0)
		nudge(&a->coef[what / 8 % 2], by);
	else if (what % 8 == 6 && c->n_views > 0)
		nudge(&v->sstride[what / 8 % 2], by);
	else
		nudge(&s->offset.base, by);
}

static void
add_times(void *arg, const struct insn *x, uint64_t times)
{
	uint64_t *sum = arg;

	(void)x;
	*sum = times > 1000000 ? UINT64_MAX / 2 : *sum + times;
}

/* A run may stop with status 4, and then says why. */
static void
test_verified_is_safe(void **state)
{
	static const char here[] = "iota s18\nput s8, s18, s6, 1\niota s12\ngather s31, s7, s8, 1, 1\n"
	    "check.x s28, s0, s6, s6\nsum.x s10, s1, 4, 3, 1\ncopy s14, s0, v1\ncopy s10, s1, v5\n"
	    "tn.l s26, s1, s1, 4, 3, 3\nmatmul.a s16, s39, s20, 1, 6, 1\nmul.a s9, s4, s4\nround\n"
	    "lift.b s50, s7, 1\nshare.b s55, s3, 1\nlift.b s51, s7, 1\nlift.b s53, s6, 1\n"
	    "circ.b s57, s50, s55, _, k0\nlift.b s62, s7, 1\ncirc.b s51, s62, _, _, k1\nround\n"
	    "copy s54, s72, v16\ncopy s54, s57, v17\nround\nmulb.a s9, s51, s4\n"
	    "put s50, s53, s6, 1\ngather s57, s50, s8, 1, 1\nspread s65, s57\n"
	    "split.b s61, s4, 8\nround\niota s66\nlift.b s60, s66, 2\nnum.a s9, s57, 1\nround\n"
	    "order.x s8, s7, 2, 3, 1\niota s31\ntake.x s31, s8, s7, 2, 3, 1\n"
	    "onehot.x s66, s7, 2\n";
	static char part[16384], small[16384];
	const char *const text[] = { sample_text, small };
	unsigned ran = 0;

	(void)state;
	replaced(part, sizeof part, small_text, "here\n", here);
	replaced(small, sizeof small, part, "there\n", "");
	for (int i = 0; i < N_PROGRAMS; i++) {
		struct proto *proto = NULL;
		struct vm *vm = NULL;
		struct vm_env env = { .protocol = &protocol_clear, .me = VM_ALL, .get = any_input };
		struct proto_env pe = { .n = 1 };
		struct fault f = { .st = ST_OK };
		struct code *c = assemble(text[i % 2]);
		uint64_t times = 0;
		for (uint64_t k = draw() % 3; i >= 2 && k < 3; k++)
			mutate(c);
		fit(c);
		if (i < 2 && code_verify(c, &f) != ST_OK)
			fail_msg("%s", f.message);
		if (code_walk(c, add_times, &times) == ST_OK && times < 20000 &&
		    code_verify(c, &f) == ST_OK) {
			memset(&f, 0, sizeof f);
			env.code = c;
			assert_int_equal(protocol_clear.open(&proto, &pe, &f), ST_OK);
			env.proto = proto;
			assert_int_equal(vm_new(&vm, &env, &f), ST_OK);
			enum status st = vm_run(vm, &f);
			assert_true(st == ST_OK || (st == ST_DATA && f.message[0] != '\0'));
			ran++;
			vm_free(vm);
		}
		code_free(c);
	}
	assert_true(ran > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_verified_is_safe) };

	base = trying = "";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
