/* test_missing.c: what an output or a reveal leaves out, or withholds, is not opened either.
 *
 * Each program has values that are missing in its outputs though its parties have them, or that a
 * guard withholds.  It is run in the clear, and by three nodes under replicated; then every number
 * that was opened must be 0 where its presence says missing: a recipient sees the opened numbers,
 * whatever the report shows.  What a truncation on shares makes of 0 is 0 or, at random, one unit,
 * which may since have been subtracted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <pthread.h>
#include <string.h>

#include "../../runtime/base/mem.h"
#include "../../runtime/base/plain.h"
#include "../../runtime/study.h"
#include "../../runtime/vm.h"

enum { ROWS = 6, NODES = 3 };
enum { HIDDEN = 1 << 20 };              /* told: HIDDEN + a number that must not be opened */

struct node {
	struct vm_env env;
	struct vm *vm;
	struct fault fault;
	enum status st;
	pthread_t thread;
};

static const char head[] =
    "use stats\nparty site[2]\nparty a\ninput w : int in 0..9 from a\n"
    "input x : int in 1..100 [] from site\ninput f : fixed in 1..100 [] from site\n"
    "input z : int? in 0..100 [] from site\ninput c : oneof(\"u\", \"v\")? [] from site\n"
    "input k : oneof(\"u\", \"v\") [] from site\ninput v : int? in 0..9 [3] from a\n";

/* Row i: x = f = i + 1; z is i + 1 or, if i is odd, missing; c is u, v or, every third, missing. */
static enum status
get(void *arg, uint32_t input, uint32_t part, unsigned party, void *out, size_t n, unsigned width,
    struct fault *f)
{
	const struct code *c = arg;
	const struct type *t = &c->input[input].type;

	(void)party;
	(void)f;
	for (size_t i = 0; i < n; i++) {
		bool here = !t->optional || (t->kind == TYPE_CATEGORY ? i % 3 != 2 : i % 2 == 0);
		i128 v = part == 1 ? here : !here ? 0 : part >= 2 ? i % 3 == part - 2 :
		    (i128)(i + 1) << t->frac;
		plain_store(out, i, width, v);
	}
	return ST_OK;
}

/* Whether a number of fixed point that should be 0 is, but for what truncation on shares adds. */
static bool
is_nothing(const struct code *c, i128 v)
{
	return v == 0 || (c->held == 2 && (v == 1 || v == -1));
}

/* Whether the slot was opened to the node (in the clear: to anybody). */
static bool
is_opened_to(const struct code *c, uint32_t slot, int me)
{
	const struct slot *s = &c->slot[slot];

	return s->domain != DOM_O || me == VM_ALL || (recipients_nodes(&c->roles, s->part) >> me & 1) != 0;
}

/* How many numbers are missing in the part; none of them may be other than 0. */
static unsigned
check_part(const struct vm *vm, const struct code *c, const struct output_part *o, int me)
{
	unsigned missing = 0;

	if (o->present == SLOT_NONE || c->slot[o->value].domain == DOM_R || !is_opened_to(c, o->value, me))
		return 0;
	for (uint64_t i = 0; i < c->slot[o->value].n; i++)
		if (vm_int(vm, o->present, i) == 0) {
			missing++;
			i128 v = vm_int(vm, o->value, i);
			assert_true(o->type.frac > 0 ? is_nothing(c, v) : v == 0);
		}
	return missing;
}

/* How many cells of the part a guard withholds; all that is opened in their place is 0. */
static unsigned
check_cells(const struct vm *vm, const struct code *c, const struct output_part *o, int me)
{
	unsigned withheld = 0;

	if (o->cells == SLOT_NONE || !is_opened_to(c, o->cells, me) || !is_opened_to(c, o->value, me))
		return 0;
	for (uint64_t i = 0; i < c->slot[o->cells].n; i++)
		if (vm_int(vm, o->cells, i) == 0) {
			withheld++;
			if (c->slot[o->value].domain == DOM_R)
				continue;
			assert_true(vm_int(vm, o->value, i) == 0);
			assert_true(o->present == SLOT_NONE || vm_int(vm, o->present, i) == 0);
		}
	return withheld;
}

/* "policy ..." is compiled under a policy with dominance = 75%. */
static enum status
compiled(struct study *s, const char *text, const char *protocol, bool no_local)
{
	static const char policy_word[] = "policy ";
	const bool under = strncmp(text, policy_word, sizeof policy_word - 1) == 0;
	struct policy policy = policy_default();
	char source[4096];
	struct study_options o = { .path = "t.ksl", .source = source, .protocol = protocol,
		.no_local = no_local, .policy = under ? &policy : NULL };

	policy.sites = policy.cells = 3;
	policy.rows = 12;
	policy.dominance = 75;
	text += under ? sizeof policy_word - 1 : 0;
	struct fault f = { 0 };

	(void)snprintf(source, sizeof source, "%s%s", head, text);
	if (study_load(s, &o, &f) != ST_OK)
		fail_msg("%s", f.message);
	assert_int_equal(study_members(s, (const uint32_t[]){ 2, 1 }, &f), ST_OK);
	s->party[0].rows = s->party[1].rows = ROWS;
	return study_compile(s, NULL, NULL, &f);
}

/* What every open gave must be 0, or the one number that the program tells. */
static void
check_opened(const struct vm *vm, const struct code *c, int64_t told, int me)
{
	for (uint32_t i = 0; i < c->n_code; i++)
		for (uint64_t k = 0; (c->code[i].op == OP_OPEN || c->code[i].op == OP_OPEN_B) &&
		    is_opened_to(c, c->code[i].slot[0], me) && k < c->slot[c->code[i].slot[0]].n; k++) {
			i128 v = vm_int(vm, c->code[i].slot[0], k);
			assert_true(v == told || is_nothing(c, v));
		}
}

/* No open may have given the number, in units of any of its places. */
static void
check_hidden(const struct vm *vm, const struct code *c, int64_t hidden, int me)
{
	for (uint32_t i = 0; i < c->n_code; i++)
		for (uint64_t k = 0; (c->code[i].op == OP_OPEN || c->code[i].op == OP_OPEN_B) &&
		    is_opened_to(c, c->code[i].slot[0], me) && k < c->slot[c->code[i].slot[0]].n; k++) {
			i128 v = vm_int(vm, c->code[i].slot[0], k);
			for (unsigned f = 0; f < 64; f++) {
				i128 at = (i128)hidden << f;
				assert_true(f < 16 ? v != at : v < at - 1 || v > at + 1);
			}
		}
}

/* What is missing or withheld at a node, or in the clear. */
static unsigned
check_vm(const struct vm *vm, const struct code *c, int64_t told, int me)
{
	unsigned missing = 0;

	for (uint32_t i = 0; i < c->n_outputs; i++)
		for (uint32_t j = 0; j < c->output[i].n_parts; j++) {
			if (told < HIDDEN)
				missing += check_part(vm, c, &c->output[i].part[j], me);
			missing += check_cells(vm, c, &c->output[i].part[j], me);
		}
	if (told >= HIDDEN)
		check_hidden(vm, c, told - HIDDEN, me);
	else if (told != 0)
		check_opened(vm, c, told, me);
	return missing;
}

static void *
node_main(void *arg)
{
	struct node *n = arg;
	struct proto_env pe = { .ch = n->env.ch, .me = (unsigned)n->env.me, .n = NODES, .sid = { 7 },
		.code = n->env.code };

	n->st = n->env.protocol->open(&n->env.proto, &pe, &n->fault);
	if (n->st == ST_OK)
		n->st = vm_new(&n->vm, &n->env, &n->fault);
	if (n->st == ST_OK)
		n->st = vm_run(n->vm, &n->fault);
	return NULL;
}

/* By nodes on shares.  As run. */
static unsigned
run_nodes(const char *text, bool no_local, int64_t told)
{
	struct chan *end[NODES];
	struct node node[NODES];
	struct study s;
	unsigned missing = 0;

	assert_int_equal(compiled(&s, text, "replicated", no_local), ST_OK);
	const uint32_t n_post = s.code->n_post;
	if (told != 0)
		s.code->n_post = 0;
	assert_int_equal(chan_mem_new(end, NODES), ST_OK);
	for (int i = 0; i < NODES; i++) {
		node[i] = (struct node){ .env = { .code = s.code, .protocol = &protocol_replicated,
			.ch = end[i], .me = i, .get = get, .get_arg = s.code } };
		assert_int_equal(pthread_create(&node[i].thread, NULL, node_main, &node[i]), 0);
	}
	for (int i = 0; i < NODES; i++)
		pthread_join(node[i].thread, NULL);
	for (int i = 0; i < NODES; i++) {
		assert_int_equal(node[i].st, ST_OK);
		missing += check_vm(node[i].vm, s.code, told, i);
		vm_free(node[i].vm);
		protocol_replicated.close(node[i].env.proto);
		chan_free(end[i]);
	}
	s.code->n_post = n_post;
	study_fini(&s);
	return missing;
}

/* told: see check_opened; 0: not looked at. */
static unsigned
run_clear(const char *text, bool no_local, int64_t told)
{
	struct fault f = { 0 };
	struct study s;
	struct vm *vm;

	assert_int_equal(compiled(&s, text, "clear", no_local), ST_OK);
	/* What is computed after opening takes the place of what was opened. */
	const uint32_t n_post = s.code->n_post;
	if (told != 0)
		s.code->n_post = 0;
	struct vm_env env = { .code = s.code, .protocol = &protocol_clear, .me = VM_ALL, .get = get,
		.get_arg = s.code };
	struct proto_env none = { .n = 3 };
	assert_int_equal(protocol_clear.open(&env.proto, &none, &f), ST_OK);
	assert_int_equal(vm_new(&vm, &env, &f), ST_OK);
	assert_int_equal(vm_run(vm, &f), ST_OK);
	const unsigned missing = check_vm(vm, s.code, told, VM_ALL);
	vm_free(vm);
	s.code->n_post = n_post;
	protocol_clear.close(env.proto);
	study_fini(&s);
	return missing;
}

/* The fewest that are missing either way. */
static unsigned
run(const char *text, bool no_local, int64_t told)
{
	const unsigned clear = run_clear(text, no_local, told);
	const unsigned nodes = run_nodes(text, no_local, told);

	return clear < nodes ? clear : nodes;
}

static void
nothing_missing_is_opened(void **state)
{
	/* shares: all of it can be computed on shares, too */
	static const struct { bool shares; const char *text; } program[] = {
		{ true, "output o = x.where(k == \"u\") to a\n" },
		{ true, "output o = (x + z) to a\n" },
		{ true, "output o = (f * 2.5).where(k == \"u\") to a\n" },
		{ true, "output o = (x - z) to each site\n" },
		{ true, "output o = c.where(k == \"u\") to a\n" },
		{ false, "output o = (x == z) to a\n" },
		{ true, "output o = reveal(x.where(k == \"u\")) to a\n" },
		{ true, "output o = reveal(c.where(k == \"u\")) to a\n" },
		{ true, "let r = reveal(sum(x))\noutput o = sum(f).where(r < 5) to all\n" },
		{ true, "let r = reveal(sum(x))\noutput o = mean(f).where(r < 5) to all\n" },
		{ true, "let r = reveal(sum(x))\noutput o = [sum(x), sum(x).where(r < 5)] to all\n" },
		{ true, "let r = x.where(k == \"u\")\noutput o = concat(r, z) to a\n" },
		{ false, "output o = mean(v.where(v > 5)) + w to all\n" },
		{ false, "output o = [mean(v.where(v > 5)), mean(v)] + w to all\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof program / sizeof *program; i++) {
		assert_true(run(program[i].text, false, 0) > 0);
		assert_true(!program[i].shares || run(program[i].text, true, 0) > 0);
	}
}

#define N "let n = sum(x)\noutput n to all\n"

/* v[1] is missing, n is 42: of w, which is 1, nothing may be seen where a quotient is missing. */
static void
nothing_is_opened_for_a_missing_quotient(void **state)
{
	static const char *const program[] = {
		N "output o = (v[1] + w) / n to all\n",
		N "output e = v[1] to all\noutput o = v[1] / n + w to all\n",
		N "output o = [(v[1] + w) / n, (v[1] - w) / n] to all\n",
		N "output o = -((v[1] + w) / n) * 2 to all\n",
		N "output o = ([w, w] / n).where(v[1] > 2) to all\n",
		N "output o = sqrt((w / n).where(v[0] > 2)) to all\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof program / sizeof *program; i++)
		(void)run(program[i], false, 2 * ROWS * (ROWS + 1) / 2);
}

#define QUOTIENT "let n = sum(x)\noutput n to all\noutput t = sum(f) to all\n"
#define TOLD "output n = count(f.where(f > 50)) to all\noutput s = sum(f.where(f > 50)) to all\n"

/* What could be had by undoing a step only where the output shows something: no f is above 50, so
 * nothing but 0 may be seen, of w neither. */
static void
steps_that_may_tell_nothing_are_not_undone(void **state)
{
	static const char *const program[] = {
		TOLD "output o = mean(f.where(f > 50)) + w to all\n",
		TOLD "output o = w - mean(f.where(f > 50)) to all\n",
		TOLD "output o = w / (w + 1) * mean(f.where(f > 50)) to all\n",
	};
	static const char *const whole[] = {
		QUOTIENT "output o = sum(f) / n + w to all\n",
		QUOTIENT "output o = w / n + zeros(1) to all\n",
		QUOTIENT "output o = w / n + zeros(0) to all\n",        /* opens nothing for o */
	};
	struct study s;

	(void)state;
	for (size_t i = 0; i < sizeof program / sizeof *program; i++) {
		(void)run(program[i], false, -1);
		assert_int_equal(compiled(&s, program[i], "additive", true), ST_OK);
		study_fini(&s);
	}
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
		assert_int_equal(compiled(&s, whole[i], "additive", false), ST_OK);
		study_fini(&s);
	}
}

/* A quotient that one output shows on a condition, and another one always. */
static void
a_guarded_quotient_is_computed_apart(void **state)
{
	static const char *const text[] = {
		"let r = reveal(sum(x))\noutput d = sum(x) + 1 to all\n"
		"output o = sum(f) / (sum(x) + 1) to all require r > 50\n"
		"output p = sum(f) / (sum(x) + 1) to all\n",
		"let r = reveal(sum(x))\noutput d = sum(x) + 1 to all\n"
		"output p = sum(f) / (sum(x) + 1) to all\n"
		"output o = sum(f) / (sum(x) + 1) to all require r > 50\n",
	};
	struct study s;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(compiled(&s, text[i], "additive", false), ST_OK);
		study_fini(&s);
	}
}

/* w is 1 and the sum of x 42, so all assumptions are violated: nothing but 0 may be opened, also of
 * what is not assumed, if only such outputs are made of it. */
static void
nothing_is_opened_for_what_is_withheld(void **state)
{
	static const char *const program[] = {
		"let r = reveal(sum(x))\noutput o = sum(f) / (r as int in 100..500) to all\n",
		"let r = reveal(sum(x)) as int in 100..500\noutput o = sum(f) to a require r > 200\n",
		"let r = reveal(sum(x))\noutput o = w as int in 2..9 to all require r > 20\n",
		"output o = x.where((w as int in 0..0) < 5) to a\n",
		"output o = sqrt(sum(f)) / (reveal(w) as int in 5..9) to site\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof program / sizeof *program; i++) {
		(void)run(program[i], false, -1);
		(void)run(program[i], true, -1);
	}
}

#define FEW " require sum(k == \"u\") > 4\n"
#define MEANS "[mean(f.where(k == s)) for s in levels(k)]"

/* There are 4 of u and 4 of v, and the sum of x is 42: nothing but 0 may be opened, bits of guards
 * included, nor whether it is missing. */
static void
nothing_is_opened_under_a_guard(void **state)
{
	static const char *const program[] = {
		"output o = sum(x) to all" FEW,
		"output o = mean(f.where(k == \"u\")) to all" FEW,
		"output o = sqrt(var(f)) to a" FEW,
		"output o = [mean(v.where(v > 5)), mean(v)] + w to all" FEW,
		"output o = x as bits<8> to a" FEW,
		"output o = c to a" FEW,
		"output o = counts(k) to a suppress below 5\n",
		"output o = counts(k) to all round to 3 suppress below 5\n",
		"output o = table2(k, k) + 1 to all suppress below 6\n",
		"output o = sum(x) to all round to 100\n",
		"output o = " MEANS " to all withhold where counts(k) < 5\n",
		"output o = x to each site withhold where x < 50\n",
		"output o = f * 2.5 to a withhold where x < 50\n",
		"output o = (x - z) to each site withhold where z < 50\n",
		"output o = c to a withhold where x < 50\n",
		"output o = x as bits<8> to a withhold where x < 50\n",
		"output o = sum(x) / (w as int in 1..5) to all" FEW,
		"output o = sum(x) to all require (w as int in 2..9) > 50\n",
		"output o = sum(x) to all withhold where (w as int in 2..9) < 50\n",
		"let r = reveal(sum(x)) - 42\noutput o = sum(f) to all require r > 0\n"
		"output p = sum(f) to all withhold where r == 0\n",
		"fn two(x: num[n]) -> (s: fixed, m: fixed, c: int) {\n"
		"return (s = sum(x) * 1.0, m = sqrt(sum(x)) / 7, c = count(x))\n}\n"
		"output o = two(f) to all" FEW,
	};

	static const char *const assumed[] = {
		"output o = sum(x) / (w as int in 1..5) to all withhold where sum(x) > 40\n",
		"output o = sum(x) to all require (w as int in 1..5) > 1\n",
		"output o = x to a withhold where (w as int in 1..5) * x < 50\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof program / sizeof *program; i++) {
		(void)run(program[i], false, -1);
		(void)run(program[i], true, -1);
	}
	/* That assumptions hold is told besides. */
	for (size_t i = 0; i < sizeof assumed / sizeof *assumed; i++) {
		(void)run(assumed[i], false, 1);
		(void)run(assumed[i], true, 1);
	}
}

/* Where some cells are shown: those of u are not, whose x make 10, and their mean is 2.5. */
static void
withheld_cells_are_not_opened(void **state)
{
	static const struct { int64_t hidden; const char *text; } program[] = {
		{ 10, "output o = [sum(x.where(k == s)) for s in levels(k)] to all"
		    " withhold where [true, false]\noutput n = sum(x) to all\n" },
		{ 50, "output o = [20 * mean(x.where(k == s)) for s in levels(k)] to all"
		    " withhold where [true, false]\noutput n = counts(k) to all\n" },
		{ 10, "let t = [sum(f.where(k == s)) for s in levels(k)]\n"
		    "output n = counts(k) to all\noutput m = t / counts(k) to all"
		    " withhold where [true, false]\n" },
		{ 10, "let t = [sum(f.where(k == s)) for s in levels(k)]\n"
		    "output c = cumsum(t) * 1.0 to all withhold where [true, false]\n" },
		{ 5, "output o = x to each site withhold where x == 5\n" },
		{ 3, "output o = z to all withhold where x == 3\n" },
		/* Of the 10 two rows make up 8, of v's 14 two make up 10. */
		{ 10, "policy output o = [sum(x.where(k == s)) for s in levels(k)] to all\n" },
		{ 10, "policy output o = sum(f.where(k == \"u\")) to all\n" },
		{ 50, "policy output o = [20 * mean(x.where(k == s)) for s in levels(k)] to all\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof program / sizeof *program; i++) {
		assert_true(run(program[i].text, false, HIDDEN + program[i].hidden) > 0);
		assert_true(run(program[i].text, true, HIDDEN + program[i].hidden) > 0);
	}
}

/* How many of the values, and of what says whether they are there, are computed after opening. */
static unsigned
after_opening(const char *text)
{
	struct study s;
	unsigned n = 0;

	assert_int_equal(compiled(&s, text, "replicated", false), ST_OK);
	for (uint32_t i = 0; i < s.code->n_outputs; i++)
		for (uint32_t k = 0; k < s.code->output[i].n_parts; k++) {
			const struct output_part *o = &s.code->output[i].part[k];
			n += s.code->slot[o->value].domain == DOM_R;
			n += o->present != SLOT_NONE && s.code->slot[o->present].domain == DOM_R;
		}
	study_fini(&s);
	return n;
}

/* A statistic is a function of an estimate and its error, if these go to the same; p value and
 * limits are in any case, once they can be had. */
static void
statistics_are_computed_after_opening(void **state)
{
	(void)state;
	assert_int_equal(after_opening("output t = mean_ci(f.where(f > 2)) to all\n"), 8);
	assert_int_equal(after_opening("output t = t_test(f, c) to all\n"), 8);
	assert_int_equal(after_opening("output t = welch(f, c).statistic to all\n"), 0);
	assert_int_equal(after_opening("let t = t_test(f, c)\noutput e = t.estimate to a\n"
	    "output s = t.std_error to site[0]\noutput q = t.statistic to all\n"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_missing_is_opened),
		cmocka_unit_test(nothing_is_opened_for_a_missing_quotient),
		cmocka_unit_test(steps_that_may_tell_nothing_are_not_undone),
		cmocka_unit_test(a_guarded_quotient_is_computed_apart),
		cmocka_unit_test(nothing_is_opened_for_what_is_withheld),
		cmocka_unit_test(nothing_is_opened_under_a_guard),
		cmocka_unit_test(withheld_cells_are_not_opened),
		cmocka_unit_test(statistics_are_computed_after_opening),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
