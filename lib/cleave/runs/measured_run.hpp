// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/runs/predicted_run.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// Where the times of a device come from.
enum class RunMethod {
    /// A clock, while the device did the work.
    measured,
    /// Clocks of a simulated circuit.
    simulated,
    /// Something else did the work in its place: its time says nothing of the device.
    emulated
};
[[nodiscard]] constexpr auto names_of(RunMethod) {
    using enum RunMethod;
    return std::to_array<Named<RunMethod>>(
        {{measured, "measured"}, {simulated, "simulated"}, {emulated, "emulated"}});
}
static_assert(all_named<RunMethod>());

/// What steps ran on.
struct RunDevice {
    std::string name;
    /// For people; may be empty.
    std::string description;
    /// The cost model that is of this very device; empty if none is.
    std::string model;
    RunMethod how = RunMethod::measured;
};

/// A time that was taken several times.
struct TimedRuns {
    std::int64_t runs = 1;
    Seconds median;
};

struct MeasuredStep {
    /// Index in PredictedRun::steps.
    std::size_t step = 0;
    /// Index in MeasuredRun::devices.
    std::size_t device = 0;
    TimedRuns time;
    struct Part {
        RunTerm term = RunTerm::kernel;
        Seconds time;
    };
    /// Terms that were measured by themselves.
    std::vector<Part> parts;

    [[nodiscard]] std::optional<Seconds> part(RunTerm term) const;
};

/// A bundle's steps as somebody measured them. All steps of one kind (GPU, FPGA, link) are of one device.
struct MeasuredRun {
    std::vector<RunDevice> devices;
    /// By step, each once.
    std::vector<MeasuredStep> steps;
    /// Of the whole way from the network's inputs to its outputs.
    std::optional<TimedRuns> inference;
};

/// Reads measured.json (docs/schema/measured.schema.json), which must be of this bundle.
/// @return nothing if there are faults
[[nodiscard]] std::optional<MeasuredRun> read_measured_run(const Node& document,
                                                           const PredictedRun& predicted, FaultList& faults);

/// @throws InputError
[[nodiscard]] MeasuredRun load_measured_run(const std::string& file, const PredictedRun& predicted);

}  // namespace cleave
