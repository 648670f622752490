// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/onnx/constant.hpp"
#include "cleave/onnx/model.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// Operators that give the same elements in the same order another shape: Reshape, Flatten, Squeeze,
/// Unsqueeze.
[[nodiscard]] bool is_reshaping(const std::string& op);

/// Shape that such an operator gives. @param inputs  of the node; the first is not looked at
/// @return nothing if it cannot be told, or does not hold as many elements.
[[nodiscard]] std::optional<std::vector<std::int64_t>> reshaped_dims(
    const OnnxNode& node, const std::vector<std::int64_t>& dims,
    const std::vector<std::optional<Constant>>& inputs);

/// Elements first, first + step, ... of an axis.
struct SliceRange {
    std::int64_t first = 0;
    std::int64_t count = 0;
    std::int64_t step = 1;
};
using SliceRanges = std::vector<SliceRange>;

/// Elements of a tensor outside an axis, along it and inside it.
struct AxisBlocks {
    std::int64_t outer = 1;
    std::int64_t along = 1;
    std::int64_t inner = 1;

    AxisBlocks(const std::vector<std::int64_t>& dims, std::size_t axis) : along(dims[axis]) {
        for (std::size_t i = 0; i < dims.size(); ++i) {
            (i < axis ? outer : inner) *= i == axis ? 1 : dims[i];
        }
    }
};

/// What a Slice node takes of each axis. @return nothing if it cannot be told.
[[nodiscard]] std::optional<SliceRanges> slice_ranges(const OnnxNode& node,
                                                      const std::vector<std::int64_t>& dims,
                                                      const std::vector<std::optional<Constant>>& inputs);

/// How many elements of an axis of `dim` each output of a Split node gets. @return nothing if it cannot be
/// told, or if these are not all.
[[nodiscard]] std::optional<std::vector<std::int64_t>> split_sizes(
    const OnnxNode& node, std::int64_t dim, const std::vector<std::optional<Constant>>& inputs);

/// What a Shape node gives of its input's shape.
[[nodiscard]] std::vector<std::int64_t> shape_part(const OnnxNode& node,
                                                   const std::vector<std::int64_t>& dims);

/// Axes of the input in the order of the output, of a Transpose; nothing if they are no permutation.
[[nodiscard]] std::optional<std::vector<std::size_t>> transpose_order(const OnnxNode& node, std::size_t rank);

/// Where the elements of a transposed tensor, or of a part of one, come from.
struct Transposed {
    std::vector<std::int64_t> dims;
    /// Distance between neighbours along each axis of the output, in the input.
    std::vector<std::int64_t> strides;
    /// The input's index of the first element.
    std::int64_t first = 0;

    /// Calls `visit` with the input's index for each element of the output, in order.
    template <class Visit>
    void each_source(const Visit& visit) const {
        std::int64_t count = 1;
        for (const std::int64_t dim : dims) {
            count *= dim;
        }
        std::vector<std::int64_t> at(dims.size(), 0);
        std::int64_t source = first;
        for (std::int64_t i = 0; i < count; ++i) {
            visit(source);
            for (std::size_t axis = dims.size(); axis-- > 0;) {
                source += strides[axis];
                if (++at[axis] < dims[axis]) {
                    break;
                }
                source -= strides[axis] * dims[axis];
                at[axis] = 0;
            }
        }
    }
};
/// @param ranges  for each axis
[[nodiscard]] Transposed part_of(const std::vector<std::int64_t>& dims, const SliceRanges& ranges);
[[nodiscard]] Transposed transpose(const std::vector<std::int64_t>& dims,
                                   const std::vector<std::size_t>& order);

}  // namespace cleave
