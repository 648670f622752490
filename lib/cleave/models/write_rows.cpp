// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/write_rows.hpp"

#include "cleave/models/layer_row.hpp"
#include "cleave/text/csv.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace cleave {
namespace {

std::string workload_name(const Network& network) {
    const std::string& name = network.name();
    return name.find('@') != std::string::npos ? name
                                               : fmt::format("{}@{}", name, network.output(LayerId{}).height);
}

}  // namespace

std::string workload_layers_csv(const std::vector<RowsSource>& sources, FaultList& faults) {
    std::string text = fmt::format("workload,count,{}\n", kLayerColumns);
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
            if (const auto layer = layer_row(network, layer_id(i))) {
                const std::string row = layer_cells(*layer);
                const auto [place, added] = places.emplace(row, rows.size());
                if (added) {
                    rows.emplace_back(row, 0);
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
