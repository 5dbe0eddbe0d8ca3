/* network.h: the network profiles that the compiler plans for and `explain` predicts for. */
#ifndef KONSIL_NETWORK_H
#define KONSIL_NETWORK_H

#include <stdint.h>

/* A link: round trip, and bandwidth of each direction. */
struct link_speed {
	const char *name;
	uint64_t rtt_us, bits_per_s;
};

/* What an exchange takes besides half a round trip: system calls, and until the other process
 * runs. */
enum { EXCHANGE_US = 180 };

static inline uint64_t
exchange_us(const struct link_speed *l)
{
	return l->rtt_us / 2 + EXCHANGE_US;
}

extern const struct link_speed link_lan, link_metro, link_wan;
/* NULL if there is none of that name. */
const struct link_speed *network_find(const char *name);

#endif
