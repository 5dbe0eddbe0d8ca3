/* roles.c: see roles.h */
#include "roles.h"

#include <assert.h>
#include <stdlib.h>

uint32_t
roles_nodes(const struct roles *r, uint32_t n_parties)
{
	return r->n_nodes > 0 ? r->n_nodes : n_parties;
}

bool
roles_outside(const struct roles *r, uint32_t n_parties)
{
	return roles_nodes(r, n_parties) < n_parties;
}

uint32_t
roles_party(const struct roles *r, uint32_t node)
{
	if (r->n_nodes == 0)
		return node;
	assert(node < r->n_nodes);
	return r->node[node];
}

int
roles_node(const struct roles *r, uint32_t party)
{
	if (r->n_nodes == 0)
		return (int)party;
	for (uint32_t i = 0; i < r->n_nodes; i++)
		if (r->node[i] == party)
			return (int)i;
	return -1;
}

static const struct party_set *
set_of(const struct roles *r, uint32_t recipients)
{
	const uint32_t i = recipients & ~RECIPIENTS_SET;

	assert((recipients & RECIPIENTS_SET) != 0 && i < r->n_sets);
	return &r->set[i];
}

static int
by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

bool
recipients_have(const struct roles *r, uint32_t recipients, uint32_t party)
{
	const struct party_set *s;
	int node;

	if ((recipients & RECIPIENTS_SET) == 0) {
		node = roles_node(r, party);
		return node >= 0 && node < 31 && (recipients >> node & 1) != 0;
	}
	s = set_of(r, recipients);
	return s->n > 0 && bsearch(&party, s->party, s->n, sizeof party, by_number) != NULL;
}

uint32_t
recipients_nodes(const struct roles *r, uint32_t recipients)
{
	uint32_t mask = 0;

	if ((recipients & RECIPIENTS_SET) == 0)
		return recipients;
	for (uint32_t i = 0; i < r->n_nodes; i++)
		if (recipients_have(r, recipients, r->node[i]))
			mask |= UINT32_C(1) << i;
	return mask;
}

bool
recipients_outside(const struct roles *r, uint32_t recipients)
{
	const struct party_set *s;

	if ((recipients & RECIPIENTS_SET) == 0)
		return false;
	s = set_of(r, recipients);
	for (uint32_t i = 0; i < s->n; i++)
		if (roles_node(r, s->party[i]) < 0)
			return true;
	return false;
}

bool
recipients_within(const struct roles *r, uint32_t a, uint32_t b)
{
	const struct party_set *s;

	if (a == b)
		return true;
	if ((a & RECIPIENTS_SET) == 0)
		return (a & ~recipients_nodes(r, b)) == 0;
	s = set_of(r, a);
	for (uint32_t i = 0; i < s->n; i++)
		if (!recipients_have(r, b, s->party[i]))
			return false;
	return true;
}
