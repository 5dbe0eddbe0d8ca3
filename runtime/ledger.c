/* ledger.c: the file of a ledger: locked, sealed line by line, written durably; see ledger.h */
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "cohort.h"

enum { WAIT_STEP_MS = 20, SEAL = 32, SEAL_HEX = 64 };

/* What a line ends in: `,"seal":"<64 digits>"}`. */
static const char seal_begin[] = ",\"seal\":\"", seal_end[] = "\"}\n";
enum { TAIL = sizeof seal_begin - 1 + SEAL_HEX + sizeof seal_end - 1 };

static enum status
cannot(struct fault *f, const char *path, const char *what)
{
	return fault_set(f, ST_USAGE, "cannot %s the ledger %s: %s", what, path, strerror(errno));
}

static enum status
cannot_open(struct fault *f, const char *path)
{
	const bool absent = errno == ENOENT;

	(void)cannot(f, path, "open");
	if (absent)
		fault_help(f, "if the site has none yet: touch %s", path);
	return ST_USAGE;
}

/* A new file is there after a crash only when its folder is written, too. */
static void
sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[4096];
	int fd;

	(void)snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - path) + 1,
	    slash == NULL ? "." : path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)fsync(fd);
	(void)close(fd);
}

static enum status
lock(struct ledger *l, struct fault *f)
{
	const struct timespec step = { 0, WAIT_STEP_MS * 1000000 };

	for (int waited = 0; flock(l->fd, LOCK_EX | LOCK_NB) != 0; waited += WAIT_STEP_MS) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return cannot(f, l->path, "lock");
		if (waited >= LEDGER_WAIT_MS)
			return fault_set(f, ST_USAGE, "the ledger %s is in use by another process",
			    l->path);
		(void)nanosleep(&step, NULL);
	}
	return ST_OK;
}

static enum status
check_file(const struct ledger *l, uint64_t *len, struct fault *f)
{
	struct stat s;

	if (fstat(l->fd, &s) != 0)
		return cannot(f, l->path, "read");
	if (!S_ISREG(s.st_mode))
		return fault_set(f, ST_USAGE, "the ledger %s is not a file", l->path);
	/* One that is to begin. */
	if (s.st_size == 0 && (s.st_mode & 077) != 0 && fchmod(l->fd, 0600) == 0)
		s.st_mode &= ~(mode_t)077;
	if ((s.st_mode & 077) != 0) {
		(void)fault_set(f, ST_USAGE, "the ledger %s is open to others (mode %04o)", l->path,
		    (unsigned)s.st_mode & 07777);
		fault_help(f, "run: chmod 600 %s", l->path);
		return ST_USAGE;
	}
	*len = (uint64_t)s.st_size;
	if (*len >> LEDGER_BYTES_MAX_LOG2 != 0)
		return fault_set(f, ST_USAGE, "the ledger %s is larger than %d GiB", l->path,
		    1 << (LEDGER_BYTES_MAX_LOG2 - 30));
	return ST_OK;
}

static enum status
read_all(struct ledger *l, struct fault *f)
{
	uint64_t want = 0;
	enum status st;

	TRY(check_file(l, &want, f));
	l->room = want + 1;
	l->text = mem_map(l->room);
	if (l->text == NULL)
		return fault_set(f, ST_INTERNAL, "no memory for the ledger");
	while (l->len < want) {
		ssize_t n = pread(l->fd, l->text + l->len, want - l->len, (off_t)l->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return cannot(f, l->path, "read");
		l->len += (uint64_t)n;
	}
out:
	return st;
}

/* The seal of a line: text begins after the one before. */
static void
make_seal(uint8_t out[SEAL], const struct ledger *l, const char *text, size_t len)
{
	crypto_generichash_state h;

	(void)crypto_generichash_init(&h, l->key, sizeof l->key, SEAL);
	(void)crypto_generichash_update(&h, l->seal, SEAL);
	(void)crypto_generichash_update(&h, (const uint8_t *)text, len);
	(void)crypto_generichash_final(&h, out, SEAL);
	wipe(&h, sizeof h);
}

static enum status
damaged(const struct ledger *l, const char *what, struct fault *f)
{
	(void)fault_set(f, ST_DATA, "%s", what);
	fault_at(f, l->path, (int)l->lines + 1, 0);
	return ST_DATA;
}

static enum status
check_seal(struct ledger *l, const char *line, size_t len, struct fault *f)
{
	const char *tail = line + len - TAIL;
	uint8_t seal[SEAL];
	char hex[SEAL_HEX + 1];
	bool same;

	if (len <= TAIL || memcmp(tail, seal_begin, sizeof seal_begin - 1) != 0)
		return damaged(l, "this is no line of a ledger", f);
	make_seal(seal, l, line, len - TAIL);
	(void)sodium_bin2hex(hex, sizeof hex, seal, sizeof seal);
	same = sodium_memcmp(hex, tail + sizeof seal_begin - 1, SEAL_HEX) == 0 &&
	    memcmp(tail + TAIL - (sizeof seal_end - 1), seal_end, sizeof seal_end - 1) == 0;
	if (!same && l->lines == 0)
		return damaged(l, "this ledger was made with another key, or its first line was changed",
		    f);
	if (!same)
		return damaged(l, "the ledger is broken: this line, or one before it, was changed, "
		    "removed or added", f);
	memcpy(l->seal, seal, SEAL);
	return ST_OK;
}

static enum status
take_lines(struct ledger *l, struct fault *f)
{
	enum status st = ST_OK;

	for (uint64_t at = 0; at < l->len; l->lines++) {
		const char *line = l->text + at, *end = memchr(line, '\n', l->len - at);
		uint64_t len;

		if (end == NULL) {
			st = damaged(l, "the ledger's last line is not whole", f);
			fault_help(f, "if the machine went down while it was written, its run had not "
			    "begun, and the line can be taken out");
			goto out;
		}
		len = (uint64_t)(end - line) + 1;
		TRY(check_seal(l, line, len, f));
		st = ledger_line_take(l, at, len);
		if (st != ST_OK) {
			st = st == ST_DATA ? damaged(l, "this line is of another version of Konsil", f) :
			    fault_set(f, st, "no memory for the ledger");
			goto out;
		}
		at += len;
	}
out:
	return st;
}

static enum status
write_all(int fd, const char *bytes, size_t len, uint64_t at)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, bytes, len, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ST_INTERNAL;
		bytes += n;
		len -= (size_t)n;
		at += (uint64_t)n;
	}
	return fsync(fd) == 0 ? ST_OK : ST_INTERNAL;
}

/* Seals lines, which are objects with a newline, and appends them, all or none; frees them. */
static enum status
append(struct ledger *l, char *const *line, unsigned n, struct fault *f)
{
	uint8_t before[SEAL];
	char *all = NULL;
	size_t len = 0, room = 0;
	enum status st = ST_OK;

	memcpy(before, l->seal, SEAL);
	for (unsigned i = 0; i < n; i++)
		room += strlen(line[i]) + TAIL + 1;
	all = mem_alloc(room);
	if (all == NULL)
		TRY(fault_set(f, ST_INTERNAL, "no memory for the ledger"));
	for (unsigned i = 0; i < n; i++) {
		const size_t body = strlen(line[i]) - 2;        /* without "}\n" */
		char hex[SEAL_HEX + 1];
		uint8_t seal[SEAL];

		make_seal(seal, l, line[i], body);
		memcpy(l->seal, seal, SEAL);
		(void)sodium_bin2hex(hex, sizeof hex, seal, SEAL);
		len += (size_t)snprintf(all + len, room - len, "%.*s%s%s%s", (int)body, line[i],
		    seal_begin, hex, seal_end);
	}
	st = write_all(l->fd, all, len, l->len);
	if (st != ST_OK) {
		st = fault_set(f, st, "cannot write the ledger %s: %s", l->path, strerror(errno));
		(void)!ftruncate(l->fd, (off_t)l->len);
		(void)fsync(l->fd);
		memcpy(l->seal, before, SEAL);
		goto out;
	}
	l->len += len;
	l->lines += n;
out:
	mem_free(all);
	return st;
}

static enum status
write_head(struct ledger *l, struct fault *f)
{
	char *line = NULL;
	enum status st;

	TRY(ledger_line_head(&line));
	TRY(append(l, &line, 1, f));
	sync_folder(l->path);
out:
	mem_free(line);
	return st == ST_OK ? st : fault_set(f, st, "no memory for the ledger");
}

enum status
ledger_open(struct ledger **out, const char *path, const uint8_t key[LEDGER_KEY], bool begin,
    struct fault *f)
{
	struct ledger *l = mem_zalloc(sizeof *l);
	enum status st;

	*out = NULL;
	if (l == NULL)
		return fault_set(f, ST_INTERNAL, "no memory for the ledger");
	l->path = path;
	(void)crypto_generichash(l->key, sizeof l->key, (const uint8_t *)"seal", 4, key, LEDGER_KEY);
	l->fd = open(path, O_RDWR | O_CLOEXEC);
	if (l->fd < 0)
		TRY(cannot_open(f, path));
	TRY(lock(l, f));
	TRY(read_all(l, f));
	TRY(take_lines(l, f));
	if (l->len == 0 && begin)
		TRY(write_head(l, f));
	*out = l;
	l = NULL;
out:
	ledger_close(l);
	return st;
}

void
ledger_run_fini(struct ledger_run *run)
{
	for (uint32_t i = 0; i < run->n_peers; i++)
		mem_free(run->peer[i].name);
	mem_free(run->peer);
	mem_free(run->study);
	mem_free(run->protocol);
	*run = (struct ledger_run){ .ended = -1 };
}

void
ledger_close(struct ledger *l)
{
	if (l == NULL)
		return;
	for (uint64_t i = 0; i < l->n_runs; i++)
		ledger_run_fini(&l->run[i]);
	mem_free(l->run);
	mem_free(l->cohort);
	if (l->text != NULL)
		mem_unmap(l->text, l->room);
	if (l->fd >= 0)
		(void)close(l->fd);
	wipe(l, sizeof *l);
	mem_free(l);
}

void
ledger_now(char at[LEDGER_AT])
{
	time_t now = time(NULL);
	struct tm t;

	memset(at, 0, LEDGER_AT);
	if (gmtime_r(&now, &t) != NULL)
		(void)strftime(at, LEDGER_AT, "%Y-%m-%dT%H:%M:%SZ", &t);
}

/* The cohort that has exactly these rows; 0: none. */
static enum status
find_cohort(uint64_t *number, const struct ledger *l, const struct cohort *c, struct fault *f)
{
	enum status st = ST_OK;

	*number = 0;
	for (uint64_t k = 1; k <= l->n_cohorts && *number == 0; k++) {
		uint64_t *row;

		if (l->cohort[k - 1].rows != c->n || l->cohort[k - 1].by != c->by)
			continue;
		TRY(ledger_rows(&row, l, k, f));
		if (c->n == 0 || memcmp(row, c->row, c->n * sizeof *row) == 0)
			*number = k;
		mem_unmap(row, (c->n + 1) * sizeof *row);
	}
out:
	return st;
}

enum status
ledger_add(struct ledger *l, struct ledger_run *run, const struct cohort *c, struct fault *f)
{
	char *line[2] = { NULL, NULL };
	unsigned n = 0;
	enum status st;

	run->number = l->n_runs + 1;
	run->cohort = 0;
	ledger_now(run->at);
	if (c != NULL) {
		TRY(find_cohort(&run->cohort, l, c, f));
		if (run->cohort == 0) {
			run->cohort = l->n_cohorts + 1;
			TRY(ledger_line_cohort(&line[n++], run->cohort, c));
		}
	}
	TRY(ledger_line_run(&line[n++], run));
	TRY(append(l, line, n, f));
out:
	mem_free(line[0]);
	mem_free(line[1]);
	return st == ST_OK ? st : fault_set(f, st, "no memory for the ledger");
}

enum status
ledger_end(struct ledger *l, uint64_t run, enum status how, struct fault *f)
{
	char *line = NULL, at[LEDGER_AT];
	enum status st;

	ledger_now(at);
	TRY(ledger_line_end(&line, run, at, how));
	TRY(append(l, &line, 1, f));
out:
	mem_free(line);
	return st == ST_OK ? st : fault_set(f, st, "no memory for the ledger");
}
