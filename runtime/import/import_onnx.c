/* import_onnx.c: from an ONNX file to a program; see import.h */
#include "graph.h"

#include "../base/mem.h"

#include <string.h>

bool
import_party_name(const char *s)
{
	static const char *const words[] = {
#define K(id, text) text,
#include "../../compiler/tokens.def"
#undef T
#undef B
#undef A
#undef K
		"all", "each", "true", "false", "missing", "x",
	};
	size_t len = strlen(s);
	bool letters = len > 0 && len < 64 && strchr("0123456789", s[0]) == NULL;

	for (size_t i = 0; i < len; i++)
		letters = letters &&
		    strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789",
			s[i]) != NULL;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		letters = letters && strcmp(s, words[i]) != 0;
	return letters;
}

enum status
import_onnx(struct imported *out, const uint8_t *bytes, size_t len,
    const struct import_settings *set, struct fault *f)
{
	struct graph *g = NULL;
	struct value *result;
	Onnx__Model *model = NULL;
	struct arena *arena = arena_new();
	enum status st;

	*out = (struct imported){ 0 };
	g = arena == NULL ? NULL : arena_alloc(arena, sizeof *g);
	if (g == NULL) {
		st = fault_set(f, ST_INTERNAL, "out of memory");
		goto out;
	}
	TRY(onnx_read(&model, bytes, len, f));
	g->arena = arena;
	g->fault = f;
	g->set = set;
	g->model = model;
	TRY(graph_build(g));
	TRY(graph_result(&result, g));
	TRY(write_program(out, g, result));
out:
	onnx_free(model);
	arena_wipe(arena);
	arena_free(arena);
	if (st != ST_OK) {
		import_fini(out);
		st = fault_set(f, st, "%s", status_text(st));
	}
	return st;
}

void
import_fini(struct imported *p)
{
	if (p->weights != NULL)
		wipe(p->weights, strlen(p->weights));
	mem_free(p->program);
	mem_free(p->weights);
	*p = (struct imported){ 0 };
}
