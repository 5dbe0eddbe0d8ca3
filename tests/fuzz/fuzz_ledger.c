/* fuzz_ledger.c: any lines as those of a ledger, as if their seals held; then the rows of its
 * cohorts. */
#include "../../runtime/base/mem.h"
#include "../../runtime/ledger.h"

#include <assert.h>
#include <math.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(const struct ledger *l)
{
	for (uint64_t i = 0; i < l->n_runs; i++) {
		const struct ledger_run *run = &l->run[i];

		assert(run->number == i + 1 && run->cohort <= l->n_cohorts && run->ended >= -1);
		assert(strlen(run->at) == LEDGER_AT - 1 && run->study != NULL && run->protocol != NULL);
		for (uint32_t k = 0; k < run->n_peers; k++)
			assert(run->peer[k].name != NULL && run->peer[k].epsilon >= 0 &&
			    run->peer[k].rho >= 0 && !isnan(run->peer[k].rho));
	}
	for (uint64_t k = 1; k <= l->n_cohorts; k++) {
		struct fault f = { 0 };
		uint64_t *row;
		enum status st = ledger_rows(&row, l, k, &f);

		assert(st == f.st && (st == ST_OK) == (row != NULL));
		if (row != NULL)
			mem_unmap(row, (l->cohort[k - 1].rows + 1) * sizeof *row);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ledger *l = mem_zalloc(sizeof *l);

	assert(l != NULL);
	l->path = "fuzz.ledger";
	l->fd = -1;
	l->room = len + 1;
	l->text = mem_map(l->room);
	assert(l->text != NULL);
	memcpy(l->text, data, len);
	for (uint64_t at = 0, n; at < len; at += n) {
		const char *end = memchr(l->text + at, '\n', len - at);

		n = end == NULL ? len - at : (uint64_t)(end - (l->text + at)) + 1;
		if (ledger_line_take(l, at, n) != ST_OK)
			break;
	}
	check(l);
	ledger_close(l);
	return 0;
}
