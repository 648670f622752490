// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/deploy/execute.hpp"
#include "support/random.hpp"

#include <vector>

namespace cleave::testing {

/// A feature map in double precision.
struct RealMap {
    Shape shape;
    Values values;

    /// 0 outside the map.
    [[nodiscard]] double at(std::int64_t channel, std::int64_t row, std::int64_t column) const;
    [[nodiscard]] bool has(std::int64_t row, std::int64_t column) const;
};

/// What an operation yields, by its definition: element by element with nested loops.
[[nodiscard]] RealMap reference_layer(const Op& op, const LayerParameters& parameters,
                                      const std::vector<RealMap>& inputs);

/// A graph of one node that reads maps of these shapes.
[[nodiscard]] Graph one_node_graph(const NodeOp& op, const LayerParameters& parameters,
                                   const std::vector<Shape>& inputs, const Shape& output);

/// Whole numbers from -`limit` to `limit`.
[[nodiscard]] Values whole_values(Random& random, std::int64_t count, std::int64_t limit);
[[nodiscard]] std::vector<float> whole_floats(Random& random, std::int64_t count, std::int64_t limit);
/// Parameters of whole numbers for a conv or fc, none for others.
[[nodiscard]] LayerParameters whole_parameters(Random& random, const Op& op, const Shape& input);

}  // namespace cleave::testing
