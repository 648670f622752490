// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/parameters.hpp"
#include "cleave/calibrate/workload_rows.hpp"
#include "cleave/cost/kernel_figure.hpp"

#include <vector>

namespace cleave {

/// How far single kernels must be off, each by itself, for nine in ten held-out rows to lie within 1.645
/// standard deviations of their predictions. Of row i, whose time divides into shares s of unlike kernels
/// (kernel_key), the variance is that of what the fit leaves open (TargetFit::left_open) and spread^2 sum
/// s^2.
/// @param kernels  of each row; empty if each row is one kernel
[[nodiscard]] double kernel_spread(const TargetFit& fit, const std::vector<std::vector<KernelRow>>& kernels,
                                   const KernelSet& set, double roof_exponent);

/// The parameters that are figures of kernels, with their covariance in the order of KernelFigure. One that
/// the data do not determine is off by itself, as far as they allow (TargetFit::undetermined). One that is
/// known to a hundredth of a percent is none of them.
[[nodiscard]] JointError joint_error(const TargetFit& fit);

}  // namespace cleave
