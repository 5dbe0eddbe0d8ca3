/* fuzz_handshake.c: any bytes as the message of a handshake that is due.
 *
 * The first byte chooses which: hello, answer or confirm, from a peer that has the right keys but
 * may say anything (the list of components is sealed as it is), or from the line.  Seeds are text
 * (hex_kit.h). */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <sodium.h>

#include "../../runtime/net/handshake.h"
#include "hex_kit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct identity_secret *id[2];
static const struct component components[] = { { "program", { 1 } }, { "parameter n", { 2 } } };
static struct handshake_config config[2];

static void
set_up(void)
{
	enum status st = ST_OK;

	for (unsigned i = 0; i < 2 && st == ST_OK; i++)
		st = identity_new(&id[i], NULL);
	assert(st == ST_OK);
	for (unsigned i = 0; i < 2; i++)
		config[i] = (struct handshake_config){ ROLE_NODE, "north", "south", "fuzz", id[i],
			&id[1 - i]->pub, components, 2 };
}

/* A hello whose payload is the input: seals it as the initiator would. */
static size_t
sealed_hello(uint8_t *out, const uint8_t *data, size_t len)
{
	static const uint8_t front[] = "KNSL\2\0\0\0\0\5\0north";
	struct handshake hs;
	size_t body;
	enum status st;

	if (len > HELLO_MAX - NOISE_HANDSHAKE - 16)
		len = HELLO_MAX - NOISE_HANDSHAKE - 16;
	handshake_init(&hs, true, &config[0]);
	memcpy(out, front, sizeof front - 1);
	st = noise_create(&hs.noise, out + sizeof front - 1, data, len);
	assert(st == ST_OK);
	handshake_fini(&hs);
	body = sizeof front - 1 - HEAD_BYTES + NOISE_HANDSHAKE + len;
	out[6] = (uint8_t)body;
	out[7] = (uint8_t)(body >> 8);
	return HEAD_BYTES + body;
}

static void
run(unsigned which, const uint8_t *data, size_t len)
{
	static uint8_t msg[HANDSHAKE_MAX];
	struct handshake hs[2];
	char name[NODE_NAME_MAX];
	enum link_role role;
	size_t n;
	enum status st;

	handshake_init(&hs[0], true, &config[0]);
	handshake_init(&hs[1], false, &config[1]);
	st = handshake_create_hello(&hs[0], msg, &n);
	if (which == 0) {
		st = handshake_caller(&role, name, data, len);
		st = handshake_consume_hello(&hs[1], data, len);
	} else if (which == 1) {
		st = handshake_consume_hello(&hs[1], msg, n);
		st = handshake_create_answer(&hs[1], msg, &n);
		st = handshake_consume_confirm(&hs[1], data, len);
		assert(st != ST_OK);
	} else if (which == 2) {
		st = handshake_consume_answer(&hs[0], data, len);
		assert(st != ST_OK);
	} else {
		n = sealed_hello(msg, data, len);
		st = handshake_consume_hello(&hs[1], msg, n);
	}
	(void)st;
	handshake_fini(&hs[0]);
	handshake_fini(&hs[1]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t bytes[HANDSHAKE_MAX + 1];

	if (id[0] == NULL)
		set_up();
	hex_seed(&data, &len, bytes, sizeof bytes);
	if (len > 0)
		run(data[0] % 4, data + 1, len - 1);
	return 0;
}
