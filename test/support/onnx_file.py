"""Writes small ONNX models without any library of theirs, for tests of the built program."""
import random
import struct

FLOAT, UINT8, INT8, INT32, INT64, BOOL = 1, 2, 3, 6, 7, 9
FORMATS = {FLOAT: "f", UINT8: "B", INT8: "b", INT32: "i", INT64: "q", BOOL: "?"}


def varint(number):
    number &= (1 << 64) - 1
    result = bytearray()
    while number > 127:
        result.append(number & 127 | 128)
        number >>= 7
    result.append(number)
    return bytes(result)


def field(number, value):
    """A field of a protobuf message: a whole number, a text, or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def tensor(name, dims, numbers, kind=FLOAT):
    return (b"".join(field(1, dim) for dim in dims) + field(2, kind) + field(8, name)
            + field(9, struct.pack(f"<{len(numbers)}{FORMATS[kind]}", *numbers)))


def attribute(name, value):
    text = field(1, name)
    if isinstance(value, bool | int):
        return text + field(3, int(value)) + field(20, 2)
    if isinstance(value, float):
        return text + varint(2 << 3 | 5) + struct.pack("<f", value) + field(20, 1)
    if isinstance(value, str):
        return text + field(4, value) + field(20, 3)
    return text + b"".join(field(8, number) for number in value) + field(20, 7)


def value_info(name, dims, kind=FLOAT):
    """`dims`: numbers, or names of what is open; None: the shape is not said."""
    shape = b"".join(field(1, field(1 if isinstance(dim, int) else 2, dim)) for dim in dims or [])
    return field(1, name) + field(2, field(1, field(1, kind) + (b"" if dims is None else field(2, shape))))


class Model:
    """Puts a model together; values are named by the nodes that compute them."""

    def __init__(self, opset=13, seed=1):
        self.opset, self.random = opset, random.Random(seed)
        self.nodes, self.tensors, self.inputs, self.outputs = [], [], [], []

    def input(self, name, dims, kind=FLOAT):
        self.inputs.append(value_info(name, dims, kind))
        return name

    def constant(self, name, dims, numbers, kind=FLOAT):
        self.tensors.append(tensor(name, dims, numbers, kind))
        return name

    def weights(self, name, dims):
        count = 1
        for dim in dims:
            count *= dim
        return self.constant(name, dims, [self.random.gauss(0, 0.3) for _ in range(count)])

    def integers(self, name, numbers):
        return self.constant(name, [len(numbers)], numbers, INT64)

    def node(self, output, kind, inputs, domain="", **attributes):
        """`output`: a name, or those of several outputs."""
        outputs = [output] if isinstance(output, str) else output
        self.nodes.append(b"".join(field(1, name) for name in inputs) + b"".join(field(2, name) for name in outputs)
                          + field(3, outputs[0]) + field(4, kind)
                          + b"".join(field(5, attribute(*item)) for item in attributes.items()) + field(7, domain))
        return output

    def conv(self, output, of, channels, filters, kernel=3, **attributes):
        attributes.setdefault("pads", [kernel // 2] * 4)
        return self.node(output, "Conv", [of, self.weights(f"{output}.w", [filters, channels, kernel, kernel]),
                                          self.weights(f"{output}.b", [filters])], **attributes)

    def fc(self, output, of, inputs, features):
        return self.node(output, "Gemm", [of, self.weights(f"{output}.w", [features, inputs]),
                                          self.weights(f"{output}.b", [features])], transB=1)

    def output(self, name, dims=None, kind=FLOAT):
        self.outputs.append(value_info(name, dims, kind))

    def write(self, path):
        graph = (b"".join(field(1, node) for node in self.nodes) + field(2, "small")
                 + b"".join(field(5, one) for one in self.tensors) + b"".join(field(11, one) for one in self.inputs)
                 + b"".join(field(12, one) for one in self.outputs))
        path.write_bytes(field(1, 8) + field(2, "test") + field(7, graph) + field(8, field(1, "") + field(2, self.opset)))
        return path
