/* network.c: see network.h */
#include "network.h"

#include <stddef.h>
#include <string.h>

const struct link_speed link_lan = { "lan", 100, UINT64_C(10000000000) };
const struct link_speed link_metro = { "metro", 10000, UINT64_C(1000000000) };
const struct link_speed link_wan = { "wan", 40000, UINT64_C(100000000) };

const struct link_speed *
network_find(const char *name)
{
	const struct link_speed *const all[] = { &link_lan, &link_metro, &link_wan };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}
