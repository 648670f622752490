// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/kernel_time.hpp"
#include "cleave/units/names.hpp"

#include <cstddef>
#include <vector>

namespace cleave {

/// A figure that the kernels of a set share, or some of them: what fits move and draws scatter.
enum class KernelFigure {
    overhead,
    /// Of class pool alone.
    pool_overhead,
    per_depth,
    memory,
    output_passes,
    weight_passes_1x1,
    weight_passes,
    compute_1x1,
    compute_3x3_s1,
    compute_other,
    compute_depthwise_large,
    strided,
    odd_width,
    short_depth
};
[[nodiscard]] constexpr auto names_of(KernelFigure) {
    using enum KernelFigure;
    return std::to_array<Named<KernelFigure>>({{overhead, "overhead"},
                                               {pool_overhead, "pool_overhead"},
                                               {per_depth, "per_depth"},
                                               {memory, "memory"},
                                               {output_passes, "output_passes"},
                                               {weight_passes_1x1, "weight_passes_1x1"},
                                               {weight_passes, "weight_passes"},
                                               {compute_1x1, "compute_1x1"},
                                               {compute_3x3_s1, "compute_3x3_s1"},
                                               {compute_other, "compute_other"},
                                               {compute_depthwise_large, "compute_depthwise_large"},
                                               {strided, "strided"},
                                               {odd_width, "odd_width"},
                                               {short_depth, "short_depth"}});
}
static_assert(all_named<KernelFigure>());

/// How far figures that were fitted together may be off: their logarithms are off by `factor` z, with z
/// independent and standard normal. `factor` is lower triangular: the Cholesky factor of their covariance.
struct JointError {
    std::vector<KernelFigure> figures;
    /// Row i has i + 1 numbers, of kMost at most.
    std::vector<std::vector<double>> factor;

    /// A figure that is off by so much in the logarithm is not known at all.
    static constexpr double kMost = 5;
};

/// Multiplies each figure of the set by the factor of its place. Factors on the arithmetic of a kernel
/// (strided, odd_width) stay 1 and above. An overhead is that of all classes whose overhead is not a figure
/// of its own here.
void scale_figures(KernelSet& set, const std::vector<KernelFigure>& figures,
                   const std::vector<double>& factors);

}  // namespace cleave
