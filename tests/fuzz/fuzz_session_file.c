/* fuzz_session_file.c: any bytes as a session file. */
#include "../../runtime/session_file.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct session_file *s = NULL;
	struct fault f = { 0 };
	enum status st = session_file_parse(&s, "dir/fuzz.session", (const char *)data, len, &f);

	assert(st == f.st && (st == ST_OK) == (s != NULL));
	assert(st == ST_OK || (f.message[0] != '\0' && f.line >= 0));
	if (s != NULL) {
		assert(s->name != NULL && s->program != NULL && s->protocol != NULL &&
		    s->network != NULL);
		assert(s->n_parties > 0 && s->n_parties <= SESSION_PARTY_MAX && s->timeout_ms > 0);
		for (uint32_t i = 0; i < s->n_parties; i++) {
			assert(s->party[i].group != NULL && s->party[i].key != NULL);
			assert(session_file_find(s, s->party[i].name) == (int)i);
		}
	}
	session_file_free(s);
	return 0;
}
