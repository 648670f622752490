// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/report/canvas.hpp"
#include "cleave/report/plot.hpp"

#include <string>
#include <vector>

namespace cleave {

// What plots of one point have in common.
constexpr double kPlotMargin = 20;
/// Where a plot begins below its title.
constexpr double kPlotHead = 44;

/// Horizontal bars, each of parts one after the other, with a label before and a value behind.
struct BarRow {
    struct Part {
        double value = 0;
        std::string look;
        std::string hint;
    };
    std::string label;
    std::vector<Part> parts;
    std::string value;
    /// What the whole track stands for; 0: no track.
    double of = 0;
    /// A mark on the track; 0: none.
    double limit = 0;
};

struct LegendEntry {
    std::string look;
    std::string text;
};

void draw_title(Canvas& canvas, const std::string& title);
/// @return where what follows may begin
double draw_legend(Canvas& canvas, const std::vector<LegendEntry>& legend, double y);
[[nodiscard]] Plot bars_plot(std::string name, const std::string& title,
                             const std::vector<LegendEntry>& legend, const std::vector<BarRow>& rows);

}  // namespace cleave
