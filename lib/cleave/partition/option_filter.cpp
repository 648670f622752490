// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/option_filter.hpp"

#include "cleave/partition/covering.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

namespace cleave {
namespace {

/// By everything that is compared, time first.
using OptionCovering = Covering<10>;
using Costs = OptionCovering::Costs;

Costs costs_of(const StageOption& o) {
    const Resources& d = o.demand;
    return {o.time.ticks(),
            o.energy.ticks(),
            d.alm,
            d.dsp,
            d.m20k,
            d.m20k_dear,
            d.m20k_dearest,
            o.busy.gpu.ticks(),
            o.busy.link.ticks(),
            o.busy.fpga.ticks()};
}

/// What covers this is on the ladder as good as these costs.
Costs with_tolerance(const Costs& costs) {
    constexpr std::size_t kFirstResource = 2;
    constexpr std::size_t kFirstBusy = 7;
    Costs all{};
    for (std::size_t i = 0; i < costs.size(); ++i) {
        const bool is_resource = i >= kFirstResource && i < kFirstBusy;
        all[i] = static_cast<std::int64_t>(
            std::ceil(static_cast<double>(costs[i]) * (is_resource ? kLadderStep : kLadderNear)));
    }
    return all;
}

}  // namespace

void keep_nondominated(std::vector<StageOption>& options,
                       const std::function<bool(const StageOption&, const StageOption&)>& before) {
    std::vector<std::pair<Costs, std::size_t>> order;
    for (std::size_t i = 0; i < options.size(); ++i) {
        order.emplace_back(costs_of(options[i]), i);
    }
    // Whatever covers an option comes before it.
    std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
        if (a.first != b.first) {
            return a.first < b.first;
        }
        if (before(options[a.second], options[b.second])) {
            return true;
        }
        return !before(options[b.second], options[a.second]) && a.second < b.second;
    });
    std::vector<StageOption> kept;
    OptionCovering covering;
    for (const auto& [costs, i] : order) {
        if (!covering.any(costs)) {
            covering.add(costs);
            kept.push_back(options[i]);
        }
    }
    options = std::move(kept);
}

void thin_out(std::vector<StageOption>& options) {
    // Slow ones first: they need least.
    std::vector<StageOption> kept;
    OptionCovering covering;
    for (auto option = options.rbegin(); option != options.rend(); ++option) {
        const Costs costs = costs_of(*option);
        if (!covering.any(with_tolerance(costs))) {
            covering.add(costs);
            kept.push_back(*option);
        }
    }
    std::reverse(kept.begin(), kept.end());
    options = std::move(kept);
}

}  // namespace cleave
