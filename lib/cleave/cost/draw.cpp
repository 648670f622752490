// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/draw.hpp"

#include "cleave/cost/kernel_figure.hpp"
#include "cleave/cost/normal.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace cleave {
namespace {

void slow_down(KernelParams& kernel, double factor) {
    kernel.overhead *= factor;
    kernel.per_depth *= factor;
    if (kernel.compute) {
        *kernel.compute *= 1 / factor;
    }
    kernel.memory *= 1 / factor;
}

/// Figures that were fitted together are off together.
void scatter(KernelSet& set, const JointError& error, Normal& normal) {
    std::vector<double> z;
    std::vector<double> factors;
    for (const std::vector<double>& row : error.factor) {
        z.push_back(normal.next());
        double sum = 0;
        for (std::size_t j = 0; j < row.size(); ++j) {
            sum += row[j] * z[j];
        }
        factors.push_back(std::exp(sum));
    }
    scale_figures(set, error.figures, factors);
}

Gpu draw_gpu(const Gpu& gpu, std::uint64_t seed, Normal& normal) {
    GpuModel model = gpu.model();
    for (std::size_t i = 0; i < kKernelClasses; ++i) {
        const double factor = normal.factor(model.spread.kernel_class);
        slow_down(model.kernels[i], factor);
        if (model.tuned) {
            slow_down((*model.tuned)[i], factor);
        }
    }
    scatter(model.kernels, model.spread.library, normal);
    if (model.tuned) {
        scatter(*model.tuned, model.spread.tuned, normal);
    }
    model.kernel_errors = seed;
    const double power = normal.factor(model.spread.power);
    model.power.idle *= power;
    model.power.active *= power;
    model.power.per_mac *= power;
    model.power.per_byte *= power;
    for (KernelParams& kernel : model.kernels) {
        kernel.extra_power *= power;
    }
    return gpu.with_model(std::move(model));
}

Fpga draw_fpga(const Fpga& fpga, Normal& normal, KnownWeights weights) {
    FpgaModel model = fpga.model();
    const ImplementationSpread spread = spread_of(fpga, weights);
    Resources capacity = fpga.capacity();
    const auto shrink = [](std::int64_t amount, double factor) {
        return static_cast<std::int64_t>(std::floor(static_cast<double>(amount) / factor));
    };
    capacity.alm = shrink(capacity.alm, normal.factor(spread.alm));
    capacity.m20k = shrink(capacity.m20k, normal.factor(spread.m20k));
    const double power = normal.factor(spread.power);
    for (Implementation& implementation : model.implementations) {
        implementation.power.base *= power;
        implementation.power.per_alm *= power;
        implementation.power.per_dsp *= power;
        implementation.power.per_m20k *= power;
    }
    std::vector<ClockedImplementation> implementations = fpga.implementations();
    const double clock = normal.factor(spread.clock);
    for (ClockedImplementation& one : implementations) {
        one.clock *= clock;
    }
    return Fpga(std::move(model), std::move(implementations), capacity);
}

void draw_direction(LinkDirection& direction, Normal& normal) {
    const double factor = normal.factor(direction.spread);
    direction.floor *= factor;
    direction.overhead *= factor;
    direction.bandwidth *= 1 / factor;
}

}  // namespace

ImplementationSpread spread_of(const Fpga& fpga, const std::vector<std::size_t>& implementations,
                               KnownWeights weights) {
    ImplementationSpread spread;
    for (const std::size_t number : implementations) {
        const ImplementationSpread& own = fpga.implementation(number).spread;
        const double alm = weights == KnownWeights::yes ? own.alm_known_weights.value_or(own.alm) : own.alm;
        spread = {std::max(spread.alm, alm),
                  {},
                  std::max(spread.m20k, own.m20k),
                  std::max(spread.power, own.power),
                  std::max(spread.clock, own.clock)};
    }
    return spread;
}

ImplementationSpread spread_of(const Fpga& fpga, KnownWeights weights) {
    std::vector<std::size_t> numbers;
    for (const ClockedImplementation& one : fpga.implementations()) {
        numbers.push_back(one.number);
    }
    return spread_of(fpga, numbers, weights);
}

Platform draw_platform(const Platform& platform, std::uint64_t seed, KnownWeights weights) {
    Normal normal(seed);
    Platform drawn = platform;
    drawn.gpu = draw_gpu(platform.gpu, seed, normal);
    drawn.fpga = draw_fpga(platform.fpga, normal, weights);
    draw_direction(drawn.link.to_fpga, normal);
    draw_direction(drawn.link.to_gpu, normal);
    // One host does the work of both directions.
    LinkModel& link = drawn.link;
    const double host = normal.factor(std::max(link.to_fpga.sync_spread, link.to_gpu.sync_spread));
    link.to_fpga.sync *= host;
    link.to_gpu.sync *= host;
    return drawn;
}

}  // namespace cleave
