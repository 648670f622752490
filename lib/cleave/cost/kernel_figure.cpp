// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/kernel_figure.hpp"

#include <algorithm>

namespace cleave {
namespace {

void scale_compute(KernelParams& kernel, double factor) {
    if (kernel.compute) {
        *kernel.compute *= factor;
    }
}

void scale(KernelParams& kernel, KernelClass kind, KernelFigure figure, double factor, bool pools_apart) {
    const auto if_class = [&](KernelClass its) {
        if (kind == its) {
            scale_compute(kernel, factor);
        }
    };
    switch (figure) {
        case KernelFigure::overhead:
            kernel.overhead *= pools_apart && kind == KernelClass::pool ? 1 : factor;
            break;
        case KernelFigure::pool_overhead: kernel.overhead *= kind == KernelClass::pool ? factor : 1; break;
        case KernelFigure::per_depth: kernel.per_depth *= factor; break;
        case KernelFigure::memory: kernel.memory *= factor; break;
        case KernelFigure::output_passes: kernel.output_passes *= factor; break;
        case KernelFigure::weight_passes_1x1:
            kernel.weight_passes *= kind == KernelClass::conv_1x1 ? factor : 1;
            break;
        case KernelFigure::weight_passes:
            kernel.weight_passes *= kind == KernelClass::conv_1x1 ? 1 : factor;
            break;
        case KernelFigure::compute_1x1: if_class(KernelClass::conv_1x1); break;
        case KernelFigure::compute_3x3_s1: if_class(KernelClass::conv_3x3_s1); break;
        case KernelFigure::compute_other: if_class(KernelClass::conv_other); break;
        case KernelFigure::compute_depthwise_large: if_class(KernelClass::depthwise_large); break;
        case KernelFigure::strided: kernel.strided = std::max(1.0, kernel.strided * factor); break;
        case KernelFigure::odd_width: kernel.odd_width = std::max(1.0, kernel.odd_width * factor); break;
        case KernelFigure::short_depth: kernel.short_depth *= factor; break;
    }
}

}  // namespace

void scale_figures(KernelSet& set, const std::vector<KernelFigure>& figures,
                   const std::vector<double>& factors) {
    const bool pools_apart =
        std::find(figures.begin(), figures.end(), KernelFigure::pool_overhead) != figures.end();
    for (std::size_t kind = 0; kind < kKernelClasses; ++kind) {
        for (std::size_t i = 0; i < figures.size(); ++i) {
            scale(set[kind], static_cast<KernelClass>(kind), figures[i], factors[i], pools_apart);
        }
    }
}

}  // namespace cleave
