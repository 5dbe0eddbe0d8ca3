/* test_estimate.c: what a program will cost: gates, triples and rounds of programs that can be
 * counted by hand, by line, too; and that estimates grow with what they are made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "../../compiler/compile.h"
#include "../../runtime/base/mem.h"
#include "../../runtime/explain.h"
#include "../../runtime/flight.h"

static char alice[] = "a", bob[] = "b", carol[] = "c";

static struct code *
compiled(const char *source, const struct protocol *protocol, const char *network)
{
	struct party party[] = { { .name = alice, .group = alice }, { .name = bob, .group = bob },
		{ .name = carol, .group = carol } };
	struct compile_options o = { .target = protocol->target, .protocol = protocol->name,
		.network = network, .local = true, .n_parties = protocol->n_min == 3 ? 3 : 2,
		.party = party };
	struct load_options none = { .n_defines = 0 };
	struct program *p = NULL;
	struct code *code = NULL;
	struct fault f = { .st = ST_OK };

	if (program_load_text(&p, "test.ksl", source, strlen(source), &none, &f) != ST_OK ||
	    program_compile(&code, p, &o, &f) != ST_OK)
		fail_msg("%s:%d:%d: %s", f.file, f.line, f.column, f.message);
	program_free(p);
	return code;
}

static const char *
text_of(void *arg, uint32_t i, size_t *len)
{
	*len = strlen(arg);
	return i == 0 ? arg : NULL;
}

/* 10 bits, both within 0..1023: equality is 10 XORs and a tree of 9 ANDs, 4 layers deep. */
static const char equal[] =
    "party a\nparty b\ninput x : int in 0..1023 [100] from a\n"
    "input y : int in 0..1023 [100] from b\n"
    "output o = x == y to all\n";
enum { EQUAL_ANDS = 9 * 100, EQUAL_LAYERS = 4 };

static void
test_ands(void **state)
{
	struct code *code = compiled(equal, &protocol_additive, "lan");
	struct cost c;

	(void)state;
	assert_int_equal(cost_predict(&c, code, protocol_additive.target), ST_OK);
	assert_int_equal(c.tally.ands, EQUAL_ANDS);
	assert_int_equal(c.tally.garbled, 0);
	assert_int_equal(c.rounds[COST_ONLINE], EQUAL_LAYERS + 1);
	assert_int_equal(c.tally.delays, EQUAL_LAYERS + 1);
	assert_true(c.memory_bytes > code->arena_bytes);
	code_free(code);
}

static void
test_garbled(void **state)
{
	struct code *code = compiled(equal, &protocol_yao, "lan");
	struct cost c;

	(void)state;
	assert_int_equal(cost_predict(&c, code, protocol_yao.target), ST_OK);
	assert_int_equal(c.tally.ands, 0);
	assert_int_equal(c.tally.garbled, EQUAL_ANDS);
	/* Node 1's bits, the tables, the opening. */
	assert_int_equal(c.rounds[COST_ONLINE], 2);
	assert_int_equal(c.tally.delays, 3);
	code_free(code);
}

/* Three nodes: sharing, the layers and the opening take a round each, and one more says that what
 * two nodes hold was opened as both have it.  Nothing is made beforehand. */
static void
test_replicated_bits(void **state)
{
	char source[sizeof equal + 16];
	struct cost_count count[N_COST_COUNT];
	struct cost c;

	(void)state;
	(void)snprintf(source, sizeof source, "party c\n%s", equal);
	struct code *code = compiled(source, &protocol_replicated, "lan");
	assert_int_equal(cost_predict(&c, code, protocol_replicated.target), ST_OK);
	assert_int_equal(c.rounds[COST_ONLINE], 1 + EQUAL_LAYERS + 1 + 1);
	assert_int_equal(c.rounds[COST_OFFLINE], 0);
	assert_int_equal(cost_counts(count, &c), N_COST_COUNT);
	for (unsigned i = 0; i < N_COST_COUNT; i++)
		assert_int_equal(count[i].n, 0);
	code_free(code);
}

/* Shared numbers, products and opened numbers are one number a node each: the owner of a shared one
 * sends it to the next node, and of the others every node sends its own to the one before it. */
static void
test_replicated_numbers(void **state)
{
	static const char source[] =
	    "party a\nparty b\nparty c\ninput x : int in 0..1000 [50] from a\n"
	    "input y : int in 0..1000 [50] from b\noutput o = x * y to all\n";
	enum { BYTES = 50 * 8, CHECK = 16 };
	static const uint64_t want[3][3] = { { 0, BYTES + CHECK, 2 * BYTES },
		{ 2 * BYTES, 0, BYTES + CHECK }, { CHECK, 2 * BYTES, 0 } };
	struct code *code = compiled(source, &protocol_replicated, "wan");
	struct cost c;

	(void)state;
	assert_int_equal(cost_predict(&c, code, protocol_replicated.target), ST_OK);
	for (unsigned i = 0; i < 3; i++)
		for (unsigned k = 0; k < 3; k++)
			assert_int_equal(c.bytes[COST_ONLINE][i][k], want[i][k]);
	code_free(code);
}

/* 50 iterations, each with a product of two others, and a bit by a number. */
static void
test_numbers(void **state)
{
	struct code *code = compiled(
	    "party a\nparty b\ninput x : int in 0..1000 [50] from a\ninput y : int in 0..1000 [50] "
	    "from b\ninput q : bool [50] from a\n"
	    "output o = sum(x * y) to all\noutput p = sum(if q then y else 0) to all\n",
	    &protocol_additive, "wan");
	struct cost_count count[N_COST_COUNT];
	struct cost c;

	(void)state;
	assert_int_equal(cost_predict(&c, code, protocol_additive.target), ST_OK);
	assert_int_equal(c.tally.triples64 + c.tally.mulbs64, 100);
	assert_int_equal(c.tally.triples128 + c.tally.mulbs128, 0);
	assert_int_equal(cost_counts(count, &c), N_COST_COUNT);
	for (unsigned i = 0; i < N_COST_COUNT; i++)
		if (strcmp(count[i].name, "ots") == 0)
			assert_int_equal(count[i].n, c.tally.ots);
	code_free(code);
}

static const cJSON *
line_at(const cJSON *lines, double line)
{
	const cJSON *l;

	cJSON_ArrayForEach(l, lines)
		if (cJSON_GetObjectItem(l, "line")->valuedouble == line)
			return l;
	fail_msg("no line %g", line);
	return NULL;
}

static double
number(const cJSON *o, const char *name)
{
	const cJSON *x = cJSON_GetObjectItem(o, name);

	if (x == NULL || !cJSON_IsNumber(x))
		fail_msg("no %s", name);
	return x->valuedouble;
}

/* The work is where the comparison stands, with the line's text and the domain that it is in. */
static void
lines_of(const struct protocol *protocol, const char *domain, double ands, double garbled,
    double rounds)
{
	struct code *code = compiled(equal, protocol, "wan");
	struct explain_lines l = { .n = 0 };
	char *text = NULL;
	const cJSON *line, *domains;
	cJSON *top;

	assert_int_equal(lines_make(&l, code, protocol->target, text_of, (void *)(uintptr_t)equal),
	    ST_OK);
	assert_int_equal(explain_json(&text, code, protocol->target, &l), ST_OK);
	top = cJSON_Parse(text);
	line = line_at(cJSON_GetObjectItem(top, "lines"), 5);
	assert_string_equal(cJSON_GetObjectItem(line, "text")->valuestring,
	    "output o = x == y to all");
	assert_true(number(line, "ands") == ands && number(line, "garbled") == garbled);
	assert_true(number(line, "rounds") == rounds);
	domains = cJSON_GetObjectItem(line, "domains");
	assert_string_equal(cJSON_GetArrayItem(domains, cJSON_GetArraySize(domains) - 1)->valuestring,
	    domain);
	assert_true(number(cJSON_GetObjectItem(line, "seconds"), "wan") >=
	    number(cJSON_GetObjectItem(line, "seconds"), "lan"));
	cJSON_Delete(top);
	mem_free(text);
	lines_fini(&l);
	code_free(code);
}

static void
test_lines(void **state)
{
	(void)state;
	lines_of(&protocol_additive, "bits", EQUAL_ANDS, 0, EQUAL_LAYERS + 1);
	lines_of(&protocol_yao, "garbled", 0, EQUAL_ANDS, 1);
}

/* Two lines in the same rounds: each counts them, and they share the time. */
static void
test_shared_rounds(void **state)
{
	static const char source[] =
	    "party a\nparty b\ninput x : int in 0..1023 [100] from a\n"
	    "input y : int in 0..1023 [100] from b\n"
	    "output o = x == y to all\noutput p = x == y + 1 to all\n";
	struct code *code = compiled(source, &protocol_additive, "lan");
	struct explain_lines l = { .n = 0 };
	uint64_t rounds = 0, bytes = 0, all = 0;
	double delays = 0;
	struct cost c;

	(void)state;
	assert_int_equal(cost_predict(&c, code, protocol_additive.target), ST_OK);
	assert_int_equal(lines_make(&l, code, protocol_additive.target, NULL, NULL), ST_OK);
	for (uint32_t i = 0; i < l.n; i++) {
		rounds += l.at[i].rounds;
		bytes += l.at[i].bytes;
		delays += l.at[i].delays;
		assert_null(l.at[i].text);
	}
	for (unsigned i = 0; i < 2; i++)
		for (unsigned k = 0; k < 2; k++)
			all += c.bytes[COST_ONLINE][i][k];
	assert_int_equal(bytes, all);
	assert_true(rounds > c.rounds[COST_ONLINE]);
	assert_true(delays > (double)c.tally.delays - 1e-6 && delays < (double)c.tally.delays + 1e-6);
	lines_fini(&l);
	code_free(code);
}

/* The sums of an estimate, by hand: rounds, bytes, and nothing else. */
static void
test_network(void **state)
{
	static const struct link_speed slow = { "slow", 1000000, 8000 };
	struct tally t = { .delays = 4, .offline_rounds = 2 };
	struct estimate e, more;

	(void)state;
	t.online[0][1] = 3000;
	t.online[1][0] = 1000;
	estimate(&e, &t, &slow, 2, 0);
	assert_int_equal(e.transfer_us[ESTIMATE_ONLINE], 3000000);
	assert_int_equal(e.transfer_us[ESTIMATE_OFFLINE], 0);
	assert_in_range(e.latency_us[ESTIMATE_ONLINE], 2000000, 2010000);
	assert_in_range(e.latency_us[ESTIMATE_OFFLINE], 1000000, 1010000);
	assert_in_range(e.us, 6000000, 6020000);
	/* Computing counts where it is longer than the transfer. */
	t.garbled = 10;
	estimate(&more, &t, &slow, 2, 0);
	assert_int_equal(more.us, e.us);
	t.garbled = UINT64_C(1) << 40;
	estimate(&more, &t, &slow, 2, 0);
	assert_true(more.us > e.us);
	/* Nothing overflows. */
	t.garbled = t.insns = t.delays = t.online[0][1] = t.triples64 = UINT64_MAX;
	estimate(&e, &t, &link_wan, 16, 1);
	assert_true(e.us > more.us);
}

/* Three nodes on one processor compute three times as long. */
static void
test_crowd(void **state)
{
	struct tally t = { .elements = UINT64_C(1) << 40 };
	struct estimate alone, one, many;

	(void)state;
	estimate(&alone, &t, &link_lan, 3, 0);
	estimate(&one, &t, &link_lan, 3, 1);
	estimate(&many, &t, &link_lan, 3, 4);
	assert_int_equal(one.us / 1000, 3 * alone.us / 1000);
	assert_int_equal(many.us, alone.us);
}

/* A network of long round trips makes mixed garble; a fast one with much to do does not. */
static void
test_choice(void **state)
{
	static const char chain[] =
	    "party a\nparty b\ninput x : int in 0..1000000 [4] from a\n"
	    "input y : int in 0..1000000 [4] from b\n"
	    "output o = max(max(x, y) * min(x, y), y) to all\n";
	struct code *wan = compiled(chain, &protocol_mixed, "wan");
	struct cost c;

	(void)state;
	assert_int_equal(cost_predict(&c, wan, protocol_mixed.target), ST_OK);
	assert_true(c.tally.garbled > 0);
	code_free(wan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ands),
		cmocka_unit_test(test_garbled),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_replicated_bits),
		cmocka_unit_test(test_replicated_numbers),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_shared_rounds),
		cmocka_unit_test(test_network),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_choice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
