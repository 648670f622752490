// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/quantise.hpp"
#include "cleave/deploy/run_plan.hpp"
#include "support/layer_reference.hpp"
#include "support/networks.hpp"
#include "support/platforms.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

using namespace cleave;
using namespace cleave::testing;

namespace {

/// A random convolution with whole-number weights, alone in a network or with batch norm and relu behind it,
/// and what it computes by its definition.
struct Case {
    Network network;
    Parameters parameters;
    RealMap input;
    RealMap expected;
};

/// Factors are powers of two, variance is 1 and epsilon 0: everything stays a whole number of quarters.
LayerParameters exact_norm(Random& random, std::int64_t channels) {
    LayerParameters norm;
    for (std::int64_t c = 0; c < channels; ++c) {
        norm.scale.push_back(random.pick<float>({0.5F, 1, 2, -1}));
        norm.shift.push_back(static_cast<float>(random.between(-50, 50)));
        norm.mean.push_back(static_cast<float>(random.between(-50, 50)));
        norm.variance.push_back(1);
    }
    norm.epsilon = 0;
    return norm;
}

Case random_case(Random& random) {
    const RandomConv layer = random_conv(random);
    Chain chain(layer.input);
    chain.then("conv", layer.conv);
    Case result{chain.build(), Parameters(2), {layer.input, {}}, {}};
    result.input.values = whole_values(random, layer.input.elements(), 127);
    result.parameters[1] = whole_parameters(random, layer.conv, layer.input);
    result.expected = reference_layer(layer.conv, result.parameters[1], {result.input});
    if (random.chance(50)) {
        const Op relu = Activation{ActivationKind::relu};
        result.network = chain.then("norm", BatchNorm{}).then("relu", relu).build();
        result.parameters.push_back(exact_norm(random, layer.conv.filters));
        result.parameters.emplace_back();
        result.expected = reference_layer(BatchNorm{}, result.parameters[2], {result.expected});
        result.expected = reference_layer(relu, {}, {result.expected});
    }
    return result;
}

std::int64_t extent_of(const Conv& conv, const Shape& in, SplitAxis axis) {
    switch (axis) {
        case SplitAxis::channels: return conv.groups == 1 ? in.channels : 0;
        case SplitAxis::filters: return conv.groups == 1 ? conv.filters : 0;
        case SplitAxis::groups: return conv.groups > 1 ? conv.groups : 0;
    }
    return 0;
}

/// Numbers of which a split takes some, in place of the first ones.
Split picked(Random& random, Split split, std::int64_t extent) {
    std::vector<std::int64_t> numbers;
    for (std::int64_t n = 0; n < extent; ++n) {
        const auto needed = split.fpga_share - static_cast<std::int64_t>(numbers.size());
        if (needed > 0 && random.below(extent - n) < needed) {
            numbers.push_back(n);
        }
    }
    if (numbers.back() != split.fpga_share - 1) {
        split.picked = std::move(numbers);
    }
    return split;
}

Plan plan_of(const UnitGraph& units, const Mapping& mapping, std::uint32_t seed,
             const WeightLogic* weights = nullptr) {
    Random random(seed);
    const Platform platform = make_platform(random_platform_options(random));
    const Costing costing(units, platform, weights);
    return make_plan(costing, evaluate(costing, StateSpace(units), mapping));
}

/// A random layer, split along an axis.
struct SplitCase {
    std::uint32_t seed = 0;
    Random& random;
    const Case& layer;
    const UnitGraph& units;
    Split split;
    std::int64_t extent = 0;
};

/// Calls `check` with 400 random layers, split along each axis that they can be split along.
template <class Check>
void for_random_splits(const Check& check) {
    for (std::uint32_t seed = 1; seed <= 400; ++seed) {
        Random random(seed);
        const Case c = random_case(random);
        const auto& conv = std::get<Conv>(c.network.layers()[1].op);
        const UnitGraph units(c.network);
        for (const SplitAxis axis : {SplitAxis::channels, SplitAxis::filters, SplitAxis::groups}) {
            const std::int64_t extent = extent_of(conv, c.input.shape, axis);
            if (extent >= 2) {
                const Split split{layer_id(1), axis, random.between(1, extent - 1)};
                check(SplitCase{seed, random, c, units, split, extent});
            }
        }
    }
}

Values result_of(const Plan& plan, const SplitCase& one) {
    return execute_plan(plan, segments(plan, one.units, one.layer.parameters),
                        one.layer.input.values)[index(plan.outputs.front())];
}

void check_each_axis(const std::map<SplitAxis, int>& checked, int more_than) {
    for (const auto& [axis, count] : checked) {
        CAPTURE(name_of(axis), count);
        CHECK(count > more_than);
    }
    CHECK(checked.size() == 3);
}

}  // namespace

TEST_CASE("a split convolution computes the same as the whole one", "[deploy][split]") {
    std::map<SplitAxis, int> checked;
    for_random_splits([&](const SplitCase& one) {
        CAPTURE(one.seed, name_of(one.split.axis), one.split.fpga_share, one.extent);
        const Plan plan = plan_of(one.units, {{}, {one.split}}, one.seed);
        REQUIRE(std::any_of(plan.steps.begin(), plan.steps.end(),
                            [](const PlanStep& step) { return step.device == StepDevice::fpga; }));
        REQUIRE(result_of(plan, one) == one.layer.expected.values);
        ++checked[one.split.axis];
    });
    check_each_axis(checked, 100);
}

TEST_CASE("so does one of which the FPGA takes any channels, filters or groups", "[deploy][split]") {
    std::map<SplitAxis, int> checked;
    for_random_splits([&](const SplitCase& one) {
        const Split split = picked(one.random, one.split, one.extent);
        CAPTURE(one.seed, name_of(split.axis), split.fpga_share, one.extent, split.picked);
        const WeightLogic weights = weight_logic(one.units, one.layer.parameters, Pick::order, "", {split});
        const Plan plan = plan_of(one.units, {{}, {split}}, one.seed, &weights);
        REQUIRE(result_of(plan, one) == one.layer.expected.values);
        checked[split.axis] += split.picked.empty() ? 0 : 1;
    });
    check_each_axis(checked, 50);
}

TEST_CASE("a layer wholly on the FPGA computes the same", "[deploy][split]") {
    for (std::uint32_t seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const Case c = random_case(random);
        const UnitGraph units(c.network);
        const Plan plan = plan_of(units, {{{layer_id(1)}}, {}}, seed);
        const std::vector<Values> found =
            execute_plan(plan, segments(plan, units, c.parameters), c.input.values);
        REQUIRE(found[index(plan.outputs.front())] == c.expected.values);
    }
}

TEST_CASE("partial sums cross the link without any loss", "[deploy][split]") {
    // Inputs and weights are 8-bit numbers, so that quantising changes neither: with partial sums at the
    // accumulator's width the result is exact in fixed point, too.
    int checked = 0;
    for (std::uint32_t seed = 1; seed <= 400; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const Case c = random_case(random);
        const std::int64_t channels = c.input.shape.channels;
        if (extent_of(std::get<Conv>(c.network.layers()[1].op), c.input.shape, SplitAxis::channels) < 2) {
            continue;
        }
        const UnitGraph units(c.network);
        const Plan plan =
            plan_of(units, {{}, {{layer_id(1), SplitAxis::channels, random.between(1, channels - 1)}}}, seed);
        RangeMeter meter(c.network, c.parameters);
        static_cast<void>(meter.add(c.input.values));
        const FixedPointFormats formats = choose_formats(plan, units, c.parameters, meter.ranges());
        const std::vector<Values> found =
            execute_plan(plan, segments(plan, units, c.parameters, formats), c.input.values);
        REQUIRE(found[index(plan.outputs.front())] == c.expected.values);
        ++checked;
    }
    CHECK(checked > 100);
}
