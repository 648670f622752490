// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/layer_row.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cleave {

std::optional<LayerRow> layer_row(const Op& op, const Shape& in, const Shape& out) {
    using Result = std::optional<LayerRow>;
    return std::visit(Overloaded{
                          [&](const Conv& conv) -> Result {
                              return LayerRow{conv.groups > 1 && is_depthwise(conv, in) ? "dwconv" : "conv",
                                              in, out, conv.window, conv.groups};
                          },
                          [&](const FullyConnected&) -> Result {
                              return LayerRow{"fc", {in.elements(), 1, 1}, out, {}, 1};
                          },
                          [&](const Pool& pool) -> Result {
                              return LayerRow{"pool", in, out, pool.window, 1};
                          },
                          [&](const GlobalAveragePool&) -> Result {
                              Window whole;
                              whole.kernel_h = in.height;
                              whole.kernel_w = in.width;
                              return LayerRow{"pool", in, out, whole, 1};
                          },
                          [&](const Slice&) -> Result {
                              return LayerRow{"slice", in, out, {}, 1};
                          },
                          [&](const Shuffle&) -> Result {
                              return LayerRow{"shuffle", in, out, {}, 1};
                          },
                          [](const auto&) -> Result { return std::nullopt; },
                      },
                      op);
}

std::optional<LayerRow> layer_row(const Network& network, LayerId id) {
    const Layer& layer = network.layer(id);
    if (layer.inputs.empty()) {
        return std::nullopt;
    }
    auto row = layer_row(layer.op, network.input(id), network.output(id));
    if (row) {
        const Totals totals = network.totals(id);
        row->macs = totals.macs;
        row->params = totals.params;
    }
    return row;
}

std::string layer_cells(const LayerRow& row) {
    const Window& w = row.window;
    return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}", row.op, row.in.height, row.in.width,
                       row.in.channels, row.out.height, row.out.width, row.out.channels, w.kernel_h,
                       w.kernel_w, w.stride_h, w.stride_w, std::max(w.dilation_h, w.dilation_w),
                       std::max({w.pad_top, w.pad_left, w.pad_bottom, w.pad_right}), row.groups, row.macs,
                       row.params);
}

}  // namespace cleave
