// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/units/quantity.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cleave::cli {

/// A table for people: columns padded to their widest cell.
class Table {
public:
    enum class Align { left, right };
    struct Column {
        std::string title;
        Align align = Align::left;
    };
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
    /// As many cells as there are columns.
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    [[nodiscard]] std::string text() const;

private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// Text broken at spaces into lines of at most `width` characters, each after `indent` spaces.
[[nodiscard]] std::string wrap(const std::string& text, std::size_t indent, std::size_t width = 100);

/// Quantities with a unit that reads well: "812 us", "8.12 ms", "61.2 mJ".
[[nodiscard]] std::string show(Seconds time);
[[nodiscard]] std::string show(Joules energy);
[[nodiscard]] std::string show_bytes(std::int64_t bytes);
/// 1234567 as "1,234,567".
[[nodiscard]] std::string show_count(std::int64_t count);
[[nodiscard]] std::string show_ratio(double ratio);

}  // namespace cleave::cli
