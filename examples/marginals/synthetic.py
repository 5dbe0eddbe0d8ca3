"""synthetic.py ROWS [SEED] < result.json: draws rows from noisy two-way tables, as CSV.

What is negative counts as 0.  A tree over the columns that keeps the strongest dependences (Chow and
Liu, 1968: a spanning tree of the greatest mutual information) says which column is drawn given which.
It uses what was opened only, so it costs no privacy."""
import csv
import json
import math
import random
import sys


def tables(result):
    """{(a, b): {(x, y): share}}, both ways round."""
    out = {}
    for o in result["outputs"]:
        a, b = o["name"].split("_")
        cells = {(x, y): max(v, 0) for x, row in zip(o["labels"][0], o["value"])
                 for y, v in zip(o["labels"][1], row)}
        total = sum(cells.values()) or 1
        out[a, b] = {k: v / total for k, v in cells.items()}
        out[b, a] = {(y, x): v for (x, y), v in out[a, b].items()}
    return out


def shares(table):
    """Of the first column's levels."""
    out = {}
    for (x, _), v in table.items():
        out[x] = out.get(x, 0) + v
    return out


def information(table):
    p, q = shares(table), shares({(y, x): v for (x, y), v in table.items()})
    return sum(v * math.log(v / (p[x] * q[y])) for (x, y), v in table.items() if v > 0)


def tree(two):
    """[(column, the one that it is drawn given)], the root first."""
    columns = list(dict.fromkeys(a for a, _ in two))
    order = [(columns[0], None)]
    while len(order) < len(columns):
        known = [c for c, _ in order]
        given, column = max((pair for pair in two if pair[0] in known and pair[1] not in known),
                            key=lambda pair: information(two[pair]))
        order.append((column, given))
    return order


def draw(rng, weights):
    levels = list(weights)
    if sum(weights.values()) == 0:
        return rng.choice(levels)
    return rng.choices(levels, list(weights.values()))[0]


def row(rng, two, order):
    out = {}
    for column, given in order:
        if given is None:
            out[column] = draw(rng, shares(next(t for (a, _), t in two.items() if a == column)))
        else:
            out[column] = draw(rng, {y: v for (x, y), v in two[given, column].items()
                                     if x == out[given]})
    return out


two = tables(json.load(sys.stdin))
order = tree(two)
rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else None)
out = csv.DictWriter(sys.stdout, list(dict.fromkeys(a for a, _ in two)), lineterminator="\n")
out.writeheader()
for _ in range(int(sys.argv[1])):
    out.writerow(row(rng, two, order))
