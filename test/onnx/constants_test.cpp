// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/constant.hpp"
#include "onnx/imported.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

// What is computed of constants: shapes, and weights in parts; and what operators meant in older and newer
// versions.
using namespace cleave;
using namespace cleave::testing;
using Dims = ModelBuilder::Dims;

namespace {

using Attributes = ModelBuilder::Attributes;

Constant whole(Dims dims, std::vector<std::int64_t> numbers) {
    return Constant(OnnxTensor{"", OnnxType::int64, std::move(dims), {}, std::move(numbers)});
}
Constant real(Dims dims, std::vector<float> numbers) {
    return Constant(OnnxTensor{"", OnnxType::float32, std::move(dims), std::move(numbers), {}});
}

/// "2x3 [1, 2, ...]", or "none".
std::string folded(const std::string& op, std::vector<Constant> inputs, Attributes attributes = {}) {
    OnnxNode node{"", op, "", {}, {"y"}, std::move(attributes)};
    ConstantInputs given;
    for (Constant& input : inputs) {
        node.inputs.push_back("in");
        given.emplace_back(std::move(input));
    }
    const std::vector<Constant> results = fold_constants(node, given);
    if (results.empty()) {
        return "none";
    }
    std::string text;
    for (const std::int64_t dim : results.front().dims()) {
        text += (text.empty() ? "" : "x") + std::to_string(dim);
    }
    text += " [";
    for (std::int64_t i = 0; i < results.front().count(); ++i) {
        const std::string number = std::to_string(results.front().number(i));
        text += (i > 0 ? ", " : "") + number.substr(0, number.find('.') + 2);
    }
    return text + "]";
}

}  // namespace

TEST_CASE("arithmetic on constants broadcasts", "[onnx]") {
    const Constant row = whole({1, 3}, {1, 2, 3});
    const Constant column = whole({2, 1}, {10, -7});
    CHECK(folded("Add", {row, column}) == "2x3 [11.0, 12.0, 13.0, -6.0, -5.0, -4.0]");
    CHECK(folded("Mod", {column, row}) == "2x3 [0.0, 0.0, 1.0, 0.0, 1.0, 2.0]");
    CHECK(folded("Div", {column, row}) == "2x3 [10.0, 5.0, 3.0, -7.0, -3.0, -2.0]");
    CHECK(folded("Div", {column, whole({}, {0})}) == "none");
    CHECK(folded("Mul", {row, whole({2}, {1, 2})}) == "none");
    CHECK(folded("Mul", {row, real({}, {2})}) == "none");
    CHECK(folded("Mul", {whole({}, {std::int64_t{1} << 40}), whole({}, {std::int64_t{1} << 40})}) == "none");
    CHECK(folded("Equal", {row, whole({}, {2})}) == "1x3 [0.0, 1.0, 0.0]");
    CHECK(folded("Where", {whole({3}, {0, 1, 0}), whole({}, {5}), whole({3}, {1, 2, 3})}) ==
          "3 [1.0, 5.0, 3.0]");
    CHECK(folded("Max", {real({2}, {1, 4}), real({2}, {3, 2})}) == "2 [3.0, 4.0]");
    CHECK(folded("Neg", {row}) == "1x3 [-1.0, -2.0, -3.0]");
    CHECK(folded("ReduceProd", {whole({3}, {2, 3, 4})}, {{"keepdims", std::int64_t{0}}}) == " [24.0]");
}

TEST_CASE("constants of any rank are cut, joined and spread", "[onnx]") {
    const Constant table = whole({2, 3}, {1, 2, 3, 4, 5, 6});
    CHECK(folded("Concat", {table, whole({2, 1}, {7, 8})}, {{"axis", std::int64_t{-1}}}) ==
          "2x4 [1.0, 2.0, 3.0, 7.0, 4.0, 5.0, 6.0, 8.0]");
    CHECK(folded("Gather", {table, whole({2}, {2, -3})}, {{"axis", std::int64_t{1}}}) ==
          "2x2 [3.0, 1.0, 6.0, 4.0]");
    CHECK(folded("Gather", {table, whole({}, {2})}) == "none");
    CHECK(folded("Slice", {table, whole({2}, {1, 2}), whole({2}, {9, -9}), whole({2}, {0, 1}),
                           whole({2}, {1, -2})}) == "1x2 [6.0, 4.0]");
    CHECK(folded("Slice", {table, whole({1}, {2}), whole({1}, {1}), whole({1}, {1})}) == "2x0 []");
    CHECK(folded("Expand", {whole({2, 1}, {1, 2}), whole({3}, {1, 1, 2})}) == "1x2x2 [1.0, 1.0, 2.0, 2.0]");
    CHECK(folded("Range", {whole({}, {5}), whole({}, {0}), whole({}, {-2})}) == "3 [5.0, 3.0, 1.0]");
    CHECK(folded("Range", {whole({}, {0}), whole({}, {5}), whole({}, {0})}) == "none");
    CHECK(folded("Range", {whole({}, {0}), whole({}, {std::int64_t{1} << 40}), whole({}, {1})}) == "none");
    CHECK(folded("Split", {table}, {{"axis", std::int64_t{1}}, {"split", Dims{1, 2}}}) == "2x1 [1.0, 4.0]");
    CHECK(folded("Shape", {table}, {{"start", std::int64_t{-1}}}) == "1 [3.0]");
}

TEST_CASE("constants change their type", "[onnx]") {
    const auto to = [](std::int64_t type) { return Attributes{{"to", type}}; };
    CHECK(folded("Cast", {real({2}, {1.7F, -1.7F})}, to(7)) == "2 [1.0, -1.0]");
    CHECK(folded("Cast", {whole({2}, {3, 0})}, to(9)) == "2 [1.0, 0.0]");
    CHECK(folded("Cast", {real({}, {1e30F})}, to(7)) == "none");
    // FLOAT16, as half-precision models store weights.
    CHECK(folded("Cast", {real({}, {0.5F})}, to(10)) == " [0.5]");
    CHECK(folded("Cast", {whole({}, {1})}, to(8)) == "none");
}

TEST_CASE("codes of numbers are rounded to even and cut off", "[onnx]") {
    const Constant scale = real({}, {0.5F});
    const Constant zero(OnnxTensor{"", OnnxType::int8, {}, {}, {10}});
    CHECK(folded("QuantizeLinear", {real({4}, {0.25F, 0.75F, 1000, -1000}), scale, zero}) ==
          "4 [10.0, 12.0, 127.0, -128.0]");
    CHECK(folded("DequantizeLinear",
                 {Constant(OnnxTensor{"", OnnxType::int8, {2, 2}, {}, {1, 2, 3, 4}}), real({2}, {1, 2})},
                 {{"axis", std::int64_t{0}}}) == "2x2 [1.0, 2.0, 6.0, 8.0]");
    // Scales that do not fit the axis.
    CHECK(
        folded("DequantizeLinear", {Constant(OnnxTensor{"", OnnxType::int8, {2, 3}, {}, {1, 2, 3, 4, 5, 6}}),
                                    real({2}, {1, 2})}) == "none");
}

TEST_CASE("shapes in parts that lead to a shape are followed", "[onnx]") {
    ModelBuilder b({1, 4, 6, 6});
    b.add("shape", "Shape", {"x"});
    b.add("batch", "Gather", {"shape", b.integers("zero", {}, {0})});
    b.add("batches", "Unsqueeze", {"batch", b.integers("axis", {1}, {0})});
    b.add("filled", "ConstantOfShape", {b.integers("two", {1}, {2})},
          {{"value", OnnxTensor{"", OnnxType::int64, {1}, {}, {-1}}}});
    b.add("is_open", "Equal", {"filled", b.integers("open", {}, {-1})});
    b.add("rest", "Where", {"is_open", b.integers("parts", {2}, {2, 72}), "filled"});
    b.add("wanted", "Concat", {"batches", "rest"}, {{"axis", std::int64_t{0}}});
    b.add("reshaped", "Reshape", {"x", "wanted"});
    b.add("back", "Reshape", {"reshaped", "shape"});
    b.add("relu", "Relu", {"back"});
    CHECK(import_operations(b, "relu") == "relu");
}

TEST_CASE("averages that runtimes of opset 19 divide otherwise are left as they are", "[onnx]") {
    const auto pool = [](std::int64_t opset, const Attributes& attributes) {
        ModelBuilder b({1, 2, 7, 7}, opset);
        Attributes all{
            {"kernel_shape", Dims{2, 2}}, {"strides", Dims{2, 2}}, {"count_include_pad", std::int64_t{1}}};
        all.insert(attributes.begin(), attributes.end());
        b.add("pool", "AveragePool", {"x"}, all);
        return operations(import(b.build("pool", {1, 2, 4, 4})).network);
    };
    const Attributes ceil{{"ceil_mode", std::int64_t{1}}};
    // Seven columns by twos: the last window has one beyond them.
    CHECK(pool(18, ceil) == "avg_pool");
    CHECK(pool(19, ceil) == "other");
    CHECK(pool(19, {}) == "avg_pool");
    CHECK(pool(19, {{"ceil_mode", std::int64_t{1}}, {"pads", Dims{1, 1, 0, 0}}}) == "avg_pool");
    // Padding at the bottom that the left does not have.
    CHECK(pool(19, {{"pads", Dims{0, 0, 1, 1}}}) == "other");
    CHECK(pool(13, {{"pads", Dims{0, 0, 1, 1}}}) == "avg_pool");
    CHECK(pool(19, {{"dilations", Dims{2, 2}}}) == "other");
}

TEST_CASE("averages with dilation are copied where their shape is agreed on", "[onnx]") {
    const auto average = [](std::int64_t opset, const Attributes& attributes) {
        ModelBuilder b({1, 2, 9, 10}, opset);
        Attributes all{{"kernel_shape", Dims{3, 2}}, {"dilations", Dims{2, 3}}, {"strides", Dims{2, 1}}};
        all.insert(attributes.begin(), attributes.end());
        b.add("pool", "AveragePool", {"x"}, all);
        const ImportedNetwork imported = import(b.build("pool"));
        const LayerId last = imported.network.results().front();
        return std::pair(imported.network.output(last), !imported.parameters[index(last)].copied.empty());
    };
    // (9 - 5) / 2 + 1 rows, 10 - 4 + 1 columns.
    CHECK(average(19, {}) == std::pair(Shape{2, 3, 7}, true));
    CHECK(average(19, {{"auto_pad", std::string("VALID")}}) == std::pair(Shape{2, 3, 7}, true));
    CHECK(average(19, {{"pads", Dims{1, 0, 2, 1}}}) == std::pair(Shape{2, 4, 8}, true));
    CHECK(average(22, {{"pads", Dims{1, 0, 2, 1}}, {"ceil_mode", std::int64_t{1}}}) ==
          std::pair(Shape{2, 5, 8}, true));
    CHECK(average(19, {{"auto_pad", std::string("SAME_UPPER")}}) == std::pair(Shape{2, 5, 10}, false));
}

TEST_CASE("operators are what they were in their version", "[onnx]") {
    SECTION("broadcasting along an axis, before opset 7") {
        const auto scaled = [](std::int64_t opset) {
            ModelBuilder b({1, 3, 3, 3}, opset);
            b.add("scaled", "Mul", {"x", b.floats("factors", {3}, {1, 2, 3})},
                  {{"broadcast", std::int64_t{1}}, {"axis", std::int64_t{1}}});
            b.add("prelu", "PRelu", {"scaled", b.floats("slopes", {3}, {4, 5, 6})});
            return import(b.build("prelu", {1, 3, 3, 3}));
        };
        const ImportedNetwork old = scaled(6);
        CHECK(operations(old.network) == "batch_norm prelu");
        CHECK(parameters_of(old, "batch_norm").scale == std::vector<float>{1, 2, 3});
        // Since, along the columns.
        CHECK(operations(scaled(7).network) == "other other");
    }
    SECTION("a dropout that trains") {
        const auto dropout = [](bool trains) {
            ModelBuilder b({1, 3, 3, 3});
            b.model().initializers.push_back({"trains", OnnxType::boolean, {}, {}, {trains ? 1 : 0}});
            b.add("drop", "Dropout", {"x", b.floats("ratio", {}, {0.5F}), "trains"});
            b.shape("drop", {1, 3, 3, 3});
            b.add("relu", "Relu", {"drop"});
            return import_operations(b, "relu");
        };
        CHECK(dropout(false) == "dropout relu");
        CHECK(dropout(true) == "other relu");
    }
    SECTION("padding of some axes, since opset 18") {
        ModelBuilder b({1, 3, 4, 4}, 18);
        b.add("padded", "Pad",
              {"x", b.integers("pads", {4}, {1, 2, 0, 3}), "", b.integers("axes", {2}, {-1, 2})});
        b.conv("conv", "padded", {4, 3, 3, 3}, {{"pads", Dims{0, 0, 0, 0}}});
        CHECK(op_of<Conv>(import(b.build("conv")).network, "conv").window ==
              Window{3, 3, 1, 1, 1, 1, 2, 1, 3, 0});
    }
}

TEST_CASE("shapes of operators that are newer than the library are known", "[onnx]") {
    const auto other = [](ModelBuilder& b, const std::string& output) {
        const Network net = import(b.build(output)).network;
        CHECK(operations(net) == "other");
        return net.output(net.result());
    };
    for (const char* op : {"Gelu", "Mish", "Swish", "GroupNormalization"}) {
        ModelBuilder b({1, 4, 6, 5}, 24);
        b.add("y", op, {"x"});
        CHECK(other(b, "y") == Shape{4, 6, 5});
    }
    ModelBuilder sum({1, 4, 6, 5}, 18);
    sum.add("y", "ReduceL2", {"x", sum.integers("axes", {1}, {-1})}, {{"keepdims", std::int64_t{1}}});
    CHECK(other(sum, "y") == Shape{4, 6, 1});
    ModelBuilder pad({1, 4, 6, 5}, 19);
    pad.add("y", "Pad", {"x", pad.integers("pads", {2}, {2, -1}), "", pad.integers("axes", {1}, {3})},
            {{"mode", std::string("wrap")}});
    CHECK(other(pad, "y") == Shape{4, 6, 6});
    const auto resize = [&](const std::string& policy) {
        ModelBuilder b({1, 4, 6, 5}, 18);
        b.add("y", "Resize", {"x", "", "", b.integers("sizes", {2}, {9, 9})},
              {{"axes", Dims{2, 3}}, {"keep_aspect_ratio_policy", policy}});
        return other(b, "y");
    };
    CHECK(resize("stretch") == Shape{4, 9, 9});
    CHECK(resize("not_larger") == Shape{4, 9, 8});
    CHECK(resize("not_smaller") == Shape{4, 11, 9});
}

TEST_CASE("a part without elements is named", "[onnx]") {
    ModelBuilder b({1, 4, 3, 3});
    b.add("parts", "Split", {"x", b.integers("sizes", {2}, {0, 4})}, {{"axis", std::int64_t{1}}});
    b.last().outputs = {"low", "high"};
    b.add("joined", "Concat", {"low", "high"}, {{"axis", std::int64_t{1}}});
    CHECK(refusal(b.build("joined")) ==
          std::vector<std::string>{"node 'parts' (Split): its output 'low' has 0 channels"});
}

TEST_CASE("arithmetic of operators without a layer is counted", "[onnx]") {
    const auto work = [](ModelBuilder& b, const Dims& output) {
        const Other other = op_of<Other>(import(b.build("y", output)).network, "other");
        return std::pair(other.macs, other.weights);
    };
    using Work = std::pair<std::int64_t, std::int64_t>;
    ModelBuilder up({1, 4, 5, 6});
    up.add("y", "ConvTranspose", {"x", up.weights("w", {4, 3, 2, 2})}, {{"strides", Dims{2, 2}}});
    // Each of 4 x 3 x 2 x 2 weights at each of 5 x 6 positions.
    CHECK(work(up, {1, 3, 10, 12}) == Work{48 * 30, 48});
    ModelBuilder deep({1, 2, 4, 4, 4});
    deep.add("y", "Conv", {"x", deep.weights("w", {3, 2, 3, 3, 3})});
    CHECK(work(deep, {1, 3, 2, 2, 2}) == Work{3 * 8 * 54, 162});
    ModelBuilder tokens({1, 7, 4});
    tokens.add("y", "MatMul", {"x", tokens.weights("w", {4, 5})});
    CHECK(work(tokens, {1, 7, 5}) == Work{7 * 5 * 4, 20});
    ModelBuilder plain({1, 2, 4, 4});
    plain.add("y", "Elu", {"x"});
    CHECK(work(plain, {1, 2, 4, 4}) == Work{0, 0});
}
