"""random_statistics.py SEED COUNT [KONSIL]: the libraries `stats` and `survival`, run by konsil and by hand.

Small tables at one to four sites: missing values, ties, constants, groups and levels that nobody is in, one
row or none, the ends of narrow and wide ranges.  Results are asked for as whole records, field by field, of
some of the parties and behind guards, under every protocol.  Counts must be equal, all else within 1e-6,
absolutely for p values and relatively for the others (below 0.01 as if they were 0.01); and what there is no
number for is missing, and nothing else.
"""
import json
import math
import os
import random
import subprocess
import sys
import tempfile
from decimal import Decimal
from fractions import Fraction

import statistics_by_hand as by_hand

# Of how many nodes each is; the sites first, then helpers.
WAYS = ["clear", "replicated 3", "additive 2", "clear", "additive 3", "additive 2 --no-local", "clear",
        "replicated 3 --no-local"]
# The least and the greatest number, and into how many parts 1 is divided: for what differs by less than one
# of them the library's fixed-point numbers promise fewer digits.
RANGES = [(-1, 1, 16), (0, 120, 1), (-1000, 1000, 8), (0, Fraction(1, 8), 1024), (-2 ** 20, 2 ** 20, 1),
          (100, 140, 4), (-16, 16, 64), (0, 4000, 4)]
# Of which probabilities and limits are computed by their recipients.
BESIDE = ("estimate", "std_error", "statistic", "df", "df2", "nobs")
# WITHHELD: what a guard withholds; but of a record the fields that everybody knows may be there.
WITHHELD, KNOWN = "withheld", ("df", "df1", "time")


def decimal(v):
    return format(Decimal(v.numerator) / v.denominator, "f")


class Table:
    """A program's inputs and their values; the sites' rows follow one another."""

    def __init__(self, rng):
        self.rng, self.range = rng, rng.choice(RANGES)
        self.rows = [rng.choice([0, 1, 2, 3, 5, 8, 13]) for _ in range(rng.randint(1, 4))]
        self.n, self.missing = sum(self.rows), rng.choice([0, 0, .1, .5, 1])
        self.column, self.kind, self.text = {}, {}, "use stats\nuse survival\nparty s[]\n"
        self.site = [i for i, k in enumerate(self.rows) for _ in range(k)]

    def add(self, name, kind, values):
        some = self.missing > 0
        self.kind[name] = kind
        head, _, tail = kind.partition(" ")
        self.text += f"input {name} : {head}{'?' if some else ''} {tail} [] from s\n"
        self.column[name] = [None if some and self.rng.random() < self.missing else v for v in values]
        return self.column[name]

    def number(self, name):
        rng = self.rng
        lo, hi, grid = self.range
        lo, hi = int(lo * grid), int(hi * grid)
        few = [rng.randint(lo, hi) for _ in range(rng.randint(1, 3))]
        near = rng.randint(lo, hi)
        pick = rng.choice([lambda: rng.randint(lo, hi), lambda: rng.choice(few), lambda: rng.choice([lo, hi]),
                           lambda: min(max(near + rng.randint(-3, 3), lo), hi)])
        kind = "int" if grid == 1 and rng.random() < .5 else "fixed"
        kind += " in %s..%s" % (decimal(Fraction(lo, grid)), decimal(Fraction(hi, grid)))
        return self.add(name, kind, [Fraction(pick(), grid) for _ in range(self.n)])

    def group(self, name, levels):
        rng = self.rng
        used = rng.sample(range(levels), rng.choice([levels, levels, levels, 1, levels - 1]))
        kind = "bool" if levels == 2 and rng.random() < .5 else "oneof(%s)" % ",".join(
            '"%s"="%d"' % (c, j) for j, c in enumerate("abcd"[:levels]))
        return self.add(name, kind, [rng.choice(used) for _ in range(self.n)])

    def level(self, name, j):
        return ("false", "true")[j] if self.kind[name] == "bool" else '"%s"' % "abcd"[j]

    def write(self, folder):
        args, at = [], 0
        for i, k in enumerate(self.rows):
            file = os.path.join(folder, "s%d.csv" % i)
            with open(file, "w") as f:
                f.write(",".join(self.column) + "\n")
                for row in list(zip(*self.column.values()))[at:at + k]:
                    f.write(",".join("NA" if v is None else decimal(v) for v in row) + "\n")
            args, at = args + ["--input", "s=" + file], at + k
        return args


def there(x):
    return [v for v in x if v is not None]


def describe(t):
    x, y, g = t.number("x"), t.number("y"), t.group("g", 2)
    v = there(x)
    lo, hi = min(v, default=Fraction(0)) - 1, max(v, default=Fraction(0)) + 1
    cuts = [lo + (hi - lo) * i / 4 for i in range(5)]
    x2, y2 = by_hand.paired(x, y)
    p = [Fraction(p, 16) for p in sorted(t.rng.sample(range(17), 3))]
    some = len(v) > 1
    yield "count(x)", len(v)
    yield "missing_count(x)", len(x) - len(v)
    yield "sum(x)", Fraction(sum(v))
    yield "mean(x)", by_hand.mean(v)
    yield "var(x)", by_hand.about_means(v, v) / (len(v) - 1) if some else None
    yield "sd(x)", by_hand.root(by_hand.about_means(v, v) / (len(v) - 1)) if some else None
    yield "[min(x), max(x)]", [min(v, default=None), max(v, default=None)]
    yield "median(x)", by_hand.quantile(v, Fraction(1, 2))
    yield "quantile(x, [%s])" % ", ".join(map(decimal, p)), [by_hand.quantile(v, q) for q in p]
    yield "iqr(x)", by_hand.quantile(v, Fraction(3, 4)) - by_hand.quantile(v, Fraction(1, 4)) if v else None
    yield "five_numbers(x)", [by_hand.quantile(v, Fraction(q, 4)) for q in range(5)]
    yield "histogram(x, %s, %s, 4)" % (decimal(lo), decimal(hi)), [
        sum(a < w <= b or (i == 0 and w == a) for w in v) for i, (a, b) in enumerate(zip(cuts, cuts[1:]))]
    yield "ecdf(x, [%s])" % ", ".join(map(decimal, cuts)), [by_hand.mean([int(w <= c) for w in v]) for c in cuts]
    yield "covariance(x, y)", by_hand.about_means(x2, y2) / (len(x2) - 1) if len(x2) > 1 else None
    yield "correlation(x, y)", by_hand.correlation(x, y)[2]
    yield "proportion(g == %s)" % t.level("g", 1), by_hand.proportion(there(g))
    yield "mean(x.where(g == %s))" % t.level("g", 1), by_hand.mean(by_hand.groups(x, g, 2)[1])


def means(t):
    k = t.rng.randint(2, 4)
    x, y, g, h = t.number("x"), t.number("y"), t.group("g", 2), t.group("h", k)
    x2, y2 = by_hand.paired(x, y)
    yield "mean_ci(x)", by_hand.mean_ci(x)
    yield "paired_t(x, y)", by_hand.mean_ci([p - q for p, q in zip(x2, y2)])
    yield "t_test(x, g)", by_hand.t_test(x, g)
    yield "welch(x, g)", by_hand.welch(x, g)
    yield "anova(x, h)", by_hand.anova(x, h, k)
    yield "mean_ci(x.where(g == %s))" % t.level("g", 0), by_hand.mean_ci(by_hand.groups(x, g, 2)[0])
    part = [v if j == 1 else None for v, j in zip(x, h)]
    yield "welch(x.where(h == %s), g)" % t.level("h", 1), by_hand.welch(part, g)
    yield "correlation_test(x, y)", by_hand.correlation_test(x, y)


def order(t):
    k = t.rng.randint(2, 4)
    x, y, g, h = t.number("x"), t.number("y"), t.group("g", 2), t.group("h", k)
    yield "mann_whitney(x, g)", by_hand.mann_whitney(x, g)
    yield "kruskal_wallis(x, h)", by_hand.kruskal_wallis(x, h, k)
    rho = by_hand.spearman(x, y)
    if rho["statistic"] is not None and rho["statistic"] < rho["nobs"] ** 3 / 2000:
        del rho["statistic"]            # it is told from rho, and near 1 mostly rounding
    yield "spearman(x, y)", rho
    yield "auc(x, g == %s)" % t.level("g", 1), by_hand.auc(x, g)


def tables(t):
    k, m = t.rng.randint(2, 4), t.rng.randint(2, 3)
    g, h, a, b = t.group("g", 2), t.group("h", 2), t.group("a", k), t.group("b", m)
    two, wide = by_hand.table(g, h, 2, 2), by_hand.table(a, b, k, m)
    part = t.rng.randint(0, 2)
    sums = [[(sum(map(sum, wide)), sum(row), sum(c))[part] for c in zip(*wide)] for row in wide]
    strata = [by_hand.table([v if j == s else None for v, j in zip(g, a)], h, 2, 2) for s in range(k)]
    correct, exposed, event = t.rng.random() < .5, t.rng.randint(0, 1), t.rng.randint(0, 1)
    word = str(correct).lower()
    yield "table2(a, b)", wide
    yield "table3(a, g, h)", strata
    yield "proportions(table2(a, b), %d)" % part, [[Fraction(v, n) if n else None for v, n in zip(*r)]
                                                   for r in zip(wide, sums)]
    yield "chi2(table2(a, b))", by_hand.chi2(wide)
    yield "chi2(table2(g, h), yates = %s)" % word, by_hand.chi2(two, correct)
    yield "odds_ratio(table2(g, h))", by_hand.odds_ratio(two)
    yield "risk_ratio(table2(g, h), %d, %d)" % (exposed, event), by_hand.risk_ratio(two, exposed, event)
    yield "fisher(table2(g, h))", by_hand.fisher(two)
    yield "mantel_haenszel(table3(a, g, h), correct = %s)" % word, by_hand.mantel_haenszel(strata, correct)


def lives(t):
    k = t.rng.randint(2, 3)
    if t.range[0] < 0:
        t.range = RANGES[1]
    time, g = t.number("time"), t.group("g", k)
    event = t.add("event", "bool", [t.rng.randint(0, 1) for _ in range(t.n)])
    top = int(max(there(time), default=Fraction(1))) + 1
    least = t.rng.choice([0, max(4 * top - 20, 0)])
    grid = sorted({Fraction(t.rng.randint(least, 4 * top), 4) for _ in range(4)})
    yield "kaplan_meier(time, event, [%s])" % ", ".join(map(decimal, grid)), by_hand.kaplan_meier(time, event, grid)
    yield "median_survival(time, event)", by_hand.median_survival(time, event)
    yield "log_rank(time, event, g)", by_hand.log_rank(time, event, g, k, [0] * t.n)
    yield "log_rank(time, event, g, strata = site_of(time))", by_hand.log_rank(time, event, g, k, t.site)


KINDS = [describe, means, order, tables, lives]


def suppressed(t, below):
    """Of counts."""
    return [suppressed(v, below) for v in t] if isinstance(t, list) else None if 0 < t < below else t


def forms(t, call, want, name):
    """Outputs of a call's results, and what they must be: as they are, field by field, behind a guard."""
    rng, guard, to = t.rng, "", "all"
    if t.n and rng.random() < .25:
        column = rng.choice(sorted(t.column))
        least, n = rng.randint(0, t.n), len(there(t.column[column]))
        if call.startswith(("table", "histogram")):
            yield name + "_s", call, "all suppress below 3", suppressed(want, 3)
        guard = rng.choice([" require count(%s) >= %d", " withhold where count(%s) < %d"]) % (column, least)
        if n < least:
            want = dict.fromkeys(want, WITHHELD) if isinstance(want, dict) else WITHHELD
    if not isinstance(want, dict) or rng.random() < .4:
        yield name, call, to + guard, want
        return
    fields, apart = rng.sample(sorted(want), rng.randint(1, len(want))), rng.random() < .5
    if any(f == "p_value" or f.startswith("conf") for f in fields):
        fields += [f for f in BESIDE if f in want and f not in fields]
        apart = False
    to = rng.choice(["all", "all", "s[0]"])
    for f in fields:
        if apart:
            to = "s[%d]" % rng.randrange(len(t.rows))
        yield name + "_" + f, call + "." + f, to + guard, want[f]


def withheld(got):
    """But for what everybody knows."""
    if isinstance(got, dict):
        return all(withheld(v) for k, v in got.items() if k not in KNOWN)
    return got is None or isinstance(got, list) and all(map(withheld, got))


def differs(got, want, p=False):
    if want is WITHHELD:
        return not withheld(got)
    if isinstance(want, dict):
        return any(differs(got and got[k], v, k == "p_value") for k, v in want.items()
                   if v is not WITHHELD or k not in KNOWN)
    if isinstance(want, list):
        return not isinstance(got, list) or len(got) != len(want) or any(differs(g, w, p) for g, w in zip(got, want))
    if want is None or got is None:
        return got is not want
    if isinstance(want, int):
        return got != want
    return abs(got - want) > 1e-6 * (1 if p else max(abs(want), 1e-2))


def run(konsil, folder, t, text, way):
    program = os.path.join(folder, "t.ksl")
    with open(program, "w") as f:
        f.write(text)
    args = [konsil, "run", program, "--json", "--protocol", way[0], *way[2:]]
    if way[0] != "clear":
        nodes = ["s[%d]" % i for i in range(len(t.rows))] + ["one", "two"]
        args += ["--compute", ",".join(nodes[:int(way[1])])]
    r = subprocess.run(args + t.write(folder), capture_output=True, text=True, timeout=1200)
    if r.returncode not in (0, 10):
        return "status %d: %s" % (r.returncode, r.stderr)
    return {o["name"]: o["value"] for o in json.loads(r.stdout)["outputs"]}


def shown(v):
    if isinstance(v, dict):
        return {k: shown(w) for k, w in v.items()}
    return [shown(w) for w in v] if isinstance(v, list) else float(v) if isinstance(v, Fraction) else v


def one(rng, kind, konsil, folder):
    """A program of four functions: what is wrong with it, and how many outputs it has."""
    t, want = Table(rng), {}
    results = list(kind(t))
    text = t.text
    for i, (call, value) in enumerate(rng.sample(results, min(len(results), 4))):
        for name, expression, to, must in forms(t, call, value, "o%d" % i):
            want[name] = must
            text += "output %s = %s to %s\n" % (name, expression, to)
    way = rng.choice(WAYS).split()
    got = run(konsil, folder, t, text, way)
    wrong = [got] if isinstance(got, str) else [
        "%s is %s, not %s" % (name, got[name], shown(value))
        for name, value in want.items() if differs(got[name], value, name.endswith("_p_value"))]
    if not wrong:
        return "", len(want)
    return "%s, rows %s:\n%s\n%s%s" % (way, t.rows, "\n".join(wrong), text, json.dumps(
        {c: [shown(v) for v in x] for c, x in t.column.items()})), len(want)


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    konsil = os.path.abspath(sys.argv[3] if len(sys.argv) > 3 else "konsil")
    bad = values = 0
    with tempfile.TemporaryDirectory() as folder:
        for k in range(count):
            wrong, n = one(random.Random(seed * 1000003 + k), KINDS[k % len(KINDS)], konsil, folder)
            bad, values = bad + (wrong != ""), values + n
            if wrong:
                print("seed %d, program %d, %s" % (seed, k, wrong))
    print("%d programs agree, %d do not; %d outputs" % (count - bad, bad, values))
    sys.exit(bad > 0)


main()
