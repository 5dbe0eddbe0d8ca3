/* bench_link.h: a channel between the processes of a measurement. */
#ifndef KONSIL_BENCH_LINK_H
#define KONSIL_BENCH_LINK_H

#include "cmd_launch.h"
#include "net/chan.h"

struct bench;

/* With fresh keys over ipc; shaped as b says; metered.  *open_s (may be NULL): how long the
 * handshakes took. */
enum status bench_link_up(struct chan **ch, const struct bench *b, struct launch_child *c,
    double *open_s, struct fault *f) MUST_USE;
/* Payload bytes that this node sent in a phase. */
uint64_t bench_link_sent(struct chan *ch, enum phase p);

#endif
