"""Models for `konsil import`, an operator each and some together, with data and what comes out."""
import random

from layers import *
from onnx_file import *

MODES = {"<=": "BRANCH_LEQ", "<": "BRANCH_LT", ">=": "BRANCH_GTE", ">": "BRANCH_GT"}


class Net:
    """A model node by node, and beside it the same in plain Python."""

    def __init__(self, seed, dims):
        self.r = random.Random(seed)
        self.dims = dims
        self.nodes, self.tensors, self.steps = [], [], []
        self.last, self.serial = "x", 0
        if len(dims) == 3:
            self.steps.append(image(*dims))
        if len(dims) == 2:
            self.steps.append(lambda x: [x[i * dims[1]:(i + 1) * dims[1]] for i in range(dims[0])])

    def weights(self, *dims, size=1.0):
        """Random numbers that a file holds exactly."""
        if not dims:
            return f32(self.r.uniform(-size, size))
        return [self.weights(*dims[1:], size=size) for _ in range(dims[0])]

    def known(self, v, **how):
        self.serial += 1
        self.tensors.append(tensor("t%d" % self.serial, v, **how))
        return "t%d" % self.serial

    def op(self, name, step, *inputs, first=False, domain="", outputs=1, **attributes):
        self.serial += 1
        out = ["v%d" % self.serial] + ["v%d_%d" % (self.serial, i) for i in range(1, outputs)]
        order = [*inputs, self.last] if first else [self.last, *inputs]
        self.nodes.append(node(name, order, out, "node%d" % self.serial, domain, **attributes))
        self.last = out[0]
        if step is not None:
            self.steps.append(step)
        return self

    def gemm(self, o, i, size=1.0, **how):
        w, b = self.weights(o, i, size=size), self.weights(o, size=size)
        return self.op("Gemm", dense(w, b), self.known(w, **how), self.known(b, **how), transB=1)

    def conv(self, o, c, k, stride=1, padding=0, dilation=1, groups=1):
        """c: channels of a group."""
        k = two(k)
        w, b = self.weights(o, c, *k), self.weights(o)
        how = {"group": groups} if groups > 1 else {}
        if two(dilation) != [1, 1]:
            how["dilations"] = two(dilation)
        return self.op("Conv", conv(w, b, stride, padding, dilation, groups), self.known(w), self.known(b),
                       kernel_shape=k, strides=two(stride), pads=sides(padding), **how)

    def conv_line(self, o, c, k, stride=1, padding=(0, 0), dilation=1):
        w, b = self.weights(o, c, k), self.weights(o)
        step = conv([[[r] for r in i] for i in w], b, [1, stride], [0, padding[0], 0, padding[1]], [1, dilation])
        return self.op("Conv", line(step), self.known(w), self.known(b), kernel_shape=[k], strides=[stride],
                       pads=list(padding), dilations=[dilation], group=1)

    def batch_norm(self, c):
        s, t, m = (self.weights(c) for _ in range(3))
        v = [abs(x) + 0.25 for x in self.weights(c)]
        v = [f32(x) for x in v]
        return self.op("BatchNormalization", batch_norm(s, t, m, v, f32(1e-3)),
                       *(self.known(x) for x in (s, t, m, v)), epsilon=1e-3)

    def trees(self, op, trees, k, base=(), labels=None, classes=None, **attributes):
        """trees: see tree_sum; of a classifier classes[j] is the class that vote j is for."""
        n = {"treeids": [], "nodeids": [], "featureids": [], "modes": [], "values": [],
             "truenodeids": [], "falsenodeids": []}
        votes = ([], [], [], [])

        def add(tree, t, at):
            """Adds a subtree whose first node is `at`; returns the next number that is free."""
            n["treeids"].append(tree)
            n["nodeids"].append(at)
            row = len(n["modes"])
            n["featureids"].append(t[1] if isinstance(t, tuple) else 0)
            n["modes"].append(MODES[t[0]] if isinstance(t, tuple) else "LEAF")
            n["values"].append(float(t[2]) if isinstance(t, tuple) else 0.0)
            n["truenodeids"].append(0)
            n["falsenodeids"].append(0)
            if not isinstance(t, tuple):
                for j, v in enumerate(t):
                    for list_, x in zip(votes, (tree, at, classes[j] if classes else j, v)):
                        list_.append(x)
                return at + 1
            n["truenodeids"][row] = at + 1
            free = add(tree, t[3], at + 1)
            n["falsenodeids"][row] = free
            return add(tree, t[4], free)

        for i, t in enumerate(trees):
            add(i, t, 0)
        which = "class" if labels else "target"
        attributes.update({"nodes_" + a: b for a, b in n.items()})
        attributes.update({"%s_%s" % (which, a): b for a, b in
                           zip(("treeids", "nodeids", "ids", "weights"), votes)})
        if base:
            attributes["base_values"] = list(base)
        if labels:
            name = "classlabels_strings" if isinstance(labels[0], str) else "classlabels_int64s"
            attributes[name] = labels
        else:
            attributes["n_targets"] = k
        return self.op(op, tree_sum(trees, k, base or [0.0] * k), domain="ai.onnx.ml",
                       outputs=2 if labels else 1, **attributes)

    def random_tree(self, columns, k, depth, mode=None):
        if depth == 0 or self.r.random() < 0.2:
            return [f32(self.r.uniform(0, 1)) for _ in range(k)]
        return (mode or self.r.choice(list(MODES)), self.r.randrange(columns),
                f32(self.r.uniform(-3, 3)), self.random_tree(columns, k, depth - 1, mode),
                self.random_tree(columns, k, depth - 1, mode))

    def file(self, outputs=None, opset=13):
        return model(self.nodes, [value_info("x", ["rows", *self.dims])], outputs or [self.last],
                     self.tensors, opset)

    def classes(self, texts=False):
        """The outputs of a classifier."""
        return [(self.last, STRING if texts else INT64), self.last + "_1"]

    def result(self, row):
        for step in self.steps:
            row = step(row)
        return row


class Case:
    def __init__(self, name, net, after=lambda y: y, options=(), near=2e-3, additive=False, whole=False,
                 rows=5, **file):
        self.name, self.net, self.after, self.options = name, net, after, list(options)
        self.near, self.additive, self.whole, self.file = near, additive, whole, net.file(**file)
        r, columns = random.Random(name), len(flatten(zero(net.dims)))
        self.rows = [[r.randint(-4, 4) if whole else r.randrange(-4 << 8, 4 << 8) / 256
                      for _ in range(columns)] for _ in range(rows)]

    def expected(self):
        return [self.after(self.net.result(row)) for row in self.rows]


def zero(dims):
    return [zero(dims[1:]) for _ in range(dims[0])] if dims else 0


def all_cases():
    yield Case("gemm", Net(1, [6]).gemm(4, 6), additive=True)
    yield Case("gemm_double", Net(2, [6]).gemm(4, 6, kind=DOUBLE, raw=False))
    yield Case("gemm_listed", Net(3, [6]).gemm(4, 6, raw=False))

    n = Net(4, [5])
    w, c = n.weights(5, 3), n.weights(1)
    turned = [[0.5 * v for v in column] for column in zip(*w)]
    n.op("Gemm", dense(turned, [2.0 * c[0]] * 3), n.known(w), n.known(c), alpha=0.5, beta=2.0)
    yield Case("gemm_factors", n)

    n = Net(5, [5])
    w, b = n.weights(5, 3), n.weights(3)
    n.op("MatMul", dense(list(zip(*w)), [0] * 3), n.known(w))
    yield Case("matmul", n)
    n = Net(5, [5])
    n.op("MatMul", dense(list(zip(*w)), b), n.known(w)).op("Add", None, n.known(b), first=True)
    yield Case("matmul_add", n)

    for name, f in (("Relu", relu), ("Sigmoid", sigmoid), ("Tanh", tanh)):
        yield Case(name.lower(), Net(6, [4]).gemm(3, 4).op(name, f), additive=name == "Relu")
    yield Case("softmax", Net(7, [4]).gemm(5, 4).op("Softmax", softmax, axis=-1))
    yield Case("softmax_old", Net(7, [4]).gemm(5, 4).op("Softmax", softmax), opset=11)
    yield Case("argmax", Net(8, [4]).gemm(5, 4).op("ArgMax", argmax, axis=1, keepdims=0).op("Cast", None, to=6),
               outputs=[("v5", INT32)])

    yield Case("conv", Net(9, [2, 5, 4]).conv(3, 2, 3), after=flatten)
    yield Case("conv_padded", Net(10, [1, 5, 5]).conv(2, 1, 3, stride=2, padding=1), after=flatten)
    yield Case("max_pool", Net(11, [2, 4, 4]).conv(2, 2, 1).op("MaxPool", pool(max, 2, 2), kernel_shape=[2, 2],
               strides=[2, 2]), after=flatten)
    yield Case("average_pool", Net(12, [2, 5, 4]).conv(2, 2, 1).op("AveragePool", pool(mean, 2, 1),
               kernel_shape=[2, 2]), after=flatten)
    yield Case("global_pool", Net(13, [2, 3, 3]).conv(2, 2, 1).op("GlobalAveragePool", pool(mean, 3, 3))
               .op("Flatten", flatten))

    r = random.Random(1)
    for i in range(6):
        groups, c, outs = r.choice([1, 2, 3, 10]), r.randint(1, 2), r.randint(1, 2)
        k, d = ([r.randint(1, n) for _ in range(2)] for n in (3, 2))
        n = Net(60 + i, [groups * c, r.randint(5, 7), r.randint(5, 7)])
        n.conv(groups * outs, c, k, [r.randint(1, 2), r.randint(1, 2)], [r.randint(0, 2) for _ in range(4)], d, groups)
        yield Case("conv_any%d" % i, n, after=flatten, additive=i == 0)
    # a block of MobileNet: depthwise, then of 1 x 1, each with batch normalisation
    n = Net(70, [4, 5, 5]).conv(4, 1, 3, 2, 1, groups=4).batch_norm(4).op("Relu", relu).conv(2, 4, 1).batch_norm(2)
    yield Case("depthwise", n, after=flatten)
    for upper in (True, False):
        n = Net(71, [1, 6, 5])
        w = n.weights(2, 1, 2, 3)
        n.op("Conv", conv(w, [0.0, 0.0], [2, 2], [0, 1, 0, 1]), n.known(w), strides=[2, 2],
             auto_pad="SAME_UPPER" if upper else "SAME_LOWER")
        n.op("MaxPool", pool(max, 2, 1, [0, 0, 1, 1] if upper else [1, 1, 0, 0]), kernel_shape=[2, 2],
             auto_pad="SAME_UPPER" if upper else "SAME_LOWER")
        yield Case("same_upper" if upper else "same_lower", n, after=flatten)
    n = Net(72, [2, 9]).conv_line(3, 2, 3, padding=(2, 1)).batch_norm(3).op("Relu", relu)
    n.op("MaxPool", line(pool(max, [1, 3], [1, 2], [0, 1, 0, 1])), kernel_shape=[3], strides=[2], pads=[1, 1])
    n.conv_line(2, 3, 2, 2, dilation=2).op("GlobalAveragePool", lambda x: [[mean(c)] for c in x]).op("Flatten", flatten)
    yield Case("lines", n, additive=True)
    for i in range(6):
        n, size = Net(80 + i, [2, r.randint(4, 7), r.randint(4, 7)]).conv(2, 2, 1), [r.randint(1, 3), r.randint(2, 3)]
        step, pads = [r.randint(1, 3), r.randint(1, 3)], [r.randint(0, size[j % 2] // 2) for j in range(4)]
        how = dict(kernel_shape=size, strides=step, pads=pads, ceil_mode=i % 2)
        if i < 2:
            n.op("MaxPool", pool(max, size, step, pads, i % 2 == 1), **how)
        elif i < 4:
            n.op("AveragePool", pool(mean, size, step, pads, i % 2 == 1), **how)
        else:
            n.op("AveragePool", lambda x, z=zeros_around(*pads), p=pool(mean, size, step, 0, i % 2 == 1): p(z(x)),
                 count_include_pad=1, **how)
        yield Case("pool_any%d" % i, n, after=flatten)
    yield Case("pool_relu", Net(87, [2, 5, 5]).conv(2, 2, 1).op("Relu", relu)
               .op("MaxPool", pool(max, 3, 2, 1), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]), after=flatten)
    yield Case("global_max", Net(88, [2, 3, 2]).conv(2, 2, 1).op("GlobalMaxPool", pool(max, [3, 2], 1)).op("Flatten", flatten))
    n = Net(89, [2, 3, 2]).conv(2, 2, 1)
    yield Case("reduce_mean", n.op("ReduceMean", lambda x: flatten(pool(mean, [3, 2], 1)(x)), axes=[2, 3], keepdims=0).gemm(2, 2))
    n = Net(90, [2, 3, 2]).conv(2, 2, 1)
    n.op("ReduceMean", pool(mean, [3, 2], 1), n.known([-1, -2], kind=INT64)).op("Flatten", flatten)
    yield Case("reduce_mean_new", n, opset=18)

    yield Case("batch_norm_dense", Net(14, [4]).gemm(3, 4).batch_norm(3))
    yield Case("batch_norm_conv", Net(15, [2, 4, 4]).conv(3, 2, 3).batch_norm(3).op("Relu", relu), after=flatten)
    yield Case("batch_norm_alone", Net(16, [2, 3, 3]).batch_norm(2).conv(2, 2, 3).op("Flatten", flatten))
    n = Net(17, [3])
    m, s = n.weights(3), f32(2.75)
    n.op("Sub", lambda x: [(p - q) / s for p, q in zip(x, m)], n.known([m])).op("Div", None, n.known(s))
    n.op("Mul", lambda x: [p * q for p, q in zip(x, m)], n.known(m)).op("Add", lambda x: [p + s for p in x], n.known(s))
    yield Case("scaled", n)

    n = Net(18, [4]).gemm(4, 4)
    w, b = n.weights(4, 4), n.weights(4)
    here = n.last
    n.op("Relu", lambda x: [p + q for p, q in zip(dense(w, b)(relu(x)), x)])
    n.op("Gemm", None, n.known(w), n.known(b), transB=1).op("Add", None, here)
    yield Case("residual", n)

    n = Net(19, [12])
    n.op("Reshape", image(3, 2, 2), n.known([-1, 3, 2, 2], kind=INT64)).conv(2, 3, 2)
    n.op("Reshape", flatten, n.known([0, -1], kind=INT64, raw=False))
    yield Case("reshape", n)

    n = Net(20, [3]).gemm(3, 3).op("Dropout", None).op("Identity", None)
    n.nodes.append(node("Constant", [], ["two"], value=tensor("", 2.0)))
    n.op("Mul", each(lambda v: 2 * v), "two").op("Cast", None, to=DOUBLE)
    yield Case("plain", n, outputs=[(n.last, DOUBLE)])

    # as PyTorch writes x.view(x.size(0), -1), a log_softmax, and padding by nothing
    n = Net(33, [2, 3, 3]).conv(2, 2, 2)
    zero4 = n.known([0] * 8, kind=INT64)
    n.op("Pad", None, zero4, mode="constant")
    n.nodes.append(node("Shape", [n.last], ["s"]))
    n.nodes.append(node("Gather", ["s", n.known(0, kind=INT64)], ["rows"], axis=0))
    n.nodes.append(node("Unsqueeze", ["rows", n.known([0], kind=INT64)], ["first"]))
    n.nodes.append(node("Concat", ["first", n.known([-1], kind=INT64)], ["target"], axis=0))
    n.op("Reshape", flatten, "target").gemm(3, 8)
    yield Case("view", n)
    n.op("LogSoftmax", None, axis=1)
    yield Case("view_scores", n, options=["--result", "scores"])
    yield Case("view_argmax", n, argmax, options=["--result", "argmax"])
    yield Case("view_probabilities", n, softmax, options=["--result", "probabilities"])

    mlp = Net(21, [6]).gemm(8, 6).op("Relu", relu).gemm(5, 8).op("Tanh", tanh).gemm(3, 5)
    yield Case("mlp", mlp, additive=True)
    yield Case("mlp_whole", mlp, whole=True, options=["--whole", "--range", "-4..4", "--fraction", "20"], near=2e-4)
    yield Case("mlp_argmax", mlp, argmax, options=["--result", "argmax"])
    yield Case("mlp_probabilities", mlp, softmax, options=["--result", "probabilities", "--client", "ward"])
    cnn = Net(22, [1, 8, 8]).conv(3, 1, 3, padding=1).batch_norm(3).op("Relu", relu)
    cnn.op("MaxPool", pool(max, 2, 2), kernel_shape=[2, 2], strides=[2, 2]).conv(4, 3, 3).op("Relu", relu)
    cnn.op("Flatten", flatten).gemm(3, 16).op("Softmax", softmax)
    yield Case("cnn", cnn, near=2e-2)
    yield Case("cnn_argmax", cnn, argmax, options=["--result", "argmax"])
    yield Case("logistic", Net(23, [4]).gemm(1, 4).op("Sigmoid", sigmoid), lambda p: int(p[0] > 0.5),
               options=["--result", "argmax"])

    for mode in MODES:
        n = Net(24, [4])
        trees = [n.random_tree(4, 1, 3, mode) for _ in range(2)]
        yield Case("trees_" + MODES[mode], n.trees("TreeEnsembleRegressor", trees, 1, [0.25]), lambda y: y[0])
    n = Net(25, [4])
    n.trees("TreeEnsembleRegressor", [n.random_tree(4, 2, 4) for _ in range(3)], 2)
    yield Case("trees_targets", n, additive=True)
    n = Net(26, [4])
    n.trees("TreeEnsembleRegressor", [n.random_tree(4, 1, 4) for _ in range(3)], 1, aggregate_function="AVERAGE")
    yield Case("trees_average", n, lambda y: y[0] / 3)
    n = Net(27, [4])
    n.trees("TreeEnsembleRegressor", [n.random_tree(4, 1, 3) for _ in range(3)], 1)
    # at the thresholds themselves
    n.r = random.Random(1)
    yield Case("trees_whole", n, lambda y: y[0], whole=True, options=["--whole", "--range", "-4..4"])
    edge = Net(28, [2])
    edge.trees("TreeEnsembleRegressor", [("<=", 0, 1.0, ("<", 1, -2.0, [1.0], [2.0]), (">=", 1, 3.0, [3.0], (">", 0, 2.0, [4.0], [5.0])))], 1)
    yield Case("trees_edges", edge, lambda y: y[0], whole=True, options=["--range", "-4..4"], rows=60)
    yield Case("trees_edges_whole", edge, lambda y: y[0], whole=True, options=["--whole", "--range", "-4..4"], rows=60)

    def vine(depth, k, left):
        """A tree with a leaf on each level."""
        if depth == 0:
            return [f32(n.r.uniform(0, 1)) for _ in range(k)]
        sides = [vine(depth - 1, k, not left), [f32(n.r.uniform(0, 1)) for _ in range(k)]]
        return (n.r.choice(list(MODES)), n.r.randrange(4), f32(n.r.uniform(-4, 4)), *(sides if left else sides[::-1]))
    n = Net(34, [4])
    n.trees("TreeEnsembleRegressor", [vine(20, 2, True), n.random_tree(4, 2, 4), vine(9, 2, False), [0.5, 0.25]], 2, [0.5, -1.0])
    yield Case("trees_deep", n, additive=True, rows=20)
    n = Net(35, [4])
    n.trees("TreeEnsembleRegressor", [vine(13, 1, False), vine(7, 1, True)], 1, aggregate_function="AVERAGE")
    yield Case("trees_deep_average", n, lambda y: y[0] / 2, whole=True, options=["--whole", "--range", "-4..4"], rows=20)
    n = Net(29, [4])
    n.trees("TreeEnsembleClassifier", [n.random_tree(4, 3, 3) for _ in range(4)], 3, labels=["a", "b", "c"])
    both = n.classes(texts=True)
    yield Case("forest", n, argmax, outputs=both, additive=True)
    yield Case("forest_scores", n, outputs=both, options=["--result", "scores"])
    n = Net(30, [4])
    n.trees("TreeEnsembleClassifier", [n.random_tree(4, 3, 3) for _ in range(4)], 3, [-0.5, 0.25, 0.5],
            labels=[0, 1, 2], post_transform="SOFTMAX")
    yield Case("boosted_softmax", n, softmax, outputs=n.classes(), options=["--take", n.last + "_1"])
    n = Net(31, [4])
    n.trees("TreeEnsembleClassifier", [n.random_tree(4, 1, 3) for _ in range(4)] + [[-1.75]], 1, [0.125],
            labels=[7, 8], classes=[0], post_transform="LOGISTIC")
    both = n.classes()
    yield Case("boosted_binary", n, lambda y: int(y[0] > 0), outputs=both)
    yield Case("boosted_probabilities", n, lambda y: [1 - sigmoid(y[0]), sigmoid(y[0])], outputs=both,
               options=["--result", "probabilities"])
    n = Net(32, [4])
    n.trees("TreeEnsembleClassifier", [[0.5 * v for v in t] if isinstance(t, list) else t
                                       for t in [n.random_tree(4, 1, 3)]], 1, labels=[0, 1], classes=[1])
    yield Case("tree_binary", n, lambda y: int(y[0] > 0.5), outputs=n.classes())
    label, n.last = n.classes()
    n.op("ZipMap", None, domain="ai.onnx.ml", classlabels_int64s=[0, 1])
    yield Case("zip_map", n, lambda y: [1 - y[0], y[0]], outputs=[label, n.last], options=["--result", "probabilities"])

    yield from small_cases()
    yield from scikit_cases()


def small_cases():
    relu6 = each(lambda v: min(max(v, 0.0), 0.75))
    n = Net(40, [4]).gemm(3, 4)
    n.op("Clip", relu6, n.known(0.0), n.known(0.75))
    n.op("LeakyRelu", each(lambda v: v if v > 0 else f32(0.1) * v), alpha=0.1).gemm(2, 3)
    yield Case("clip", n, additive=True)
    yield Case("clip_old", Net(41, [4]).gemm(3, 4).op("Clip", relu6, min=0.0, max=0.75), opset=9)
    n = Net(42, [4]).gemm(3, 4).op("LeakyRelu", each(lambda v: v if v > 0 else f32(0.1) * v), alpha=0.1)
    n.op("Clip", each(lambda v: min(v, 1.0)), max=1.0).op("Clip", each(lambda v: max(v, -0.25)), min=-0.25)
    yield Case("leaky", n, opset=9)
    n = Net(43, [4]).gemm(3, 4)
    n.op("Max", each(lambda v: max(v, 0.25)), n.known(0.25)).op("Min", each(lambda v: min(v, 0.5)), n.known(0.5))
    yield Case("bounds", n)
    n = Net(44, [4]).gemm(3, 4)
    here = n.last
    n.op("Sigmoid", None).op("Mul", each(lambda v: v * sigmoid(v)), here)
    c = n.weights(3)
    n.op("Sub", lambda x: [p - q for p, q in zip(c, x)], n.known(c), first=True)
    yield Case("silu", n)
    # as Keras writes an image: channels last, and back
    n = Net(45, [3, 4, 2])
    n.op("Transpose", lambda x: [[[x[i][j][k] for j in range(4)] for i in range(3)] for k in range(2)], perm=[0, 3, 1, 2])
    n.conv(2, 2, 2).op("Transpose", lambda x: [[[x[k][i][j] for k in range(2)] for j in range(3)] for i in range(2)],
                       perm=[0, 2, 3, 1]).op("Reshape", flatten, n.known([-1, 12], kind=INT64))
    yield Case("transpose", n)
    n = Net(46, [4])
    w = n.weights(3, 4)
    n.nodes.append(node("Transpose", [n.known(w)], ["turned"], perm=[1, 0]))
    n.op("MatMul", dense(w, [0] * 3), "turned").op("Unsqueeze", None, axes=[1]).op("Unsqueeze", None, n.known([-1], kind=INT64))
    yield Case("squeeze", n.op("Squeeze", None, axes=[3]).op("Squeeze", None, n.known([1], kind=INT64)))
    # a scaler before a dense layer costs nothing
    n = Net(47, [4])
    m, s = n.weights(4), [f32(1 + abs(v)) for v in n.weights(4)]
    n.op("Sub", lambda x: [(p - q) / r for p, q, r in zip(x, m, s)], n.known(m)).op("Div", None, n.known([s]))
    yield Case("scaled_dense", n.gemm(3, 4))


def scikit_cases():
    """As skl2onnx writes scikit-learn's models."""
    ml = dict(domain="ai.onnx.ml")
    n = Net(50, [4])
    m, s, w, b = n.weights(4), n.weights(4), n.weights(2, 4), n.weights(2)
    for i in range(2):
        n = Net(50, [4])
        n.op("Scaler", lambda x: [(p - q) * r for p, q, r in zip(x, m, s)], offset=m, scale=s, **ml)
        if i == 0:
            yield Case("scaler", n)
    n.op("LinearRegressor", dense(w, b), coefficients=flatten(w), intercepts=b, targets=2, **ml)
    yield Case("linear_regressor", n, additive=True)

    def classifier(seed, k, transform, labels, opposite=False):
        n = Net(seed, [4])
        w, b = n.weights(k, 4), n.weights(k)
        if opposite:
            w[0], b[0] = [-v for v in w[1]], -b[1]
        names = {"classlabels_strings" if isinstance(labels[0], str) else "classlabels_ints": labels}
        return n.op("LinearClassifier", dense(w, b), coefficients=flatten(w), intercepts=b, multi_class=int(k > 2),
                    post_transform=transform, outputs=2, **names, **ml)

    def normal(n):
        label, n.last = n.last, n.last + "_1"
        n.op("Normalizer", None, norm="L1", **ml)
        return [(label, INT64), n.last]

    def shares(y):
        p = [sigmoid(v) for v in y]
        return [v / sum(p) for v in p]

    n = classifier(51, 2, "LOGISTIC", [0, 1], True)
    both = normal(n)
    yield Case("logistic_two", n, argmax, outputs=both, additive=True)
    yield Case("logistic_two_probabilities", n, lambda y: [sigmoid(y[0]), sigmoid(y[1])], outputs=both, options=["--take", n.last])
    n = classifier(52, 2, "SOFTMAX", ["no", "yes"], True)
    yield Case("softmax_two", n, softmax, outputs=n.classes(texts=True), options=["--result", "probabilities"])
    n = classifier(53, 3, "SOFTMAX", [3, 5, 8])
    both = normal(n)
    yield Case("logistic_three", n, argmax, outputs=both)
    yield Case("logistic_three_probabilities", n, softmax, outputs=both, options=["--result", "probabilities"])
    n = classifier(54, 3, "LOGISTIC", [0, 1, 2])
    both = normal(n)
    yield Case("logistic_each", n, argmax, outputs=both)
    yield Case("logistic_each_probabilities", n, shares, outputs=both, options=["--take", n.last])
    n = classifier(55, 2, "NONE", [0, 1])
    yield Case("ridge", n, outputs=n.classes(), options=["--result", "scores"])

    for k, names in ((1, ["sick", "well"]), (3, [4, 6, 7])):
        n = Net(55 + k, [4])
        n.op("Cast", None, to=1)
        for o, i in ((5, 4), (k, 5)):
            w, b = n.weights(i, o), n.weights(o)
            n.op("MatMul", dense(list(zip(*w)), b), n.known(w)).op("Add", None, n.known([b]))
            if o == 5:
                n.op("Relu", relu)
        n.op("Sigmoid" if k == 1 else "Softmax", None)
        p = n.last
        if k == 1:
            n.op("Sub", None, n.known(1.0), first=True).op("Concat", None, p, axis=1)
        else:
            n.op("Identity", None)
        p = n.last
        n.tensors.append(texts("classes", names) if k == 1 else tensor("classes", names, kind=INT32))
        n.op("ArgMax", None, axis=1).op("ArrayFeatureExtractor", None, "classes", first=True, **ml)
        n.op("Reshape", None, n.known([-1], kind=INT64))
        both = [(n.last, STRING if k == 1 else INT64), p]
        yield Case("mlp_scikit%d" % k, n, (lambda y: int(y[0] > 0)) if k == 1 else argmax, outputs=both)
        yield Case("mlp_scikit%d_probabilities" % k, n, (lambda y: [1 - sigmoid(y[0]), sigmoid(y[0])]) if k == 1 else softmax,
                   outputs=both, options=["--result", "probabilities"])
