// SPDX-License-Identifier: Apache-2.0
#include "cleave/network/network.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>
#include <string>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

Shape shape_of(const Op& op, const Shape& input) { return infer_shape(op, {input}); }

/// The message with which an operation refuses its inputs.
std::string refusal(const Op& op, const std::vector<Shape>& inputs) {
    try {
        (void)infer_shape(op, inputs);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "accepted";
}

Pool pool(std::int64_t kernel, std::int64_t stride, std::int64_t pad, bool ceil) {
    return {PoolKind::max, square(kernel, stride, pad), ceil};
}

}  // namespace

TEST_CASE("convolutions", "[network][shape]") {
    CHECK(shape_of(conv_op(64, 7, 2, 3), {3, 224, 224}) == Shape{64, 112, 112});
    CHECK(shape_of(conv_op(8, 3, 1, 1), {3, 5, 7}) == Shape{8, 5, 7});
    CHECK(shape_of(conv_op(8, 1, 2), {3, 5, 8}) == Shape{8, 3, 4});
    CHECK(shape_of(conv_op(6, 3, 1, 1, 6), {6, 4, 4}) == Shape{6, 4, 4});
    CHECK(shape_of(conv_op(8, 3, 1, 1, 2), {4, 4, 4}) == Shape{8, 4, 4});
    // AlexNet's first layer: floor((224 + 2 * 2 - 11) / 4) + 1 = 55.
    CHECK(shape_of(conv_op(64, 11, 4, 2), {3, 224, 224}) == Shape{64, 55, 55});
    // A window that is as large as the padded map.
    CHECK(shape_of(conv_op(1, 5, 1, 1), {1, 3, 3}) == Shape{1, 1, 1});
}

TEST_CASE("windows that are not square", "[network][shape]") {
    Conv conv = conv_op(2, 3);
    conv.window = {3, 5, 2, 1, 1, 1, 0, 0, 0, 0};
    // (9 - 3) / 2 + 1 = 4, 9 - 5 + 1 = 5.
    CHECK(shape_of(conv, {1, 9, 9}) == Shape{2, 4, 5});
    // Dilation 2 makes 3 taps span 5 rows, dilation 3 makes 5 taps span 13 columns.
    conv.window = {3, 5, 1, 1, 2, 3, 0, 0, 0, 0};
    CHECK(conv.window.extent_h() == 5);
    CHECK(conv.window.extent_w() == 13);
    CHECK(shape_of(conv, {1, 9, 13}) == Shape{2, 5, 1});
    CHECK(refusal(conv, {{1, 9, 12}}) ==
          "a 5x13 window does not fit the 9x12 input feature map: the output would be empty");
    // Padding on one side only, as TensorFlow's "same" does for an even stride: (8 + 1 - 3) / 2 + 1 = 4.
    conv.window = {3, 3, 2, 2, 1, 1, 0, 0, 1, 1};
    CHECK(shape_of(conv, {1, 8, 8}) == Shape{2, 4, 4});
    conv.window = {3, 3, 2, 2, 1, 1, 1, 0, 0, 0};
    CHECK(shape_of(conv, {1, 8, 8}) == Shape{2, 4, 3});
}

TEST_CASE("pooling rounds down, or up as PyTorch does", "[network][shape]") {
    // SqueezeNet 1.0: floor((109 - 3) / 2) + 1 = 54, then ceil((54 - 3) / 2) + 1 = 27.
    CHECK(shape_of(pool(3, 2, 0, false), {96, 109, 109}) == Shape{96, 54, 54});
    CHECK(shape_of(pool(3, 2, 0, true), {96, 54, 54}) == Shape{96, 27, 27});
    CHECK(shape_of(pool(3, 2, 0, false), {96, 54, 54}) == Shape{96, 26, 26});
    CHECK(shape_of(pool(2, 2, 0, true), {1, 5, 4}) == Shape{1, 3, 2});
    // torch.nn.MaxPool2d(2, 2, padding=1, ceil_mode=True) on 4x4: ceil((4 + 2 - 2) / 2) + 1 = 3 exactly.
    CHECK(shape_of(pool(2, 2, 1, true), {1, 4, 4}) == Shape{1, 3, 3});
    // On 3x3: ceil(3 / 2) + 1 = 3, but the third window would start at 4 >= 3 + 1 and is dropped.
    CHECK(shape_of(pool(2, 2, 1, true), {1, 3, 3}) == Shape{1, 2, 2});
    // Kernel 1, stride 3 on 3: ceil(2 / 3) + 1 = 2, but the second window would start at 3 >= 3.
    CHECK(shape_of(pool(1, 3, 0, true), {1, 3, 3}) == Shape{1, 1, 1});
    CHECK(refusal(pool(2, 2, 2, false), {{1, 4, 4}}) ==
          "pad of a pooling layer must be smaller than its kernel");
    CHECK(refusal(pool(3, 1, 0, true), {{1, 2, 2}}) ==
          "a 3x3 window does not fit the 2x2 input feature map: the output would be empty");
}

TEST_CASE("operations that keep or gather maps", "[network][shape]") {
    const Shape in{6, 4, 5};
    for (const Op& op : {Op(BatchNorm{}), Op(Activation{ActivationKind::swish}), Op(Dropout{}), Op(Softmax{}),
                         Op(Lrn{}), Op(Shuffle{3})}) {
        CAPTURE(op_name(op));
        CHECK(shape_of(op, in) == in);
        CHECK(refusal(op, {in, in}) == "takes one input, not 2");
    }
    CHECK(shape_of(GlobalAveragePool{}, in) == Shape{6, 1, 1});
    CHECK(shape_of(Flatten{}, in) == Shape{120, 1, 1});
    CHECK(shape_of(FullyConnected{10, true}, in) == Shape{10, 1, 1});
    CHECK(infer_shape(Input{in}, {}) == in);
    CHECK(infer_shape(Add{}, {in, in, in}) == in);
    CHECK(infer_shape(Mul{}, {in, in}) == in);
    // A gate of squeeze-and-excite, on either side, and a scalar.
    CHECK(infer_shape(Mul{}, {in, {6, 1, 1}}) == in);
    CHECK(infer_shape(Mul{}, {{6, 1, 1}, in}) == in);
    CHECK(infer_shape(Add{}, {{1, 1, 1}, in, {6, 1, 1}}) == in);
    CHECK(infer_shape(Other{"Resize", {6, 8, 10}}, {in}) == Shape{6, 8, 10});
    CHECK(infer_shape(Other{"Where", {2, 1, 1}}, {in, {6, 1, 1}, {3, 3, 3}}) == Shape{2, 1, 1});
    CHECK(infer_shape(Concat{}, {in, {1, 4, 5}, {2, 4, 5}}) == Shape{9, 4, 5});
    CHECK(shape_of(Slice{2, 3}, in) == Shape{3, 4, 5});
    CHECK(shape_of(Slice{5, 1}, in) == Shape{1, 4, 5});
}

TEST_CASE("inputs that an operation cannot take are refused", "[network][shape]") {
    const Shape in{6, 4, 5};
    CHECK(refusal(Add{}, {in}) == "takes two or more inputs");
    CHECK(refusal(Concat{}, {in}) == "takes two or more inputs");
    CHECK(refusal(Add{}, {in, {6, 4, 4}}) == "inputs differ in shape: 6x4x5 and 6x4x4");
    CHECK(refusal(Mul{}, {in, {1, 4, 5}}) == "inputs differ in shape: 6x4x5 and 1x4x5");
    CHECK(refusal(Mul{}, {in, {3, 1, 1}}) == "inputs differ in shape: 6x4x5 and 3x1x1");
    CHECK(refusal(Other{"Resize", {6, 8, 0}}, {in}) == "feature map 6x8x0 is empty");
    CHECK(refusal(Other{"RandomNormal", in}, {}) == "takes one input or more");
    CHECK(refusal(Concat{}, {in, {6, 5, 5}}) == "inputs differ in height or width: 4x5 and 5x5");
    CHECK(refusal(Slice{4, 3}, {in}) == "channels [4, 3] (first, count) do not lie in the 6 input channels");
    CHECK(refusal(Slice{-1, 2}, {in}) ==
          "channels [-1, 2] (first, count) do not lie in the 6 input channels");
    CHECK(refusal(Slice{0, 0}, {in}) == "channels [0, 0] (first, count) do not lie in the 6 input channels");
    CHECK(refusal(Shuffle{4}, {in}) == "groups: 4 does not divide the 6 input channels");
    CHECK(refusal(conv_op(8, 3, 1, 1, 4), {in}) == "groups: 4 does not divide the 6 input channels");
    CHECK(refusal(conv_op(8, 3, 1, 1, 3), {in}) == "groups: 3 does not divide the 8 filters");
    CHECK(refusal(conv_op(0, 3, 1, 1), {in}) == "filters must be 1 to 1048576, not 0");
    CHECK(refusal(conv_op(8, 0), {in}) == "kernel height must be 1 to 1048576, not 0");
    CHECK(refusal(conv_op(8, 3, 0), {in}) == "stride must be 1 to 1048576, not 0");
    CHECK(refusal(conv_op(8, 3, 1, -1), {in}) == "pad must be 0 to 1048576, not -1");
    CHECK(refusal(FullyConnected{0, true}, {in}) == "features must be 1 to 1048576, not 0");
    CHECK(refusal(Conv(conv_op(8, 3)), {in, in}) == "takes one input, not 2");
}

TEST_CASE("sizes that would leave 64 bits are refused", "[network][shape]") {
    constexpr std::int64_t kMost = std::int64_t{1} << 20;
    CHECK(refusal(Input{{kMost, 1, 1}}, {}) == "accepted");
    CHECK(refusal(Input{{kMost + 1, 1, 1}}, {}) ==
          "feature map 1048577x1x1 is too large (at most 68719476736 elements)");
    CHECK(refusal(Input{{1, kMost, kMost}}, {}) != "accepted");
    CHECK(refusal(Input{{0, 1, 1}}, {}) == "feature map 0x1x1 is empty");
    CHECK(refusal(Input{{1, -1, -1}}, {}) == "feature map 1x-1x-1 is empty");
    CHECK(refusal(conv_op(kMost, 1), {{kMost, 1, 1}}) == "accepted");
    CHECK(refusal(conv_op(kMost, 3, 1, 1), {{kMost, 200, 200}}) != "accepted");
    CHECK(refusal(FullyConnected{kMost, true}, {{kMost, 256, 256}}) ==
          "needs more than 1125899906842624 multiply-accumulates");
}

TEST_CASE("depthwise means one input channel a group", "[network]") {
    CHECK(is_depthwise(conv_op(4, 3, 1, 1, 4), {4, 5, 5}));
    CHECK(is_depthwise(conv_op(8, 3, 1, 1, 4), {4, 5, 5}));
    CHECK_FALSE(is_depthwise(conv_op(4, 3, 1, 1, 2), {4, 5, 5}));
    CHECK_FALSE(is_depthwise(conv_op(4, 3), {1, 5, 5}));
    CHECK(op_name(conv_op(4, 3, 1, 1, 4)) == "depthwise");
    CHECK(op_name(conv_op(4, 3)) == "conv");
    CHECK(op_name(Activation{ActivationKind::relu6}) == "relu6");
    CHECK(op_name(pool(2, 2, 0, false)) == "max_pool");
}
