// SPDX-License-Identifier: Apache-2.0
#include "cleave/report/plot.hpp"

#include "cleave/report/assets.hpp"
#include "cleave/text/escape.hpp"

#include <fmt/format.h>

namespace cleave {
namespace {

std::string element(const Plot& plot, std::string_view head) {
    return fmt::format(
        R"(<svg xmlns="http://www.w3.org/2000/svg" class="cl-plot" viewBox="0 0 {0:.0f} {1:.0f}" width="{0:.0f}" )"
        R"(height="{1:.0f}" role="img">)"
        "\n<title>{2}</title>\n{3}"
        R"(<rect class="cl-surface" width="{0:.0f}" height="{1:.0f}" rx="8"/>)"
        "\n{4}</svg>\n",
        plot.width, plot.height, escape_markup(plot.title), head, plot.body);
}

}  // namespace

std::string svg_element(const Plot& plot) { return element(plot, ""); }

std::string svg_file(const Plot& plot) {
    return element(plot, fmt::format("<style>\n{}</style>\n", assets::plots_css()));
}

}  // namespace cleave
