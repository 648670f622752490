// SPDX-License-Identifier: Apache-2.0
#include "cleave/report/bars.hpp"
#include "cleave/report/canvas.hpp"
#include "cleave/report/figures.hpp"
#include "cleave/report/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace cleave {
namespace {

const char* busy_look(Lane lane) {
    switch (lane) {
        case Lane::gpu: return "cl-gpu";
        case Lane::link: return "cl-link";
        case Lane::fpga: return "cl-fpga";
    }
    return "";
}

std::string layer_names(const Network& network, const std::vector<LayerId>& layers) {
    std::string text;
    for (const LayerId layer : layers) {
        text += text.empty() ? "" : ", ";
        text += network.layer(layer).name;
    }
    return text;
}

std::vector<BarRow::Part> energy_parts(const DeviceEnergy& energy) {
    std::vector<BarRow::Part> parts;
    const auto add = [&](Picojoules value, const char* look, const char* what) {
        parts.push_back({millijoules(value), look, fmt::format("{}: {}", what, energy_text(value))});
    };
    add(energy.gpu, "cl-gpu", "GPU at work");
    add(energy.gpu_standing, "cl-gpu-idle", "GPU idle power");
    add(energy.fpga, "cl-fpga", "FPGA at work");
    add(energy.fpga_standing, "cl-fpga-idle", "FPGA static power");
    add(energy.link, "cl-link", "link at work");
    add(energy.link_standing, "cl-link-idle", "link idle power");
    return parts;
}

}  // namespace

Plot schedule_plot(const Report& report, const PointView& view, const std::string& heading) {
    constexpr double kLeft = 60;
    constexpr double kRow = 34;
    const std::string title = heading + ": schedule";
    Canvas canvas;
    draw_title(canvas, title);
    const double latency = to_si(view.score.latency).value() * 1e3;
    const double scale = latency > 0 ? (kPlotWidth - kPlotMargin - kLeft) / latency : 0;
    const auto x_of = [&](Nanoseconds time) { return kLeft + 1e3 * to_si(time).value() * scale; };
    // Both directions of the link at once: a row for each.
    const bool streamed = report.platform.hand_over == HandOver::streamed;
    const std::vector<std::string> rows = streamed
                                              ? std::vector<std::string>{"GPU", "to FPGA", "to GPU", "FPGA"}
                                              : std::vector<std::string>{"GPU", "link", "FPGA"};
    const auto row_of = [&](const Bar& bar) {
        const std::string name =
            streamed && bar.lane == Lane::link ? name_of(bar.activity) : name_of(bar.lane);
        return static_cast<double>(std::find(rows.begin(), rows.end(), name) - rows.begin());
    };
    const auto y_of = [](double row) { return kPlotHead + kRow * row; };
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const double y = y_of(static_cast<double>(i));
        canvas.text(kLeft - 8, y + 20, Anchor::end, "cl-label", rows[i]);
        canvas.line(kLeft, y + kRow - 2, kPlotWidth - kPlotMargin, y + kRow - 2, "cl-grid");
    }
    for (const Bar& bar : view.bars) {
        const bool convert = bar.activity == Activity::convert;
        const std::string look = convert ? "cl-gpu-idle" : busy_look(bar.lane);
        canvas.rect(
            x_of(bar.start), y_of(row_of(bar)) + 4, std::max(0.4, x_of(bar.end) - x_of(bar.start) - 0.4),
            kRow - 10, look,
            fmt::format("{}: {}, {}{}", name_of(bar.activity), layer_names(report.network(), bar.layers),
                        time_text(bar.end - bar.start), bar.bytes > 0 ? ", " + bytes_text(bar.bytes) : ""));
    }
    const double floor = y_of(static_cast<double>(rows.size())) + 4;
    const std::vector<double> ticks = axis_ticks(0, latency, 8);
    for (const double tick : ticks) {
        canvas.line(kLeft + tick * scale, floor - 6, kLeft + tick * scale, floor, "cl-axis");
        canvas.text(kLeft + tick * scale, floor + 14, Anchor::middle, "cl-number",
                    tick_text(tick, ticks.size() > 1 ? ticks[1] - ticks[0] : 1));
    }
    canvas.text(kPlotWidth - kPlotMargin, floor + 30, Anchor::end, "cl-label", "ms");
    draw_legend(canvas,
                {{"cl-gpu", "GPU"}, {"cl-gpu-idle", "convert"}, {"cl-link", "link"}, {"cl-fpga", "FPGA"}},
                floor + 32);
    return {"schedule", title, kPlotWidth, floor + 44, canvas.body()};
}

Plot network_plot(const Report& report, const PointView& view, const std::string& heading) {
    constexpr double kLabels = 170;
    constexpr double kCell = 16;
    constexpr double kPitch = 19;
    constexpr std::size_t kPerLine = 29;
    const Network& network = report.network();
    const std::string title = heading + ": where each layer runs";
    Canvas canvas;
    draw_title(canvas, title);
    double y = draw_legend(canvas, {{"cl-gpu", "GPU"}, {"cl-fpga", "FPGA"}}, kPlotHead + 4) + 2;
    canvas.text(kPlotMargin + 150, kPlotHead + 4, Anchor::start, "cl-label",
                "a split layer is filled by the FPGA's share");
    const double left = kPlotMargin + kLabels;
    for (const Module& module : network.modules()) {
        canvas.text(left - 8, y + 12, Anchor::end, "cl-label", shorten(module.name, 25));
        std::size_t cell = 0;
        for (std::size_t i = std::max<std::size_t>(index(module.first), 1); i <= index(module.last); ++i) {
            const LayerPlace& place = view.places[i];
            const Layer& layer = network.layer(layer_id(i));
            const double x = left + kPitch * static_cast<double>(cell % kPerLine);
            const double top = y + kPitch * static_cast<double>(cell / kPerLine);
            ++cell;
            const std::string hint =
                fmt::format("{} ({}): {}", layer.name, op_words(layer.op), place_words(place));
            const bool on_fpga = place.device == LayerPlace::Device::fpga;
            canvas.rect(x, top, kCell, kCell, on_fpga ? "cl-fpga" : "cl-gpu", hint);
            if (place.device == LayerPlace::Device::split) {
                const double part =
                    kCell * static_cast<double>(place.share) / static_cast<double>(place.extent);
                canvas.rect(x, top + kCell - part, kCell, part, "cl-fpga", hint);
            }
        }
        y += kPitch * static_cast<double>((cell + kPerLine - 1) / kPerLine) + 3;
    }
    return {"network", title, kPlotWidth, y + 14, canvas.body()};
}

Plot resources_plot(const Report& report, const PointView& view, const std::string& heading) {
    const Resources& capacity = report.platform.fpga.capacity();
    std::vector<BarRow> rows;
    for (const auto& [label, used, of] : {std::tuple("ALM", view.occupied.alm, capacity.alm),
                                          std::tuple("M20K", view.occupied.m20k, capacity.m20k),
                                          std::tuple("DSP", view.occupied.dsp, capacity.dsp)}) {
        if (of > 0) {
            const double share = static_cast<double>(used) / static_cast<double>(of);
            rows.push_back({label,
                            {{share, "cl-fpga", fmt::format("{} used", count_text(used))}},
                            fmt::format("{} of {}", count_text(used), count_text(of)),
                            1});
        }
    }
    std::vector<LegendEntry> legend;
    if (const std::int64_t usable = report.platform.fpga.usable_alm(); usable < capacity.alm) {
        const double share = static_cast<double>(usable) / static_cast<double>(capacity.alm);
        rows.front().limit = share;
        legend.push_back(
            {"cl-limit", fmt::format("{} ALM ({:.3g} %) can be used", count_text(usable), 100 * share)});
    }
    return bars_plot("resources", heading + ": use of the FPGA", legend, rows);
}

Plot energy_plot(const Report& report, const PointView& view, const std::string& heading) {
    const std::vector<LegendEntry> legend{{"cl-gpu", "GPU"},   {"cl-gpu-idle", "idle"},
                                          {"cl-fpga", "FPGA"}, {"cl-fpga-idle", "static"},
                                          {"cl-link", "link"}, {"cl-link-idle", "idle"}};
    return bars_plot(
        "energy", heading + ": energy by device", legend,
        {{"GPU only", energy_parts(report.baseline.energy), energy_text(report.baseline.score.energy)},
         {"this point", energy_parts(view.energy), energy_text(view.score.energy)}});
}

namespace {

/// What each module takes, beside the GPU alone. @param value  of a module, for the bars
/// @param text  of a module, for people
template <class Value, class Text>
Plot modules_plot(std::string name, const std::string& title, const Report& report, const PointView& view,
                  const Value& value, const Text& text) {
    std::vector<BarRow> rows;
    for (std::size_t m = 0; m < report.network().modules().size(); ++m) {
        const ModuleScore& before = report.baseline.score.modules[m];
        const ModuleScore& after = view.score.modules[m];
        rows.push_back({report.network().modules()[m].name,
                        {{value(after), after.strategy == Strategy::gpu ? "cl-gpu" : "cl-fpga",
                          fmt::format("{}: {}", name_of(after.strategy), text(after))}},
                        fmt::format("{} (GPU only {})", text(after), text(before)),
                        value(before)});
    }
    return bars_plot(std::move(name), title,
                     {{"cl-gpu", "on the GPU"}, {"cl-fpga", "uses the FPGA"}, {"cl-free", "GPU only"}}, rows);
}

}  // namespace

Plot module_plot(const Report& report, const PointView& view, const std::string& heading) {
    return modules_plot(
        "modules", heading + ": energy by module", report, view,
        [](const ModuleScore& module) { return millijoules(module.energy); },
        [](const ModuleScore& module) { return energy_text(module.energy); });
}

Plot module_time_plot(const Report& report, const PointView& view, const std::string& heading) {
    return modules_plot(
        "module_times", heading + ": latency by module", report, view,
        [](const ModuleScore& module) { return 1e3 * to_si(module.time).value(); },
        [](const ModuleScore& module) { return time_text(module.time); });
}

Plot link_plot(const Report& report, const PointView& view, const std::string& heading) {
    std::vector<BarRow> rows;
    for (const Bar& bar : view.bars) {
        if (bar.lane == Lane::link) {
            const std::string name = layer_names(report.network(), bar.layers);
            rows.push_back({name,
                            {{static_cast<double>(bar.bytes),
                              bar.activity == Activity::down ? "cl-link" : "cl-link-idle", name}},
                            fmt::format("{}, {}", bytes_text(bar.bytes), time_text(bar.end - bar.start)),
                            0});
        }
    }
    return bars_plot("link",
                     fmt::format("{}: link traffic, {} in all", heading, bytes_text(view.score.link_bytes)),
                     {{"cl-link", "to the FPGA"}, {"cl-link-idle", "to the GPU"}}, rows);
}

std::vector<Plot> point_plots(const Report& report, const PointView& view, const std::string& heading) {
    return {schedule_plot(report, view, heading),  network_plot(report, view, heading),
            resources_plot(report, view, heading), energy_plot(report, view, heading),
            module_plot(report, view, heading),    module_time_plot(report, view, heading),
            link_plot(report, view, heading)};
}

}  // namespace cleave
