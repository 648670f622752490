// SPDX-License-Identifier: Apache-2.0
#include "cleave/sweep/write_report.hpp"
#include "cleave/text/escape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace cleave {
namespace {

constexpr double kPlotWidth = 380;
constexpr double kPlotHeight = 200;
constexpr double kLeft = 60;
constexpr double kGap = 90;
constexpr double kTop = 40;
constexpr double kRow = 275;
constexpr double kLegendLine = 18;
constexpr double kWidth = kLeft + 2 * kPlotWidth + kGap + 20;

/// Told apart without red against green; later settings start again, dashed.
constexpr std::array<const char*, 8> kColours{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                              "#e69f00", "#56b4e9", "#7f7f7f", "#b8a800"};

/// Gains of all networks, and 1, with round ends.
struct Scale {
    double low = 0;
    double step = 1;
    int steps = 1;

    [[nodiscard]] double high() const { return low + step * steps; }
    [[nodiscard]] double tick(int i) const { return low + step * i; }
};

Scale gain_scale(const std::vector<LinkSensitivity>& networks, double Gains::*gain) {
    double low = 1;
    double high = 1;
    for (const LinkSensitivity& one : networks) {
        for (const auto& row : one.gains) {
            for (const std::optional<Gains>& cell : row) {
                if (cell) {
                    low = std::min(low, (*cell).*gain);
                    high = std::max(high, (*cell).*gain);
                }
            }
        }
    }
    // The least round step that needs at most six.
    constexpr std::array<double, 9> kSteps{0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5};
    for (const double step : kSteps) {
        const double first = std::floor(low / step + 1e-9);
        const double last = std::max(std::ceil(high / step - 1e-9), first + 1);
        if (last - first <= 6 || step == kSteps.back()) {
            return {first * step, step, static_cast<int>(last - first)};
        }
    }
    return {};
}

class Plot {
public:
    Plot(std::string& text, const LinkSensitivity& one, double Gains::*gain, const Scale& scale, double left,
         double top)
        : text_(text), one_(one), gain_(gain), scale_(scale), left_(left), top_(top) {}

    void draw(const std::string& title) {
        text_ += fmt::format("<text class=\"title\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", left_, top_ - 10,
                             escape_markup(title));
        axes();
        for (std::size_t s = 0; s < one_.settings.size(); ++s) {
            line(s);
        }
    }

private:
    [[nodiscard]] double x(double bandwidth) const {
        const double first = std::log(one_.bandwidths.front());
        const double span = std::log(one_.bandwidths.back()) - first;
        return left_ + kPlotWidth * (0.03 + 0.94 * (std::log(bandwidth) - first) / span);
    }
    [[nodiscard]] double y(double gain) const {
        return top_ + kPlotHeight * (scale_.high() - gain) / (scale_.high() - scale_.low);
    }

    void axes() {
        for (int i = 0; i <= scale_.steps; ++i) {
            const double gain = scale_.tick(i);
            // Neither gained nor lost.
            const char* kind = std::abs(gain - 1) < 1e-9 ? "even" : "grid";
            text_ += fmt::format(
                "<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n"
                "<text class=\"tick\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{:.{}f}x</text>\n",
                kind, left_, y(gain), left_ + kPlotWidth, y(gain), left_ - 6, y(gain) + 4, gain,
                scale_.step < 0.1 ? 2 : 1);
        }
        // Labels that would touch are left out.
        double free_from = left_ - 100;
        for (const double bandwidth : one_.bandwidths) {
            const double at = x(bandwidth);
            text_ += fmt::format(
                "<line class=\"grid\" x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\"/>\n", at,
                top_, top_ + kPlotHeight);
            if (at >= free_from) {
                text_ += fmt::format(
                    "<text class=\"tick\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{:g}</text>\n", at,
                    top_ + kPlotHeight + 15, bandwidth / 1e9);
                free_from = at + 32;
            }
        }
        text_ +=
            fmt::format("<text class=\"tick\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
                        left_ + kPlotWidth / 2, top_ + kPlotHeight + 30, "link bandwidth, GB/s");
    }

    void line(std::size_t setting) {
        std::string points;
        std::string dots;
        for (std::size_t b = 0; b < one_.bandwidths.size(); ++b) {
            if (const std::optional<Gains>& cell = one_.gains[b][setting]) {
                const double gain = (*cell).*gain_;
                points += fmt::format("{:.1f},{:.1f} ", x(one_.bandwidths[b]), y(gain));
                dots += fmt::format(
                    "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"><title>{}{:g} GB/s: "
                    "{:.3f}x</title></circle>\n",
                    x(one_.bandwidths[b]), y(gain), kColours[setting % kColours.size()],
                    one_.settings[setting].empty() ? "" : escape_markup(one_.settings[setting]) + ", ",
                    one_.bandwidths[b] / 1e9, gain);
            }
        }
        text_ += fmt::format("<polyline fill=\"none\" stroke-width=\"2\" stroke=\"{}\"{} points=\"{}\"/>\n{}",
                             kColours[setting % kColours.size()],
                             setting < kColours.size() ? "" : " stroke-dasharray=\"5 3\"", points, dots);
    }

    std::string& text_;
    const LinkSensitivity& one_;
    double Gains::*gain_;
    Scale scale_;
    double left_;
    double top_;
};

/// @return the height used
double draw_legend(std::string& text, const LinkSensitivity& one, double top) {
    if (one.settings.size() < 2) {
        return 0;
    }
    constexpr std::size_t kColumns = 3;
    for (std::size_t s = 0; s < one.settings.size(); ++s) {
        const double x = kLeft + static_cast<double>(s % kColumns) * (kWidth - kLeft) / kColumns;
        const double y = top + kLegendLine * static_cast<double>(s / kColumns);
        text += fmt::format(
            "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" "
            "stroke-width=\"2\"{}/>\n"
            "<text class=\"tick\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
            x, y - 4, x + 22, y - 4, kColours[s % kColours.size()],
            s < kColours.size() ? "" : " stroke-dasharray=\"5 3\"", x + 28, y,
            escape_markup(one.settings[s]));
    }
    return kLegendLine * static_cast<double>((one.settings.size() + kColumns - 1) / kColumns);
}

}  // namespace

std::string sensitivity_svg(const std::vector<LinkSensitivity>& networks) {
    std::string body;
    double top = kTop;
    const Scale energy = gain_scale(networks, &Gains::energy_gain);
    const Scale speedup = gain_scale(networks, &Gains::speedup);
    for (const LinkSensitivity& one : networks) {
        Plot(body, one, &Gains::energy_gain, energy, kLeft, top).draw(one.network + ": energy gain");
        Plot(body, one, &Gains::speedup, speedup, kLeft + kPlotWidth + kGap, top)
            .draw(one.network + ": latency speed-up");
        top += kRow + draw_legend(body, one, top + kPlotHeight + 52);
    }
    return fmt::format(
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
               "height=\"{1:.0f}\" role=\"img\">\n<title>Gains over link bandwidth</title>\n"
               "<style>\nsvg{{background:#fff}}text{{font-family:sans-serif;fill:#222}}.title{{font-size:"
               "14px;"
               "font-weight:bold}}.tick{{font-size:12px}}.grid{{stroke:#ddd}}.even{{stroke:#888}}\n"
               "@media "
               "(prefers-color-scheme:dark){{svg{{background:#1b1b1b}}text{{fill:#ddd}}.grid{{stroke:#444}}}}"
               "\n</style>\n",
               kWidth, top - 10) +
           body + "</svg>\n";
}

}  // namespace cleave
