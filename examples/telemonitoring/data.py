"""Makes east.csv, north.csv, west.csv and test.csv: patients with heart failure who are monitored at home.

Invented, but shaped like it: does a patient decompensate within a week, by the change of weight and of
resting heart rate, by activity and sleep (each as deviations from the patient's own)?  Each clinic has
patients of another kind, so that none learns by itself what the others know.
"""
import math
import random

WATER, ARRHYTHMIA, FRAIL, ALL = range(4)        # what a patient's days differ by
rng = random.Random(2026)


def patient(kind):
    wide = [1.2 if k == kind or kind == ALL else .15 for k in range(3)]
    weight, heart, activity = (rng.gauss(0, s) for s in wide)
    sleep = rng.gauss(0, .5)
    risk = 4 * max(weight, 0) + 4 * max(heart, 0) - 2 * activity - 0.5 * sleep - 2
    worse = rng.random() < 1 / (1 + math.exp(-2 * risk))
    return [max(-4, min(4, v)) for v in (weight, heart, activity, sleep)], worse


def write(name, kinds):
    with open(name, "w") as f:
        f.write("weight,heart,activity,sleep,worse\n")
        for kind in kinds:
            x, y = patient(kind)
            f.write(",".join("%.3f" % v for v in x) + ",%d\n" % y)


write("east.csv", [WATER] * 120)
write("north.csv", [ARRHYTHMIA] * 80)
write("west.csv", [FRAIL] * 160)
write("test.csv", [ALL] * 300)
