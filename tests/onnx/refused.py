"""Files that `konsil import` refuses: (name, bytes, status, what it says, options)."""
from cases import Net
from layers import *
from onnx_file import *

COMPILE, DATA, USAGE = 3, 4, 2


def one(op, dims, tensors=(), opset=13, outputs=1, domain="", **attributes):
    """A model of one node called `it` behind a Relu called `first`."""
    known = [tensor("t%d" % i, t) if isinstance(t, list) else t for i, t in enumerate(tensors)]
    names = ["t%d" % i for i in range(len(known))]
    out = ["y%d" % i for i in range(outputs)]
    return model([node("Relu", ["x"], ["r"], "first"), node(op, ["r"] + names, out, "it", domain, **attributes)],
                 [value_info("x", ["n", *dims])], [out[0]], known, opset)


def eye(n):
    return [[float(i == j) for j in range(n)] for i in range(n)]


KERNEL = [[[[1.0] * 2] * 2]]                    # [1, 1, 2, 2]
LEAVES = dict(nodes_treeids=[0, 0, 0], nodes_nodeids=[0, 1, 2], nodes_featureids=[0, 0, 0],
              nodes_values=[1.0, 0.0, 0.0], nodes_truenodeids=[1, 0, 0], nodes_falsenodeids=[2, 0, 0],
              target_treeids=[0, 0], target_nodeids=[1, 2], target_ids=[0, 0], target_weights=[1.0, 2.0])
TREE = dict(LEAVES, nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"])


def trees(**changed):
    return model([node("TreeEnsembleRegressor", ["x"], ["y"], "it", "ai.onnx.ml", **dict(TREE, **changed))],
                 [value_info("x", ["n", 2])], ["y"])


def chain(depth):
    """A tree that goes right each time."""
    n = 2 * depth + 1
    inner = [i for i in range(n) if i % 2 == 0 and i < n - 1]
    leaves = [i for i in range(n) if i not in inner]
    return trees(nodes_treeids=[0] * n, nodes_nodeids=list(range(n)), nodes_featureids=[0] * n,
                 nodes_values=[1.0] * n, nodes_modes=["BRANCH_LEQ" if i in inner else "LEAF" for i in range(n)],
                 nodes_truenodeids=[i + 1 if i in inner else 0 for i in range(n)],
                 nodes_falsenodeids=[i + 2 if i in inner else 0 for i in range(n)],
                 target_treeids=[0] * len(leaves), target_nodeids=leaves, target_ids=[0] * len(leaves),
                 target_weights=[1.0] * len(leaves))


def all_refused():
    gemm = Net(1, [3]).gemm(2, 3)
    plain = gemm.file()
    x, w = value_info("x", ["n", 2]), tensor("w", eye(2))
    matmul = node("MatMul", ["x", "w"], ["y"], "it")

    def compiles(name, data, *says, options=()):
        return name, data, COMPILE, says, options

    def data(name, bytes_, *says):
        return name, bytes_, DATA, says, ()

    # operators and their attributes
    yield compiles("operator", one("LSTM", [2]), 'LSTM "it" (node 2)', "this operator cannot be imported", "Conv")
    yield compiles("operator_domain", one("Gelu", [2], domain="com.microsoft"), 'Gelu "it"')
    yield compiles("attribute", one("Relu", [2], alpha=0.5), 'attribute "alpha" cannot')
    yield compiles("trans_a", one("Gemm", [2], [eye(2)], transA=1), "transA")
    yield compiles("pads", one("Conv", [1, 3, 3], [KERNEL], pads=[0, 0, -1, 1]), "negative pads")
    yield compiles("auto_pad", one("Conv", [1, 3, 3], [KERNEL], auto_pad="SAME"), "auto_pad", "SAME_UPPER")
    yield compiles("conv_line", one("Conv", [1, 3], [KERNEL]), "kernels with 4 axes", "lines [n, c, w]")
    yield compiles("conv_3d", one("Conv", [1, 2, 2, 2], [[[[[[1.0]]]]]]), "rows with 4 axes")
    yield data("conv_groups", one("Conv", [3, 3, 3], [KERNEL * 4], group=2), "4 kernels of 1 channels", "in 2 groups")
    yield compiles("conv_strides_one", one("Conv", [1, 3, 3], [KERNEL], strides=[1]), "strides has 1 numbers")
    yield compiles("pool_pads", one("MaxPool", [1, 3, 3], kernel_shape=[2, 2], pads=[2, 1, 1, 1]), "outside of the image")
    yield compiles("pool_dilated", one("MaxPool", [1, 3, 3], kernel_shape=[2, 2], dilations=[2, 2]), "dilations other than 1")
    yield compiles("pool_order", one("MaxPool", [1, 3, 3], kernel_shape=[2, 2], storage_order=1), "storage_order = 1")
    yield data("pool_shape", one("MaxPool", [1, 3, 3]), "no kernel_shape")
    yield compiles("mean_rows", one("ReduceMean", [1, 3, 3], axes=[1, 2]), "a mean over other axes")
    yield data("pool_window", one("AveragePool", [1, 3, 3], kernel_shape=[4, 1]), "do not fit an image of 1 x 3 x 3")
    yield compiles("softmax_axis", one("Softmax", [2, 3], axis=1), "axis = 1")
    yield compiles("flatten_axis", one("Flatten", [2, 3], axis=2), "mixes the rows")
    yield compiles("reshape_rows", one("Reshape", [4], [tensor("t0", [-1, 2], kind=INT64)]), "rows do not stay rows")
    yield compiles("argmax_axis", one("ArgMax", [4], axis=0), "axis = 0")
    yield compiles("argmax_last", one("ArgMax", [4], axis=1, select_last_index=1), "select_last_index = 1")
    yield compiles("cast", one("Cast", [4], to=6), "changes values")
    yield compiles("training", one("BatchNormalization", [2], [[1.0, 1.0]] * 4, training_mode=1), "training_mode", "evaluation")
    yield compiles("sub_from", model([node("Sub", ["w", "x"], ["y"], "it")], [x], ["y"], [w]), "shape of a row")
    yield compiles("mul_shapes", model([node("Reshape", ["x", "s"], ["z"]), node("Mul", ["x", "z"], ["y"], "it")], [x], ["y"],
                   [tensor("s", [-1, 2, 1], kind=INT64)]), "different shapes")
    yield data("clip_crossed", one("Clip", [2], [tensor("t0", 1.0), tensor("t1", -1.0)]), "bounds cross")
    yield compiles("min_array", one("Min", [2], [[1.0, 2.0]]), "not one number")
    yield compiles("transpose_rows", one("Transpose", [2], perm=[1, 0]), "rows do not stay")
    yield compiles("squeeze_rows", one("Squeeze", [2], axes=[0]), "longer than 1, or rows")
    yield data("unsqueeze_beyond", one("Unsqueeze", [2], axes=[9]), "not there")
    yield compiles("normalizer", one("Normalizer", [2], domain="ai.onnx.ml", norm="L2"), "another norm")
    yield data("linear_few", one("LinearRegressor", [2], domain="ai.onnx.ml", coefficients=[1.0]), "1 coefficients")
    yield data("scaler_many", one("Scaler", [2], domain="ai.onnx.ml", scale=[1.0] * 3, offset=[0.0]), "3 scales")
    yield compiles("features", one("ArrayFeatureExtractor", [2], [tensor("t0", [0], kind=INT64)], domain="ai.onnx.ml"), "choose the columns")
    yield compiles("pad", one("Pad", [1, 2, 2], [tensor("t0", [0, 0, 1, 1, 0, 0, 1, 1], kind=INT64)]), "padding that is not 0")
    yield compiles("log_softmax", Net(2, [3]).gemm(2, 3).op("LogSoftmax", None).file(), "LogSoftmax", "--result")
    yield compiles("rows_used", model([node("Shape", ["x"], ["s"]), node("Reshape", ["x", "s"], ["y"]), node("Add", ["x", "s"], ["z"], "it")],
                   [x], ["z"]), "number of rows")
    yield data("gather", model([node("Shape", ["x"], ["s"]), node("Gather", ["s", "i"], ["y"], "it")], [x], ["y"],
               [tensor("i", 5, kind=INT64)]), "beyond the end")
    yield compiles("constant_shape", one("Add", [2], [[[1.0, 1.0]] * 2]), "shape of a row")
    yield compiles("matmul_left", model([node("MatMul", ["w", "x"], ["y"], "it")], [x], ["y"], [w]), "does not depend")
    yield compiles("weights_computed", model([node("MatMul", ["x", "x"], ["y"], "it")], [x], ["y"]), "must be a constant")
    yield compiles("pool_indices", model([node("MaxPool", ["x"], ["y", "i"], "it", kernel_shape=[2, 2])],
                   [value_info("x", ["n", 1, 2, 2])], ["i"]), "output 1 cannot be imported")
    yield compiles("class_number", model([node("ArgMax", ["x"], ["c"], "a", axis=1), node("Relu", ["c"], ["y"], "it")],
                   [x], ["y"]), "number of a class")
    # trees
    yield compiles("tree_mode", trees(nodes_modes=["BRANCH_EQ", "LEAF", "LEAF"]), "BRANCH_EQ")
    yield compiles("tree_transform", trees(post_transform="PROBIT"), "PROBIT")
    yield compiles("tree_aggregate", trees(aggregate_function="MAX"), "MAX")
    yield compiles("tree_deep", chain(201), "more than 200 levels", "max_depth")
    yield data("tree_lists", trees(nodes_values=[1.0]), "different lengths")
    yield data("tree_column", trees(nodes_featureids=[2, 0, 0]), "column 2 of 2")
    yield data("tree_loop", trees(nodes_falsenodeids=[0, 0, 0]), "no trees")
    yield data("tree_both", trees(nodes_truenodeids=[2, 0, 0]), "no trees")
    yield data("tree_twice", trees(nodes_treeids=[0] * 4, nodes_nodeids=[0, 1, 2, 2], nodes_featureids=[0] * 4,
               nodes_values=[0.0] * 4, nodes_truenodeids=[1, 0, 0, 0], nodes_falsenodeids=[2, 0, 0, 0],
               nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF", "LEAF"]), "are the same")
    yield data("tree_roots", trees(nodes_modes=["LEAF"] * 3), "two roots")
    yield data("tree_vote", trees(target_nodeids=[0, 2]), "no leaf")
    yield data("tree_class", trees(target_ids=[0, 1]), "no class")
    yield data("tree_nan", trees(nodes_values=[float("nan"), 0.0, 0.0]), "not finite")
    # files
    yield data("empty", b"", "no ONNX model")
    yield data("text", b"PK\3\4 this is something else", "no ONNX model")
    yield data("cut", plain[:-20], "no ONNX model")
    yield data("infinite", one("MatMul", [2], [[[float("inf")] * 2] * 2]), 'tensor "t0"', "not finite")
    yield data("short", model([matmul], [x], ["y"], [tensor("w", eye(2), dims=[2, 3])]), "16 bytes for 6 numbers")
    yield data("short_list", model([matmul], [x], ["y"], [tensor("w", eye(2), raw=False, dims=[2, 3])]), "4 numbers")
    yield data("negative", model([matmul], [x], ["y"], [tensor("w", eye(2), dims=[-2, -2])]), "an axis of -2")
    yield compiles("huge", model([matmul], [x], ["y"], [tensor("w", eye(2), dims=[1 << 20, 1 << 20])]), "numbers")
    yield compiles("half", model([matmul], [x], ["y"], [tensor("w", eye(2)).replace(whole(2, 1), whole(2, 10))]), "type 10")
    yield compiles("external", model([matmul], [x], ["y"], [tensor("w", eye(2), more=whole(14, 1))]), "another file")
    yield data("fit", one("MatMul", [3], [eye(2)]), "rows of 3 values")
    yield data("kernel", one("Conv", [1, 1, 1], [KERNEL]), "do not fit")
    yield data("variance", one("BatchNormalization", [2], [[1.0, 1.0]] * 3 + [[-1.0, 1.0]]), "not positive")
    yield data("channels", one("BatchNormalization", [2], [[1.0] * 3] * 4), "3 numbers for 2 channels")
    yield data("divide", one("Div", [2], [[0.0, 1.0]]), "divides by 0")
    yield data("nowhere", model([node("Relu", ["z"], ["y"], "it")], [x], ["y"]), "computed nowhere before")
    yield data("no_output", model([matmul], [x], ["z"], [w]), "computed nowhere")
    yield data("two_names", model([matmul, matmul], [x], ["y"], [w]), 'called "y"')
    yield data("inputs_few", one("MatMul", [2]), "1 inputs")
    yield data("bias", one("Gemm", [2], [eye(2), [1.0] * 3]), "3 numbers for 2 outputs")
    yield data("attribute_type", one("Gemm", [2], [eye(2)], alpha="1"), "wrong type")
    yield compiles("old", one("MatMul", [2], [eye(2)], opset=6), "version 6", "7 to 24")
    yield compiles("rows_only", model([node("Relu", ["x"], ["y"])], [value_info("x", ["n"])], ["y"]), "first axis of rows")
    yield compiles("texts", model([matmul], [value_info("x", ["n", 2], STRING)], ["y"], [w]), "no tensor of numbers")
    yield compiles("matmul_images", one("MatMul", [2, 2], [eye(2)]), "rows that have 2 axes", "flatten")
    yield compiles("open_axis", model([matmul], [value_info("x", ["n", "m"])], ["y"], [w]), "no known length")
    yield compiles("two_inputs", model([matmul], [x, value_info("z", ["n", 2])], ["y"], [w]), "several inputs")
    yield data("no_input", model([node("Relu", ["w"], ["y"])], [], ["y"], [w]), "no input")
    yield compiles("functions", model([matmul], [x], ["y"], [w], more=blob(25, b"")), "functions of its own")
    # results
    yield compiles("several", model([matmul, node("Relu", ["y"], ["z"])], [x], ["y", "z"], [w]), "2 outputs", '"y", "z"')
    yield compiles("take", model([matmul], [x], ["y"], [w]), "has that name", options=["--take", "q"])
    yield compiles("no_weights", model([node("Relu", ["x"], ["y"])], [x], ["y"]), "no weights")
    yield compiles("no_classes", gemm_one(), "does not end in classes", options=["--result", "argmax"])
    yield compiles("no_probabilities", gemm_one(), "no probabilities", options=["--result", "probabilities"])
    deep = Net(2, [4])
    for _ in range(40):
        deep.gemm(4, 4, 100.0)
    yield compiles("too_wide", deep.file(), "does not compile", "nothing was written")
    # the command line
    for name, says, *options in (
            ("range_word", "two numbers", "--range", "wide"), ("range_order", "lower one first", "--range", "4..-4"),
            ("range_whole", "they are whole", "--range", "0..0.5", "--whole"),
            ("fraction", "from 1 to 40", "--fraction", "41"), ("result", "scores, probabilities", "--result", "best"),
            ("party_word", "name of a party", "--owner", "let"), ("party_same", "two parties", "--client", "owner"),
            ("party_bracket", "name of a party", "--client", "a[3]"), ("option", "no option", "--fracton", "3")):
        yield name, plain, USAGE, (says,), options


def gemm_one():
    return Net(3, [3]).gemm(1, 3).file()
