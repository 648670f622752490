// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/calibrate/least_squares.hpp"
#include "cleave/calibrate/metrics.hpp"
#include "cleave/calibrate/synthesis_data.hpp"
#include "cleave/cost/fpga.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace cleave {

/// Figures of a form that are fitted together.
struct SynthesisPart {
    /// The map of the form's resources that they are in: "tables", "registers" or "alm"; and what they are
    /// of.
    std::string map;
    std::string what;
    std::vector<std::string> names;
    FitResult fit;
    std::size_t rows = 0;
};

/// How counts of blocks agree.
struct BlockAgreement {
    std::size_t rows = 0;
    std::size_t equal = 0;
    std::size_t within_one = 0;
};

/// A form of generated circuits, fitted to synthesis of them.
struct SynthesisFit {
    std::vector<DataFile> files;
    std::size_t modules = 0;
    std::size_t shapes = 0;
    /// The base implementation with all fitted figures, its ranges and its spread.
    Implementation implementation;
    std::vector<SynthesisPart> parts;
    /// ALM; each shape held out predicted by a fit to the folds without it.
    std::vector<Prediction> in_sample;
    std::vector<Prediction> held_out;
    /// By the base.
    std::vector<Prediction> by_base;
    /// Of the convolutions among those held out.
    std::vector<Prediction> held_out_convolutions;
    BlockAgreement dsp;
    BlockAgreement m20k;
};

inline constexpr std::size_t kSynthesisFolds = 10;

/// True if the implementation is of a form that circuits are generated for.
[[nodiscard]] bool is_generated(const Implementation& implementation);

/// @throws std::invalid_argument if the implementation has another form, or its modules are too few
[[nodiscard]] SynthesisFit fit_synthesis(const SynthesisData& data, const Implementation& base);

}  // namespace cleave
