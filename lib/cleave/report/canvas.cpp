// SPDX-License-Identifier: Apache-2.0
#include "cleave/report/canvas.hpp"

#include "cleave/text/escape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

void Canvas::close(std::string_view element, std::string_view hint) {
    body_ += hint.empty() ? std::string("/>\n")
                          : fmt::format("><title>{}</title></{}>\n", escape_markup(hint), element);
}

void Canvas::text(double x, double y, Anchor anchor, std::string_view look, std::string_view text) {
    body_ += fmt::format(R"(<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>)"
                         "\n",
                         look, x, y, name_of(anchor), escape_markup(text));
}

void Canvas::line(double x1, double y1, double x2, double y2, std::string_view look) {
    body_ += fmt::format(R"(<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>)"
                         "\n",
                         look, x1, y1, x2, y2);
}

void Canvas::rect(double x, double y, double width, double height, std::string_view look,
                  std::string_view hint) {
    body_ += fmt::format(R"(<rect class="{}" x="{:.2f}" y="{:.1f}" width="{:.2f}" height="{:.1f}")", look, x,
                         y, width, height);
    close("rect", hint);
}

void Canvas::circle(double x, double y, double radius, std::string_view look, std::string_view hint) {
    body_ += fmt::format(R"(<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{}")", look, x, y, radius);
    close("circle", hint);
}

void Canvas::diamond(double x, double y, double radius, std::string_view look, std::string_view hint) {
    body_ += fmt::format(R"(<path class="{}" d="M{:.1f} {:.1f}l{} {}l-{} {}l-{} -{}z")", look, x, y - radius,
                         radius, radius, radius, radius, radius, radius);
    close("path", hint);
}

void Canvas::polyline(const std::vector<double>& points, std::string_view look) {
    body_ += fmt::format(R"(<polyline class="{}" points=")", look);
    for (std::size_t i = 0; i + 1 < points.size(); i += 2) {
        body_ += fmt::format("{}{:.1f},{:.1f}", i == 0 ? "" : " ", points[i], points[i + 1]);
    }
    body_ += "\"/>\n";
}

std::vector<double> axis_ticks(double low, double high, std::size_t count) {
    std::vector<double> ticks;
    if (!(high > low) || count == 0) {
        return ticks;
    }
    const double rough = (high - low) / static_cast<double>(count);
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    const double digit = rough / power;
    const double step = power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
    for (double i = std::ceil(low / step); i * step <= high; ++i) {
        ticks.push_back(i * step);
    }
    return ticks;
}

std::string tick_text(double value, double step) {
    const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 9);
    return fmt::format("{:.{}f}", value, decimals);
}

std::string shorten(std::string_view text, std::size_t most) {
    std::size_t characters = 0;
    std::size_t cut = text.size();
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (continues(text[i])) {
            continue;
        }
        if (++characters == most) {
            cut = i;
        }
    }
    return characters <= most ? std::string(text) : std::string(text.substr(0, cut)) + "\xE2\x80\xA6";
}

}  // namespace cleave
