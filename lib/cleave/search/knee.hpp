// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cleave {

/// What a point takes of each objective; 0 for those that there are not.
using ObjectiveValues = std::array<std::int64_t, 3>;

/// The point with the least sum of its values, each scaled to [0, 1] over all points (the first such point).
/// Index into a list that is not empty.
[[nodiscard]] std::size_t knee(const std::vector<ObjectiveValues>& points);

}  // namespace cleave
