#!/usr/bin/env python3
"""Runs the programs of this folder and compares what they put out with what R says.

  run.py [-b KONSIL] [-v] [NAME ...]

NAME.R writes NAME.json (`make reference`; needs R); NAME.ksl has an output for each value of it.
The first lines of a program say how it is run:
  #: split PARTY=FILE:COLUMN   a table beside this script, by its column
  #: input PARTY=FILE          a member's table
  #: args ARG ...              on every run
  #: run PROTOCOL [ARG ...]    instead of clear, additive, replicated, and replicated --no-local
  #: soak PROTOCOL [ARG ...]   such a run is for `make soak` only (KONSIL_SOAK), being dear
How near a value must be its kind says: count exactly, stat 1e-6 and model 1e-5 relative, p 1e-8
absolute; of several named results p_value is a p and the df a stat.  A number near 0 of kind stat or
model is compared absolutely, as if it were 1e-3: it comes of the difference of greater ones.
"""
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
RELATIVE = {"count": 0.0, "stat": 1e-6, "model": 1e-5}
P_ABSOLUTE = 1e-8
NEAR_ZERO = 1e-3
RUNS = [["clear"], ["additive"], ["replicated"], ["replicated", "--no-local"]]
TIMEOUT_S = 1200


def near(got, want, kind):
    if want is None or got is None:
        return got is want
    if isinstance(want, bool):
        return got is want
    got = float(got)
    if kind == "p":
        return abs(got - want) <= P_ABSOLUTE
    return abs(got - want) <= RELATIVE[kind] * max(abs(want), NEAR_ZERO)


def differences(got, want, kind, name):
    """The values in which got is not want, and how many there are."""
    if isinstance(want, dict):
        if not isinstance(got, dict):
            return ["%s is %s" % (name, got)], 1
        parts = [differences(got.get(k, "not there"), v, "p" if k.endswith("p_value") else kind, "%s.%s" % (name, k))
                 for k, v in want.items()]
    elif isinstance(want, list):
        if not isinstance(got, list) or len(got) != len(want):
            return ["%s is %s" % (name, got)], 1
        parts = [differences(g, w, kind, "%s[%d]" % (name, i)) for i, (g, w) in enumerate(zip(got, want))]
    elif isinstance(got, (str, list, dict)) or not near(got, want, kind):
        return ["%s is %s, not %s (%s)" % (name, got, want, kind)], 1
    else:
        return [], 1
    return sum((p[0] for p in parts), []), sum(p[1] for p in parts)


def directions(path):
    feed, args, runs, dear = [], [], [], []
    for line in open(path, encoding="utf-8"):
        if not line.startswith("#:"):
            break
        key, _, rest = line[2:].strip().partition(" ")
        if key in ("split", "input"):
            party, _, file = rest.partition("=")
            feed += ["--" + key, "%s=%s" % (party, os.path.join(HERE, file))]
        elif key == "args":
            args += rest.split()
        elif key == "run":
            runs.append(rest.split())
        elif key == "soak":
            dear.append(rest.split())
        else:
            sys.exit("%s: what does `%s` mean?" % (path, line.strip()))
    runs = runs or RUNS
    return feed + args, runs if os.environ.get("KONSIL_SOAK") else [r for r in runs if r not in dear]


def one(konsil, name, verbose):
    """One program under each of its protocols: how many values, and what is wrong."""
    path = os.path.join(HERE, name + ".ksl")
    want = json.load(open(os.path.join(HERE, name + ".json"), encoding="utf-8"))["values"]
    args, runs = directions(path)
    values, wrong = 0, []
    for run in runs:
        what, start = "%s, %s" % (name, " ".join(run)), time.monotonic()
        argv = [konsil, "run", path, *args, "--protocol", *run, "--json"]
        try:
            r = subprocess.run(argv, capture_output=True, text=True, timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            wrong.append("%s: no end within %d s" % (what, TIMEOUT_S))
            continue
        if r.returncode != 0:
            wrong.append("%s: status %d: %s" % (what, r.returncode, r.stderr.strip()))
            continue
        got = {o["name"]: o["value"] for o in json.loads(r.stdout)["outputs"]}
        bad, values = [], 0
        for n, v in want.items():
            d, k = differences(got.get(n, "not there"), v["value"], v["kind"], n)
            bad, values = bad + d, values + k
        bad += ["%s is in no reference" % n for n in got if n not in want]
        wrong += ["%s: %s" % (what, b) for b in bad]
        if verbose:
            print("  %s: %d values, %d wrong, %.1f s" % (what, values, len(bad), time.monotonic() - start))
    print("%s: %d values, %s" % (name, values, "%d wrong" % len(wrong) if wrong else "as R has them"))
    return values, wrong


def main():
    args, konsil, verbose = sys.argv[1:], os.path.join(HERE, "../../konsil"), False
    while args and args[0].startswith("-"):
        if args[0] == "-b" and len(args) > 1:
            konsil, args = args[1], args[2:]
        elif args[0] == "-v":
            verbose, args = True, args[1:]
        else:
            sys.exit(__doc__)
    every = sorted(f[:-4] for f in os.listdir(HERE) if f.endswith(".ksl"))
    names = [os.path.basename(a).removesuffix(".ksl") for a in args] or every
    values, wrong = 0, []
    for name in names:
        n, w = one(os.path.abspath(konsil), name, verbose)
        values += n
        wrong += w
    for w in wrong:
        print(w, file=sys.stderr)
    print("%d values of %d programs, %d wrong" % (values, len(names), len(wrong)))
    sys.exit(bool(wrong))


main()
