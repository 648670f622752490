// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/copy_nodes.hpp"

#include "cleave/onnx/import.hpp"
#include "support/onnx_models.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

// That copies compute what the model computes is tried with ONNX Runtime (test/deploy/small_models.py).
using namespace cleave;
using namespace cleave::testing;

namespace {

using Dims = ModelBuilder::Dims;

constexpr std::int64_t kPlenty = 1 << 20;

std::vector<std::string> operators_of(const std::string& bytes) {
    std::vector<std::string> names;
    const OnnxModel copy = read_onnx(bytes);
    for (const OnnxNode& node : copy.nodes) {
        names.push_back(node.op);
    }
    return names;
}

/// The copy of the only layer without a model, and the model as it is read from a file.
OnnxModel copy_in(OnnxModel model) {
    const ImportedNetwork imported = import_onnx(read_onnx(write_onnx(model)), "m");
    std::vector<std::string> copies;
    for (const LayerParameters& parameters : imported.parameters) {
        if (!parameters.copied.empty()) {
            copies.push_back(parameters.copied);
        }
    }
    REQUIRE(copies.size() == 1);
    return read_onnx(copies.front());
}

std::vector<std::int32_t> all_of(std::int32_t count) {
    std::vector<std::int32_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), 0);
    return order;
}

/// What Reshape and Transpose of a copy make of numbers that count up.
std::vector<std::int32_t> order_of(const OnnxModel& copy) {
    std::vector<std::int64_t> dims;
    std::vector<std::int64_t> strides;
    for (const OnnxNode& node : copy.nodes) {
        if (node.op == "Reshape" && dims.empty()) {
            dims = copy.initializers.front().ints;
            strides.assign(dims.size(), 1);
            for (std::size_t i = dims.size(); i-- > 1;) {
                strides[i - 1] = strides[i] * dims[i];
            }
        }
        if (node.op == "Transpose") {
            std::vector<std::int64_t> moved_dims;
            std::vector<std::int64_t> moved_strides;
            for (const std::int64_t axis : std::get<Dims>(node.attributes.at("perm"))) {
                moved_dims.push_back(dims[static_cast<std::size_t>(axis)]);
                moved_strides.push_back(strides[static_cast<std::size_t>(axis)]);
            }
            dims = moved_dims;
            strides = moved_strides;
        }
    }
    std::vector<std::int32_t> order{0};
    for (std::size_t axis = 0; axis < dims.size(); ++axis) {
        std::vector<std::int32_t> longer;
        for (const std::int32_t start : order) {
            for (std::int64_t i = 0; i < dims[axis]; ++i) {
                longer.push_back(start + static_cast<std::int32_t>(i * strides[axis]));
            }
        }
        order = longer;
    }
    return order;
}

}  // namespace

TEST_CASE("views become the nodes that make them", "[onnx][copy]") {
    std::int64_t budget = kPlenty;
    const Shape map{2, 3, 4};
    const std::vector<std::int32_t> none;
    CHECK(operators_of(copy_view({map, {6, 4, 1}, none, {}, 0}, budget)) ==
          std::vector<std::string>{"Reshape"});
    const OnnxModel padded = read_onnx(copy_view({map, {2, 6, 9}, none, {1, 2, 2, 3}, -1.5}, budget));
    REQUIRE(padded.nodes.size() == 1);
    CHECK(padded.nodes[0].op == "Pad");
    CHECK(padded.initializers[0].ints == Dims{0, 0, 1, 2, 0, 0, 2, 3});
    CHECK(padded.initializers[1].floats == std::vector<float>{-1.5F});
    CHECK(padded.outputs[0].dims == Dims{1, 2, 6, 9});
}

TEST_CASE("orders that transpositions make are transpositions again", "[onnx][copy]") {
    std::int64_t budget = kPlenty;
    const Shape map{2, 3, 4};
    // All ways to read three axes, one of them in two parts.
    const std::vector<std::int64_t> dims{2, 3, 2, 2};
    const std::vector<std::int64_t> strides{12, 4, 2, 1};
    std::vector<std::size_t> axes{0, 1, 2, 3};
    std::size_t count = 0;
    do {
        std::vector<std::int32_t> order{0};
        for (const std::size_t axis : axes) {
            std::vector<std::int32_t> longer;
            for (const std::int32_t start : order) {
                for (std::int64_t i = 0; i < dims[axis]; ++i) {
                    longer.push_back(start + static_cast<std::int32_t>(i * strides[axis]));
                }
            }
            order = longer;
        }
        const OnnxModel copy = read_onnx(copy_view({map, map, order, {}, 0}, budget));
        CAPTURE(axes);
        CHECK(order_of(copy) == order);
        ++count;
    } while (std::next_permutation(axes.begin(), axes.end()));
    CHECK(count == 24);
    // Any other order is looked up.
    std::vector<std::int32_t> order = all_of(24);
    std::swap(order[3], order[17]);
    const OnnxModel copy = read_onnx(copy_view({map, map, order, {}, 0}, budget));
    CHECK(operators_of(copy_view({map, map, order, {}, 0}, budget)) ==
          std::vector<std::string>{"Reshape", "Gather", "Reshape"});
    CHECK(copy.initializers[1].ints == Dims(order.begin(), order.end()));
}

TEST_CASE("a copy has the constants that its node reads, of any type", "[onnx][copy]") {
    ModelBuilder b({1, 2, 3, 4});
    b.add("half", "Constant", {}, {{"value_float", 0.5}});
    b.add("sizes", "Shape", {"x"});
    // Not folded on import: copied with what it reads.
    b.add("steps", "CumSum", {b.integers("ones", {4}, {1, 1, 1, 1}), b.integers("axis", {}, {0})});
    b.add("row", "Cast", {"steps"}, {{"to", std::int64_t{1}}});
    b.add("odd", "Odd", {"x", "half", "", "sizes", "row"}, {{"words", std::string("text")}});
    b.last().domain = "com.example";
    b.shape("odd", {1, 2, 3, 4});
    b.model().domains["com.example"] = 2;
    const OnnxModel copy = copy_in(b.build("odd", {1, 2, 3, 4}));
    CHECK(copy.domains.at("com.example") == 2);
    REQUIRE(copy.nodes.size() == 3);
    CHECK(copy.nodes[0].op == "CumSum");
    CHECK(copy.nodes[1].op == "Cast");
    const OnnxNode& odd = copy.nodes[2];
    CHECK(odd.op == "Odd");
    REQUIRE(odd.inputs.size() == 5);
    CHECK(odd.inputs[0] == "x0");
    CHECK(odd.inputs[2].empty());
    CHECK(odd.inputs[4] == copy.nodes[1].outputs[0]);
    CHECK(std::get<std::string>(odd.attributes.at("words")) == "text");
    const auto numbers = [&](const std::string& name) {
        const auto found = std::find_if(copy.initializers.begin(), copy.initializers.end(),
                                        [&](const OnnxTensor& tensor) { return tensor.name == name; });
        return found == copy.initializers.end() ? OnnxTensor{} : *found;
    };
    CHECK(numbers(odd.inputs[1]).floats == std::vector<float>{0.5F});
    CHECK(numbers(odd.inputs[3]).ints == Dims{1, 2, 3, 4});
    CHECK(copy.inputs[0].dims == Dims{1, 2, 3, 4});
    CHECK(copy.outputs[0].name == "y");
}

TEST_CASE("copies of old operators are raised to opset 13", "[onnx][copy]") {
    ModelBuilder b({1, 2, 4, 4}, 9);
    b.add("part", "Slice", {"x"}, {{"axes", Dims{2}}, {"starts", Dims{1}}, {"ends", Dims{3}}});
    const OnnxModel copy = copy_in(b.build("part"));
    CHECK(copy.opset == 13);
    const auto slice = std::find_if(copy.nodes.begin(), copy.nodes.end(),
                                    [](const OnnxNode& node) { return node.op == "Slice"; });
    REQUIRE(slice != copy.nodes.end());
    CHECK(slice->inputs.size() >= 4);
    CHECK(slice->attributes.count("starts") == 0);
}

TEST_CASE("copies take no more memory than they may", "[onnx][copy]") {
    ModelBuilder b({1, 2, 4, 4});
    b.add("odd", "Odd", {"x", b.weights("w", {100})});
    const OnnxModel model = b.build("odd");
    const CopiedNode what{model.nodes[0],
                          {CopiedMap{0, {2, 4, 4}, {1, 2, 4, 4}}, Constant(model.initializers[0])},
                          "odd",
                          {1, 2, 4, 4},
                          {2, 4, 4}};
    std::int64_t budget = kPlenty;
    CHECK_FALSE(copy_node(model, what, budget).empty());
    CHECK(budget < kPlenty);
    budget = 100;
    CHECK(copy_node(model, what, budget).empty());
    CHECK(copy_node(model, what, budget).empty());
}
