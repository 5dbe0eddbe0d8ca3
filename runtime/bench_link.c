/* bench_link.c: how fast channels are.  See bench.h and bench_link.h. */
#include "bench_link.h"

#include <stdio.h>

#include "bench.h"
#include "net/chan_bench.h"
#include "net/chan_nng.h"
#include "net/identity.h"

enum { LINK_TIMEOUT_MS = 30000 };

enum status
bench_link_up(struct chan **ch, const struct bench *b, struct launch_child *c, double *open_s,
    struct fault *f)
{
	static const char *const name[] = { "0", "1", "2" };
	char endpoint[3][LAUNCH_DIR_MAX + 16];
	struct identity_public key[3];
	struct identity_secret *id = NULL;
	struct chan_nng_config cfg = {
		.me = c->me, .n = c->n, .session = "bench", .timeout_ms = LINK_TIMEOUT_MS,
	};
	struct chan *net = NULL, *shaped;
	enum status st;
	double began;

	*ch = NULL;
	TRY(identity_new(&id, f));
	TRY(launch_gather(c, key, &id->pub, sizeof id->pub, f));
	cfg.secret = id;
	for (unsigned i = 0; i < c->n; i++) {
		(void)snprintf(endpoint[i], sizeof endpoint[i], "ipc://%s/%u", c->dir, i);
		cfg.peer[i].name = name[i];
		cfg.peer[i].endpoint = endpoint[i];
		cfg.peer[i].key = &key[i];
	}
	began = bench_seconds();
	TRY(chan_nng_open(&net, &cfg, f));
	if (open_s != NULL)
		*open_s = bench_seconds() - began;
	if (b->rtt_us > 0 || b->bits_per_s > 0) {
		TRY(chan_shape_new(&shaped, net, b->rtt_us, b->bits_per_s));
		net = shaped;
	}
	TRY(chan_meter_new(ch, net));
	net = NULL;
	chan_meter_hash(*ch, false);
out:
	chan_free(net);
	identity_free(id);
	return st;
}

uint64_t
bench_link_sent(struct chan *ch, enum phase p)
{
	struct meter m;
	uint64_t sent = 0;

	chan_meter_get(ch, &m);
	for (unsigned i = 0; i < ch->n; i++)
		sent += m.sent[p][i];
	return sent;
}

static enum status
transport_body(const struct bench *b, struct launch_child *c, struct figures *fs, struct fault *f)
{
	char endpoint[LAUNCH_DIR_MAX + 16];
	struct chan_bench r;
	enum status st;

	(void)snprintf(endpoint, sizeof endpoint, "ipc://%s/link", c->dir);
	st = chan_bench_run(&r, endpoint, b->quick ? 64 : 2048, f);
	if (st != ST_OK)
		return st;
	bench_add(fs, 2, "channel throughput", "GB/s", r.bytes_per_s * 1e-9);
	bench_add(fs, 2, "  raw nng_stream", "GB/s", r.raw_bytes_per_s * 1e-9);
	bench_add(fs, 2, "channel round trip", "us", r.round_trip_us);
	bench_add(fs, 2, "  raw nng_stream", "us", r.raw_round_trip_us);
	bench_add(fs, 2, "handshake, threads of one process", "ms", r.open_ms);
	return ST_OK;
}

static enum status
handshake_body(const struct bench *b, struct launch_child *c, struct figures *fs, struct fault *f)
{
	struct chan *ch = NULL;
	double open_s;
	enum status st;

	TRY(bench_link_up(&ch, b, c, &open_s, f));
	TRY(chan_finish(ch));
	bench_add(fs, c->n, "handshake", "ms", open_s * 1e3);
out:
	chan_free(ch);
	return st;
}

/* What binds a protocol of three nodes that sends to one and hears from the other. */
static enum status
ring_body(const struct bench *b, struct launch_child *c, struct figures *fs, struct fault *f)
{
	struct chan *ch = NULL;
	struct chan_ring r;
	enum status st;

	TRY(bench_link_up(&ch, b, c, NULL, f));
	TRY(chan_bench_ring(&r, ch, b->quick ? 16 : 512, b->quick ? 20 : 2000));
	TRY(chan_finish(ch));
	bench_add(fs, c->n, "ring throughput, all nodes", "GB/s", r.bytes_per_s * 1e-9);
	bench_add(fs, c->n, "  processor time a node and byte", "ns", r.cpu_ns_per_byte);
	bench_add(fs, c->n, "ring round", "us", r.round_us);
	bench_add(fs, c->n, "  processor time a node", "us", r.round_cpu_us);
out:
	chan_free(ch);
	return st;
}

enum status
bench_links(struct bench *b, struct fault *f)
{
	enum status st = ST_OK;

	TRY(bench_launch(b, 1, transport_body, 3, f));
	for (unsigned i = b->figures.n; i-- > 0 && b->figures.at[i].nodes == 1;)
		b->figures.at[i].nodes = 2;
	TRY(bench_launch(b, 2, handshake_body, 9, f));
	TRY(bench_launch(b, 3, handshake_body, 9, f));
	TRY(bench_launch(b, 3, ring_body, 5, f));
out:
	return st;
}
