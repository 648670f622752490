"""Small ONNX models whose points are deployed: what has no cost model, several outputs and inputs, inputs of any form."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from onnx_file import INT8, INT32, INT64, UINT8, Model


def around(middle, *, opset=13, channels=8, size=12, after=None):
    """A convolution, what `middle` makes of its map, and another convolution.

    @param middle  (model, value) -> value
    @param after   channels behind it
    """
    model = Model(opset)
    first = model.conv("first", model.input("x", [1, 3, size, size]), 3, channels)
    made = middle(model, first)
    model.conv("second", made, after or channels, 6)
    model.output("second")
    return model


def at_the_end(last, opset=13):
    model = Model(opset)
    flat = model.node("flat", "Flatten", [model.conv("first", model.input("x", [1, 2, 6, 6]), 2, 4)])
    last(model, model.fc("fc", flat, 144, 10))
    return model


def unary(kind, opset=13, **attributes):
    return around(lambda model, x: model.node("middle", kind, [x], **attributes), opset=opset)


def resize(model, x):
    return model.node("middle", "Resize", [x, "", model.constant("scales", [4], [1, 1, 2, 2])], mode="nearest",
                      coordinate_transformation_mode="asymmetric", nearest_mode="floor")


def old_resize(model, x):
    return model.node("middle", "Upsample", [x, model.constant("scales", [4], [1, 1, 2, 2])], mode="nearest")


def old_slice(model, x):
    return model.node("middle", "Slice", [x], axes=[2, 3], starts=[1, 0], ends=[9, 7])


def focus(model, x):
    parts = []
    for row in (0, 1):
        for column in (0, 1):
            name = f"part{row}{column}"
            parts.append(model.node(name, "Slice", [
                x, model.integers(f"{name}.starts", [row, column]), model.integers(f"{name}.ends", [1 << 40] * 2),
                model.integers(f"{name}.axes", [2, 3]), model.integers(f"{name}.steps", [2, 2])]))
    return model.node("middle", "Concat", parts, axis=1)


def attention(model, x):
    """1 x 8 x 12 x 12 as tokens: matrix products of maps, softmax over the last axis, layer norm."""
    flat = model.node("tokens", "Reshape", [x, model.integers("tokens.shape", [1, 8, 144])])
    rows = model.node("rows", "Transpose", [flat], perm=[0, 2, 1])
    scores = model.node("scores", "MatMul", [flat, rows])
    weights = model.node("attention", "Softmax", [scores], axis=-1)
    mixed = model.node("mixed", "MatMul", [weights, flat])
    normed = model.node("normed", "LayerNormalization", [mixed, model.weights("gain", [144]), model.weights("shift", [144])],
                        axis=-1, epsilon=1e-5)
    return model.node("middle", "Reshape", [normed, model.integers("middle.shape", [1, 8, 12, 12])])


def transposed(model, x):
    """Height and width change places."""
    return model.node("middle", "Transpose", [x], perm=[0, 1, 3, 2])


def padded(model, x):
    model.node("padded", "Pad", [x, model.integers("pads", [0, 0, 1, 2, 0, 0, 3, 0]), model.constant("minus", [], [-2.0])])
    return model.node("middle", "MaxPool", ["padded"], kernel_shape=[2, 2])


def dilated_average(model, x):
    return model.node("middle", "AveragePool", [x], kernel_shape=[3, 2], dilations=[2, 3], strides=[2, 1], pads=[1, 0, 2, 1],
                      ceil_mode=1, count_include_pad=1)


def columns(model, x):
    """A product with a number for each column."""
    return model.node("middle", "Mul", [x, model.weights("columns", [12])])


def mask(model, x):
    """Numbers of other types between operators: truth values, and whole numbers that are computed from constants."""
    half = model.constant("half", [], [0.5])
    model.node("above", "Greater", [x, half])
    return model.node("middle", "Where", ["above", x, half])


def top_values(model, x):
    model.node(["values", "places"], "TopK", [x, model.integers("three", [3])], axis=1)
    model.output("values", [1, 3])


def top_places(model, x):
    model.node(["values", "places"], "TopK", [x, model.integers("three", [3])], axis=1)
    model.output("places", [1, 3], INT64)


def last_softmax(model, x):
    model.node("y", "LogSoftmax", [x], axis=1)
    model.output("y", [1, 10])


def old_softmax(model, x):
    """Over all that follows the axis, as operators before opset 13 have it."""
    model.node("tall", "Reshape", [x, model.integers("tall.shape", [1, 2, 5])])
    model.node("y", "Softmax", ["tall"], axis=1)
    model.output("y", [1, 2, 5])


COPIED = {
    "resize": lambda: around(resize),
    "elu": lambda: unary("Elu", alpha=0.7),
    "old_clip": lambda: unary("Clip", opset=9, min=-1.0, max=1.0),
    "upsample": lambda: around(old_resize, opset=9),
    "old_slice": lambda: around(old_slice, opset=9),
    "depth_to_space": lambda: around(lambda m, x: m.node("middle", "DepthToSpace", [x], blocksize=2), after=2),
    "focus": lambda: around(focus, after=32),
    "attention": lambda: around(attention, opset=17),
    "transposed": lambda: around(transposed),
    "padded": lambda: around(padded),
    "columns": lambda: around(columns),
    "dilated_average": lambda: around(dilated_average, opset=19),
    "mask": lambda: around(mask),
    "top_values": lambda: at_the_end(top_values),
    "top_places": lambda: at_the_end(top_places),
    "log_softmax": lambda: at_the_end(last_softmax),
    "old_softmax": lambda: at_the_end(old_softmax, opset=11),
}


def heads():
    """A detector's: two heads, one of them from the middle of the network, and the trunk's last map."""
    model = Model()
    first = model.node("first.relu", "Relu", [model.conv("first", model.input("x", [1, 3, 12, 12]), 3, 8)])
    model.conv("small", first, 8, 4, 1)
    deep = model.conv("deep", first, 8, 8, strides=[2, 2])
    model.conv("box", model.node("deep.relu", "Relu", [deep]), 8, 6)
    model.node("score", "Sigmoid", [model.conv("class", "deep.relu", 8, 3)])
    for name in ("score", "small", "box", "deep"):
        model.output(name)
    return model


def resized_heads():
    """A detector's neck, whose upper path is resized, and outputs that are views of maps."""
    model = Model()
    top = model.conv("top", model.input("x", [1, 3, 12, 12]), 3, 8)
    bottom = model.conv("bottom", top, 8, 8, strides=[2, 2])
    resize(model, bottom)
    joined = model.node("joined", "Concat", ["middle", top], axis=1)
    model.node("rows", "Transpose", [model.conv("head", joined, 16, 4, 1)], perm=[0, 2, 3, 1])
    model.node("flat", "Reshape", ["rows", model.integers("flat.shape", [1, -1, 2])])
    model.output("flat", [1, 288, 2])
    model.output("bottom")
    return model


def two_inputs():
    model = Model()
    left = model.conv("left", model.input("a", [1, 3, 12, 12]), 3, 8)
    right = model.conv("right", model.input("b", [1, 1, 12, 12]), 1, 8)
    model.conv("y", model.node("sum", "Add", [left, right]), 8, 4)
    model.output("y")
    return model


def unread_input():
    """The first input leads nowhere."""
    model = Model()
    model.input("unread", [1, 3, 12, 12])
    model.conv("y", model.input("x", [1, 3, 12, 12]), 3, 4)
    model.output("y")
    return model


def channels_last():
    """TensorFlow's order of the input, and a batch of any size."""
    model = Model()
    model.node("front", "Transpose", [model.input("x", ["N", 12, 10, 3])], perm=[0, 3, 1, 2])
    model.conv("y", "front", 3, 4)
    model.output("y")
    return model


def open_vector():
    model = Model()
    model.fc("second", model.node("relu", "Relu", [model.fc("first", model.input("x", ["batch", 20]), 20, 16)]), 16, 5)
    model.output("second", ["batch", 5])
    return model


def negative_batch():
    model = Model()
    model.conv("y", model.input("x", [-1, 3, 9, 9]), 3, 4)
    model.output("y", [-1, 4, 9, 9])
    return model


def no_shape_of_the_batch():
    """A Reshape to 0 x -1 asks for a batch that is open."""
    model = Model()
    flat = model.node("flat", "Reshape", [model.conv("first", model.input("x", ["b", 2, 6, 6]), 2, 4),
                                          model.integers("flat.shape", [0, -1])])
    model.fc("y", flat, 144, 7)
    model.output("y", ["b", 7])
    return model


def quantised(scales, weight_scales, zero, codes):
    """Two convolutions with weights in codes of int8, between roundings to codes of a type with this zero.

    @param scales         of the input, the map between them and the output
    @param weight_scales  of each filter, or one for all
    """
    model = Model()
    zeros = model.constant("zero", [], [zero], codes)

    def rounded(name, of, scale):
        where = [model.constant(f"{name}.scale", [], [scale]), zeros]
        return model.node(f"{name}.back", "DequantizeLinear", [model.node(f"{name}.codes", "QuantizeLinear", [of, *where]), *where])

    def conv(name, of, channels, filters, scale):
        own = [scale * factor for factor in weight_scales]
        one = len(own) == 1
        dims = [] if one else [filters]
        own = own if one else (own * filters)[:filters]
        draw = model.random.randint
        weights = model.constant(f"{name}.w", [filters, channels, 3, 3], [draw(-127, 127) for _ in range(filters * channels * 9)], INT8)
        factors = model.constant(f"{name}.w.scale", dims, own)
        bias = model.constant(f"{name}.b", [filters], [draw(-2000, 2000) for _ in range(filters)], INT32)
        product = model.constant(f"{name}.b.scale", dims, [factor / 16 for factor in own])
        return model.node(name, "Conv", [of, model.node(f"{name}.w.back", "DequantizeLinear", [weights, factors], axis=0),
                                         model.node(f"{name}.b.back", "DequantizeLinear", [bias, product], axis=0)], pads=[1] * 4)

    first = conv("first", rounded("in", model.input("x", [1, 3, 12, 12]), scales[0]), 3, 16, 1 / 256)
    second = conv("second", rounded("middle", model.node("relu", "Relu", [first]), scales[1]), 16, 8, 1 / 1024)
    rounded("out", second, scales[2])
    model.output("out.back")
    return model


COPIED["resized_heads"] = resized_heads
# Models in codes: with scales that are powers of two and zeros at 0, and with any.
QUANTISED = {"own_scales", "other_scales"}
MODELS = COPIED | {
    "heads": heads,
    "two_inputs": two_inputs,
    "unread_input": unread_input,
    "channels_last": channels_last,
    "open_vector": open_vector,
    "negative_batch": negative_batch,
    "open_batch": no_shape_of_the_batch,
    "own_scales": lambda: quantised([1 / 32, 1 / 8, 1 / 4], [1], 0, INT8),
    "other_scales": lambda: quantised([0.035, 0.06, 0.21], [1, 0.7, 0.4, 0.9], 113, UINT8),
}
