/* fuzz_parse.c: no program text, however wrong, may crash the compiler or make it run away.
 *
 * Loads the input as a program and compiles it for `additive` with few rows.  What compiles must
 * verify. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../../compiler/compile.h"
#include "../../protocols/protocol.h"
#include "../../runtime/base/mem.h"

enum { N_PARTY = 16, N_INPUT_MAX = 4096, N_ROWS = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The least number of members of each group, but two at least. */
static uint32_t
take_part(struct party *party, char names[][NAME_MAX_BYTES], const struct program *p)
{
	uint32_t n_groups, n = 0;
	const struct group *g = program_groups(p, &n_groups);

	for (uint32_t i = 0; i < n_groups; i++) {
		uint32_t members = !g[i].grouped ? 1 : g[i].least > 2 || g[i].most == 1 ? g[i].least
		    : 2;
		if (members > N_PARTY - n)
			return 0;
		for (uint32_t k = 0; k < members; k++, n++) {
			(void)snprintf(names[n], NAME_MAX_BYTES, g[i].grouped ? "%.100s[%u]"
			    : "%.100s", g[i].name, k);
			party[n] = (struct party){ .name = names[n],
			    .group = (char *)(uintptr_t)g[i].name,
				.member = k, .grouped = g[i].grouped, .rows = group_rows(&g[i], N_ROWS) };
		}
	}
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char names[N_PARTY][NAME_MAX_BYTES];
	struct party party[N_PARTY];
	struct program *p = NULL;
	struct code *code = NULL;
	struct fault f = { .st = ST_OK };

	if (size > N_INPUT_MAX || program_load_text(&p, "f.ksl", (const char *)data, size, NULL, &f)
	    != ST_OK)
		return 0;
	struct compile_options o = { .target = protocol_find("additive")->target,
	    .protocol = "additive",
		.network = "metro", .local = size % 2 == 0,
		.unchecked = size % 3 == 0, .party = party,
		.n_parties = take_part(party, names, p) };
	if (o.n_parties > 0 && program_compile(&code, p, &o, &f) == ST_INTERNAL)
		assert(strstr(f.message, "verify") == NULL);
	code_free(code);
	program_free(p);
	return 0;
}
