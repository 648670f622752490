// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/weight_logic.hpp"

#include "cleave/cost/slice_logic.hpp"
#include "cleave/network/fold_norm.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace cleave {
namespace {

/// Numbers that come first, as far as there are such, then all others ascending.
std::vector<std::int64_t> beginning_with(const std::vector<std::int64_t>& first, std::int64_t count) {
    std::vector<bool> taken(static_cast<std::size_t>(count));
    std::vector<std::int64_t> order;
    for (const std::int64_t number : first) {
        if (number < count) {
            taken[static_cast<std::size_t>(number)] = true;
            order.push_back(number);
        }
    }
    for (std::int64_t number = 0; number < count; ++number) {
        if (!taken[static_cast<std::size_t>(number)]) {
            order.push_back(number);
        }
    }
    return order;
}

FilterWeights filters_in(const LayerParameters& parameters, const Op& op, const Shape& input) {
    FilterWeights layer{parameters.weights};
    const auto count = static_cast<std::int64_t>(parameters.weights.size());
    if (const auto* conv = std::get_if<Conv>(&op)) {
        layer.groups = conv->groups;
        layer.filters = conv->filters / conv->groups;
        layer.channels = input.channels / conv->groups;
        layer.taps = conv->window.taps();
    } else if (const auto* fc = std::get_if<FullyConnected>(&op)) {
        layer.filters = fc->features;
        layer.channels = count / fc->features;
    } else {
        // A batch norm: one weight a channel.
        layer.groups = count;
    }
    return layer;
}

/// The weights of a unit's head with the batch norms that fold into them; a batch norm as filters. Nothing if
/// they are as they are: large layers are not copied.
std::optional<LayerParameters> with_norms(const UnitGraph& units, const Unit& unit,
                                          const Parameters& parameters) {
    const Network& network = units.network();
    std::optional<LayerParameters> changed;
    if (std::holds_alternative<BatchNorm>(network.layer(unit.head).op)) {
        changed = norm_as_filters(parameters[index(unit.head)]);
    }
    const std::vector<FollowerRole> roles = follower_roles(network, unit);
    for (std::size_t i = 0; i < roles.size(); ++i) {
        if (roles[i] == FollowerRole::folded) {
            if (!changed) {
                changed = parameters[index(unit.head)];
            }
            fold_norm(*changed, affine_of(parameters[index(unit.layers[i + 1])]));
        }
    }
    return changed;
}

bool all_finite(const std::vector<float>& numbers) {
    return std::all_of(numbers.begin(), numbers.end(), [](float x) { return std::isfinite(x); });
}

class Counting {
public:
    Counting(const UnitGraph& units, const Parameters& parameters, Pick pick,
             const std::vector<Split>& splits)
        : units_(units),
          parameters_(parameters),
          pick_(pick),
          splits_(splits),
          layers_(units.network().layers().size()) {}

    std::vector<std::optional<LayerLogic>> run() {
        for (const Unit& unit : units_.units()) {
            count(unit);
        }
        return std::move(layers_);
    }

private:
    void count(const Unit& unit) {
        const Network& network = units_.network();
        const Op& op = network.layer(unit.head).op;
        const Shape input = network.input(unit.head);
        // Of the head's output channels.
        std::vector<std::int64_t> channels;
        const bool is_norm = std::holds_alternative<BatchNorm>(op);
        if (is_norm || filters_of(op, input)) {
            const LayerParameters& own = parameters_[index(unit.head)];
            const std::optional<LayerParameters> changed = with_norms(units_, unit, parameters_);
            const LayerParameters& folded = changed ? *changed : own;
            channels = count_head(unit.head, filters_in(is_norm ? folded : own, op, input),
                                  filters_in(folded, op, input));
        }
        count_norms(unit, channels);
    }

    /// @return the order of the output channels if the layer is split; empty: as they come
    std::vector<std::int64_t> count_head(LayerId head, const FilterWeights& own,
                                         const FilterWeights& folded) {
        LayerLogic& logic = layers_[index(head)].emplace();
        if (!std::holds_alternative<Conv>(units_.network().layer(head).op)) {
            logic.whole = logic_of_layer(folded);
            return {};
        }
        if (folded.groups > 1) {
            const std::vector<std::int64_t> groups = slices(logic, head, SplitAxis::groups, folded);
            std::vector<std::int64_t> channels;
            for (const std::int64_t group : groups) {
                for (std::int64_t n = 0; n < folded.filters; ++n) {
                    channels.push_back(group * folded.filters + n);
                }
            }
            return channels;
        }
        slices(logic, head, SplitAxis::channels, own);
        return slices(logic, head, SplitAxis::filters, folded);
    }

    /// Fills in one axis and, except of the channels, the whole. @return the order, empty as in LayerLogic
    std::vector<std::int64_t> slices(LayerLogic& logic, LayerId layer, SplitAxis axis,
                                     const FilterWeights& weights) const {
        const SlicePart part = axis == SplitAxis::channels  ? SlicePart::channels
                               : axis == SplitAxis::filters ? SlicePart::filters
                                                            : SlicePart::groups;
        std::vector<std::int64_t> order = order_of(layer, axis, weights, part);
        logic.shares[position(axis)] = logic_of_slices(weights, part, order);
        if (axis != SplitAxis::channels) {
            logic.whole = logic.shares[position(axis)].back();
        }
        // A share of all is no split.
        logic.shares[position(axis)].pop_back();
        if (std::is_sorted(order.begin(), order.end())) {
            order.clear();
        }
        logic.order[position(axis)] = order;
        return order;
    }

    [[nodiscard]] std::vector<std::int64_t> order_of(LayerId layer, SplitAxis axis,
                                                     const FilterWeights& weights, SlicePart part) const {
        const auto named = std::find_if(splits_.begin(), splits_.end(), [&](const Split& split) {
            return split.layer == layer && split.axis == axis;
        });
        if (named != splits_.end()) {
            return beginning_with(named->picked, static_cast<std::int64_t>(in_order(weights, part).size()));
        }
        return pick_ == Pick::cheapest ? cheapest_first(weights, part) : in_order(weights, part);
    }

    /// Batch norms with hardware of their own, in the order of the channels in front of them.
    void count_norms(const Unit& unit, const std::vector<std::int64_t>& channels) {
        const Network& network = units_.network();
        const std::vector<FollowerRole> roles = follower_roles(network, unit);
        for (std::size_t i = 0; i < roles.size(); ++i) {
            const LayerId layer = unit.layers[i + 1];
            const Op& op = network.layer(layer).op;
            if (roles[i] != FollowerRole::hardware || !std::holds_alternative<BatchNorm>(op)) {
                continue;
            }
            const LayerParameters own = norm_as_filters(parameters_[index(layer)]);
            const FilterWeights weights = filters_in(own, op, network.input(layer));
            std::vector<CsdLogic>& shares =
                layers_[index(layer)].emplace().shares[position(SplitAxis::groups)];
            shares = logic_of_slices(weights, SlicePart::groups,
                                     channels.empty() ? in_order(weights, SlicePart::groups) : channels);
            layers_[index(layer)]->whole = shares.back();
        }
    }

    static std::size_t position(SplitAxis axis) { return static_cast<std::size_t>(axis); }

    const UnitGraph& units_;
    const Parameters& parameters_;
    Pick pick_;
    const std::vector<Split>& splits_;
    std::vector<std::optional<LayerLogic>> layers_;
};

}  // namespace

std::vector<std::int64_t> WeightLogic::picked(LayerId layer, SplitAxis axis, std::int64_t share) const {
    const auto& logic = layers[index(layer)];
    if (!logic || logic->order[static_cast<std::size_t>(axis)].empty()) {
        return {};
    }
    const std::vector<std::int64_t>& order = logic->order[static_cast<std::size_t>(axis)];
    std::vector<std::int64_t> numbers(order.begin(), order.begin() + share);
    std::sort(numbers.begin(), numbers.end());
    // The first ones need no list.
    if (numbers.back() == share - 1) {
        numbers.clear();
    }
    return numbers;
}

bool WeightLogic::has_order() const {
    return std::any_of(layers.begin(), layers.end(), [](const auto& logic) {
        return logic && std::any_of(logic->order.begin(), logic->order.end(),
                                    [](const auto& order) { return !order.empty(); });
    });
}

std::vector<LayerId> layers_not_finite(const UnitGraph& units, const Parameters& parameters) {
    const Network& network = units.network();
    std::vector<LayerId> bad;
    for (const Unit& unit : units.units()) {
        const std::optional<LayerParameters> changed = with_norms(units, unit, parameters);
        if (!all_finite(parameters[index(unit.head)].weights) || (changed && !all_finite(changed->weights))) {
            bad.push_back(unit.head);
        }
        const std::vector<FollowerRole> roles = follower_roles(network, unit);
        for (std::size_t i = 0; i < roles.size(); ++i) {
            const LayerId layer = unit.layers[i + 1];
            const bool is_norm = std::holds_alternative<BatchNorm>(network.layer(layer).op);
            if (is_norm && roles[i] == FollowerRole::hardware &&
                !all_finite(norm_as_filters(parameters[index(layer)]).weights)) {
                bad.push_back(layer);
            }
        }
    }
    return bad;
}

WeightLogic weight_logic(const UnitGraph& units, const Parameters& parameters, Pick pick, std::string sha256,
                         const std::vector<Split>& splits) {
    return {std::move(sha256), Counting(units, parameters, pick, splits).run()};
}

}  // namespace cleave
