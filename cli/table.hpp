// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/units/show.hpp"
#include "terminal.hpp"

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
    /// As many cells as there are columns; cells without a tone are plain.
    void add(std::vector<std::string> row, std::vector<Tone> tones = {}) {
        tones.resize(row.size(), Tone::plain);
        rows_.push_back({std::move(row), std::move(tones)});
    }
    [[nodiscard]] std::string text(const Style& style = {}) const;

private:
    struct Row {
        std::vector<std::string> cells;
        std::vector<Tone> tones;
    };
    std::vector<Column> columns_;
    std::vector<Row> rows_;
};

/// The digits of a whole number, or, of more than `most`, "1.23e45" (cut off, not rounded).
[[nodiscard]] std::string show_digits(const std::string& digits, std::size_t most);

/// Text broken at spaces into lines of at most `width` characters, each after `indent` spaces.
[[nodiscard]] std::string wrap(const std::string& text, std::size_t indent, std::size_t width = 100);

}  // namespace cleave::cli
