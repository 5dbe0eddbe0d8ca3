/* flow.c: see flow.h */
#include "flow.h"

#include <assert.h>
#include <string.h>

static size_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void
flow_begin(struct flow *f, struct chan *ch, unsigned peer, uint64_t total)
{
	f->ch = ch;
	f->peer = peer;
	f->left = total;
	f->at = f->len = 0;
}

enum status
flow_put(struct flow *f, const void *in, size_t len)
{
	const uint8_t *p = in;
	enum status st = ST_OK;

	assert(len <= f->left - f->at);
	while (len > 0) {
		size_t message = least(f->left, FLOW_MSG), n = least(len, message - f->at);

		memcpy(f->buf + f->at, p, n);
		f->at += n;
		p += n;
		len -= n;
		if (f->at == message) {
			TRY(chan_post(f->ch, f->peer, f->buf, message));
			f->left -= message;
			f->at = 0;
		}
	}
out:
	return st;
}

enum status
flow_get(struct flow *f, void *out, size_t len)
{
	uint8_t *p = out;
	enum status st = ST_OK;

	while (len > 0) {
		if (f->at == f->len) {
			assert(f->left > 0);
			f->at = 0;
			f->len = least(f->left, FLOW_MSG);
			TRY(chan_wait(f->ch, f->peer, f->buf, f->len));
			f->left -= f->len;
		}
		size_t n = least(len, f->len - f->at);

		memcpy(p, f->buf + f->at, n);
		f->at += n;
		p += n;
		len -= n;
	}
out:
	return st;
}
