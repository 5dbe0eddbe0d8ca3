/* test_matrix.c: every program of tests/programs on every protocol, with 2, 3 and 5 parties,
 * planned for several networks (which decide on domains and circuits), local computations or not,
 * against `clear`; random inputs, ends of ranges, few rows and none.  A program of two parties
 * gets a third one, which has no input, for the protocol of three.
 *
 * Whole numbers, bools, categories and what is missing or withheld must be identical;
 * fixed-point numbers differ by no more than the error bound that the compiler states; reals by
 * that and a few units of a double.  What was sent must be what was predicted: rounds and bytes
 * of every link.  Behind what is missing there is 0.
 *
 * With sanitizers every other cell is left out.  With KONSIL_SOAK=SECONDS in the environment none
 * is, and it goes on for that long with more parties, more rows and other seeds (tests/soak.sh).
 *
 * A program's first line may say "#: no-shares": it needs local computations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../runtime/base/mem.h"
#include "../../runtime/session.h"
#include "../../runtime/vm.h"

#define FOLDER "tests/programs"
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

enum { N_PROGRAM_MAX = 128, SOURCE_MAX = 1 << 16 };

enum values { RANDOM, LEAST, MOST, MIDDLE, N_VALUES };

struct cell {
	const char *program;
	char *source;
	uint32_t members;                /* of each group */
	uint64_t rows;
	enum values values;
	uint64_t seed;
	bool no_local;
	const char *protocol, *network;  /* NULL: additive, metro */
	bool third_first;                /* the third party of a program of two stands before them */
};

struct node {
	struct study *study;
	struct chan *ch;
	struct table_set **table;
	int me;
	struct result *result;
	struct fault fault;
	enum status st;
	pthread_t thread;
};

static char *program_name[N_PROGRAM_MAX], *source_of[N_PROGRAM_MAX];
static unsigned n_programs;

static char *
read_text(const char *name)
{
	char path[512], *text = mem_zalloc(SOURCE_MAX);

	snprintf(path, sizeof path, FOLDER "/%s", name);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(text);
	size_t n = fread(text, 1, SOURCE_MAX - 1, f);
	assert_true(n < SOURCE_MAX - 1);
	fclose(f);
	return text;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
find_programs(void **state)
{
	DIR *d = opendir(FOLDER);
	struct dirent *e;

	(void)state;
	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		size_t n = strlen(e->d_name);
		if (n > 4 && strcmp(e->d_name + n - 4, ".ksl") == 0 && n_programs < N_PROGRAM_MAX)
			program_name[n_programs++] = mem_strdup(e->d_name);
	}
	closedir(d);
	qsort(program_name, n_programs, sizeof *program_name, by_name);
	for (unsigned i = 0; i < n_programs; i++)
		source_of[i] = read_text(program_name[i]);
	return 0;
}

static int
free_programs(void **state)
{
	(void)state;
	for (unsigned i = 0; i < n_programs; i++) {
		mem_free(program_name[i]);
		mem_free(source_of[i]);
	}
	return 0;
}

/* No bit, all, or the highest only. */
static void
set_bits(struct table_value *v, uint32_t bits, enum values values)
{
	for (uint64_t k = 0; v->given && k < v->n * v->limbs; k++) {
		uint32_t limb = (uint32_t)(k % v->limbs), top = limb + 1 == v->limbs ? (bits - 1) % 64 : 63;
		uint64_t all = UINT64_MAX >> (63 - top), high = limb + 1 == v->limbs ? (uint64_t)1 << top : 0;
		bool there = v->present == NULL || v->present[k / v->limbs] != 0;
		v->at.v64[k] = (int64_t)(!there || values == LEAST ? 0 : values == MOST ? all : high);
	}
}

/* Extreme values in place of random ones: an end of the range, or 0 (or the middle). */
static void
set_values(struct table_set *t, const struct input *input, uint32_t n, enum values values)
{
	for (uint32_t i = 0; i < n && values != RANDOM; i++) {
		struct table_value *v = &t->value[i];
		const struct type *type = &input[i].type;
		i128 lo = type->kind == TYPE_BOOL ? 0 : type->lo, hi = type->kind == TYPE_BOOL ? 1 : type->hi;
		i128 x = values == LEAST ? lo : values == MOST ? hi : lo <= 0 && hi >= 0 ? 0 : lo + (hi - lo) / 2;
		if (type->kind == TYPE_BITS) {
			set_bits(v, type->bits, values);
			continue;
		}
		for (uint64_t k = 0; v->given && k < v->n; k++) {
			bool there = v->present == NULL || v->present[k] != 0;
			if (v->wide)
				v->at.v128[k] = there ? x : 0;
			else
				v->at.v64[k] = there ? (int64_t)x : 0;
		}
	}
}

static bool
make_study(struct study *s, const struct cell *c, struct fault *f)
{
	struct study_options o = { .path = c->program, .source = c->source, .protocol = c->protocol,
		.network = c->network, .no_local = c->no_local };
	uint32_t n, members[64];

	if (study_load(s, &o, f) != ST_OK)
		return false;
	const struct group *g = program_groups(s->program, &n);
	for (uint32_t i = 0; i < n; i++) {
		members[i] = g[i].grouped ? c->members : 1;
		if (members[i] < g[i].least)
			members[i] = g[i].least;
		if (g[i].most != 0 && members[i] > g[i].most)
			members[i] = g[i].most;
	}
	return study_members(s, members, f) == ST_OK;
}

static void
make_tables(struct table_set **t, struct study *s, const struct cell *c)
{
	uint32_t n;
	const struct input *input = program_inputs(s->program, &n);

	for (uint32_t i = 0; i < s->n_parties; i++) {
		uint64_t rows = c->rows + (c->rows > 1 ? i : 0);
		assert_int_equal(table_synthetic(&t[i], input, n, s->party[i].group, rows, c->seed + i), ST_OK);
		set_values(t[i], input, n, c->values);
		s->party[i].rows = t[i]->has_rows ? t[i]->rows : 0;
	}
}

static void *
node_main(void *arg)
{
	struct node *n = arg;
	struct session s = { .study = n->study, .ch = n->ch, .meter = n->ch, .me = n->me,
		.table = n->table };

	for (unsigned i = 0; i < sizeof s.sid; i++)
		s.sid[i] = (uint8_t)(i + 1);
	n->st = session_compute(&n->result, &s, &n->fault);
	chan_free(n->ch);
	return NULL;
}

static struct result *
run_clear(struct study *s, struct table_set **table)
{
	struct session se = { .study = s, .me = VM_ALL, .table = table };
	struct result *r = NULL;
	struct fault f = { 0 };

	if (session_compute(&r, &se, &f) != ST_OK)
		fail_msg("clear: %s:%d: %s", f.file, f.line, f.message);
	return r;
}

static struct result *
run_nodes(struct study *s, struct table_set **table, struct cost *metered)
{
	struct chan *end[N_NODE_MAX];
	struct node node[N_NODE_MAX];
	struct result *all = NULL;
	struct fault f = { 0 };
	unsigned n = s->n_parties;

	assert_int_equal(chan_mem_new(end, n), ST_OK);
	for (unsigned i = 0; i < n; i++) {
		node[i] = (struct node){ .study = s, .table = table, .me = (int)i };
		assert_int_equal(chan_meter_new(&node[i].ch, end[i]), ST_OK);
	}
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(pthread_create(&node[i].thread, NULL, node_main, &node[i]), 0);
	for (unsigned i = 0; i < n; i++)
		pthread_join(node[i].thread, NULL);
	*metered = (struct cost){ .n_nodes = n };
	for (unsigned i = 0; i < n; i++) {
		if (node[i].st != ST_OK)
			fail_msg("node %u: %s:%d: %s", i, node[i].fault.file, node[i].fault.line,
			    node[i].fault.message);
		cost_add(metered, i, &node[i].result->cost);
	}
	for (unsigned i = 0; i < n; i++)
		if (result_merge(&all, node[i].result, s->code, i, &f) != ST_OK)
			fail_msg("merge: %s", f.message);
	return all;
}

static double
as_real(const struct result_part *p, const struct type *t, uint64_t i)
{
	return p->is_real ? p->real[i] : ldexp((double)p->whole[i], t->kind == TYPE_FIXED ? -t->frac : 0);
}

/* What is missing was not opened either: a recipient sees what was, whatever is reported.  A
 * quotient is hidden by its numerator, and what a truncation makes of 0 is 0 or a unit. */
static void
nothing_behind(const struct cell *c, const char *name, const struct output_part *o,
    const struct result_part *p, uint64_t i)
{
	i128 most = o->type.kind == TYPE_FIXED && o->error > 0 ? 1 : 0;

	for (uint64_t k = i * p->each; !p->is_real && k < (i + 1) * p->each; k++)
		if (p->whole[k] < 0 || p->whole[k] > most)
			fail_msg("%s: %s[%llu]: missing, but opened: %lld", c->program, name,
			    (unsigned long long)i, (long long)p->whole[k]);
}

static void
same_element(const struct cell *c, const char *name, const struct output_part *o,
    const struct result_part *a, const struct result_part *b, uint64_t i)
{
	bool pa = a->present == NULL || a->present[i], pb = b->present == NULL || b->present[i];
	double x, y, unit = ldexp(1, o->type.kind == TYPE_FIXED ? -o->type.frac : 0);

	pa = pa && !(a->is_real && isnan(a->real[i]));
	pb = pb && !(b->is_real && isnan(b->real[i]));
	if (pa != pb)
		fail_msg("%s: %s[%llu]: missing in one, not in the other", c->program, name,
		    (unsigned long long)i);
	if (!pa) {
		nothing_behind(c, name, o, a, i);
		nothing_behind(c, name, o, b, i);
		return;
	}
	if (o->type.kind != TYPE_FIXED && !a->is_real) {
		for (uint64_t k = i * a->each; k < (i + 1) * a->each; k++)
			if (b->is_real || a->whole[k] != b->whole[k])
				fail_msg("%s: %s[%llu]: clear %lld, shares %lld", c->program, name,
				    (unsigned long long)i, (long long)a->whole[k],
				    b->is_real ? (long long)b->real[i] : (long long)b->whole[k]);
		return;
	}
	x = as_real(a, &o->type, i);
	y = as_real(b, &o->type, i);
	double bound = 2 * unit * (double)o->error + (fabs(x) + fabs(y)) * 1e-14;
	if (!a->is_real && !b->is_real) {
		i128 d = a->whole[i] - b->whole[i];
		if (d < 0 ? -d > o->error : d > o->error)
			fail_msg("%s: %s[%llu]: %.17g and %.17g differ by more than %.0f units", c->program, name,
			    (unsigned long long)i, x, y, (double)o->error);
	} else if (!(fabs(x - y) <= bound)) {
		fail_msg("%s: %s[%llu]: clear %.17g, shares %.17g", c->program, name,
		    (unsigned long long)i, x, y);
	}
}

static void
same_results(const struct cell *c, const struct code *code, const struct result *a,
    const struct result *b)
{
	assert_int_equal(a->n_parts, b->n_parts);
	for (uint32_t i = 0; i < code->n_outputs; i++)
		for (uint32_t k = 0; k < code->output[i].n_parts; k++) {
			uint32_t at = result_index(code, i, k);
			const struct result_part *x = &a->part[at], *y = &b->part[at];
			if (x->state != y->state || x->n != y->n || x->rule != y->rule)
				fail_msg("%s: %s: state %d, %d", c->program, code->output[i].name, x->state, y->state);
			for (uint64_t e = 0; e < x->n; e++)
				same_element(c, code->output[i].name, &code->output[i].part[k], x, y, e);
		}
}

static void
same_cost(const struct cell *c, const struct study *s, const struct cost *m)
{
	struct cost p;

	assert_int_equal(cost_predict(&p, s->code, s->protocol->target), ST_OK);
	for (int k = 0; k < N_COST_PHASE; k++) {
		if (p.rounds[k] != m->rounds[k])
			fail_msg("%s: %s rounds: predicted %llu, metered %llu", c->program, cost_phase_name[k],
			    (unsigned long long)p.rounds[k], (unsigned long long)m->rounds[k]);
		for (unsigned i = 0; i < s->n_parties; i++)
			for (unsigned j = 0; j < s->n_parties; j++)
				if (p.bytes[k][i][j] != m->bytes[k][i][j])
					fail_msg("%s: %s bytes %u to %u: predicted %llu, metered %llu", c->program,
					    cost_phase_name[k], i, j, (unsigned long long)p.bytes[k][i][j],
					    (unsigned long long)m->bytes[k][i][j]);
	}
	assert_int_equal(p.memory_bytes, m->memory_bytes);
}

/* Whether the protocol is for another number of nodes. */
static bool
not_for(const struct cell *c, uint32_t n_parties)
{
	const struct protocol *p = protocol_find(c->protocol == NULL ? "additive" : c->protocol);

	return n_parties < p->n_min || n_parties > p->n_max;
}

/* One program in one setting.  Counts what ran, so that a test that skipped everything fails. */
static unsigned
run_cell(const struct cell *c)
{
	struct study clear = { 0 }, shares = { 0 };
	struct table_set *table[N_NODE_MAX] = { NULL };
	struct fault f = { 0 };
	struct cost metered;
	unsigned ran = 0;

	bool possible = make_study(&shares, c, &f);
	if (!possible && not_for(c, shares.n_parties)) {
		study_fini(&shares);
		return 0;
	}
	if (!possible)
		fail_msg("%s: %s", c->program, f.message);
	struct cell oracle = *c;
	oracle.no_local = false;
	oracle.protocol = "clear";
	assert_true(make_study(&clear, &oracle, &f));
	make_tables(table, &shares, c);
	for (uint32_t i = 0; i < clear.n_parties; i++)
		clear.party[i].rows = shares.party[i].rows;
	if (study_compile(&clear, NULL, NULL, &f) != ST_OK)
		fail_msg("%s: line %d: %s", c->program, f.line, f.message);
	enum status st = study_compile(&shares, NULL, NULL, &f);
	if (st != ST_OK && !(c->no_local && strstr(c->source, "#: no-shares") != NULL))
		fail_msg("%s: line %d: %s", c->program, f.line, f.message);
	if (st == ST_OK) {
		struct result *a = run_clear(&clear, table), *b = run_nodes(&shares, table, &metered);
		same_results(c, shares.code, a, b);
		same_cost(c, &shares, &metered);
		result_free(a);
		result_free(b);
		ran = 1;
	}
	for (uint32_t i = 0; i < shares.n_parties; i++)
		table_free(table[i]);
	study_fini(&clear);
	study_fini(&shares);
	return ran;
}

/* The ways of two parties, in turn. */
static void
two_party_way(struct cell *c, unsigned turn)
{
	static const char *const way[][2] = { { "yao", "metro" }, { "mixed", "lan" }, { "mixed", "wan" },
		{ "additive", "lan" }, { "additive", "wan" } };

	c->protocol = way[turn % 5][0];
	c->network = way[turn % 5][1];
}

/* Three parties: groups share the places that single ones leave; where two are all, one who has
 * nothing to give joins. */
static void
for_three(struct cell *c, char *source)
{
	struct study_options o = { .path = c->program, .source = c->source };
	struct study s = { 0 };
	struct fault f = { 0 };
	uint32_t n, single = 0;

	assert_int_equal(study_load(&s, &o, &f), ST_OK);
	const struct group *g = program_groups(s.program, &n);
	for (uint32_t i = 0; i < n; i++)
		single += g[i].grouped ? 0 : 1;
	c->members = 3 - single;
	if (single == n && n == 2) {
		(void)snprintf(source, SOURCE_MAX, c->third_first ? "party third\n%s" : "%s\nparty third\n",
		    c->source);
		c->source = source;
	}
	study_fini(&s);
}

static unsigned
run_three(struct cell c)
{
	static char source[SOURCE_MAX];

	c.protocol = "replicated";
	for_three(&c, source);
	return run_cell(&c);
}

/* With sanitizers, two cells of four with local computations, and the other two without. */
static bool
wanted(unsigned number, bool no_local)
{
	return !SANITIZED || getenv("KONSIL_SOAK") != NULL || (number / 2 + no_local) % 2 == 0;
}

static unsigned
run_replicated(unsigned i, bool no_local)
{
	static const struct {
		uint64_t rows;
		enum values values;
	} with[] = { { 0, RANDOM }, { 1, RANDOM }, { 7, RANDOM }, { 65, RANDOM }, { 200, RANDOM },
		{ 7, LEAST }, { 7, MOST }, { 7, MIDDLE }, { 1, LEAST }, { 1, MOST }, { 64, MOST } };
	static const char *const network[] = { "lan", "metro", "wan" };
	unsigned ran = 0;

	for (unsigned k = 0; k < sizeof with / sizeof with[0]; k++)
		if (wanted(i + k, no_local))
			ran += run_three((struct cell){ .program = program_name[i], .source = source_of[i],
			    .rows = with[k].rows, .values = with[k].values, .seed = 31 * i + k,
			    .no_local = no_local, .network = network[(i + k) % 3],
			    .third_first = (i + k) % 2 == 0 });
	return ran;
}

static unsigned
run_program(unsigned i, bool no_local)
{
	static const uint64_t rows[] = { 7, 1, 0 };
	unsigned ran = 0, turn = i, number = 0;

	for (uint32_t members = 2; members <= 3; members++)
		for (unsigned r = 0; r < sizeof rows / sizeof rows[0]; r++)
			for (int v = 0; v < N_VALUES; v++) {
				struct cell c = { .program = program_name[i], .source = source_of[i],
					.members = members, .rows = rows[r], .values = (enum values)v,
					.seed = 17 * i + 5 * r + members, .no_local = no_local };
				if (v != RANDOM && (rows[r] == 0 || members == 3))
					continue;        /* the ends of ranges once for each row count */
				ran += wanted(i + number++, no_local) ? run_cell(&c) : 0;
				two_party_way(&c, turn++);
				ran += wanted(i + number++, no_local) && members == 2 ? run_cell(&c) : 0;
			}
	return ran + run_cell(&(struct cell){ .program = program_name[i], .source = source_of[i],
	    .members = 5, .rows = 3, .values = RANDOM, .seed = i, .no_local = no_local });
}

static void
run_all(unsigned (*program)(unsigned i, bool no_local), bool no_local)
{
	unsigned ran = 0;

	assert_true(n_programs > 0);
	for (unsigned i = 0; i < n_programs; i++)
		ran += program(i, no_local);
	assert_true(ran >= n_programs);
}

static void
test_local(void **state)
{
	(void)state;
	run_all(run_program, false);
}

static void
test_shares(void **state)
{
	(void)state;
	run_all(run_program, true);
}

static void
test_replicated(void **state)
{
	(void)state;
	run_all(run_replicated, false);
	run_all(run_replicated, true);
}

/* The next random number below n, from a fixed start. */
static uint64_t
below(uint64_t *state, uint64_t n)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (*state * 0x2545f4914f6cdd1du >> 16) % n;
}

static void
test_soak(void **state)
{
	static const uint64_t rows[] = { 0, 1, 2, 31, 63, 64, 65, 127, 129, 511, 513, 1000, 3000 };
	const char *seconds = getenv("KONSIL_SOAK");
	time_t until = time(NULL) + (seconds == NULL ? 0 : atoi(seconds));
	uint64_t random = 0x4b6f6e73696c2121u;
	unsigned ran = 0;

	(void)state;
	if (seconds == NULL)
		skip();
	while (time(NULL) < until) {
		uint64_t i = below(&random, n_programs);
		struct cell c = { .program = program_name[i], .source = source_of[i],
			.members = 2 + (uint32_t)below(&random, 4),
			.rows = rows[below(&random, sizeof rows / sizeof rows[0])],
			.values = (enum values)below(&random, N_VALUES), .seed = below(&random, 1 << 30),
			.no_local = below(&random, 2) == 1 };
		bool three = below(&random, 4) == 0;
		if (three) {
			c.third_first = below(&random, 2) == 1;
			c.network = (const char *const[]){ "lan", "metro", "wan" }[below(&random, 3)];
			c.protocol = "replicated";
		} else if (c.members == 2) {
			two_party_way(&c, (unsigned)below(&random, 5));
		}
		print_message("%s: %s, %s, %u members, %llu rows, values %d, seed %llu%s\n", c.program,
		    c.protocol == NULL ? "additive" : c.protocol, c.network == NULL ? "metro" : c.network,
		    c.members, (unsigned long long)c.rows, c.values, (unsigned long long)c.seed,
		    c.no_local ? ", no local" : "");
		ran += three ? run_three(c) : run_cell(&c);
	}
	print_message("soak: %u cells\n", ran);
	assert_true(ran > 0);
}

/* The most nodes there can be: a sum, a product, and a mean of products that is truncated. */
static void
test_sixteen(void **state)
{
	static char *const tiny[] = {
		"party s[]\ninput x : int in -9..9 [] from s\noutput t = sum(x) to all\n",
		"party s[]\ninput x : int in -9..9 from s\noutput p = x[0] * x[15] + x[7] to s[3]\n",
		("party s[]\ninput x : fixed in -9..9 from s\nlet p = x[1] * x[2]\n"
		"output q = p to all\noutput e = x / 2 to each s\n"),
	};

	(void)state;
	for (unsigned i = 0; i < sizeof tiny / sizeof *tiny; i++) {
		struct cell c = { .program = "sixteen.ksl", .source = tiny[i], .members = N_NODE_MAX,
			.rows = 2, .values = RANDOM, .seed = i };
		assert_int_equal(run_cell(&c), 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_replicated),
		cmocka_unit_test(test_sixteen),
		cmocka_unit_test(test_soak),
	};

	return cmocka_run_group_tests_name("matrix", tests, find_programs, free_programs);
}
