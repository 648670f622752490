// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/expand_operators.hpp"
#include "cleave/onnx/quantisation.hpp"
#include "onnx/imported.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace cleave;
using namespace cleave::testing;
using Dims = ModelBuilder::Dims;

namespace {

std::string codes(ModelBuilder& b, const std::string& name, OnnxType type, Dims dims,
                  std::vector<std::int64_t> numbers) {
    b.model().initializers.push_back({name, type, std::move(dims), {}, std::move(numbers)});
    return name;
}

ModelBuilder with_scales() {
    ModelBuilder b({1, 1, 2, 2});
    b.floats("half", {}, {0.5F});
    b.floats("quarter", {}, {0.25F});
    codes(b, "int_zero", OnnxType::int8, {}, {0});
    codes(b, "zero", OnnxType::uint8, {}, {0});
    codes(b, "middle", OnnxType::uint8, {}, {128});
    return b;
}

/// Codes of a value and back: "NAME_codes" and "NAME".
std::string rounded(ModelBuilder& b, const std::string& name, const std::string& in, const std::string& scale,
                    const std::string& zero) {
    b.add(name + "_codes", "QuantizeLinear", {in, scale, zero});
    return b.add(name, "DequantizeLinear", {name + "_codes", scale, zero});
}

ImportedNetwork import_expanded(OnnxModel model) {
    expand_operators(model);
    return import(model);
}

}  // namespace

TEST_CASE("weights in codes are the numbers that they stand for", "[onnx]") {
    ModelBuilder b = with_scales();
    codes(b, "w", OnnxType::int8, {2, 1, 1, 1}, {-3, 5});
    b.add("weights", "DequantizeLinear",
          {"w", b.floats("scales", {2}, {0.5F, 2}), codes(b, "zeros", OnnxType::int8, {2}, {1, 0})},
          {{"axis", std::int64_t{0}}});
    b.add("bias", "DequantizeLinear", {codes(b, "b", OnnxType::int32, {2}, {10, -4}), "quarter"});
    b.add("conv", "Conv", {"x", "weights", "bias"});
    const ImportedNetwork imported = import(b.build("conv"));
    CHECK(operations(imported.network) == "conv");
    CHECK(parameters_of(imported, "conv").weights == std::vector<float>{-2, 10});
    CHECK(parameters_of(imported, "conv").bias == std::vector<float>{2.5F, -1});
    CHECK(imported.warnings.empty());
}

TEST_CASE("rounding to codes and back leaves what the codes cut off at 0", "[onnx]") {
    const auto behind_conv = [](const std::string& zero, bool relu) {
        ModelBuilder b = with_scales();
        b.conv("conv", "x", {2, 1, 3, 3});
        const std::string in = relu ? b.add("relu", "Relu", {"conv"}) : "conv";
        rounded(b, "out", in, "half", zero);
        return import_operations(b, "out");
    };
    CHECK(behind_conv("int_zero", false) == "conv");
    CHECK(behind_conv("middle", false) == "conv");
    // Exporters leave a ReLU out where the codes begin at 0.
    CHECK(behind_conv("zero", false) == "conv relu");
    CHECK(behind_conv("zero", true) == "conv relu");
    ModelBuilder pooled = with_scales();
    pooled.conv("conv", "x", {2, 1, 3, 3});
    rounded(pooled, "first", "conv", "half", "zero");
    pooled.add("pool", "AveragePool", {"first"}, {{"kernel_shape", Dims{2, 2}}});
    rounded(pooled, "second", "pool", "quarter", "zero");
    CHECK(import_operations(pooled, "second") == "conv relu avg_pool");
    ModelBuilder six = with_scales();
    six.conv("conv", "x", {2, 1, 3, 3});
    rounded(six, "out", "conv", six.floats("sixth", {}, {6.0F / 255}), "zero");
    const ImportedNetwork imported = import(six.build("out"));
    CHECK(operations(imported.network) == "conv relu6");
    REQUIRE(imported.warnings.size() == 1);
    CHECK(imported.warnings.front().find("rounds 1 feature map to codes of its own") != std::string::npos);
}

TEST_CASE("pooling, reshaping and joining of codes are those of the numbers", "[onnx]") {
    ModelBuilder b = with_scales();
    b.conv("conv", "x", {2, 1, 3, 3});
    b.add("codes", "QuantizeLinear", {"conv", "half", "middle"});
    b.add("pool", "MaxPool", {"codes"}, {{"kernel_shape", Dims{2, 2}}});
    b.add("flat", "Flatten", {"pool"});
    b.add("numbers", "DequantizeLinear", {"flat", "half", "middle"});
    b.add("fc", "Gemm", {"numbers", b.weights("m", {2, 3})});
    CHECK(import_operations(b, "fc") == "conv max_pool flatten fc");
}

TEST_CASE("an operator without a cost model that moves codes moves numbers", "[onnx]") {
    ModelBuilder b = with_scales();
    b.conv("conv", "x", {4, 1, 3, 3});
    b.add("codes", "QuantizeLinear", {"conv", "half", "middle"});
    b.add("blocks", "DepthToSpace", {"codes"}, {{"blocksize", std::int64_t{2}}});
    b.shape("blocks", {1, 1, 4, 4});
    b.add("out", "DequantizeLinear", {"blocks", "half", "middle"});
    CHECK(operations(import(b.build("out")).network) == "conv other");
}

TEST_CASE("codes that are read with another scale are scaled", "[onnx]") {
    ModelBuilder b = with_scales();
    b.conv("conv", "x", {2, 1, 3, 3});
    b.add("codes", "QuantizeLinear", {"conv", "half", "middle"});
    b.add("out", "DequantizeLinear", {"codes", "quarter", codes(b, "other", OnnxType::uint8, {}, {120})});
    const ImportedNetwork imported = import(b.build("out"));
    CHECK(operations(imported.network) == "conv batch_norm");
    // (x / 0.5 + 128 - 120) 0.25
    CHECK(parameters_of(imported, "batch_norm").scale == std::vector<float>{0.5F, 0.5F});
    CHECK(parameters_of(imported, "batch_norm").shift == std::vector<float>{2, 2});
    ModelBuilder image = with_scales();
    image.model().inputs.front().type = OnnxType::uint8;
    image.add("numbers", "DequantizeLinear", {"x", "half", "middle"});
    image.conv("conv", "numbers", {2, 1, 3, 3});
    const ImportedNetwork read = import(image.build("conv"));
    CHECK(operations(read.network) == "batch_norm conv");
    CHECK(parameters_of(read, "batch_norm").shift == std::vector<float>{-64});
}

TEST_CASE("an operator on codes that does not do the same to numbers stays as it is", "[onnx]") {
    ModelBuilder b = with_scales();
    b.conv("conv", "x", {2, 1, 3, 3});
    b.add("codes", "QuantizeLinear", {"conv", "half", "middle"});
    b.add("sign", "Relu", {"codes"});
    b.shape("sign", {1, 2, 2, 2});
    b.add("out", "Relu", {"sign"});
    CHECK(import_operations(b, "out") == "conv other relu");
}

TEST_CASE("quantised operators are those of numbers between codes", "[onnx]") {
    ModelBuilder b = with_scales();
    const std::string middle = "middle";
    b.add("x_codes", "QuantizeLinear", {"x", "half", middle});
    codes(b, "w", OnnxType::int8, {2, 1, 1, 1}, {4, -8});
    codes(b, "bias", OnnxType::int32, {2}, {8, 16});
    b.add("conv", "QLinearConv",
          {"x_codes", "half", middle, "w", "quarter", "int_zero", "half", "zero", "bias"});
    b.add("sum", "QLinearAdd", {"conv", "half", "zero", "conv", "half", "zero", "half", middle});
    b.last().domain = "com.microsoft";
    b.add("pool", "QLinearGlobalAveragePool", {"sum", "half", middle, "half", middle});
    b.last().domain = "com.microsoft";
    b.add("flat", "Flatten", {"pool"});
    b.add("fc", "QGemm",
          {"flat", "half", middle, codes(b, "m", OnnxType::int8, {2, 1}, {2, -2}), "quarter", "int_zero",
           codes(b, "c", OnnxType::int32, {1}, {24})});
    b.last().domain = "com.microsoft";
    const ImportedNetwork imported = import_expanded(b.build("fc"));
    CHECK(operations(imported.network) == "conv relu add global_avg_pool flatten fc");
    CHECK(parameters_of(imported, "conv").weights == std::vector<float>{1, -2});
    // Codes of the bias count 0.5 times 0.25.
    CHECK(parameters_of(imported, "conv").bias == std::vector<float>{1, 2});
    CHECK(parameters_of(imported, "fc").weights == std::vector<float>{0.5F, -0.5F});
    CHECK(parameters_of(imported, "fc").bias == std::vector<float>{3});
}

TEST_CASE("operators on integers whose scale comes later are those of numbers", "[onnx]") {
    ModelBuilder b = with_scales();
    b.add("codes", "DynamicQuantizeLinear", {"x"});
    b.last().outputs = {"codes", "scale", "shift"};
    b.add("conv", "ConvInteger",
          {"codes", codes(b, "w", OnnxType::int8, {2, 1, 1, 1}, {3, -3}), "shift", "int_zero"});
    b.add("cast", "Cast", {"conv"}, {{"to", std::int64_t{1}}});
    b.add("product", "Mul", {"scale", "quarter"});
    b.add("out", "Mul", {"cast", "product"});
    const ImportedNetwork imported = import_expanded(b.build("out"));
    CHECK(operations(imported.network) == "conv batch_norm");
    CHECK(parameters_of(imported, "conv").weights == std::vector<float>{3, -3});
    CHECK(parameters_of(imported, "batch_norm").scale == std::vector<float>{0.25F, 0.25F});
}

TEST_CASE("QONNX's roundings are folded into weights and left out of maps", "[onnx]") {
    ModelBuilder b = with_scales();
    const auto quant = [&](const std::string& name, const std::string& in, const std::string& bits,
                           std::int64_t has_sign) {
        b.add(name, "Quant", {in, "half", "none", bits}, {{"signed", has_sign}, {"narrow", std::int64_t{0}}});
        b.last().domain = "qonnx.custom_op.general";
    };
    b.floats("none", {}, {0});
    b.floats("two", {}, {2});
    b.floats("four", {}, {4});
    b.floats("w", {3, 1, 1, 1}, {0.3F, -5, 0.74F});
    quant("weights", "w", "two", 1);
    b.add("conv", "Conv", {"x", "weights"});
    quant("out", "conv", "four", 0);
    const ImportedNetwork imported = import(b.build("out"));
    CHECK(operations(imported.network) == "conv relu");
    // Two bits with a sign: -1, -0.5, 0, 0.5.
    CHECK(parameters_of(imported, "conv").weights == std::vector<float>{0.5F, -1, 0.5F});
    REQUIRE(imported.warnings.size() == 1);
    CHECK(imported.warnings.front().find("rounds 1 feature map") != std::string::npos);
}

TEST_CASE("operators of other domains that wrap those of ONNX are these", "[onnx]") {
    ModelBuilder b({1, 5, 4, 3});
    b.add("conv", "Conv", {"x", b.weights("w", {4, 3, 3, 3})}, {{"kernel_shape", Dims{3, 3}}});
    b.last().domain = "qonnx.custom_op.channels_last";
    b.add("relu", "Relu", {"conv"});
    b.add("pool", "MaxPool", {"relu"}, {{"kernel_shape", Dims{2, 2}}});
    b.last().domain = "qonnx.custom_op.channels_last";
    b.add("out", "Transpose", {"pool"}, {{"perm", Dims{0, 3, 1, 2}}});
    const Network net = import_expanded(b.build("out")).network;
    CHECK(operations(net) == "conv relu max_pool");
    CHECK(net.output(LayerId{}) == Shape{3, 5, 4});

    ModelBuilder fused({1, 3, 4, 4});
    fused.add("conv", "FusedConv", {"x", fused.weights("w", {4, 3, 3, 3}), fused.weights("b", {4})},
              {{"activation", std::string("LeakyRelu")}, {"activation_params", std::vector<double>{0.25}}});
    fused.last().domain = "com.microsoft";
    const Network parts = import_expanded(fused.build("conv")).network;
    CHECK(operations(parts) == "conv leaky_relu");
    CHECK(op_of<Activation>(parts, "leaky_relu").alpha == 0.25);
}

TEST_CASE("layers keep the codes of their maps", "[onnx]") {
    const auto codes_behind = [](const std::string& zero, bool read_twice) {
        ModelBuilder b = with_scales();
        b.conv("conv", "x", {2, 1, 3, 3});
        rounded(b, "out", "conv", "half", zero);
        if (read_twice) {
            b.add("sum", "Add", {"out", "conv"});
        }
        const ImportedNetwork imported = import(b.build(read_twice ? "sum" : "out"));
        // The ReLU that codes from 0 on stand for holds them.
        const std::string holder = zero == "zero" ? "relu" : "conv";
        const bool kept = parameters_of(imported, holder).codes.has_value();
        REQUIRE(imported.warnings.size() == 1);
        CHECK((imported.warnings.front().find("left out") == std::string::npos) == kept);
        return parameters_of(imported, holder).codes;
    };
    CHECK(codes_behind("int_zero", false) == Codes{0.5, -128, 127});
    CHECK(codes_behind("middle", false) == Codes{0.5, -128, 127});
    CHECK(codes_behind("zero", false) == Codes{0.5, 0, 255});
    // Others read more than the codes hold.
    CHECK_FALSE(codes_behind("int_zero", true));
    CHECK(codes_behind("zero", true) == Codes{0.5, 0, 255});
}

TEST_CASE("maps that are made of codes hold these", "[onnx]") {
    ModelBuilder b = with_scales();
    rounded(b, "in", "x", "quarter", "int_zero");
    b.conv("conv", "in", {2, 1, 3, 3});
    b.add("codes", "QuantizeLinear", {"conv", "half", "middle"});
    b.add("pool", "MaxPool", {"codes"}, {{"kernel_shape", Dims{2, 2}}});
    b.add("out", "DequantizeLinear", {"pool", "half", "middle"});
    const ImportedNetwork imported = import(b.build("out"));
    CHECK(imported.parameters.front().codes == Codes{0.25, -128, 127});
    CHECK(parameters_of(imported, "conv").codes == Codes{0.5, -128, 127});
    CHECK(parameters_of(imported, "max_pool").codes == Codes{0.5, -128, 127});
}

TEST_CASE("codes that are not one scale's for all readers are left out", "[onnx]") {
    const auto kept = [](const std::string& second) {
        ModelBuilder b = with_scales();
        b.conv("conv", "x", {2, 1, 3, 3});
        rounded(b, "left", "conv", "half", "int_zero");
        rounded(b, "right", "conv", second, "int_zero");
        b.add("sum", "Add", {"left", "right"});
        return parameters_of(import(b.build("sum")), "conv").codes.has_value();
    };
    CHECK(kept("half"));
    CHECK_FALSE(kept("quarter"));
    // What is folded into weights is not rounded.
    ModelBuilder b = with_scales();
    b.conv("conv", "x", {2, 1, 3, 3});
    rounded(b, "left", "conv", "half", "int_zero");
    b.add("norm", "Mul", {"left", "quarter"});
    CHECK_FALSE(parameters_of(import(b.build("norm")), "conv").codes);
}

TEST_CASE("codes are multiples of a scale", "[onnx]") {
    CHECK(codes_of({{0.25}, {0}, 0, -8, 7}) == Codes{0.25, -8, 7});
    CHECK(codes_of({{0.25}, {-8}, 0, -8, 7}) == Codes{0.25, 0, 15});
    CHECK_FALSE(codes_of({{0.25, 0.5}, {0}, 0, -8, 7}));
    CHECK_FALSE(codes_of({{0.25}, {0.5}, 0, -8, 7}));
    CHECK_FALSE(codes_of({{0.25}, {0}, 0, -2147483648.0, 2147483647.0}));
}

TEST_CASE("codes of different scales are not joined as if they had one", "[onnx]") {
    const auto joined = [](const std::string& scale) {
        ModelBuilder b = with_scales();
        b.conv("left", "x", {2, 1, 1, 1});
        b.conv("right", "x", {2, 1, 1, 1});
        b.add("left_codes", "QuantizeLinear", {"left", "half", "middle"});
        b.add("right_codes", "QuantizeLinear", {"right", scale, "middle"});
        b.add("all", "Concat", {"left_codes", "right_codes"}, {{"axis", std::int64_t{1}}});
        b.shape("all", {1, 4, 2, 2});
        b.add("out", "DequantizeLinear", {"all", "half", "middle"});
        return import_operations(b, "out");
    };
    CHECK(joined("half") == "conv conv concat");
    CHECK(joined("quarter") == "conv conv other batch_norm");
}
