"""What layers compute, for one row, in plain Python: the reference that imported models are held to.
A row is a list of numbers, or an image [channels][height][width]."""
import math


def dense(w, b):                                # w[o][i]
    return lambda x: [sum(p * q for p, q in zip(r, x)) + c for r, c in zip(w, b)]


def each(f):
    def apply(x):
        return [apply(y) for y in x] if isinstance(x, list) else f(x)
    return apply


relu = each(lambda v: max(v, 0.0))
tanh = each(math.tanh)
sigmoid = each(lambda v: 1 / (1 + math.exp(-v)))


def conv(w, b, stride=1, padding=0):            # w[o][c][kh][kw]
    kh, kw = len(w[0][0]), len(w[0][0][0])

    def apply(x):
        h, wide = len(x[0]), len(x[0][0])

        def at(c, i, j):
            return x[c][i][j] if 0 <= i < h and 0 <= j < wide else 0.0
        return [[[b[o] + sum(w[o][c][k][m] * at(c, i * stride + k - padding, j * stride + m - padding)
                             for c in range(len(x)) for k in range(kh) for m in range(kw))
                  for j in range((wide + 2 * padding - kw) // stride + 1)]
                 for i in range((h + 2 * padding - kh) // stride + 1)] for o in range(len(w))]
    return apply


def pool(f, size, stride):
    return lambda x: [[[f([c[i * stride + k][j * stride + m] for k in range(size) for m in range(size)])
                        for j in range((len(c[0]) - size) // stride + 1)]
                       for i in range((len(c) - size) // stride + 1)] for c in x]


def mean(v):
    return sum(v) / len(v)


def flatten(x):
    return [z for y in x for z in flatten(y)] if isinstance(x, list) else [x]


def image(c, h, w):
    return lambda x: [[[x[(k * h + i) * w + j] for j in range(w)] for i in range(h)] for k in range(c)]


def batch_norm(scale, shift, m, var, eps):
    """Per channel: the first axis of a row."""
    return lambda x: [each(lambda v, k=k: (v - m[k]) / math.sqrt(var[k] + eps) * scale[k] + shift[k])(y)
                      for k, y in enumerate(x)]


def softmax(x):
    e = [math.exp(v - max(x)) for v in x]
    return [v / sum(e) for v in e]


def argmax(x):
    return max(range(len(x)), key=lambda i: (x[i], -i))


def tree_sum(trees, k, base):
    """trees: nested ("<=", feature, threshold, yes, no) or a list of k votes."""
    compare = {"<=": lambda a, b: a <= b, "<": lambda a, b: a < b,
               ">=": lambda a, b: a >= b, ">": lambda a, b: a > b}

    def apply(x):
        total = list(base)
        for t in trees:
            while isinstance(t, tuple):
                t = t[3] if compare[t[0]](x[t[1]], t[2]) else t[4]
            total = [a + b for a, b in zip(total, t)]
        return total
    return apply
