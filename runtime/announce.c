/* announce.c: see announce.h */
#include "announce.h"

#include <sodium.h>
#include <string.h>

#include "base/random.h"
#include "net/wire.h"

void
announce_create(uint8_t msg[ANNOUNCE_BYTES], const struct announcement *a)
{
	struct wire_writer w;

	wire_writer_init(&w, msg, ANNOUNCE_BYTES);
	wire_put_u64(&w, a->rows);
	wire_put_bytes(&w, a->header, sizeof a->header);
	wire_put_bytes(&w, a->nonce, sizeof a->nonce);
}

enum status
announce_consume(struct announcement *a, const uint8_t msg[ANNOUNCE_BYTES])
{
	struct wire_reader r;

	wire_reader_init(&r, msg, ANNOUNCE_BYTES);
	a->rows = wire_get_u64(&r);
	wire_get_bytes(&r, a->header, sizeof a->header);
	wire_get_bytes(&r, a->nonce, sizeof a->nonce);
	if (a->rows >> 40 != 0)
		return ST_ABORT;
	return wire_reader_end(&r, ST_ABORT);
}

void
announce_echo(
    uint8_t echo[ECHO_BYTES], const struct announcement *all, unsigned n, const uint8_t h1[32])
{
	crypto_generichash_state h;
	uint8_t msg[ANNOUNCE_BYTES];

	(void)crypto_generichash_init(&h, NULL, 0, ECHO_BYTES);
	(void)crypto_generichash_update(&h, (const uint8_t *)"konsil announcements", 20);
	(void)crypto_generichash_update(&h, h1, 32);
	for (unsigned i = 0; i < n; i++) {
		announce_create(msg, &all[i]);
		(void)crypto_generichash_update(&h, msg, sizeof msg);
	}
	(void)crypto_generichash_final(&h, echo, ECHO_BYTES);
}

/* Posts one message to all, then waits for one of each: in[i] is node i's. */
static enum status
exchange(struct chan *ch, const uint8_t *out, uint8_t *in, size_t len, struct fault *f)
{
	enum status st = ST_OK;

	chan_phase(ch, PHASE_CONTROL);
	for (unsigned i = 0; i < ch->n; i++)
		if (i != ch->me)
			TRY(chan_post(ch, i, out, len));
	for (unsigned i = 0; i < ch->n; i++)
		if (i != ch->me)
			TRY(chan_wait(ch, i, in + i * len, len));
	chan_round(ch);
	memcpy(in + ch->me * len, out, len);
	return ST_OK;
out:
	if (f->st == ST_OK)
		*f = ch->fault;
	return st;
}

enum status
announce_exchange(struct announcement *all, uint8_t sid[32], struct chan *ch,
    const struct announcement *mine, const uint8_t h1[32], const char *const names[],
    struct fault *f)
{
	uint8_t out[ANNOUNCE_BYTES], in[N_NODE_MAX * ANNOUNCE_BYTES], echo[N_NODE_MAX * ECHO_BYTES];
	struct announcement me = *mine;
	enum status st;

	random_bytes(me.nonce, sizeof me.nonce);
	announce_create(out, &me);
	TRY(exchange(ch, out, in, sizeof out, f));
	for (unsigned i = 0; i < ch->n; i++)
		if (announce_consume(&all[i], in + i * ANNOUNCE_BYTES) != ST_OK)
			return fault_set(
			    f, ST_ABORT, "%s announced an impossible number of rows", names[i]);
	announce_echo(sid, all, ch->n, h1);
	TRY(exchange(ch, sid, echo, ECHO_BYTES, f));
	for (unsigned i = 0; i < ch->n; i++)
		if (memcmp(echo + i * ECHO_BYTES, sid, ECHO_BYTES) != 0)
			return fault_set(f, ST_ABORT,
			    "%s was told other row counts than this site: someone "
			    "announced two different ones",
			    names[i]);
out:
	return st;
}

enum status
announce_code(struct chan *ch, const uint8_t h2[32], const char *const names[], struct fault *f)
{
	uint8_t in[N_NODE_MAX * 32];
	enum status st;

	TRY(exchange(ch, h2, in, 32, f));
	for (unsigned i = 0; i < ch->n; i++) {
		if (memcmp(in + i * 32, h2, 32) == 0)
			continue;
		st =
		    fault_set(f, ST_AUTH, "%s compiled the same study to other bytecode", names[i]);
		fault_help(f, "both sites need the same build of konsil (`konsil --version`)");
		return st;
	}
out:
	return st;
}
