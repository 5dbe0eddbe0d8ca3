"""random_expressions.py SEED COUNT [KONSIL]: random expressions, run by konsil and with Python's fractions.

Ints, fixed, bools, bits and missing values, elementwise, summed, compared, sorted and looked up; results
must be equal, and of fixed within 1e-6.  Fixed values are compared where they differ by more than that.
Every program runs under one protocol, in turn; under `replicated` a third party brings some of b's inputs.
What the compiler refuses (a range that it cannot hold, say) does not count.
"""
import json
import math
import operator
import os
import random
import re
import subprocess
import sys
import tempfile
from fractions import Fraction

N = 4
HEAD = """party a
party b
input x : int in -9..9 [4] from a
input u : int? in -9..9 [4] from a
input f : fixed in -4..4 [4] from a
input q : bool [4] from a
input s : int in -5..5 from a
input g : bits<12> [4] from a
input h : bits<12> from b
input d : bits<12> [4] from b
input y : int in -9..9 [4] from b
input w : fixed? in -4..4 [4] from b
input r : bool [4] from b
fn lin(v: num) -> num { return v * 3 - 1 }
fn put(v: int[n], i: int) -> int[n] {
	var t = v
	t[clamp(i, 0, n - 1)] = 7
	return t
}
fn best(v: int[n], c: bool[n]) -> int {
	var at : int in 0..3 = 0
	for i in 0..n { if v[i] > v[at] && c[i] { at = i } }
	return at
}
fn tally(v: int[n], c: bool[n]) -> int {
\tvar t = 0
\tfor i in 0..n { if c[i] { t += v[i] } else { t -= 1 } }
\treturn t
}
"""
WAYS = ["clear", "additive", "replicated", "clear", "additive --no-local", "clear", "yao",
        "replicated --no-local", "clear", "mixed", "replicated --network lan", "clear",
        "mixed --no-local --network lan", "replicated --no-local --network wan"]
THIRD = ("h", "w", "r")
INPUTS = [("x", "int"), ("u", "int"), ("f", "fixed"), ("q", "bool"), ("s", "int"), ("y", "int"),
          ("w", "fixed"), ("r", "bool"), ("g", "bits"), ("h", "bits"), ("d", "bits")]
WIDTH, MASK = 12, 4095


class Value:
    """text: in Konsil; value: a number, bool or None, or a list of N; shared: made of both parties'."""

    def __init__(self, kind, value, text, shared=False):
        self.kind, self.value, self.text, self.shared = kind, value, text, shared

    @property
    def array(self):
        return isinstance(self.value, list)

    def present(self):
        return [number(v) for v in self.value if v is not None]


def number(v):
    return Fraction(int(v)) if isinstance(v, bool) else v


def at(v, i):
    return v[i] if isinstance(v, list) else v


def each(fn, *args, total=False):
    """fn of the elements; missing if one is, unless fn is total."""
    if any(isinstance(a, list) for a in args):
        return [each(fn, *[at(a, i) for a in args], total=total) for i in range(N)]
    if not total and any(a is None for a in args):
        return None
    return fn(*args)


class Generator:
    def __init__(self, rng, inputs):
        self.rng = rng
        self.known = [Value(kind, self.exact(inputs[name][0]), name, inputs[name][1])
                      for name, kind in INPUTS]

    def exact(self, v):
        if isinstance(v, list):
            return [self.exact(e) for e in v]
        if isinstance(v, str):
            return int(v, 16)
        return v if v is None or isinstance(v, bool) else Fraction(v)

    def leaf(self, kinds):
        choices = [v for v in self.known if v.kind in kinds]
        if choices and self.rng.random() < .85:
            return self.rng.choice(choices)
        kind = self.rng.choice(kinds)
        if kind in ("bool", "bits"):
            return self.rng.choice([v for v in self.known if v.kind == kind])
        k = Fraction(self.rng.randint(-5, 5)) if kind == "int" else Fraction(self.rng.randint(-16, 16), 8)
        return Value(kind, k, "(%s)" % (int(k) if kind == "int" else float(k)))

    def make(self, depth, kinds=("int", "fixed", "bool", "bits")):
        if depth == 0 or self.rng.random() < .12:
            return self.leaf(kinds)
        kind = self.rng.choice(kinds)
        rules = {"int": self.INT, "fixed": self.FIXED, "bool": self.BOOL,
                 "bits": self.BITS}[kind]
        made = self.rng.choice(rules)(self, kind, depth - 1)
        return made if made is not None else self.leaf((kind,))

    def of(self, depth, *kinds):
        return self.make(depth, kinds)

    def arithmetic(self, kind, depth):
        a, b = self.of(depth, kind), self.of(depth, kind)
        op, fn = self.rng.choice([("+", operator.add), ("-", operator.sub), ("*", operator.mul)])
        return Value(kind, each(lambda c, d: fn(number(c), number(d)), a.value, b.value),
                     "(%s %s %s)" % (a.text, op, b.text), a.shared or b.shared)

    def choose(self, kind, depth):
        c, a, b = self.of(depth, "bool"), self.of(depth, kind), self.of(depth, kind)
        return Value(kind, each(lambda k, d, e: d if k else e, c.value, a.value, b.value, total=True),
                     "(if %s then %s else %s)" % (c.text, a.text, b.text), True)

    def where(self, kind, depth):
        a, c = self.of(depth, kind), self.of(depth, "bool")
        return Value(kind, each(lambda d, k: d if k else None, a.value, c.value, total=True),
                     "where(%s, %s)" % (a.text, c.text), a.shared or c.shared)

    def coalesce(self, kind, depth):
        a, b = self.of(depth, kind), self.leaf((kind,))
        if b.array and not a.array:
            return None
        return Value(kind, each(lambda d, e: e if d is None else d, a.value, b.value, total=True),
                     "coalesce(%s, %s)" % (a.text, b.text), a.shared or b.shared)

    def reduction(self, kind, depth):
        a = self.of(depth, kind)
        if not a.array:
            return None
        running, v = [], Fraction(0)
        for e in a.value:
            v += number(e) if e is not None else 0
            running.append(v)
        name = self.rng.choice(["sum", "cumsum"])
        return Value(kind, v if name == "sum" else running, "%s(%s)" % (name, a.text), a.shared)

    def pick(self, kind, depth):
        a = self.of(depth, kind)
        order = [self.rng.randrange(N) for _ in range(N)]
        if not a.array:
            return None
        if self.rng.random() < .5:
            return Value(kind, a.value[order[0]], "(%s)[%d]" % (a.text, order[0]), a.shared)
        return Value(kind, [a.value[i] for i in order], "(%s)[%s]" % (a.text, order), a.shared)

    def function(self, kind, depth):
        a = self.of(depth, kind)
        return Value(kind, each(lambda c: number(c) * 3 - 1, a.value), "lin(%s)" % a.text, a.shared)

    def comprehension(self, kind, depth):
        a, b = self.of(depth, kind), self.of(depth, kind)
        if not a.array or not b.array:
            return None
        return Value(kind, each(lambda c, d: number(c) * 2 + number(d), a.value, b.value),
                     "[(%s)[i] * 2 + (%s)[i] for i in 0..4]" % (a.text, b.text), a.shared or b.shared)

    def tally(self, kind, depth):
        a, c = self.of(depth, "int"), self.of(depth, "bool")
        if not a.array or not c.array or None in a.value:
            return None
        return Value(kind, sum((number(v) if k else -1 for v, k in zip(a.value, c.value)), Fraction(0)),
                     "tally(%s, %s)" % (a.text, c.text), True)

    def whole(self, kind, depth):
        a, k = self.of(depth, "int"), self.rng.choice([-3, -2, 2, 3, 7])
        op, fn = self.rng.choice([
            ("(%s // (%d))", lambda c: Fraction(math.floor(c / k))),
            ("(%s %% (%d))", lambda c: c - k * math.floor(c / k)),
            ("max(%s, (%d))", lambda c: max(c, k)), ("min(%s, (%d))", lambda c: min(c, k)),
            ("abs(%s + (%d))", lambda c: abs(c + k)), ("sign(%s - (%d))", lambda c: (c > k) - (c < k)),
            ("relu(%s + (%d))", lambda c: max(c + k, 0)),
            ("clamp(%s, -4, abs(%d))", lambda c: min(max(c, -4), abs(k)))])
        return Value(kind, each(lambda c: Fraction(fn(number(c))), a.value), op % (a.text, k), a.shared)

    def two(self, kind, depth):
        a, b = self.of(depth, "int"), self.of(depth, "int")
        op, fn = self.rng.choice([
            ("max(%s, %s)", max), ("min(%s, %s)", min),
            ("(%s // (abs(%s) + 1))", lambda c, d: Fraction(math.floor(c / (abs(d) + 1)))),
            ("(%s %% (abs(%s) + 2))", lambda c, d: c - (abs(d) + 2) * math.floor(c / (abs(d) + 2)))])
        return Value(kind, each(lambda c, d: fn(number(c), number(d)), a.value, b.value),
                     op % (a.text, b.text), a.shared or b.shared)

    def order(self, kind, depth):
        a = self.of(depth, "int")
        if not a.array or None in a.value:
            return self.order_missing(a)
        v = [number(e) for e in a.value]
        rank = sorted(range(N), key=lambda i: v[i])
        name, value = self.rng.choice([
            ("sort", sorted(v)), ("argsort", [Fraction(i) for i in rank]), ("max", max(v)),
            ("min", min(v)), ("argmax", Fraction(v.index(max(v)))), ("argmin", Fraction(v.index(min(v)))),
            ("unique_count", Fraction(len(set(v)))), ("reverse", v[::-1])])
        return Value(kind, value, "%s(%s)" % (name, a.text), a.shared)

    def order_missing(self, a):
        """What is missing stands last and is no extreme."""
        if not a.array:
            return None
        rank = sorted(range(N), key=lambda i: (a.value[i] is None, number(a.value[i] or 0)))
        v = a.present()
        name, value = self.rng.choice([
            ("sort", [a.value[i] and number(a.value[i]) for i in rank]),
            ("argsort", [Fraction(i) for i in rank]), ("max", max(v) if v else None),
            ("min", min(v) if v else None), ("unique_count", Fraction(len(set(v)))),
            ("argmin", Fraction(rank[0]) if v else None)])
        return Value("int", value, "%s(%s)" % (name, a.text), a.shared)

    def sort_by(self, kind, depth):
        a, k = self.of(depth, kind), self.of(depth, "int", "bool")
        if not a.array or not k.array:
            return None
        rank = sorted(range(N), key=lambda i: (k.value[i] is None, number(k.value[i] or 0)))
        return Value(kind, [a.value[i] for i in rank], "sort_by(%s, %s)" % (a.text, k.text),
                     a.shared or k.shared)

    def near(self, a, b):
        """Do truncations decide how any two of these compare?"""
        pairs = each(lambda c, d: abs(number(c) - number(d)), a, b)
        pairs = pairs if isinstance(pairs, list) else [pairs]
        return any(d is not None and d < Fraction(1, 1000) for d in pairs)

    def close_together(self, v):
        return any(self.near(v[i], v[j]) for i in range(N) for j in range(i))

    def order_fixed(self, kind, depth):
        a = self.of(depth, "fixed")
        if not a.array or None in a.value or self.close_together(a.value):
            return None
        v = [number(e) for e in a.value]
        name, value = self.rng.choice([("sort", sorted(v)), ("max", max(v)), ("min", min(v))])
        return Value(kind, value, "%s(%s)" % (name, a.text), a.shared)

    def place_fixed(self, kind, depth):
        a = self.of(depth, "fixed")
        if not a.array or None in a.value or self.close_together(a.value):
            return None
        v = [number(e) for e in a.value]
        name, value = self.rng.choice([
            ("argsort", [Fraction(i) for i in sorted(range(N), key=lambda i: v[i])]),
            ("argmax", Fraction(v.index(max(v)))), ("argmin", Fraction(v.index(min(v))))])
        return Value(kind, value, "%s(%s)" % (name, a.text), a.shared)

    def compare_fixed(self, kind, depth):
        a, b = self.of(depth, "fixed"), self.of(depth, "fixed", "int")
        if self.near(a.value, b.value):
            return None
        op, fn = self.rng.choice([("<", operator.lt), ("<=", operator.le), (">", operator.gt),
                                  (">=", operator.ge), ("==", operator.eq), ("!=", operator.ne)])
        return Value(kind, each(lambda c, d: fn(number(c), number(d)), a.value, b.value),
                     "(%s %s %s)" % (a.text, op, b.text), a.shared or b.shared)

    def unary_fixed(self, kind, depth):
        a = self.of(depth, "fixed")
        op, fn = self.rng.choice([("abs(%s)", abs), ("relu(%s)", lambda c: max(c, 0)),
                                  ("max(%s, 0.25)", lambda c: max(c, Fraction(1, 4))),
                                  ("clamp(%s, -1, 1)", lambda c: min(max(c, -1), 1)),
                                  ("(-%s)", operator.neg)])
        return Value(kind, each(lambda c: Fraction(fn(number(c))), a.value), op % a.text, a.shared)

    def bits_two(self, kind, depth):
        a, b = self.of(depth, kind), self.of(depth, kind)
        op, fn = self.rng.choice([("+", lambda c, d: (c + d) & MASK), ("^", operator.xor),
                                  ("&", operator.and_), ("|", operator.or_)])
        return Value(kind, each(fn, a.value, b.value), "(%s %s %s)" % (a.text, op, b.text), True)

    def bits_one(self, kind, depth):
        a, k = self.of(depth, kind), self.rng.randint(0, WIDTH)
        op, fn = self.rng.choice([
            ("(~%s)", lambda c: c ^ MASK), ("(%%s << %d)" % k, lambda c: (c << k) & MASK),
            ("(%%s >> %d)" % k, lambda c: c >> k),
            ("rotl(%%s, %d)" % k, lambda c: (c << k | c >> (WIDTH - k)) & MASK),
            ("rotr(%%s, %d)" % k, lambda c: (c >> k | c << (WIDTH - k)) & MASK)])
        return Value(kind, each(fn, a.value), op % a.text, True)

    def bits_of(self, kind, depth):
        a = self.of(depth, "int")
        if None in (a.value if a.array else [a.value]):
            return None
        return Value(kind, each(lambda c: int(number(c)) % 4096, a.value),
                     "((%s %% 4096) as bits<12>)" % a.text, True)

    def bits_number(self, kind, depth):
        a, k = self.of(depth, "bits"), self.rng.randint(1, WIDTH)
        op, fn = self.rng.choice([("(%s as int)", lambda c: c), ("popcount(%s)", lambda c: bin(c).count("1")),
                                  ("((%%s >> %d) as int)" % k, lambda c: c >> k)])
        return Value(kind, each(lambda c: Fraction(fn(c)), a.value), op % a.text, True)

    def bits_compare(self, kind, depth):
        a, b, k = self.of(depth, "bits"), self.of(depth, "bits"), self.rng.randrange(WIDTH)
        op, fn = self.rng.choice([("==", operator.eq), ("!=", operator.ne), ("[", lambda c, d: c >> k & 1 == 1)])
        if op == "[":
            text = "(%s)[%s%d]" % (a.text, ".., " if a.array else "", k)
            return Value(kind, each(lambda c: fn(c, 0), a.value), text, True)
        return Value(kind, each(fn, a.value, b.value), "(%s %s %s)" % (a.text, op, b.text), True)

    def put(self, kind, depth):
        """An assignment to an element that is secret, as a function."""
        i, a = self.of(depth, "int"), self.of(depth, "int")
        if not a.array or i.array or i.value is None or None in a.value:
            return None
        v = [number(e) for e in a.value]
        v[int(min(max(number(i.value), 0), N - 1))] = Fraction(7)
        return Value(kind, v, "put(%s, %s)" % (a.text, i.text), True)

    def best(self, kind, depth):
        a, c = self.of(depth, "int"), self.of(depth, "bool")
        if not a.array or not c.array or None in a.value:
            return None
        at = 0
        for i in range(N):
            if number(a.value[i]) > number(a.value[at]) and c.value[i]:
                at = i
        return Value(kind, Fraction(at), "best(%s, %s)" % (a.text, c.text), True)

    def look(self, kind, depth):
        a, i = self.of(depth, kind), self.of(depth, "int")
        if not a.array or i.array or i.value is None:
            return None
        k = int(min(max(number(i.value), 0), N - 1))
        return Value(kind, a.value[k], "(%s)[clamp(%s, 0, 3)]" % (a.text, i.text), True)

    def down(self, kind, depth):
        a, b = self.leaf(("fixed",)), self.leaf(("fixed",))
        op, fn = self.rng.choice([("floor", math.floor), ("round", round)])
        return Value(kind, each(lambda c, d: Fraction(fn(number(c) + number(d))), a.value, b.value),
                     "%s(%s + %s)" % (op, a.text, b.text), a.shared or b.shared)

    def count(self, kind, depth):
        a = self.of(depth, "int", "fixed", "bool")
        present = len(a.present()) if a.array else int(a.value is not None)
        return Value(kind, Fraction(present), "count(%s)" % a.text, a.shared)

    def divide(self, kind, depth):
        a, k = self.of(depth, "int", "fixed"), self.rng.choice([2, 3, -4, 10, 2.5, -0.75])
        return Value(kind, each(lambda c: number(c) / Fraction(k), a.value),
                     "(%s / (%s))" % (a.text, k), a.shared)

    def logic(self, kind, depth):
        a, b = self.of(depth, "bool"), self.of(depth, "bool")
        op, fn = self.rng.choice([("&&", lambda c, d: c and d), ("||", lambda c, d: c or d),
                                  ("!=", operator.ne), ("==", operator.eq)])
        return Value(kind, each(fn, a.value, b.value), "(%s %s %s)" % (a.text, op, b.text),
                     a.shared or b.shared)

    def negate(self, kind, depth):
        a = self.of(depth, "bool")
        return Value(kind, each(operator.not_, a.value), "(!%s)" % a.text, a.shared)

    def present(self, kind, depth):
        a = self.of(depth, "int", "fixed")
        return Value(kind, each(lambda c: c is not None, a.value, total=True), "present(%s)" % a.text,
                     True)

    def compare(self, kind, depth):
        a, b = self.of(depth, "int"), self.of(depth, "int")
        op, fn = self.rng.choice([("<", operator.lt), ("<=", operator.le), (">", operator.gt),
                                  (">=", operator.ge), ("==", operator.eq), ("!=", operator.ne)])
        return Value(kind, each(lambda c, d: fn(number(c), number(d)), a.value, b.value),
                     "(%s %s %s)" % (a.text, op, b.text), a.shared or b.shared)

    ALL = [choose, where, coalesce, pick, look, sort_by]
    ANY = ALL + [arithmetic, arithmetic, reduction, function, comprehension]
    INT = ANY + [tally, whole, whole, count, two, two, order, order, down, bits_number, place_fixed, put,
                 best]
    FIXED = ANY + [divide, divide, order_fixed, unary_fixed]
    BOOL = [logic, logic, negate, present, compare, compare, compare_fixed, bits_compare, choose, sort_by]
    BITS = ALL + [bits_two, bits_two, bits_two, bits_one, bits_one, bits_of]


def close(got, want):
    if isinstance(want, list):
        # A condition that is known takes one side, whose shape may be that of one value.
        got = got if isinstance(got, list) else [got] * N
        return all(close(a, b) for a, b in zip(got, want))
    if isinstance(got, str):
        return want is not None and int(got, 16) == want
    if want is None or isinstance(want, bool) or got is None or isinstance(got, bool):
        return got is want
    return math.isclose(float(got), float(want), rel_tol=1e-6, abs_tol=1e-6)


def inputs_of(rng):
    def cells(make, missing=0.0):
        return [make() if rng.random() >= missing else None for _ in range(N)]

    def whole():
        return rng.randint(-9, 9)

    def eighths():
        return rng.randint(-32, 32) / 8

    def bit():
        return rng.random() < .5

    def hexes():
        return "%x" % rng.choice([0, MASK, 2048, rng.randint(0, MASK)])

    return {"g": (cells(hexes), False), "h": (hexes(), True), "d": (cells(hexes), True),
            "x": (cells(whole), False), "u": (cells(whole, .3), False), "f": (cells(eighths), False),
            "q": (cells(bit), False), "s": (rng.randint(-5, 5), False), "y": (cells(whole), True),
            "w": (cells(eighths, .3), True), "r": (cells(bit), True)}


def owner(name, shared, protocol):
    return "a" if not shared else "c" if protocol.startswith("replicated") and name in THIRD else "b"


def head_for(protocol):
    if not protocol.startswith("replicated"):
        return HEAD
    lines = HEAD.replace("party b\n", "party b\nparty c\n").split("\n")
    return "\n".join(re.sub(" from b$", " from c", line) if line.split(" ")[1:2] in [[n] for n in THIRD]
                     else line for line in lines)


def run(konsil, folder, inputs, outputs, protocol):
    path = os.path.join(folder, "t.ksl")
    with open(path, "w") as f:
        f.write(head_for(protocol))
        f.write("".join("output o%d = %s to all\n" % (i, o.text) for i, o in enumerate(outputs)))
    args = [konsil, "run", path, "--json", "--protocol"] + protocol.split()
    for party in ["a", "b", "c"][:3 if protocol.startswith("replicated") else 2]:
        name = os.path.join(folder, party + ".json")
        with open(name, "w") as f:
            json.dump({k: v for k, (v, s) in inputs.items() if owner(k, s, protocol) == party}, f)
        args += ["--input", "%s=%s" % (party, name)]
    r = subprocess.run(args, capture_output=True, text=True, timeout=1200)
    if r.returncode == 3:
        return None
    return json.loads(r.stdout)["outputs"] if r.returncode == 0 else r.stderr


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    konsil = os.path.abspath(sys.argv[3] if len(sys.argv) > 3 else "konsil")
    rng, ran, bad = random.Random(seed), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for k in range(count):
            inputs = inputs_of(rng)
            maker = Generator(rng, inputs)
            outputs = [maker.make(rng.randint(1, 5)) for _ in range(6)]
            outputs = [o for o in outputs if len(o.text) < 400]
            got = run(konsil, folder, inputs, outputs, WAYS[k % len(WAYS)])
            if got is None:
                continue
            if isinstance(got, str):
                sys.exit("seed %d, program %d, %s: %s\n%s" % (seed, k, WAYS[k % len(WAYS)], got,
                         "\n".join(o.text for o in outputs)))
            for o, g in zip(outputs, got):
                ran += 1
                if not close(g["value"], o.value):
                    bad += 1
                    print("seed %d, program %d, %s: %s\n  is %s, not %s\n  %s" %
                          (seed, k, WAYS[k % len(WAYS)], o.text, g["value"], o.value, inputs))
    print("%d values agree, %d do not" % (ran - bad, bad))
    sys.exit(bad > 0 or ran < count * 2)


main()
