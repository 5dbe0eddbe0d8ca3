/* foreign.c: words of other languages; see foreign.def */
#include <string.h>

#include "internal.h"

struct foreign {
	const char *word, *help;
};

static const struct foreign functions[] = {
#define F(word, help) { word, help },
#include "foreign.def"
};

static const struct foreign values[] = {
#define V(word, help) { word, help },
#include "foreign.def"
};

static const struct foreign types[] = {
#define T(word, help) { word, help },
#include "foreign.def"
};

static const struct foreign marks[] = {
#define M(word, help) { word, help },
#include "foreign.def"
};

const char *
foreign_help(enum foreign_kind kind, const char *word)
{
	static const struct {
		const struct foreign *all;
		size_t n;
	} table[] = {
		[FOREIGN_FUNCTION] = { functions, sizeof functions / sizeof functions[0] },
		[FOREIGN_VALUE] = { values, sizeof values / sizeof values[0] },
		[FOREIGN_TYPE] = { types, sizeof types / sizeof types[0] },
		[FOREIGN_MARK] = { marks, sizeof marks / sizeof marks[0] },
	};

	for (size_t i = 0; i < table[kind].n; i++)
		if (strcmp(table[kind].all[i].word, word) == 0)
			return table[kind].all[i].help;
	return NULL;
}
