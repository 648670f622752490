// SPDX-License-Identifier: Apache-2.0
#include "support/onnx_models.hpp"

#include <utility>

namespace cleave::testing {

using Dims = ModelBuilder::Dims;

ModelBuilder::ModelBuilder(Dims input, std::int64_t opset) {
    model_.opset = opset;
    model_.graph_name = "main_graph";
    model_.inputs.push_back({"x", OnnxType::float32, std::move(input)});
}

std::string ModelBuilder::add(const std::string& output, const std::string& op,
                              std::vector<std::string> inputs, Attributes attributes) {
    model_.nodes.push_back({output, op, "", std::move(inputs), {output}, std::move(attributes)});
    return output;
}

std::string ModelBuilder::weights(const std::string& name, Dims dims) {
    std::int64_t count = 1;
    for (const std::int64_t dim : dims) {
        count *= dim;
    }
    std::vector<float> numbers;
    for (std::int64_t i = 0; i < count; ++i) {
        numbers.push_back(static_cast<float>(random_.between(-8, 8)) / 8);
    }
    return floats(name, std::move(dims), std::move(numbers));
}

std::string ModelBuilder::floats(const std::string& name, Dims dims, std::vector<float> numbers) {
    model_.initializers.push_back(
        OnnxTensor{name, OnnxType::float32, std::move(dims), std::move(numbers), {}});
    return name;
}

std::string ModelBuilder::integers(const std::string& name, Dims dims, std::vector<std::int64_t> numbers) {
    model_.initializers.push_back(OnnxTensor{name, OnnxType::int64, std::move(dims), {}, std::move(numbers)});
    return name;
}

std::string ModelBuilder::conv(const std::string& output, const std::string& input, Dims weight_dims,
                               Attributes attributes) {
    const std::int64_t pad = weight_dims[2] / 2;
    attributes.emplace("pads", Dims{pad, pad, pad, pad});
    const std::string name = weights(output + ".weight", std::move(weight_dims));
    return add(output, "Conv", {input, name}, std::move(attributes));
}

std::string ModelBuilder::batch_norm(const std::string& output, const std::string& input,
                                     std::int64_t channels) {
    std::vector<std::string> inputs{input};
    for (const char* part : {".scale", ".shift", ".mean"}) {
        inputs.push_back(weights(output + part, {channels}));
    }
    inputs.push_back(floats(output + ".variance", {channels},
                            std::vector<float>(static_cast<std::size_t>(channels), 0.5F)));
    return add(output, "BatchNormalization", std::move(inputs));
}

void ModelBuilder::shape(const std::string& value, Dims dims) {
    model_.values[value] = {value, OnnxType::float32, std::move(dims)};
}

OnnxModel ModelBuilder::build(const std::string& output, Dims dims) {
    OnnxValue value{output, OnnxType::float32, {}};
    if (!dims.empty()) {
        value.dims = std::move(dims);
    }
    model_.outputs.push_back(std::move(value));
    return std::move(model_);
}

OnnxModel dense_block() {
    ModelBuilder b({1, 4, 8, 8});
    std::vector<std::string> maps{b.add("relu0", "Relu", {b.conv("conv0", "x", {6, 4, 3, 3})})};
    std::int64_t channels = 6;
    for (const std::string number : {"1", "2", "3"}) {
        std::string in = maps.front();
        if (maps.size() > 1) {
            in = b.add("concat" + number, "Concat", maps, {{"axis", std::int64_t{1}}});
        }
        const std::string norm = b.batch_norm("norm" + number, in, channels);
        const std::string relu = b.add("relu" + number, "Relu", {norm});
        maps.push_back(b.conv("conv" + number, relu, {2, channels, 3, 3}));
        channels += 2;
    }
    const std::string all = b.add("concat", "Concat", maps, {{"axis", std::int64_t{1}}});
    const std::string pooled = b.add("pool", "GlobalAveragePool", {all});
    const std::string flat = b.add("flatten", "Flatten", {pooled});
    b.add("fc", "Gemm", {flat, b.weights("fc.weight", {5, 12}), b.weights("fc.bias", {5})},
          {{"transB", std::int64_t{1}}});
    return b.build("fc");
}

OnnxModel inception_blocks() {
    ModelBuilder b({1, 3, 9, 9});
    std::string at = b.add("stem_relu", "Relu", {b.conv("stem", "x", {6, 3, 3, 3})});
    std::int64_t channels = 6;
    for (const std::string block : {"a", "b"}) {
        const auto unit = [&](const std::string& name, const std::string& input, Dims dims) {
            const std::string full = block + "/" + name;
            return b.add(full + "/relu", "Relu", {b.conv(full, input, std::move(dims))});
        };
        const std::string one = unit("1x1", at, {2, channels, 1, 1});
        const std::string three = unit("3x3", unit("3x3_reduce", at, {2, channels, 1, 1}), {4, 2, 3, 3});
        const std::string five = unit("5x5", unit("5x5_reduce", at, {1, channels, 1, 1}), {2, 1, 5, 5});
        const std::string pool = b.add(block + "/pool", "MaxPool", {at},
                                       {{"kernel_shape", Dims{3, 3}}, {"pads", Dims{1, 1, 1, 1}}});
        const std::string project = unit("pool_proj", pool, {2, channels, 1, 1});
        at = b.add(block + "/concat", "Concat", {one, three, five, project}, {{"axis", std::int64_t{1}}});
        channels = 10;
    }
    b.add("pool", "GlobalAveragePool", {at});
    return b.build("pool");
}

OnnxModel squeeze_excite() {
    ModelBuilder b({1, 4, 8, 8});
    const std::string three = b.floats("three", {}, {3});
    const std::string six = b.floats("six", {}, {6});
    const std::string zero = b.floats("zero", {}, {0});
    const auto hard_swish = [&](const std::string& name, const std::string& in) {
        const std::string shifted = b.add(name + "_add", "Add", {in, three});
        const std::string clipped = b.add(name + "_clip", "Clip", {shifted, zero, six});
        const std::string product = b.add(name + "_mul", "Mul", {in, clipped});
        return b.add(name, "Div", {product, six});
    };
    const std::string expand = hard_swish("swish1", b.conv("expand", "x", {8, 4, 1, 1}));
    const std::string depthwise = b.conv("depthwise", expand, {8, 1, 3, 3}, {{"group", std::int64_t{8}}});
    const std::string mean =
        b.add("mean", "ReduceMean", {depthwise}, {{"axes", Dims{2, 3}}, {"keepdims", std::int64_t{1}}});
    const std::string squeeze = b.add("squeeze_relu", "Relu", {b.conv("squeeze", mean, {2, 8, 1, 1})});
    const std::string excite = b.conv("excite", squeeze, {8, 2, 1, 1});
    const std::string shifted = b.add("gate_add", "Add", {excite, three});
    const std::string clipped = b.add("gate_clip", "Clip", {shifted, zero, six});
    const std::string gate = b.add("gate", "Div", {clipped, six});
    const std::string scaled = b.add("scaled", "Mul", {gate, depthwise});
    const std::string project = b.conv("project", hard_swish("swish2", scaled), {4, 8, 1, 1});
    b.add("sum", "Add", {project, "x"});
    return b.build("sum");
}

OnnxModel dynamic_shuffle() {
    ModelBuilder b({-1, 4, 6, 6});
    const auto number = [&](const std::string& name, std::int64_t value) {
        return b.add(name, "Constant", {}, {{"value", OnnxTensor{"", OnnxType::int64, {1}, {}, {value}}}});
    };
    const auto branch = [&](const std::string& name, const std::string& in) {
        return b.add(name + "_relu", "Relu",
                     {b.batch_norm(name + "_norm", b.conv(name, in, {2, 2, 1, 1}), 2)});
    };
    b.add("left", "Split", {"x", b.integers("halves", {2}, {2, 2})}, {{"axis", std::int64_t{1}}});
    b.last().outputs = {"left", "right"};
    const std::string joined =
        b.add("concat", "Concat", {"left", branch("conv", "right")}, {{"axis", std::int64_t{1}}});
    // view(batch, 2, channels / 2, height, width).transpose(1, 2).view(batch, channels, height, width)
    const std::string shape = b.add("shape", "Shape", {joined});
    const auto size = [&](const std::string& name, std::int64_t axis) {
        const std::string index = b.integers(name + "_axis", {}, {axis});
        const std::string scalar =
            b.add(name + "_scalar", "Gather", {shape, index}, {{"axis", std::int64_t{0}}});
        return b.add(name, "Unsqueeze", {scalar, b.integers(name + "_at", {1}, {0})});
    };
    const std::string batch = size("batch", 0);
    const std::string channels = size("channels", 1);
    const std::string height = size("height", 2);
    const std::string width = size("width", 3);
    const std::string half = b.add("half", "Div", {channels, number("two", 2)});
    const std::string to_groups =
        b.add("to_groups", "Concat", {batch, number("groups", 2), half, height, width},
              {{"axis", std::int64_t{0}}});
    const std::string grouped = b.add("grouped", "Reshape", {joined, to_groups});
    const std::string moved = b.add("moved", "Transpose", {grouped}, {{"perm", Dims{0, 2, 1, 3, 4}}});
    const std::string back =
        b.add("back", "Concat", {batch, number("rest", -1), height, width}, {{"axis", std::int64_t{0}}});
    b.add("shuffled", "Reshape", {moved, back});
    return b.build("shuffled");
}

OnnxModel folded_residual() {
    ModelBuilder b({1, 3, 8, 8});
    const auto conv = [&](const std::string& name, const std::string& in, Dims dims, std::int64_t stride) {
        const std::int64_t filters = dims.front();
        const std::string out = b.conv(name, in, std::move(dims), {{"strides", Dims{stride, stride}}});
        b.last().inputs.push_back(b.weights(name + ".bias", {filters}));
        return out;
    };
    const std::string stem = b.add("conv1_relu", "Relu", {conv("conv1", "x", {4, 3, 3, 3}, 1)});
    const std::string first = b.add("layer1_relu", "Relu", {conv("layer1.0.conv1", stem, {4, 4, 3, 3}, 1)});
    const std::string sum1 = b.add("add1", "Add", {conv("layer1.0.conv2", first, {4, 4, 3, 3}, 1), stem});
    const std::string one = b.add("relu1", "Relu", {sum1});
    const std::string second = b.add("layer2_relu", "Relu", {conv("layer2.0.conv1", one, {6, 4, 3, 3}, 2)});
    const std::string down = conv("layer2.0.downsample.0", one, {6, 4, 1, 1}, 2);
    const std::string sum2 = b.add("add2", "Add", {conv("layer2.0.conv2", second, {6, 6, 3, 3}, 1), down});
    const std::string two = b.add("relu2", "Relu", {sum2});
    const std::string mean =
        b.add("mean", "ReduceMean", {two}, {{"axes", Dims{-1, -2}}, {"keepdims", std::int64_t{0}}});
    const std::string product = b.add("fc", "MatMul", {mean, b.weights("fc.weight", {6, 5})});
    b.add("fc_bias", "Add", {product, b.weights("fc.bias", {5})});
    return b.build("fc_bias");
}

OnnxModel many_operators() {
    ModelBuilder b({1, 3, 13, 11}, 11);
    b.conv("same", "x", {8, 3, 3, 3}, {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Dims{2, 2}}});
    b.last().attributes.erase("pads");
    b.add("leaky", "LeakyRelu", {"same"}, {{"alpha", 0.2}});
    b.add("lrn", "LRN", {"leaky"}, {{"size", std::int64_t{3}}, {"alpha", 0.0002}, {"bias", 2.0}});
    b.add("padded", "Pad", {"lrn", b.integers("pads", {8}, {0, 0, 1, 0, 0, 0, 2, 1})});
    b.conv("grouped", "padded", {8, 4, 3, 3}, {{"group", std::int64_t{2}}, {"dilations", Dims{1, 2}}});
    b.add("prelu", "PRelu", {"grouped", b.weights("slope", {8, 1, 1})});
    b.add("max", "MaxPool", {"prelu"},
          {{"kernel_shape", Dims{2, 2}}, {"strides", Dims{2, 2}}, {"ceil_mode", std::int64_t{1}}});
    b.add("average", "AveragePool", {"max"},
          {{"kernel_shape", Dims{3, 3}}, {"pads", Dims{1, 1, 1, 1}}, {"count_include_pad", std::int64_t{1}}});
    b.add("sigmoid", "Sigmoid", {"average"});
    b.add("swish", "Mul", {"average", "sigmoid"});
    b.add("scaled", "Mul", {"swish", b.weights("factor", {1, 8, 1, 1})});
    b.add("cut", "Slice",
          {"scaled", b.integers("starts", {1}, {2}), b.integers("ends", {1}, {6}),
           b.integers("axes", {1}, {1})});
    b.add("hard", "HardSigmoid", {"cut"});
    b.add("tanh", "Tanh", {"hard"});
    b.add("clip", "Clip", {"tanh", b.floats("low", {}, {0})});
    b.add("most", "GlobalMaxPool", {"clip"});
    b.add("squeezed", "Squeeze", {"most"}, {{"axes", Dims{2, 3}}});
    b.add("dropped", "Dropout", {"squeezed"});
    b.add("fc", "Gemm", {"dropped", b.weights("fc.weight", {4, 6}), b.weights("fc.bias", {1, 6})},
          {{"alpha", 0.5}, {"beta", 2.0}});
    b.add("softmax", "Softmax", {"fc"}, {{"axis", std::int64_t{1}}});
    return b.build("softmax");
}

OnnxModel unknown_operators() {
    ModelBuilder b({1, 2, 4, 4});
    b.conv("conv", "x", {4, 2, 3, 3});
    b.add("elu", "Elu", {"conv"});
    b.add("scales", "Constant", {}, {{"value", OnnxTensor{"", OnnxType::float32, {4}, {1, 1, 2, 2}, {}}}});
    b.add("resized", "Resize", {"elu", "", "scales"}, {{"mode", std::string("nearest")}});
    b.add("elu2", "Elu", {"resized"});
    b.add("most", "Max", {"resized", "elu2"});
    b.shape("elu", {1, 4, 4, 4});
    b.shape("resized", {1, 4, 8, 8});
    b.shape("elu2", {1, 4, 8, 8});
    return b.build("most", {1, 4, 8, 8});
}

OnnxModel channels_last() {
    const ModelBuilder::Attributes to_first{{"perm", Dims{0, 3, 1, 2}}};
    const ModelBuilder::Attributes to_last{{"perm", Dims{0, 2, 3, 1}}};
    ModelBuilder b({1, 6, 5, 3});
    b.add("less", "Sub", {"x", b.weights("mean", {3})});
    b.add("padded", "Pad", {"less", b.integers("pads", {8}, {0, 1, 1, 0, 0, 1, 1, 0})});
    b.add("first", "Transpose", {"padded"}, to_first);
    b.conv("conv", "first", {4, 3, 3, 3}, {{"pads", Dims{0, 0, 0, 0}}});
    b.add("last", "Transpose", {"conv"}, to_last);
    b.add("biased", "Add", {"last", b.weights("bias", {4})});
    b.add("mean_of", "ReduceMean", {"biased"}, {{"axes", Dims{1, 2}}});
    b.add("scaled", "Mul", {"biased", "mean_of"});
    b.add("joined", "Concat", {"scaled", "biased"}, {{"axis", std::int64_t{-1}}});
    b.add("product", "MatMul", {"joined", b.weights("w", {8, 2})});
    b.add("flat", "Reshape", {"product", b.integers("to", {2}, {1, -1})});
    b.add("fc", "MatMul", {"flat", b.weights("m", {60, 3})});
    return b.build("fc");
}

OnnxModel quantised() {
    ModelBuilder b({1, 2, 4, 4});
    auto& constants = b.model().initializers;
    b.floats("scale", {}, {0.5F});
    constants.push_back({"zero", OnnxType::uint8, {}, {}, {0}});
    constants.push_back({"w", OnnxType::int8, {2, 2, 1, 1}, {}, {1, -2, 3, -4}});
    constants.push_back({"none", OnnxType::int8, {}, {}, {0}});
    b.add("codes", "QuantizeLinear", {"x", "scale", "zero"});
    b.add("conv", "QLinearConv", {"codes", "scale", "zero", "w", "scale", "none", "scale", "zero"});
    b.add("pool", "MaxPool", {"conv"}, {{"kernel_shape", Dims{2, 2}}});
    b.add("numbers", "DequantizeLinear", {"pool", "scale", "zero"});
    b.add("whole", "DynamicQuantizeLinear", {"numbers"});
    b.last().outputs = {"whole", "whole_scale", "whole_zero"};
    b.add("sums", "ConvInteger", {"whole", "w", "whole_zero"});
    b.add("cast", "Cast", {"sums"}, {{"to", std::int64_t{1}}});
    b.add("out", "Mul", {"cast", "whole_scale"});
    return b.build("out");
}

std::map<std::string, OnnxModel> example_models() {
    return {{"channels_last", channels_last()},
            {"quantised", quantised()},
            {"dense_block", dense_block()},
            {"inception_blocks", inception_blocks()},
            {"squeeze_excite", squeeze_excite()},
            {"dynamic_shuffle", dynamic_shuffle()},
            {"folded_residual", folded_residual()},
            {"many_operators", many_operators()},
            {"unknown_operators", unknown_operators()}};
}

}  // namespace cleave::testing
