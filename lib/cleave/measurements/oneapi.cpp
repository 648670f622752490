// SPDX-License-Identifier: Apache-2.0
#include "cleave/measurements/fpga_designs.hpp"
#include "cleave/text/fields.hpp"
#include "cleave/text/messages.hpp"
#include "cleave/text/node.hpp"

#include <fmt/format.h>

#include <array>

namespace cleave {
namespace {

/// A figure that oneAPI writes as a text: "4520.5".
void set_text(Fields& fields, const char* key, DesignFigure figure, DesignReport& design, FaultList& faults) {
    const auto field = fields.require(key);
    const auto text = field ? field->text() : std::nullopt;
    if (!text) {
        return;
    }
    const auto number = grouped_number(*text);
    if (number) {
        design.whole.set(figure, *number, field->node().place, faults);
    } else {
        field->fault(fmt::format("{} is no number: has Quartus been run to its end?", quote(*text)));
    }
}

/// The only node of a summary that stands for the whole system.
std::optional<Field> system_node(const Field& summary) {
    Fields fields(summary, OtherKeys::allowed);
    const auto nodes = fields.require("nodes");
    if (!nodes) {
        return std::nullopt;
    }
    for (const Field& node : nodes->items("a list of nodes")) {
        const Node* type = node.node().find("type");
        if (type != nullptr && type->text == "system") {
            return node;
        }
    }
    nodes->fault("there is no node of type system");
    return std::nullopt;
}

}  // namespace

void read_oneapi(const ReportText& report, DesignReport& design, FaultList& faults) {
    bool found = false;
    for (std::size_t i = 0; i < report.lines().size(); ++i) {
        const std::string_view line = report.lines()[i];
        if (trim(line).empty()) {
            continue;
        }
        FaultList of_line;
        // The blank lines before it give the faults the line that they have in the file.
        const auto root = parse_json(std::string(i, '\n') + std::string(line), report.file(), of_line);
        if (!root) {
            faults.add(of_line.faults());
            continue;
        }
        Fields fields(Field(*root, "", faults), OtherKeys::allowed);
        if (const auto clock = fields.find("quartusFitClockSummary")) {
            if (const auto node = system_node(*clock)) {
                Fields figures(*node, OtherKeys::allowed);
                set_text(figures, "clock fmax", DesignFigure::fmax, design, faults);
            }
        }
        if (const auto usage = fields.find("quartusFitResourceUsageSummary")) {
            found = true;
            if (const auto node = system_node(*usage)) {
                Fields figures(*node, OtherKeys::allowed);
                constexpr std::array kFigures{
                    std::pair{"alm", DesignFigure::alm}, std::pair{"alut", DesignFigure::alut},
                    std::pair{"reg", DesignFigure::ff}, std::pair{"dsp", DesignFigure::dsp},
                    std::pair{"ram", DesignFigure::m20k}};
                for (const auto& [key, figure] : kFigures) {
                    set_text(figures, key, figure, design, faults);
                }
                design.notes.push_back(fmt::format("{}: RAM blocks are taken for M20K", report.file()));
                if (const auto mlab = figures.find("mlab")) {
                    design.notes.push_back(
                        fmt::format("{}: no place for {} MLAB", report.file(), quote(mlab->node().text)));
                }
            }
            design.whole.set_stage("placed and routed", report.place(i), faults);
        }
    }
    if (!found && faults.empty()) {
        faults.add(report.place(0), "", "is no quartus.ndjson: there is no quartusFitResourceUsageSummary");
    }
}

}  // namespace cleave
