// SPDX-License-Identifier: Apache-2.0
#include "cleave/report/bars.hpp"

#include <algorithm>
#include <utility>

namespace cleave {

void draw_title(Canvas& canvas, const std::string& title) {
    canvas.text(kPlotMargin, 26, Anchor::start, "cl-title", shorten(title, 90));
}

double draw_legend(Canvas& canvas, const std::vector<LegendEntry>& legend, double y) {
    double x = kPlotMargin;
    for (const LegendEntry& entry : legend) {
        canvas.rect(x, y - 9, 10, 10, entry.look);
        canvas.text(x + 15, y, Anchor::start, "cl-label", entry.text);
        x += 15 + 7.2 * static_cast<double>(entry.text.size()) + 18;
    }
    return legend.empty() ? y : y + 14;
}

Plot bars_plot(std::string name, const std::string& title, const std::vector<LegendEntry>& legend,
               const std::vector<BarRow>& rows) {
    constexpr double kLabels = 170;
    constexpr double kValues = 190;
    constexpr double kRow = 24;
    Canvas canvas;
    draw_title(canvas, title);
    double y = draw_legend(canvas, legend, kPlotHead + 4);
    double most = 0;
    for (const BarRow& row : rows) {
        double sum = row.of;
        double parts = 0;
        for (const BarRow::Part& part : row.parts) {
            parts += part.value;
        }
        most = std::max({most, sum, parts});
    }
    const double left = kPlotMargin + kLabels;
    const double scale = most > 0 ? (kPlotWidth - kPlotMargin - kValues - left) / most : 0;
    for (const BarRow& row : rows) {
        canvas.text(left - 8, y + 15, Anchor::end, "cl-label", shorten(row.label, 25));
        double x = left;
        if (row.of > 0) {
            canvas.rect(x, y + 3, row.of * scale, kRow - 8, "cl-free");
        }
        for (const BarRow::Part& part : row.parts) {
            canvas.rect(x, y + 3, part.value * scale, kRow - 8, part.look, part.hint);
            x += part.value * scale;
        }
        if (row.limit > 0) {
            canvas.rect(left + row.limit * scale - 1, y + 1, 2, kRow - 4, "cl-limit");
        }
        const double end = std::max(x, left + row.of * scale);
        canvas.text(end + 8, y + 15, Anchor::start, "cl-number", row.value);
        y += kRow;
    }
    if (rows.empty()) {
        canvas.text(kPlotMargin, y + 15, Anchor::start, "cl-label", "none");
        y += kRow;
    }
    return {std::move(name), title, kPlotWidth, y + 14, canvas.body()};
}

}  // namespace cleave
