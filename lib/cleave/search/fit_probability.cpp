// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/fit_probability.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

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

std::optional<double> fit_probability(const Platform& platform, const Score& score, KnownWeights weights) {
    const ImplementationSpread spread = spread_of(platform.fpga, weights);
    if ((spread.alm == 0 && spread.m20k == 0) || !platform.fpga.adds_up()) {
        return std::nullopt;
    }
    Resources needed = score.demand;
    if (platform.resource_scope == ResourceScope::module) {
        needed = {};
        for (const ModuleScore& module : score.modules) {
            needed.alm = std::max(needed.alm, module.demand.alm);
            needed.dsp = std::max(needed.dsp, module.demand.dsp);
            needed.m20k = std::max(needed.m20k, module.demand.m20k);
        }
    }
    const Resources& capacity = platform.fpga.capacity();
    return within(needed.alm, platform.fpga.usable_alm(), spread.alm) *
           within(needed.m20k, capacity.m20k, spread.m20k) * within(needed.dsp, capacity.dsp, 0);
}

Fpga dependable_fpga(const ExploreRequest& request) {
    const Fpga& fpga = request.platform.fpga;
    const auto probability = request.constraints.fit_probability;
    const KnownWeights weights = request.weights ? KnownWeights::yes : KnownWeights::no;
    return Fpga(fpga.model(), fpga.implementations(),
                probability ? dependable_capacity(fpga, *probability, weights) : fpga.capacity());
}

Resources dependable_capacity(const Fpga& fpga, double probability, KnownWeights weights) {
    const ImplementationSpread spread = spread_of(fpga, weights);
    const bool both = spread.alm > 0 && spread.m20k > 0;
    const double z = normal_quantile(both ? std::sqrt(probability) : probability);
    const auto shrink = [&](std::int64_t amount, double s) {
        return static_cast<std::int64_t>(std::floor(static_cast<double>(amount) * std::exp(-s * z)));
    };
    return {shrink(fpga.capacity().alm, spread.alm), fpga.capacity().dsp,
            shrink(fpga.capacity().m20k, spread.m20k)};
}

}  // namespace cleave
