// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/network.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace cleave {

/// A layer as the tables of measurements name it: one that runs a kernel of its own.
struct LayerRow {
    /// conv, dwconv, fc, pool, slice, shuffle
    std::string op;
    /// Of a fully connected layer, its inputs as channels.
    Shape in;
    Shape out;
    Window window;
    std::int64_t groups = 1;
    std::int64_t macs = 0;
    std::int64_t params = 0;
};

/// The columns of a layer in a table of measurements, in the order of layer_cells.
inline constexpr const char* kLayerColumns =
    "op,h_in,w_in,c_in,h_out,w_out,c_out,kernel_h,kernel_w,stride,stride_w,dilation,pad,groups,macs,params";

/// Nothing for a layer without a kernel of its own, such as an activation.
[[nodiscard]] std::optional<LayerRow> layer_row(const Network& network, LayerId id);
/// The same for a layer that reads one map, without its MACs and parameters.
[[nodiscard]] std::optional<LayerRow> layer_row(const Op& op, const Shape& in, const Shape& out);

[[nodiscard]] std::string layer_cells(const LayerRow& row);

}  // namespace cleave
