// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/write_rows.hpp"

#include "cleave/text/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace cleave {
namespace {

/// A layer as a row names it.
struct RowLayer {
    std::string op;
    Window window;
    std::int64_t groups = 1;
};

std::optional<RowLayer> row_layer(const Op& op, const Shape& in) {
    using Result = std::optional<RowLayer>;
    return std::visit(Overloaded{
                          [&](const Conv& conv) -> Result {
                              return RowLayer{conv.groups > 1 && is_depthwise(conv, in) ? "dwconv" : "conv",
                                              conv.window, conv.groups};
                          },
                          [](const FullyConnected&) -> Result {
                              return RowLayer{"fc", {}, 1};
                          },
                          [](const Pool& pool) -> Result {
                              return RowLayer{"pool", pool.window, 1};
                          },
                          [&](const GlobalAveragePool&) -> Result {
                              Window whole;
                              whole.kernel_h = in.height;
                              whole.kernel_w = in.width;
                              return RowLayer{"pool", whole, 1};
                          },
                          [](const Slice&) -> Result {
                              return RowLayer{"slice", {}, 1};
                          },
                          [](const Shuffle&) -> Result {
                              return RowLayer{"shuffle", {}, 1};
                          },
                          [](const auto&) -> Result { return std::nullopt; },
                      },
                      op);
}

std::string workload_name(const Network& network) {
    const std::string& name = network.name();
    return name.find('@') != std::string::npos ? name
                                               : fmt::format("{}@{}", name, network.output(LayerId{}).height);
}

/// Everything of a row but workload and count.
std::optional<std::string> row_text(const Network& network, LayerId id) {
    const Layer& layer = network.layer(id);
    if (layer.inputs.empty()) {
        return std::nullopt;
    }
    Shape in = network.input(id);
    const auto row = row_layer(layer.op, in);
    if (!row) {
        return std::nullopt;
    }
    if (row->op == "fc") {
        in = {in.elements(), 1, 1};
    }
    const Shape& out = network.output(id);
    const Window& w = row->window;
    const Totals totals = network.totals(id);
    return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}", row->op, in.height, in.width,
                       in.channels, out.height, out.width, out.channels, w.kernel_h, w.kernel_w, w.stride_h,
                       w.stride_w, std::max(w.dilation_h, w.dilation_w),
                       std::max({w.pad_top, w.pad_left, w.pad_bottom, w.pad_right}), row->groups, totals.macs,
                       totals.params);
}

}  // namespace

std::string workload_layers_csv(const std::vector<RowsSource>& sources, FaultList& faults) {
    std::string text =
        "workload,count,op,h_in,w_in,c_in,h_out,w_out,c_out,kernel_h,kernel_w,stride,stride_w,dilation,"
        "pad,groups,"
        "macs,params\n";
    std::map<std::string, std::string> seen;
    for (const RowsSource& source : sources) {
        const Network& network = *source.network;
        const std::string name = workload_name(network);
        const auto [other, is_new] = seen.emplace(name, source.file);
        if (!is_new) {
            faults.add(Fault{source.file, 1, 1, "",
                             fmt::format("its workload is called {}, as that of {}", name, other->second)});
        }
        std::vector<std::pair<std::string, int>> rows;
        std::map<std::string, std::size_t> places;
        for (std::size_t i = 0; i < network.layers().size(); ++i) {
            if (const auto row = row_text(network, layer_id(i))) {
                const auto [place, added] = places.emplace(*row, rows.size());
                if (added) {
                    rows.emplace_back(*row, 0);
                }
                ++rows[place->second].second;
            }
        }
        for (const auto& [row, count] : rows) {
            text += fmt::format("{},{},{}\n", csv_cell(name), count, row);
        }
    }
    return text;
}

}  // namespace cleave
