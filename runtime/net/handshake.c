/* handshake.c: see handshake.h and wire_format.h */
#include "handshake.h"

#include "../base/mem.h"
#include "wire.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

enum {
	PROLOGUE_MAX = 2 + 1 + 3 * (2 + 256),
	LIST_MAX = 2 + N_COMPONENT_MAX * (2 + COMPONENT_NAME + 32),
};

_Static_assert(LIST_MAX + NODE_NAME_MAX + 3 + NOISE_HANDSHAKE <= HELLO_MAX,
    "the longest list of components fits a hello");

static const uint8_t magic[4] = { 'K', 'N', 'S', 'L' };
static const char records_label[] = "konsil records 1";

static void
put_head(uint8_t head[HEAD_BYTES], size_t body_len)
{
	struct wire_writer w;

	wire_writer_init(&w, head, HEAD_BYTES);
	wire_put_bytes(&w, magic, sizeof magic);
	wire_put_u16(&w, LINK_VERSION);
	wire_put_u16(&w, (uint16_t)body_len);
}

enum status
handshake_head(size_t *body_len, const uint8_t head[HEAD_BYTES])
{
	struct wire_reader r;
	uint8_t m[4];
	uint16_t version;

	wire_reader_init(&r, head, HEAD_BYTES);
	wire_get_bytes(&r, m, sizeof m);
	version = wire_get_u16(&r);
	*body_len = wire_get_u16(&r);
	if (sodium_memcmp(m, magic, sizeof m) != 0 || version != LINK_VERSION)
		return ST_AUTH;
	return *body_len > HELLO_MAX ? ST_ABORT : ST_OK;
}

/* The body of a whole message. */
static enum status
get_body(struct wire_reader *r, const uint8_t *msg, size_t len)
{
	size_t body_len;
	enum status st;

	wire_reader_init(r, msg, 0);
	if (len < HEAD_BYTES)
		return ST_ABORT;
	TRY(handshake_head(&body_len, msg));
	if (body_len != len - HEAD_BYTES)
		return ST_ABORT;
	wire_reader_init(r, msg + HEAD_BYTES, body_len);
out:
	return st;
}

static size_t
list_encode(uint8_t out[LIST_MAX], const struct handshake_config *c)
{
	struct wire_writer w;

	wire_writer_init(&w, out, LIST_MAX);
	wire_put_u16(&w, (uint16_t)c->n_components);
	for (size_t i = 0; i < c->n_components; i++) {
		wire_put_str(&w, c->components[i].name);
		wire_put_bytes(&w, c->components[i].hash, 32);
	}
	assert(wire_writer_status(&w) == ST_OK);
	return w.len;
}

static const struct component *
component_find(const struct component *c, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(c[i].name, name) == 0)
			return &c[i];
	return NULL;
}

/* The first of a's components that b has not, or has otherwise; NULL if there is none. */
static const struct component *
first_difference(const struct component *a, size_t n_a, const struct component *b, size_t n_b)
{
	for (size_t i = 0; i < n_a; i++) {
		const struct component *other = component_find(b, n_b, a[i].name);

		if (other == NULL || sodium_memcmp(other->hash, a[i].hash, 32) != 0)
			return &a[i];
	}
	return NULL;
}

static bool
is_printable(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 127)
			return false;
	return true;
}

static enum status
list_decode(struct component *c, size_t *n, const uint8_t *bytes, size_t len)
{
	struct wire_reader r;

	wire_reader_init(&r, bytes, len);
	*n = wire_get_u16(&r);
	if (*n > N_COMPONENT_MAX)
		return ST_ABORT;
	for (size_t i = 0; i < *n; i++) {
		wire_get_str(&r, c[i].name, sizeof c[i].name);
		wire_get_bytes(&r, c[i].hash, 32);
		if (!is_printable(c[i].name))
			return ST_ABORT;
	}
	return wire_reader_end(&r, ST_ABORT);
}

/* Compares the peer's list with ours and notes what differs.  Hashes are no secrets between
 * peers that share a study, so that plain comparison is fine. */
static enum status
compare(struct handshake *hs, const uint8_t *bytes, size_t len)
{
	const struct handshake_config *c = hs->config;
	struct component *theirs = mem_array(N_COMPONENT_MAX, sizeof *theirs);
	const struct component *d;
	size_t n = 0;
	enum status st;

	if (theirs == NULL)
		return ST_INTERNAL;
	TRY(list_decode(theirs, &n, bytes, len));
	d = first_difference(c->components, c->n_components, theirs, n);
	if (d == NULL)
		d = first_difference(theirs, n, c->components, c->n_components);
	if (d != NULL)
		memcpy(hs->differs, d->name, sizeof hs->differs);
out:
	mem_free(theirs);
	return st;
}

void
handshake_init(struct handshake *hs, bool initiator, const struct handshake_config *c)
{
	uint8_t prologue[PROLOGUE_MAX], e[32];
	struct wire_writer w;

	assert(c->n_components <= N_COMPONENT_MAX);
	memset(hs, 0, sizeof *hs);
	hs->config = c;
	hs->initiator = initiator;
	wire_writer_init(&w, prologue, sizeof prologue);
	wire_put_u16(&w, LINK_VERSION);
	wire_put_u8(&w, (uint8_t)c->role);
	wire_put_str(&w, c->initiator);
	wire_put_str(&w, c->responder);
	wire_put_str(&w, c->session);
	hs->st = wire_writer_status(&w);
	randombytes_buf(e, sizeof e);
	noise_init(&hs->noise, initiator, prologue, w.len, c->secret->dh, c->secret->pub.dh,
	    c->peer->dh, e);
	wipe(e, sizeof e);
}

void
handshake_fini(struct handshake *hs)
{
	if (hs != NULL)
		wipe(hs, sizeof *hs);
}

/* Notes the outcome of a step; an error wipes all keys. */
static enum status
step(struct handshake *hs, enum status st)
{
	if (st != ST_OK) {
		wipe(hs, sizeof *hs);
		hs->st = st;
	}
	return st;
}

/* What stands before the noise message of a hello. */
static enum status
get_caller(struct wire_reader *r, enum link_role *role, char name[NODE_NAME_MAX])
{
	uint8_t claimed = wire_get_u8(r);

	wire_get_str(r, name, NODE_NAME_MAX);
	*role = claimed == ROLE_GUEST ? ROLE_GUEST : ROLE_NODE;
	if (claimed != *role)
		return ST_ABORT;
	return wire_reader_status(r, ST_ABORT);
}

enum status
handshake_caller(enum link_role *role, char name[NODE_NAME_MAX], const uint8_t *msg, size_t len)
{
	struct wire_reader r;
	enum status st;

	name[0] = '\0';
	*role = ROLE_NODE;
	TRY(get_body(&r, msg, len));
	TRY(get_caller(&r, role, name));
out:
	return st;
}

/* Head and noise message: what hello (after role and name, in prefix) and answer share. */
static enum status
create(struct handshake *hs, uint8_t *out, size_t *len, const uint8_t *prefix, size_t prefix_len)
{
	uint8_t list[LIST_MAX];
	size_t list_len = list_encode(list, hs->config);
	enum status st;

	memcpy(out + HEAD_BYTES, prefix, prefix_len);
	TRY(noise_create(&hs->noise, out + HEAD_BYTES + prefix_len, list, list_len));
	*len = HEAD_BYTES + prefix_len + NOISE_HANDSHAKE + list_len;
	put_head(out, *len - HEAD_BYTES);
out:
	return step(hs, st);
}

/* What is left of r is a noise message with a list. */
static enum status
consume(struct handshake *hs, struct wire_reader *r)
{
	size_t len = wire_left(r);
	const uint8_t *in = wire_get_span(r, len);
	uint8_t list[HELLO_MAX];
	enum status st = ST_ABORT;

	if (in == NULL || len < NOISE_HANDSHAKE)
		goto out;
	TRY(noise_consume(&hs->noise, list, in, len));
	TRY(compare(hs, list, len - NOISE_HANDSHAKE));
out:
	return st;
}

enum status
handshake_create_hello(struct handshake *hs, uint8_t *out, size_t *len)
{
	uint8_t prefix[1 + 2 + NODE_NAME_MAX];
	struct wire_writer w;

	*len = 0;
	if (hs->st != ST_OK)
		return hs->st;
	wire_writer_init(&w, prefix, sizeof prefix);
	wire_put_u8(&w, (uint8_t)hs->config->role);
	wire_put_str(&w, hs->config->initiator);
	if (wire_writer_status(&w) != ST_OK)
		return step(hs, ST_INTERNAL);
	return create(hs, out, len, prefix, w.len);
}

enum status
handshake_consume_hello(struct handshake *hs, const uint8_t *msg, size_t len)
{
	struct wire_reader r;
	char name[NODE_NAME_MAX];
	enum link_role role;
	enum status st;

	if (hs->st != ST_OK)
		return hs->st;
	TRY(get_body(&r, msg, len));
	TRY(get_caller(&r, &role, name));
	TRY(role == hs->config->role && strcmp(name, hs->config->initiator) == 0 ? ST_OK : ST_AUTH);
	TRY(consume(hs, &r));
out:
	return step(hs, st);
}

static enum status
split(struct handshake *hs)
{
	return noise_split(&hs->noise, hs->to_responder, hs->to_initiator);
}

enum status
handshake_create_answer(struct handshake *hs, uint8_t *out, size_t *len)
{
	enum status st;

	*len = 0;
	if (hs->st != ST_OK)
		return hs->st;
	TRY(create(hs, out, len, (const uint8_t *)"", 0));
	TRY(split(hs));
out:
	return step(hs, st);
}

void
handshake_create_refusal(uint8_t out[HEAD_BYTES])
{
	put_head(out, 0);
}

enum status
handshake_consume_answer(struct handshake *hs, const uint8_t *msg, size_t len)
{
	struct wire_reader r;
	enum status st;

	if (hs->st != ST_OK)
		return hs->st;
	TRY(get_body(&r, msg, len));
	TRY(consume(hs, &r));
	TRY(split(hs));
out:
	return step(hs, st);
}

enum status
handshake_create_confirm(struct handshake *hs, uint8_t *out, size_t *len)
{
	uint8_t verdict = hs->differs[0] != '\0';
	enum status st;

	*len = 0;
	if (hs->st != ST_OK)
		return hs->st;
	TRY(noise_seal(hs->to_responder, 0, "", 0, out + HEAD_BYTES, &verdict, 1));
	put_head(out, 1 + NOISE_TAG);
	*len = HEAD_BYTES + 1 + NOISE_TAG;
out:
	return step(hs, st);
}

enum status
handshake_consume_confirm(struct handshake *hs, const uint8_t *msg, size_t len)
{
	struct wire_reader r;
	const uint8_t *in;
	uint8_t verdict;
	enum status st;

	if (hs->st != ST_OK)
		return hs->st;
	TRY(get_body(&r, msg, len));
	in = wire_get_span(&r, 1 + NOISE_TAG);
	TRY(wire_reader_end(&r, ST_ABORT));
	TRY(noise_open(hs->to_responder, 0, "", 0, &verdict, in, 1 + NOISE_TAG));
	TRY(verdict == (hs->differs[0] != '\0') ? ST_OK : ST_ABORT);
out:
	return step(hs, st);
}

/* The key of a direction's records, of Split's key, the handshake hash and our own components. */
static void
derive(struct record_keys *out, const uint8_t k[32], const struct handshake *hs)
{
	uint8_t list[LIST_MAX], okm[NOISE_HASH];
	uint8_t info[sizeof records_label + NOISE_HASH + 32];

	memcpy(info, records_label, sizeof records_label);
	memcpy(info + sizeof records_label, hs->noise.h, NOISE_HASH);
	(void)crypto_generichash(info + sizeof records_label + NOISE_HASH, 32, list,
	    list_encode(list, hs->config), NULL, 0);
	noise_hmac(okm, k, 32, info, sizeof info);
	memcpy(out->aes, okm, sizeof out->aes);
	memcpy(out->head, okm + sizeof out->aes, sizeof out->head);
	wipe(okm, sizeof okm);
}

enum status
handshake_keys(struct handshake *hs, struct link_keys *keys)
{
	memset(keys, 0, sizeof *keys);
	if (hs->st != ST_OK)
		return hs->st;
	if (hs->differs[0] != '\0')
		return ST_AUTH;
	derive(&keys->out, hs->initiator ? hs->to_responder : hs->to_initiator, hs);
	derive(&keys->in, hs->initiator ? hs->to_initiator : hs->to_responder, hs);
	memcpy(keys->id, hs->noise.h, sizeof keys->id);
	return ST_OK;
}
