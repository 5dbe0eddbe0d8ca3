/* test_sensitivity.c: how far values can move if one row changes: expected by hand; and no pair of
 * neighbours is farther apart, on random data with many extremes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../compiler/check.h"
#include "../../compiler/ir_sensitivity.h"
#include "../../compiler/load.h"
#include "../../protocols/protocol.h"
#include "ir_eval.h"

enum { N_PARTY = 4, N_TEXT = 256, N_LONG = 2048, N_PAIR = 60 };

static const char head[] =
    "use stats\nparty a\nparty site[3]\n"
    "input age : int in 18..90 [] from site\ninput died : bool [] from site\n"
    "input temp : int? in -5..40 [] from site\n"
    "input sex : oneof(\"m\", \"f\") [] from site\n"
    "input stage : oneof(\"I\", \"II\", \"III\", \"IV\")? [] from site\n"
    "input m : int in 0..3 [*, 2] from site as [\"p\", \"q\"]\n"
    "input c : oneof(\"m\", \"f\") [*, 2] from site as [\"p\", \"q\"]\n"
    "input b : bool [*, 4] from site as [\"s\", \"t\", \"u\", \"v\"]\n"
    "input other : int in 0..9 [] from a\ninput w : int in 0..9 [2] from a\n"
    "input x : fixed in 0..1 [] from site\noutput o = ";

struct query {
	const char *expression;
	char text[N_TEXT];               /* "L1 L2^2", or why not */
};

/* A table's data, but for one row a function of the seed. */
struct tables {
	struct ir *ir;
	uint64_t seed, changed;
	const char *party;
	uint64_t row;
};

static uint64_t
mix(uint64_t x)
{
	x = (x ^ x >> 31) * 0x7fb5d329728ea185u;
	x = (x ^ x >> 27) * 0x81dadef4bc2dd44du;
	return x ^ x >> 33;
}

static uint64_t
drawn(const struct tables *t, const struct input *in, uint32_t number, uint64_t row, uint64_t i)
{
	bool other = row == t->row && strcmp(in->party, t->party) == 0 && in->shape == INPUT_ROWS;

	return mix(mix((other ? t->changed : t->seed) + number) + i * 77);
}

static void
fill(void *arg, const struct ir_value *v, mpz_t *x)
{
	const struct tables *t = arg;
	const struct input *in = &t->ir->input[v->imm[0]];
	const struct type *type = &in->type;
	uint64_t inner = in->shape == INPUT_ROWS ? v->n / v->dims[0] : 1;

	for (uint64_t i = 0; i < v->n; i++) {
		uint64_t r = drawn(t, in, (uint32_t)v->imm[0], i / inner, i);
		bool there = !type->optional || r % 8 != 0;
		r /= 8;
		if (v->imm[1] == 1)
			mpz_set_ui(x[i], there);
		else if (v->imm[1] >= 2)
			mpz_set_ui(x[i], there && r % type->n_levels == (uint64_t)v->imm[1] - 2);
		else if (!there)
			mpz_set_ui(x[i], 0);
		else if (type->kind == TYPE_BOOL)
			mpz_set_ui(x[i], r % 2);
		else
			mpz_set_si(x[i], r % 3 < 2 ? (int64_t)(r % 3 == 0 ? type->lo : type->hi) :
			    (int64_t)type->lo + (int64_t)(r / 3 % (uint64_t)(type->hi - type->lo + 1)));
	}
}

static mpz_t *
evaluated(struct tables *t, ir_id id)
{
	struct ir_eval e = { .ir = t->ir, .input = fill, .arg = t, .state = 1 };

	ir_eval(&e);
	return e.x[id];
}

static void
check_neighbours(struct ir *ir, ir_id id, const struct sensitivity *s, uint64_t rows,
    const char *expression)
{
	struct tables t = { .ir = ir };
	uint64_t n = ir->value[id].n;
	mpz_t l1, l2, d;

	mpz_inits(l1, l2, d, NULL);
	for (uint64_t k = 0; k < N_PAIR; k++) {
		t.seed = t.changed = mix(k + 1);
		t.party = k % 8 == 0 ? "a" : "site";
		t.row = k % 8 == 0 ? k % rows : k % (3 * rows);
		mpz_t *x = evaluated(&t, id);
		t.changed = mix(k + 1000);
		mpz_t *y = evaluated(&t, id);
		mpz_set_ui(l1, 0);
		mpz_set_ui(l2, 0);
		for (uint64_t i = 0; i < n; i++) {
			mpz_sub(d, x[i], y[i]);
			mpz_abs(d, d);
			mpz_add(l1, l1, d);
			mpz_addmul(l2, d, d);
		}
		if (mpz_cmp(l1, s->l1) > 0 || mpz_cmp(l2, s->l2_squared) > 0)
			fail_msg("%s: two neighbours are farther apart", expression);
	}
}

static void
body(struct compile *c, void *arg)
{
	struct query *q = arg;
	struct ir *ir = check_program(c);
	ir_id id = ir->output[0].part[0].value;
	struct sensitivity s;
	const char *why;

	if (!ir_sensitivity(ir, id, &s, &why)) {
		(void)snprintf(q->text, sizeof q->text, "%s", why);
		return;
	}
	(void)snprintf(q->text, sizeof q->text, "%s %s", mpz_get_str(NULL, 10, s.l1),
	    mpz_get_str(NULL, 10, s.l2_squared));
	check_neighbours(ir, id, &s, c->options->party[0].rows, q->expression);
}

static void
ask(struct query *q, const char *expression, uint64_t rows)
{
	static const char *const names[N_PARTY] = { "a", "site[0]", "site[1]", "site[2]" };
	struct load_options load = { 0 };
	struct party party[N_PARTY];
	char source[N_LONG];
	struct program *p;
	struct fault f = { .st = ST_OK };

	q->expression = expression;
	(void)snprintf(source, sizeof source, "%s%s to all\n", head, expression);
	if (program_load_text(&p, "t.ksl", source, strlen(source), &load, &f) != ST_OK)
		fail_msg("%s\n%s", expression, f.message);
	for (uint32_t i = 0; i < N_PARTY; i++)
		party[i] = (struct party){ .name = (char *)(uintptr_t)names[i],
			.group = (char *)(uintptr_t)(i < 1 ? names[i] : "site"), .member = i < 1 ? 0 : i - 1,
			.grouped = i >= 1, .rows = rows };
	struct compile_options o = { .target = protocol_find("additive")->target,
		.protocol = "additive", .network = "metro", .local = true, .n_parties = N_PARTY,
		.party = party };
	struct compile c = p->c;
	c.arena = arena_new();
	c.options = &o;
	if (compile_guarded(&c, &f, body, q) != ST_OK)
		fail_msg("%s\n%s", expression, f.message);
	arena_free(c.arena);
	program_free(p);
}

static const struct {
	const char *expression, *expect;
} derived[] = {
	/* Sums and counts. */
	{ "sum(died)", "1 1" }, { "sum(age)", "72 5184" }, { "count(temp)", "1 1" },
	{ "sum(temp)", "45 2025" },              /* what is missing counts as 0 */
	{ "sum(age > 65)", "1 1" }, { "sum(died && age > 65)", "1 1" },
	{ "count(age.where(died))", "1 1" }, { "sum(age.where(died))", "90 8100" },
	{ "len(age)", "0 0" }, { "sum(other)", "9 81" }, { "sum(age * died)", "90 8100" },
	{ "sum((age - 50) * (age - 50))", "2880 8294400" },
	{ "sum(m)", "6 36" }, { "sum(m, axis = 0)", "6 18" }, { "dot(age, died)", "90 8100" },
	{ "sum(floor(x * 10))", "10 100" },
	/* Linear combinations. */
	{ "2 * sum(died)", "2 4" }, { "sum(age) - 3 * sum(died)", "75 5625" },
	{ "sum(age) + 1000", "72 5184" }, { "-sum(age)", "72 5184" },
	{ "sum(died) * 2 + sum(age > 30) * 5", "7 49" },
	{ "clamp(sum(died), 0, 3)", "1 1" }, { "max(sum(age), 500)", "72 5184" },
	{ "abs(sum(temp))", "45 2025" }, { "sum(age) + sum(other)", "81 6561" },
	{ "[1, 2, 3] * sum(died)", "9 27" },     /* 3 * 3 elements of 1, each once */
	{ "sum(died) - [1, 2, 3]", "3 3" },
	/* Tables: a row moves from one element to another. */
	{ "counts(sex)", "2 2" }, { "counts(stage)", "2 2" }, { "counts(died)", "2 2" },
	{ "counts(stage)[1..]", "2 2" }, { "transpose(table2(sex, stage))", "2 2" },
	{ "table2(sex, stage)", "2 2" }, { "sum(table2(sex, stage), axis = 0)", "2 2" },
	{ "table2(stage, stage)", "2 2" }, { "2 * counts(stage)", "4 8" },
	{ "histogram(age, 0, 100, 5)", "2 2" }, { "histogram(age, 0, 100, 1)", "1 1" },
	{ "histogram(temp, -5, 40, 45)", "2 2" },
	{ "histogram(concat(age, age), 0, 100, 4)", "4 8" },
	{ "[count(age.where(stage == s)) for s in levels(stage)]", "2 2" },
	{ "[sum(died && stage == s) for s in levels(stage)]", "2 2" },
	{ "[sum(age.where(sex == s)) for s in levels(sex)]", "180 16200" },
	{ "[sum(temp.where(stage == s)) for s in levels(stage)]", "80 6400" },
	{ "[sum(age.where(sex == s) > 50) for s in levels(sex)]", "2 2" },
	{ "[sum(age > t) for t in [20, 40, 60]]", "3 3" },
	{ "[sum(died), sum(age)]", "73 5185" }, { "stack(sum(died), sum(age > 30))", "2 2" },
	{ "transpose(onehot(stage)) @ onehot(sex)", "2 2" },
	{ "concat(counts(sex), counts(stage))", "4 4" },
	/* Row by row. */
	{ "age", "72 5184" }, { "age * 2", "144 20736" }, { "reverse(counts(stage))", "2 2" },
	{ "cumsum(counts(stage))", "8 8" },
	/* Each column of one input has a level of its own; a window takes elements again. */
	{ "dot(c[.., 0] == \"m\", c[.., 1] == \"f\")", "1 1" },
	{ "transpose(onehot(c[.., 0])) @ onehot(c[.., 1])", "8 8" },
	{ "sum(windows(b, 1, 2))", "6 36" }, { "sum(windows(b, 1, 2), axis = 0)", "6 6" },
	{ "sum(windows(b, 1, 2, 2))", "4 16" },
	{ "sum(windows(stack(died, age > 50, age > 60, age > 70), 0, 3))", "12 36" },
};

static const struct {
	const char *expression, *why;
} underivable[] = {
	{ "max(age)", "otherwise than by adding up" }, { "sort(age)", "otherwise" },
	{ "sum(age) * sum(died)", "multiplies sums" }, { "sum(age > 9 * sum(died))", "otherwise" },
	{ "sum(w)", "\"w\", which is no column" }, { "w[0] * sum(age)", "\"w\"" },
	{ "sum(age[1..] - age[..8])", "part of the rows" }, { "age[3]", "part of the rows" },
	{ "floor(sum(x))", "otherwise" }, { "sum(age) // 7", "otherwise" },
	{ "sum(reverse(age) * died)", "part of the rows" }, { "unique_count(age)", "otherwise" },
	{ "sum(age as int in 18..50)", "checked in the run" },
	{ "sum(age) as int in 200..300", "checked in the run" },
};

static void
bounds(void **state)
{
	struct query q;

	(void)state;
	for (size_t i = 0; i < sizeof derived / sizeof *derived; i++)
		for (uint64_t rows = 3; rows < 50; rows += 40) {
			ask(&q, derived[i].expression, rows);
			if (strcmp(q.text, derived[i].expect) != 0)
				fail_msg("%s: %s, not %s", derived[i].expression, q.text, derived[i].expect);
		}
}

static void
refusals(void **state)
{
	struct query q;

	(void)state;
	for (size_t i = 0; i < sizeof underivable / sizeof *underivable; i++) {
		ask(&q, underivable[i].expression, 3);
		if (strstr(q.text, underivable[i].why) == NULL)
			fail_msg("%s: %s", underivable[i].expression, q.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
