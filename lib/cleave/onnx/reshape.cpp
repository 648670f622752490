// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/reshape.hpp"

#include "cleave/onnx/attributes.hpp"

#include <algorithm>
#include <utility>

namespace cleave {
namespace {

using Dims = std::vector<std::int64_t>;
using Inputs = std::vector<std::optional<Constant>>;

/// Of a slice, and of the outputs of a split.
constexpr std::int64_t kLargestStep = std::int64_t{1} << 40;
constexpr std::int64_t kMostParts = std::int64_t{1} << 16;

/// A list of integers that older operator sets have as an attribute and newer ones as an input.
std::optional<Dims> integers(const OnnxNode& node, const std::string& attribute, const Inputs& inputs,
                             std::size_t input) {
    constexpr std::int64_t kMost = 64;
    if (auto list = integers_attribute(node, attribute)) {
        return list;
    }
    if (input >= inputs.size() || !inputs[input] || !inputs[input]->is_known() || inputs[input]->is_float() ||
        inputs[input]->count() > kMost) {
        return std::nullopt;
    }
    return inputs[input]->integers();
}

std::optional<Dims> reshape(const OnnxNode& node, const Dims& dims, const Inputs& inputs) {
    std::optional<Dims> wanted = integers(node, "shape", inputs, 1);
    const std::optional<std::int64_t> count = count_elements(dims);
    if (!wanted || !count || *count == 0) {
        return std::nullopt;
    }
    const bool zero_is_copy = integer_attribute(node, "allowzero", 0) == 0;
    std::int64_t known = 1;
    std::size_t rest = wanted->size();
    for (std::size_t i = 0; i < wanted->size(); ++i) {
        std::int64_t& dim = (*wanted)[i];
        if (dim == 0 && zero_is_copy) {
            if (i >= dims.size()) {
                return std::nullopt;
            }
            dim = dims[i];
        }
        if (dim == -1 && rest == wanted->size()) {
            rest = i;
            continue;
        }
        if (dim < 1 || known > *count / dim) {
            return std::nullopt;
        }
        known *= dim;
    }
    if (rest < wanted->size()) {
        (*wanted)[rest] = *count / known;
    }
    return wanted;
}

std::optional<Dims> flatten(const OnnxNode& node, const Dims& dims) {
    const auto rank = static_cast<std::int64_t>(dims.size());
    std::int64_t axis = integer_attribute(node, "axis", 1);
    axis = axis < 0 ? axis + rank : axis;
    if (axis < 0 || axis > rank) {
        return std::nullopt;
    }
    Dims result{1, 1};
    for (std::int64_t i = 0; i < rank; ++i) {
        result[i < axis ? 0 : 1] *= dims[static_cast<std::size_t>(i)];
    }
    return result;
}

std::optional<Dims> squeeze(const OnnxNode& node, const Dims& dims, const Inputs& inputs) {
    const bool all = inputs.size() < 2 && !integers_attribute(node, "axes");
    const std::optional<Dims> axes = integers(node, "axes", inputs, 1);
    if (!axes && !all) {
        return std::nullopt;
    }
    std::vector<bool> gone(dims.size(), false);
    for (std::size_t i = 0; all && i < dims.size(); ++i) {
        gone[i] = dims[i] == 1;
    }
    for (const std::int64_t axis : axes.value_or(Dims{})) {
        const auto index = axis_of(axis, dims.size());
        if (!index || dims[*index] != 1) {
            return std::nullopt;
        }
        gone[*index] = true;
    }
    Dims result;
    for (std::size_t i = 0; i < dims.size(); ++i) {
        if (!gone[i]) {
            result.push_back(dims[i]);
        }
    }
    return result;
}

std::optional<Dims> unsqueeze(const OnnxNode& node, const Dims& dims, const Inputs& inputs) {
    const std::optional<Dims> axes = integers(node, "axes", inputs, 1);
    if (!axes) {
        return std::nullopt;
    }
    const std::size_t rank = dims.size() + axes->size();
    std::vector<bool> added(rank, false);
    for (const std::int64_t axis : *axes) {
        const auto index = axis_of(axis, rank);
        if (!index || added[*index]) {
            return std::nullopt;
        }
        added[*index] = true;
    }
    Dims result;
    std::size_t next = 0;
    for (std::size_t i = 0; i < rank; ++i) {
        result.push_back(added[i] ? 1 : dims[next++]);
    }
    return result;
}

}  // namespace

bool is_reshaping(const std::string& op) {
    return op == "Reshape" || op == "Flatten" || op == "Squeeze" || op == "Unsqueeze";
}

std::optional<std::vector<std::int64_t>> reshaped_dims(const OnnxNode& node,
                                                       const std::vector<std::int64_t>& dims,
                                                       const std::vector<std::optional<Constant>>& inputs) {
    std::optional<Dims> result = node.op == "Reshape"   ? reshape(node, dims, inputs)
                                 : node.op == "Flatten" ? flatten(node, dims)
                                 : node.op == "Squeeze" ? squeeze(node, dims, inputs)
                                                        : unsqueeze(node, dims, inputs);
    return result && count_elements(*result) == count_elements(dims) ? result : std::nullopt;
}

std::optional<SliceRanges> slice_ranges(const OnnxNode& node, const std::vector<std::int64_t>& dims,
                                        const std::vector<std::optional<Constant>>& inputs) {
    const auto starts = integers(node, "starts", inputs, 1);
    const auto ends = integers(node, "ends", inputs, 2);
    auto axes = integers(node, "axes", inputs, 3);
    const auto steps = integers(node, "steps", inputs, 4);
    if (!starts || !ends || starts->size() != ends->size() || (inputs.size() > 3 && inputs[3] && !axes) ||
        (inputs.size() > 4 && inputs[4] && !steps)) {
        return std::nullopt;
    }
    if (!axes) {
        axes.emplace();
        for (std::size_t i = 0; i < starts->size(); ++i) {
            axes->push_back(static_cast<std::int64_t>(i));
        }
    }
    if (axes->size() != starts->size() || (steps && steps->size() != starts->size())) {
        return std::nullopt;
    }
    SliceRanges ranges;
    for (const std::int64_t dim : dims) {
        ranges.push_back({0, dim});
    }
    for (std::size_t i = 0; i < axes->size(); ++i) {
        const auto axis = axis_of((*axes)[i], dims.size());
        const std::int64_t step = steps ? (*steps)[i] : 1;
        if (!axis || step == 0 || step < -kLargestStep || step > kLargestStep) {
            return std::nullopt;
        }
        // Backwards, the place before the first element ends the range.
        const std::int64_t dim = dims[*axis];
        const std::int64_t before = step > 0 ? 0 : -1;
        const auto place = [&](std::int64_t at, std::int64_t least) {
            return std::clamp<std::int64_t>(at < 0 ? std::max(at, -dim - 1) + dim : at, least, dim + before);
        };
        const std::int64_t first = place((*starts)[i], 0);
        const std::int64_t last = place((*ends)[i], before);
        const std::int64_t count =
            step > 0 ? (last - first + step - 1) / step : (first - last - step - 1) / -step;
        ranges[*axis] = {first, std::max<std::int64_t>(count, 0), step};
    }
    return ranges;
}

std::optional<std::vector<std::int64_t>> split_sizes(const OnnxNode& node, std::int64_t dim,
                                                     const std::vector<std::optional<Constant>>& inputs) {
    const auto parts = static_cast<std::int64_t>(node.outputs.size());
    auto sizes = integers(node, "split", inputs, 1);
    if (!sizes && node.inputs.size() > 1 && !node.inputs[1].empty()) {
        return std::nullopt;
    }
    if (!sizes) {
        // Equal parts; the last is smaller where that does not go.
        const std::int64_t count = integer_attribute(node, "num_outputs", parts);
        if (count < parts || count > kMostParts) {
            return std::nullopt;
        }
        const std::int64_t each = (dim + count - 1) / count;
        sizes.emplace(static_cast<std::size_t>(count), each);
        sizes->back() = dim - each * (count - 1);
    }
    std::int64_t sum = 0;
    for (const std::int64_t size : *sizes) {
        if (size < 0 || size > dim - sum) {
            return std::nullopt;
        }
        sum += size;
    }
    if (sum != dim || sizes->size() < node.outputs.size()) {
        return std::nullopt;
    }
    sizes->resize(node.outputs.size());
    return sizes;
}

std::vector<std::int64_t> shape_part(const OnnxNode& node, const std::vector<std::int64_t>& dims) {
    const auto rank = static_cast<std::int64_t>(dims.size());
    const auto place = [&](const char* name, std::int64_t otherwise) {
        const std::int64_t at = integer_attribute(node, name, otherwise);
        return std::clamp<std::int64_t>(at < 0 ? std::max(at, -rank) + rank : at, 0, rank);
    };
    const std::int64_t first = place("start", 0);
    const std::int64_t last = std::max(place("end", rank), first);
    return {dims.begin() + first, dims.begin() + last};
}

std::optional<std::vector<std::size_t>> transpose_order(const OnnxNode& node, std::size_t rank) {
    std::vector<std::size_t> order;
    const auto perm = integers_attribute(node, "perm");
    if (!perm) {
        for (std::size_t i = rank; i-- > 0;) {
            order.push_back(i);
        }
        return order;
    }
    std::vector<bool> taken(rank, false);
    for (const std::int64_t axis : *perm) {
        const auto index = axis_of(axis, rank);
        if (!index || taken[*index]) {
            return std::nullopt;
        }
        taken[*index] = true;
        order.push_back(*index);
    }
    return order.size() == rank ? std::optional(std::move(order)) : std::nullopt;
}

Transposed part_of(const std::vector<std::int64_t>& dims, const SliceRanges& ranges) {
    Transposed part;
    part.strides.resize(dims.size());
    std::int64_t stride = 1;
    for (std::size_t i = dims.size(); i-- > 0;) {
        part.strides[i] = stride * ranges[i].step;
        part.first += stride * ranges[i].first;
        stride *= dims[i];
    }
    for (const SliceRange& range : ranges) {
        part.dims.push_back(range.count);
    }
    return part;
}

Transposed transpose(const std::vector<std::int64_t>& dims, const std::vector<std::size_t>& order) {
    std::vector<std::int64_t> strides(dims.size(), 1);
    for (std::size_t i = dims.size(); i-- > 1;) {
        strides[i - 1] = strides[i] * dims[i];
    }
    Transposed result;
    for (const std::size_t axis : order) {
        result.dims.push_back(dims[axis]);
        result.strides.push_back(strides[axis]);
    }
    return result;
}

}  // namespace cleave
