"""random_statements.py SEED COUNT [KONSIL]: random imperative programs, run by konsil and by Python.

Loops, branches on known, counted, local and shared bits and on comparisons, assignments to variables,
elements (also where a secret says), rows, bools and bits: each program is written twice, once in Konsil
and once in Python, and both must end with the same variables.  Under `replicated` a third party,
the first of them, brings one of b's inputs.  What the compiler refuses does not count.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

N = 4
LIMIT = 10 ** 11
HEAD = """party a
party b
param n : int = 4
input x : int in 0..3 [4] from a
input q : bool [4] from a
input p : bool from a
input g : bits<9> from a
input y : int in -3..3 [4] from b
input k : int in 0..3 [4] from b
input h : bits<9> [4] from b
input r : bool [4] from b
var s : int in -1000000000000..1000000000000 = 0
var t : int in -1000000000000..1000000000000 = 1
var v : int in -1000000000000..1000000000000 [4] = x
var m : int in -1000000000000..1000000000000 [4, 4]
var z = q
var c = false
var u = g
var e = h
"""
WAYS = ["clear", "additive", "replicated", "clear", "yao", "replicated --no-local",
        "mixed --network lan", "clear", "additive --no-local", "replicated --network lan",
        "mixed --network wan --no-local", "replicated --no-local --network wan"]


class Program:
    """Every piece of text is a pair: Konsil, Python."""

    def __init__(self, rng):
        self.rng = rng
        self.loops = []
        self.lines = []
        self.python = []
        self.block(4, 0, rng.randint(2, 5))

    def index(self):
        if self.rng.random() < .12:
            text = "k[%d]" % self.rng.randrange(N)
        elif self.loops and self.rng.random() < .7:
            i = self.rng.choice(self.loops)
            text = self.rng.choice([i, i, i, "3 - " + i, "(%s + %d) %% 4" % (i, self.rng.randint(1, 3))])
        else:
            text = str(self.rng.randrange(N))
        return text, text

    def leaf(self):
        kind = self.rng.choice("stvxymki")
        (i, pi), (j, pj) = self.index(), self.index()
        if kind in "st":
            return kind, kind
        if kind == "m":
            return "m[%s, %s]" % (i, j), "m[%s][%s]" % (pi, pj)
        if kind in "vxy":
            return "%s[%s]" % (kind, i), "%s[%s]" % (kind, pi)
        text = self.rng.choice(self.loops) if kind == "i" and self.loops else "(%d)" % self.rng.randint(-3, 3)
        return text, text

    def expr(self, depth):
        if depth == 0 or self.rng.random() < .25:
            return self.leaf()
        a, b, op = self.expr(depth - 1), self.expr(depth - 1), self.rng.choice("+-+-*?")
        if op == "*":
            k = self.rng.randint(-2, 2)
            return tuple("(%s * (%d))" % (e, k) for e in a)
        if op == "?":
            c = self.condition()
            return ("(if %s then %s else %s)" % (c[0], a[0], b[0]),
                    "(%s if %s else %s)" % (a[1], c[1], b[1]))
        return tuple("(%s %s %s)" % (e, op, f) for e, f in zip(a, b))

    def condition(self):
        i, pi = self.index()
        (a, pa), (b, pb), k = self.leaf(), self.leaf(), self.rng.randrange(9)
        op = self.rng.choice(["<", "<=", "==", "!=", ">", ">="])
        choices = 3 * [("%s %s %s" % (a, op, b), "(%s %s %s)" % (pa, op, pb))] + [
                   ("c", "c"), ("z[%s]" % i, "z[%s]" % pi), ("!z[k[%s]]" % i, "(not z[k[%s]])" % pi),
                   ("u[%d]" % k, "(u >> %d & 1 == 1)" % k), ("e[%s] == u" % i, "(e[%s] == u)" % pi),
                   ("e[%s, %d]" % (i, k), "(e[%s] >> %d & 1 == 1)" % (pi, k)),
                   ("q[%s]" % i, "q[%s]" % pi), ("p", "p"), ("!r[%s]" % i, "(not r[%s])" % pi),
                   ("x[%s] > 1" % i, "(x[%s] > 1)" % pi), ("n == 4", "True"), ("n > 5", "False"),
                   ("q[%s] && p" % i, "(q[%s] and p)" % pi)]
        if self.loops:
            c, k = self.rng.choice(self.loops), self.rng.randint(0, 3)
            choices += 2 * [("%s > %d" % (c, k), "(%s > %d)" % (c, k)),
                            ("%s %% 2 == 0" % c, "(%s %% 2 == 0)" % c),
                            ("%s == %d && p" % (c, k), "(%s == %d and p)" % (c, k))]
        return self.rng.choice(choices)

    def add(self, indent, konsil, python):
        self.lines.append("\t" * indent + konsil)
        if python is not None:
            self.python.append("\t" * indent + python)

    def block(self, depth, indent, count):
        for _ in range(count):
            self.statement(depth, indent)

    def loop(self, depth, indent):
        i = "i%d" % len(self.loops)
        bounds = [("0", "4"), ("1", "3"), ("2", "3"), ("1", "1")]
        bounds += [(c, "4") for c in self.loops] + [("0", c + " + 1") for c in self.loops]
        lo, hi = self.rng.choice(bounds)
        self.add(indent, "for %s in %s..%s {" % (i, lo, hi), "for %s in range(%s, %s):" % (i, lo, hi))
        self.loops.append(i)
        self.block(depth - 1, indent + 1, self.rng.randint(1, 3))
        self.loops.pop()
        self.add(indent, "}", None)

    def branch(self, depth, indent):
        c = self.condition()
        self.add(indent, "if %s {" % c[0], "if %s:" % c[1])
        self.block(depth - 1, indent + 1, self.rng.randint(1, 2))
        if self.rng.random() < .5:
            self.add(indent, "} else {", "else:")
            self.block(depth - 1, indent + 1, self.rng.randint(1, 2))
        self.add(indent, "}", None)

    def strings(self, depth):
        """Bits: a pair as everywhere."""
        if depth == 0:
            i, pi = self.index()
            return self.rng.choice([("u", "u"), ("g", "g"), ("e[%s]" % i, "e[%s]" % pi),
                                    ("h[%s]" % i, "h[%s]" % pi)])
        (a, pa), (b, pb), k = self.strings(depth - 1), self.strings(depth - 1), self.rng.randint(0, 9)
        return self.rng.choice([
            ("(%s + %s)" % (a, b), "((%s + %s) & 511)" % (pa, pb)),
            ("(%s ^ %s)" % (a, b), "(%s ^ %s)" % (pa, pb)), ("(%s & ~%s)" % (a, b), "(%s & ~%s)" % (pa, pb)),
            ("rotl(%s, %d)" % (a, k), "((%s << %d | %s >> %d) & 511)" % (pa, k, pa, 9 - k)),
            ("(%s >> %d)" % (a, k), "(%s >> %d)" % (pa, k)),
            ("(%s << %d)" % (a, k), "(%s << %d & 511)" % (pa, k))])

    def assign_bits(self, indent):
        (i, pi), (s, ps), k = self.index(), self.strings(2), self.rng.randrange(9)
        c, pc = self.condition()
        konsil, python = self.rng.choice([
            ("u = " + s, "u = " + ps), ("e[%s] = %s" % (i, s), "e[%s] = %s" % (pi, ps)),
            ("u[%d] = %s" % (k, c), "u = u & ~(1 << %d) | (bool(%s) << %d)" % (k, pc, k)),
            ("c = " + c, "c = bool(%s)" % pc), ("z[%s] = %s" % (i, c), "z[%s] = bool(%s)" % (pi, pc)),
            ("z = [v[j] > s for j in 0..4]", "z = [v[j] > s for j in range(4)]"),
            ("e = rotl(e, 2)", "e = [(f << 2 | f >> 7) & 511 for f in e]")])
        self.add(indent, konsil, python)

    def statement(self, depth, indent):
        kind = self.rng.random()
        if self.rng.random() < .2:
            return self.assign_bits(indent)
        if depth > 0 and kind < .25 and len(self.loops) < 3:
            return self.loop(depth, indent)
        if depth > 0 and kind < .5:
            return self.branch(depth, indent)
        target, op, e = self.rng.choice("stvvmw"), self.rng.choice(["=", "=", "+=", "-="]), self.expr(2)
        (i, pi), (j, pj) = self.index(), self.index()
        left = {"s": ("s", "s"), "t": ("t", "t"), "v": ("v[%s]" % i, "v[%s]" % pi),
                "m": ("m[%s, %s]" % (i, j), "m[%s][%s]" % (pi, pj))}.get(target)
        if left is not None:
            return self.add(indent, "%s %s %s" % (left[0], op, e[0]), "%s %s %s" % (left[1], op, e[1]))
        if self.rng.random() < .5:
            return self.add(indent, "v = y - v", "v = [b - a for a, b in zip(v, y)]")
        return self.add(indent, "m[%s] = v" % i, "m[%s] = list(v)" % pi)


def with_third(head, inputs):
    """Input k is another party's."""
    k = "input k : int in 0..3 [4] from "
    head = "party third\n" + head.replace(k + "b", k + "third")
    rest = {name: v for name, v in inputs["b"].items() if name != "k"}
    return head, {"a": inputs["a"], "b": rest, "third": {"k": inputs["b"]["k"]}}


def run(konsil, folder, program, inputs, extra):
    path, head = os.path.join(folder, "t.ksl"), HEAD
    if "replicated" in extra:
        head, inputs = with_third(head, inputs)
    with open(path, "w") as f:
        f.write(head + "\n".join(program.lines) + "\n")
        f.write("".join("output %s to all\n" % name for name in "stvmzcue"))
    args = [konsil, "run", path, "--unchecked", "--json"] + extra
    for party, values in inputs.items():
        name = os.path.join(folder, party + ".json")
        with open(name, "w") as f:
            json.dump(values, f)
        args += ["--input", "%s=%s" % (party, name)]
    r = subprocess.run(args, capture_output=True, text=True, timeout=1200)
    if r.returncode == 3:
        return None
    if r.returncode != 0:
        return "status %d: %s" % (r.returncode, r.stderr)
    return {o["name"]: plain(o["value"]) for o in json.loads(r.stdout)["outputs"]}


def plain(v):
    return [plain(e) for e in v] if isinstance(v, list) else int(v, 16) if isinstance(v, str) else v


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    konsil = os.path.abspath(sys.argv[3] if len(sys.argv) > 3 else "konsil")
    rng, ran, bad = random.Random(seed), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for k in range(count):
            inputs = {"a": {"x": [rng.randint(0, 3) for _ in range(N)],
                            "q": [rng.random() < .5 for _ in range(N)], "p": rng.random() < .5,
                            "g": "%x" % rng.randrange(512)},
                      "b": {"k": [rng.randrange(N) for _ in range(N)],
                            "h": ["%x" % rng.choice([0, 511, rng.randrange(512)]) for _ in range(N)],
                            "y": [rng.randint(-3, 3) for _ in range(N)],
                            "r": [rng.random() < .5 for _ in range(N)]}}
            program = Program(rng)
            state = dict(inputs["a"], **inputs["b"], s=0, t=1, v=list(inputs["a"]["x"]), n=4,
                         m=[[0] * N for _ in range(N)], z=list(inputs["a"]["q"]), c=False,
                         u=plain(inputs["a"]["g"]), e=plain(inputs["b"]["h"]))
            state.update(g=state["u"], h=list(state["e"]))
            exec("\n".join(program.python), state)
            want = {name: state[name] for name in "stvmzcue"}
            if max(map(abs, [want["s"], want["t"]] + want["v"] + sum(want["m"], []))) > LIMIT:
                continue
            extra = ["--protocol"] + WAYS[k % len(WAYS)].split()
            got = run(konsil, folder, program, inputs, extra)
            if got is None:
                continue
            ran += 1
            if got != want:
                bad += 1
                print("seed %d, program %d, %s: %s, not %s\n%s" %
                      (seed, k, extra[1:], got, want, json.dumps(inputs)))
                print(open(os.path.join(folder, "t.ksl")).read())
    print("%d programs agree, %d do not" % (ran - bad, bad))
    sys.exit(bad > 0 or ran < count // 2)


main()
