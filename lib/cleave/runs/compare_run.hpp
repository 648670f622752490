// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/runs/measured_run.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// One term of a step, or, where kernels and conversions were measured together, both.
struct ComparedTerm {
    std::vector<RunTerm> terms;
    Seconds predicted;
    Seconds measured;

    [[nodiscard]] Seconds difference() const { return measured - predicted; }
};

struct ComparedStep {
    std::size_t step = 0;
    StepDevice device = StepDevice::gpu;
    std::string what;
    RunMethod how = RunMethod::measured;
    std::int64_t runs = 1;
    Seconds predicted;
    Seconds measured;
    /// As many as were measured apart.
    std::vector<ComparedTerm> terms;
};

/// What was to run on a device, and what did.
struct ComparedDevice {
    StepDevice device = StepDevice::gpu;
    /// Name of the cost model.
    std::string model;
    /// Nothing if no step of it was measured.
    std::optional<RunDevice> measured;

    /// Whether the times say how good the model is: they are of the device that the model is of.
    [[nodiscard]] bool is_model() const {
        return measured && measured->model == model && measured->how != RunMethod::emulated;
    }
};

/// Sum over steps that were measured or simulated.
struct TermTotal {
    std::vector<RunTerm> terms;
    std::size_t steps = 0;
    Seconds predicted;
    Seconds measured;
};

/// Where prediction and measurement lie apart.
struct RunMiss {
    /// Position in RunComparison::steps, and in its terms.
    std::size_t position = 0;
    std::size_t term = 0;
    /// Of the sum of all differences without sign.
    double share = 0;
};

/// A bundle's steps, predicted and measured.
struct RunComparison {
    std::string network;
    std::string point;
    /// Those that the bundle has steps of.
    std::vector<ComparedDevice> devices;
    /// Of measured steps.
    std::vector<ComparedStep> steps;
    /// Steps that were not measured.
    std::vector<std::size_t> missing;
    /// By terms, in the order in which steps have them.
    std::vector<TermTotal> totals;
    /// Of all steps that were measured or simulated.
    TermTotal total;
    /// The most first; steps that were emulated count nowhere.
    std::vector<RunMiss> misses;
    Seconds predicted_latency;
    std::optional<TimedRuns> inference;
};

[[nodiscard]] RunComparison compare_run(const PredictedRun& predicted, const MeasuredRun& measured);

/// "kernel", "kernel + conversion"
[[nodiscard]] std::string term_words(const std::vector<RunTerm>& terms);
/// "Jetson TX2, MAXN", and "emulated by" or "simulated by" before it; "not measured".
[[nodiscard]] std::string measured_on(const ComparedDevice& device);
/// What to bear in mind where times are not of the model's device, a sentence each.
[[nodiscard]] std::vector<std::string> run_warnings(const RunComparison& comparison);

/// For programs (docs/schema/run.schema.json).
[[nodiscard]] std::string run_json(const RunComparison& comparison);

}  // namespace cleave
