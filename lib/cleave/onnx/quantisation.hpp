// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/parameters.hpp"
#include "cleave/onnx/constant.hpp"
#include "cleave/onnx/model.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cleave {

/// How codes stand for numbers: x = scale (code - zero). One of each for all, or one for each index of an
/// axis; `lowest` and `highest` are the codes' bounds.
struct Quantisation {
    std::vector<double> scale;
    std::vector<double> zero;
    std::size_t axis = 0;
    double lowest = 0;
    double highest = 0;

    friend bool operator==(const Quantisation&, const Quantisation&) = default;

    [[nodiscard]] double scale_at(std::size_t i) const { return scale.size() == 1 ? scale[0] : scale[i]; }
    [[nodiscard]] double zero_at(std::size_t i) const { return zero.size() == 1 ? zero[0] : zero[i]; }
};

/// What maps in these codes hold. Nothing if channels have scales or zeros of their own, or more codes than
/// float32 tells apart.
[[nodiscard]] std::optional<Codes> codes_of(const Quantisation& quantisation);

/// True for QuantizeLinear and DequantizeLinear, of ONNX and of ONNX Runtime's domain.
[[nodiscard]] bool is_quantize(const OnnxNode& node);
[[nodiscard]] bool is_dequantize(const OnnxNode& node);
/// Operators that round to codes and turn back at once, and the domains that they are of.
[[nodiscard]] const std::set<std::string>& fake_quantisers();
[[nodiscard]] const std::set<std::string>& fake_quantiser_domains();
[[nodiscard]] bool is_fake_quantise(const OnnxNode& node);

/// Of one of these nodes. @param inputs  its constants
/// @param rank  of the value
/// @param codes  element type of the codes, if the value has them
/// @return nothing if it cannot be told: scales that are no constants, blocks of an axis
[[nodiscard]] std::optional<Quantisation> quantisation_of(const OnnxNode& node, const ConstantInputs& inputs,
                                                          std::size_t rank, OnnxType codes);

}  // namespace cleave
