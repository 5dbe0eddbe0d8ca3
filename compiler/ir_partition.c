/* ir_partition.c: whose rows are which, and who receives.  See struct partition, roles.h. */
#include <assert.h>
#include <string.h>

#include "internal.h"
#include "ir_build.h"

uint32_t
ir_partition(struct ir *ir, const struct partition *p)
{
	for (uint32_t i = 0; i < ir->n_parts; i++)
		if (memcmp(&ir->part[i], p, sizeof *p) == 0)
			return i;
	ir->part = ir_grow(ir->compile, ir->part, &ir->cap_parts, ir->n_parts, sizeof *ir->part);
	ir->part[ir->n_parts] = *p;
	return ir->n_parts++;
}

bool
ir_contributed(const struct ir *ir, uint32_t input)
{
	for (uint32_t i = 0; i < ir->n_parties; i++)
		if (strcmp(ir->party[i].group, ir->input[input].party) == 0 &&
		    roles_node(&ir->roles, i) < 0)
			return true;
	return false;
}

static uint32_t
intern_set(struct ir *ir, const bool *to, uint32_t n)
{
	struct roles *r = &ir->roles;
	struct party_set *s;
	uint32_t at = 0;

	for (uint32_t i = 0; i < r->n_sets; i++) {
		bool same = r->set[i].n == n;
		for (uint32_t k = 0; k < n && same; k++)
			same = to[r->set[i].party[k]];
		if (same)
			return RECIPIENTS_SET | i;
	}
	r->set = ir_grow(ir->compile, r->set, &ir->cap_sets, r->n_sets, sizeof *r->set);
	s = &r->set[r->n_sets];
	s->n = n;
	s->party = compile_alloc(ir->compile, n * sizeof *s->party);
	for (uint32_t i = 0; i < ir->n_parties; i++)
		if (to[i])
			s->party[at++] = i;
	return RECIPIENTS_SET | r->n_sets++;
}

uint32_t
ir_recipients(struct ir *ir, const bool *to)
{
	uint32_t mask = 0, n = 0;
	bool outside = false;

	for (uint32_t i = 0; i < ir->n_parties; i++) {
		int node = to[i] ? roles_node(&ir->roles, i) : -1;
		n += to[i];
		outside |= to[i] && node < 0;
		mask |= node >= 0 ? UINT32_C(1) << node : 0;
	}
	assert(n > 0);
	return outside ? intern_set(ir, to, n) : mask;
}

/* Whose elements an input's are.  One party: all its own; a group: row by row, or a row a
 * member. */
uint32_t
ir_partition_rows(struct ir *ir, uint32_t input)
{
	const struct input *in = &ir->input[input];
	const uint32_t nodes = roles_nodes(&ir->roles, ir->n_parties);
	struct partition p;
	uint64_t at = 0;

	memset(&p, 0, sizeof p);
	for (uint32_t i = 0; i < nodes; i++) {
		const struct party *party = &ir->party[roles_party(&ir->roles, i)];
		bool mine = strcmp(party->group, in->party) == 0;
		p.start[i] = at;
		if (mine && !party->grouped) {
			p.whole = true;
			p.owner = (uint16_t)i;
		}
		if (mine)
			at += p.whole || in->shape != INPUT_ROWS ? 1 : party->rows;
	}
	for (uint32_t i = nodes; i < 17; i++)
		p.start[i] = at;
	p.members = !p.whole && in->shape != INPUT_ROWS;
	return ir_partition(ir, &p);
}

uint32_t
ir_partition_of_member(struct ir *ir, uint32_t rows_part, uint64_t first, uint64_t last)
{
	const struct partition *of = &ir->part[rows_part];
	const uint32_t nodes = roles_nodes(&ir->roles, ir->n_parties);
	struct partition p;

	for (uint32_t i = 0; i < nodes; i++) {
		if (first < of->start[i] || last >= of->start[i + 1])
			continue;
		memset(&p, 0, sizeof p);
		p.whole = true;
		p.owner = (uint16_t)i;
		for (uint32_t k = i + 1; k < 17; k++)
			p.start[k] = 1;
		return ir_partition(ir, &p);
	}
	return UINT32_MAX;
}

uint32_t
ir_partition_members(struct ir *ir, uint32_t rows_part)
{
	struct partition p;
	uint64_t at = 0;
	const char *group = NULL;
	const uint32_t nodes = roles_nodes(&ir->roles, ir->n_parties);

	if (ir->part[rows_part].members)
		return rows_part;
	for (uint32_t i = 0; i < ir->n_inputs; i++)
		if (!ir_contributed(ir, i) && ir_partition_rows(ir, i) == rows_part)
			group = ir->input[i].party;
	assert(group != NULL);
	memset(&p, 0, sizeof p);
	p.members = true;
	for (uint32_t i = 0; i < 17; i++) {
		p.start[i] = at;
		if (i < nodes && strcmp(ir->party[roles_party(&ir->roles, i)].group, group) == 0)
			at++;
	}
	return ir_partition(ir, &p);
}
