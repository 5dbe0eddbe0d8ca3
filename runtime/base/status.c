/* status.c: see status.h */
#include "status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	enum status id;
	const char *name, *text;
} rows[] = {
#define S(id, number, name, text) { id, name, text },
#include "status.def"
#undef S
};

enum status
fault_set(struct fault *f, enum status st, const char *fmt, ...)
{
	va_list ap;

	if (f == NULL)
		return st;
	if (f->st != ST_OK)
		return f->st;
	f->st = st;
	va_start(ap, fmt);
	(void)vsnprintf(f->message, sizeof f->message, fmt, ap);
	va_end(ap);
	return st;
}

void
fault_at(struct fault *f, const char *file, int line, int column)
{
	if (f == NULL || f->file[0] != '\0')
		return;
	(void)snprintf(f->file, sizeof f->file, "%s", file);
	f->line = line;
	f->column = column;
}

void
fault_help(struct fault *f, const char *fmt, ...)
{
	va_list ap;

	if (f == NULL || f->help[0] != '\0')
		return;
	va_start(ap, fmt);
	(void)vsnprintf(f->help, sizeof f->help, fmt, ap);
	va_end(ap);
}

const char *
status_name(enum status st)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].id == st)
			return rows[i].name;
	return "?";
}

const char *
status_text(enum status st)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].id == st)
			return rows[i].text;
	return "?";
}
