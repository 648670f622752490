// SPDX-License-Identifier: Apache-2.0
#include "cleave/report/scatter_text.hpp"

#include "cleave/report/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace cleave {
namespace {

constexpr std::size_t kColumns = 60;
constexpr std::size_t kRows = 18;
constexpr std::size_t kLabels = 10;

/// Cell of a value between two others; the middle if these are equal.
std::size_t cell(std::int64_t value, std::int64_t low, std::int64_t high, std::size_t cells) {
    if (high == low) {
        return cells / 2;
    }
    const double place = static_cast<double>(value - low) / static_cast<double>(high - low);
    return std::min(cells - 1, static_cast<std::size_t>(place * static_cast<double>(cells - 1) + 0.5));
}

struct Mark {
    Nanoseconds latency;
    Picojoules energy;
    char sign;
};

std::vector<Mark> marks_of(const Report& report) {
    std::vector<Mark> marks;
    for (const DominatedPoint& point : report.dominated) {
        marks.push_back({point.latency, point.energy, '.'});
    }
    const auto knee = std::find_if(report.points.begin(), report.points.end(),
                                   [&](const ReportPoint& point) { return point.id == report.knee; });
    for (const ReportPoint& point : report.points) {
        marks.push_back({point.view.score.latency, point.view.score.energy, 'o'});
    }
    if (knee != report.points.end()) {
        marks.push_back({knee->view.score.latency, knee->view.score.energy, 'K'});
    }
    marks.push_back({report.baseline.score.latency, report.baseline.score.energy, 'G'});
    return marks;
}

}  // namespace

std::string scatter_text(const Report& report) {
    const std::vector<Mark> marks = marks_of(report);
    const auto [left, right] = std::minmax_element(
        marks.begin(), marks.end(), [](const Mark& a, const Mark& b) { return a.latency < b.latency; });
    const auto [low, high] = std::minmax_element(
        marks.begin(), marks.end(), [](const Mark& a, const Mark& b) { return a.energy < b.energy; });
    std::vector<std::string> rows(kRows, std::string(kColumns, ' '));
    for (const Mark& mark : marks) {
        const std::size_t x =
            cell(mark.latency.ticks(), left->latency.ticks(), right->latency.ticks(), kColumns);
        const std::size_t y = cell(mark.energy.ticks(), low->energy.ticks(), high->energy.ticks(), kRows);
        rows[kRows - 1 - y][x] = mark.sign;
    }
    std::string text = fmt::format("{}\nenergy\n", front_words(report));
    for (std::size_t row = 0; row < kRows; ++row) {
        const std::string label = row == 0           ? energy_text(high->energy)
                                  : row == kRows - 1 ? energy_text(low->energy)
                                                     : std::string();
        std::string line = fmt::format("{:>{}} |{}", label, kLabels, rows[row]);
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    text += std::string(kLabels + 1, ' ') + "+" + std::string(kColumns, '-') + "\n";
    const std::string first = time_text(left->latency);
    const std::string last = time_text(right->latency);
    text += std::string(kLabels + 2, ' ') + fmt::format("{}{:>{}}\n", first, last, kColumns - first.size());
    text += fmt::format("{}o front ({})   K knee   {}G GPU only\n", std::string(kLabels + 2, ' '),
                        report.points.size(), report.dominated.empty() ? "" : ". dominated (a sample)   ");
    return text;
}

}  // namespace cleave
