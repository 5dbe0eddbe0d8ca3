"""random_ml.py SEED COUNT [KONSIL]: the functions of the library `ml`, run by konsil and by Python.

Shapes, strides, paddings, batches, weights and rows are random; what Python computes in doubles and what each
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


def conv2d(x, w, b, stride, padding, dilation=(1, 1), groups=1):
    def steps(length, size, axis):
        return range((length + 2 * padding - dilation[axis] * (size - 1) - 1) // stride[axis] + 1)
    each = len(w) // groups
    return [[[[c + sum(k[q][di][dj] * at(image[o // each * len(k) + q], i * stride[0] + di * dilation[0] - padding,
                                         j * stride[1] + dj * dilation[1] - padding)
                       for q in range(len(k)) for di in range(len(k[0])) for dj in range(len(k[0][0])))
               for j in steps(len(image[0][0]), len(k[0][0]), 1)]
              for i in steps(len(image[0]), len(k[0]), 0)]
             for o, (k, c) in enumerate(zip(w, b))] for image in x]


def at(plane, i, j):
    return plane[i][j] if 0 <= i < len(plane) and 0 <= j < len(plane[0]) else 0


def padded_pool(x, size, stride, sides, how):
    """sides: above, left, below, right; what is outside does not count."""
    def of(plane):
        high, wide = len(plane), len(plane[0])
        return [[how([plane[r][s] for r in range(i, i + size[0]) for s in range(j, j + size[1])
                      if 0 <= r < high and 0 <= s < wide])
                 for j in range(-sides[1], wide + sides[3] - size[1] + 1, stride[1])]
                for i in range(-sides[0], high + sides[2] - size[0] + 1, stride[0])]
    return [[of(plane) for plane in image] for image in x]


def mean(v):
    return sum(v) / len(v)


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
    y = conv2d(x, w, b, (stride, stride), padding)
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


def images(rng):
    """Convolutions in groups and pools that stand out of the image."""
    n, groups, inner, each = rng.randint(1, 3), rng.choice([1, 2, 3, 9]), rng.randint(1, 2), rng.randint(1, 2)
    kernel, dilation = ([rng.randint(1, m) for _ in range(2)] for m in (3, 2))
    stride, step, size = ([rng.randint(1, 3) for _ in range(2)] for _ in range(3))
    high, wide = (rng.randint(max(d * (k - 1) + 1, s), 7) for d, k, s in zip(dilation, kernel, size))
    padding = rng.randint(0, 2)
    sides = [rng.randint(0, size[j % 2] - 1) for j in range(4)]
    x = draw(rng, -1, 1, n, groups * inner, high, wide)
    w, b = draw(rng, -1, 1, groups * each, inner, *kernel), draw(rng, -1, 1, groups * each)
    text = f"""use ml
party owner
party ward
input w : fixed in -1..1 [{groups * each}, {inner}, {kernel[0]}, {kernel[1]}] from owner
input b : fixed in -1..1 [{groups * each}] from owner
input x : fixed in -1..1 [{n}, {groups * inner}, {high}, {wide}] from ward
let scaled = x * (1 + b[0])
output y = conv2d(x, w, b, {stride}, {padding}, {dilation}, {groups}) to all
output most = maxpool(scaled, {size}, {step}, {sides}) to all
output mean = avgpool(scaled, {size}, {step}, {sides}) to all
"""
    scaled = [[[[v * (1 + b[0]) for v in row] for row in plane] for plane in image] for image in x]
    want = {"y": (conv2d(x, w, b, stride, padding, dilation, groups), 1e-8),
            "most": (padded_pool(scaled, size, step, sides, max), 1e-8),
            "mean": (padded_pool(scaled, size, step, sides, mean), 1e-8)}
    return text, {"owner": {"w": w, "b": b}, "ward": {"x": x}}, want


def grown(rng, lo, hi, node):
    """A random tree over leaves lo to hi, written into `node`: k between leaves k and k + 1."""
    if lo < hi:
        k = rng.randrange(lo, hi)
        node[k] = (lo, hi)
        grown(rng, lo, k, node)
        grown(rng, k + 1, hi, node)


def leaf_under(row, feature, threshold, node):
    lo, hi = 0, len(feature)
    while lo < hi:
        k = next(j for j in range(lo, hi) if node[j] == (lo, hi))
        lo, hi = (lo, k) if row[feature[k]] <= threshold[k] else (k + 1, hi)
    return lo


def paths(rng):
    """Trees of any shape."""
    n, d, t, k = (rng.randint(1, 4) for _ in range(4))
    i = rng.randint(1, 14)
    x = draw(rng, -1, 1, n, d)
    feature = [[rng.randrange(d) for _ in range(i)] for _ in range(t)]
    threshold, leaf = draw(rng, -1, 1, t, i), draw(rng, -1, 1, t, i + 1, k)
    node = [[None] * i for _ in range(t)]
    for tree, above in zip(node, threshold):
        last = rng.randint(0, i)                # the last leaf but for the ones that fill up
        grown(rng, 0, last, tree)
        for j in range(last, i):
            tree[j], above[j] = (0, j + 1), 2
    text = f"""use ml
party owner
party ward
input feature : int in 0..{d - 1} [{t}, {i}] from owner
input threshold : fixed in -1..2 [{t}, {i}] from owner
input first : int in 0..{i} [{t}, {i}] from owner
input last : int in 0..{i} [{t}, {i}] from owner
input leaf : fixed in -1..1 [{t}, {i + 1}, {k}] from owner
input x : fixed in -1..1 [{n}, {d}] from ward
output scores = boosted_paths(x, feature, threshold, first, last, leaf) to all
output value = boosted_paths(x, feature, threshold, first, last, leaf[.., .., 0]) to all
"""
    got = [[leaf[j][leaf_under(row, feature[j], threshold[j], node[j])] for j in range(t)] for row in x]
    want = {"scores": ([[sum(v[j] for v in g) for j in range(k)] for g in got], 1e-8),
            "value": ([sum(v[0] for v in g) for g in got], 1e-8)}
    ends = ([[v[side] for v in tree] for tree in node] for side in (0, 1))
    return text, {"owner": dict(zip(("feature", "threshold", "first", "last", "leaf"),
                                    (feature, threshold, *ends, leaf))), "ward": {"x": x}}, want


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


def logistic(v):
    return 1 / (1 + math.exp(-v))


def descend(weights, gradient, n, rate, epochs, batch, momentum):
    """Stochastic gradient descent as the library batches rows; gradient(w, rows) is their sum."""
    size = n if batch == 0 or batch > n else batch
    m = -(-n // size)
    v = [0] * len(weights)
    for _ in range(epochs):
        for b in range(m):
            rows = range(b, n, m)
            v = [momentum * p - rate * g / len(rows) for p, g in zip(v, gradient(weights, rows))]
            weights = [w + p for w, p in zip(weights, v)]
    return weights


def of_line(x, y, link):
    def gradient(w, rows):
        g = [0] * len(w)
        for i in rows:
            off = link(w[0] + dot(w[1:], x[i])) - y[i]
            g = [a + off * b for a, b in zip(g, [1] + x[i])]
        return g
    return gradient


def of_network(x, y, hidden, loss):
    d, k = len(x[0]), len(y[0])
    p, q = hidden * d, hidden * d + hidden
    r = q + k * hidden

    def gradient(w, rows):
        g = [0] * len(w)
        for i in rows:
            z = [dot(w[h * d:h * d + d], x[i]) + w[p + h] for h in range(hidden)]
            a = [max(v, 0) for v in z]
            score = [dot(w[q + c * hidden:q + c * hidden + hidden], a) + w[r + c] for c in range(k)]
            guess = softmax(score) if loss == "softmax" else [logistic(v) for v in score]
            off = [u - v for u, v in zip(guess, y[i])]
            for c in range(k):
                g[r + c] += off[c]
                for h in range(hidden):
                    g[q + c * hidden + h] += off[c] * a[h]
            for h in range(hidden):
                back = sum(off[c] * w[q + c * hidden + h] for c in range(k)) if z[h] > 0 else 0
                g[p + h] += back
                for j in range(d):
                    g[h * d + j] += back * x[i][j]
        return g
    return gradient


def training(rng):
    n, d, hidden, k = rng.randint(1, 40), rng.randint(1, 4), rng.randint(1, 4), rng.randint(2, 3)
    epochs, batch, momentum = rng.randint(1, 4), rng.choice([0, 1, 7, 8, 100]), rng.choice([0, .5])
    loss = rng.choice(["softmax", "logistic"])
    # Off the grid: what is compared with 0 or with one another should not be equal but for rounding.
    x = [[rng.uniform(-1, 1) for _ in range(d)] for _ in range(n)]
    y, kind = [rng.uniform(-1, 1) for _ in range(n)], [rng.randrange(k) for _ in range(n)]
    start = [rng.uniform(-1, 1) for _ in range(hidden * d + hidden + k * hidden + k)]
    how = f"0.1, {epochs}, batch = {batch}, momentum = {momentum}"
    text = f"""use ml
party owner
party ward
input x : fixed in -1..1 [{n}, {d}] from owner
input y : fixed in -1..1 [{n}] from ward
input c : int in 0..{k - 1} [{n}] from ward
input s : fixed in -1..1 [{len(start)}] from ward
output line = train_linear(x, y, {how}) to all
output risk = train_logistic(x, y > 0, {how}) to all
let net = train_mlp(x, onehot(c, {k}), {hidden}, {how}, loss = "{loss}", start = s)
output net = net.weights to all
output split = concat(flatten(net.w1), net.b1, flatten(net.w2), net.b2) to all
"""
    args = (n, .1, epochs, batch, momentum)
    net = descend(start, of_network(x, [[int(v == j) for j in range(k)] for v in kind], hidden, loss),
                  *args)
    want = {"line": (descend([0] * (d + 1), of_line(x, y, lambda v: v), *args), 1e-7),
            "risk": (descend([0] * (d + 1), of_line(x, [v > 0 for v in y], logistic), *args), 1e-7),
            "net": (net, 1e-4), "split": (net, 1e-4)}
    return text, {"owner": {"x": x}, "ward": {"y": y, "c": kind, "s": start}}, want


def k_means(x, c, iterations):
    def nearest(row):
        away = [sum((p - q) ** 2 for p, q in zip(row, centre)) for centre in c]
        return away.index(min(away))
    for _ in range(iterations):
        at = [nearest(row) for row in x]
        groups = [[row for row, j in zip(x, at) if j == g] for g in range(len(c))]
        c = [[sum(v) / len(g) for v in zip(*g)] if g else old for g, old in zip(groups, c)]
    at = [nearest(row) for row in x]
    within = [sum(sum((p - q) ** 2 for p, q in zip(row, c[j])) for row, j in zip(x, at) if j == g)
              for g in range(len(c))]
    return c, [at.count(g) for g in range(len(c))], within, [j + 1 for j in at]


def grow(x, y, k, depth, cuts):
    """Feature, threshold and leaves of a tree in heap order."""
    def pure(rows):
        return sum(sum(y[i] == c for i in rows) ** 2 for c in range(k)) / len(rows) if rows else 0

    def split(rows, f, c):
        return [i for i in rows if x[i][f] <= c], [i for i in rows if x[i][f] > c]
    nodes, feature, threshold = [list(range(len(x)))], [], []
    for h in range(2 ** depth - 1):
        gains = [math.floor(sum(map(pure, split(nodes[h], f, c))) * 4096 + .3)
                 for f in range(len(x[0])) for c in cuts[f]]
        best = first_best(gains)
        feature.append(best // len(cuts[0]))
        threshold.append(cuts[feature[h]][best % len(cuts[0])])
        nodes += split(nodes[h], feature[h], threshold[h])
    leaf = [[sum(y[i] == c for i in rows) / len(rows) for c in range(k)]
            for rows in (g or nodes[0] for g in nodes[2 ** depth - 1:])]
    return feature, threshold, leaf


def clusters(rng):
    n, d, k, iterations = rng.randint(4, 40), rng.randint(1, 3), rng.randint(1, 4), rng.randint(1, 5)
    depth, b, classes = rng.randint(1, 3), rng.randint(1, 3), rng.randint(2, 3)
    x = [[rng.uniform(-3, 3) for _ in range(d)] for _ in range(n)]
    z, y = draw(rng, -1, 1, n, d), [rng.randrange(classes) for _ in range(n)]
    start = draw(rng, -9, 9, k, d) if rng.random() < .5 else sorted(rng.sample(range(n), k))
    cuts = [sorted(draw(rng, -1, 1, b)) for _ in range(d)]
    given = f"input s : fixed in -9..9 [{k}, {d}] from ward" if isinstance(start[0], list) else \
        f"input s : fixed in -9..9 from ward\nlet s = {start}".replace("let s", "let t")
    text = f"""use ml
party owner
party ward
{given}
input x : fixed in -3..3 [{n}, {d}] from owner
input z : fixed in -1..1 [{n}, {d}] from owner
input y : int in 0..{classes - 1} [{n}] from ward
let r = k_means(x, {k}, {"s" if isinstance(start[0], list) else "t"}, {iterations})
output centers = r.centers to all
output size = r.size to all
output withinss = r.withinss to all
output cluster = r.cluster to all
let g = train_tree(z, onehot(y, {classes}), {depth}, {cuts})
output feature = g.feature to all
output threshold = g.threshold to all
output leaf = g.leaf to all
"""
    first = start if isinstance(start[0], list) else [x[i] for i in start]
    got, tree = k_means(x, first, iterations), grow(z, y, classes, depth, cuts)
    want = dict(zip(["centers", "size", "withinss", "cluster"], zip(got, [1e-8, 0, 1e-7, 0])),
                **dict(zip(["feature", "threshold", "leaf"], zip(tree, [0, 0, 1e-8]))))
    return text, {"owner": {"x": x, "z": z},
                  "ward": {"y": y, "s": start if isinstance(start[0], list) else 0}}, want


KINDS = [network, trees, training, clusters, images, paths]


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
    r = subprocess.run(args, capture_output=True, text=True, timeout=1200)
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
            text, inputs, want = KINDS[k % len(KINDS)](rng)
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
