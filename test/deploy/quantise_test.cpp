// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/quantise.hpp"

#include "cleave/deploy/run_plan.hpp"
#include "cleave/deploy/seeded.hpp"
#include "support/executor.hpp"
#include "support/networks.hpp"
#include "support/platforms.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

using namespace cleave;
using namespace cleave::testing;

namespace {

/// number / 2^shift to the nearest whole number, halves to even, in integers alone.
std::int64_t shift_round(std::int64_t number, int shift) {
    if (shift <= 0) {
        return number * (std::int64_t{1} << -shift);
    }
    const std::int64_t unit = std::int64_t{1} << shift;
    std::int64_t quotient = number / unit;
    std::int64_t rest = number % unit;
    if (rest < 0) {
        rest += unit;
        --quotient;
    }
    const bool up = 2 * rest > unit || (2 * rest == unit && quotient % 2 != 0);
    return up ? quotient + 1 : quotient;
}

std::int64_t as_int8(std::int64_t number) { return std::clamp<std::int64_t>(number, -128, 127); }

/// The whole number of units of 2^exponent that a value is.
std::int64_t units_of(double value, int exponent) {
    const double number = std::ldexp(value, -exponent);
    REQUIRE(number == std::nearbyint(number));
    return static_cast<std::int64_t>(number);
}

/// A network, one mapping of it, and its fixed-point segments with the values of all crossing tensors.
struct Deployed {
    Network network;
    UnitGraph units{network};
    Platform platform = make_platform();
    StateSpace states{units};
    Costing costing{units, platform};
    Plan plan;
    FixedPointFormats formats;
    std::vector<Graph> graphs;
    std::vector<Values> values;

    Deployed(Network made, const Parameters& parameters, const Mapping& mapping, const Values& input)
        : network(std::move(made)), plan(make_plan(costing, evaluate(costing, states, mapping))) {
        RangeMeter meter(network, parameters);
        static_cast<void>(meter.add(input));
        formats = choose_formats(plan, units, parameters, meter.ranges());
        graphs = segments(plan, units, parameters, formats);
        values = execute_plan(plan, graphs, input);
    }

    /// The only tensor that crosses in this direction.
    [[nodiscard]] PlanTensorId crossing(Direction direction) const {
        for (std::size_t i = 0; i < plan.tensors.size(); ++i) {
            if (plan.tensors[i].crossing && plan.tensors[i].crossing->direction == direction) {
                return plan_tensor_id(i);
            }
        }
        throw std::logic_error("nothing crosses");
    }
    [[nodiscard]] const GraphNode& fpga_node(const std::string& name) const {
        for (std::size_t i = 0; i < graphs.size(); ++i) {
            for (const GraphNode& node : graphs[i].nodes) {
                if (plan.steps[i].device == StepDevice::fpga && node.name == name) {
                    return node;
                }
            }
        }
        throw std::logic_error("no node " + name);
    }
};

Tensor tensor_of(const Values& values, const Shape& shape) {
    Tensor tensor{shape, {}};
    for (const double value : values) {
        tensor.values.push_back(static_cast<std::int64_t>(value));
    }
    return tensor;
}

/// A convolution's numbers as an FPGA would hold them.
Weights weights_of(const GraphNode& node, std::int64_t depth) {
    const auto& conv = std::get<Conv>(std::get<Op>(node.op));
    Weights weights{conv.filters, depth, conv.window.taps(), {}, {}};
    for (const float weight : node.parameters.weights) {
        weights.values.push_back(units_of(weight, node.fixed_point.value().weights));
        REQUIRE(as_int8(weights.values.back()) == weights.values.back());
    }
    for (const float bias : node.parameters.bias) {
        weights.bias.push_back(units_of(bias, node.fixed_point.value().bias));
    }
    return weights;
}

}  // namespace

TEST_CASE("the least power of two in which numbers fit 8 bits", "[deploy][quantise]") {
    CHECK(fitting_exponent(127) == 0);
    CHECK(fitting_exponent(127.001) == 1);
    CHECK(fitting_exponent(63.5) == -1);
    // 127 / 64 = 1.98 holds 1, 127 / 128 does not; 127 / 16 = 7.9 holds 6, 127 / 32 = 3.97 does not.
    CHECK(fitting_exponent(1) == -6);
    CHECK(fitting_exponent(6) == -4);
    CHECK(fitting_exponent(0) == 0);
    CHECK(fitting_exponent(1e-300) == -60);
    CHECK(fitting_exponent(1e300) == 60);
}

TEST_CASE("weights and bias are rounded to even and limited", "[deploy][quantise]") {
    LayerParameters parameters;
    parameters.weights = {0.5F, 1.5F, 2.5F, -0.5F, -1.5F, 200, -200};
    parameters.bias = {0.75F, -1.25F};
    const LayerParameters result = rounded(parameters, {0, -1});
    CHECK(result.weights == std::vector<float>{0, 2, 2, 0, -2, 127, -128});
    // In halves: 1.5 is 2, -2.5 is -2.
    CHECK(result.bias == std::vector<float>{1, -1});
}

TEST_CASE("a bias counts in the product of both formats", "[deploy][quantise]") {
    LayerParameters parameters;
    parameters.weights = {0.3F, -1};
    FixedPoint formats = weight_formats(parameters, -4);
    CHECK(formats.weights == -6);
    parameters.bias = {0.5F};
    formats = weight_formats(parameters, -4);
    CHECK(formats.weights == -6);
    CHECK(formats.bias == -10);
    // 2^24 / 2^10 = 16384 is the largest bias; a larger one makes the weights coarser.
    parameters.bias = {16384};
    CHECK(weight_formats(parameters, -4).weights == -6);
    parameters.bias = {16400};
    formats = weight_formats(parameters, -4);
    CHECK(formats.weights == -5);
    CHECK(formats.bias == -9);
}

TEST_CASE("convolutions on the FPGA are what integers give", "[deploy][quantise]") {
    std::size_t whole = 0;
    std::size_t split = 0;
    for (std::uint32_t seed = 1; seed <= 120; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const RandomConv made = random_conv(random);
        Chain chain(made.input);
        chain.then("conv", made.conv);
        const bool clamp = random.chance(50);
        if (clamp) {
            chain.then("relu", Activation{ActivationKind::relu, {}, {}});
        }
        const Network network = chain.build();
        const LayerId layer = find_layer(network, "conv");
        const Parameters parameters = seeded_parameters(network, seed);
        const Values input = seeded_input(made.input, seed);
        Mapping mapping{{{layer}}, {}};
        const bool dense = made.conv.groups == 1;
        const std::int64_t extent = dense ? made.conv.filters : made.conv.groups;
        const bool sums = dense && made.input.channels > 1 && random.chance(50);
        if (sums) {
            mapping = {{}, {{layer, SplitAxis::channels, random.between(1, made.input.channels - 1)}}};
        } else if (extent > 1 && random.chance(50)) {
            mapping = {
                {}, {{layer, dense ? SplitAxis::filters : SplitAxis::groups, random.between(1, extent - 1)}}};
        }
        (mapping.runs.empty() ? split : whole) += 1;
        const Deployed d(network, parameters, mapping, input);

        const PlanTensorId down = d.crossing(Direction::to_fpga);
        const PlanTensorId up = d.crossing(Direction::to_gpu);
        const int in_format = d.formats.tensors[index(down)].value();
        const int out_format = d.formats.tensors[index(up)].value();
        // What goes down: channels of the input, rounded.
        const PlanTensor& sent = d.plan.tensor(down);
        for (std::size_t i = 0; i < d.values[index(down)].size(); ++i) {
            const double scaled =
                std::ldexp(input[i + static_cast<std::size_t>(sent.channels.first * sent.shape.positions())],
                           -in_format);
            REQUIRE(std::abs(scaled) <= 127);
            REQUIRE(d.values[index(down)][i] == std::nearbyint(scaled));
        }
        const GraphNode& node = d.fpga_node("conv");
        const auto& conv = std::get<Conv>(std::get<Op>(node.op));
        const PlanTensor& made_up = d.plan.tensor(up);
        const LayerWork work{conv, {sent.shape}, made_up.shape};
        const Tensor expected = convolve(work, tensor_of(d.values[index(down)], sent.shape),
                                         weights_of(node, sent.shape.channels / conv.groups));
        const int product = node.fixed_point->weights + in_format;
        REQUIRE((node.parameters.bias.empty() || node.fixed_point->bias == product));
        REQUIRE(expected.values.size() == d.values[index(up)].size());
        for (std::size_t i = 0; i < expected.values.size(); ++i) {
            std::int64_t number = expected.values[i];
            if (sums) {
                REQUIRE(out_format == product);
                REQUIRE(std::abs(number) <= std::numeric_limits<std::int32_t>::max());
            } else {
                number = as_int8(
                    shift_round(clamp ? std::max<std::int64_t>(number, 0) : number, out_format - product));
            }
            REQUIRE(d.values[index(up)][i] == static_cast<double>(number));
        }
    }
    CHECK(whole > 30);
    CHECK(split > 50);
}

TEST_CASE("batch norm goes into the weights right before it", "[deploy][quantise]") {
    const Network network = Chain({1, 1, 1})
                                .then("conv", conv_op(2, 1))
                                .then("norm", BatchNorm{})
                                .then("relu", Activation{ActivationKind::relu, {}, {}})
                                .then("again", BatchNorm{})
                                .build();
    Parameters parameters(network.layers().size());
    LayerParameters& conv = parameters[1];
    conv.weights = {1, 2};
    conv.bias = {0.5F, 0};
    for (const std::size_t i : {std::size_t{2}, std::size_t{4}}) {
        LayerParameters& norm = parameters[i];
        norm.scale = {2, 3};
        norm.shift = {1, -1};
        norm.mean = {0.25F, 0.5F};
        norm.variance = {4, 1};
        norm.epsilon = 0;
    }
    const Mapping mapping{{{find_layer(network, "conv")}}, {}};
    const Deployed d(network, parameters, mapping, {1});
    // Factor 2 / sqrt(4) = 1 and 3: weights 1 and 6; bias (0.5 - 0.25) 1 + 1 = 1.25 and (0 - 0.5) 3 - 1 =
    // -2.5. 6 fits 127 / 16, so weights are held exactly.
    const GraphNode& folded = d.fpga_node("conv");
    CHECK(folded.parameters.weights == std::vector<float>{1, 6});
    CHECK(folded.parameters.bias == std::vector<float>{1.25F, -2.5F});
    CHECK(folded.fixed_point->weights == -4);
    // Behind the clamp it cannot be folded: a depthwise convolution of its own, y = x + 0.75 and 3 x - 2.5.
    const GraphNode& own = d.fpga_node("again");
    CHECK(std::get<Conv>(std::get<Op>(own.op)).groups == 2);
    CHECK(own.parameters.weights == std::vector<float>{1, 3});
    CHECK(own.parameters.bias == std::vector<float>{0.75F, -2.5F});
    CHECK_THROWS_AS(d.fpga_node("norm"), std::logic_error);
    // conv: 1 + 1.25 = 2.25 and 6 - 2.5 = 3.5; again: 3 and 8, which all formats hold exactly (8 in 1/8).
    CHECK(d.values[index(d.plan.outputs.front())] == Values{3, 8});
}

TEST_CASE("numbers that are only passed on keep their format", "[deploy][quantise]") {
    const Network network = Chain({2, 2, 2})
                                .then("pool", Pool{PoolKind::max, square(2, 2), false})
                                .then("slice", Slice{0, 1})
                                .then("conv", conv_op(1, 1))
                                .build();
    const Parameters parameters = seeded_parameters(network, 1);
    const Mapping mapping{
        {{find_layer(network, "pool"), find_layer(network, "slice"), find_layer(network, "conv")}}, {}};
    // The first channel's largest value alone would fit a finer format.
    const Deployed d(network, parameters, mapping, {0.1, -0.2, 0.3, 0.05, 100, 3, 2, 1});
    const int sent = d.formats.tensors[index(d.crossing(Direction::to_fpga))].value();
    CHECK(sent == 0);
    CHECK(d.formats.layers[index(find_layer(network, "pool"))].output == sent);
    CHECK(d.formats.layers[index(find_layer(network, "slice"))].output == sent);
}

TEST_CASE("a model's own codes set the scales, whatever the inputs are", "[deploy][quantise]") {
    const Network network = Chain({1, 2, 2})
                                .then("first", conv_op(1, 1))
                                .then("relu", Activation{ActivationKind::relu, {}, {}})
                                .then("pool", Pool{PoolKind::max, square(2, 2), false})
                                .then("second", conv_op(1, 1))
                                .build();
    Parameters parameters = seeded_parameters(network, 1);
    const LayerId first = find_layer(network, "first");
    const LayerId pool = find_layer(network, "pool");
    const LayerId second = find_layer(network, "second");
    const Mapping mapping{{{first, pool, second}}, {}};
    const Values input{0.1, 0.2, 0.3, 0.4};
    const auto deployed = [&] { return Deployed(network, parameters, mapping, input); };
    CHECK(deployed().formats.own_scales == 0);
    parameters[0].codes = Codes{1, -128, 127};
    // Rounded behind the pooling: the convolution before it and its clamp have that scale, that of fewer
    // codes.
    parameters[index(pool)].codes = Codes{0.25, 0, 15};
    // Codes from 0 on have one bit less above it in 8 bits, and no scale is kept that is no power of two.
    parameters[index(second)].codes = Codes{0.4F, 0, 255};
    const Deployed d = deployed();
    CHECK(d.formats.tensors[index(d.crossing(Direction::to_fpga))] == 0);
    CHECK(d.formats.layers[index(find_layer(network, "relu"))].output == -2);
    CHECK(d.formats.layers[index(pool)].output == -2);
    CHECK(d.formats.layers[index(second)].output == 0);
    CHECK(d.formats.own_scales == 3);
    // Of more codes than 8 bits have, inputs say which are in use.
    parameters[index(second)].codes = Codes{0.4F, -32768, 32767};
    CHECK(deployed().formats.own_scales == 2);
    parameters[index(second)].codes = Codes{0.4F, 0, 255};
    // What is read back from a bundle does not count against them.
    FixedPointFormats known = d.formats;
    known.layers[index(second)].output = 5;
    known.tensors[index(d.crossing(Direction::to_fpga))] = 5;
    const FixedPointFormats again = complete_formats(d.plan, d.units, parameters, known);
    CHECK(again.layers[index(second)].output == 0);
    CHECK(again.tensors == d.formats.tensors);
    CHECK(again.own_scales == 3);
}

TEST_CASE("values that are not finite are refused with the layer's name", "[deploy][quantise]") {
    const Network network = Chain({1, 1, 1}).then("conv", conv_op(1, 1)).build();
    Parameters parameters = seeded_parameters(network, 1);
    parameters[1].weights = {std::numeric_limits<float>::infinity()};
    RangeMeter meter(network, parameters);
    CHECK_THROWS_WITH(meter.add({1}), Catch::Contains("'conv'"));
}
