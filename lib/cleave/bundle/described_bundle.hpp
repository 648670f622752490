// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/deploy/segment.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

// What the manifest of a bundle says (docs/schema/manifest.schema.json), as plain values. Names and numbers
// are as written: nothing is known to fit anything else until plan_of() has checked it.

struct DescribedCrossing {
    std::size_t step = 0;
    Direction direction = Direction::to_fpga;
    std::int64_t bits = 0;
    std::int64_t bytes = 0;
};

struct DescribedTensor {
    std::string name;
    std::string layer;
    TensorContent content = TensorContent::map;
    Range channels;
    Shape shape;
    TensorType type = TensorType::float32;
    std::optional<int> exponent;
    std::optional<std::size_t> from;
    std::vector<std::size_t> to;
    std::optional<DescribedCrossing> crossing;
};

struct DescribedStep {
    StepDevice device = StepDevice::gpu;
    /// Of a compute step.
    std::string file;
    /// Of a transfer.
    std::optional<Direction> direction;
    std::vector<std::size_t> depends_on;
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
    std::int64_t start_ns = 0;
    std::int64_t duration_ns = 0;
    std::int64_t energy_pj = 0;
};

struct DescribedPart {
    std::size_t step = 0;
    StepDevice device = StepDevice::gpu;
    /// Nothing: the whole layer.
    std::optional<SplitAxis> axis;
    Range range;
    std::optional<std::string> node;
    LayerExponents exponents;
};

struct DescribedLayer {
    std::string name;
    std::string op;
    std::vector<DescribedPart> parts;
};

struct DescribedVector {
    struct Recorded {
        std::string tensor;
        std::string file;
    };
    std::vector<Recorded> tensors;
    std::string float_output;
};

struct DescribedFile {
    std::string path;
    std::int64_t bytes = 0;
    std::string sha256;
};

/// Names of the models and settings that a bundle says it was made for.
struct DescribedPlatform {
    std::string gpu;
    std::string profile;
    std::string power_mode;
    std::string fpga;
    std::string implementation;
    double clock_hz = 0;
    std::string link;
    friend bool operator==(const DescribedPlatform&, const DescribedPlatform&) = default;
};

struct DescribedBundle {
    std::string network;
    std::string network_sha256;
    Totals totals;
    std::int64_t layer_count = 0;
    DescribedPlatform platform;
    std::string point;
    std::vector<std::string> strategies;
    std::int64_t latency_ns = 0;
    std::int64_t energy_pj = 0;
    std::int64_t standing_power_mw = 0;
    std::int64_t standing_energy_pj = 0;
    std::int64_t link_bytes = 0;
    /// Weights of a seed, or of a model by its SHA-256.
    std::optional<std::uint64_t> weights_seed;
    std::string weights_sha256;
    std::string input;
    std::string output;
    std::vector<DescribedTensor> tensors;
    std::vector<DescribedStep> steps;
    std::vector<DescribedLayer> layers;
    std::vector<DescribedVector> vectors;
    std::vector<DescribedFile> files;
};

/// A plan with the formats of its fixed-point numbers and the mapping that it carries out.
struct DescribedPlan {
    Plan plan;
    FixedPointFormats formats;
    Mapping mapping;
};

/// The plan that a bundle describes, if it is one for this network: every layer is computed exactly once,
/// whole or in two parts that make it up, by a step that has what it reads; every tensor that passes between
/// steps is listed with its right shape, type, bytes and readers; sums of times, energies and bytes are those
/// of the steps.
/// @param faults  gets everything that is wrong, with its path in the manifest
/// @return nothing if there is a fault
[[nodiscard]] std::optional<DescribedPlan> plan_of(const DescribedBundle& bundle, const UnitGraph& units,
                                                   std::vector<std::string>& faults);

}  // namespace cleave
