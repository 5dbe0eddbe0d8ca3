#!/usr/bin/env python3
"""What the networks say of each image, computed in the clear, in double precision, from the ONNX files, by
nothing of Konsil:
    python3 labels.py mlp > expected.json
    python3 labels.py cnn > cnn.json
The first 900 images are the first hospital's, the others the second's."""
import gzip
import json
import os
import struct
import sys
from math import fsum, sqrt

here = os.path.dirname(os.path.abspath(__file__))


def fields(b):
    """The fields of a protobuf message: (number, value), in order."""
    at = 0

    def varint():
        nonlocal at
        n = shift = 0
        while True:
            n |= (b[at] & 127) << shift
            shift += 7
            at += 1
            if b[at - 1] < 128:
                return n
    while at < len(b):
        key = varint()
        if key & 7 == 2:
            size = varint()
            at += size
            yield key >> 3, b[at - size:at]
        elif key & 7 == 0:
            yield key >> 3, varint()
        else:
            at += 4
            yield key >> 3, b[at - 4:at]


def tensors(file):
    """The float tensors of a model, by name, as flat lists."""
    graph = dict(fields(open(file, "rb").read()))[7]
    out = {}
    for number, t in fields(graph):
        t = dict(fields(t)) if number == 5 else {}
        if t.get(2) == 1:
            out[t[8].decode()] = struct.unpack("<%df" % (len(t[9]) // 4), t[9])
    return out


def dense(x, w, b):
    n = len(x)
    return [fsum([p * q for p, q in zip(w[o * n:o * n + n], x)] + [b[o]]) for o in range(len(b))]


def mlp(t, x):
    return dense([max(v, 0) for v in dense(x, t["w1"], t["b1"])], t["w2"], t["b2"])


def cnn(t, x):
    def at(i, j):
        return x[8 * i + j] if 0 <= i < 8 and 0 <= j < 8 else 0
    pooled = []
    for c in range(4):
        k = t["k"][9 * c:9 * c + 9]
        a = [[(fsum(k[3 * m + n] * at(i + m - 1, j + n - 1) for m in range(3) for n in range(3)) + t["c"][c] -
               t["mean"][c]) / sqrt(t["var"][c] + 1e-5) * t["gamma"][c] + t["beta"][c] for j in range(8)] for i in range(8)]
        pooled += [max(0, a[i][j], a[i][j + 1], a[i + 1][j], a[i + 1][j + 1])
                   for i in range(0, 8, 2) for j in range(0, 8, 2)]
    return dense(pooled, t["w2"], t["b2"])


def best(s):
    return max(range(len(s)), key=lambda i: (s[i], -i))


if __name__ == "__main__":
    t = tensors(os.path.join(here, sys.argv[1] + ".onnx"))
    net = {"mlp": mlp, "cnn": cnn}[sys.argv[1]]
    scores = [net(t, [float(v) for v in line.split(",")[:64]])
              for line in gzip.open(os.path.join(here, "digits.csv.gz"), "rt")]
    margin = min(sorted(s)[-1] - sorted(s)[-2] for s in scores)
    print("least distance of the best score to the next: %g" % margin, file=sys.stderr)
    labels = [best(s) for s in scores]
    print(json.dumps({"class": {"hospital[0]": labels[:900], "hospital[1]": labels[900:]}}))
