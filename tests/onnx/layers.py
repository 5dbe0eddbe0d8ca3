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


def two(v):
    return v if isinstance(v, list) else [v, v]


def sides(v):                                   # above, left, below, right
    return v if isinstance(v, list) else [v] * 4


def conv(w, b, stride=1, padding=0, dilation=1, groups=1):      # w[o][c][kh][kw]
    size, step, apart, pads = [len(w[0][0]), len(w[0][0][0])], two(stride), two(dilation), sides(padding)

    def starts(axis, length):
        return range(-pads[axis], length + pads[axis + 2] - apart[axis] * (size[axis] - 1), step[axis])

    def apply(x):
        h, wide = len(x[0]), len(x[0][0])

        def at(c, i, j):
            return x[c][i][j] if 0 <= i < h and 0 <= j < wide else 0.0
        first = [o // (len(w) // groups) * len(w[0]) for o in range(len(w))]
        return [[[b[o] + sum(w[o][c][k][m] * at(first[o] + c, i + k * apart[0], j + m * apart[1])
                             for c in range(len(w[0])) for k in range(size[0]) for m in range(size[1]))
                  for j in starts(1, wide)] for i in starts(0, h)] for o in range(len(w))]
    return apply


def zeros_around(above, left, below, right):
    return lambda x: [[[0.0] * (left + len(c[0]) + right)] * above + [[0.0] * left + r + [0.0] * right for r in c] +
                      [[0.0] * (left + len(c[0]) + right)] * below for c in x]


def pool(f, size, stride, padding=0, ceil=False):
    """f of the values in each window that lie in the image."""
    size, step, pads = two(size), two(stride), sides(padding)

    def starts(axis, length):
        every = list(range(-pads[axis], length, step[axis]))
        return [i for n, i in enumerate(every) if i + size[axis] <= length + pads[axis + 2] or
                ceil and every[n - 1] + size[axis] < length + pads[axis + 2]]

    def apply(x):
        h, wide = len(x[0]), len(x[0][0])
        return [[[f([c[k][m] for k in range(i, i + size[0]) for m in range(j, j + size[1]) if 0 <= k < h and 0 <= m < wide])
                  for j in starts(1, wide)] for i in starts(0, h)] for c in x]
    return apply


def line(f):
    """f of a line [c][w] as an image one value high."""
    return lambda x: [c[0] for c in f([[c] for c in x])]


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
