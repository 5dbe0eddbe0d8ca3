/* fuzz_code.c: any bytes as bytecode, in either form.
 *
 * What is read is written again to the same bytes; what can be shown as text is assembled to the
 * same bytes; the verifier says yes or no.  Bytes that are text are assembled first; three by
 * three, what follows the comment `#:` at its end says which bytes of the result are then
 * overwritten. */
#include "../../runtime/base/mem.h"
#include "../../runtime/code/code.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
same_bytes(const struct code *c, const uint8_t *bytes, size_t len)
{
	uint8_t *p;
	size_t n;
	enum status st = code_write(&p, &n, c);

	assert(st == ST_OK && n == len && memcmp(p, bytes, n) == 0);
	mem_free(p);
}

static void
by_text(const struct code *c, const uint8_t *bytes, size_t len)
{
	struct fault f = { 0 };
	struct code *d;
	char *text;
	enum status st = code_disasm(&text, c);

	assert(st == ST_OK);
	st = code_asm(&d, text, "fuzz", &f);
	assert(st == ST_OK);
	same_bytes(d, bytes, len);
	mem_free(text);
	code_free(d);
}

static void
as_bytes(const uint8_t *data, size_t len)
{
	struct fault f = { 0 };
	struct code *c;

	if (code_read(&c, data, len, &f) != ST_OK) {
		assert(f.st == ST_DATA && f.message[0] != '\0');
		return;
	}
	same_bytes(c, data, len);
	by_text(c, data, len);
	enum status st = code_verify(c, &f);
	assert(st == ST_OK || (st == ST_DATA && f.message[0] != '\0'));
	code_free(c);
}

/* Overwrites byte (t[0] + 256 * t[1]) with t[2], and so on. */
static void
patch(uint8_t *p, size_t n, const char *text)
{
	const char *t = strstr(text, "#:");

	for (t = t == NULL ? "" : t + 2; t[0] != 0 && t[1] != 0 && t[2] != 0; t += 3)
		p[((size_t)(uint8_t)t[0] + 256u * (uint8_t)t[1]) % n] = (uint8_t)t[2];
}

static void
as_text(const uint8_t *data, size_t len)
{
	struct fault f = { 0 };
	char *text = mem_alloc(len + 1);
	struct code *c;
	uint8_t *p;
	size_t n;

	assert(text != NULL);
	memcpy(text, data, len);
	text[len] = '\0';
	if (code_asm(&c, text, "fuzz", &f) == ST_OK) {
		enum status st = code_write(&p, &n, c);
		assert(st == ST_OK);
		as_bytes(p, n);
		patch(p, n, text);
		as_bytes(p, n);
		mem_free(p);
		code_free(c);
	} else {
		assert(f.st == ST_DATA && f.line > 0);
	}
	mem_free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len > 6 && memcmp(data, "konsil ", 7) == 0)
		as_text(data, len);
	else
		as_bytes(data, len);
	return 0;
}
