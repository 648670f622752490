// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/option_filter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace cleave {
namespace {

/// Everything that is compared, time first.
using Costs = std::array<std::int64_t, 10>;

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

bool covers(const Costs& a, const Costs& b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] > b[i]) {
            return false;
        }
    }
    return true;
}

/// A set that answers whether one of its members covers another; blocks whose minima do not are skipped.
class Covering {
public:
    [[nodiscard]] bool any(const Costs& other) const {
        for (std::size_t block = 0; block < least_.size(); ++block) {
            if (!covers(least_[block], other)) {
                continue;
            }
            const std::size_t end = std::min(all_.size(), (block + 1) * kBlock);
            for (std::size_t i = block * kBlock; i < end; ++i) {
                if (covers(all_[i], other)) {
                    return true;
                }
            }
        }
        return false;
    }
    void add(const Costs& one) {
        if (all_.size() % kBlock == 0) {
            least_.push_back(one);
        }
        Costs& least = least_.back();
        for (std::size_t i = 0; i < one.size(); ++i) {
            least[i] = std::min(least[i], one[i]);
        }
        all_.push_back(one);
    }

private:
    static constexpr std::size_t kBlock = 32;
    std::vector<Costs> all_;
    std::vector<Costs> least_;
};

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
    Covering covering;
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
    Covering covering;
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
