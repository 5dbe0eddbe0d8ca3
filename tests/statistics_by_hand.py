"""The library's statistics, from their definitions: exact fractions as far as these go.

Columns are lists in which None is missing; what R has no number for is None.  Counts are ints, and nothing
else is one.  Results that the library gives as a record are a dict.
"""
import math
from fractions import Fraction

Z = 1.959963984540054


def incomplete_beta(a, b, x):
    """Regularized; by its continued fraction."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(b, a, 1 - x)
    c, d, m = 1., 1 / (1 - (a + b) * x / (a + 1)), 1
    h = d
    while True:
        for part in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                     -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d, c = 1 / (1 + part * d), 1 + part / c
            h *= d * c
        if abs(d * c - 1) < 1e-15 or m > 10000:
            break
        m += 1
    whole = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    return h / a * math.exp(a * math.log(x) + b * math.log1p(-x) - whole)


def chi2_tail(x, df):
    """Above x, for whole df: from 1 or 2 degrees of freedom, two more a step."""
    if x <= 0:
        return 1.
    term = math.exp(-x / 2) if df % 2 == 0 else math.exp(-x / 2) * math.sqrt(2 * x / math.pi)
    p = term if df % 2 == 0 else math.erfc(math.sqrt(x / 2))
    if df % 2 == 1:
        for k in range(3, df + 1, 2):
            p, term = p + term, term * x / k
    else:
        for k in range(2, df, 2):
            term *= x / k
            p += term
    return p


def t_tails(t, df):
    return incomplete_beta(df / 2, .5, df / (df + t * t))


def t_quantile(df):
    """Of 0.975."""
    lo, hi = 0., 13.
    while t_tails(hi, df) > .05:
        hi *= 2
    for _ in range(80):
        middle = (lo + hi) / 2
        lo, hi = (middle, hi) if t_tails(middle, df) > .05 else (lo, middle)
    return lo


def normal_tails(z):
    return math.erfc(abs(z) / math.sqrt(2))


def mean(v):
    return sum(v) / Fraction(len(v)) if v else None


def about_means(x, y):
    a, b = mean(x), mean(y)
    return sum((p - a) * (q - b) for p, q in zip(x, y))


def paired(*columns):
    """The rows that all columns have."""
    rows = [r for r in zip(*columns) if None not in r]
    return [list(c) for c in zip(*rows)] or [[] for _ in columns]


def groups(x, g, levels):
    x, g = paired(x, g)
    return [[v for v, h in zip(x, g) if h == j] for j in range(levels)]


def root(v):
    return math.sqrt(v)


def quantile(x, p):
    if not x:
        return None
    x, at = sorted(x), p * (len(x) - 1)
    i = math.floor(at)
    return x[i] + (at - i) * (x[min(i + 1, len(x) - 1)] - x[i])


def t_results(estimate, se, df):
    """What is told from an estimate and its standard error; if that is 0 the limits are the estimate."""
    of = dict.fromkeys(["statistic", "p_value", "conf_low", "conf_high"])
    of.update(estimate=estimate, std_error=se, df=df)
    if se is not None:
        wide = t_quantile(float(df)) * se
        of.update(conf_low=float(estimate) - wide, conf_high=float(estimate) + wide)
    if se:
        t = float(estimate) / se
        of.update(statistic=t, p_value=t_tails(t, float(df)))
    return of


def mean_ci(x):
    x = [v for v in x if v is not None]
    n = len(x)
    return t_results(mean(x), root(about_means(x, x) / (n * (n - 1))) if n > 1 else None, n - 1)


def t_test(x, g):
    a, b = groups(x, g, 2)
    n, ok = len(a) + len(b), a and b and len(a) + len(b) > 2
    of = {"estimate1": mean(a), "estimate2": mean(b)}
    estimate = of["estimate1"] - of["estimate2"] if a and b else None
    se = root((about_means(a, a) + about_means(b, b)) / (n - 2) * (Fraction(1, len(a)) + Fraction(1, len(b)))) \
        if ok else None
    return dict(of, **t_results(estimate, se, n - 2))


def welch(x, g):
    a, b = groups(x, g, 2)
    of = {"estimate1": mean(a), "estimate2": mean(b)}
    estimate = of["estimate1"] - of["estimate2"] if a and b else None
    if len(a) < 2 or len(b) < 2:
        return dict(of, **t_results(estimate, None, None))
    u, v = (about_means(c, c) / (len(c) * (len(c) - 1)) for c in (a, b))
    df = (u + v) ** 2 / (u ** 2 / (len(a) - 1) + v ** 2 / (len(b) - 1)) if u + v else None
    return dict(of, **t_results(estimate, root(u + v) if u + v else None, df))


def anova(x, g, k):
    each = groups(x, g, k)
    y = sum(each, [])
    if not all(each):
        none = dict.fromkeys(["statistic", "p_value", "ss_between", "ss_within"])
        return dict(none, df1=k - 1, df2=len(y) - k)
    inside = sum(about_means(c, c) for c in each)
    between = about_means(y, y) - inside
    df = len(y) - k
    f = float(between / (k - 1) / (inside / df)) if df > 0 and inside else None
    return {"statistic": f, "df1": k - 1, "df2": df, "ss_between": between, "ss_within": inside,
            "p_value": None if f is None else incomplete_beta(df / 2, (k - 1) / 2, df / (df + (k - 1) * f))}


def proportion(x):
    """Wilson's interval."""
    n, s = len(x), sum(x)
    if not x:
        return {"estimate": None, "nobs": 0, "conf_low": None, "conf_high": None}
    middle, wide = s + Z * Z / 2, Z * root(Fraction(s * (n - s), n) + Z * Z / 4)
    return {"estimate": Fraction(s, n), "nobs": n, "conf_low": (middle - wide) / (n + Z * Z),
            "conf_high": (middle + wide) / (n + Z * Z)}


def ranks(x):
    return [Fraction(sum(w < v for w in x) + sum(w <= v for w in x) + 1, 2) for v in x]


def ties(x):
    return sum(x.count(v) ** 3 - x.count(v) for v in set(x))


def mann_whitney(x, g):
    a, b = groups(x, g, 2)
    if not a or not b:
        return {"statistic": None, "p_value": None}
    n, w = len(a) + len(b), sum(ranks(a + b)[:len(a)]) - Fraction(len(a) * (len(a) + 1), 2)
    spread = Fraction(len(a) * len(b), 12) * (n + 1 - Fraction(ties(a + b), n * (n - 1)))
    away = max(abs(w - Fraction(len(a) * len(b), 2)) - Fraction(1, 2), 0)
    return {"statistic": w, "p_value": normal_tails(away / root(spread)) if spread else None}


def kruskal_wallis(x, g, k):
    each = [c for c in groups(x, g, k) if c]
    y = sum(each, [])
    df, n = max(len(each) - 1, 1), len(y)
    if len(each) < 2 or len(set(y)) < 2:
        return {"statistic": None, "df": df, "p_value": None}
    r = ranks(y)
    sums = [sum(r[sum(map(len, each[:j])):][:len(c)]) ** 2 / len(c) for j, c in enumerate(each)]
    h = (Fraction(12, n * (n + 1)) * sum(sums) - 3 * (n + 1)) / (1 - Fraction(ties(y), n ** 3 - n))
    return {"statistic": h, "df": df, "p_value": chi2_tail(float(h), df)}


def correlation(x, y):
    """Of how many rows it is, its square, and itself."""
    x, y = paired(x, y)
    xx, yy = (about_means(v, v) if v else 0 for v in (x, y))
    if not xx or not yy:
        return len(x), None, None
    both = about_means(x, y)
    square = both ** 2 / (xx * yy)
    return len(x), square, math.copysign(root(square), both)


def correlation_test(x, y):
    n, square, r = correlation(x, y)
    empty = dict.fromkeys(["estimate", "statistic", "p_value", "conf_low", "conf_high"])
    if n < 3 or r is None:
        return dict(empty, df=max(n - 2, 0))
    if square == 1:
        ends = dict.fromkeys(["conf_low", "conf_high"], r if n > 3 else None)
        return dict(empty, df=n - 2, estimate=r, p_value=0., **ends)
    t = r * root((n - 2) / (1 - square))
    wide = Z / root(n - 3) if n > 3 else None
    return {"df": n - 2, "estimate": r, "statistic": t, "p_value": t_tails(t, n - 2),
            "conf_low": math.tanh(math.atanh(r) - wide) if n > 3 else None,
            "conf_high": math.tanh(math.atanh(r) + wide) if n > 3 else None}


def spearman(x, y):
    x, y = paired(x, y)
    n, square, r = correlation(ranks(x), ranks(y))
    if r is None or n < 3:
        return {"estimate": None, "statistic": None, "p_value": None, "nobs": n}
    return {"estimate": r, "statistic": (n ** 3 - n) * (1 - r) / 6, "nobs": n,
            "p_value": 0. if square == 1 else t_tails(r * root((n - 2) / (1 - square)), n - 2)}


def auc(x, g):
    a, b = groups(x, g, 2)
    if not a or not b:
        return dict.fromkeys(["estimate", "std_error", "conf_low", "conf_high"])
    half = Fraction(1, 2)
    above = [[(q > p) + half * (q == p) for p in a] for q in b]
    area = mean(sum(above, []))
    if len(a) < 2 or len(b) < 2:
        return {"estimate": area, "std_error": None, "conf_low": None, "conf_high": None}
    one, two = [mean(r) for r in above], [mean(c) for c in zip(*above)]
    se = root(about_means(one, one) / (len(b) - 1) / len(b) + about_means(two, two) / (len(a) - 1) / len(a))
    wide = Z * se
    return {"estimate": area, "std_error": se, "conf_low": max(area - wide, 0.),
            "conf_high": min(area + wide, 1.)}


def table(g, h, r, c):
    g, h = paired(g, h)
    return [[sum(p == i and q == j for p, q in zip(g, h)) for j in range(c)] for i in range(r)]


def chi2(t, yates=False):
    n, by_row, by_column = sum(map(sum, t)), [sum(r) for r in t], [sum(c) for c in zip(*t)]
    df = (len(t) - 1) * (len(t[0]) - 1)
    if not all(by_row) or not all(by_column):
        return {"statistic": None, "df": df, "p_value": None}
    away = [[abs(v - Fraction(p * q, n)) for v, q in zip(row, by_column)] for row, p in zip(t, by_row)]
    if yates and df == 1:
        away = [[max(v - Fraction(1, 2), 0) for v in row] for row in away]
    s = sum(v * v * n / (p * q) for row, p in zip(away, by_row) for v, q in zip(row, by_column))
    return {"statistic": s, "df": df, "p_value": chi2_tail(float(s), df)}


def ratio_results(estimate, square):
    """square: of the logarithm's standard error."""
    of = {"estimate": estimate, "std_error": None if square is None else root(square)}
    if square is None or not estimate:
        return dict(of, **dict.fromkeys(["statistic", "p_value", "conf_low", "conf_high"]))
    middle, wide = math.log(estimate), Z * of["std_error"]
    z = middle / of["std_error"] if square else None
    return dict(of, statistic=z, p_value=None if z is None else normal_tails(z), conf_low=math.exp(middle - wide),
                conf_high=math.exp(middle + wide))


def odds_ratio(t):
    (a, b), (c, d) = t
    return ratio_results(Fraction(a * d, b * c) if b * c else None,
                         sum(Fraction(1, v) for v in (a, b, c, d)) if a * b * c * d else None)


def risk_ratio(t, exposed, event):
    a, b, p, q = t[exposed][event], t[1 - exposed][event], sum(t[exposed]), sum(t[1 - exposed])
    return ratio_results(Fraction(a * q, b * p) if b * p else None,
                         Fraction(1, a) - Fraction(1, p) + Fraction(1, b) - Fraction(1, q) if a * b else None)


def mantel_haenszel(tables, correct):
    tables = [(a, b, c, d, a + b + c + d) for (a, b), (c, d) in tables if a + b + c + d]
    like, unlike = (sum(Fraction(v[i] * v[3 - i], v[4]) for v in tables) for i in (0, 1))
    spread = sum(Fraction((a + b) * (c + d) * (a + c) * (b + d), n * n * (n - 1))
                 for a, b, c, d, n in tables if n > 1)
    away = abs(sum(a - Fraction((a + b) * (a + c), n) for a, b, c, d, n in tables))
    if correct and away >= Fraction(1, 2):
        away -= Fraction(1, 2)
    s = away ** 2 / spread if spread else None
    square = None
    if like and unlike:        # Robins, Breslow and Greenland's
        parts = [(Fraction(a + d, n), Fraction(a * d, n), Fraction(b * c, n)) for a, b, c, d, n in tables]
        square = sum(on * p / like ** 2 + ((1 - on) * p + on * q) / (like * unlike) + (1 - on) * q / unlike ** 2
                     for on, p, q in parts) / 2
    of = ratio_results(like / unlike if unlike else None, square)
    return dict(of, statistic=s, df=1, p_value=None if s is None else chi2_tail(float(s), 1))


def fisher(t):
    (a, b), (c, d) = t
    of = [math.comb(a + b, i) * math.comb(c + d, a + c - i) for i in range(a + c + 1)]
    return {"p_value": Fraction(sum(v for v in of if v <= of[a] * (1 + Fraction(1, 10 ** 7))), sum(of))}


def survival_curve(time, event):
    """At each time: how many are at risk, the estimate and Greenwood's sum behind it, None where all have gone."""
    s, v, out = Fraction(1), Fraction(0), []
    for t in sorted(set(time)):
        n, d = sum(u >= t for u in time), sum(u == t and e for u, e in zip(time, event))
        s *= 1 - Fraction(d, n)
        v = v + Fraction(d, n * (n - d)) if n > d and v is not None else None
        out.append((t, s, v))
    return out


def limits(s, v):
    if not s or v is None:
        return None, None
    wide = Z * root(v)
    return s * math.exp(-wide), min(s * math.exp(wide), 1.)


def kaplan_meier(time, event, grid):
    time, event = paired(time, event)
    curve, names = survival_curve(time, event), ["n_risk", "n_event", "estimate", "conf_low", "conf_high"]
    out = {name: [] for name in names}
    for i, at in enumerate(grid):
        s, v = ([(Fraction(1), Fraction(0))] + [c[1:] for c in curve if c[0] <= at])[-1]
        events = sum(e and t <= at and (i == 0 or t > grid[i - 1]) for t, e in zip(time, event))
        row = [sum(t >= at for t in time), events, s, *limits(s, v)] if time else [0, 0, None, None, None]
        for name, value in zip(names, row):
            out[name].append(value)
    return dict(out, time=grid)


def first_under_half(times, y):
    """As print.survfit does."""
    some = [(t, v) for t, v in zip(times, y) if v is not None and v < .5 + 1.5e-8]
    if not some:
        return None
    less = [t for t, v in some if v < some[0][1]]
    return (some[0][0] + less[0]) / 2 if abs(some[0][1] - .5) < 1.5e-8 and less else some[0][0]


def median_survival(time, event):
    curve = survival_curve(*paired(time, event))
    times, s, v = zip(*curve) if curve else ([], [], [])
    low, high = zip(*map(limits, s, v)) if curve else ([], [])
    return {"estimate": first_under_half(times, s), "conf_low": first_under_half(times, low),
            "conf_high": first_under_half(times, high)}


def solved(a, b):
    """a x = b in fractions; None if there is no one solution."""
    a = [row + [v] for row, v in zip(a, b)]
    for i in range(len(a)):
        best = max(range(i, len(a)), key=lambda r: abs(a[r][i]))
        if not a[best][i]:
            return None
        a[i], a[best] = a[best], a[i]
        a[i] = [v / a[i][i] for v in a[i]]
        for r in range(len(a)):
            if r != i:
                a[r] = [v - a[r][i] * w for v, w in zip(a[r], a[i])]
    return [row[-1] for row in a]


def log_rank(time, event, g, k, strata):
    rows = list(zip(*paired(time, event, g, strata)))
    seen, due = [0] * k, [Fraction(0)] * k
    v = [[Fraction(0)] * k for _ in range(k)]
    for s in set(strata):
        for t in {r[0] for r in rows if r[1] and r[3] == s}:
            risk = [r for r in rows if r[3] == s and r[0] >= t]
            n, d = len(risk), sum(r[0] == t and r[1] for r in risk)
            part = [Fraction(sum(r[2] == j for r in risk), n) for j in range(k)]
            for i in range(k):
                seen[i] += sum(r[0] == t and r[1] and r[2] == i for r in risk)
                due[i] += d * part[i]
                for j in range(k):
                    v[i][j] += Fraction(d * (n - d), max(n - 1, 1)) * part[i] * ((i == j) - part[j])
    off = [p - q for p, q in zip(seen, due)][1:]
    x = solved([row[1:] for row in v[1:]], off)
    s = None if x is None else sum(p * q for p, q in zip(off, x))
    return {"statistic": s, "df": k - 1, "p_value": None if s is None else chi2_tail(float(s), k - 1),
            "observed": seen, "expected": due}


