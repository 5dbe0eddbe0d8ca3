/* fuzz_bristol.c: any bytes as a circuit in Bristol Fashion.
 *
 * Either a reason with a line, or a circuit that passes the check, runs, and is the same when it is
 * written and read again. */
#include "../../circuits/family.h"
#include "../../runtime/base/mem.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { N_PLANE_MAX = 1 << 16 };

/* Lane 0 .. 63 of input i: as good as any bits. */
static void
run(uint64_t *out, const struct circuit *c)
{
	uint64_t *in = mem_array(c->n_in, sizeof *in);
	const uint64_t **ip = mem_array(c->n_in, sizeof *ip);
	uint64_t **op = mem_array(c->n_out, sizeof *op);

	assert(in != NULL && ip != NULL && op != NULL);
	for (uint32_t i = 0; i < c->n_in; i++) {
		in[i] = (i + 1) * 0x9e3779b97f4a7c15u;
		ip[i] = &in[i];
	}
	for (uint32_t i = 0; i < c->n_out; i++)
		op[i] = &out[i];
	enum status st = circuit_eval(op, ip, c, 64);
	assert(st == ST_OK);
	mem_free(in);
	mem_free(ip);
	mem_free(op);
}

static void
again(const struct circuit *c)
{
	struct fault f = { 0 };
	struct circuit d;
	char *text;
	uint64_t *x = mem_array(c->n_out, sizeof *x), *y = mem_array(c->n_out, sizeof *y);
	enum status st = bristol_write(&text, c);

	assert(st == ST_OK && x != NULL && y != NULL);
	st = bristol_read(&d, text, strlen(text), "again", &f);
	assert(st == ST_OK && d.n_in == c->n_in && d.n_out == c->n_out);
	run(x, c);
	run(y, &d);
	assert(memcmp(x, y, c->n_out * sizeof *x) == 0);
	circuit_fini(&d);
	mem_free(text);
	mem_free(x);
	mem_free(y);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fault f = { 0 };
	struct circuit c;

	if (bristol_read(&c, (const char *)data, len, "fuzz", &f) != ST_OK) {
		assert(f.st == ST_DATA && f.message[0] != '\0' && f.line > 0);
		return 0;
	}
	enum status st = circuit_check(&c, &f);
	assert(st == ST_OK);
	if (c.n_in <= N_PLANE_MAX && c.n_out <= N_PLANE_MAX)
		again(&c);
	circuit_fini(&c);
	return 0;
}
