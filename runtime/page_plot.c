/* page_plot.c: pictures as inline SVG; see page_impl.h
 *
 * Plain ones, in the manner of statistical journals: few lines, numbers at both axes, nothing that
 * has no meaning.  A missing or withheld value leaves a gap, and of bars one that says so. */
#include <math.h>
#include <string.h>

#include "page_impl.h"

enum { WIDTH = 680, LEFT = 64, RIGHT = 20, TOP = 14, BARS_MAX = 60, FOREST_MAX = 40 };

/* A linear scale from lo..hi to pixels from..to, with ticks every `step`. */
struct scale {
	double lo, hi, from, to, step;
};

static double
place(const struct scale *s, double x)
{
	return s->from + (x - s->lo) / (s->hi - s->lo) * (s->to - s->from);
}

/* Ends and steps of 1, 2 or 5 times a power of ten, about n of them. */
static struct scale
scale_of(double lo, double hi, unsigned n, double from, double to)
{
	struct scale s = { .from = from, .to = to };
	double room = hi > lo ? hi - lo : fabs(hi) > 0 ? fabs(hi) : 1, power, step;

	power = pow(10, floor(log10(room / n)));
	step = room / n / power;
	s.step = power * (step <= 1 ? 1 : step <= 2 ? 2 : step <= 5 ? 5 : 10);
	s.lo = floor(lo / s.step + 1e-9) * s.step;
	s.hi = ceil(hi / s.step - 1e-9) * s.step;
	if (s.hi <= s.lo)
		s.hi = s.lo + s.step;
	return s;
}

static void
begin(struct text *t, const char *what, double height)
{
	text_add(t, "<svg viewBox=\"0 0 %d %.0f\" role=\"img\" aria-label=\"%s\">\n", WIDTH, height,
	    what);
}

/* An axis label with as many digits as its step asks for. */
static void
tick_text(struct text *t, double x, double step)
{
	int digits = step >= 1 ? 0 : (int)ceil(-log10(step) - 1e-9);

	text_add(t, "%.*f", digits, fabs(x) < step / 2 ? 0 : x);
}

static void
x_axis(struct text *t, const struct scale *s, double y)
{
	text_add(t, "<path class=\"axis\" d=\"M%.1f %.1fH%.1f\"/>\n", s->from, y, s->to);
	for (double x = s->lo; x <= s->hi + s->step / 2; x += s->step) {
		text_add(t, "<path class=\"axis\" d=\"M%.1f %.1fv5\"/><text class=\"mid\" x=\"%.1f\" "
		    "y=\"%.1f\">", place(s, x), y, place(s, x), y + 18);
		tick_text(t, x, s->step);
		text_add(t, "</text>\n");
	}
}

static void
y_axis(struct text *t, const struct scale *s, double right)
{
	for (double y = s->lo; y <= s->hi + s->step / 2; y += s->step) {
		text_add(t, "<path class=\"grid\" d=\"M%d %.1fH%.1f\"/><text class=\"end\" x=\"%d\" "
		    "y=\"%.1f\">", LEFT, place(s, y), right, LEFT - 8, place(s, y) + 4);
		tick_text(t, y, s->step);
		text_add(t, "</text>\n");
	}
}

static bool
is_count(const struct series *s)
{
	const struct output_part *p = s->part[0];

	return s->n_columns == 1 && p->rank == 1 && p->type.kind == TYPE_INT && p->type.lo >= 0 &&
	    report_label(s->o, p, 0, 0) != NULL && s->n > 1 && s->n <= BARS_MAX;
}

/* The edges of bins as histogram labels them: "(35, 40]", "[30, 35]". */
static bool
is_bins(const struct series *s)
{
	const char *label = report_label(s->o, s->part[0], 0, 0);

	return (label[0] == '(' || label[0] == '[') && strchr(label, ',') != NULL;
}

static double
greatest(const struct series *s, int column)
{
	double most = 0, x;

	for (uint64_t i = 0; i < s->n; i++)
		if (page_number(&x, s, column, i) && x > most)
			most = x;
	return most;
}

/* Upright bars side by side: a histogram. */
static void
histogram(struct text *t, const struct series *s)
{
	const double height = 280, bottom = height - 56, step = (double)(WIDTH - LEFT - RIGHT) /
	    (double)s->n;
	struct scale y = scale_of(0, greatest(s, 0), 5, bottom, TOP);
	double x;

	begin(t, "histogram", height);
	y_axis(t, &y, WIDTH - RIGHT);
	for (uint64_t i = 0; i < s->n; i++) {
		double left = LEFT + step * (double)i;
		if (page_number(&x, s, 0, i))
			text_add(t, "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
			    "height=\"%.1f\"/>\n", left + 0.5, place(&y, x), step - 1,
			    bottom - place(&y, x));
		else
			text_add(t, "<rect class=\"gap\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
			    "height=\"14\"/>\n", left + 2, bottom - 14, step - 4);
		text_add(t, "<text class=\"%s\" transform=\"translate(%.1f %.1f)%s\">",
		    s->n > 8 ? "end small" : "mid small", left + step / 2, bottom + 16,
		    s->n > 8 ? " rotate(-35)" : "");
		page_place(t, s, i);
		text_add(t, "</text>\n");
	}
	text_add(t, "<path class=\"axis\" d=\"M%d %.1fH%d\"/></svg>\n", LEFT, bottom, WIDTH - RIGHT);
}

/* Lying bars, one under the other, of named things. */
static void
bars(struct text *t, const struct series *s)
{
	const double line = 26, height = TOP + line * (double)s->n + 8, left = 190;
	struct scale x = scale_of(0, greatest(s, 0), 5, left, WIDTH - 80);
	double v;

	begin(t, "bars", height);
	for (uint64_t i = 0; i < s->n; i++) {
		double y = TOP + line * (double)i;
		text_add(t, "<text class=\"end\" x=\"%.1f\" y=\"%.1f\">", left - 10, y + 14);
		page_place(t, s, i);
		text_add(t, "</text>");
		if (page_number(&v, s, 0, i))
			text_add(t, "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
			    "height=\"18\"/><text x=\"%.1f\" y=\"%.1f\">%.0f</text>\n", left, y,
			    place(&x, v) - left, place(&x, v) + 8, y + 14, v);
		else
			text_add(t, "<rect class=\"gap\" x=\"%.1f\" y=\"%.1f\" width=\"28\" "
			    "height=\"18\"/><text x=\"%.1f\" y=\"%.1f\">%s</text>\n", left + 2, y,
			    left + 38, y + 14, report_rule(s->of[0], i) != RULE_NONE ? "withheld"
			    : "missing");
	}
	text_add(t, "<path class=\"axis\" d=\"M%.1f %d V%.1f\"/></svg>\n", left, TOP - 4, height - 8);
}

struct curve {
	int time, estimate, low, high;
};

/* One step line of column k through all that is there; `back`: from the last to the first. */
static void
steps(struct text *t, const struct series *s, const struct curve *c, int k, const struct scale *x,
    const struct scale *y, bool back)
{
	double px = place(x, 0), py = place(y, 1), at, v;
	bool first = true;

	if (!back)
		text_add(t, "M%.1f %.1f", px, py);
	for (uint64_t j = 0; j < s->n; j++) {
		uint64_t i = back ? s->n - 1 - j : j;
		if (!page_number(&at, s, c->time, i) || !page_number(&v, s, k, i))
			continue;
		if (!back)
			text_add(t, "H%.1fV%.1f", place(x, at), place(y, v));
		else if (first)
			text_add(t, "L%.1f %.1f", place(x, at), place(y, v));
		else
			text_add(t, "V%.1fH%.1f", place(y, v), place(x, at));
		first = false;
	}
	if (back)
		text_add(t, "V%.1fH%.1fZ", py, px);
}

static void
survival(struct text *t, const struct series *s, const struct curve *c)
{
	const double height = 330, bottom = height - 40;
	struct scale x = scale_of(0, greatest(s, c->time), 8, LEFT, WIDTH - RIGHT);
	struct scale y = scale_of(0, 1, 5, bottom, TOP);

	begin(t, "survival curve with its confidence band", height);
	y_axis(t, &y, WIDTH - RIGHT);
	if (c->low >= 0 && c->high >= 0) {
		text_add(t, "<path class=\"band\" d=\"");
		steps(t, s, c, c->high, &x, &y, false);
		steps(t, s, c, c->low, &x, &y, true);
		text_add(t, "\"/>\n");
	}
	text_add(t, "<path class=\"line\" d=\"");
	steps(t, s, c, c->estimate, &x, &y, false);
	text_add(t, "\"/>\n");
	x_axis(t, &x, bottom);
	text_add(t, "<text class=\"mid\" x=\"%d\" y=\"%.1f\">time</text></svg>\n",
	    (LEFT + WIDTH - RIGHT) / 2, height - 4);
}

/* Estimates with their confidence intervals, one under the other. */
static void
forest(struct text *t, const struct series *s, const struct curve *c)
{
	const double line = 28, left = 190, bottom = TOP + line * (double)s->n + 4;
	double lo = 0, hi = 0, v[3];
	bool any = false;

	for (uint64_t i = 0; i < s->n; i++) {
		if (!page_number(&v[0], s, c->low, i) || !page_number(&v[1], s, c->high, i))
			continue;
		lo = !any || v[0] < lo ? v[0] : lo;
		hi = !any || v[1] > hi ? v[1] : hi;
		any = true;
	}
	if (!any)
		return;
	/* Ratios are compared with 1, differences and log ratios with 0. */
	double none = lo > 0 && strstr(s->o->name, "ratio") != NULL ? 1 : 0;
	struct scale x = scale_of(fmin(lo, none), fmax(hi, none), 6, left, WIDTH - RIGHT);
	begin(t, "estimates with their confidence intervals", bottom + 26);
	text_add(t, "<path class=\"none\" d=\"M%.1f %dV%.1f\"/>\n", place(&x, none), TOP - 8, bottom);
	for (uint64_t i = 0; i < s->n; i++) {
		double y = TOP + line * (double)i + 12;
		text_add(t, "<text class=\"end\" x=\"%.1f\" y=\"%.1f\">", left - 12, y + 4);
		if (s->part[0]->rank > 0)
			page_place(t, s, i);
		text_add(t, "</text>");
		if (!page_number(&v[0], s, c->low, i) || !page_number(&v[1], s, c->high, i) ||
		    !page_number(&v[2], s, c->estimate, i))
			continue;
		text_add(t, "<path class=\"line\" d=\"M%.1f %.1fH%.1f\"/><rect class=\"bar\" x=\"%.1f\" "
		    "y=\"%.1f\" width=\"9\" height=\"9\"/>\n", place(&x, v[0]), y, place(&x, v[1]),
		    place(&x, v[2]) - 4.5, y - 4.5);
	}
	x_axis(t, &x, bottom);
	text_add(t, "</svg>\n");
}

bool
page_plot(struct text *t, const struct series *s)
{
	struct curve c = { page_column(s, "time"), page_column(s, "estimate"),
		page_column(s, "conf_low"), page_column(s, "conf_high") };

	if (s->n_columns == 0 || s->n == 0 || s->part[0]->rank > 1)
		return false;
	if (c.time >= 0 && c.estimate >= 0 && s->n > 1) {
		survival(t, s, &c);
	} else if (c.estimate >= 0 && c.low >= 0 && c.high >= 0 && c.time < 0 && s->n > 1 &&
	    s->n <= FOREST_MAX) {
		forest(t, s, &c);
	} else if (is_count(s) && greatest(s, 0) > 0) {
		(is_bins(s) ? histogram : bars)(t, s);
		return !is_bins(s);
	}
	return false;
}
