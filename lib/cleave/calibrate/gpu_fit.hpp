// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/data.hpp"
#include "cleave/calibrate/least_squares.hpp"
#include "cleave/calibrate/metrics.hpp"
#include "cleave/cost/gpu.hpp"

#include <optional>
#include <vector>

namespace cleave {

/// One quantity fitted: its parameters, and how well it predicts what it was and was not fitted to.
struct TargetFit {
    std::vector<FitParameter> parameters;
    FitResult fit;
    std::vector<Prediction> in_sample;
    /// Each network (for kernels: each shape) predicted by a fit to the other folds.
    std::vector<Prediction> held_out;
};

struct GpuFit {
    /// Latency of whole networks (s), average power of the measuring loop (W), single tuned kernels (s);
    /// absent where the data have none.
    std::optional<TargetFit> latency;
    std::optional<TargetFit> power;
    std::optional<TargetFit> tuned;
    /// The base model with everything fitted put in.
    GpuModel model;
};

/// Fits kernels, power and tuned kernels; everything else comes from `base`. Hold-out in ten folds by
/// network.
/// @throws std::invalid_argument for too few workloads or kernels.
[[nodiscard]] GpuFit fit_gpu(const GpuData& data, const GpuModel& base);

/// What a model predicts for measured workloads: latency as the sum over their kernels.
[[nodiscard]] std::vector<Prediction> predict_latency(const GpuModel& model, const GpuData& data);
/// Average power over the source's measuring loop, with the measured latency where there is one.
[[nodiscard]] std::vector<Prediction> predict_power(const GpuModel& model, const GpuData& data);
/// Single kernels with the model's tuned set.
[[nodiscard]] std::vector<Prediction> predict_kernels(const GpuModel& model, const GpuData& data);

}  // namespace cleave
