"""compare.py EXPECTED.json NAME: are the outputs of `konsil run --json` (standard input) the expected
ones, within 1e-9 relative (or what "within" says in the file), or one unit of 2^-32 if that is
more?"""
import json
import math
import sys


def same(got, want):
    if isinstance(want, list):
        return isinstance(got, list) and len(got) == len(want) and all(map(same, got, want))
    if isinstance(want, dict):
        return isinstance(got, dict) and all(k in got and same(got[k], v) for k, v in want.items())
    if isinstance(want, (int, float)) and not isinstance(want, bool):
        return got is not None and math.isclose(float(got), want, rel_tol=within, abs_tol=2 ** -32)
    return got == want


want = json.load(open(sys.argv[1]))
within = want.pop("within", 1e-9)
got = {o["name"]: o["value"] for o in json.load(sys.stdin)["outputs"]}
bad = [n for n in want if n not in got or not same(got[n], want[n])]
for n in bad:
    print("%s: %s is %s, not %s" % (sys.argv[2], n, got.get(n), want[n]), file=sys.stderr)
print("%s: %d values as expected" % (sys.argv[2], len(want) - len(bad)))
sys.exit(bool(bad))
