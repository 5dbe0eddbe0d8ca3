/* page.h: the report of a run as one HTML page, complete in itself: no script, nothing from
 * elsewhere.  Everything on it is made from released results and from the program. */
#ifndef KONSIL_PAGE_H
#define KONSIL_PAGE_H

#include "sheet.h"
#include "result.h"

struct page {
	struct sheet sheet;             /* code, protocol, me */
	const struct result *result;    /* what the reader learns */
	const struct cost *cost;
	const char *when;               /* "2026-03-01 14:05 UTC" */
};

enum status page_html(char **out, const struct page *p) MUST_USE;

#endif
