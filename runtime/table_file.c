/* table_file.c: a file of a party's in memory; see table_impl.h */
#include "table_impl.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unistr.h>

enum { PIPE_ROOM = 1 << 20 };

static enum status
cannot_read(struct fault *f, const char *path)
{
	enum status st = fault_set(f, ST_DATA, "cannot read this file: %s", strerror(errno));

	fault_at(f, path, 0, 0);
	return st;
}

static enum status
too_large(struct fault *f, const char *path)
{
	enum status st = fault_set(f, ST_DATA, "this file is larger than %llu GiB",
	    1ull << (TABLE_BYTES_MAX_LOG2 - 30));

	fault_at(f, path, 0, 0);
	return st;
}

/* A pipe does not say how much there will be. */
static enum status
grow(struct table_file *t)
{
	size_t room = 2 * t->room;
	char *more = mem_map(room);

	if (more == NULL)
		return ST_INTERNAL;
	memcpy(more, t->bytes, t->len);
	mem_unmap(t->bytes, t->room);
	t->bytes = more;
	t->room = room;
	return ST_OK;
}

static enum status
read_all(struct table_file *t, int fd, struct fault *f)
{
	for (;;) {
		ssize_t n = read(fd, t->bytes + t->len, t->room - 1 - t->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cannot_read(f, t->path);
		if (n == 0)
			return ST_OK;
		t->len += (size_t)n;
		if (t->len >> TABLE_BYTES_MAX_LOG2 != 0)
			return too_large(f, t->path);
		if (t->len + 1 == t->room && grow(t) != ST_OK)
			return fault_set(f, ST_INTERNAL, "no memory for \"%s\"", t->path);
	}
}

enum status
file_open(struct table_file *t, const char *path, struct fault *f)
{
	enum status st = ST_OK;
	struct stat about;
	int fd;

	memset(t, 0, sizeof *t);
	t->path = path;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return cannot_read(f, path);
	if (fstat(fd, &about) != 0) {
		st = cannot_read(f, path);
		goto out;
	}
	t->room = PIPE_ROOM;
	if (S_ISREG(about.st_mode)) {
		if (about.st_size >> TABLE_BYTES_MAX_LOG2 != 0) {
			st = too_large(f, path);
			goto out;
		}
		/* One byte for the end, one to see that there is no more. */
		t->room = (size_t)about.st_size + 2;
	}
	t->bytes = mem_map(t->room);
	if (t->bytes == NULL) {
		st = fault_set(f, ST_INTERNAL, "no memory for \"%s\"", path);
		goto out;
	}
	st = read_all(t, fd, f);
out:
	(void)close(fd);
	if (st != ST_OK)
		file_close(t);
	return st;
}

void
file_close(struct table_file *t)
{
	mem_unmap(t->bytes, t->room);
	t->bytes = NULL;
	t->len = 0;
}

static int
line_of(const struct table_file *t, const char *at)
{
	int line = 1;

	for (const char *p = t->bytes; p < at; p++) {
		p = memchr(p, '\n', (size_t)(at - p));
		if (p == NULL)
			break;
		line++;
	}
	return line;
}

/* What a spreadsheet saves unless it is asked for text: a ZIP archive (xlsx, ods), or older xls. */
static bool
is_workbook(const struct table_file *t)
{
	return t->len >= 4 && (memcmp(t->bytes, "PK\3\4", 4) == 0 ||
	    memcmp(t->bytes, "\xd0\xcf\x11\xe0", 4) == 0);
}

enum status
file_check_text(const struct table_file *t, struct fault *f)
{
	const uint8_t *bytes = (const uint8_t *)t->bytes;
	const char *bad = (const char *)u8_check(bytes, t->len);
	bool utf16 = t->len >= 2 && ((bytes[0] == 0xff && bytes[1] == 0xfe) ||
	    (bytes[0] == 0xfe && bytes[1] == 0xff));
	enum status st = ST_OK;

	if (is_workbook(t)) {
		st = fault_set(f, ST_DATA, "this is a spreadsheet, not a table as text");
		fault_at(f, t->path, 1, 0);
		fault_help(f, "save it as \"CSV UTF-8\"");
		return st;
	}
	if (bad == NULL)
		bad = memchr(t->bytes, '\0', t->len);
	if (bad == NULL)
		return ST_OK;
	st = fault_set(f, ST_DATA, "this file is not UTF-8 text%s",
	    utf16 ? " but UTF-16" : "");
	fault_at(f, t->path, line_of(t, bad), 0);
	fault_help(f, "save it as \"CSV UTF-8\", or convert it: iconv -f %s -t UTF-8",
	    utf16 ? "UTF-16" : "LATIN1");
	return st;
}

bool
file_is_named(const char *path, const char *name)
{
	const char *base = strrchr(path, '/');
	size_t len = strlen(name);

	base = base == NULL ? path : base + 1;
	const char *dot = strrchr(base, '.');
	size_t stem = dot == NULL ? strlen(base) : (size_t)(dot - base);
	return stem == len && memcmp(base, name, len) == 0;
}
