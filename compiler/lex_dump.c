/* lex_dump.c: tokens as text, one a line: "7:13 name deaths". */
#include "buf.h"
#include "lex.h"

char *
lex_dump(struct compile *c, const struct module *m)
{
	uint32_t n;
	const struct token *t = lex_module(c, m, &n);
	struct buf b = { .c = c };

	for (uint32_t i = 0; i < n; i++) {
		const char *kind = token_text((enum token_kind)t[i].kind);
		buf_printf(&b, "%u:%u ", t[i].span.line, t[i].span.column);
		if (t[i].kind == TOK_STRING)
			buf_quoted(&b, t[i].text);
		else if (t[i].text != NULL && t[i].kind < TOK_LET)
			buf_add(&b, t[i].text);
		else
			buf_add(&b, kind);
		buf_add(&b, "\n");
	}
	return b.s;
}
