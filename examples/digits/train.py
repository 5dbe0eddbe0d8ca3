#!/usr/bin/env python3
"""Trains the two networks of this folder on the first 1,200 images, and writes them as ONNX files:
    python3 train.py        (numpy; a minute)
`mlp.onnx`: 64 - 32 - 10.  `cnn.onnx`: four kernels of 3 x 3, the greatest of each 2 x 2, 64 - 10, with
batch normalisation.  Pixels, 0 to 16, go in as they are."""
import gzip
import os
import sys

import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../tests/onnx"))
from onnx_file import model, node, tensor, value_info

N_TRAIN, BATCH, EPOCHS, RATE, DECAY = 1200, 50, 120, 2e-3, 1e-4
data = np.loadtxt(gzip.open(os.path.join(here, "digits.csv.gz")), delimiter=",")
x, label = data[:, :64], data[:, 64].astype(int)
rng = np.random.default_rng(7)


def patches(x):
    """[n, 8, 8] -> [n, 8, 8, 9]: what a 3 x 3 kernel sees, with zeros around the image."""
    wide = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    return np.stack([wide[:, i:i + 8, j:j + 8] for i in range(3) for j in range(3)], axis=-1)


class Mlp:
    def __init__(self):
        self.p = [rng.normal(size=(32, 64)) / 64, np.zeros(32), rng.normal(size=(10, 32)) / 6, np.zeros(10)]

    def scores(self, x):
        self.x = x
        self.h = np.maximum(x @ self.p[0].T + self.p[1], 0)
        return self.h @ self.p[2].T + self.p[3]

    def slopes(self, d):
        back = (d @ self.p[2]) * (self.h > 0)
        return [back.T @ self.x, back.sum(0), d.T @ self.h, d.sum(0)]

    def file(self):
        return model([node("Gemm", ["image", "w1", "b1"], ["a"], "hidden", transB=1), node("Relu", ["a"], ["h"], "relu"),
                      node("Gemm", ["h", "w2", "b2"], ["scores"], "scores", transB=1)],
                     [value_info("image", ["rows", 64])], ["scores"],
                     [tensor(k, v.tolist()) for k, v in zip(("w1", "b1", "w2", "b2"), self.p)])


class Cnn:
    def __init__(self):
        self.p = [rng.normal(size=(4, 9)) / 24, np.zeros(4), rng.normal(size=(10, 64)) / 8, np.zeros(10)]

    def scores(self, x):
        self.x = patches(x.reshape(-1, 8, 8))
        self.a = self.x @ self.p[0].T + self.p[1]                       # [n, 8, 8, 4]
        n = len(x)
        quads = self.a.reshape(n, 4, 2, 4, 2, 4).transpose(0, 1, 3, 5, 2, 4).reshape(n, 4, 4, 4, 4)
        self.best = quads.argmax(-1)                                    # [n, 4, 4, channel]
        self.m = quads.max(-1)
        self.h = np.maximum(self.m, 0).transpose(0, 3, 1, 2).reshape(n, 64)
        return self.h @ self.p[2].T + self.p[3]

    def slopes(self, d):
        n = len(d)
        back = (d @ self.p[2]).reshape(n, 4, 4, 4).transpose(0, 2, 3, 1) * (self.m > 0)
        quads = (np.arange(4) == self.best[..., None]) * back[..., None]
        a = quads.reshape(n, 4, 4, 4, 2, 2).transpose(0, 1, 4, 2, 5, 3).reshape(-1, 4)
        return [a.T @ self.x.reshape(-1, 9), a.sum(0), d.T @ self.h, d.sum(0)]

    def file(self):
        """The kernels are written as a convolution and a batch normalisation that undoes its scaling."""
        w, b = self.p[0].reshape(4, 1, 3, 3), self.p[1]
        scale = np.array([0.5, 1, 2, 4])
        known = dict(k=w * scale.reshape(4, 1, 1, 1), c=b * 0, gamma=np.ones(4), beta=b, mean=b * 0,
                     var=scale ** 2 - 1e-5, w2=self.p[2], b2=self.p[3])
        return model([node("Reshape", ["pixels", "shape"], ["image"], "image"),
                      node("Conv", ["image", "k", "c"], ["a"], "edges", kernel_shape=[3, 3], pads=[1] * 4),
                      node("BatchNormalization", ["a", "gamma", "beta", "mean", "var"], ["n"], "norm"),
                      node("Relu", ["n"], ["r"], "relu"),
                      node("MaxPool", ["r"], ["m"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
                      node("Flatten", ["m"], ["f"], "flat"),
                      node("Gemm", ["f", "w2", "b2"], ["s"], "scores", transB=1),
                      node("Softmax", ["s"], ["probabilities"], "softmax", axis=-1)],
                     [value_info("pixels", ["rows", 64])], ["probabilities"],
                     [tensor("shape", [-1, 1, 8, 8], kind=7)] + [tensor(k, v.tolist()) for k, v in known.items()])


def train(net):
    """Adam on the cross entropy."""
    m, v, t = [0 * p for p in net.p], [0 * p for p in net.p], 0
    for _ in range(EPOCHS):
        order = rng.permutation(N_TRAIN)
        for at in range(0, N_TRAIN, BATCH):
            rows = order[at:at + BATCH]
            s = net.scores(x[rows])
            e = np.exp(s - s.max(1, keepdims=True))
            d = (e / e.sum(1, keepdims=True) - np.eye(10)[label[rows]]) / len(rows)
            t += 1
            for i, g in enumerate(net.slopes(d)):
                g = g + DECAY * net.p[i]
                m[i], v[i] = 0.9 * m[i] + 0.1 * g, 0.999 * v[i] + 0.001 * g * g
                net.p[i] = net.p[i] - RATE * (m[i] / (1 - 0.9 ** t)) / (np.sqrt(v[i] / (1 - 0.999 ** t)) + 1e-8)
    return net


for name, net in (("mlp", Mlp()), ("cnn", Cnn())):
    train(net)
    right = net.scores(x).argmax(1) == label
    with open(os.path.join(here, name + ".onnx"), "wb") as f:
        f.write(net.file())
    print("%s: %d of %d images of the training, %d of %d others" %
          (name, right[:N_TRAIN].sum(), N_TRAIN, right[N_TRAIN:].sum(), len(x) - N_TRAIN))
