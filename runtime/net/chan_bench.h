/* chan_bench.h: how fast a channel is, next to the bare stream that it runs over. */
#ifndef KONSIL_CHAN_BENCH_H
#define KONSIL_CHAN_BENCH_H

#include "chan.h"

struct chan_bench {
	double raw_bytes_per_s;         /* one direction, messages of 1 MiB, nng_stream alone */
	double raw_round_trip_us;       /* median, messages of 8 bytes */
	double bytes_per_s;             /* the same through chan_nng */
	double round_trip_us;
	double open_ms;                 /* chan_nng_open of two nodes that start together: median */
};

/* Runs two nodes as threads of this process at endpoint and endpoint + "2" (ipc or abstract), or
 * at its port and the next (tcp).  mib: how much to send for a throughput. */
enum status chan_bench_run(struct chan_bench *out, const char *endpoint, unsigned mib,
    struct fault *f) MUST_USE;

struct chan_ring {
	double bytes_per_s;             /* of all nodes together */
	double cpu_ns_per_byte;         /* of this process, sending one and receiving one */
	double round_us;                /* a round of 8-byte messages */
	double round_cpu_us;            /* what it costs this process */
};

/* Runs at every node of an open channel at once, as the VM does it: each node posts mib messages
 * of 1 MiB to the node before it, at most two ahead of those that it awaits from the node behind
 * it, and then small messages in n_rounds rounds. */
enum status chan_bench_ring(struct chan_ring *out, struct chan *c, unsigned mib,
    unsigned n_rounds) MUST_USE;

#endif
