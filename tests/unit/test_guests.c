/* test_guests.c: whole sessions of nodes and guests as threads of one process: what comes out is
 * what protocol clear says; guests that misbehave harm nobody but their own input, and whose input
 * is missing is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>

#include "../../runtime/base/mem.h"
#include "../../runtime/base/random.h"
#include "../../runtime/guest.h"
#include "../../runtime/guests_impl.h"

/* Six members of h, and z, who brings nothing. */
enum { N_MEMBER = 6, N_SITE = 7, N_COMPUTE = 3 };

static const char source[] =
    "party h[]\n"
    "party z\n"
    "input x : int in 0..999 [] from h\n"
    "input c : oneof(\"a\", \"b\", \"d\")? [] from h\n"
    "input k : bits<40> from h\n"
    "input y : fixed? in -10..10 [] from h\n"
    "output s = sum(x) to all\n"
    "output t = table2(c, x > 500) to h[1], h[4]\n"
    "output m = mean(y) to all\n"
    "output d = x * 2 to each h\n"
    "output w = k[0] ^ k[1] ^ k[2] ^ k[3] ^ k[4] ^ k[5] to h[5]\n"
    "output r = reveal(max(x)) + 1 to all\n"
    "output q = sqrt(sum(x) + 1) / reveal(min(x) + 3) to h[4]\n"
    "output u = sqrt(sum(x) + 2) / reveal(max(x) + 4) to h[1], z\n"
    "output v = sum(x) / reveal(max(x) + 1) to all\n"
    "output g = sum(x) to all require len(x) >= 3\n";

static char dir[] = "/tmp/konsil-guests-XXXXXX";
static int serial;
static struct identity_secret *identity[N_SITE];
static struct identity_public key[N_SITE];
static char endpoint[N_SITE][64];
static const char *address[N_SITE];

/* A party with a process of its own, so to speak. */
struct site {
	struct study study;
	struct table_set *table[N_SITE];
	struct node node;
	struct result *result;
	struct fault f;
	enum status st;
	pthread_t thread;
	bool absent;
};

static struct site site[N_SITE];

static void
site_init(struct site *s, unsigned me, const char *protocol, const char *compute, int timeout_ms)
{
	static const uint64_t rows[N_SITE] = { 3, 0, 1, 70, 5, 2, 0 };
	const struct study_options o = { .path = "t.ksl", .source = source, .protocol = protocol,
		.compute = compute };
	const uint32_t members[] = { N_MEMBER, 1 };
	struct fault f = { 0 };
	uint32_t n;

	memset(s, 0, sizeof *s);
	assert_int_equal(study_load(&s->study, &o, &f), ST_OK);
	if (study_members(&s->study, members, &f) != ST_OK)
		fail_msg("%s", f.message);
	const struct input *input = program_inputs(s->study.program, &n);
	if (me < N_MEMBER)
		assert_int_equal(table_synthetic(&s->table[me], input, n, "h", rows[me], me + 7), ST_OK);
	s->study.party[me].rows = rows[me];
	s->node = (struct node){ .study = &s->study, .me = me, .table = s->table, .session = "test",
		.endpoint = address, .key = key, .secret = identity[me],
		.timeout_ms = (uint32_t)timeout_ms };
}

static void
site_fini(struct site *s)
{
	for (unsigned i = 0; i < N_SITE; i++)
		table_free(s->table[i]);
	result_free(s->result);
	study_fini(&s->study);
}

static bool
is_node(const struct site *s)
{
	return roles_node(&s->study.roles, s->node.me) >= 0;
}

static void *
site_main(void *arg)
{
	struct site *s = arg;

	if (is_node(s)) {
		s->st = node_run(&s->result, &s->node, &s->f);
		return NULL;
	}
	s->st = guest_contribute(&s->node, NULL, &s->f);
	if (s->st == ST_OK)
		s->st = guest_collect(&s->result, &s->node, &s->f);
	return NULL;
}

static void
sites_init(const char *protocol, const char *compute, int timeout_ms)
{
	serial++;
	for (unsigned i = 0; i < N_SITE; i++) {
		(void)snprintf(endpoint[i], sizeof endpoint[i], "ipc://%s/%d-%u", dir, serial, i);
		address[i] = endpoint[i];
	}
	for (unsigned i = 0; i < N_SITE; i++)
		site_init(&site[i], i, protocol, compute, timeout_ms);
}

static void
sites_start(void)
{
	for (unsigned i = 0; i < N_SITE; i++)
		if (!site[i].absent)
			assert_int_equal(pthread_create(&site[i].thread, NULL, site_main, &site[i]), 0);
}

static void
sites_join(void)
{
	for (unsigned i = 0; i < N_SITE; i++)
		if (!site[i].absent)
			assert_int_equal(pthread_join(site[i].thread, NULL), 0);
}

static void
sites_fini(void)
{
	for (unsigned i = 0; i < N_SITE; i++)
		site_fini(&site[i]);
}

/* What clear computes of the same tables, everything at once. */
static void
oracle(struct result **out)
{
	struct site all;
	struct session s = { .study = &all.study, .me = VM_ALL, .table = all.table };
	struct fault f = { 0 };

	site_init(&all, 0, "clear", NULL, 0);
	for (unsigned i = 0; i < N_SITE; i++) {
		struct site one;
		if (i > 0) {
			site_init(&one, i, "clear", NULL, 0);
			all.table[i] = one.table[i];
			one.table[i] = NULL;
			all.study.party[i].rows = one.study.party[i].rows;
			site_fini(&one);
		}
	}
	assert_int_equal(study_compile(&all.study, NULL, NULL, &f), ST_OK);
	if (session_compute(out, &s, &f) != ST_OK)
		fail_msg("%s", f.message);
	site_fini(&all);
}

static double
value_of(const struct result_part *r, const struct output_part *p, uint64_t i)
{
	return r->real != NULL ? r->real[i] : (double)r->whole[i] / (double)(UINT64_C(1) << p->type.frac);
}

/* Every part that a site has is the oracle's; it has all that are for it and no other. */
static void
compare(const struct site *s, const struct result *want)
{
	const struct code *c = s->study.code;
	uint32_t at = 0;

	for (uint32_t i = 0; i < c->n_outputs; i++)
		for (uint32_t k = 0; k < c->output[i].n_parts; k++, at++) {
			const struct output_part *p = &c->output[i].part[k];
			const struct result_part *a = &s->result->part[at], *b = &want->part[at];
			if (!recipients_have(&c->roles, p->recipients, s->node.me)) {
				assert_int_equal(a->state, RESULT_ELSEWHERE);
				continue;
			}
			assert_int_equal(a->state, b->state);
			assert_int_equal(a->n, b->n);
			for (uint64_t j = 0; j < a->n * a->each && a->state == RESULT_VALUE; j++) {
				double x = value_of(a, p, j), y = value_of(b, p, j);
				assert_true(x - y < 1e-6 && y - x < 1e-6);
			}
		}
}

static void
whole_session(const char *protocol, const char *compute)
{
	struct result *want;

	sites_init(protocol, compute, 120000);
	oracle(&want);
	sites_start();
	sites_join();
	for (unsigned i = 0; i < N_SITE; i++) {
		if (site[i].st != ST_OK)
			fail_msg("%s: site %u: %s", protocol, i, site[i].f.message);
		compare(&site[i], want);
	}
	result_free(want);
	sites_fini();
}

static void
sessions(void **state)
{
	(void)state;
	whole_session("replicated", NULL);
	whole_session("replicated", "h[5], h[1], h[3]");
	whole_session("additive", "h[0], h[4]");
	whole_session("additive", "h[1], h[2], h[3], h[4], h[5]");
}

/* One guest does not come: everybody says so, and nothing is computed. */
static void
one_is_missing(void **state)
{
	(void)state;
	sites_init("replicated", NULL, 5000);
	site[4].absent = true;
	sites_start();
	sites_join();
	for (unsigned i = 0; i < N_SITE; i++) {
		if (site[i].absent)
			continue;
		assert_int_equal(site[i].st, ST_NET);
		assert_null(site[i].result);
		if (i < N_COMPUTE && strstr(site[i].f.message, "h[4]") == NULL)
			fail_msg("\"%s\" does not say who is missing", site[i].f.message);
	}
	sites_fini();
}

/* A guest at the wire: what it says is up to the test. */

static struct guest_link *
dial_as(const struct site *s, unsigned node)
{
	struct component *list = mem_array(N_COMPONENT_MAX, sizeof *list);
	struct fault f = { 0 };
	struct guest_link *l;
	size_t n;

	assert_int_equal(node_components(list, &n, &s->node, &f), ST_OK);
	const struct guest_dial_config d = { .session = "test",
		.me = s->study.party[s->node.me].name, .secret = s->node.secret,
		.node = s->study.party[node].name, .endpoint = address[node], .key = &key[node],
		.components = list, .n_components = n, .timeout_ms = 120000 };
	if (guest_dial(&l, &d, &f) != ST_OK)
		fail_msg("%s", f.message);
	mem_free(list);
	return l;
}

static atomic_bool troubled;

/* Before its real contribution: garbage, half of one, one of other lengths, one that nobody can
 * keep in memory, one with different parts at two holders, then a whole one twice. */
static void *
troublemaker(void *arg)
{
	static const uint64_t rows[] = { 0, 1, 70, (UINT64_C(1) << 40) - 1 };
	struct site *s = arg;
	uint8_t msg[GUEST_HEAD_BYTES], junk[64];
	struct guest_link *l;

	for (unsigned i = 0; i < 4; i++) {
		const struct guest_head h = { .purpose = GUEST_CONTRIBUTE, .rows = rows[i] };
		random_bytes(junk, sizeof junk);
		guest_head_create(msg, &h);
		l = dial_as(s, i % N_COMPUTE);
		if (i == 0)
			assert_int_equal(guest_send(l, junk, sizeof junk), ST_OK);
		else
			assert_int_equal(guest_send(l, msg, sizeof msg), ST_OK);
		(void)!guest_send(l, junk, i == 1 ? 1 : 16);
		(void)!guest_send(l, junk, 33);
		if (i == 2)
			assert_int_not_equal(guest_receive(l, junk, sizeof junk), ST_OK);
		guest_link_free(l);
	}
	s->st = guest_contribute(&s->node, NULL, &s->f);
	if (s->st == ST_OK)
		s->st = guest_contribute(&s->node, NULL, &s->f);
	atomic_store(&troubled, true);
	if (s->st == ST_OK)
		s->st = guest_collect(&s->result, &s->node, &s->f);
	return NULL;
}

/* The session ends well for everybody, the troublemaker's last input included. */
static void
trouble(void **state)
{
	struct result *want;
	(void)state;

	sites_init("replicated", NULL, 120000);
	oracle(&want);
	for (unsigned i = 0; i < N_SITE; i++)
		if (i != N_MEMBER - 1)
			assert_int_equal(pthread_create(&site[i].thread, NULL,
			    i == 3 ? troublemaker : site_main, &site[i]), 0);
	/* The last guest comes when the other's trouble is over, as the nodes begin with it. */
	while (!atomic_load(&troubled))
		nanosleep(&(const struct timespec){ 0, 10000000 }, NULL);
	assert_int_equal(pthread_create(&site[N_MEMBER - 1].thread, NULL, site_main,
	    &site[N_MEMBER - 1]), 0);
	sites_join();
	for (unsigned i = 0; i < N_SITE; i++) {
		if (site[i].st != ST_OK)
			fail_msg("site %u: %s", i, site[i].f.message);
		compare(&site[i], want);
	}
	result_free(want);
	sites_fini();
}

/* Gives every node a contribution of the right lengths, all with one id, but of random parts: no
 * two holders have the same. */
static void *
two_faced(void *arg)
{
	struct site *s = arg;
	struct guest_head h = { .purpose = GUEST_CONTRIBUTE,
		.rows = s->study.party[s->node.me].rows };
	uint8_t msg[GUEST_HEAD_BYTES], answer[GUEST_ANSWER_BYTES], *junk;
	struct contribution_plan p;
	uint32_t n;
	const struct input *input = program_inputs(s->study.program, &n);

	assert_int_equal(contribution_plan(&p, input, n, "h", h.rows), ST_OK);
	junk = mem_alloc(p.bytes);
	guest_head_create(msg, &h);
	for (unsigned node = 0; node < N_COMPUTE; node++) {
		struct guest_link *l = dial_as(s, node);
		assert_int_equal(guest_send(l, msg, sizeof msg), ST_OK);
		for (unsigned k = 0; k < 2; k++) {
			random_bytes(junk, p.bytes);
			assert_int_equal(guest_send(l, junk, CONTRIBUTION_KEY_BYTES), ST_OK);
			if (contribution_held(2, N_COMPUTE, node, k) ==
			    contribution_correction(3, s->node.me))
				assert_int_equal(guest_send(l, junk, p.bytes), ST_OK);
		}
		assert_int_equal(guest_receive(l, answer, sizeof answer), ST_OK);
		assert_int_equal(guest_finish(l), ST_OK);
		guest_link_free(l);
	}
	mem_free(junk);
	contribution_plan_fini(&p);
	return NULL;
}

static void
different_parts(void **state)
{
	(void)state;
	sites_init("replicated", NULL, 8000);
	for (unsigned i = 0; i < N_SITE; i++)
		assert_int_equal(pthread_create(&site[i].thread, NULL,
		    i == 4 ? two_faced : site_main, &site[i]), 0);
	sites_join();
	for (unsigned i = 0; i < N_COMPUTE; i++) {
		assert_int_equal(site[i].st, ST_NET);
		if (strstr(site[i].f.message, "h[4]") == NULL)
			fail_msg("\"%s\" does not say whose", site[i].f.message);
	}
	sites_fini();
}

/* Cut off between two nodes: when it comes again, the first has all and waits for the others. */
static void *
cut_off(void *arg)
{
	const struct timespec t = { 0, 400000000 };
	struct site *s = arg;
	struct guest_head h = { .purpose = GUEST_CONTRIBUTE,
		.rows = s->study.party[s->node.me].rows };
	uint8_t msg[GUEST_HEAD_BYTES], answer[GUEST_ANSWER_BYTES], *junk;
	const unsigned correction = contribution_correction(3, s->node.me);
	struct contribution_plan p;
	uint32_t n;
	const struct input *input = program_inputs(s->study.program, &n);
	struct guest_link *l = dial_as(s, 0);

	assert_int_equal(contribution_plan(&p, input, n, "h", h.rows), ST_OK);
	junk = mem_zalloc(p.bytes);
	guest_head_create(msg, &h);
	assert_int_equal(guest_send(l, msg, sizeof msg), ST_OK);
	for (unsigned k = 0; k < 2; k++) {
		assert_int_equal(guest_send(l, junk, CONTRIBUTION_KEY_BYTES), ST_OK);
		if (contribution_held(2, N_COMPUTE, 0, k) == correction)
			assert_int_equal(guest_send(l, junk, p.bytes), ST_OK);
	}
	assert_int_equal(guest_receive(l, answer, sizeof answer), ST_OK);
	assert_int_equal(answer[0], GUEST_STORED);
	guest_link_free(l);
	mem_free(junk);
	contribution_plan_fini(&p);
	nanosleep(&t, NULL);
	return site_main(s);
}

/* Tells one node that it contributes, who has nothing to bring. */
static void *
busybody(void *arg)
{
	const struct guest_head h = { .purpose = GUEST_CONTRIBUTE, .rows = 5 };
	struct site *s = arg;
	struct guest_link *l = dial_as(s, 1);
	uint8_t msg[GUEST_HEAD_BYTES], answer[GUEST_ANSWER_BYTES];

	guest_head_create(msg, &h);
	assert_int_equal(guest_send(l, msg, sizeof msg), ST_OK);
	for (unsigned k = 0; k < 2; k++)
		(void)!guest_send(l, msg, CONTRIBUTION_KEY_BYTES);
	assert_int_not_equal(guest_receive(l, answer, sizeof answer), ST_OK);
	guest_link_free(l);
	return site_main(s);
}

/* A session in which `who` does something else first ends well for all. */
static void
with_one(unsigned who, void *(*fn)(void *))
{
	struct result *want;

	sites_init("replicated", NULL, 120000);
	oracle(&want);
	for (unsigned i = 0; i < N_SITE; i++)
		assert_int_equal(pthread_create(&site[i].thread, NULL, i == who ? fn : site_main,
		    &site[i]), 0);
	sites_join();
	for (unsigned i = 0; i < N_SITE; i++) {
		if (site[i].st != ST_OK)
			fail_msg("site %u: %s", i, site[i].f.message);
		compare(&site[i], want);
	}
	result_free(want);
	sites_fini();
}

static void
comes_again(void **state)
{
	(void)state;
	with_one(4, cut_off);
}

static void
brings_nothing(void **state)
{
	(void)state;
	with_one(N_MEMBER, busybody);
}

/* Contributions take no more memory than there is to give, and give back what they took. */
static void
room_is_bounded(void **state)
{
	const uint64_t most = 100;
	struct stored s = { .there = false }, t = { .there = false };
	struct guests *g;
	(void)state;

	sites_init("replicated", NULL, 1000);
	assert_int_equal(guests_new(&g, &site[0].study, 0, NULL), ST_OK);
	assert_true(g->most >= 1 << 20);
	g->most = most;
	assert_int_equal(guests_grant(g, &s, 60), ST_OK);
	assert_int_equal(guests_grant(g, &t, 41), ST_DATA);
	assert_int_equal(guests_grant(g, &t, 40), ST_OK);
	assert_int_equal(guests_grant(g, &s, 1), ST_DATA);
	guests_drop(g, &s);
	assert_int_equal(guests_grant(g, &t, 61), ST_DATA);
	assert_int_equal(guests_grant(g, &t, 60), ST_OK);
	guests_drop(g, &t);
	assert_int_equal(g->taken, 0);
	guests_free(g);
	sites_fini();
}

static int
setup(void **state)
{
	struct fault f = { 0 };
	(void)state;

	if (mkdtemp(dir) == NULL)
		return -1;
	for (unsigned i = 0; i < N_SITE; i++) {
		if (identity_new(&identity[i], &f) != ST_OK)
			return -1;
		key[i] = identity[i]->pub;
	}
	return 0;
}

static int
teardown(void **state)
{
	char path[128];
	(void)state;

	for (int s = 1; s <= serial; s++)
		for (unsigned i = 0; i < N_SITE; i++) {
			(void)snprintf(path, sizeof path, "%s/%d-%u", dir, s, i);
			(void)unlink(path);
		}
	for (unsigned i = 0; i < N_SITE; i++)
		identity_free(identity[i]);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions), cmocka_unit_test(one_is_missing),
		cmocka_unit_test(trouble), cmocka_unit_test(different_parts),
		cmocka_unit_test(comes_again), cmocka_unit_test(brings_nothing),
		cmocka_unit_test(room_is_bounded),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
