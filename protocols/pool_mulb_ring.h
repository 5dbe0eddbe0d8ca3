/* pool_mulb_ring.h: the steps of pool_mulb.c, once for each ring; see gilboa_ring.h. */

/* Two numbers a pad: it is split, or stretched by AES. */
static const block *
F(numbers)(block *room, const block *pad, size_t n)
{
	if (RING == 64)
		return pad;
	aes_best()->ctr_keys(room, pad, n, 0, 2);
	return room;
}

static inline WORD
F(at)(const block *row, size_t j)
{
	WORD v;

	memcpy(&v, (const uint8_t *)row + j * sizeof v, sizeof v);
	return v;
}

static inline WORD
F(own_bit)(const struct mulb *b, size_t e)
{
	return b->m->bit[e / 8] >> e % 8 & 1;
}

/* This node's choices towards a peer, and what its pads add to its shares. */
static enum status
F(choose)(const struct mulb *b, unsigned peer)
{
	struct gilboa_work *w = b->m->work;
	WORD *px = b->px, *pz = b->pz;
	WORD with_x = peer < b->m->ch->me;
	struct cot_receiver *recv = &b->m->pair[peer].recv;
	enum status st = ST_OK;

	flow_begin(&w->out, b->m->ch, peer, choice_bytes(recv->k, b->n));
	for (size_t k, i = 0; i < b->n; i += k) {
		const block *h;

		k = batch(b->n, i);
		cot_create_pads(recv, &w->cot, w->msg, w->pad0, b->m->bit + i / 8, k);
		TRY(flow_put(&w->out, w->msg, cot_bytes(recv->k, k)));
		h = F(numbers)(w->row0, w->pad0, k);
		for (size_t j = 0; j < k; j++) {
			pz[i + j] += F(at)(h, 2 * j);
			px[i + j] += F(at)(h, 2 * j + 1) * with_x;
		}
	}
out:
	return st;
}

static enum status
F(choose_all)(const struct mulb *b)
{
	struct chan *ch = b->m->ch;
	enum status st = ST_OK;

	for (unsigned i = 1; i < ch->n; i++)
		TRY(F(choose)(b, peer_at(ch, i)));
out:
	return st;
}

/* The product for z in a step that fixes y: in step 0, and that of node 0 in step 1. */
static void
F(fix_y)(const struct mulb *b, unsigned to, size_t i, const block *h0, const block *h1, size_t k)
{
	WORD *y = (WORD *)b->y + i, *z = (WORD *)b->z + i;
	const WORD *p = (const WORD *)b->pz + i;

	for (size_t j = 0; j < k; j++) {
		WORD v = F(at)(h1, 2 * j) - F(at)(h0, 2 * j);

		if (to == 0) {
			y[j] = v;
		} else {
			WORD bit = F(own_bit)(b, i + j);

			y[j] = (1 - 2 * bit) * (v + 2 * p[j]);
			z[j] = bit * y[j] + p[j];
		}
		z[j] -= F(at)(h0, 2 * j);
	}
}

static void
F(correct_z)(const struct mulb *b, uint8_t *msg, size_t i, const block *h0, const block *h1,
    size_t k)
{
	const WORD *y = (const WORD *)b->y + i;
	WORD *z = (WORD *)b->z + i;

	for (size_t j = 0; j < k; j++) {
		WORD h = F(at)(h0, 2 * j), c = h + y[j] - 2 * z[j] - F(at)(h1, 2 * j);

		memcpy(msg + j * sizeof c, &c, sizeof c);
		z[j] -= h;
	}
}

static void
F(correct_x)(const struct mulb *b, uint8_t *msg, size_t i, const block *h0, const block *h1,
    size_t k)
{
	WORD *x = (WORD *)b->x + i;

	for (size_t j = 0; j < k; j++) {
		WORD h = F(at)(h0, 2 * j + 1), c = h + x[j] - F(at)(h1, 2 * j + 1);

		memcpy(msg + j * sizeof c, &c, sizeof c);
		x[j] += 2 * h;
	}
}

/* This node's part in the step of node `to`. */
static enum status
F(serve)(const struct mulb *b, unsigned to)
{
	struct gilboa_work *w = b->m->work;
	struct cot_sender *send = &b->m->pair[to].send;
	unsigned me = b->m->ch->me;
	enum status st = ST_OK;

	flow_begin(&w->in, b->m->ch, to, choice_bytes(send->k, b->n));
	flow_begin(&w->out, b->m->ch, to, corrections(me, to) * b->n * sizeof(WORD));
	for (size_t k, i = 0; i < b->n; i += k) {
		const block *h0, *h1;
		size_t len = 0;

		k = batch(b->n, i);
		TRY(flow_get(&w->in, w->msg, cot_bytes(send->k, k)));
		cot_consume_pads(send, &w->cot, w->pad0, w->pad1, w->msg, k);
		h0 = F(numbers)(w->row0, w->pad0, k);
		h1 = F(numbers)(w->row1, w->pad1, k);
		if (corrects_z(me, to)) {
			F(correct_z)(b, w->pack, i, h0, h1, k);
			len = k * sizeof(WORD);
		} else {
			F(fix_y)(b, to, i, h0, h1, k);
		}
		if (corrects_x(me, to)) {
			F(correct_x)(b, w->pack + len, i, h0, h1, k);
			len += k * sizeof(WORD);
		}
		TRY(flow_put(&w->out, w->pack, len));
	}
out:
	return st;
}

/* Corrections from a peer in this node's own step. */
static enum status
F(finish)(const struct mulb *b, unsigned peer)
{
	struct gilboa_work *w = b->m->work;
	unsigned me = b->m->ch->me, count = corrections(peer, me);
	bool with_z = corrects_z(peer, me), with_x = corrects_x(peer, me);
	WORD *px = b->px, *pz = b->pz;
	enum status st = ST_OK;

	flow_begin(&w->in, b->m->ch, peer, count * b->n * sizeof(WORD));
	for (size_t k, i = 0; i < b->n; i += k) {
		const block *c = (const block *)w->pack;

		k = batch(b->n, i);
		TRY(flow_get(&w->in, w->pack, count * k * sizeof(WORD)));
		for (size_t j = 0; j < k; j++) {
			WORD bit = F(own_bit)(b, i + j);

			if (with_z)
				pz[i + j] += (0 - bit) & F(at)(c, j);
			if (with_x)
				px[i + j] += (0 - bit) & F(at)(c, with_z ? k + j : j);
		}
	}
out:
	return st;
}

/* This node's own step, once all products are there.  Node 0's z waits for its y. */
static void
F(add_own_bit)(const struct mulb *b)
{
	const WORD *y = b->y, *px = b->px, *pz = b->pz;
	WORD *x = b->x, *z = b->z;

	for (size_t e = 0; e < b->n; e++) {
		WORD bit = F(own_bit)(b, e);

		x[e] = bit - 2 * px[e];
		z[e] += bit * (y[e] - 2 * z[e]) + pz[e];
	}
}

/* This node's part in step j, after which its corrections and the choices of node j + 1 travel. */
static enum status
F(step)(const struct mulb *b, unsigned j)
{
	struct chan *ch = b->m->ch;
	enum status st = ST_OK;

	if (ch->me != j)
		TRY(F(serve)(b, j));
	if (ch->me == j + 1)
		TRY(F(choose_all)(b));
	chan_round(ch);
	for (unsigned i = 0; i < ch->n && ch->me == j; i++)
		if (i != j)
			TRY(F(finish)(b, i));
	if (ch->me == j)
		F(add_own_bit)(b);
out:
	return st;
}

static enum status
F(make)(const struct mulb *b)
{
	struct chan *ch = b->m->ch;
	WORD *x = b->x;
	enum status st = ST_OK;

	if (ch->me <= 1)
		TRY(F(choose_all)(b));
	chan_round(ch);
	if (ch->me != 0)
		TRY(F(serve)(b, 0));
	for (size_t e = 0; e < b->n && ch->me == 0; e++)
		x[e] = F(own_bit)(b, e);
	for (unsigned j = 1; j < ch->n; j++)
		TRY(F(step)(b, j));
out:
	return st;
}
