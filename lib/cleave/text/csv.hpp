// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/text/fault.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// A column that a CSV file may or must have.
struct CsvColumn {
    std::string name;
    enum class Need {
        required,
        optional,
        /// Known, but not used.
        ignored,
    } need = Need::required;
};

/// One line of a CSV file: a cell for each column of the header, with the byte column where it starts.
struct CsvRow {
    int line = 1;
    std::vector<std::string> cells;
    std::vector<int> columns;
};

/// A CSV file with a header line (RFC 4180: commas, double quotes around cells that hold them, LF or CRLF).
struct CsvFile {
    std::string name;
    std::string sha256;
    std::vector<std::string> header;
    std::vector<CsvRow> rows;

    /// Position of a column; nothing if the file lacks it.
    [[nodiscard]] std::optional<std::size_t> column(const std::string& name) const;
};

/// Lines of cells of a CSV text, the header among them, whatever their lengths; empty lines are left out. An
/// open quote is a fault.
[[nodiscard]] std::vector<CsvRow> split_csv(const std::string& text, const std::string& file_name,
                                            FaultList& faults);

/// Reads a CSV file and checks its header: unknown, missing and repeated columns and rows of the wrong length
/// are faults. `what` names the format in messages.
[[nodiscard]] std::optional<CsvFile> read_csv(const std::string& file_name,
                                              const std::vector<CsvColumn>& columns, const std::string& what,
                                              FaultList& faults);

/// A cell of a CSV file, quoted if it has to be (RFC 4180).
[[nodiscard]] std::string csv_cell(const std::string& text);

/// Typed access to the cells of one row; a cell that cannot be used is a fault at its place.
class CsvCells {
public:
    CsvCells(const CsvFile& file, const CsvRow& row, FaultList& faults)
        : file_(file), row_(row), faults_(faults) {}

    enum class Range { positive, not_negative };

    [[nodiscard]] std::string text(const std::string& column) const;
    /// Nothing if the cell is empty or the file lacks the column.
    [[nodiscard]] std::optional<double> number(const std::string& column, Range range) const;
    /// An empty cell is a fault.
    [[nodiscard]] double required_number(const std::string& column, Range range) const;
    [[nodiscard]] std::int64_t count(const std::string& column) const;
    /// `otherwise` if the cell is empty or the file lacks the column.
    [[nodiscard]] std::int64_t count_or(const std::string& column, std::int64_t otherwise) const;
    void fault(const std::string& column, std::string message) const;

private:
    const CsvFile& file_;
    const CsvRow& row_;
    FaultList& faults_;
};

}  // namespace cleave
