// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/weight_logic.hpp"

#include "cleave/deploy/fpga_stage.hpp"
#include "cleave/deploy/quantise.hpp"
#include "support/layer_reference.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <set>
#include <string>

using namespace cleave;
using namespace cleave::testing;

namespace {

/// By definition: filters of a group that are equal once, odd factors of an input number once. The digits of
/// a number in canonical signed form are those where three times it and it differ.
CsdLogic logic_by_definition(const std::vector<int>& weights, std::int64_t each, std::int64_t groups) {
    CsdLogic logic;
    const auto per_group = static_cast<std::int64_t>(weights.size()) / each / groups;
    for (std::int64_t g = 0; g < groups; ++g) {
        std::set<std::vector<int>> filters;
        std::set<std::pair<std::int64_t, unsigned>> multipliers;
        for (std::int64_t n = g * per_group; n < (g + 1) * per_group; ++n) {
            const std::vector<int> filter(weights.begin() + n * each, weights.begin() + (n + 1) * each);
            const auto terms = std::count_if(filter.begin(), filter.end(), [](int w) { return w != 0; });
            logic.filters += terms > 0 ? 1 : 0;
            logic.terms += filters.insert(filter).second ? terms : 0;
            for (std::int64_t i = 0; i < each; ++i) {
                auto odd = static_cast<unsigned>(std::abs(filter[static_cast<std::size_t>(i)]));
                while (odd != 0 && odd % 2 == 0) {
                    odd /= 2;
                }
                if (odd != 0 && multipliers.emplace(i, odd).second) {
                    ++logic.products;
                    logic.adders += std::popcount((3 * odd) ^ odd) - 1;
                }
            }
        }
    }
    return logic;
}

/// Of the circuit that a unit, or the FPGA's share of it, becomes.
CsdLogic logic_of_stage(const FpgaStage& stage) {
    const FixedPoint formats = weight_formats(stage.parameters, 0);
    std::vector<int> weights;
    for (const float w : rounded(stage.parameters, formats).weights) {
        weights.push_back(static_cast<int>(std::ldexp(static_cast<double>(w), -formats.weights)));
    }
    const auto& conv = std::get<Conv>(stage.op);
    return logic_by_definition(weights, static_cast<std::int64_t>(weights.size()) / conv.filters,
                               conv.groups);
}

/// Weights of any size, some zero, some filters equal. Without bias, which could ask for another format.
LayerParameters some_weights(Random& random, const Conv& conv, const Shape& input) {
    LayerParameters parameters;
    const std::int64_t each = input.channels / conv.groups * conv.window.taps();
    const std::int64_t zeros = random.pick<std::int64_t>({0, 30, 90});
    for (std::int64_t n = 0; n < conv.filters; ++n) {
        if (n > 0 && random.chance(20)) {
            const std::vector<float> last(parameters.weights.end() - each, parameters.weights.end());
            parameters.weights.insert(parameters.weights.end(), last.begin(), last.end());
            continue;
        }
        const float size = random.pick<float>({0.001F, 0.01F, 0.01F, 0.3F});
        for (std::int64_t i = 0; i < each; ++i) {
            const auto number = static_cast<float>(random.between(-1000, 1000));
            parameters.weights.push_back(random.chance(zeros) ? 0.0F : size * number);
        }
    }
    return parameters;
}

LayerParameters scaling_norm(Random& random, std::int64_t channels) {
    LayerParameters norm;
    for (std::int64_t c = 0; c < channels; ++c) {
        norm.scale.push_back(random.pick<float>({0.5F, 1, 3, -1.3F}));
        norm.shift.push_back(0);
        norm.mean.push_back(0);
        norm.variance.push_back(random.pick<float>({0.2F, 1, 5}));
    }
    return norm;
}

}  // namespace

TEST_CASE("the logic of a slice is that of the weights in its circuit", "[deploy][weight_logic]") {
    std::map<std::string, int> checked;
    for (std::uint32_t seed = 1; seed <= 300; ++seed) {
        Random random(seed);
        RandomConv layer = random_conv(random);
        layer.conv.bias = false;
        const bool is_separate = random.chance(30);
        Chain chain(layer.input);
        chain.then("conv", layer.conv);
        if (is_separate) {
            // A batch norm behind a clamp does not fold.
            chain.then("relu", Activation{});
        }
        const Network network = chain.then("norm", BatchNorm{}).build();
        Parameters parameters(network.layers().size());
        parameters[1] = some_weights(random, layer.conv, layer.input);
        parameters.back() = scaling_norm(random, layer.conv.filters);
        const UnitGraph units(network);
        const Pick pick = random.pick<Pick>({Pick::order, Pick::cheapest});
        const WeightLogic logic = weight_logic(units, parameters, pick, "");
        const LayerId norm = layer_id(network.layers().size() - 1);
        const auto check = [&](const ComputeUnit& unit, const CsdLogic& head,
                               const std::optional<CsdLogic>& own_norm) {
            const std::vector<FpgaStage> stages = fpga_stages(units, parameters, unit);
            REQUIRE(logic_of_stage(stages.front()) == head);
            REQUIRE((stages.size() > 1) == own_norm.has_value());
            if (own_norm) {
                REQUIRE(logic_of_stage(stages.back()) == *own_norm);
            }
        };
        const LayerLogic& conv = logic.layers[1].value();
        CAPTURE(seed, name_of(pick), is_separate);
        check({unit_id(0), Share::whole, std::nullopt}, conv.whole,
              is_separate ? std::optional(logic.layers[index(norm)].value().whole) : std::nullopt);
        for (const SplitAxis axis : {SplitAxis::channels, SplitAxis::filters, SplitAxis::groups}) {
            const auto& shares = conv.shares[static_cast<std::size_t>(axis)];
            for (std::size_t i = 0; i < shares.size(); ++i) {
                const auto share = static_cast<std::int64_t>(i + 1);
                const Split split{layer_id(1), axis, share, logic.picked(layer_id(1), axis, share)};
                CAPTURE(name_of(axis), share);
                const bool with_norm = is_separate && axis != SplitAxis::channels;
                const std::int64_t channels =
                    axis == SplitAxis::groups ? share * layer.conv.filters / layer.conv.groups : share;
                check({unit_id(0), Share::fpga, split}, shares[i],
                      with_norm
                          ? std::optional(logic.layers[index(norm)].value().shares[static_cast<std::size_t>(
                                SplitAxis::groups)][static_cast<std::size_t>(channels - 1)])
                          : std::nullopt);
                ++checked[name_of(axis)];
                checked["picked"] += split.picked.empty() ? 0 : 1;
                // The same slice where a mapping names it.
                const WeightLogic named = weight_logic(units, parameters, Pick::order, "", {split});
                REQUIRE(named.picked(layer_id(1), axis, share) == split.picked);
                REQUIRE(named.layers[1]->shares[static_cast<std::size_t>(axis)][i] == shares[i]);
            }
        }
    }
    for (const char* what : {"channels", "filters", "groups", "picked"}) {
        CAPTURE(what, checked[what]);
        CHECK(checked[what] > 100);
    }
}

TEST_CASE("weights that are not finite are found", "[deploy][weight_logic]") {
    const Network network = Chain({2, 3, 3})
                                .then("conv", conv_op(2, 1, 1, 0))
                                .then("folded", BatchNorm{})
                                .then("relu", Activation{})
                                .then("norm", BatchNorm{})
                                .build();
    const UnitGraph units(network);
    Random random(1);
    Parameters parameters(5);
    parameters[1].weights = {1, 2, 3, 4};
    parameters[2] = parameters[4] = scaling_norm(random, 2);
    CHECK(layers_not_finite(units, parameters).empty());
    Parameters changed = parameters;
    changed[1].weights[2] = std::numeric_limits<float>::quiet_NaN();
    CHECK(layers_not_finite(units, changed) == std::vector<LayerId>{layer_id(1)});
    changed = parameters;
    changed[2].variance[1] = -1;
    changed[4].scale[0] = std::numeric_limits<float>::infinity();
    CHECK(layers_not_finite(units, changed) == std::vector<LayerId>{layer_id(1), layer_id(4)});
}

TEST_CASE("cheap filters come first", "[deploy][weight_logic]") {
    const Network network = Chain({1, 3, 3}).then("conv", conv_op(4, 1, 1, 0)).build();
    Parameters parameters(2);
    // One adder of a multiplier is dearer than none, and no weight is free.
    parameters[1].weights = {85, 64, 0, 3};
    const UnitGraph units(network);
    const WeightLogic logic = weight_logic(units, parameters, Pick::cheapest, "");
    CHECK(logic.layers[1]->order[static_cast<std::size_t>(SplitAxis::filters)] ==
          std::vector<std::int64_t>{2, 1, 3, 0});
    CHECK(logic.picked(layer_id(1), SplitAxis::filters, 2) == std::vector<std::int64_t>{1, 2});
    CHECK(
        weight_logic(units, parameters, Pick::order, "").picked(layer_id(1), SplitAxis::filters, 2).empty());
}
