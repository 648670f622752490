// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/data.hpp"
#include "cleave/calibrate/gpu_parameters.hpp"
#include "cleave/calibrate/metrics.hpp"
#include "cleave/cost/gpu.hpp"

#include <optional>
#include <vector>

namespace cleave {

struct GpuFit {
    /// Latency of whole networks (s), average power of the measuring loop (W), single tuned kernels (s);
    /// absent where the data have none.
    std::optional<NamedFit<LibraryParameters>> latency;
    std::optional<NamedFit<LoopParameters>> power;
    std::optional<NamedFit<TunedParameters>> tuned;
    /// What the base would predict with all its times, or all its watts, multiplied by one number (held out
    /// like the fit in ten folds): a fit that does no better is not worth having.
    std::vector<Prediction> rescaled_latency;
    std::vector<Prediction> rescaled_power;
    /// The base model with everything fitted put in.
    GpuModel model;
};

/// Whether a fit may lean on the base where the data are few: as of another device that is like it.
enum class Prior { none, base };

/// Fits kernels, power and tuned kernels; everything else comes from `base`, tiles, cache and the exponent of
/// the roofs too. Hold-out in ten folds by network (of tuned kernels: by shape), and of networks family by
/// family, if there are three and more.
/// @param prior  fits near the base are made of fewer rows than six for each parameter, and taken where they
///               predict rows held out as well as free ones
/// @throws std::invalid_argument for too few workloads or kernels.
[[nodiscard]] GpuFit fit_gpu(const GpuData& data, const GpuModel& base, Prior prior = Prior::none);

/// What a model predicts for measured workloads: latency as the sum over their kernels.
[[nodiscard]] std::vector<Prediction> predict_latency(const GpuModel& model, const GpuData& data);
/// Average power over the source's measuring loop, with the measured latency where there is one.
[[nodiscard]] std::vector<Prediction> predict_power(const GpuModel& model, const GpuData& data);
/// Single kernels with the model's tuned set.
[[nodiscard]] std::vector<Prediction> predict_kernels(const GpuModel& model, const GpuData& data);

}  // namespace cleave
