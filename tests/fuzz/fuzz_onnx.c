/* fuzz_onnx.c: any bytes as a model; what is imported is a program that loads. */
#include "../../compiler/compile.h"
#include "../../runtime/import/import.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct import_settings set = { .file = "fuzz.onnx", .owner = "owner", .client = "client",
		.frac = 16, .lo = -(1 << 20), .hi = 1 << 20 };

	for (int r = RESULT_MODEL; r <= RESULT_ARGMAX; r++) {
		struct imported in;
		struct program *p = NULL;
		struct fault f = { 0 };

		set.result = (enum import_result)r;
		set.whole = r == RESULT_ARGMAX;
		enum status st = import_onnx(&in, data, len, &set, &f);
		assert(st == ST_OK || st == ST_DATA || st == ST_COMPILE);
		assert(st == ST_OK ? f.st == ST_OK : f.st == st && f.message[0] != '\0');
		if (st == ST_OK) {
			assert(in.n_weights > 0 && in.weights[0] == '{');
			st = program_load_text(&p, "fuzz.ksl", in.program, strlen(in.program), NULL, &f);
			assert(st == ST_OK);
			program_free(p);
		}
		import_fini(&in);
	}
	return 0;
}
