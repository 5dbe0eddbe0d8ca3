/* chan_bench.h: how fast a channel is, next to the bare stream that it runs over. */
#ifndef KONSIL_CHAN_BENCH_H
#define KONSIL_CHAN_BENCH_H

#include "../base/status.h"

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

#endif
