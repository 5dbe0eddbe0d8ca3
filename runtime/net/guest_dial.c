/* guest_dial.c: how a guest comes to its node, or why it does not; see guest_link.h */
#include "../base/mem.h"
#include "net_door.h"
#include "net_guest.h"

#include <sodium.h>
#include <string.h>
#include <time.h>

enum {
	PAUSE_MS = 2,                   /* between the first attempts; doubles up to the maximum */
	PAUSE_MAX_MS = 200,
	PAUSE_CROWD_MAX_MS = 2000,      /* the node was there: each attempt costs it a handshake */
};

enum { MS_PER_S = 1000, NS_PER_MS = 1000000 };

struct dial {
	const struct guest_dial_config *config;
	nng_stream_dialer *dialer;
	struct line line;
	struct shake *shake;
	struct guest_link *link;
	uint64_t until_ms;
	enum shake_doubt doubt;         /* of the last attempt */
	struct fault *f;
};

static enum status
check_config(const struct guest_dial_config *c, struct fault *f)
{
	if (c->n_components > N_COMPONENT_MAX)
		return fault_set(f, ST_USAGE, "a study has at most %d components to agree on",
		    N_COMPONENT_MAX);
	if (strlen(c->session) > UINT8_MAX)
		return fault_set(f, ST_USAGE, "the session's name is longer than 255 bytes");
	if (strlen(c->me) >= NODE_NAME_MAX || strlen(c->node) >= NODE_NAME_MAX)
		return fault_set(f, ST_USAGE, "the name of %s or %s is longer than %d bytes", c->me,
		    c->node, NODE_NAME_MAX - 1);
	return ST_OK;
}

static enum status
fault_differs(struct dial *d)
{
	const char *what = d->shake->hs.differs, *node = d->config->node;

	(void)fault_set(d->f, ST_AUTH, "%s runs another %s (component \"%s\" differs)", node, what,
	    what);
	fault_help(d->f, "this site and %s must use the same; compare what konsil check prints at "
	    "both, agree, and start again", node);
	return ST_AUTH;
}

/* After the time is up. */
static enum status
fault_absent(struct dial *d)
{
	const char *node = d->config->node;

	if (d->doubt == WRONG_ANSWER) {
		(void)fault_set(d->f, ST_AUTH, "who answers at the endpoint of %s has not its key",
		    node);
		fault_help(d->f, "compare endpoint and key of %s in the session file with what %s "
		    "says", node, node);
		return ST_AUTH;
	}
	if (d->doubt == REFUSED) {
		(void)fault_set(d->f, ST_AUTH,
		    "%s refuses this site: it has another key or name for it", node);
		fault_help(d->f, "compare this site's key in the session file of %s with this "
		    "site's .pub file, and the session's name and the parties' names at both sites",
		    node);
		return ST_AUTH;
	}
	(void)fault_set(d->f, ST_NET, "%s did not come within %d s", node,
	    d->config->timeout_ms / 1000);
	fault_help(d->f, "start every site within the session's timeout; check that the endpoint "
	    "of %s can be reached from here", node);
	return ST_NET;
}

/* With keys: the node may still have no room, or have gone; that is no error, but one more attempt
 * that failed. */
static enum status
come_in(struct dial *d, bool *in)
{
	const struct guest_dial_config *c = d->config;
	enum status st;

	if (shake_keys(d->shake) != ST_OK)
		return fault_differs(d);
	TRY(guest_link_new(&d->link, d->line.stream, &d->shake->keys, c->node, c->timeout_ms));
	d->line.stream = NULL;
	TRY(guest_begin(d->link, 0));
	*in = guest_await_welcome(d->link) == ST_OK;
	if (!*in) {
		guest_link_free(d->link);
		d->link = NULL;
	}
out:
	return st;
}

/* With the handshake's outcome in doubt, or the guest in. */
static enum status
call(struct dial *d, uint64_t until_ms, bool *in)
{
	const struct guest_dial_config *c = d->config;
	enum status st = ST_OK;

	d->shake->config = (struct handshake_config){
		.role = ROLE_GUEST, .initiator = c->me, .responder = c->node,
		.session = c->session, .secret = c->secret, .peer = c->key,
		.components = c->components, .n_components = c->n_components,
	};
	if (shake_call(d->shake, &d->line, until_ms, &d->doubt) == ST_OK) {
		d->doubt = NO_DOUBT;
		st = come_in(d, in);
	}
	handshake_fini(&d->shake->hs);
	return st;
}

/* One attempt; *reached says whether anyone was there. */
static enum status
attempt(struct dial *d, bool *in, bool *reached)
{
	uint64_t now = net_now_ms(), until = now + HELLO_MS;
	enum status st;

	until = until < d->until_ms ? until : d->until_ms;
	TRY(line_open(&d->line));
	nng_aio_set_timeout(d->line.aio, (nng_duration)(until > now ? until - now : 1));
	nng_stream_dialer_dial(d->dialer, d->line.aio);
	nng_aio_wait(d->line.aio);
	*reached = nng_aio_result(d->line.aio) == 0;
	if (*reached) {
		d->line.stream = nng_aio_get_output(d->line.aio, 0);
		st = call(d, until, in);
	}
	line_close(&d->line);
out:
	return st;
}

static void
sleep_ms(uint64_t ms)
{
	const struct timespec t = {
		(time_t)(ms / MS_PER_S), (long)(ms % MS_PER_S) * NS_PER_MS,
	};

	(void)nanosleep(&t, NULL);
}

static enum status
attempts(struct dial *d)
{
	uint64_t pause = PAUSE_MS, max;
	bool in = false, reached = false;
	enum status st;

	for (;;) {
		TRY(attempt(d, &in, &reached));
		if (in)
			break;
		if (net_now_ms() + pause >= d->until_ms)
			return fault_absent(d);
		/* Many that were turned away together shall not come back together. */
		sleep_ms(pause / 2 + randombytes_uniform((uint32_t)pause));
		max = reached ? PAUSE_CROWD_MAX_MS : PAUSE_MAX_MS;
		pause = pause * 2 < max ? pause * 2 : max;
	}
out:
	return st;
}

static enum status
open_dialer(struct dial *d)
{
	const struct guest_dial_config *c = d->config;

	if (c->endpoint == NULL || nng_stream_dialer_alloc(&d->dialer, c->endpoint) != 0)
		return door_bad_address(d->f, c->node, c->endpoint);
	(void)nng_stream_dialer_set_bool(d->dialer, NNG_OPT_TCP_NODELAY, true);
	d->shake = mem_secret(sizeof *d->shake);
	d->until_ms = net_now_ms() + (uint64_t)c->timeout_ms;
	return d->shake == NULL ? ST_INTERNAL : ST_OK;
}

enum status
guest_dial(struct guest_link **out, const struct guest_dial_config *config, struct fault *f)
{
	struct dial d = { .config = config, .f = f };
	enum status st;

	*out = NULL;
	TRY(check_config(config, f));
	if (sodium_init() < 0 || line_init(&d.line) != ST_OK)
		return fault_set(f, ST_INTERNAL, "no memory for a connection");
	st = open_dialer(&d);
	if (st == ST_OK)
		st = attempts(&d);
	if (st == ST_OK)
		*out = d.link;
	else
		guest_link_free(d.link);
	mem_secret_free(d.shake);
	line_fini(&d.line);
	if (d.dialer != NULL) {
		nng_stream_dialer_close(d.dialer);
		nng_stream_dialer_free(d.dialer);
	}
out:
	return st == ST_OK ? st : fault_set(f, st, "no memory for a connection");
}
