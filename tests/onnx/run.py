#!/usr/bin/env python3
"""Imports the models of cases.py and of refused.py, runs the programs that come out, and compares them
with plain Python.  Usage: run.py [-b KONSIL] [NAME...]
    run.py --corpus ../fuzz/corpus/onnx     writes the small models that fuzzing begins with"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

from cases import all_cases
from refused import all_refused

CORPUS = ["gemm_listed", "gemm_factors", "matmul_add", "plain", "reshape", "residual", "cnn", "batch_norm_alone",
          "argmax", "trees_targets", "boosted_binary", "zip_map", "view", "depthwise", "same_upper", "lines", "pool_any3",
          "pool_any5", "trees_deep", "clip", "leaky", "silu", "transpose", "squeeze", "logistic_two", "logistic_each",
          "mlp_scikit1"]
PROTOCOLS = ["clear", "replicated", "additive"]


def run(*args, status=0):
    p = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=1200)
    if status is not None and p.returncode != status:
        raise Exception("status %d, not %d: %s\n%s" % (p.returncode, status, " ".join(args), p.stderr))
    return p


def far(got, want, near):
    """The first difference in words, or None."""
    if isinstance(want, list):
        if not isinstance(got, list) or len(got) != len(want):
            return "%s is not %s" % (got, want)
        return next(filter(None, (far(a, b, near) for a, b in zip(got, want))), None)
    if isinstance(want, int):
        return None if got == want else "%s is not %d" % (got, want)
    return None if isinstance(got, (int, float)) and abs(got - want) <= near * max(1, abs(want)) else \
        "%s is not within %g of %s" % (got, near, want)


def flat(v):
    return [y for x in v for y in flat(x)] if isinstance(v, list) else [v]


def table(path, rows):
    with open(path, "w") as f:
        f.write(",".join("c%d" % i for i in range(len(rows[0]))) + "\n")
        for r in rows:
            f.write(",".join(str(v) for v in r) + "\n")


def try_case(konsil, c):
    model, name = "%s.onnx" % c.name, c.name
    with open(model, "wb") as f:
        f.write(c.file)
    run(konsil, "import", model, *c.options)
    group = "ward" not in c.options
    want = c.expected()
    half = len(c.rows) // 2 if group else len(c.rows)
    table(name + "0.csv", c.rows[:half])
    table(name + "1.csv", c.rows[half:] if group else c.rows)
    for protocol in PROTOCOLS[:3 if c.additive else 2]:
        inputs = ["--input", "owner=%s.json" % name]
        if group:
            inputs += ["--input", "client=%s0.csv" % name, "--input", "client=%s1.csv" % name]
        else:
            inputs += ["--input", "ward=%s0.csv" % name]
            inputs += ["--compute", "owner,ward,helper"] if protocol == "replicated" else []
        p = run(konsil, "run", name + ".ksl", "--protocol", protocol, "--json", *inputs)
        value = json.loads(p.stdout)["outputs"][0]["value"]
        if group:
            value = value["client[0]"] + value["client[1]"]
        same_shape = [flat(v) if isinstance(w, list) else v for v, w in zip(value, want)]
        wrong = far(same_shape, want, c.near)
        if len(value) != len(want) or wrong:
            raise Exception("%s: %s" % (protocol, wrong))


def try_refused(konsil, name, data, status, says, options):
    model = "%s.onnx" % name
    with open(model, "wb") as f:
        f.write(data)
    p = run(konsil, "import", model, *options, status=status)
    for s in says:
        if s not in p.stderr:
            raise Exception("does not say \"%s\":\n%s" % (s, p.stderr))
    if os.path.exists(name + ".ksl") or os.path.exists(name + ".json"):
        raise Exception("files were written all the same")


def main():
    a = argparse.ArgumentParser()
    a.add_argument("-b", default=os.path.join(os.path.dirname(__file__), "../../konsil"))
    a.add_argument("--corpus")
    a.add_argument("name", nargs="*")
    a = a.parse_args()
    if a.corpus:
        for c in all_cases():
            if c.name in CORPUS:
                with open(os.path.join(a.corpus, c.name + ".onnx"), "wb") as f:
                    f.write(c.file)
        return 0
    konsil, passed, failed = os.path.abspath(a.b), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        tests = [(c.name, try_case, (c,)) for c in all_cases()]
        tests += [(r[0], try_refused, r) for r in all_refused()]
        for name, f, args in tests:
            if a.name and name not in a.name:
                continue
            try:
                f(konsil, *args)
                passed += 1
            except Exception as e:
                failed += 1
                print("%s: %s" % (name, e))
    print("import: %d passed, %d failed" % (passed, failed))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
