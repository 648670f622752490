// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/measurements/measure.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace cleave::testing {

/// A report of test/measurements/data.
[[nodiscard]] inline std::string sample(const std::string& name) {
    return source_dir() + "/test/measurements/data/" + name;
}

/// The faults that reports have, a line each; empty if there are none.
[[nodiscard]] inline std::string faults_of(ReportSource source, const std::vector<std::string>& files,
                                           const MeasureOptions& options = {}) {
    try {
        (void)measure(source, files, options);
        return "";
    } catch (const InputError& error) {
        return error.what();
    }
}

/// A cell of a table by its column; "-" if there is no such column.
[[nodiscard]] inline std::string cell(const RowTable& table, std::size_t row, const std::string& column) {
    const auto found = std::find(table.columns.begin(), table.columns.end(), column);
    return found == table.columns.end()
               ? "-"
               : table.rows.at(row).at(static_cast<std::size_t>(found - table.columns.begin()));
}

[[nodiscard]] inline std::string all_notes(const Measured& measured) {
    std::string text;
    for (const std::string& note : measured.notes) {
        text += note + "\n";
    }
    return text;
}

}  // namespace cleave::testing
