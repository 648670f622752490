// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/bundle/read_manifest.hpp"
#include "cleave/deploy/plan.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// What the time of a step is made of.
enum class RunTerm {
    /// Layers on the GPU.
    kernel,
    /// What the GPU does for the link.
    conversion,
    transfer,
    fpga
};
[[nodiscard]] constexpr auto names_of(RunTerm) {
    using enum RunTerm;
    return std::to_array<Named<RunTerm>>(
        {{kernel, "kernel"}, {conversion, "conversion"}, {transfer, "transfer"}, {fpga, "fpga"}});
}
static_assert(all_named<RunTerm>());

/// The terms that a device's steps have.
[[nodiscard]] std::vector<RunTerm> terms_of(StepDevice device);

/// "the GPU", "the FPGA", "the link"
[[nodiscard]] std::string device_words(StepDevice device);

struct PredictedTerm {
    RunTerm term = RunTerm::kernel;
    Nanoseconds time;
};

/// A layer, or one side of it, that a step computes.
struct StepLayer {
    /// Position in the network, the inputs not counted.
    std::size_t position = 0;
    std::string name;
    /// Of a split layer; what follows one is split by its filters.
    std::optional<SplitAxis> axis;
    /// Channels, filters or groups.
    std::int64_t count = 0;
};

/// What crosses the link in a transfer.
struct StepTransfer {
    Direction direction = Direction::to_fpga;
    std::int64_t bytes = 0;
};

/// A step of a bundle with the time that the cost models give it.
struct PredictedStep {
    StepDevice device = StepDevice::gpu;
    /// In words: the first and last layer, or the one whose map crosses.
    std::string what;
    Nanoseconds duration;
    /// Their sum is the duration.
    std::vector<PredictedTerm> terms;
    std::vector<StepLayer> layers;
    /// Of a transfer.
    std::optional<StepTransfer> transfer;
};

/// A bundle as its manifest predicts it.
struct PredictedRun {
    /// SHA-256 of manifest.json, of the network's spec and of the front.
    std::string sha256;
    std::string network_sha256;
    std::string front_sha256;
    std::string network;
    std::string point;
    /// Names of the cost models, by StepDevice.
    std::array<std::string, 3> models;
    Nanoseconds latency;
    /// By StepId.
    std::vector<PredictedStep> steps;
};

/// Reads the times that a bundle's manifest.json predicts.
/// @return nothing if there are faults: whatever of them is not as in the schema. The manifest of an older
/// version has no terms.
[[nodiscard]] std::optional<PredictedRun> read_predicted_run(const Manifest& manifest, FaultList& faults);

/// Of a bundle's folder. @throws InputError
[[nodiscard]] PredictedRun load_predicted_run(const std::string& folder);

}  // namespace cleave
