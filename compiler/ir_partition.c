/* ir_partition.c: whose rows are which.  See struct partition. */
#include <assert.h>
#include <string.h>

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

/* Whose elements an input's are.  One party: all its own; a group: row by row, or a row a
 * member. */
uint32_t
ir_partition_rows(struct ir *ir, uint32_t input)
{
	const struct input *in = &ir->input[input];
	struct partition p;
	uint64_t at = 0;

	memset(&p, 0, sizeof p);
	for (uint32_t i = 0; i < ir->n_parties; i++) {
		bool mine = strcmp(ir->party[i].group, in->party) == 0;
		p.start[i] = at;
		if (mine && !ir->party[i].grouped) {
			p.whole = true;
			p.owner = (uint16_t)i;
		}
		if (mine)
			at += p.whole || in->shape != INPUT_ROWS ? 1 : ir->party[i].rows;
	}
	for (uint32_t i = ir->n_parties; i < 17; i++)
		p.start[i] = at;
	p.members = !p.whole && in->shape != INPUT_ROWS;
	return ir_partition(ir, &p);
}

uint32_t
ir_partition_members(struct ir *ir, uint32_t rows_part)
{
	struct partition p;
	uint64_t at = 0;
	const char *group = NULL;

	if (ir->part[rows_part].members)
		return rows_part;
	for (uint32_t i = 0; i < ir->n_inputs; i++)
		if (ir_partition_rows(ir, i) == rows_part)
			group = ir->input[i].party;
	assert(group != NULL);
	memset(&p, 0, sizeof p);
	p.members = true;
	for (uint32_t i = 0; i < 17; i++) {
		p.start[i] = at;
		if (i < ir->n_parties && strcmp(ir->party[i].group, group) == 0)
			at++;
	}
	return ir_partition(ir, &p);
}
