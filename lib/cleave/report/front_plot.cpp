// SPDX-License-Identifier: Apache-2.0
#include "cleave/report/canvas.hpp"
#include "cleave/report/figures.hpp"
#include "cleave/report/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace cleave {
namespace {

constexpr double kHeight = 430;
constexpr double kLeft = 64;
constexpr double kRight = 24;
constexpr double kTop = 58;
constexpr double kBottom = 52;

double milliseconds(Nanoseconds time) { return 1e3 * to_si(time).value(); }

/// One axis: values from low to high on pixels from first to last.
class Scale {
public:
    void include(double value) {
        low_ = std::min(low_, value);
        high_ = std::max(high_, value);
    }
    /// Some room on both sides.
    void fix(double first, double last) {
        const double room = high_ > low_ ? 0.06 * (high_ - low_) : std::max(0.05 * std::abs(high_), 1e-9);
        low_ = std::max(0.0, low_ - room);
        high_ += room;
        first_ = first;
        last_ = last;
    }
    [[nodiscard]] double operator()(double value) const {
        return first_ + (value - low_) / (high_ - low_) * (last_ - first_);
    }
    [[nodiscard]] std::vector<double> ticks(std::size_t count) const {
        return axis_ticks(low_, high_, count);
    }

private:
    double low_ = std::numeric_limits<double>::infinity();
    double high_ = -std::numeric_limits<double>::infinity();
    double first_ = 0;
    double last_ = 0;
};

void draw_axes(Canvas& canvas, const Scale& x, const Scale& y) {
    const std::vector<double> y_ticks = y.ticks(6);
    for (const double tick : y_ticks) {
        canvas.line(kLeft, y(tick), kPlotWidth - kRight, y(tick), "cl-grid");
        canvas.text(kLeft - 8, y(tick) + 4, Anchor::end, "cl-number",
                    tick_text(tick, y_ticks.size() > 1 ? y_ticks[1] - y_ticks[0] : 1));
    }
    const std::vector<double> x_ticks = x.ticks(8);
    for (const double tick : x_ticks) {
        canvas.line(x(tick), kHeight - kBottom, x(tick), kHeight - kBottom + 4, "cl-axis");
        canvas.text(x(tick), kHeight - kBottom + 18, Anchor::middle, "cl-number",
                    tick_text(tick, x_ticks.size() > 1 ? x_ticks[1] - x_ticks[0] : 1));
    }
    canvas.line(kLeft, kHeight - kBottom, kPlotWidth - kRight, kHeight - kBottom, "cl-axis");
    canvas.text(kPlotWidth - kRight, kHeight - 14, Anchor::end, "cl-label", "latency, ms");
    canvas.text(kLeft - 8, kTop - 8, Anchor::start, "cl-label", "energy, mJ");
}

/// Intervals are drawn of all points if they are few, else of those with a name, as in report.js.
bool has_interval(const Report& report, const ReportPoint& point) {
    constexpr std::size_t kFewPoints = 12;
    return point.uncertainty && (report.points.size() <= kFewPoints || !role_of(report, point.id).empty());
}

void draw_point(Canvas& canvas, const Report& report, const ReportPoint& point, const Scale& x,
                const Scale& y) {
    const Score& score = point.view.score;
    const double px = x(milliseconds(score.latency));
    const double py = y(millijoules(score.energy));
    const std::string role = role_of(report, point.id);
    canvas.circle(px, py, 4.5, "cl-front",
                  fmt::format("{}{}: {}, {}", point.id, role.empty() ? "" : " (" + role + ")",
                              time_text(score.latency), energy_text(score.energy)));
}

}  // namespace

Plot front_plot(const Report& report) {
    Scale x;
    Scale y;
    const auto include = [&](const Score& score) {
        x.include(milliseconds(score.latency));
        y.include(millijoules(score.energy));
    };
    include(report.baseline.score);
    for (const DominatedPoint& point : report.dominated) {
        x.include(milliseconds(point.latency));
        y.include(millijoules(point.energy));
    }
    for (const ReportPoint& point : report.points) {
        include(point.view.score);
        if (has_interval(report, point)) {
            x.include(1e3 * point.uncertainty->latency_s.low);
            x.include(1e3 * point.uncertainty->latency_s.high);
            y.include(1e3 * point.uncertainty->energy_j.low);
            y.include(1e3 * point.uncertainty->energy_j.high);
        }
    }
    x.fix(kLeft, kPlotWidth - kRight);
    y.fix(kHeight - kBottom, kTop);

    Canvas canvas;
    const std::string title = report.network().name() + ": " + front_words(report);
    canvas.text(20, 26, Anchor::start, "cl-title", shorten(title, 90));
    draw_axes(canvas, x, y);
    for (const ReportPoint& point : report.points) {
        if (has_interval(report, point)) {
            const PointUncertainty& range = *point.uncertainty;
            const double px = x(milliseconds(point.view.score.latency));
            const double py = y(millijoules(point.view.score.energy));
            canvas.line(x(1e3 * range.latency_s.low), py, x(1e3 * range.latency_s.high), py, "cl-interval");
            canvas.line(px, y(1e3 * range.energy_j.low), px, y(1e3 * range.energy_j.high), "cl-interval");
        }
    }
    for (const DominatedPoint& point : report.dominated) {
        canvas.circle(x(milliseconds(point.latency)), y(millijoules(point.energy)), 2.5, "cl-dominated",
                      fmt::format("{} with {}: {}, {}", point.from, point.change, time_text(point.latency),
                                  energy_text(point.energy)));
    }
    std::vector<double> steps;
    for (const ReportPoint& point : report.points) {
        const double px = x(milliseconds(point.view.score.latency));
        const double py = y(millijoules(point.view.score.energy));
        if (!steps.empty()) {
            steps.insert(steps.end(), {px, steps.back()});
        }
        steps.insert(steps.end(), {px, py});
    }
    canvas.polyline(steps, "cl-step");
    const Score& baseline = report.baseline.score;
    const double bx = x(milliseconds(baseline.latency));
    const double by = y(millijoules(baseline.energy));
    canvas.diamond(
        bx, by, 7, "cl-baseline",
        fmt::format("GPU only: {}, {}", time_text(baseline.latency), energy_text(baseline.energy)));
    for (const ReportPoint& point : report.points) {
        draw_point(canvas, report, point, x, y);
    }
    canvas.text(bx + (bx > kPlotWidth / 2 ? -12 : 12), by + 4,
                bx > kPlotWidth / 2 ? Anchor::end : Anchor::start, "cl-name", "GPU only");
    // A legend instead of labels at the points, which may lie close together.
    double at = 150;
    const auto entry = [&](const char* look, const std::string& text, double width) {
        canvas.circle(at, kTop - 12, 4, look);
        canvas.text(at + 9, kTop - 8, Anchor::start, "cl-label", text);
        at += width;
    };
    entry("cl-front", fmt::format("{} on the front", report.points.size()), 130);
    if (!report.dominated.empty()) {
        entry("cl-dominated", fmt::format("{} dominated (sample)", report.dominated.size()), 180);
    }
    if (report.draws > 0) {
        canvas.line(at - 6, kTop - 12, at + 6, kTop - 12, "cl-interval");
        canvas.text(at + 11, kTop - 8, Anchor::start, "cl-label", "90 % interval");
    }
    return {"front", title, kPlotWidth, kHeight, canvas.body()};
}

}  // namespace cleave
