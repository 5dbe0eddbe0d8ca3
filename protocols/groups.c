/* groups.c: see groups.h */
#include "groups.h"

void
groups_load(uint64_t *sliced, const void *a, uint64_t n_a, uint64_t n_d, unsigned width,
    uint64_t first, size_t n)
{
	const uint64_t *planes = a;

	if (n_a == n_d) {
		bitplane_gather(sliced, planes, plane_words(n_a), width, first, n);
		return;
	}
	for (size_t g = 0; g < n; g++)
		for (unsigned i = 0; i < width; i++)
			sliced[g * width + i] = bitplane_spread(planes[i]);
}

static bool
is_part(uint64_t lo, uint64_t hi, uint64_t g)
{
	return lo > g * GROUP || hi < (g + 1) * GROUP;
}

size_t
groups_run(unsigned width, uint64_t lo, uint64_t hi, uint64_t g)
{
	return is_part(lo, hi, g) ? 1 : groups_at_once(width, hi / GROUP - g);
}

void
groups_slice(uint64_t *sliced, unsigned width, const uint64_t *a, size_t limbs, uint64_t lo,
    uint64_t hi, uint64_t g, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const uint64_t begin = (g + i) * GROUP, end = begin + GROUP;
		const uint64_t from = lo > begin ? lo : begin, to = hi < end ? hi : end;
		uint64_t *word = sliced + i * width;

		bitplane_slice(word, width, a + from * limbs, limbs, to - from);
		for (unsigned b = 0; b < width && from > begin; b++)
			word[b] <<= from - begin;
	}
}

/* Elements lo .. hi of group g. */
static void
store_part(uint64_t *planes, uint64_t plane, const uint64_t *word, unsigned width, uint64_t lo,
    uint64_t hi, uint64_t g)
{
	const uint64_t from = lo > g * GROUP ? lo - g * GROUP : 0;
	const uint64_t to = hi < (g + 1) * GROUP ? hi - g * GROUP : GROUP;
	const uint64_t mine = bitplane_mask(to) ^ bitplane_mask(from);

	for (unsigned i = 0; i < width; i++) {
		uint64_t *d = planes + i * plane + g;

		*d = (*d & ~mine) | (word[i] & mine);
	}
}

void
groups_store(uint64_t *planes, uint64_t plane, const uint64_t *sliced, unsigned width,
    uint64_t lo, uint64_t hi, uint64_t g, size_t n)
{
	if (n != 1 || !is_part(lo, hi, g))
		bitplane_scatter(planes, plane, sliced, width, g, n);
	else
		store_part(planes, plane, sliced, width, lo, hi, g);
}

void
groups_join(uint64_t *d, size_t limbs, const uint64_t *sliced, unsigned width, bool is_signed,
    uint64_t n)
{
	for (uint64_t at = 0; at < n; at += GROUP)
		bitplane_join(d + at * limbs, limbs, sliced + at / GROUP * width, width, is_signed,
		    n - at < GROUP ? n - at : GROUP);
}
