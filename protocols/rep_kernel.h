/* rep_kernel.h: the kernels of rep_layer.h for one instruction set; included by rep_layer.c and
 * rep_layer_x86.c, which define V (a vector of words, not aligned), TARGET, and NAME(kernel).
 *
 * Words are done a vector at a time, then one by one, as in gmw_kernel.h. */

#define LANES (sizeof(V) / sizeof(uint64_t))
#define AT(p) (*(V *)(p))
#define FROM(p) (*(const V *)(p))

TARGET static void
NAME(and)(uint8_t *out, const struct lane_regs *l, const struct gate *g, size_t n, size_t words,
    const bshare *zero0, const bshare *zero1)
{
	for (const struct gate *end = g + n; g < end; g++) {
		const struct region *kx = lane_region(l, g->a), *ky = lane_region(l, g->b);
		const bshare *x0 = lane_read(kx, g->a), *x1 = x0 + kx->part;
		const bshare *y0 = lane_read(ky, g->b), *y1 = y0 + ky->part;
		bshare *z = lane_write(l, g->d);
		size_t w = 0;

		for (; w + LANES <= words; w += LANES) {
			const V y = FROM(y0 + w);
			const V v = (FROM(x0 + w) & (y ^ FROM(y1 + w))) ^ (FROM(x1 + w) & y) ^
			    FROM(zero0 + w) ^ FROM(zero1 + w);

			AT(z + w) = v;
			AT(out + 8 * w) = v;
		}
		for (; w < words; w++) {
			const uint64_t v = (x0[w].w & (y0[w].w ^ y1[w].w)) ^ (x1[w].w & y0[w].w) ^
			    zero0[w].w ^ zero1[w].w;

			z[w].w = v;
			memcpy(out + 8 * w, &v, sizeof v);
		}
		out += 8 * words;
		zero0 += words;
		zero1 += words;
	}
}

TARGET static void
NAME(place)(const struct lane_regs *l, const struct gate *g, size_t n, size_t words,
    const uint8_t *in)
{
	for (const struct gate *end = g + n; g < end; g++) {
		bshare *z = lane_write(l, g->d) + l->region[N_REGION - 1].part;
		size_t w = 0;

		for (; w + LANES <= words; w += LANES)
			AT(z + w) = FROM(in + 8 * w);
		for (; w < words; w++)
			memcpy(z + w, in + 8 * w, sizeof *z);
		in += 8 * words;
	}
}

#undef LANES
#undef AT
#undef FROM
