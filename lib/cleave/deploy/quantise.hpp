// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/exponents.hpp"
#include "cleave/deploy/execute.hpp"
#include "cleave/deploy/segment.hpp"

#include <vector>

namespace cleave {

/// Largest absolute value in each channel of each layer's output feature map, by LayerId.
using MapRanges = std::vector<std::vector<double>>;

/// Ranges of maps over inputs that are seen one after another.
class RangeMeter {
public:
    /// @throws std::invalid_argument as whole_graph()
    RangeMeter(const Network& network, const Parameters& parameters);

    /// Computes the whole network on an input (of several, one after the other) in floating point and keeps
    /// what is largest.
    /// @return the network's outputs
    /// @throws std::invalid_argument as execute(), or if a value is not finite, with the layer's name
    std::vector<Values> add(const Values& input);
    [[nodiscard]] const MapRanges& ranges() const { return ranges_; }

private:
    const Network& network_;
    Graph graph_;
    MapRanges ranges_;
};

/// Formats of weights and bias: the weights' is the least that they fit in and that lets the bias, which
/// counts in the product of weights' and input's, stay below 2^24 (where float32 holds every whole number).
[[nodiscard]] FixedPoint weight_formats(const LayerParameters& parameters, int input_exponent);

/// Weights and bias rounded to their formats, halves to even, weights limited to -128..127.
[[nodiscard]] LayerParameters rounded(const LayerParameters& parameters, const FixedPoint& formats);

/// Formats of everything on the FPGA. A feature map's is the least that holds the model's own codes of it
/// (LayerParameters::codes); of a map without codes, the one that fits the largest value that its
/// channels took. Where numbers are only passed on, those keep theirs. Partial sums are exact: their format
/// is that of the products.
[[nodiscard]] FixedPointFormats choose_formats(const Plan& plan, const UnitGraph& units,
                                               const Parameters& parameters, const MapRanges& ranges);

/// Formats of maps as they are known, and all those that follow from them and from the weights as
/// choose_formats() makes them; those of maps that the model has codes of among these.
/// @param known  exponents of tensors that cross to the FPGA and outputs of layers on it; 0 is taken for one
/// that is missing, and others do not count
[[nodiscard]] FixedPointFormats complete_formats(const Plan& plan, const UnitGraph& units,
                                                 const Parameters& parameters, FixedPointFormats known);

}  // namespace cleave
