"""random_roles.py SEED COUNT [KONSIL]: random programs, whoever computes.

Parties and groups of parties, some without inputs, bring values of every kind and shape, also none at
all; outputs go to all, to groups, members, and each its own.  Under `additive` and `replicated`, with
random parties and helpers that compute, the others must get what `clear` gives, and each party a file
with its outputs and no others.  Statements that the compiler refuses are left out.
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

ROWS = [0, 1, 1, 2, 3, 5, 64, 65]
RANGES = [(0, 1000), (-5, 5), (0, 1), (3, 3), (-1000, -10), (-2 ** 31, 2 ** 31 - 1), (-2 ** 50, 3),
          (-10 ** 29, 10 ** 29), (0, 2 ** 100)]
HELPERS = ["h0", "aaa", "zz.top", "H-1", "x_9"]


class Input:
    def __init__(self, rng, name, party):
        self.name, self.party = name, party
        kind = rng.choice(["int", "int", "int", "bool", "oneof", "bits", "fixed"])
        self.kind, self.missing = kind, rng.random() < .3
        self.lo, self.hi = rng.choice(RANGES)
        self.levels = "abcde"[:rng.randint(1, 5)]
        self.width = rng.choice([1, 8, 63, 64, 65, 128, 129, 300])
        self.draw = {
            "int": lambda: rng.choice([self.lo, self.hi, rng.randint(self.lo, self.hi)]),
            "bool": lambda: rng.random() < .5, "oneof": lambda: rng.choice(self.levels),
            "bits": lambda: "%x" % rng.choice([0, 2 ** self.width - 1, rng.randrange(2 ** self.width)]),
            "fixed": lambda: rng.choice([-4, 4, rng.randint(-32, 32) / 8])}[kind]
        self.dims = rng.choice([[], [4], [64], [2, 3], ["*"], ["*"], ["*"], ["*", 2]])

    def declared(self):
        types = {"int": "int", "fixed": "fixed", "bool": "bool", "bits": "bits<%d>" % self.width,
                 "oneof": "oneof(%s)" % ", ".join('"%s"' % level for level in self.levels)}
        bounds = {"int": " in %d..%d" % (self.lo, self.hi), "fixed": " in -4..4"}.get(self.kind, "")
        shape = "" if self.dims == [] else " []" if self.dims == ["*"] else " " + str(self.dims)
        return "input %s : %s%s%s%s from %s" % (self.name, types[self.kind], "?" * self.missing, bounds,
                                                shape.replace("'", ""), self.party.name)

    def values(self, rng, rows, dims=None):
        dims = self.dims if dims is None else dims
        if dims:
            return [self.values(rng, rows, dims[1:]) for _ in range(rows if dims[0] == "*" else dims[0])]
        return None if self.missing and rng.random() < .25 else self.draw()


class Party:
    def __init__(self, rng, name):
        self.name, self.group = name, rng.random() < .55
        self.members = ["%s[%d]" % (name, i) for i in range(rng.choice([1, 2, 2, 3]))] \
            if self.group else [name]
        self.inputs = []

    def declared(self, rng):
        sizes = ["[]", "[1..6]", "[%d]" % len(self.members)]
        return "party " + self.name + (rng.choice(sizes) if self.group else "")


class Program:
    def __init__(self, rng):
        self.rng = rng
        self.parties = [Party(rng, "p%d" % i) for i in range(rng.randint(1, 4))]
        self.inputs = []
        for p in self.parties:
            if p is self.parties[0] or p.group or rng.random() < .8:
                p.inputs = [Input(rng, "i%d" % (len(self.inputs) + k), p) for k in range(rng.randint(1, 4))]
                self.inputs += p.inputs
        self.lines = ["use stats"] + [p.declared(rng) for p in self.parties]
        self.lines += [i.declared() for i in self.inputs]
        self.fixed = len(self.lines)
        self.statements()

    def members(self):
        return [m for p in self.parties for m in p.members]

    def tables(self):
        for p in self.parties:
            for i, _ in enumerate(p.members if p.inputs else []):
                rows = self.rng.choice(ROWS)
                yield p.name, i, {x.name: x.values(self.rng, rows) for x in p.inputs}

    def one_of(self, *kinds):
        return self.rng.choice([i for i in self.inputs if i.kind in kinds] or [None])

    def scalar(self):
        x = self.one_of("int", "int", "fixed")
        return "2" if x is None else x.name if x.dims == [] and not x.party.group else "sum(%s)" % x.name

    def number(self):
        x = self.one_of("int", "bool", "fixed")
        return "3" if x is None else x.name

    def condition(self):
        x = self.one_of("bool", "int", "oneof")
        return "true" if x is None else {"bool": x.name, "oneof": '(%s == "a")' % x.name,
                                         "int": "(%s > %d)" % (x.name, (x.lo + x.hi) // 2)}[x.kind]

    def expression(self):
        x = self.rng.choice(self.inputs)
        other = self.one_of("oneof", "bool") or x
        texts = ["{x}", "{x}", "{x}[0]", "sort({x})", "argsort({x})", "reverse({x})", "sort(shuffle({x}))",
                 "len({x})", "site_of({x})", "concat({x}, {x})", "count({x})", "{x}.where({c})",
                 "count({x}.where({c}))", "reveal({x})", "if {c} then {x} else {x}[0]", "unique_count({x})",
                 "{x} == {x}[0]", "any(present({x}))", "sort_by({x}, {n})",
                 "lookup({x}, clamp({s}, 0, len({x}) - 1))"]
        texts += {"bool": ["any({x})", "!{x}", "{x} && {c}", "counts({x})", "{x} * {n}", "mean({x})"],
                  "oneof": ["counts({x})", "{x} as int", "dummies({x})", "table2({x}, {o})"],
                  "bits": ["popcount({x})", "{x} ^ {x}[0]", "{x} + {x}", "rotl({x}, 3)", "{x} as int",
                           "{x} << 1", "{x}[.., 0]"]}.get(x.kind, [
                      "sum({x})", "mean({x})", "{x} * 2 + 1", "{x} * {n}", "max({x})", "argmax({x})",
                      "mean({x}) / (reveal(count({x})) + 2)", "sd({x}) / (reveal(abs(max({x}))) + 1)",
                      "cumsum({x})", "sd({x})", "sum({x}, axis=0)", "{x} > {n}", "{x} // 3", "sum({x}) / {s}",
                      "if {s} > {s} then 1 else 2", "histogram({x}, %d, %d, 4)" % (x.lo, x.hi + 1)])
        return self.rng.choice(texts).format(x=x.name, c=self.condition(), n=self.number(),
                                             s=self.scalar(), o=other.name)

    def recipients(self):
        p = self.rng.choice(self.parties)
        to = self.rng.choice(["all", "all", p.name, self.rng.choice(p.members)] +
                             3 * ["each " + p.name] * p.group)
        if to != "all" and self.rng.random() < .25:
            to += ", " + self.rng.choice(self.rng.choice(self.parties).members)
        return to

    def guards(self, x):
        """None, or some, in any order; where they do not suit the output, it is refused and left out."""
        own = self.rng.choice(["{x} > {n}", "{x} == {x}[0]", "{c}", "{x} // 3 == 1", "count({x}) < 3",
                               "!present({x})", "[count({x}) > 2]"])
        guards = [" require len({x}) > 2", " require reveal(count({x})) >= 3", " require count({x}) >= 3",
                  " require {s} > {s}", " require any({c})", " suppress below 2", " suppress below 4",
                  " withhold where " + own, " withhold where " + own, " round to 5", " round to 4",
                  " round to 0.5", " round to 0.3"]
        some = self.rng.sample(guards, self.rng.choice([0, 0, 0, 1, 1, 2, 3]))
        return "".join(some).format(x=x, c=self.condition(), n=self.number(), s=self.scalar())

    def statements(self):
        x = self.one_of("int")
        wide = "-%d..%d" % (10 ** 32, 10 ** 32)
        if x is not None and len(x.dims) == 1 and self.rng.random() < .5:
            self.lines += ["var t : int in %s = 0" % wide,
                           "for v in %s { if v > %s { t += v } else { t -= 1 } }" % (x.name, self.scalar()),
                           "output t to " + self.recipients()]
        if self.rng.random() < .3:
            self.lines += ["let few = %s as int in %d..5" % (self.scalar(), self.rng.choice([-3, -2 ** 62])),
                           "output few to " + self.recipients()]
        for i in range(self.rng.randint(3, 8)):
            x = self.rng.choice(self.inputs).name
            self.lines.append("output o%d = %s to %s%s" % (i, self.expression(), self.recipients(),
                                                           self.guards(x)))


def konsil(*args):
    r = subprocess.run([KONSIL, "run", "--json", *args], capture_output=True, text=True, timeout=1200)
    if r.returncode in (0, 10):
        return r.returncode, json.loads(r.stdout)
    return r.returncode, json.loads(r.stderr)["error"]


def in_clear(program, path, args):
    """What clear gives, without the statements that it refuses; None if something else is refused."""
    while len(program.lines) > program.fixed:
        with open(path, "w") as f:
            f.write("\n".join(program.lines) + "\n")
        status, got = konsil(path, "--protocol", "clear", *args)
        if status in (0, 10):
            return got["outputs"] or None
        if status not in (3, 4) or (got["line"] or 0) <= program.fixed or got["file"] != path:
            return None if status in (3, 4) else got
        del program.lines[got["line"] - 1]
    return None


def same(a, b, near):
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k], near) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y, near) for x, y in zip(a, b))
    if near and isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return abs(a - b) <= 1e-5 * max(1, abs(a))
    return a == b


def wrong_output(want, got):
    for a, b in zip(want, got):
        near = "fixed" in a["type"] or "real" in a["type"]
        if any(a[k] != b[k] for k in ("name", "to", "withheld")) or not same(a["value"], b["value"], near):
            return "%s: %s, not %s" % (a["name"], json.dumps(b), json.dumps(a))
    return None if len(want) == len(got) else "%d outputs, not %d" % (len(got), len(want))


def wrong_file(program, want, folder):
    for m in program.members():
        gets = sorted(o["name"] for o in want if m in o["to"])
        path, has = os.path.join(folder, m + ".result.json"), []
        if os.path.exists(path):
            with open(path) as f:
                has = sorted(o["name"] for o in json.load(f)["outputs"])
        if has != gets:
            return "%s has %s, not %s" % (path, has, gets)
    return None


def way(rng, members):
    protocol = rng.choice(["additive", "replicated", "replicated"])
    n = 3 if protocol == "replicated" else rng.choice([2, 2, 3, 4, 5])
    nodes = rng.sample(members, min(len(members), rng.choice([0, 0, 1, 2, n]), n))
    nodes += HELPERS[:n - len(nodes)]
    rng.shuffle(nodes)
    return ["--protocol", protocol, "--compute", ",".join(nodes)] + rng.choice([[], [], ["--no-local"]])


def one(rng, folder):
    """None if the program does not count, else what is wrong, or ""."""
    program, path, args = Program(rng), os.path.join(folder, "p.ksl"), []
    for group, i, values in program.tables():
        name = os.path.join(folder, "%s.%d.json" % (group, i))
        with open(name, "w") as f:
            json.dump(values, f)
        args += ["--input", "%s=%s" % (group, name)]
    want = in_clear(program, path, args)
    if not isinstance(want, list):
        return None if want is None else "clear: %s" % want
    out, how = os.path.join(folder, "out"), way(rng, program.members())
    status, got = konsil(path, "-o", out, *args, *how)
    if status == 3:
        return None
    wrong = "status %d: %s" % (status, got) if status not in (0, 10) else \
        wrong_output(want, got["outputs"]) or wrong_file(program, want, out)
    return "" if wrong is None else "%s: %s" % (how, wrong)


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    ran, bad = 0, 0
    for k in range(count):
        folder = tempfile.mkdtemp()
        wrong = one(random.Random("%d/%d" % (seed, k)), folder)
        ran += wrong is not None
        if wrong:
            bad += 1
            print("seed %d, program %d, %s" % (seed, k, wrong))
            for name in sorted(os.listdir(folder)):
                if not name.endswith("out"):
                    print("--", name)
                    print(open(os.path.join(folder, name)).read())
        shutil.rmtree(folder)
    print("%d programs agree, %d do not" % (ran - bad, bad))
    sys.exit(bad > 0 or ran < count // 2)


KONSIL = os.path.abspath(sys.argv[3] if len(sys.argv) > 3 else "konsil")
if __name__ == "__main__":
    main()
