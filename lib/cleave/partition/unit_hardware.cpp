// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/unit_hardware.hpp"

#include "cleave/cost/rounding.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace cleave {
namespace {

auto size_key(const LayerHardware& hw) {
    const Resources& r = hw.resources;
    return std::tie(r.alm, r.m20k, r.dsp, r.m20k_dear, r.m20k_dearest, hw.choice);
}

/// The smallest of an implementation that keeps a pace; if none does, the fastest.
std::optional<LayerHardware> smallest_at(const std::vector<LayerHardware>& all, std::size_t implementation,
                                         std::int64_t interval) {
    std::optional<LayerHardware> best;
    const auto key = [&](const LayerHardware& hw) {
        return std::tuple(std::max(hw.interval, interval), size_key(hw));
    };
    for (const LayerHardware& hw : all) {
        if (hw.choice.implementation == implementation && (!best || key(hw) < key(*best))) {
            best = hw;
        }
    }
    return best;
}

bool no_worse(const LayerHardware& a, const LayerHardware& b) {
    return a.choice.implementation == b.choice.implementation && a.interval <= b.interval &&
           a.fill_positions <= b.fill_positions && a.depth <= b.depth && a.resources.within(b.resources);
}

}  // namespace

LayerWork slice_layer(const LayerWork& whole, SplitAxis axis, std::int64_t part) {
    switch (axis) {
        case SplitAxis::channels: return slice_channels(whole, part);
        case SplitAxis::filters: return slice_filters(whole, part);
        case SplitAxis::groups: return slice_groups(whole, part);
    }
    throw std::logic_error("split axis out of range");
}

LayerWork with_channels(LayerWork work, std::int64_t channels) {
    work.inputs.front().channels = channels;
    work.output.channels = channels;
    return work;
}

std::vector<LayerHardware> keep_useful(const std::vector<LayerHardware>& all) {
    std::vector<std::size_t> order(all.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i] = i;
    }
    const auto key = [&](std::size_t i) {
        const LayerHardware& hw = all[i];
        return std::tuple(hw.choice.implementation, hw.interval, hw.depth, hw.fill_positions, size_key(hw));
    };
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
    // Whatever beats one comes before it.
    std::vector<std::size_t> kept;
    for (const std::size_t i : order) {
        if (std::none_of(kept.begin(), kept.end(), [&](std::size_t k) { return no_worse(all[k], all[i]); })) {
            kept.push_back(i);
        }
    }
    std::sort(kept.begin(), kept.end());
    std::vector<LayerHardware> result;
    for (const std::size_t i : kept) {
        result.push_back(all[i]);
    }
    return result;
}

UnitHardware::UnitHardware(const UnitGraph& graph, const Fpga& fpga, const WeightLogic* weights)
    : graph_(graph), fpga_(fpga), weights_(weights) {
    for (std::size_t i = 0; i < graph.size(); ++i) {
        const LayerId head = graph.unit(unit_id(i)).head;
        LayerWork work = whole_layer(graph.network(), head);
        work.csd = logic_of(head);
        all_.push_back(
            with_followers(fpga.variants(work), unit_id(i), graph.network().output(head).channels));
        useful_.push_back(keep_useful(all_.back()));
    }
}

std::optional<CsdLogic> UnitHardware::logic_of(LayerId layer) const {
    const bool known = weights_ != nullptr && weights_->layers[index(layer)];
    return known ? std::optional(weights_->layers[index(layer)]->whole) : std::nullopt;
}

std::optional<CsdLogic> UnitHardware::logic_of(LayerId layer, SplitAxis axis, std::int64_t share) const {
    if (weights_ == nullptr || !weights_->layers[index(layer)]) {
        return std::nullopt;
    }
    const auto& shares = weights_->layers[index(layer)]->shares[static_cast<std::size_t>(axis)];
    return shares.empty() ? std::nullopt : std::optional(shares[static_cast<std::size_t>(share - 1)]);
}

std::vector<LayerHardware> UnitHardware::of_split(UnitId id, SplitAxis axis, std::int64_t share) const {
    const LayerId head = graph_.unit(id).head;
    LayerWork slice = slice_layer(whole_layer(graph_.network(), head), axis, share);
    slice.csd = logic_of(head, axis, share);
    std::vector<LayerHardware> heads = fpga_.variants(slice);
    return axis == SplitAxis::channels ? heads : with_followers(std::move(heads), id, slice.output.channels);
}

std::vector<LayerHardware> UnitHardware::variants_behind(LayerId layer, std::int64_t channels) const {
    LayerWork work = with_channels(whole_layer(graph_.network(), layer), channels);
    // Of a batch norm, by channels.
    work.csd = logic_of(layer, SplitAxis::groups, channels);
    return fpga_.variants(work);
}

std::optional<LayerHardware> UnitHardware::follower(LayerId layer, std::int64_t channels,
                                                    const LayerHardware& whole) const {
    return smallest_at(variants_behind(layer, channels), whole.choice.implementation, whole.interval);
}

std::vector<LayerHardware> UnitHardware::with_followers(std::vector<LayerHardware> heads, UnitId id,
                                                        std::int64_t channels) const {
    const Unit& unit = graph_.unit(id);
    const std::vector<FollowerRole> roles = follower_roles(graph_.network(), unit);
    for (std::size_t i = 0; i < roles.size(); ++i) {
        if (roles[i] != FollowerRole::hardware) {
            continue;
        }
        const std::vector<LayerHardware> followers = variants_behind(unit.layers[i + 1], channels);
        std::vector<LayerHardware> both;
        for (LayerHardware& head : heads) {
            const auto follower = smallest_at(followers, head.choice.implementation, head.interval);
            if (follower) {
                head.resources += follower->resources;
                head.interval = std::max(head.interval, follower->interval);
                head.depth += follower->depth;
                // In positions of the unit's input.
                head.fill_positions +=
                    ceil_div(follower->fill_positions * head.positions, follower->positions);
                both.push_back(std::move(head));
            }
        }
        heads = std::move(both);
    }
    return heads;
}

}  // namespace cleave
