// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/csd_logic.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace cleave {

/// The weights of a layer: groups x filters of a group x channels that a group reads x taps, row-major, with
/// what folds into them, not rounded.
struct FilterWeights {
    std::span<const float> weights;
    std::int64_t groups = 1;
    std::int64_t filters = 1;
    std::int64_t channels = 1;
    std::int64_t taps = 1;

    /// Weights of one filter.
    [[nodiscard]] std::int64_t each() const { return channels * taps; }
};

/// What of a layer the FPGA may take some of: filters or channels of the one group, or whole groups.
enum class SlicePart { filters, channels, groups };

/// The logic of the first part in an order, of the first two, and so on. Each such slice is rounded to the
/// least format that its own largest weight fits in, as the circuit has it (fitting_exponent); the logic is
/// counted on from one to the next where that format stays.
/// @param order  of all parts, or of some of them
[[nodiscard]] std::vector<CsdLogic> logic_of_slices(const FilterWeights& layer, SlicePart part,
                                                    std::span<const std::int64_t> order);

/// The logic of the whole layer, rounded to the least format that its largest weight fits in.
[[nodiscard]] CsdLogic logic_of_layer(const FilterWeights& layer);

/// All parts, those first of which each alone needs fewest adders (of its sums and its multipliers) in the
/// format of the whole layer; of equal ones the first.
[[nodiscard]] std::vector<std::int64_t> cheapest_first(const FilterWeights& layer, SlicePart part);

/// All parts as they come.
[[nodiscard]] std::vector<std::int64_t> in_order(const FilterWeights& layer, SlicePart part);

}  // namespace cleave
