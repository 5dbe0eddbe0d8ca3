/* test_noise.c: Noise KK against published vectors, and the handshake against every fault. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "../../runtime/base/mem.h"
#include "../../runtime/net/handshake.h"
#include "vectors/noise_kk.h"

enum { ROOM = 256 };

static size_t
unhex(uint8_t *out, const char *hex)
{
	size_t len = 0;

	assert_int_equal(sodium_hex2bin(out, ROOM, hex, strlen(hex), NULL, &len, NULL), 0);
	return len;
}

static void
init_from(struct noise *z, const struct noise_vector *v, bool initiator)
{
	uint8_t prologue[ROOM], s[ROOM], s_pub[ROOM], rs[ROOM], e[ROOM];
	size_t len = unhex(prologue, v->prologue);

	unhex(s, initiator ? v->init_static : v->resp_static);
	unhex(e, initiator ? v->init_ephemeral : v->resp_ephemeral);
	unhex(s_pub, initiator ? v->init_public : v->resp_public);
	unhex(rs, initiator ? v->resp_public : v->init_public);
	noise_init(z, initiator, prologue, len, s, s_pub, rs, e);
}

static void
handshake_by_vector(struct noise *from, struct noise *to, const char *payload, const char *cipher)
{
	uint8_t in[ROOM], want[ROOM], out[ROOM], back[ROOM];
	size_t len = unhex(in, payload), want_len = unhex(want, cipher);

	assert_int_equal(want_len, len + NOISE_HANDSHAKE);
	assert_int_equal(noise_create(from, out, in, len), ST_OK);
	assert_memory_equal(out, want, want_len);
	assert_int_equal(noise_consume(to, back, out, want_len), ST_OK);
	assert_memory_equal(back, in, len);
}

static void
transport_by_vector(const uint8_t k[32], uint64_t n, const char *payload, const char *cipher)
{
	uint8_t in[ROOM], want[ROOM], out[ROOM], back[ROOM];
	size_t len = unhex(in, payload), want_len = unhex(want, cipher);

	assert_int_equal(want_len, len + NOISE_TAG);
	assert_int_equal(noise_seal(k, n, "", 0, out, in, len), ST_OK);
	assert_memory_equal(out, want, want_len);
	assert_int_equal(noise_open(k, n, "", 0, back, want, want_len), ST_OK);
	assert_memory_equal(back, in, len);
}

static void
agrees_with_published_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof noise_kk_vectors / sizeof noise_kk_vectors[0]; i++) {
		const struct noise_vector *v = &noise_kk_vectors[i];
		struct noise a, b;
		uint8_t k[2][32], k2[2][32], hash[ROOM];

		init_from(&a, v, true);
		init_from(&b, v, false);
		handshake_by_vector(&a, &b, v->message[0].payload, v->message[0].ciphertext);
		handshake_by_vector(&b, &a, v->message[1].payload, v->message[1].ciphertext);
		assert_int_equal(noise_split(&a, k[0], k[1]), ST_OK);
		assert_int_equal(noise_split(&b, k2[0], k2[1]), ST_OK);
		assert_memory_equal(k, k2, sizeof k);
		assert_memory_equal(a.h, b.h, NOISE_HASH);
		if (v->hash != NULL) {
			assert_int_equal(unhex(hash, v->hash), NOISE_HASH);
			assert_memory_equal(a.h, hash, NOISE_HASH);
		}
		for (unsigned m = 2; m < 6 && v->message[m].payload != NULL; m++)
			transport_by_vector(k[m % 2], (m - 2) / 2, v->message[m].payload,
			    v->message[m].ciphertext);
	}
}

static void
hmac_is_hmac(void **state)
{
	uint8_t a[NOISE_HASH], b[NOISE_HASH], pad[128];
	uint8_t inner[128 + NOISE_HASH];

	(void)state;
	/* By its definition, with the pads spelled out: key "k", message "m". */
	memset(inner, 0x36, 128);
	inner[0] = 'k' ^ 0x36;
	inner[128] = 'm';
	crypto_generichash(a, NOISE_HASH, inner, 129, NULL, 0);
	memset(pad, 0x5c, sizeof pad);
	pad[0] = 'k' ^ 0x5c;
	memcpy(inner, pad, 128);
	memcpy(inner + 128, a, NOISE_HASH);
	crypto_generichash(a, NOISE_HASH, inner, sizeof inner, NULL, 0);
	noise_hmac(b, "k", 1, "m", 1);
	assert_memory_equal(a, b, NOISE_HASH);
}

/* Two sites with their keys, and the messages of one handshake between them. */
struct pair {
	struct identity_secret *north, *south;
	struct component list[2][3];
	struct handshake_config config[2];
	struct handshake hs[2];         /* initiator north, responder south */
	uint8_t msg[3][HANDSHAKE_MAX];
	size_t len[3];
};

static void
pair_init(struct pair *p)
{
	memset(p, 0, sizeof *p);
	assert_int_equal(identity_new(&p->north, NULL), ST_OK);
	assert_int_equal(identity_new(&p->south, NULL), ST_OK);
	for (unsigned i = 0; i < 2; i++) {
		strcpy(p->list[i][0].name, "program");
		strcpy(p->list[i][1].name, "parameter n");
		strcpy(p->list[i][2].name, "protocol");
		memset(p->list[i][1].hash, 5, 32);
		p->config[i] = (struct handshake_config){
			.initiator = "north", .responder = "south", .session = "lung-2026",
			.secret = i == 0 ? p->north : p->south,
			.peer = i == 0 ? &p->south->pub : &p->north->pub,
			.components = p->list[i], .n_components = 3,
		};
	}
}

static void
pair_start(struct pair *p)
{
	handshake_init(&p->hs[0], true, &p->config[0]);
	handshake_init(&p->hs[1], false, &p->config[1]);
}

static void
pair_fini(struct pair *p)
{
	handshake_fini(&p->hs[0]);
	handshake_fini(&p->hs[1]);
	identity_free(p->north);
	identity_free(p->south);
}

/* Runs the handshake up to and including creation of message `last`. */
static void
pair_run(struct pair *p, unsigned last)
{
	pair_start(p);
	assert_int_equal(handshake_create_hello(&p->hs[0], p->msg[0], &p->len[0]), ST_OK);
	if (last == 0)
		return;
	assert_int_equal(handshake_consume_hello(&p->hs[1], p->msg[0], p->len[0]), ST_OK);
	assert_int_equal(handshake_create_answer(&p->hs[1], p->msg[1], &p->len[1]), ST_OK);
	if (last == 1)
		return;
	assert_int_equal(handshake_consume_answer(&p->hs[0], p->msg[1], p->len[1]), ST_OK);
	assert_int_equal(handshake_create_confirm(&p->hs[0], p->msg[2], &p->len[2]), ST_OK);
}

/* Gives message m to the side that is due to read it. */
static enum status
deliver(struct pair *p, unsigned m, const uint8_t *msg, size_t len)
{
	switch (m) {
	case 0: return handshake_consume_hello(&p->hs[1], msg, len);
	case 1: return handshake_consume_answer(&p->hs[0], msg, len);
	default: return handshake_consume_confirm(&p->hs[1], msg, len);
	}
}

/* After a refusal neither side can be brought to give keys. */
static void
assert_not_granted(struct pair *p, unsigned m)
{
	struct handshake *hs = &p->hs[m == 1 ? 0 : 1];
	struct link_keys keys;
	uint8_t zero[sizeof keys] = { 0 };
	size_t len;

	assert_int_not_equal(handshake_keys(hs, &keys), ST_OK);
	assert_memory_equal(&keys, zero, sizeof keys);
	if (m == 0)
		assert_int_not_equal(handshake_create_answer(hs, p->msg[1], &len), ST_OK);
	if (m == 1)
		assert_int_not_equal(handshake_create_confirm(hs, p->msg[2], &len), ST_OK);
}

static void
both_sides_get_the_same_keys(void **state)
{
	struct pair p;
	struct link_keys a, b;
	char name[NODE_NAME_MAX];
	enum link_role role;

	(void)state;
	pair_init(&p);
	pair_run(&p, 2);
	assert_int_equal(deliver(&p, 2, p.msg[2], p.len[2]), ST_OK);
	assert_int_equal(handshake_caller(&role, name, p.msg[0], p.len[0]), ST_OK);
	assert_string_equal(name, "north");
	assert_int_equal(role, ROLE_NODE);
	assert_int_equal(handshake_keys(&p.hs[0], &a), ST_OK);
	assert_int_equal(handshake_keys(&p.hs[1], &b), ST_OK);
	assert_memory_equal(&a.out, &b.in, sizeof a.out);
	assert_memory_equal(&a.in, &b.out, sizeof a.in);
	assert_memory_equal(a.id, b.id, sizeof a.id);
	assert_memory_not_equal(&a.in, &a.out, sizeof a.in);
	pair_fini(&p);
}

static void
every_flipped_byte_is_refused(void **state)
{
	static struct pair p;

	(void)state;
	pair_init(&p);
	for (unsigned m = 0; m < 3; m++) {
		pair_run(&p, m);
		for (size_t i = 0; i < p.len[m]; i++) {
			pair_run(&p, m);
			p.msg[m][i] ^= (uint8_t)(1u << (i % 8));
			assert_int_not_equal(deliver(&p, m, p.msg[m], p.len[m]), ST_OK);
			assert_not_granted(&p, m);
		}
	}
	pair_fini(&p);
}

/* The copy has exactly the bytes that came, so that a sanitizer sees a read beyond them. */
static void
every_cut_is_refused(void **state)
{
	static struct pair p;

	(void)state;
	pair_init(&p);
	for (unsigned m = 0; m < 3; m++) {
		pair_run(&p, m);
		for (size_t len = 0; len < p.len[m]; len++) {
			uint8_t *cut;

			pair_run(&p, m);
			cut = mem_alloc(len);
			memcpy(cut, p.msg[m], len);
			assert_int_not_equal(deliver(&p, m, cut, len), ST_OK);
			assert_not_granted(&p, m);
			mem_free(cut);
		}
		pair_run(&p, m);
		p.msg[m][p.len[m]] = 0;
		assert_int_not_equal(deliver(&p, m, p.msg[m], p.len[m] + 1), ST_OK);
	}
	pair_fini(&p);
}

static void
a_replayed_message_is_refused(void **state)
{
	static struct pair old, p;
	struct link_keys keys;

	(void)state;
	pair_init(&p);
	pair_run(&p, 2);
	old = p;
	/* An old hello gets an answer, but no confirm fits it. */
	pair_start(&p);
	assert_int_equal(deliver(&p, 0, old.msg[0], old.len[0]), ST_OK);
	assert_int_equal(handshake_create_answer(&p.hs[1], p.msg[1], &p.len[1]), ST_OK);
	assert_int_equal(deliver(&p, 2, old.msg[2], old.len[2]), ST_AUTH);
	assert_int_not_equal(handshake_keys(&p.hs[1], &keys), ST_OK);
	/* An old answer does not fit a new hello. */
	pair_run(&p, 0);
	assert_int_equal(deliver(&p, 1, old.msg[1], old.len[1]), ST_AUTH);
	handshake_fini(&old.hs[0]);
	handshake_fini(&old.hs[1]);
	pair_fini(&p);
}

/* Each message given in the place of each other one. */
static void
reordered_messages_are_refused(void **state)
{
	static struct pair p, whole;

	(void)state;
	pair_init(&p);
	pair_run(&p, 2);
	whole = p;
	for (unsigned due = 0; due < 3; due++)
		for (unsigned m = 0; m < 3; m++) {
			if (m == due)
				continue;
			pair_run(&p, due);
			assert_int_not_equal(deliver(&p, due, whole.msg[m], whole.len[m]), ST_OK);
			assert_not_granted(&p, due);
		}
	handshake_fini(&whole.hs[0]);
	handshake_fini(&whole.hs[1]);
	pair_fini(&p);
}

/* One's own hello sent back is no peer's answer. */
static void
a_reflected_hello_is_refused(void **state)
{
	static struct pair p;

	(void)state;
	pair_init(&p);
	pair_run(&p, 0);
	assert_int_not_equal(deliver(&p, 1, p.msg[0], p.len[0]), ST_OK);
	pair_fini(&p);
}

static enum status
hello_status(struct pair *p)
{
	pair_start(p);
	assert_int_equal(handshake_create_hello(&p->hs[0], p->msg[0], &p->len[0]), ST_OK);
	return deliver(p, 0, p->msg[0], p->len[0]);
}

static void
another_key_name_or_session_is_refused(void **state)
{
	static struct pair p;
	struct identity_secret *other;

	(void)state;
	pair_init(&p);
	assert_int_equal(identity_new(&other, NULL), ST_OK);
	assert_int_equal(hello_status(&p), ST_OK);
	p.config[0].secret = other;
	assert_int_equal(hello_status(&p), ST_AUTH);
	p.config[0].secret = p.north;
	p.config[0].peer = &other->pub;
	assert_int_equal(hello_status(&p), ST_AUTH);
	p.config[0].peer = &p.south->pub;
	p.config[0].session = "lung-2027";
	assert_int_equal(hello_status(&p), ST_AUTH);
	p.config[0].session = "lung-2026";
	p.config[0].initiator = "west";
	assert_int_equal(hello_status(&p), ST_AUTH);
	p.config[0].initiator = "north";
	p.config[0].responder = "west";
	assert_int_equal(hello_status(&p), ST_AUTH);
	p.config[0].responder = "south";
	p.config[0].role = ROLE_GUEST;
	assert_int_equal(hello_status(&p), ST_AUTH);
	/* Nor does it help to claim the other role on the line only: it is in the prologue. */
	pair_start(&p);
	assert_int_equal(handshake_create_hello(&p.hs[0], p.msg[0], &p.len[0]), ST_OK);
	p.msg[0][HEAD_BYTES] = ROLE_NODE;
	assert_int_equal(deliver(&p, 0, p.msg[0], p.len[0]), ST_AUTH);
	identity_free(other);
	pair_fini(&p);
}

static void
assert_differs(struct pair *p, const char *name)
{
	struct link_keys keys;

	pair_run(p, 2);
	assert_int_equal(deliver(p, 2, p->msg[2], p->len[2]), ST_OK);
	for (unsigned i = 0; i < 2; i++) {
		assert_string_equal(p->hs[i].differs, name);
		assert_int_equal(handshake_keys(&p->hs[i], &keys), ST_AUTH);
	}
}

static void
a_difference_has_a_name_at_both_sides(void **state)
{
	static struct pair p;

	(void)state;
	pair_init(&p);
	p.list[1][1].hash[31] ^= 1;
	assert_differs(&p, "parameter n");
	p.list[0][1].hash[31] ^= 1;
	p.list[0][0].hash[0] ^= 1;
	assert_differs(&p, "program");
	p.list[0][0].hash[0] ^= 1;
	p.config[0].n_components = 2;
	assert_differs(&p, "protocol");
	p.config[0].n_components = 3;
	p.config[1].n_components = 0;
	pair_run(&p, 2);
	assert_int_equal(deliver(&p, 2, p.msg[2], p.len[2]), ST_OK);
	assert_string_equal(p.hs[0].differs, "program");
	assert_string_equal(p.hs[1].differs, "program");
	pair_fini(&p);
}

/* The keys depend on the components, whatever the comparison says. */
static void
components_enter_the_keys(void **state)
{
	static struct pair p;
	struct link_keys a, b;

	(void)state;
	pair_init(&p);
	p.list[1][0].hash[0] ^= 1;
	pair_run(&p, 2);
	assert_int_equal(deliver(&p, 2, p.msg[2], p.len[2]), ST_OK);
	p.hs[0].differs[0] = p.hs[1].differs[0] = '\0';
	assert_int_equal(handshake_keys(&p.hs[0], &a), ST_OK);
	assert_int_equal(handshake_keys(&p.hs[1], &b), ST_OK);
	assert_memory_equal(a.id, b.id, sizeof a.id);
	assert_memory_not_equal(&a.out, &b.in, sizeof a.out);
	pair_fini(&p);
}

static void
the_longest_list_fits(void **state)
{
	static struct component list[N_COMPONENT_MAX];
	static struct pair p;

	(void)state;
	pair_init(&p);
	for (int i = 0; i < N_COMPONENT_MAX; i++)
		snprintf(list[i].name, sizeof list[i].name, "%063d", i);
	for (unsigned i = 0; i < 2; i++) {
		p.config[i].components = list;
		p.config[i].n_components = N_COMPONENT_MAX;
	}
	pair_run(&p, 2);
	assert_int_equal(deliver(&p, 2, p.msg[2], p.len[2]), ST_OK);
	pair_fini(&p);
}

static void
a_refusal_is_a_head_alone(void **state)
{
	uint8_t head[HEAD_BYTES];
	size_t len = 1;

	(void)state;
	handshake_create_refusal(head);
	assert_int_equal(handshake_head(&len, head), ST_OK);
	assert_int_equal(len, 0);
	head[5]++;
	assert_int_equal(handshake_head(&len, head), ST_AUTH);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_published_vectors),
		cmocka_unit_test(hmac_is_hmac),
		cmocka_unit_test(both_sides_get_the_same_keys),
		cmocka_unit_test(every_flipped_byte_is_refused),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(a_replayed_message_is_refused),
		cmocka_unit_test(reordered_messages_are_refused),
		cmocka_unit_test(a_reflected_hello_is_refused),
		cmocka_unit_test(another_key_name_or_session_is_refused),
		cmocka_unit_test(a_difference_has_a_name_at_both_sides),
		cmocka_unit_test(components_enter_the_keys),
		cmocka_unit_test(the_longest_list_fits),
		cmocka_unit_test(a_refusal_is_a_head_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
