"""check.py < result.json: noisy tables, within 12 standard deviations of the exact ones; and
check.py SYNTHETIC.csv: rows of the columns' levels, with shares near the real ones'."""
import csv
import json
import math
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
rows = [r for i in range(3) for r in csv.DictReader(open(os.path.join(here, f"site{i}.csv")))]
SIGMA = math.sqrt(2 / (2 * 0.3 / 6))


def noisy(result):
    different = 0
    for o in result["outputs"]:
        a, b = o["name"].split("_")
        for x, line in zip(o["labels"][0], o["value"]):
            for y, v in zip(o["labels"][1], line):
                exact = sum(r[a] == x and r[b] == y for r in rows)
                assert isinstance(v, int) and abs(v - exact) <= 12 * SIGMA, (o["name"], x, y, v, exact)
                different += v != exact
    assert different > 0, "there is no noise"


def synthetic(name):
    drawn = list(csv.DictReader(open(name)))
    for column in rows[0]:
        levels = {r[column] for r in rows}
        assert {r[column] for r in drawn} <= levels, column
        for x in levels:
            real, made = (sum(r[column] == x for r in t) / len(t) for t in (rows, drawn))
            assert abs(real - made) < 0.15, (column, x, real, made)


synthetic(sys.argv[1]) if len(sys.argv) > 1 else noisy(json.load(sys.stdin))
