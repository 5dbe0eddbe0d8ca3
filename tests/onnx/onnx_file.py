"""Writes ONNX files, with nothing but Python: the protobuf wire format by hand, field numbers as
ONNX publishes them (onnx/onnx-ml.proto).  For tests, and for models that scripts here train."""
import struct


def varint(n):
    n &= (1 << 64) - 1
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def whole(field, n):
    return varint(field << 3) + varint(n)


def blob(field, b):
    b = b.encode() if isinstance(b, str) else b
    return varint(field << 3 | 2) + varint(len(b)) + b


def f32(v):
    return struct.unpack("<f", struct.pack("<f", v))[0]


def flat(v):
    return [y for x in v for y in flat(x)] if isinstance(v, list) else [v]


def shape(v):
    return [len(v)] + shape(v[0]) if isinstance(v, list) else []


FLOAT, INT32, INT64, STRING, DOUBLE = 1, 6, 7, 8, 11


def tensor(name, v, kind=FLOAT, raw=True, dims=None, more=b""):
    """A TensorProto of a nested list."""
    dims = shape(v) if dims is None else dims
    numbers = flat(v)
    out = b"".join(whole(1, d) for d in dims) + whole(2, kind)
    if raw:
        code = {FLOAT: "f", DOUBLE: "d", INT64: "q", INT32: "i"}[kind]
        out += blob(9, struct.pack("<%d%s" % (len(numbers), code), *numbers))
    elif kind == INT64:
        out += blob(7, b"".join(varint(n) for n in numbers))
    elif kind == INT32:
        out += blob(5, b"".join(varint(n) for n in numbers))
    elif kind == DOUBLE:
        out += blob(10, struct.pack("<%dd" % len(numbers), *numbers))
    else:
        out += blob(4, struct.pack("<%df" % len(numbers), *numbers))
    return out + blob(8, name) + more


def texts(name, v):
    """A TensorProto of a list of texts."""
    return whole(1, len(v)) + whole(2, STRING) + b"".join(blob(6, s) for s in v) + blob(8, name)


def attribute(name, v):
    out = blob(1, name)
    if isinstance(v, bytes):                    # a TensorProto
        return out + blob(5, v) + whole(20, 4)
    if isinstance(v, str):
        return out + blob(4, v) + whole(20, 3)
    if isinstance(v, float):
        return out + varint(2 << 3 | 5) + struct.pack("<f", v) + whole(20, 1)
    if isinstance(v, int):
        return out + whole(3, v) + whole(20, 2)
    if v and isinstance(v[0], str):
        return out + b"".join(blob(9, s) for s in v) + whole(20, 8)
    if v and isinstance(v[0], float):
        return out + b"".join(varint(7 << 3 | 5) + struct.pack("<f", x) for x in v) + whole(20, 6)
    return out + b"".join(whole(8, x) for x in v) + whole(20, 7)


def node(op, inputs, outputs, name="", domain="", **attributes):
    return (b"".join(blob(1, i) for i in inputs) + b"".join(blob(2, o) for o in outputs) +
            blob(3, name) + blob(4, op) +
            b"".join(blob(5, attribute(k, v)) for k, v in attributes.items()) +
            (blob(7, domain) if domain else b""))


def value_info(name, dims, kind=FLOAT):
    """dims: numbers, or names of axes whose length is open."""
    axes = b"".join(blob(1, blob(2, d) if isinstance(d, str) else whole(1, d)) for d in dims)
    return blob(1, name) + blob(2, blob(1, whole(1, kind) + blob(2, axes)))


def model(nodes, inputs, outputs, tensors=(), opset=13, opset_ml=3, more=b""):
    """inputs: value_info()s; outputs: names, or pairs of a name and what its elements are."""
    outputs = [o if isinstance(o, tuple) else (o, FLOAT) for o in outputs]
    graph = (b"".join(blob(1, n) for n in nodes) + blob(2, "graph") +
             b"".join(blob(5, t) for t in tensors) + b"".join(blob(11, i) for i in inputs) +
             b"".join(blob(12, blob(1, o) + blob(2, blob(1, whole(1, kind)))) for o, kind in outputs))
    return (whole(1, 8) + blob(2, "konsil tests") + blob(7, graph) +
            blob(8, blob(1, "") + whole(2, opset)) +
            blob(8, blob(1, "ai.onnx.ml") + whole(2, opset_ml)) + more)
