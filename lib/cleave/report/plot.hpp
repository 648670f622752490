// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/report/report.hpp"

#include <string>
#include <vector>

namespace cleave {

/// A static picture: the content of an SVG element, whose text is drawn by the classes of assets/plots.css.
struct Plot {
    /// A file name without its ending.
    std::string name;
    std::string title;
    double width = 0;
    double height = 0;
    std::string body;
};

/// Of every plot.
constexpr double kPlotWidth = 760;

/// Latency and energy of the front, its uncertainty, the dominated sample and the baseline.
[[nodiscard]] Plot front_plot(const Report& report);

// Of one point; `heading` names it.
/// What GPU, link and FPGA do, over time.
[[nodiscard]] Plot schedule_plot(const Report& report, const PointView& view, const std::string& heading);
/// Modules with their layers, each on its device.
[[nodiscard]] Plot network_plot(const Report& report, const PointView& view, const std::string& heading);
[[nodiscard]] Plot resources_plot(const Report& report, const PointView& view, const std::string& heading);
/// What draws the energy, beside the baseline.
[[nodiscard]] Plot energy_plot(const Report& report, const PointView& view, const std::string& heading);
/// Energy of each module, beside the baseline.
[[nodiscard]] Plot module_plot(const Report& report, const PointView& view, const std::string& heading);
/// Latency by module, before and after; what a run takes counts where it lies.
[[nodiscard]] Plot module_time_plot(const Report& report, const PointView& view, const std::string& heading);
/// Bytes of each transfer.
[[nodiscard]] Plot link_plot(const Report& report, const PointView& view, const std::string& heading);
/// Time of each step that was measured, as predicted and as measured, by terms.
[[nodiscard]] Plot run_plot(const RunComparison& run);
/// All of a point but the last.
[[nodiscard]] std::vector<Plot> point_plots(const Report& report, const PointView& view,
                                            const std::string& heading);

/// As an element of an HTML page that holds plots.css.
[[nodiscard]] std::string svg_element(const Plot& plot);
/// As a file of its own.
[[nodiscard]] std::string svg_file(const Plot& plot);

}  // namespace cleave
