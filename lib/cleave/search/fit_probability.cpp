// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/fit_probability.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <utility>

namespace cleave {
namespace {

/// Probability that a standard normal is below z.
double normal_below(double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; }

/// The z that a standard normal is below with this probability, by bisection.
double normal_quantile(double probability) {
    double low = -9;
    double high = 9;
    for (int i = 0; i < 100; ++i) {
        const double middle = (low + high) / 2;
        (normal_below(middle) < probability ? low : high) = middle;
    }
    return (low + high) / 2;
}

/// Probability that `needed` times exp(spread z) is within `usable`.
double within(std::int64_t needed, std::int64_t usable, double spread) {
    if (needed == 0) {
        return 1;
    }
    if (spread == 0 || usable == 0) {
        return needed <= usable ? 1 : 0;
    }
    return normal_below(std::log(static_cast<double>(usable) / static_cast<double>(needed)) / spread);
}

}  // namespace

Resources most_needed(ResourceScope scope, const Score& score) {
    if (scope == ResourceScope::network) {
        return score.demand;
    }
    Resources needed;
    for (const ModuleScore& module : score.modules) {
        needed.alm = std::max(needed.alm, module.demand.alm);
        needed.dsp = std::max(needed.dsp, module.demand.dsp);
        needed.m20k = std::max(needed.m20k, module.demand.m20k);
    }
    return needed;
}

ImplementationSpread spread_of(const Fpga& fpga, const Mapping& mapping, KnownWeights weights) {
    std::vector<std::size_t> used;
    for (const LayerChoice& choice : mapping.hardware) {
        used.push_back(choice.hardware.implementation);
    }
    return used.empty() ? spread_of(fpga, weights) : spread_of(fpga, used, weights);
}

std::optional<double> fit_probability(const Platform& platform, const Mapping& mapping, const Score& score,
                                      KnownWeights weights) {
    const ImplementationSpread spread = spread_of(platform.fpga, mapping, weights);
    if ((spread.alm == 0 && spread.m20k == 0) || !platform.fpga.adds_up()) {
        return std::nullopt;
    }
    const Resources needed = most_needed(platform.resource_scope, score);
    const Resources& capacity = platform.fpga.capacity();
    return within(needed.alm, platform.fpga.usable_alm(), spread.alm) *
           within(needed.m20k, capacity.m20k, spread.m20k) * within(needed.dsp, capacity.dsp, 0);
}

Resources dependable_capacity(const Fpga& fpga, const ImplementationSpread& spread, double probability) {
    const bool both = spread.alm > 0 && spread.m20k > 0;
    const double z = normal_quantile(both ? std::sqrt(probability) : probability);
    const auto shrink = [&](std::int64_t amount, double s) {
        return static_cast<std::int64_t>(std::floor(static_cast<double>(amount) * std::exp(-s * z)));
    };
    return {shrink(fpga.capacity().alm, spread.alm), fpga.capacity().dsp,
            shrink(fpga.capacity().m20k, spread.m20k)};
}

std::vector<Fpga> dependable_fpgas(const Fpga& fpga, double probability, KnownWeights weights) {
    const auto pair_of = [](const ImplementationSpread& spread) {
        return std::pair(spread.alm, spread.m20k);
    };
    std::vector<ImplementationSpread> own;
    std::set<double> of_alm;
    std::set<double> of_m20k;
    for (const ClockedImplementation& one : fpga.implementations()) {
        own.push_back(spread_of(fpga, std::vector{one.number}, weights));
        of_alm.insert(own.back().alm);
        of_m20k.insert(own.back().m20k);
    }
    std::vector<Fpga> list;
    std::set<std::pair<double, double>> seen;
    for (auto alm = of_alm.rbegin(); alm != of_alm.rend(); ++alm) {
        for (auto m20k = of_m20k.rbegin(); m20k != of_m20k.rend(); ++m20k) {
            std::vector<ClockedImplementation> allowed;
            ImplementationSpread spread;
            for (std::size_t i = 0; i < own.size(); ++i) {
                if (own[i].alm <= *alm && own[i].m20k <= *m20k) {
                    allowed.push_back(fpga.implementations()[i]);
                    spread.alm = std::max(spread.alm, own[i].alm);
                    spread.m20k = std::max(spread.m20k, own[i].m20k);
                }
            }
            if (!allowed.empty() && seen.insert(pair_of(spread)).second) {
                Resources capacity = dependable_capacity(fpga, spread, probability);
                const Fpga those(fpga.model(), allowed, capacity);
                // Of a part of the implementations no more may be planned for.
                capacity.alm = static_cast<std::int64_t>(std::floor(
                    static_cast<double>(capacity.alm) * fpga.usable_alm_share() / those.usable_alm_share()));
                list.emplace_back(fpga.model(), std::move(allowed), capacity);
            }
        }
    }
    return list;
}

}  // namespace cleave
