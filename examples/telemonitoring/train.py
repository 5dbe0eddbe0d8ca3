"""A trainer as a clinic may have one: it knows files, and nothing of what konsil does with them.

    train.py local MODEL TABLE UPDATE      trains on TABLE from MODEL on; writes what changed, for konsil
    train.py apply MODEL RESULT            adds the step of konsil's RESULT to MODEL
    train.py score MODEL TABLE             prints how many of TABLE's rows MODEL tells right
    train.py start MODEL                   a network to begin with

The network has 4 inputs, 6 hidden units (relu) and a sigmoid: 37 weights.
"""
import csv
import json
import math
import random
import sys

D, HIDDEN = 4, 6
SIZE = HIDDEN * D + HIDDEN + HIDDEN + 1
RATE, EPOCHS, BATCH = 0.3, 6, 10


def read(name):
    with open(name) as f:
        rows = list(csv.reader(f))[1:]
    return [([float(v) for v in r[:D]], int(r[D])) for r in rows]


def hidden(w, x):
    return [max(0, w[HIDDEN * D + h] + sum(a * b for a, b in zip(w[h * D:h * D + D], x)))
            for h in range(HIDDEN)]


def risk(w, z):
    score = w[-1] + sum(a * b for a, b in zip(w[HIDDEN * D + HIDDEN:-1], z))
    return 1 / (1 + math.exp(-score))


def gradient(w, x, y):
    z = hidden(w, x)
    off = risk(w, z) - y
    back = [off * a if v > 0 else 0 for a, v in zip(w[HIDDEN * D + HIDDEN:-1], z)]
    return [b * v for b in back for v in x] + back + [off * v for v in z] + [off]


def train(w, rows):
    rng = random.Random(1)                      # so that the example comes out the same every time
    for _ in range(EPOCHS):
        rng.shuffle(rows)
        for b in range(0, len(rows), BATCH):
            batch = rows[b:b + BATCH]
            g = [gradient(w, x, y) for x, y in batch]
            w = [v - RATE * sum(c) / len(batch) for v, c in zip(w, zip(*g))]
    return w


def main(what, model, *files):
    if what == "start":
        rng = random.Random(0)
        w = [rng.uniform(-.5, .5) for _ in range(SIZE)]
    else:
        w = json.load(open(model))
    if what == "local":
        rows = read(files[0])
        step = [a - b for a, b in zip(train(w, rows), w)]
        json.dump({"update": [round(v, 9) for v in step], "rows": len(rows)}, open(files[1], "w"))
    elif what == "score":
        rows = read(files[0])
        print("%.3f" % (sum((risk(w, hidden(w, x)) > .5) == y for x, y in rows) / len(rows)))
    else:
        if what == "apply":
            outputs = {o["name"]: o["value"] for o in json.load(open(files[0]))["outputs"]}
            w = [a + b for a, b in zip(w, outputs["step"])]
        json.dump([round(v, 9) for v in w], open(model, "w"))


main(*sys.argv[1:])
