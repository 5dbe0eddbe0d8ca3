"""random_ml.py SEED COUNT [KONSIL]: layers and trees of the library `ml`, run by konsil and by Python.

Shapes, strides, paddings, weights and rows are random; what Python computes in doubles and what each
protocol computes must be equal within the tolerance written beside each result, and classes exactly.
"""
import json
import math
import os
import random
import subprocess
import sys
import tempfile

WAYS = ["clear", "replicated --compute owner,ward,cloud", "additive", "clear", "additive --no-local",
        "replicated --no-local --compute owner,ward,cloud", "yao", "mixed --network lan"]


def draw(rng, lo, hi, *dims):
    """On a grid, so that there are ties."""
    if not dims:
        return rng.randint(lo * 16, hi * 16) / 16
    return [draw(rng, lo, hi, *dims[1:]) for _ in range(dims[0])]


def dot(a, b):
    return sum(p * q for p, q in zip(a, b))


def dense(x, w, b):
    return [[dot(row, k) + c for k, c in zip(w, b)] for row in x]


def conv2d(x, w, b, stride, padding):
    return [[[[c + sum(k[q][di][dj] * at(image[q], i * stride + di - padding, j * stride + dj - padding)
                       for q in range(len(k)) for di in range(len(k[0])) for dj in range(len(k[0][0])))
               for j in range((len(image[0][0]) + 2 * padding - len(k[0][0])) // stride + 1)]
              for i in range((len(image[0]) + 2 * padding - len(k[0])) // stride + 1)]
             for k, c in zip(w, b)] for image in x]


def at(plane, i, j):
    return plane[i][j] if 0 <= i < len(plane) and 0 <= j < len(plane[0]) else 0


def pool(x, size, stride, how):
    return [[[[how([plane[i * stride + di][j * stride + dj] for di in range(size) for dj in range(size)])
               for j in range((len(plane[0]) - size) // stride + 1)]
              for i in range((len(plane) - size) // stride + 1)] for plane in image] for image in x]


def norm(v, mean, var, scale, shift):
    return (v - mean) / math.sqrt(var + 1e-5) * scale + shift


def flat(x):
    return [v for e in x for v in flat(e)] if isinstance(x, list) else [x]


def softmax(row):
    e = [math.exp(v - max(row)) for v in row]
    return [v / sum(e) for v in e]


def first_best(row):
    return row.index(max(row))


def network(rng):
    """The program, the parties' inputs, and what must come out with its tolerance."""
    n, c, o, k = (rng.randint(1, 3) for _ in range(4))
    h, wide = rng.randint(k + 1, 6), rng.randint(k + 1, 6)
    stride, padding, step, q = rng.randint(1, 3), rng.randint(0, 2), rng.randint(1, 2), rng.randint(1, 4)
    x, w, b = draw(rng, 0, 1, n, c, h, wide), draw(rng, -1, 1, o, c, k, k), draw(rng, -1, 1, o)
    mean, scale, shift = draw(rng, -1, 1, o), draw(rng, -2, 2, o), draw(rng, -1, 1, o)
    var = [.25 + abs(v) for v in draw(rng, -2, 2, o)]
    y = conv2d(x, w, b, stride, padding)
    side = min(len(y[0][0]), len(y[0][0][0]), 2)
    normed = [[[[norm(v, mean[j], var[j], scale[j], shift[j]) for v in row] for row in plane]
               for j, plane in enumerate(image)] for image in y]
    hidden = [flat(image) for image in pool(normed, side, step, lambda v: max(max(v), 0))]
    u, s = draw(rng, -1, 1, q, len(hidden[0])), draw(rng, -1, 1, q)
    scores = dense(hidden, u, s)
    text = f"""use ml
party owner
party ward
input w : fixed in -1..1 [{o}, {c}, {k}, {k}] from owner
input b : fixed in -1..1 [{o}] from owner
input m : fixed in -1..1 [{o}] from owner
input v : fixed in 0..4 [{o}] from owner
input g : fixed in -2..2 [{o}] from owner
input d : fixed in -1..1 [{o}] from owner
input u : fixed in -1..1 [{q}, {len(hidden[0])}] from owner
input s : fixed in -1..1 [{q}] from owner
input x : fixed in 0..1 [{n}, {c}, {h}, {wide}] from ward
let y = conv2d(x, w, b, stride = {stride}, padding = {padding})
let f = fold_batch_norm(w, b, m, v, g, d)
let z = conv2d(x, f.w, f.b, {stride}, {padding})
let scores = dense(reshape(relu(maxpool(z, {side}, {step})), {n}, {len(hidden[0])}), u, s)
output y = y to all
output z = z to all
output z2 = batch_norm(y, m, v, g, d) to all
output mean = avgpool(y, {side}) to all
output scores = scores to all
output p = softmax(scores) to all
output class = argmax(x[0, 0], axis = 1) to all
output least = argmin(x, axis = {rng.randrange(4)}) to all
"""
    axis = int(text.rsplit("axis = ", 1)[1].split(")")[0])
    want = {"y": (y, 1e-8), "z": (normed, 1e-7), "z2": (normed, 1e-7), "scores": (scores, 1e-5),
            "mean": (pool(y, side, side, lambda v: sum(v) / len(v)), 1e-8),
            "p": ([softmax(row) for row in scores], 1e-4),
            "class": ([first_best(row) for row in x[0][0]], 0), "least": (argmin(x, axis), 0)}
    return text, {"owner": {"w": w, "b": b, "m": mean, "v": var, "g": scale, "d": shift, "u": u, "s": s},
                  "ward": {"x": x}}, want


def argmin(x, axis):
    if axis == 0:
        return first_of(x)
    return [argmin(e, axis - 1) for e in x]


def first_of(x):
    """Which of the arrays in x is the first to be least, element by element."""
    if not isinstance(x[0], list):
        return x.index(min(x))
    return [first_of([e[i] for e in x]) for i in range(len(x[0]))]


def leaf_of(row, feature, threshold):
    at = 0
    while at < len(feature):
        at = 2 * at + (1 if row[feature[at]] <= threshold[at] else 2)
    return at - len(feature)


def trees(rng):
    n, d, t, depth, k = (rng.randint(1, 4) for _ in range(5))
    inner = 2 ** depth - 1
    x = draw(rng, -1, 1, n, d)
    feature = [[rng.randrange(d) for _ in range(inner)] for _ in range(t)]
    threshold, leaf = draw(rng, -1, 1, t, inner), draw(rng, -1, 1, t, inner + 1, k)
    known = rng.random() < .3
    source = "param %s : %s = " if known else "input %s : %s from owner"
    said = {"f": (f"int in 0..{d - 1} [{t}, {inner}]", feature),
            "c": (f"fixed in -1..1 [{t}, {inner}]", threshold),
            "l": (f"fixed in -1..1 [{t}, {inner + 1}, {k}]", leaf)}
    text = "use ml\nparty owner\nparty ward\n"
    for name, (kind, value) in said.items():
        if known:
            kind = kind.replace(" in -1..1", "").replace(f" in 0..{d - 1}", "")
        text += source % (name, kind) + (json.dumps(value) if known else "") + "\n"
    text += f"""input none : int [1] from owner
input x : fixed in -1..1 [{n}, {d}] from ward
output one = decision_tree(x, f[0], c[0], l[0]) to all
output value = decision_tree(x, f[0], c[0], l[0, .., 0]) to all
output mean = forest(x, f, c, l) to all
output vote = forest(x, f, c, l, vote = true) to all
output boost = boosted(x, f, c, l[.., .., 0], base = -0.5, logistic = true) to all
"""
    got = [[leaf[i][leaf_of(row, feature[i], threshold[i])] for i in range(t)] for row in x]
    want = {"one": ([g[0] for g in got], 1e-9), "value": ([g[0][0] for g in got], 1e-9),
            "mean": ([[sum(v[j] for v in g) / t for j in range(k)] for g in got], 1e-8),
            "vote": ([[sum(first_best(v) == j for v in g) / t for j in range(k)] for g in got], 1e-8),
            "boost": ([1 / (1 + math.exp(.5 - sum(v[0] for v in g))) for g in got], 1e-8)}
    owner = {"none": [0]}
    if not known:
        owner.update((name, value) for name, (_, value) in said.items())
    return text, {"owner": owner, "ward": {"x": x}}, want


def run(konsil, folder, text, inputs, extra):
    program = os.path.join(folder, "t.ksl")
    args = [konsil, "run", program, "--json", "--protocol"] + extra
    with open(program, "w") as f:
        f.write(text)
    for party, values in inputs.items():
        name = os.path.join(folder, party + ".json")
        with open(name, "w") as f:
            json.dump(values, f)
        args += ["--input", "%s=%s" % (party, name)]
    r = subprocess.run(args, capture_output=True, text=True, timeout=300)
    if r.returncode != 0:
        return "status %d: %s" % (r.returncode, r.stderr)
    return {o["name"]: o["value"] for o in json.loads(r.stdout)["outputs"]}


def differs(got, want, tolerance):
    if isinstance(want, list):
        return not isinstance(got, list) or len(got) != len(want) or any(
            differs(g, w, tolerance) for g, w in zip(got, want))
    return got is None or abs(got - want) > tolerance * max(1, abs(want))


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    konsil = os.path.abspath(sys.argv[3] if len(sys.argv) > 3 else "konsil")
    rng, bad = random.Random(seed), 0
    with tempfile.TemporaryDirectory() as folder:
        for k in range(count):
            text, inputs, want = (network if k % 2 == 0 else trees)(rng)
            way = WAYS[rng.randrange(len(WAYS))].split()
            got = run(konsil, folder, text, inputs, way)
            wrong = [got] if isinstance(got, str) else [
                "%s is %s, not %s" % (name, got[name], value)
                for name, (value, tolerance) in want.items() if differs(got[name], value, tolerance)]
            if wrong:
                bad += 1
                print("seed %d, program %d, %s:\n%s\n%s%s" % (seed, k, way, "\n".join(wrong), text,
                                                              json.dumps(inputs)))
    print("%d programs agree, %d do not" % (count - bad, bad))
    sys.exit(bad > 0)


main()
