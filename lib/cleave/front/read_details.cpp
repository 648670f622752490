// SPDX-License-Identifier: Apache-2.0
#include "cleave/front/read_details.hpp"

#include "cleave/text/fields.hpp"

#include <utility>

namespace cleave {
namespace {

Interval read_interval(Fields& point, const std::string& key) {
    Interval interval;
    if (const auto field = point.require(key)) {
        const std::vector<Field> ends = field->items("two numbers");
        if (field->is(NodeKind::sequence) && ends.size() != 2) {
            field->fault("must have two numbers");
        } else if (ends.size() == 2) {
            const auto low = ends[0].real({0});
            const auto high = ends[1].real({0});
            interval = {low.value_or(0), high.value_or(0)};
            if (low && high && *low > *high) {
                field->fault("the first number must not be above the second");
            }
        }
    }
    return interval;
}

PointUncertainty read_uncertainty(const Field& field) {
    Fields point(field, OtherKeys::allowed);
    return {read_interval(point, "latency_s"),       read_interval(point, "energy_j"),
            read_interval(point, "latency_speedup"), read_interval(point, "energy_gain"),
            point.real("feasible_share", {0, 1}),    point.real("nondominated_share", {0, 1})};
}

void read_completeness(Fields& root, FrontDetails& details) {
    const auto field = root.require("completeness");
    const std::string name = field ? field->text().value_or("exact") : "exact";
    if (name == "epsilon") {
        details.completeness = Completeness::epsilon;
        details.gap = root.real("epsilon", {0});
    } else if (name == "stopped") {
        details.completeness = Completeness::stopped;
        const auto gap = root.find("gap");
        if (gap && !gap->is(NodeKind::null)) {
            details.gap = gap->real({0});
        }
    } else if (name != "exact") {
        field->fault("must be exact, epsilon or stopped");
    }
}

void read_design_points(Fields& root, FrontDetails& details) {
    const auto field = root.require("design_points");
    const auto digits = field ? field->text() : std::nullopt;
    if (!digits) {
        return;
    }
    details.design_points = *digits;
    if (digits->empty() || digits->find_first_not_of("0123456789") != std::string::npos) {
        field->fault("must be a whole number in decimal digits");
    }
}

}  // namespace

std::optional<FrontDetails> read_front_details(const Node& document, FaultList& faults) {
    const std::size_t before = faults.size();
    Fields root(document, faults, OtherKeys::allowed);
    FrontDetails details;
    if (const auto tool = root.require("tool")) {
        details.tool_version = Fields(*tool, OtherKeys::allowed).text("version");
    }
    read_completeness(root, details);
    read_design_points(root, details);
    if (const auto uncertainty = root.find("uncertainty")) {
        details.draws =
            static_cast<std::size_t>(Fields(*uncertainty, OtherKeys::allowed).integer("draws", {1}));
    }
    if (const auto found = root.find("verdict")) {
        Fields verdict(*found, OtherKeys::allowed);
        details.verdict = verdict.text("text");
        if (const auto list = verdict.require("reasons")) {
            for (const Field& item : list->items("sentences")) {
                details.reasons.push_back(item.text().value_or(""));
            }
        }
    }
    const auto points = root.require("front");
    for (const Field& item : points ? points->items("points") : std::vector<Field>{}) {
        Fields point(item, OtherKeys::allowed);
        if (const auto uncertainty = point.find("uncertainty")) {
            details.uncertainty[point.text("id")] = read_uncertainty(*uncertainty);
        }
    }
    return faults.size() == before ? std::optional(std::move(details)) : std::nullopt;
}

}  // namespace cleave
