// SPDX-License-Identifier: Apache-2.0
#include "cleave/measurements/write_json.hpp"

#include "cleave/text/quantity_text.hpp"

#include <set>

namespace cleave {
namespace {

/// Columns whose cells are texts, even if they look like numbers.
bool is_text(RowKind kind, const std::string& column) {
    static const std::set<std::string> texts{"workload", "design", "op",
                                             "source",   "stage",  "power_confidence"};
    return texts.count(column) > 0 || (kind == RowKind::kernels && column == "kernel");
}

}  // namespace

Json measured_json(const Measured& measured) {
    Json rows = Json::array();
    for (const auto& cells : measured.table.rows) {
        Json row = Json::object();
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const std::string& column = measured.table.columns[i];
            const auto number = read_number(cells[i]);
            if (cells[i].empty()) {
                continue;
            }
            if (is_text(measured.table.kind, column) || !std::holds_alternative<double>(number)) {
                row[column] = cells[i];
            } else {
                row[column] = std::get<double>(number);
            }
        }
        rows.push_back(std::move(row));
    }
    return Json{{"rows", std::move(rows)}, {"notes", measured.notes}};
}

}  // namespace cleave
