/* cmd_fail.c: how an error is told, and files that commands read and write.  See cmd.h. */
#include "cmd.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "text.h"

static void
print_text(const struct fault *f)
{
	size_t len = strlen(f->excerpt);

	if (f->file[0] == '\0')
		(void)fprintf(stderr, "konsil: error: %s\n", f->message);
	else if (f->line == 0)
		(void)fprintf(stderr, "%s: error: %s\n", f->file, f->message);
	else if (f->column == 0)
		(void)fprintf(stderr, "%s:%d: error: %s\n", f->file, f->line, f->message);
	else
		(void)fprintf(
		    stderr, "%s:%d:%d: error: %s\n", f->file, f->line, f->column, f->message);
	if (len > 0)
		(void)fprintf(stderr, "%s%s", f->excerpt, f->excerpt[len - 1] == '\n' ? "" : "\n");
	if (f->help[0] != '\0')
		(void)fprintf(stderr, "  help: %s\n", f->help);
}

static void
print_json(const struct fault *f)
{
	cJSON *top = cJSON_CreateObject(), *e = cJSON_AddObjectToObject(top, "error");
	char *text;

	(void)cJSON_AddNumberToObject(e, "status", f->st);
	if (f->file[0] != '\0')
		(void)cJSON_AddStringToObject(e, "file", f->file);
	else
		(void)cJSON_AddNullToObject(e, "file");
	if (f->line > 0)
		(void)cJSON_AddNumberToObject(e, "line", f->line);
	else
		(void)cJSON_AddNullToObject(e, "line");
	if (f->column > 0)
		(void)cJSON_AddNumberToObject(e, "column", f->column);
	else
		(void)cJSON_AddNullToObject(e, "column");
	(void)cJSON_AddStringToObject(e, "message", f->message);
	(void)cJSON_AddStringToObject(e, "help", f->help);
	text = cJSON_PrintUnformatted(top);
	if (text != NULL)
		(void)fprintf(stderr, "%s\n", text);
	cJSON_free(text);
	cJSON_Delete(top);
}

/* Names in a message may come from files of others, or from their computers. */
int
cmd_fail(const struct fault *f, bool json)
{
	struct fault plain = *f;

	text_harmless(plain.file);
	text_harmless(plain.message);
	text_harmless(plain.help);
	text_harmless(plain.excerpt);
	if (json)
		print_json(&plain);
	else
		print_text(&plain);
	return (int)f->st;
}

int
cmd_end(struct options *o, enum status st)
{
	if (st != ST_OK) {
		st = fault_set(&o->fault, st, "%s", status_text(st));
		(void)cmd_fail(&o->fault, o->json);
	}
	options_fini(o);
	return (int)st;
}

static enum status
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t k = write(fd, bytes, len);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return ST_INTERNAL;
		bytes += k;
		len -= (size_t)k;
	}
	return ST_OK;
}

enum status
cmd_write(const char *path, const void *bytes, size_t len, struct fault *f)
{
	char tmp[4096];
	enum status st = ST_OK;
	int fd;

	if (strcmp(path, "-") == 0) {
		st = write_all(STDOUT_FILENO, bytes, len);
		return st == ST_OK ? st : fault_set(f, st, "cannot write to standard output: %s",
		    strerror(errno));
	}
	if ((size_t)snprintf(tmp, sizeof tmp, "%s.%ld.tmp", path, (long)getpid()) >= sizeof tmp)
		return fault_set(f, ST_USAGE, "the file name \"%.200s\" is too long", path);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return fault_set(f, ST_USAGE, "cannot write \"%s\": %s", path, strerror(errno));
	st = write_all(fd, bytes, len);
	if (st == ST_OK && fsync(fd) != 0 && errno != EINVAL)
		st = ST_INTERNAL;
	if (close(fd) != 0)
		st = ST_INTERNAL;
	if (st == ST_OK && rename(tmp, path) != 0)
		st = ST_INTERNAL;
	if (st != ST_OK) {
		st = fault_set(f, ST_INTERNAL, "cannot write \"%s\": %s", path, strerror(errno));
		(void)unlink(tmp);
	}
	return st;
}

enum status
cmd_read(char **text, size_t *len, const char *path, size_t most, struct fault *f)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	size_t room = 64 << 10, n = 0;
	char *buf = NULL, *more;
	enum status st = ST_OK;

	*text = NULL;
	*len = 0;
	if (in == NULL)
		return fault_set(f, ST_USAGE, "cannot read \"%s\": %s", path, strerror(errno));
	for (;;) {
		more = mem_realloc(buf, room);
		if (more == NULL) {
			st = fault_set(f, ST_INTERNAL, "out of memory reading \"%s\"", path);
			goto out;
		}
		buf = more;
		n += fread(buf + n, 1, room - 1 - n, in);
		if (n < room - 1)
			break;
		if (room > most) {
			st = fault_set(f, ST_DATA, "\"%s\" is longer than %zu bytes", path, most);
			goto out;
		}
		room *= 2;
	}
	if (ferror(in) != 0) {
		st = fault_set(f, ST_DATA, "cannot read \"%s\": %s", path, strerror(errno));
		goto out;
	}
	buf[n] = '\0';
	*text = buf;
	*len = n;
	buf = NULL;
out:
	mem_free(buf);
	if (in != stdin)
		(void)fclose(in);
	return st;
}
