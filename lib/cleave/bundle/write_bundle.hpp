// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/platform.hpp"
#include "cleave/deploy/quantise.hpp"
#include "cleave/deploy/verify.hpp"
#include "cleave/rtl/circuit.hpp"
#include "cleave/rtl/circuit_clocks.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cleave {

/// Random weights or inputs.
struct Seeded {
    std::uint64_t seed = 1;
};
/// Weights of a model, or inputs of files, by their SHA-256.
struct FromFiles {
    std::vector<std::string> sha256;
};
using Origin = std::variant<Seeded, FromFiles>;

/// SHA-256 of the files that a bundle goes back to.
struct BundleHashes {
    std::string front;
    std::string gpu;
    std::string fpga;
    std::string link;
};

/// Where a bundle comes from: what nothing else in it says.
struct Provenance {
    /// Of cleave.
    std::string version;
    std::string point;
    /// SHA-256 of the model whose weights count in the costs, or "assumed".
    std::string counted_weights;
    BundleHashes hashes;
    Origin weights;
    /// Inputs that set the scales of feature maps.
    Origin samples;
    std::size_t sample_count = 0;
};

/// Names, relative to the bundle's folder, and contents.
using BundleFiles = std::vector<std::pair<std::string, std::string>>;

/// A step's circuit, the clock that it is for, what the cost model gives it: clocks for a frame, resources;
/// and the clocks that it takes.
struct StepCircuit {
    Circuit circuit;
    Hertz clock;
    std::int64_t clocks = 0;
    Resources demand;
    FrameClocks frames;
    /// What of its files does not depend on test vectors: Verilog, images of memories, the bench.
    BundleFiles sources;
};
/// By StepId; none for steps of other devices and those that have none. Empty: a bundle without circuits.
using StepCircuits = std::vector<std::optional<StepCircuit>>;

/// What a bundle is made of. Refers to values that must outlive it.
struct Bundle {
    const UnitGraph& units;
    const Platform& platform;
    const Plan& plan;
    /// In fixed point, by StepId.
    const std::vector<Graph>& graphs;
    const FixedPointFormats& formats;
    std::vector<std::string> strategies;
    Provenance provenance;
    /// Every tensor that crosses is written for the first; for the others the network's input and output.
    std::vector<TestVector> vectors;
    StepCircuits circuits = {};
    /// Feature maps that the model rounds to codes of its own (LayerParameters::codes).
    std::int64_t rounded_maps = 0;

    /// Nothing if the step has none.
    [[nodiscard]] const StepCircuit* circuit(StepId step) const {
        return index(step) < circuits.size() && circuits[index(step)] ? &*circuits[index(step)] : nullptr;
    }
};

[[nodiscard]] std::int64_t count_rounded(const Parameters& parameters);

/// A file as the manifest lists it.
struct ListedFile {
    std::string path;
    std::int64_t bytes = 0;
    std::string sha256;
};

/// What of a network or plan no bundle can hold, for the user: operations without a model whose nodes are not
/// known, numbers on the FPGA that are not of 8 bits.
[[nodiscard]] std::vector<std::string> undeployable(const Network& network, const Parameters& parameters,
                                                    const Platform& platform, const Plan& plan);

/// What a step does, in words: "convert", the first and last layer that it computes, or the one whose map it
/// moves and which way.
[[nodiscard]] std::string step_title(const Network& network, const Plan& plan, StepId id);

/// "steps/s000_gpu.onnx"
[[nodiscard]] std::string step_file_name(const Plan& plan, StepId step);
/// "vectors/0/t000.bin"
[[nodiscard]] std::string vector_file_name(const Plan& plan, std::size_t vector, PlanTensorId tensor);
/// "vectors/0/float_output.bin"; of other outputs than the first, "vectors/0/float_output_1.bin"
[[nodiscard]] std::string float_output_name(std::size_t vector, std::size_t output = 0);

/// All files that a manifest lists, in its order: those of bundle_files(), then mapping.yaml, network.yaml
/// and platform.yaml.
[[nodiscard]] std::vector<std::string> bundle_file_names(const Bundle& bundle);

/// ONNX files of the compute steps, schedule.json, the test vectors, and the files of circuits.
/// @throws OnnxError if this build cannot write ONNX
[[nodiscard]] BundleFiles bundle_files(const Bundle& bundle);

/// manifest.json (docs/schema/manifest.schema.json), which lists `files`, all others of the bundle;
/// network.yaml is among them. @throws std::invalid_argument if it is not
[[nodiscard]] std::string manifest_json(const Bundle& bundle, const std::vector<ListedFile>& files);
[[nodiscard]] std::string manifest_json(const Bundle& bundle, const BundleFiles& files);

/// A shell script that builds engines of the GPU's steps with TensorRT.
[[nodiscard]] std::string trtexec_script(const Plan& plan);
/// The timeline in Chrome's trace event format: a track each for GPU, FPGA and link.
[[nodiscard]] std::string schedule_json(const Network& network, const Plan& plan);

/// Raw little-endian numbers. @throws std::invalid_argument if a number does not fit the type
[[nodiscard]] std::string raw_bytes(const Values& values, TensorType type);

}  // namespace cleave
