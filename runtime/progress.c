/* progress.c: see progress.h */
#include "progress.h"

#include "base/mem.h"
#include "text.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum {
	FIRST_MS = 30,                  /* work that is shorter draws no bar, */
	FIRST_LINE_MS = 500,            /* and this prints no line */
	DRAW_MS = 100,
	LINE_MS = 30000,                /* between plain lines */
	ETA_MS = 2000,                  /* before that, a guess would jump about */
	WIDTH_DEFAULT = 80, WIDTH_LEAST = 40, WIDTH_MOST = 120, BAR_MOST = 30,
};

struct progress {
	int fd;
	enum progress_mode mode;
	char phase[64];
	uint64_t total, done, bytes;
	uint64_t began_ms, phase_ms, drawn_ms;
	bool on_screen;                 /* a bar is to be cleared */
};

static uint64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

struct progress *
progress_new(int fd, enum progress_mode mode)
{
	struct progress *p = mode == PROGRESS_OFF ? NULL : mem_array(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->fd = fd;
	p->mode = mode != PROGRESS_AUTO ? mode : isatty(fd) ? PROGRESS_BAR : PROGRESS_LINES;
	p->began_ms = now_ms();
	return p;
}

static unsigned
terminal_width(const struct progress *p)
{
	struct winsize w;

	if (ioctl(p->fd, TIOCGWINSZ, &w) != 0 || w.ws_col == 0)
		return WIDTH_DEFAULT;
	return w.ws_col < WIDTH_LEAST ? WIDTH_LEAST : w.ws_col > WIDTH_MOST ? WIDTH_MOST : w.ws_col;
}

static unsigned
percent(const struct progress *p)
{
	uint64_t done = p->done > p->total ? p->total : p->done;

	return p->total == 0 ? 0 : (unsigned)((double)done * 100 / (double)p->total);
}

static void
add_time_left(struct text *t, const struct progress *p, uint64_t now)
{
	uint64_t spent = now - p->phase_ms;

	if (p->total == 0 || p->done == 0 || p->done >= p->total || spent < ETA_MS)
		return;
	double left = (double)spent * (double)(p->total - p->done) / (double)p->done / 1000;
	if (left < 90)
		text_add(t, ", %.0f s left", left);
	else if (left < 5400)
		text_add(t, ", %.0f min left", left / 60);
	else
		text_add(t, ", %.1f h left", left / 3600);
}

static void
add_state(struct text *t, const struct progress *p, uint64_t now)
{
	if (p->total > 0)
		text_add(t, " %3u %%", percent(p));
	else
		text_add(t, " %llu s", (unsigned long long)(now - p->phase_ms) / 1000);
	add_time_left(t, p, now);
	if (p->bytes > 0) {
		text_add(t, ", ");
		text_bytes(t, p->bytes);
		text_add(t, " sent");
	}
}

static void
add_bar(struct text *t, const struct progress *p, size_t room)
{
	size_t width = room > BAR_MOST ? BAR_MOST : room;
	size_t full = width * percent(p) / 100;

	if (p->total == 0 || width < 8)
		return;
	text_add(t, " [");
	text_pad(t, '#', full);
	text_pad(t, '.', width - full);
	text_add(t, "]");
}

/* What could not be written is not worth stopping for. */
static void
say(const struct progress *p, struct text *t)
{
	if (!t->failed && t->at != NULL && write(p->fd, t->at, t->len) < 0)
		t->failed = true;
	text_fini(t);
}

static void
draw(struct progress *p, uint64_t now)
{
	struct text t = { 0 }, state = { 0 };
	size_t width = terminal_width(p);

	add_state(&state, p, now);
	if (p->mode == PROGRESS_BAR) {
		text_add(&t, "\r\033[K%s", p->phase);
		size_t used = strlen(p->phase) + state.len + 4;
		add_bar(&t, p, width > used ? width - used : 0);
		text_put(&t, state.failed || state.at == NULL ? "" : state.at, state.len);
		p->on_screen = true;
	} else {
		text_add(&t, "konsil: %s%s\n", p->phase, state.failed || state.at == NULL ? "" :
		    state.at);
	}
	text_fini(&state);
	say(p, &t);
	p->drawn_ms = now;
}

static void
perhaps_draw(struct progress *p, uint64_t now)
{
	if (now - p->began_ms < (p->mode == PROGRESS_BAR ? FIRST_MS : FIRST_LINE_MS))
		return;
	if (p->drawn_ms != 0 && now - p->drawn_ms < (p->mode == PROGRESS_BAR ? DRAW_MS : LINE_MS))
		return;
	draw(p, now);
}

void
progress_phase(struct progress *p, const char *name, uint64_t total)
{
	if (p == NULL)
		return;
	(void)snprintf(p->phase, sizeof p->phase, "%s", name);
	p->total = total;
	p->done = 0;
	p->phase_ms = now_ms();
	p->drawn_ms = p->mode == PROGRESS_LINES ? 0 : p->drawn_ms;
	perhaps_draw(p, p->phase_ms);
}

void
progress_at(struct progress *p, uint64_t done, uint64_t bytes)
{
	if (p == NULL)
		return;
	p->done = done;
	p->bytes = bytes;
	perhaps_draw(p, now_ms());
}

void
progress_clear(struct progress *p)
{
	struct text t = { 0 };

	if (p == NULL || !p->on_screen)
		return;
	text_add(&t, "\r\033[K");
	say(p, &t);
	p->on_screen = false;
}

void
progress_done(struct progress *p)
{
	if (p == NULL || p->mode != PROGRESS_BAR || p->total == 0)
		return;
	p->done = p->total;
	draw(p, now_ms());
	struct text t = { 0 };
	text_add(&t, "\n");
	say(p, &t);
	p->on_screen = false;
}

void
progress_free(struct progress *p)
{
	progress_clear(p);
	mem_free(p);
}
