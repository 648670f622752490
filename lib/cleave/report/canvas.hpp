// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/units/names.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cleave {

enum class Anchor { start, middle, end };
[[nodiscard]] constexpr auto names_of(Anchor) {
    using enum Anchor;
    return std::to_array<Named<Anchor>>({{start, "start"}, {middle, "middle"}, {end, "end"}});
}
static_assert(all_named<Anchor>());

/// Draws SVG shapes. Coordinates are pixels from the upper left corner, `look` the classes of plots.css, and
/// a `hint` what a pointer over the shape shows. All text is escaped.
class Canvas {
public:
    void text(double x, double y, Anchor anchor, std::string_view look, std::string_view text);
    void line(double x1, double y1, double x2, double y2, std::string_view look);
    void rect(double x, double y, double width, double height, std::string_view look,
              std::string_view hint = {});
    void circle(double x, double y, double radius, std::string_view look, std::string_view hint = {});
    void diamond(double x, double y, double radius, std::string_view look, std::string_view hint = {});
    /// x and y of corners, one after the other.
    void polyline(const std::vector<double>& points, std::string_view look);

    [[nodiscard]] const std::string& body() const { return body_; }

private:
    void close(std::string_view element, std::string_view hint);
    std::string body_;
};

/// Round values for an axis: multiples of 1, 2 or 5 times a power of ten within [low, high], about `count`.
[[nodiscard]] std::vector<double> axis_ticks(double low, double high, std::size_t count);
/// A tick's label: as many decimals as its distance from the next needs.
[[nodiscard]] std::string tick_text(double value, double step);
/// The text cut to `most` characters, the last one an ellipsis if something is missing.
[[nodiscard]] std::string shorten(std::string_view text, std::size_t most);

}  // namespace cleave
