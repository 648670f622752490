// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/measurements/report_text.hpp"
#include "cleave/text/fault.hpp"

#include <string>
#include <vector>

namespace cleave {

/// The tables that calibration reads: single kernels, whole networks, designs of an FPGA.
enum class RowKind { kernels, workloads, designs };

/// Rows for calibration, as texts.
struct RowTable {
    RowKind kind = RowKind::kernels;
    std::vector<std::string> columns;
    /// A cell for each column; empty where nothing was measured.
    std::vector<std::vector<std::string>> rows;

    /// Adds a column if there is none of that name, and gives its place.
    std::size_t column(const std::string& name);
    /// Sets a cell of a row, adding the column if need be.
    void set(std::size_t row, const std::string& column, std::string cell);
    [[nodiscard]] std::size_t add_row();
};

/// What came of reports.
struct Measured {
    RowTable table;
    Notes notes;
};

[[nodiscard]] std::string csv_text(const RowTable& table);

/// The table of a file with rows added. Of workloads and designs, cells of rows of one name are put together;
/// a figure that is there already and is another one is a fault.
[[nodiscard]] RowTable add_rows(const std::string& file, const RowTable& added, FaultList& faults);

/// A figure for a cell: nine digits.
[[nodiscard]] std::string number_cell(double value);

}  // namespace cleave
