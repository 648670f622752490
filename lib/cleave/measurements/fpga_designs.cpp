// SPDX-License-Identifier: Apache-2.0
#include "cleave/measurements/fpga_designs.hpp"

#include "cleave/text/messages.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cleave {

void DesignFigures::set(DesignFigure figure, double value, const Place& place, FaultList& faults) {
    const auto [known, is_new] = values.emplace(figure, value);
    if (!is_new && known->second != value) {
        faults.add(place, "",
                   fmt::format("{} is {} here, and {} in another report of the design", name_of(figure),
                               value, known->second));
    }
}

void DesignFigures::set_stage(const std::string& name, const Place& place, FaultList& faults) {
    if (!stage.empty() && stage != name) {
        faults.add(
            place, "",
            fmt::format("this is of a design that is {}, another report of one that is {}", name, stage));
    }
    stage = name;
}

std::optional<double> used_of(std::string_view text, const Place& place, std::string_view what,
                              FaultList& faults) {
    const std::string_view used = trim(text.substr(0, std::min(text.find('/'), text.size())));
    // "3416.0 (3386.2)": with what lies below, and without.
    const std::string_view total = trim(used.substr(0, std::min(used.find('('), used.size())));
    const auto number = grouped_number(total);
    if (!number) {
        faults.add(place, "",
                   fmt::format("{} of {} is no number{}", quote(text), quote(what),
                               text.starts_with("N/A") ? ": has the design been fitted?" : ""));
    }
    return number;
}

}  // namespace cleave
